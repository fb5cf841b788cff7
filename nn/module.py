"""`Module`: what every layer and network is. It holds parameters, buffers and other modules by name.

The layers themselves live in files of their own; the saved form of a module is plain data (`state_dict`), and how it
goes to disk is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike

from tinygrad_wtf import DTypeError, Tensor, float32, float64, no_grad, scope, settings_changed

from .parameter import Parameter, clear_gradient, convert

__all__ = ["IncompatibleKeys", "Module"]


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict(..., strict=False)` left out: names without a value, values without a name."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """The base class of all layers and networks.

    Subclasses assign parameters (`Parameter`) and other modules as attributes in `__init__`, after
    ``super().__init__()``, and say in `forward` what they compute. Calling the module runs `forward`; every step that
    is recorded meanwhile remembers the layer it belongs to, so errors and pictures can name it.

    Attributes
    ----------
    training : bool
        True after `train()` (the start), False after `eval()`. Layers such as dropout look at it.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> class Neuron(nn.Module):
    ...     def __init__(self, inputs):
    ...         super().__init__()
    ...         self.linear = nn.Linear(inputs, 1)
    ...
    ...     def forward(self, x):
    ...         return self.linear(x).sigmoid()
    >>> neuron = Neuron(2)
    >>> neuron
    Neuron(
      (linear): Linear(in_features=2, out_features=1, bias=True)
    )
    >>> [(name, parameter.shape) for name, parameter in neuron.named_parameters()]
    [('linear.weight', (1, 2)), ('linear.bias', (1,))]
    """

    training: bool
    notes_its_settings = True  # compiled functions need not look whether an attribute was set

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _transient: set[str]  # names of the buffers that state_dict leaves out
    _modules: dict[str, Module | None]
    _called: str  # the name under which a parent registered this module, "" for a root

    def __init__(self) -> None:
        own = self.__dict__
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_transient"] = set()
        own["_modules"] = {}
        own["_called"] = ""

    # ---------------------------------------------------------------- computing

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's output. Every subclass says how."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, x) in the class")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` with the module's name as the scope of all that it records."""
        return self._call_as(self._called, *args, **kwargs)

    def _call_as(self, name: str, *args: Any, **kwargs: Any) -> Any:
        kind = type(self).__name__
        with scope(f"{name}: {kind}" if name else kind):
            return self.forward(*args, **kwargs)

    # ---------------------------------------------------------------- registering

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Hold `parameter` under `name`; None keeps the name for a parameter that is absent (a bias that is off).

        Raises
        ------
        TypeError
            When it is neither a `Parameter` nor None.
        KeyError
            When the name is not a free attribute name without a dot.
        """
        if parameter is not None and not isinstance(parameter, Parameter):
            raise TypeError(
                f"cannot register a {type(parameter).__name__} as the parameter {name!r} of {type(self).__name__}: "
                "wrap it, nn.Parameter(value), or keep a tensor that is not learnt with register_buffer"
            )
        self._claim(name, self._parameters)
        self._parameters[name] = parameter
        settings_changed()
        if parameter is not None and parameter.name is None:
            parameter.name = name

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Hold a tensor that belongs to the state but is not learnt (a running mean, a fixed table).

        Parameters
        ----------
        name : str
            The attribute's name.
        tensor : Tensor or None
            The buffer.
        persistent : bool, default True
            Whether `state_dict` contains it.
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot register a {type(tensor).__name__} as the buffer {name!r} of {type(self).__name__}: "
                "make it a tensor first, tinygrad_wtf.tensor(value)"
            )
        self._claim(name, self._buffers)
        self._buffers[name] = tensor
        settings_changed()
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Hold `module` under `name`, as the assignment of an attribute does; the name may be a number in letters."""
        if module is not None and not isinstance(module, Module):
            mend = f", and this is the class itself: write {module.__name__}(...)" if isinstance(module, type) else ""
            kind = "class" if isinstance(module, type) else type(module).__name__
            raise TypeError(f"{type(self).__name__} holds modules under a name, not a {kind} (name {name!r}){mend}")
        if module is self:
            raise ValueError(f"{type(self).__name__} cannot be its own child {name!r}")
        self._claim(name, self._modules)
        self._modules[name] = module
        if module is not None:
            module._remember_name(name)

    register_module = add_module

    def _remember_name(self, name: str) -> None:
        self.__dict__["_called"] = name

    def _claim(self, name: str, room: Mapping[str, object]) -> None:
        """Refuse a name that is unusable, or already means something else in this module."""
        self._refuse(name)
        if name not in room and (name in self.__dict__ or any(name in other for other in self._rooms())):
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}: delete it first")

    def _refuse(self, name: str) -> None:
        """Refuse a name that no parameter, buffer or module of this class can have."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(_not_initialised(self, name))
        if not isinstance(name, str):
            raise TypeError(f"a name in a module is a string, not {name!r}")
        if name == "" or "." in name:
            raise KeyError(f"{name!r} cannot be a name in a module: it must not be empty, nor contain a dot")
        if hasattr(type(self), name) or name in Module.__annotations__:
            raise KeyError(
                f"{type(self).__name__} already has an attribute {name!r} in its class, which would hide the new one: "
                "choose another name"
            )

    def _rooms(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return self._parameters, self._buffers, self._modules

    # ---------------------------------------------------------------- attributes

    def __getattr__(self, name: str) -> Any:  # only called when ordinary look-up found nothing
        own = self.__dict__
        if "_parameters" not in own:
            raise AttributeError(_not_initialised(self, name))
        if name in own["_parameters"]:  # the commonest
            return own["_parameters"][name]
        for room in self._rooms():
            if name in room:
                return room[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        settings_changed()
        if isinstance(value, (Parameter, Module)):
            self._refuse(name)
            if name not in (self._parameters if isinstance(value, Parameter) else self._modules):
                self._forget(name)  # the name meant something else until now
            if isinstance(value, Parameter):
                self.register_parameter(name, value)
            else:
                self.add_module(name, value)
            return
        own = self.__dict__
        if "_parameters" in own:
            if name in self._parameters or name in self._modules:
                if value is not None:
                    kind, mend = (
                        ("parameter", "assign nn.Parameter(value), or change it in place with .copy_(value)")
                        if name in self._parameters
                        else ("module", "assign another module or None, or delete the attribute first")
                    )
                    raise TypeError(
                        f"cannot put a {type(value).__name__} in the place of the {kind} {name!r} of "
                        f"{type(self).__name__}: {mend}"
                    )
                (self._parameters if name in self._parameters else self._modules)[name] = None
                return
            if name in self._buffers:
                if value is not None and not isinstance(value, Tensor):
                    raise TypeError(
                        f"cannot put a {type(value).__name__} in the place of the buffer {name!r} of "
                        f"{type(self).__name__}: assign a Tensor or None"
                    )
                self._buffers[name] = value
                return
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        settings_changed()
        for room in self._rooms():
            if name in room:
                del room[name]
                self._transient.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for room in self._rooms() for name in room)})

    def _forget(self, name: str) -> None:
        for holder in (self.__dict__, *self._rooms()):
            holder.pop(name, None)
        self._transient.discard(name)

    # ---------------------------------------------------------------- walking

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yield ``(path, module)`` for this module and all below it, parents first; a shared one only once."""
        seen = set() if memo is None else memo
        if remove_duplicate:
            if id(self) in seen:
                return
            seen.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(seen, _join(prefix, name), remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield ``(name, module)`` for the modules held directly, a shared one only once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the modules held directly, each once."""
        for _, module in self.named_children():
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield ``(path, parameter)`` in the order of assignment, a shared parameter only once.

        Parameters
        ----------
        prefix : str
            Put before every path.
        recurse : bool, default True
            Also those of the modules below.
        remove_duplicate : bool, default True
            With False, a shared parameter comes under each of its paths.
        """
        yield from self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters in the order of assignment, each once: what an optimizer takes."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield ``(path, buffer)`` as `named_parameters` does for parameters."""
        yield from self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def _named(self, room: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        below = self.named_modules(None, prefix, remove_duplicate) if recurse else iter([(prefix, self)])
        for path, module in below:
            for name, member in module.__dict__[room].items():
                if member is None or (remove_duplicate and id(member) in seen):
                    continue
                seen.add(id(member))
                yield _join(path, name), member

    def get_submodule(self, target: str) -> Module:
        """Return the module at a path such as ``"body.0"``; the empty path is this module.

        Raises
        ------
        AttributeError
            When there is none; the message lists the names at the place where the path went wrong.
        """
        module = self
        for depth, name in enumerate(target.split(".") if target else ()):
            child = module._modules.get(name)
            if child is None:
                place = ".".join(target.split(".")[:depth]) or type(self).__name__
                raise AttributeError(f"no module {name!r} in {place}: it holds {list(module._modules)}")
            module = child
        return module

    # ---------------------------------------------------------------- state

    def state_dict(self, prefix: str = "") -> dict[str, Tensor]:
        """Return all parameters and persistent buffers by path, as detached tensors.

        The tensors share memory with the module, as in PyTorch: training on changes them. Copy what must stay,
        ``{name: value.clone() for name, value in model.state_dict().items()}``.

        Examples
        --------
        >>> from tinygrad_wtf import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1)).state_dict())
        ['0.weight', '0.bias', '2.weight', '2.bias']
        """
        return {name: member.detach() for name, member in self._state(prefix)}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy values into the parameters and buffers of the same names; nothing is changed when anything is wrong.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            Tensors, NumPy arrays or anything NumPy reads; they are converted to the dtype of what they replace.
        strict : bool, default True
            Whether missing and unexpected names are errors. Values that do not fit always are.

        Returns
        -------
        IncompatibleKeys
            ``missing_keys`` and ``unexpected_keys``, both empty when strict.

        Raises
        ------
        TypeError
            When `state_dict` is not a mapping.
        RuntimeError
            When names are missing or unexpected, or values have another shape or kind. One message lists all.

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_wtf import nn
        >>> layer = nn.Linear(2, 1)
        >>> layer.load_state_dict({"weight": np.array([[1.0, -1.0]]), "bias": [0.5]})
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        >>> layer.load_state_dict({"weight": np.ones((2, 1)), "b": [0.5]})
        Traceback (most recent call last):
        ...
        RuntimeError: the state does not fit Linear, and nothing was loaded:
          missing: bias
          unexpected: b
          weight: expected shape (1, 2), got (2, 1)
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"load_state_dict takes a mapping of names to values, not a {type(state_dict).__name__}")
        own = dict(self._state(""))
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        complaints = []
        if strict and missing:
            complaints.append("missing: " + ", ".join(missing))
        if strict and unexpected:
            complaints.append("unexpected: " + ", ".join(map(str, unexpected)))
        values: list[tuple[Tensor, np.ndarray[Any, Any]]] = []
        for name, member in own.items():
            if name in state_dict:
                value, complaint = _fitting(state_dict[name], member)
                if value is None:
                    complaints.append(f"{name}: {complaint}")
                else:
                    values.append((member, value))
        if complaints:
            raise RuntimeError(
                "\n  ".join([f"the state does not fit {type(self).__name__}, and nothing was loaded:", *complaints])
            )
        with no_grad():
            for member, value in values:
                member.copy_(value)
        return IncompatibleKeys(missing, unexpected)

    def _state(self, prefix: str) -> Iterator[tuple[str, Tensor]]:
        """Everything that is saved, module by module: parameters first, then the persistent buffers."""
        for path, module in self.named_modules(None, prefix.removesuffix("."), remove_duplicate=False):
            members: dict[str, Tensor | None] = {
                **module._parameters,
                **{name: buffer for name, buffer in module._buffers.items() if name not in module._transient},
            }
            for name, member in members.items():
                if member is not None:
                    yield _join(path, name), member

    # ---------------------------------------------------------------- changing all at once

    def train(self, mode: bool = True) -> Self:
        """Put this module and all below it into training mode (or, with False, into evaluation mode)."""
        if not isinstance(mode, bool):
            raise ValueError(f"train takes True or False, not {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Put this module and all below it into evaluation mode."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: to None, or to zeros with ``set_to_none=False``."""
        for parameter in self.parameters():
            clear_gradient(parameter, set_to_none)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let all parameters be learnt, or freeze them with False."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call ``fn(module)`` for all modules below and then for this one; the usual way to initialise weights.

        Examples
        --------
        >>> from tinygrad_wtf import nn
        >>> def as_in_the_guide(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.normal_(module.weight, generator=0)
        >>> _ = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()).apply(as_in_the_guide)
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Convert the floating-point parameters (with their gradients) and buffers to `dtype`, in place.

        Raises
        ------
        DTypeError
            When `dtype` is not a floating-point type: whole numbers have no gradients.
        """
        wanted = np.dtype(dtype)
        if wanted.kind != "f":
            raise DTypeError(
                f"cannot convert the parameters of {type(self).__name__} to {wanted}",
                op="Module.to",
                hint="Parameters are floating-point: float32 or float64",
            )
        for parameter in self.parameters():
            if parameter.dtype.kind == "f" and parameter.dtype != wanted:
                convert(parameter, wanted)
        for module in self.modules():
            for name, buffer in module._buffers.items():
                if buffer is not None and buffer.dtype.kind == "f":
                    module._buffers[name] = buffer.to(wanted)
        return self

    def float(self) -> Self:
        """Convert to float32, in place."""
        return self.to(float32)

    def double(self) -> Self:
        """Convert to float64, in place."""
        return self.to(float64)

    # ---------------------------------------------------------------- showing

    def extra_repr(self) -> str:
        """Return what stands between the parentheses of the repr; subclasses say their settings here."""
        return ""

    def __repr__(self) -> str:
        head, settings = type(self).__name__, self.extra_repr()
        if not self._modules:
            return f"{head}({settings})"
        lines = settings.splitlines()
        lines += [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        return f"{head}(\n  " + "\n  ".join(lines) + "\n)"


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _not_initialised(module: Module, name: str) -> str:
    kind = type(module).__name__
    return f"{kind} is not ready for {name!r}: call super().__init__() first in {kind}.__init__"


def _fitting(value: Any, member: Tensor) -> tuple[np.ndarray[Any, Any] | None, str]:
    """The value as an array that can be copied into the member, or what is wrong with it."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as problem:
        return None, f"NumPy cannot read the value: {problem}"
    if array.dtype.kind not in "biuf" or not np.can_cast(array.dtype, member.dtype, "same_kind"):
        return None, f"expected {member.dtype} values, got {array.dtype}"
    if array.shape != member.shape:
        return None, f"expected shape {member.shape}, got {array.shape}"
    with np.errstate(over="ignore"):
        # a copy, always: the value may be a view of another member, which is loaded before this one
        converted = array.astype(member.dtype, copy=True)
    if np.isinf(converted).any() and np.isfinite(array).all():
        return None, f"the values are too large for {member.dtype}"
    return converted, ""
