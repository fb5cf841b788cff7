"""Shape: the same numbers in another arrangement, repeated, turned round or joined."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.core.unbroadcast import Shape, sum_to
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.rows.indexing import cut


def _reshape_hint(a: Shape) -> str:
    return f"The new shape must hold the same {math.prod(a)} entries; one size may be -1"


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes that undoes this one."""
    return dims if dims == (1, 0) else tuple(np.argsort(dims).tolist())


reshape = Op(
    "reshape",
    "reshape({})",
    lambda x, shape: x.reshape(shape),
    (lambda g, y, x, shape: reshaped(g, x.shape),),
    takes="anything",
    hint=_reshape_hint,
    shape=shapes.given,
    traits="rearranging",
)
permute: Op = Op(
    "permute",
    "{}ᵀ",
    lambda x, dims: x.transpose(dims),
    (lambda g, y, x, dims: permute(g, dims=inverse(dims)),),
    takes="anything",
    sign="T",
    shape=shapes.permuted,
    traits="rearranging",
)


def reshaped(x: Any, shape: Shape) -> Any:
    """`x` in this shape; the same object, without a step, where it has it already: for rules and compositions."""
    return x if x.shape == shape else reshape(x, shape=shape)


def flattened(x: Any) -> Any:
    """`x` as a vector; the same object if it is one."""
    return reshaped(x, (math.prod(x.shape),))


def matrix_transpose(x: Value) -> Value:
    """Exchange the last two axes."""
    ndim = x.ndim
    if ndim < 2:
        raise ShapeError("needs at least 2 dimensions", op="mT", shapes=(x.shape,), hint="Use .unsqueeze(0) first")
    return permute(x, dims=(1, 0) if ndim == 2 else (*range(ndim - 2), ndim - 1, ndim - 2))


def _sum_of_repeats(g: Any, y: Any, x: Any, repeats: Shape) -> Any:
    sizes = (1,) * (len(repeats) - x.ndim) + x.shape
    blocks = tuple(n for pair in zip(repeats, sizes, strict=True) for n in pair)
    return reshaped(sum_to(reshaped(g, blocks), shape=tuple(n for size in sizes for n in (1, size))), x.shape)


repeat = Op("repeat", "repeat({})", lambda x, repeats: np.tile(x, repeats), (_sum_of_repeats,), takes="anything")
flip: Op = Op(
    "flip",
    "flip({})",
    lambda x, dims: np.flip(x, dims).copy(),
    (lambda g, y, x, dims: flip(g, dims=dims),),
    takes="anything",
    shape=shapes.of_first,
    traits="no_activation",
)


def _offset(xs: tuple[Any, ...], i: int, dim: int) -> int:
    return builtins.sum(x.shape[dim] for x in xs[:i])


cat = Op(
    "cat",
    "cat",
    lambda *xs, dim: np.concatenate(xs, axis=dim),
    lambda i, g, y, *xs, dim: cut(g, dim, _offset(xs, i, dim), xs[i].shape[dim]),
    takes="numbers",
    hint=lambda *shapes: "All sizes but the one along dim must be equal",
)
