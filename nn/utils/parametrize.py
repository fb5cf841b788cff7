"""Parameters that are computed from others at every use: orthogonal, symmetric, normalised weights.

The attribute becomes a property of a class of the module's own; what is learnt lies below `parametrizations`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tinygrad_wtf import ShapeError, Tensor, no_grad, settings_changed

from ..layers.container import ModuleList
from ..layers.module_dict import ModuleDict
from ..module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]

_cache: dict[tuple[int, str], Any] = {}
_depth = 0


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once as long as the block lasts, and not at every use.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> with nn.utils.parametrize.cached():
    ...     layer.weight is layer.weight
    True
    """
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            _cache.clear()


class ParametrizationList(ModuleList):
    """What one tensor is computed by: the parametrizations in order, and the tensor or tensors that they start from.

    Parameters
    ----------
    modules : list of Module
        The parametrizations.
    original : Tensor
        The parameter or buffer that is computed from now on.
    unsafe : bool, default False
        Whether the shape and the dtype of what is computed may differ from those of `original`.

    Attributes
    ----------
    original : Parameter
        What is learnt; where the first parametrization takes several tensors, they are `original0`, `original1`, ...
    """

    def __init__(self, modules: list[Module], original: Tensor, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe = unsafe
        new: Any = original
        with no_grad():
            for module in reversed(modules):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):  # as without one: the tensor is what is computed from
                        new = module.right_inverse(new)
        self.is_tensor = isinstance(new, Tensor)
        if self.is_tensor:
            if new is not original and new.shape == original.shape:
                with no_grad():
                    original.copy_(new)
                new = original
            self._hold("original", new, original)
            self.ntensors = 1
        else:
            self.ntensors = len(new)
            for number, part in enumerate(new):
                self._hold(f"original{number}", part, original)

    def _hold(self, name: str, value: Tensor, original: Tensor) -> None:
        if isinstance(original, Parameter):
            kept = original if value is original else Parameter(value.detach(), original.requires_grad)
            self.register_parameter(name, kept)
        else:
            self.register_buffer(name, value)

    def right_inverse(self, value: Tensor) -> None:
        """Change what is learnt so that the tensor becomes `value`; done by assigning to the attribute.

        Parameters
        ----------
        value : Tensor
            What it shall be.
        """
        new: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"{type(module).__name__} has no right_inverse: the tensor that it computes cannot be assigned"
                    )
                new = module.right_inverse(new)
            if self.is_tensor:
                self.original.copy_(new)
            else:
                for number, part in enumerate(new):
                    getattr(self, f"original{number}").copy_(part)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Compute the tensor."""
        originals = [self.original] if self.is_tensor else [getattr(self, f"original{i}") for i in range(self.ntensors)]
        first, *rest = list(self)
        x: Tensor = first(*originals)
        for module in rest:
            x = module(x)
        return x


def give_property(module: Module, name: str, read: Any, write: Any, prefix: str) -> None:
    """Let an attribute be computed, by a class that only this module has."""
    before = type(module)
    if not getattr(before, "_is_of_one_module", False):

        def refuse_pickling(self: Module) -> Any:
            raise RuntimeError(
                f"a {before.__name__} with computed weights cannot be pickled: save its state_dict(), and load it into "
                "a module that was given the same"
            )

        def deepcopied(self: Module, memo: dict[int, Any]) -> Module:
            twin: Module = before.__new__(type(self))
            memo[id(self)] = twin
            twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
            return twin

        own = {
            "_is_of_one_module": True,
            "_class_before": before,
            "__getstate__": refuse_pickling,
            "__deepcopy__": deepcopied,
            "__module__": before.__module__,
            "__doc__": before.__doc__,
        }
        module.__class__ = type(f"{prefix}{before.__name__}", (before,), own)
    setattr(type(module), name, property(read, write))
    settings_changed()


def take_property(module: Module, name: str) -> None:
    """Undo `give_property`; without further computed attributes the module has its first class again."""
    delattr(type(module), name)
    if not any(isinstance(value, property) for value in vars(type(module)).values()):
        module.__class__ = type(module)._class_before  # type: ignore[attr-defined]
    settings_changed()


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a parameter or buffer be computed: ``module.weight`` is then ``parametrization(original)``.

    Parameters
    ----------
    module : Module
        Whose attribute it is.
    tensor_name : str
        The attribute's name, such as "weight".
    parametrization : Module
        It takes the original and returns what is used. With a method `right_inverse` the first value is kept, and the
        attribute can be assigned to. A second one is put behind the first.
    unsafe : bool, default False
        Whether the shape and the dtype may change.

    Returns
    -------
    Module
        The module.

    Raises
    ------
    ValueError
        When the module has no such tensor, or shape or dtype change.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = nn.Linear(3, 3)
    >>> _ = nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original']
    """
    if is_parametrized(module, tensor_name):
        held = _lists(module)[tensor_name]
        with no_grad():
            before = held()
            if hasattr(parametrization, "right_inverse") and isinstance(
                new := parametrization.right_inverse(before), Tensor
            ):
                held.right_inverse(new)
        held.append(parametrization)
        after = held
    else:
        if tensor_name in module._parameters:
            original: Tensor | None = module._parameters[tensor_name]
        else:
            original = module._buffers.get(tensor_name)
        if original is None:
            raise ValueError(f"{type(module).__name__} has no parameter or buffer {tensor_name!r} to parametrize")
        before = original
        after = ParametrizationList([parametrization], original, unsafe)
    if not unsafe:
        with no_grad():
            y = after()
        if not isinstance(y, Tensor) or y.shape != before.shape or y.dtype != before.dtype:
            found = f"{y.dtype} {y.shape}" if isinstance(y, Tensor) else type(y).__name__
            raise ShapeError(
                f"{type(parametrization).__name__} gives {found} in the place of {before.dtype} {before.shape}",
                op="register_parametrization",
                hint="Pass unsafe=True if that is meant",
            )
    if not is_parametrized(module, tensor_name):
        delattr(module, tensor_name)
        give_property(module, tensor_name, _reader(tensor_name), _writer(tensor_name), "Parametrized")
        if "parametrizations" not in module._modules:
            module.parametrizations = ModuleDict()
        _lists(module)[tensor_name] = after
    return module


