"""Weights with holes: parts of a parameter are 0 and stay so, whatever is learnt (``torch.nn.utils.prune``).

A pruned ``weight`` is computed at every use: the parameter ``weight_orig`` times the buffer ``weight_mask``, 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, no_grad

from ..module import Module
from .convert_parameters import parameters_to_vector
from .pruning import BasePruningMethod, PruningContainer, methods_of

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]

Amount = int | float


class Identity(BasePruningMethod):
    """Prune nothing yet: the mask is there, with 1 everywhere."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Keep what there is."""
        return default_mask


class _Counted(BasePruningMethod):
    """What is pruned by a number of entries or channels, or by their fraction."""

    def __init__(self, amount: Amount) -> None:
        whole = isinstance(amount, int) and not isinstance(amount, bool)
        if amount < 0 or (not whole and amount > 1):
            raise ValueError(f"amount is a number of entries, or a fraction from 0.0 to 1.0, not {amount!r}")
        self.amount = amount

    def count(self, size: int) -> int:
        """How many of so many are pruned."""
        number = self.amount if isinstance(self.amount, int) else round(self.amount * size)
        if number > size:
            raise ValueError(f"{number} cannot be pruned of {size}")
        return number


class _Entries(_Counted):
    """Entries by themselves: those with the least scores."""

    def scores(self, t: Tensor) -> Tensor:
        """How much each entry is worth."""
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Prune the entries with the least scores."""
        mask = default_mask.clone()
        least = tw.topk(self.scores(t).reshape(-1), self.count(t.numel()), largest=False).indices
        mask.reshape(-1)[least] = 0
        return mask


class RandomUnstructured(_Entries):
    """Prune entries at random; `amount` is their number or fraction."""

    def scores(self, t: Tensor) -> Tensor:
        """Give random numbers."""
        return tw.rand_like(t)


class L1Unstructured(_Entries):
    """Prune the entries nearest to 0; `amount` is their number or fraction."""

    def scores(self, t: Tensor) -> Tensor:
        """Give the sizes of the entries."""
        sizes: Tensor = t.abs()
        return sizes


class _Channels(_Counted):
    """Whole channels along a dimension: those with the least scores."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def scores(self, t: Tensor, dim: int) -> Tensor:
        """How much each channel is worth."""
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Prune the channels with the least scores."""
        if t.ndim < 2:
            raise ValueError(f"channels are pruned of tensors with 2 dimensions or more, not of shape {t.shape}")
        if not -t.ndim <= self.dim < t.ndim:
            raise IndexError(f"dim {self.dim} is none of the {t.ndim} of shape {t.shape}")
        dim = self.dim % t.ndim
        mask = default_mask.clone()
        least = tw.topk(self.scores(t, dim), self.count(t.shape[dim]), largest=False).indices
        mask[(*[slice(None)] * dim, least)] = 0
        return mask


class RandomStructured(_Channels):
    """Prune channels at random; `amount` is their number or fraction, `dim` where they lie."""

    def scores(self, t: Tensor, dim: int) -> Tensor:
        """Give random numbers."""
        return tw.rand(t.shape[dim])


class LnStructured(_Channels):
    """Prune the channels with the least `n`-norms; `amount` is their number or fraction, `dim` where they lie."""

    def __init__(self, amount: Amount, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def scores(self, t: Tensor, dim: int) -> Tensor:
        """Give the norms of the channels."""
        norms: Tensor = tw.norm(t, self.n, dim=tuple(d for d in range(t.ndim) if d != dim))
        return norms


class CustomFromMask(BasePruningMethod):
    """Prune where a mask given is 0."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Join both masks."""
        if default_mask.shape != self.mask.shape:
            raise ValueError(f"the mask has shape {self.mask.shape}, and what is pruned {default_mask.shape}")
        joined: Tensor = default_mask * self.mask.to(default_mask.dtype)
        return joined


def identity(module: Module, name: str) -> Module:
    """Give a parameter a mask of 1 everywhere; returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: Amount) -> Module:
    """Prune entries of a parameter at random; returns the module. The parameters are those of `l1_unstructured`."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: Amount, importance_scores: Tensor | None = None) -> Module:
    """Prune the entries of a parameter that are nearest to 0.

    Parameters
    ----------
    module : Module
        Whose parameter it is; returned.
    name : str
        The parameter's name.
    amount : int or float
        How many entries, or which fraction of them.
    importance_scores : Tensor, optional
        Numbers of the parameter's shape whose least are pruned, in the place of its entries' sizes.

    Raises
    ------
    ValueError
        When there is no such parameter, or fewer entries.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> from tinygrad_wtf.nn.utils import prune
    >>> layer = prune.l1_unstructured(nn.Linear(10, 10), "weight", amount=0.3)
    >>> int((layer.weight == 0).sum()), [name for name, _ in layer.named_parameters()]
    (30, ['bias', 'weight_orig'])
    >>> [name for name, _ in prune.remove(layer, "weight").named_parameters()]
    ['bias', 'weight']
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: Amount, dim: int) -> Module:
    """Prune channels of a parameter along `dim` at random; returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: Amount, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Module:
    """Prune the channels of a parameter along `dim` with the least `n`-norms; returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune a parameter where a mask is 0; returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: Mapping[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune entries of several parameters, chosen among all of them together.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        The modules and the names of their parameters.
    pruning_method : class
        `L1Unstructured`, `RandomUnstructured` or one's own of that type.
    importance_scores : dict, optional
        By module and name, numbers whose least are pruned.
    **kwargs
        The method's arguments, such as ``amount=0.2``.

    Raises
    ------
    TypeError
        When the method is not unstructured.
    """
    places, given = list(parameters), importance_scores or {}
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(f"global_unstructured takes unstructured methods, and {pruning_method.__name__} is not")
    with no_grad():
        weighed: list[Any] = [given.get((m, name), getattr(m, name)) for m, name in places]
        scores = parameters_to_vector([each.detach() for each in weighed])
        masks = [getattr(m, f"{name}_mask", tw.ones_like(getattr(m, name))).detach() for m, name in places]
        final = PruningContainer(method).compute_mask(scores, parameters_to_vector(masks))
    start = 0
    for module, name in places:
        size = getattr(module, name).numel()
        custom_from_mask(module, name, final[start : start + size].reshape(getattr(module, name).shape))
        start += size


def remove(module: Module, name: str) -> Module:
    """Let the holes be zeros in an ordinary parameter again; returns the module."""
    if name not in methods_of(module):
        raise ValueError(f"{name!r} of {type(module).__name__} is not pruned, so there is nothing to remove")
    methods_of(module)[name].remove(module)
    return module


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module, or of a module within it, is pruned."""
    return any(methods_of(part) for part in module.modules())
