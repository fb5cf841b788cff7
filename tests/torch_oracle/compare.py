"""What is compared: values, gradients, second derivatives and refusals of one call on both sides."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

import tinygrad_wtf as tw
from tests.torch_oracle.convert import array, described, flat, fresh, ours

BUILTIN = (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError, KeyError, AttributeError)
# Relative and absolute tolerance by dtype, for values and first derivatives; the second ones get ten times as much.
RELATIVE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-9}
ABSOLUTE = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-10}


class Mismatch(AssertionError):  # noqa: N818 - it is a finding
    """The two sides differ; `kind` says in what."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(f"{kind}: {message}")


@dataclass
class Call:
    """The arguments of one call, in PyTorch's types; tensors that require gradients are differentiated."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"({', '.join([*map(described, self.args), *([described(self.kwargs)] if self.kwargs else [])])})"


@dataclass
class Tally:
    """How many comparisons were made, by kind."""

    value: int = 0
    grad: int = 0
    second: int = 0
    refused: int = 0


@dataclass
class Settings:
    """How strictly an operation is compared."""

    # Entries of a mixing operation (a matrix product) are right to rounding of the largest; others each for itself.
    mixes: bool = True
    values: bool = True  # False for random results: only shape and dtype
    grad: bool = True
    loosened: float = 1.0


def _cotangent(array_: Any, k: int) -> Any:
    """Fixed numbers of both signs, none of them 0, the same in every run."""
    n = np.arange(array_.size, dtype=np.float64).reshape(array_.shape)
    signs = np.where(np.cos(2.3 * n + k) > 0, 1, -1)
    return np.asarray(np.cos(n * (0.7 + 0.1 * k) + k) + 1.25 * signs, dtype=array_.dtype)


def coarsest(values: list[Any]) -> str:
    """The least precise floating-point dtype among these: what was computed is no more precise than that."""
    found = {array(v).dtype.name for v in values if isinstance(v, torch.Tensor)}
    return next((name for name in RELATIVE if name in found), "float64")


def equal(
    kind: str,
    found: Any,
    wanted: Any,
    settings: Settings,
    precision: str,
    tolerance: float = 1.0,
    nan_is_free: bool = False,
    widened: bool = False,
) -> None:
    """Raise unless both results are the same: dtype, shape, and numbers to rounding, nan where nan is."""
    found, wanted = array(found), array(wanted)
    if not isinstance(wanted, np.ndarray):
        if type(found) is not type(wanted) or (found != wanted and found == found):
            raise Mismatch(kind, f"{found!r} of {type(found).__name__} where torch has {wanted!r}")
        return
    if not isinstance(found, np.ndarray):
        raise Mismatch(kind, f"{type(found).__name__} where torch has a tensor of {wanted.shape}")
    if found.dtype != wanted.dtype and not (widened and found.dtype.kind == wanted.dtype.kind == "f"):
        raise Mismatch(kind, f"dtype {found.dtype} where torch has {wanted.dtype}")
    if found.shape != wanted.shape:
        raise Mismatch(kind, f"shape {found.shape} where torch has {wanted.shape}")
    if not settings.values:
        return
    if wanted.dtype.kind != "f":
        wrong = found != wanted
    else:
        relative = RELATIVE[precision] * tolerance * settings.loosened
        with np.errstate(all="ignore"):
            a, b = found.astype(np.float64), wanted.astype(found.dtype).astype(np.float64)
            finite = np.isfinite(b)
            scale = np.abs(b[finite]).max(initial=1.0) if settings.mixes else 1.0
            absolute = ABSOLUTE[precision] * tolerance * settings.loosened * scale
            if not settings.mixes and tolerance == 1:
                absolute *= 0.1
            close = np.abs(a - b) <= absolute + relative * np.abs(b)
            wrong = ~np.where(finite, close, (a == b) | (np.isnan(b) & (np.isnan(a) | nan_is_free)))
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise Mismatch(
            kind,
            f"at {list(at)} {found[at]!r} where torch has {wanted[at]!r} ({int(wrong.sum())} of {wrong.size} differ)",
        )


def _summed(settings: Settings, leaf: Any, results: list[Any]) -> Settings:
    """Where a gradient is summed over what its argument was stretched to, rounding is that of the largest term."""
    largest = max(array(r).size for r in results)
    return replace(settings, mixes=True) if array(leaf).size < largest else settings


def _zeros_if_none(gradients: Any, leaves: list[Any]) -> list[Any]:
    return [np.zeros_like(array(leaf)) if g is None else g for g, leaf in zip(gradients, leaves, strict=True)]


def check(torchs: Callable[..., Any], mine: Callable[..., Any], call: Call, settings: Settings, tally: Tally) -> None:
    """Compare one call on both sides, as deep as PyTorch can differentiate it.

    Where they differ in single precision, PyTorch in double precision is asked: ours may be the more exact one.
    """
    try:
        _check(torchs, mine, call, settings, tally, widened=False)
    except Mismatch as mismatch:
        if mismatch.kind in ("raised",) or coarsest([*flat(call.args), *flat(list(call.kwargs.values()))]) == "float64":
            raise
        try:
            _check(torchs, mine, call, settings, Tally(), widened=True)
        except Exception:
            raise mismatch from None


def _check(
    torchs: Callable[..., Any], mine: Callable[..., Any], call: Call, settings: Settings, tally: Tally, widened: bool
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        leaves: list[Any] = []
        wanted_whole = torchs(*fresh(call.args, leaves, widened), **fresh(call.kwargs, leaves, widened))
        wanted = flat(wanted_whole)
    my_leaves: list[Any] = []
    args, kwargs = ours(call.args, my_leaves), ours(call.kwargs, my_leaves)
    before = [array(leaf).copy() for leaf in my_leaves]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found_whole = mine(*args, **kwargs)
        except Exception as error:
            raise Mismatch("raised", f"{type(error).__name__}: {str(error)[:300]}") from error
        found = flat(found_whole)
        if len(found) != len(wanted):
            raise Mismatch("value", f"{len(found)} results where torch has {len(wanted)}")
        names = getattr(type(wanted_whole), "__match_args__", None)
        if names and type(wanted_whole).__module__ == "torch.return_types":
            mine_names = getattr(type(found_whole), "_fields", None)
            if mine_names != names:
                raise Mismatch("value", f"results named {mine_names} where torch has {names}")
        precision = coarsest([*flat(call.args), *flat(list(call.kwargs.values())), *wanted])
        for a, b in zip(found, wanted, strict=True):
            equal("value", a, b, settings, precision, widened=widened)
            tally.value += 1
        if settings.grad and settings.values:
            _check_gradients(found, wanted, my_leaves, leaves, settings, precision, tally, widened)
    for leaf, old in zip(my_leaves, before, strict=True):
        if not np.array_equal(array(leaf), old, equal_nan=True):
            raise Mismatch("value", "an argument was changed")


def _check_gradients(
    found: list[Any],
    wanted: list[Any],
    my_leaves: list[Any],
    leaves: list[Any],
    settings: Settings,
    precision: str,
    tally: Tally,
    widened: bool,
) -> None:
    which = [k for k, w in enumerate(wanted) if isinstance(w, torch.Tensor) and w.requires_grad]
    if not which or not leaves:
        for k, f in enumerate(found):
            if isinstance(f, tw.Tensor) and f.requires_grad and not wanted[k].requires_grad:
                raise Mismatch("grad", f"result {k} requires gradients, torch's does not")
        return
    seeds = [_cotangent(array(found[k]), i) for i, k in enumerate(which)]
    torch_seeds = [
        torch.from_numpy(s.astype(array(wanted[k]).dtype)).requires_grad_() for s, k in zip(seeds, which, strict=True)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            first = torch.autograd.grad(
                [wanted[k] for k in which], leaves, torch_seeds, create_graph=True, allow_unused=True
            )
        except (RuntimeError, NotImplementedError):
            return  # PyTorch has no derivative here
    if not any(found[k].requires_grad for k in which):
        raise Mismatch("grad", f"results {which} do not require gradients, torch's do")
    # Where only some of several results require gradients, the gradient of the others must be 0.
    pairs = [(found[k], tw.tensor(s, requires_grad=True)) for k, s in zip(which, seeds, strict=True)]
    outputs = [y for y, _ in pairs if y.requires_grad]
    my_seeds = [s for y, s in pairs if y.requires_grad]
    torch_seeds = [s for (y, _), s in zip(pairs, torch_seeds, strict=True) if y.requires_grad]
    wanted_first = _zeros_if_none(first, leaves)
    try:
        fast = tw.grad(outputs, my_leaves, [s.detach() for s in my_seeds], retain_graph=True, allow_unused=True)
    except Exception as error:
        raise Mismatch("grad", f"{type(error).__name__}: {str(error)[:300]}") from error
    for i, (a, b) in enumerate(zip(_zeros_if_none(fast, my_leaves), wanted_first, strict=True)):
        equal(f"grad of argument {i}", a, b, _summed(settings, my_leaves[i], outputs), precision, 3, widened=widened)
        tally.grad += 1
    points = [i for i, g in enumerate(first) if g is not None and g.requires_grad]
    if not points or any(g is not None and g.isnan().any() for g in first):
        return
    directions = [_cotangent(array(my_leaves[i]), 5 + i) for i in points]
    variables, my_variables = [*leaves, *torch_seeds], [*my_leaves, *my_seeds]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            second = torch.autograd.grad(
                [first[i] for i in points],
                variables,
                [torch.from_numpy(d.astype(array(first[i]).dtype)) for i, d in zip(points, directions, strict=True)],
                allow_unused=True,
            )
        except (RuntimeError, NotImplementedError):
            return
    try:
        slow = tw.grad(outputs, my_leaves, my_seeds, create_graph=True, allow_unused=True)
    except Exception as error:
        raise Mismatch("second", f"{type(error).__name__}: {str(error)[:300]}") from error
    for i, (a, b) in enumerate(zip(_zeros_if_none(slow, my_leaves), wanted_first, strict=True)):
        equal(
            f"grad (recorded) of argument {i}",
            a,
            b,
            _summed(settings, my_leaves[i], outputs),
            precision,
            3,
            widened=widened,
        )
    recorded = [
        (slow[i], d) for i, d in zip(points, directions, strict=True) if slow[i] is not None and slow[i].requires_grad
    ]
    if recorded:
        try:
            mine = tw.grad(
                [g for g, _ in recorded], my_variables, [tw.tensor(d) for _, d in recorded], allow_unused=True
            )
        except Exception as error:
            raise Mismatch("second", f"{type(error).__name__}: {str(error)[:300]}") from error
    else:
        mine = (None,) * len(my_variables)
    # Where PyTorch's second derivative is nan, its formula met 0 * inf or inf - inf; nobody is held to that.
    both = zip(_zeros_if_none(mine, my_variables), _zeros_if_none(second, variables), strict=True)
    for i, (a, b) in enumerate(both):
        place = f"argument {i}" if i < len(leaves) else f"cotangent {i - len(leaves)}"
        equal(
            f"second for {place}",
            a,
            b,
            _summed(settings, my_variables[i], outputs),
            precision,
            10,
            nan_is_free=True,
            widened=widened,
        )
        tally.second += 1


def check_refused(torchs: Callable[..., Any], mine: Callable[..., Any], call: Call, tally: Tally) -> bool:
    """Whether PyTorch refuses the call; if it does, ours must too, with an exception of one of the same classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torchs(*call.args, **call.kwargs)
        except Exception as error:
            refusal = error
        else:
            return False
    args, kwargs = ours(call.args), ours(call.kwargs)
    classes = tuple(c for c in BUILTIN if isinstance(refusal, c)) or (Exception,)
    if isinstance(refusal, AttributeError):  # PyTorch meant to say that it was no tensor
        classes = (AttributeError, TypeError)
    try:
        result = mine(*args, **kwargs)
    except classes:
        tally.refused += 1
        return True
    except Exception as error:
        raise Mismatch(
            "refusal",
            f"{type(error).__name__}({str(error)[:120]}) where torch raises "
            f"{type(refusal).__name__}: {str(refusal)[:160]}",
        ) from error
    shapes = [np.shape(array(r)) for r in flat(result)]
    raise Mismatch("refusal", f"gave {shapes} where torch raises {type(refusal).__name__}: {str(refusal)[:200]}")
