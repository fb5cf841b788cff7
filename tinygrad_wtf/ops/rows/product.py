"""Products of vectors, matrices and arrays with named axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import Shape, unbroadcast
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.notation import MATRICES
from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.rows.shape import matrix_transpose, reshaped


def _row(a: Any) -> Any:
    """A vector on the left of a product is a row."""
    return reshaped(a, (1, *a.shape)) if a.ndim == 1 else a


def _column(b: Any) -> Any:
    """A vector on the right of a product is a column."""
    return reshaped(b, (*b.shape, 1)) if b.ndim == 1 else b


def _as_matrix(g: Any, a: Any, b: Any) -> Any:
    """The cotangent with the axes back that the product of a vector has lost."""
    rows = (1,) if a.ndim == 1 else (a.shape[-2],)
    columns = (1,) if b.ndim == 1 else (b.shape[-1],)
    batch = g.shape[: max(a.ndim, b.ndim, 2) - 2]
    return reshaped(g, batch + rows + columns)


def _by(a: Any, b: Any) -> Any:
    """A product in a rule: of two matrices that are plain arrays at once what `_multiplied` makes of them."""
    if a.__class__ is b.__class__ is ndarray and a.ndim == 2 and a.dtype.char in "fd":
        return _of_matrices(a, b)
    return a @ b


def _left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == b.ndim == 2:
        return _by(g, b.mT)
    product = _as_matrix(g, a, b) @ matrix_transpose(_column(b))
    return reshaped(unbroadcast(product, (1, *a.shape) if a.ndim == 1 else a.shape), a.shape)


def _right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == b.ndim == 2:
        return _by(a.mT, g)
    product = matrix_transpose(_row(a)) @ _as_matrix(g, a, b)
    return reshaped(unbroadcast(product, (*b.shape, 1) if b.ndim == 1 else b.shape), b.shape)


def _hint(a: Shape, b: Shape) -> str:
    if not a or not b:
        return "A product of matrices needs at least 1 dimension on each side; multiply by a number with *"
    which = "only" if len(b) == 1 else "second to last"
    inner = f"The last size of the left, {a[-1]}, must equal the {which} size of the right, {b[-2:][0]}"
    if len(b) > 1 and a[-1] == b[-1]:
        return f"{inner}; did you mean @ with the right one transposed (.mT)?"
    return inner


def _is_for_matmul(a: Any, b: Any) -> bool:
    """Whether `matmul` multiplies two matrices faster than `dot`, with the same call of BLAS and so the same numbers.

    It has twice the overhead, and does not take to BLAS a column by a row, nor what lies scattered in memory (before
    NumPy 2.3); but `dot` writes zeros to its result first.
    """
    return a.shape[0] * b.shape[1] > 2**15 and a.shape[1] > 1 and a.flags.forc and b.flags.forc


def _of_matrices(a: Any, b: Any) -> Any:
    return np.matmul(a, b) if _is_for_matmul(a, b) else a.dot(b)


def _multiplied(a: Any, b: Any) -> Any:
    return _of_matrices(a, b) if a.ndim == b.ndim == 2 and a.dtype.kind == "f" else np.matmul(a, b)


matmul = Op(
    "matmul",
    "{} {}",
    in_float32(_multiplied),
    (_left, _right),
    takes="numbers",
    sign="@",
    hint=_hint,
    binding=MATRICES,
    shape=shapes.product,
    traits="layer",
)


def _samples(a: Any) -> Any:
    """All samples as the rows of one matrix."""
    return a if a.ndim == 2 else reshaped(a, (math.prod(a.shape[:-1]), a.shape[-1]))


def _weighted(x: Any, weight: Any, bias: Any) -> Any:
    if weight.ndim != 2 or not x.ndim or x.shape[-1] != weight.shape[1] or bias.shape != weight.shape[:1]:
        raise ShapeError(
            "takes samples (..., inputs), a weight (outputs, inputs) and a bias (outputs,), "
            f"not {x.shape}, {weight.shape} and {bias.shape}",
            op="linear",
            shapes=(x.shape, weight.shape, bias.shape),
            hint="Samples are rows, and so are the weights of a neuron; the bias has one entry for each of these",
        )
    z = _multiplied(x, weight.T)
    return np.add(z, bias, out=z)  # in the memory of the product, which nobody else has


# A row of its own, since every layer is one: its sum needs no memory, and its graph is what the textbook writes.
linear = Op(
    "linear",
    "{} {}ᵀ + {}",
    in_float32(_weighted),
    (
        lambda g, y, x, weight, bias: _by(g, weight),
        lambda g, y, x, weight, bias: _by(_samples(g).mT, _samples(x)),
        lambda g, y, x, weight, bias: unbroadcast(g, bias.shape),
    ),
    meaning=lambda x, weight, bias: x @ weight.mT + bias,
    takes="numbers",
    sign="x Wᵀ + b",
    traits="layer",
)


def _pair(a: Any, s: str, b: Any, t: str, kept: str) -> tuple[Any, str]:
    """The product of two arrays with axes named `s` and `t`, as one of matrices, summed over what is not kept."""
    batch = [name for name in s if name in t and name in kept]
    summed = [name for name in s if name in t and name not in kept]
    rows, columns = [n for n in s if n not in t], [n for n in t if n not in s]
    size = dict(zip(s + t, a.shape + b.shape, strict=True))

    def arranged(x: Any, names: str, *groups: list[str]) -> Any:
        ordered = x.transpose([names.index(name) for group in groups for name in group])
        return ordered.reshape([size[n] for n in batch] + [math.prod(size[n] for n in g) for g in groups[1:]])

    left = arranged(a, s, batch, rows, summed)
    right = arranged(b, t, batch, summed, columns)
    product = left @ right if summed else left * right  # no sum: a column times a row
    names = batch + rows + columns
    return product.reshape([size[name] for name in names]), "".join(names)


def _einstein(*arrays: Any, terms: tuple[str, ...], result: str) -> Any:
    y, names = arrays[0], terms[0]
    for k in range(1, len(arrays)):
        y, names = _pair(y, names, arrays[k], terms[k], result + "".join(terms[k + 1 :]))
    return y.transpose([names.index(name) for name in result])


def _einstein_vjp(i: int, g: Any, y: Any, *arrays: Any, terms: tuple[str, ...], result: str) -> Any:
    others = [k for k in range(len(arrays)) if k != i]
    return einsum(g, *(arrays[k] for k in others), terms=(result, *(terms[k] for k in others)), result=terms[i])


einsum = Op("einsum", "einsum", in_float32(_einstein), _einstein_vjp, takes="numbers", sign="Σ×")
