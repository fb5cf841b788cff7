"""`Optimizer`: what every optimizer shares. Each optimizer's update is in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import Tensor, UnsupportedError, enable_grad, is_compiling, no_grad, settings_changed

from ..module import Module
from ..parameter import clear_gradient
from . import saving
from .group import Group, NotedDict, NotedList, State, without_names
from .hooks import Calls, Hooked, with_hooks
from .hooks import register_optimizer_step_post_hook as register_optimizer_step_post_hook
from .hooks import register_optimizer_step_pre_hook as register_optimizer_step_pre_hook

ALIKE = {"learning_rate": "lr", "rate": "lr", "l2": "weight_decay", "decay": "weight_decay"}  # what others call them


class Optimizer(Hooked):
    """Groups of parameters, their settings, and what the optimizer remembers of each.

    A subclass passes on its settings, and says in `update` how one parameter changes; or, as in PyTorch, has a `step`
    of its own.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        The parameters, ``model.parameters()`` or ``model.named_parameters()``; or groups such as
        ``{"params": [...], "lr": 0.01}`` with settings of their own.
    defaults : dict
        The settings of groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        Each has "params" and the settings, which may be changed at any time:
        ``optimizer.param_groups[0]["lr"] = 0.01``.
    state : dict
        What is remembered of each parameter between steps; a parameter that is not there gets an empty dict.
    rates : tuple of str
        Said by the class: the settings that its `update` only calculates with, or asks whether they are 0; numbers, or
        tuples of them. A compiled step takes them as inputs, `update` gets them as tensors while it is traced, and
        changing one needs no new trace. A subclass with an `update` of its own says them anew; otherwise it gets plain
        numbers, and is traced again when one changes.

    Raises
    ------
    TypeError
        When `params` is a module, a single tensor, or holds something that is not a tensor.
    ValueError
        When there are no parameters, one is there twice, one was computed from others, or a setting is wrong.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> class SignDescent(nn.optim.Optimizer):
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...     def update(self, parameter, gradient, group, state):
    ...         parameter.sub_(tw.sign(gradient), alpha=group["lr"])
    >>> w = tw.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = SignDescent([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, -1.5]
    """

    notes_its_settings = True  # compiled functions need not look whether an attribute was set
    rates: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update" in vars(cls) and "rates" not in vars(cls):
            cls.rates = ()
        if "step" in vars(cls):
            cls.step = with_hooks(cls.step)  # type: ignore[method-assign]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        settings_changed()  # afterwards: whoever runs in between must look again

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        settings_changed()

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = NotedList()
        self.state: dict[Tensor, dict[str, Any]] = State()
        self.calls = Calls()
        self._without_hooks()
        kind = type(self).__name__
        if isinstance(params, (Module, Tensor)) or not isinstance(params, Iterable):
            fix = "pass model.parameters()" if isinstance(params, Module) else "put it in a list"
            raise TypeError(f"{kind} takes an iterable of parameters, not a {type(params).__name__}: {fix}")
        if isinstance(params, Mapping):
            raise TypeError(f"{kind} takes a list of groups, not one dict: put it in a list, or pass its values")
        given = list(params)
        if not given:
            raise ValueError(f"{kind} got an empty list of parameters: does the model have layers that learn?")
        for group in given if isinstance(given[0], Mapping) else [{"params": given}]:
            self.add_param_group(group)
        if not any(group["params"] for group in self.param_groups):
            raise ValueError(f"{kind} got groups that are all empty: does the model have layers that learn?")

    # ---------------------------------------------------------------- what an optimizer says

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Change one parameter in place by its gradient; `state` is what is remembered of it."""
        raise NotImplementedError(
            f"{type(self).__name__} says nowhere how a parameter changes: give it a method "
            "update(self, parameter, gradient, group, state), or a step of its own"
        )

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense; those that all optimizers have are checked here."""
        if "lr" in group:
            self.check_number(group, "lr")
        if group.get("differentiable"):
            raise UnsupportedError(
                f"{type(self).__name__}: differentiable=True, a step that is recorded, is not here",
                hint="Write the step as tensors: w2 = w - lr * grad(loss, w, create_graph=True)[0]",
            )
        if group.get("foreach") and group.get("fused"):
            raise RuntimeError(f"{type(self).__name__}: foreach and fused cannot both be True")

    def check_number(self, group: Mapping[str, Any], name: str, below: float = float("inf")) -> None:
        """Refuse a setting that is not a finite number from 0 on (and less than `below`); a tensor may hold it."""
        value = group[name]
        if isinstance(value, Tensor) and value.numel() == 1 and not is_compiling():
            value = value.item()
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not (number and isfinite(value) and 0 <= value < below):
            limit = "" if below == float("inf") else f" and less than {below}"
            raise ValueError(f"{type(self).__name__}: {name} is a finite number, at least 0{limit}, not {value!r}")

    def check_betas(self, group: Mapping[str, Any], name: str = "betas") -> None:
        """Refuse what is not a pair of numbers from 0 on and less than 1."""
        pair = group[name]
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            raise ValueError(f"{type(self).__name__}: {name} is a pair of numbers, not {pair!r}")
        for i, beta in enumerate(pair):
            self.check_number({f"{name}[{i}]": beta}, f"{name}[{i}]", below=1)

    def restored(self, number: int, name: str, value: Any, parameter: Tensor) -> Any:
        """A copy of one saved value: an array of the parameter's shape in its dtype, or one number such as a count.

        Raises
        ------
        ValueError
            When an array has neither the parameter's shape nor a single entry.
        """
        copy = saving.restored(value)
        if not isinstance(copy, Tensor):
            return copy
        if copy.shape not in (parameter.shape, ()):
            raise ValueError(
                f"{type(self).__name__}: {name} of parameter {number} has shape {copy.shape}, "
                f"and the parameter {parameter.shape}"
            )
        is_single = copy.shape != parameter.shape or not copy.is_floating_point()
        return copy if is_single or name == "step" else copy.to(parameter.dtype)

    # ---------------------------------------------------------------- what all do

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss anew, with its gradients, and returns it; for the user's convenience, as in PyTorch.

        Returns
        -------
        object
            What the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        is_traced = is_compiling()
        with no_grad():
            for group in self.param_groups:
                settings = group
                if type(group) is Group:
                    settings = group.inputs() if is_traced else group.numbers
                self.update_group(settings)
        return loss

    step = with_hooks(step)

    def update_group(self, group: dict[str, Any]) -> None:
        """Change the parameters of one group that have gradients."""
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is None:
                continue
            memory = self.state.get(parameter) if self.state else None
            if memory is not None:
                self.update(parameter, gradient, group, memory)
                continue
            memory = {}
            self.update(parameter, gradient, group, memory)
            if memory:
                self.state[parameter] = NotedDict(memory)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: to None, or to zeros with ``set_to_none=False``."""
        for group in self.param_groups:
            for parameter in dict.__getitem__(group, "params"):
                if set_to_none:
                    parameter.grad = None
                else:
                    clear_gradient(parameter, set_to_none=False)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters with settings of their own, ``{"params": [...], "lr": 0.01}``.

        Other entries, such as a name, are kept as they are; one that looks like a misspelt setting is refused.
        """
        kind = type(self).__name__
        if not isinstance(param_group, Mapping):
            raise TypeError(
                f"{kind}: a group of parameters is a dict with 'params', not a {type(param_group).__name__}"
            )
        if "params" not in param_group:
            raise ValueError(f"{kind}: a group of parameters needs the key 'params', and has {list(param_group)}")
        for name in param_group:
            if name != "params" and name not in self.defaults and name not in KEPT:
                near = get_close_matches(str(name), [*self.defaults, *ALIKE], 1, 0.7)
                if near:
                    raise ValueError(
                        f"{kind} has no setting {name!r}, only {', '.join(self.defaults)}: "
                        f"{ALIKE.get(near[0], near[0])!r} is meant, or give the entry another name"
                    )
        members = param_group["params"]
        if isinstance(members, (set, frozenset)):
            raise TypeError(f"{kind}: parameters need an order that stays the same, pass a list and not a set")
        members, names = without_names(kind, [members] if isinstance(members, Tensor) else list(members))
        known = {id(parameter) for group in self.param_groups for parameter in group["params"]}
        for place, parameter in enumerate(members):
            if not isinstance(parameter, Tensor):
                fix = " (pass model.parameters(), or named_parameters())" if isinstance(parameter, (tuple, str)) else ""
                raise TypeError(f"{kind} changes Tensors, and parameter {place} is a {type(parameter).__name__}{fix}")
            label = f"parameter {place}" + (f" ({parameter.name!r})" if parameter.name else "")
            if not parameter.is_leaf:
                raise ValueError(
                    f"{kind}: {label} was computed from other tensors, so changing it teaches nothing: "
                    "pass the tensor it came from, or detach() it"
                )
            if id(parameter) in known:
                raise ValueError(f"{kind}: {label} is there twice, and would be changed twice in a step")
            known.add(id(parameter))
        own = {name: value for name, value in param_group.items() if name != "params"}
        if names is not None:
            own["param_names"] = names
        if self.param_groups and ("param_names" in self.param_groups[0]) != ("param_names" in own):
            raise ValueError(f"{kind}: either all groups have names of parameters, as of named_parameters(), or none")
        entries = {"params": NotedList(members), **self.defaults, **own}
        self.check(entries)
        self.param_groups.append(Group(entries, self.rates) if self.rates else NotedDict(entries))

    # ---------------------------------------------------------------- saving

    def state_dict(self) -> dict[str, Any]:
        """Return settings and memory as plain data in PyTorch's form; parameters are numbered in order.

        Tensors share memory with the optimizer, as those of `Module.state_dict` do with the module.
        """
        self._tell("state_dict_pre")
        found: dict[str, Any] = self._tell("state_dict_post", saving.saved(self))
        return found

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over settings and memory from `state_dict`, of PyTorch's optimizer too.

        Nothing is changed when something does not fit.

        Raises
        ------
        ValueError
            When groups or the numbers of parameters differ, or a remembered array has not its parameter's shape.
        """
        state_dict = self._tell("load_state_dict_pre", state_dict)
        groups, memories = saving.checked(self, state_dict)
        for group, new in zip(self.param_groups, groups, strict=True):
            group.update(new)
        self.state = State(memories)
        self._tell("load_state_dict_post")

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


KEPT = frozenset(  # what schedules and PyTorch put into groups
    ["initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum", "swa_lr", "param_names", "name"]
)