def _lists(module: Module) -> Any:
    return module._modules["parametrizations"]


def _reader(name: str) -> Any:
    def read(module: Module) -> Any:
        if not _depth:
            return _lists(module)[name]()
        key = (id(module), name)
        if key not in _cache:
            _cache[key] = _lists(module)[name]()
        return _cache[key]

    return read


def _writer(name: str) -> Any:
    def write(module: Module, value: Tensor) -> None:
        _lists(module)[name].right_inverse(value)

    return write


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Return whether any tensor of the module is computed, or the one of this name.

    Parameters
    ----------
    module : Module
        The module.
    tensor_name : str, optional
        The attribute's name.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> nn.utils.parametrize.is_parametrized(nn.Linear(1, 1))
    False
    """
    held = module._modules.get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a computed tensor a parameter again.

    Parameters
    ----------
    module : Module
        Whose attribute it is.
    tensor_name : str
        The attribute's name.
    leave_parametrized : bool, default True
        Whether its value is the computed one, not that of the original.

    Raises
    ------
    ValueError
        When it is not parametrized, or several originals are to be left.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> nn.utils.parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=3, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"{tensor_name!r} of {type(module).__name__} is not parametrized")
    held = _lists(module)[tensor_name]
    if not held.is_tensor and not leave_parametrized:
        raise ValueError(f"{tensor_name!r} is computed from {held.ntensors} tensors: pass leave_parametrized=True")
    with no_grad():
        value = held().detach().clone() if leave_parametrized else held.original
    first = held.original if held.is_tensor else held.original0
    del _lists(module)[tensor_name]
    if not len(_lists(module)):
        del module._modules["parametrizations"]
    take_property(module, tensor_name)
    if not isinstance(first, Parameter):
        module.register_buffer(tensor_name, value)
    elif held.is_tensor and value.shape == first.shape:  # the parameter that optimizers may hold
        with no_grad():
            first.copy_(value)
        module.register_parameter(tensor_name, first)
    else:
        module.register_parameter(tensor_name, Parameter(value, first.requires_grad))
    return module


def type_before_parametrizations(module: Module) -> type[Module]:
    """Return the class that the module had before it was parametrized.

    Parameters
    ----------
    module : Module
        The module.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> nn.utils.parametrize.type_before_parametrizations(layer).__name__
    'Linear'
    """
    return getattr(type(module), "_class_before", type(module))
