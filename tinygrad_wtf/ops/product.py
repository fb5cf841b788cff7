"""Products of vectors and matrices. What solves equations with them is in `linalg`."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError, ShapeError, UnsupportedError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.broadcasting import Shape, unbroadcast
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.notation import MATRICES
from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.shape import expanded, matrix_transpose, reshaped


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


_matmul = Op(
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
_linear = Op(
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


def _alike(op: str, *tensors: Any) -> None:
    """Refuse what has no product with the others: PyTorch does not promote here."""
    for t in tensors:
        taken(op, t)
    shapes = tuple(t.shape for t in tensors)
    kinds = {np.dtype(t.dtype) for t in tensors}
    if len(kinds) > 1:
        raise DTypeError(
            f"the arguments must have one dtype, not {' and '.join(dict.fromkeys(str(t.dtype) for t in tensors))}",
            op=op,
            shapes=shapes,
            hint="Convert one with .to(dtype)",
        )
    if dtypes.bool in kinds:
        raise UnsupportedError("takes numbers, not booleans", op=op, shapes=shapes, hint="Convert with .float()")


def matmul(x: Value, other: Any) -> Value:
    """The product ``x @ other`` of vectors, matrices, or batches of matrices, of one dtype."""
    if getattr(x, "dtype", 0) is not getattr(other, "dtype", 1) or x.dtype is dtypes.bool:
        _alike("matmul", x, other)
    return _matmul(x, other)


def _product(op: str, x: Any, other: Any, *ndims: int) -> Any:
    """The product of tensors with exactly so many dimensions."""
    _alike(op, x, other)
    if (x.ndim, other.ndim) != ndims or (ndims == (3, 3) and x.shape[0] != other.shape[0]):
        raise ShapeError(
            f"takes tensors of {ndims[0]} and {ndims[1]} dimensions"
            + (" with one batch size" if ndims[0] == 3 else ""),
            op=op,
            shapes=(x.shape, other.shape),
            hint="matmul takes them all",
        )
    if x.shape[-1] != other.shape[max(-2, -other.ndim)]:
        raise ShapeError(
            f"shapes {x.shape} and {other.shape} do not fit together",
            op=op,
            shapes=(x.shape, other.shape),
            hint=_hint(x.shape, other.shape),
        )
    return _matmul(x, other)


def linear(x: Value, weight: Any, bias: Any) -> Value:
    """``x weightᵀ + bias``, a layer of neurons: of shapes (..., inputs), (outputs, inputs) and (outputs,)."""
    if not getattr(x, "dtype", 0) is getattr(weight, "dtype", 1) is getattr(bias, "dtype", 2) is not dtypes.bool:
        _alike("linear", x, weight, bias)
    return _linear(x, weight, bias)


def mm(x: Value, mat2: Any) -> Value:
    """The product of two matrices."""
    return _product("mm", x, mat2, 2, 2)


def bmm(x: Value, mat2: Any) -> Value:
    """The products of two batches of matrices."""
    return _product("bmm", x, mat2, 3, 3)


def mv(x: Value, vec: Any) -> Value:
    """The product of a matrix and a vector."""
    return _product("mv", x, vec, 2, 1)


def dot(x: Value, tensor: Any) -> Value:
    """The sum of the products of two vectors' entries."""
    return _product("dot", x, tensor, 1, 1)


def addmm(x: Value, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha mat1 mat2``; with beta 0, `x` is not read."""
    _alike("addmm", x, mat1, mat2)
    if x.dtype.kind != "f" and (isinstance(beta, float) or isinstance(alpha, float)):
        raise DTypeError("beta and alpha must be integers, as the matrices are", op="addmm")
    product = _product("addmm", mat1, mat2, 2, 2)
    added = expanded(x, product.shape)
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else product + (added if beta == 1 else added * beta)


def outer(x: Value, vec2: Any) -> Value:
    """The products of every entry of one vector with every entry of another."""
    if taken("outer", x).ndim != 1 or taken("outer", vec2).ndim != 1:
        raise ShapeError("takes two vectors", op="outer", shapes=(x.shape, vec2.shape))
    return reshaped(x, (*x.shape, 1)) * vec2


ger = outer


def kron(x: Value, other: Any) -> Value:
    """Kronecker's product: `other` as a block for every entry of `x`, times the entry."""
    ndim = builtins.max(taken("kron", x).ndim, taken("kron", other).ndim)
    a = (1,) * (ndim - x.ndim) + tuple(x.shape)
    b = (1,) * (ndim - other.ndim) + tuple(other.shape)
    pairs = reshaped(x, tuple(k for n in a for k in (n, 1))) * reshaped(other, tuple(k for n in b for k in (1, n)))
    return reshaped(pairs, tuple(n * m for n, m in zip(a, b, strict=True)))
