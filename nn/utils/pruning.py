"""What all ways of pruning share: masks, and how a module keeps them (`nn.utils.prune` has the ways)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, no_grad

from ..module import Module
from .parametrize import give_property, take_property


def methods_of(module: Module) -> dict[str, BasePruningMethod]:
    """How the pruned parameters of a module were pruned, by name."""
    found: dict[str, BasePruningMethod] = module.__dict__.get("_pruning", {})
    return found


class BasePruningMethod:
    """A way of choosing what is pruned; a subclass says it in `compute_mask`.

    Attributes
    ----------
    PRUNING_TYPE : {"unstructured", "structured", "global"}
        Which part of a tensor that is pruned already the method sees: the entries that are left, the channels that are
        left along its `dim`, or all.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> from tinygrad_wtf.nn.utils import prune
    >>> class EverySecond(prune.BasePruningMethod):
    ...     def compute_mask(self, t, default_mask):
    ...         mask = default_mask.clone()
    ...         mask.view(-1)[::2] = 0
    ...         return mask
    >>> layer = nn.Linear(2, 2)
    >>> method = EverySecond.apply(layer, "weight")
    >>> layer.weight_mask.tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """

    PRUNING_TYPE: ClassVar[str] = "unstructured"
    _tensor_name: str = ""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give 1 for each entry that stays and 0 for the others, within `default_mask`."""
        raise NotImplementedError(f"{type(self).__name__} says nowhere what it prunes: give it compute_mask")

    def apply_mask(self, module: Module) -> Tensor:
        """Compute the pruned tensor from what is learnt and the mask."""
        original: Tensor = getattr(module, f"{self._tensor_name}_orig")
        return getattr(module, f"{self._tensor_name}_mask").to(original.dtype) * original  # type: ignore[no-any-return]

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter of a module, further where it is pruned already; the scores are its entries by default."""
        before = methods_of(module).get(name)
        if before is None and module._parameters.get(name) is None:
            raise ValueError(f"{type(module).__name__} has no parameter {name!r}")
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        current: Tensor = getattr(module, name)
        scores = _fitting(importance_scores, current)
        with no_grad():
            if before is None:
                mask = method.compute_mask(scores, tw.ones_like(scores, dtype=current.dtype))
            else:
                old = getattr(module, f"{name}_mask").clone()
                together = before if isinstance(before, PruningContainer) else PruningContainer(before)
                together.add_pruning_method(method)
                method, mask = together, together.compute_mask(scores, old)
        if before is None:
            original = module._parameters[name]
            delattr(module, name)
            module.register_parameter(f"{name}_orig", original)
            give_property(module, name, lambda owner: methods_of(owner)[name].apply_mask(owner), _fixed(name), "")
        module.register_buffer(f"{name}_mask", mask)
        module._pruning = {**methods_of(module), name: method}
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """Give a tensor with the chosen entries 0; nothing is kept of it."""
        mask = tw.ones_like(t) if default_mask is None else default_mask
        pruned: Tensor = t * self.compute_mask(_fitting(importance_scores, t), mask)
        return pruned

    def remove(self, module: Module) -> None:
        """Let the holes be zeros in an ordinary parameter of the module again."""
        name = self._tensor_name
        original = module._parameters[f"{name}_orig"]
        assert original is not None
        with no_grad():
            original.data = self.apply_mask(module).detach()
        module._pruning = {other: method for other, method in methods_of(module).items() if other != name}
        delattr(module, f"{name}_orig")
        delattr(module, f"{name}_mask")
        take_property(module, name)
        module.register_parameter(name, original)


def _fixed(name: str) -> Callable[[Module, Any], None]:
    def write(module: Module, value: Any) -> None:
        raise AttributeError(f"{name!r} of {type(module).__name__} is pruned: change {name}_orig, or prune.remove it")

    return write


def _fitting(scores: Tensor | None, t: Tensor) -> Tensor:
    if scores is not None and scores.shape != t.shape:
        raise ValueError(f"importance_scores have shape {scores.shape}, and what is pruned {t.shape}")
    return (t if scores is None else scores).detach()


class PruningContainer(BasePruningMethod):
    """Several methods for one parameter, one after the other; the last one prunes what the others left.

    Parameters
    ----------
    *args : BasePruningMethod
        The methods, of one parameter.
    """

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method for the same parameter."""
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method).__name__} is no BasePruningMethod")
        if method._tensor_name != self._tensor_name:
            raise ValueError(f"methods of {self._tensor_name!r} cannot be joined by one of {method._tensor_name!r}")
        self._pruning_methods = (*self._pruning_methods, method)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, place: int) -> BasePruningMethod:
        return self._pruning_methods[place]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Let the last method prune what `default_mask` left."""
        method = self._pruning_methods[-1]
        index: Any = ...
        if method.PRUNING_TYPE == "unstructured":
            index = default_mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = method.dim % t.ndim  # type: ignore[attr-defined]
            others = tuple(d for d in range(t.ndim) if d != dim)
            index = (*[slice(None)] * dim, default_mask.sum(others) != 0)
        elif method.PRUNING_TYPE != "global":
            raise ValueError(f"{type(method).__name__}: there is no PRUNING_TYPE {method.PRUNING_TYPE!r}")
        mask = default_mask.to(t.dtype)
        mask[index] = method.compute_mask(t[index], default_mask[index]).to(t.dtype)
        return mask
