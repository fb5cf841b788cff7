"""`Optimizer`: what every optimizer shares. Each optimizer's update is in a file of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import Tensor, as_tensor, enable_grad, is_compiling, no_grad, settings_changed

from ..module import Module
from ..parameter import clear_gradient
from .group import Group, NotedDict, NotedList


class Optimizer(ABC):
    """Groups of parameters, their settings, and what the optimizer remembers of each.

    A subclass checks and passes on its settings, and says in `update` how one parameter changes.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        The parameters, ``model.parameters()``; or groups such as ``{"params": [...], "lr": 0.01}`` with settings of
        their own.
    defaults : dict
        The settings of groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        Each has "params" and the settings, which may be changed at any time:
        ``optimizer.param_groups[0]["lr"] = 0.01``.
    state : dict
        What is remembered of each parameter between steps.
    rates : tuple of str
        Said by the class: the settings that its `update` only calculates with, or asks whether they are 0. A compiled
        step takes them as inputs, `update` gets them as tensors while it is traced, and changing one needs no new
        trace. A subclass with an `update` of its own says them anew; otherwise it gets plain numbers, and is traced
        again when one changes.

    Raises
    ------
    TypeError
        When `params` is a module, a single tensor, or holds something that is not a tensor.
    ValueError
        When there are no parameters, one is there twice, one was computed from others, or a setting is wrong.
    """

    notes_its_settings = True  # compiled functions need not look whether an attribute was set
    rates: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update" in vars(cls) and "rates" not in vars(cls):
            cls.rates = ()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        settings_changed()  # afterwards: whoever runs in between must look again

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        settings_changed()

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = NotedList()
        self.state: dict[Tensor, dict[str, Any]] = NotedDict()
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

    # ---------------------------------------------------------------- what an optimizer says

    @abstractmethod
    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Change one parameter in place by its gradient; `state` is what is remembered of it."""

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense; the learning rate is checked for all optimizers."""
        self.check_number(group, "lr")

    def check_number(self, group: Mapping[str, Any], name: str, below: float = float("inf")) -> None:
        """Refuse a setting that is not a finite number from 0 on (and less than `below`)."""
        value = group[name]
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not (number and isfinite(value) and 0 <= value < below):
            limit = "" if below == float("inf") else f" and less than {below}"
            raise ValueError(f"{type(self).__name__}: {name} is a finite number, at least 0{limit}, not {value!r}")

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
                for parameter in settings["params"]:
                    gradient = parameter.grad
                    if gradient is None:
                        continue
                    memory = self.state.get(parameter) if self.state else None
                    if memory is not None:
                        self.update(parameter, gradient, settings, memory)
                        continue
                    memory = {}
                    self.update(parameter, gradient, settings, memory)
                    if memory:
                        self.state[parameter] = NotedDict(memory)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: to None, or to zeros with ``set_to_none=False``."""
        for group in self.param_groups:
            for parameter in dict.__getitem__(group, "params"):
                if set_to_none:
                    parameter.grad = None
                else:
                    clear_gradient(parameter, set_to_none=False)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters with settings of their own, ``{"params": [...], "lr": 0.01}``."""
        kind = type(self).__name__
        if not isinstance(param_group, Mapping):
            raise TypeError(
                f"{kind}: a group of parameters is a dict with 'params', not a {type(param_group).__name__}"
            )
        if "params" not in param_group:
            raise ValueError(f"{kind}: a group of parameters needs the key 'params', and has {list(param_group)}")
        unknown = [name for name in param_group if name != "params" and name not in self.defaults]
        if unknown:
            raise ValueError(f"{kind} has no setting {unknown[0]!r}, only {', '.join(self.defaults)}")
        members = param_group["params"]
        if isinstance(members, (set, frozenset)):
            raise TypeError(f"{kind}: parameters need an order that stays the same, pass a list and not a set")
        members = [members] if isinstance(members, Tensor) else list(members)
        if not members:
            raise ValueError(f"{kind} got an empty list of parameters in a group")
        known = {id(parameter) for group in self.param_groups for parameter in group["params"]}
        for place, parameter in enumerate(members):
            if not isinstance(parameter, Tensor):
                fix = " (pass model.parameters(), without names)" if isinstance(parameter, (tuple, str)) else ""
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
        entries = {"params": NotedList(members), **self.defaults, **own}
        group = Group(entries, self.rates) if self.rates else NotedDict(entries)
        self.check(group)
        self.param_groups.append(group)

    # ---------------------------------------------------------------- saving

    def state_dict(self) -> dict[str, Any]:
        """Return settings and memory as plain data in PyTorch's form; parameters are numbered in order.

        Tensors share memory with the optimizer, as those of `Module.state_dict` do with the module.
        """
        numbers = {id(parameter): number for number, parameter in enumerate(self._parameters())}
        state = {
            numbers[id(parameter)]: {k: v.detach() if isinstance(v, Tensor) else v for k, v in memory.items()}
            for parameter, memory in self.state.items()
            if memory
        }
        groups = [
            {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over settings and memory from `state_dict`; nothing is changed when something does not fit.

        Raises
        ------
        ValueError
            When groups or the numbers of parameters differ, or a remembered array has not its parameter's shape.
        """
        kind = type(self).__name__
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= state_dict.keys():
            raise ValueError(f"{kind}: the saved state needs the keys 'state' and 'param_groups'")
        saved = state_dict["param_groups"]
        ours = [len(group["params"]) for group in self.param_groups]
        theirs = [len(group["params"]) for group in saved]
        if ours != theirs:
            raise ValueError(f"{kind}: groups of {ours} parameters cannot take the state of groups of {theirs}")
        groups = []
        for group, other in zip(self.param_groups, saved, strict=True):
            settings = {k: other.get(k, group[k]) for k in self.defaults}
            self.check(settings)
            groups.append(settings)
        places = [number for group in saved for number in group["params"]]
        state: dict[Tensor, dict[str, Any]] = NotedDict()
        for number, parameter in zip(places, self._parameters(), strict=True):
            memory = state_dict["state"].get(number)
            if memory is not None:
                restored = {name: _restored(kind, number, name, v, parameter) for name, v in memory.items()}
                state[parameter] = NotedDict(restored)
        for group, new in zip(self.param_groups, groups, strict=True):
            group.update(new)
        self.state = state

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def _restored(kind: str, number: int, name: str, value: Any, parameter: Tensor) -> Any:
    """A copy of one remembered value: an array of the parameter's shape in its dtype, or one number such as a count."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    array = np.array(value)
    if array.shape not in (parameter.shape, ()):
        raise ValueError(
            f"{kind}: {name} of parameter {number} has shape {array.shape}, and the parameter {parameter.shape}"
        )
    is_single = array.shape != parameter.shape or array.dtype.kind != "f"
    return as_tensor(array if is_single else array.astype(parameter.dtype))
