"""Products of vectors and matrices. What solves equations with them is in `linalg`."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.functions.shape import expanded
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.rows import product as rows
from tinygrad_wtf.ops.rows.product import _hint
from tinygrad_wtf.ops.rows.shape import matrix_transpose, reshaped


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


def matmul(input: Value, other: Any, *, out: Any = None) -> Value:
    """The product ``x @ other`` of vectors, matrices, or batches of matrices, of one dtype."""
    if getattr(input, "dtype", 0) is not getattr(other, "dtype", 1) or input.dtype is dtypes.bool:
        _alike("matmul", input, other)
    y = rows.matmul(input, other)
    return y if out is None else out._take(y, "matmul")


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
    return rows.matmul(x, other)


def linear(x: Value, weight: Any, bias: Any) -> Value:
    """``x weightᵀ + bias``, a layer of neurons: of shapes (..., inputs), (outputs, inputs) and (outputs,)."""
    if not getattr(x, "dtype", 0) is getattr(weight, "dtype", 1) is getattr(bias, "dtype", 2) is not dtypes.bool:
        _alike("linear", x, weight, bias)
    return rows.linear(x, weight, bias)


@takes_out
def mm(input: Value, mat2: Any) -> Value:
    """The product of two matrices."""
    return _product("mm", input, mat2, 2, 2)


@takes_out
def bmm(input: Value, mat2: Any) -> Value:
    """The products of two batches of matrices."""
    return _product("bmm", input, mat2, 3, 3)


@takes_out
def mv(input: Value, vec: Any) -> Value:
    """The product of a matrix and a vector."""
    return _product("mv", input, vec, 2, 1)


@takes_out
def dot(input: Value, tensor: Any) -> Value:
    """The sum of the products of two vectors' entries."""
    return _product("dot", input, tensor, 1, 1)


def _added(op: str, x: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """``beta x + alpha product``; with beta 0, `x` is not read."""
    if product.dtype.kind != "f" and (isinstance(beta, float) or isinstance(alpha, float)):
        raise DTypeError("beta and alpha must be integers, as the matrices are", op=op)
    added = expanded(x, product.shape)
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else product + (added if beta == 1 else added * beta)


@takes_out
def addmm(input: Value, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha mat1 mat2``; with beta 0, `input` is not read."""
    _alike("addmm", input, mat1, mat2)
    return _added("addmm", input, _product("addmm", mat1, mat2, 2, 2), beta, alpha)


@takes_out
def addmv(input: Value, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha mat vec``: a matrix (n, m) times a vector (m,), added to `input`, which stretches to (n,).

    All of one dtype; with beta 0, `input` is not read. ShapeError where the sizes do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.addmv(tw.ones(2), tw.tensor([[1.0, 2.0], [3.0, 4.0]]), tw.ones(2)).tolist()
    [4.0, 8.0]
    """
    _alike("addmv", input, mat, vec)
    return _added("addmv", input, _product("addmv", mat, vec, 2, 1), beta, alpha)


def addr(input: Value, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha vec1 vec2ᵀ``: the products of all pairs of two vectors' entries, added to `input`.

    Of vectors (n,) and (m,) the result has shape (n, m), to which `input` stretches.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.addr(tw.ones(2, 2), tw.tensor([1.0, 2.0]), tw.tensor([3.0, 4.0])).tolist()
    [[4.0, 5.0], [7.0, 9.0]]
    """
    return _added("addr", taken("addr", input), outer(vec1, vec2), beta, alpha)


@takes_out
def baddbmm(input: Value, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha batch1 batch2`` for each matrix of two batches (b, n, k) and (b, k, m).

    All of one dtype; `input` stretches to (b, n, m), and with beta 0 is not read.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.baddbmm(tw.ones(1, 1), tw.ones(2, 1, 3), tw.ones(2, 3, 1)).tolist()
    [[[4.0]], [[4.0]]]
    """
    _alike("baddbmm", input, batch1, batch2)
    return _added("baddbmm", input, _product("baddbmm", batch1, batch2, 3, 3), beta, alpha)


def addbmm(input: Value, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha Σ batch1 batch2``, the products of two batches of matrices summed over the batch.

    Of (b, n, k) and (b, k, m) the result has shape (n, m), to which `input` stretches; all of one dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.addbmm(tw.ones(1, 1), tw.ones(2, 1, 3), tw.ones(2, 3, 1)).tolist()
    [[7.0]]
    """
    _alike("addbmm", input, batch1, batch2)
    product = sum(_product("addbmm", batch1, batch2, 3, 3), 0, dtype=input.dtype)
    return _added("addbmm", input, product, beta, alpha)


def vdot(input: Value, other: Any) -> Value:
    """The sum of the products of two vectors' entries: `dot`, since there are no complex numbers to conjugate.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.vdot(tw.tensor([1.0, 2.0]), tw.tensor([3.0, 4.0])).item()
    11.0
    """
    return _product("vdot", input, other, 1, 1)


@takes_out
def inner(input: Value, other: Any) -> Value:
    """The sums of products along the last axes: of (..., k) and (***, k) a tensor of (..., ***).

    A tensor without axes multiplies the other one. Both of one dtype; ShapeError where the last sizes differ.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.inner(tw.tensor([[1.0, 2.0], [3.0, 4.0]]), tw.tensor([1.0, 1.0])).tolist()
    [3.0, 7.0]
    """
    if not taken("inner", input).ndim or not taken("inner", other).ndim:
        return input * other
    _alike("inner", input, other)
    if input.shape[-1] != other.shape[-1]:
        raise ShapeError(
            f"the last sizes of {input.shape} and {other.shape} differ", op="inner", shapes=(input.shape, other.shape)
        )
    count = input.shape[-1]
    rows_, columns = (math.prod(a.shape[:-1]) for a in (input, other))
    product = rows.matmul(reshaped(input, (rows_, count)), matrix_transpose(reshaped(other, (columns, count))))
    return reshaped(product, (*input.shape[:-1], *other.shape[:-1]))


def _cheapest(sizes: list[int]) -> Any:
    """How to multiply a chain of matrices with the fewest products of numbers, as nested pairs of indices."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    way: dict[tuple[int, int], Any] = {(i, i): i for i in range(count)}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            k = builtins.min(
                range(i, j), key=lambda k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
            )
            cost[i, j] = cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
            way[i, j] = (way[i, k], way[k + 1, j])
    return way[0, count - 1]


def multi_dot(tensors: Any) -> Any:
    """The product of a chain of matrices, in the order of multiplication that costs least; public in `linalg`.

    The first may be a vector, which is a row, and the last one, which is a column. ShapeError for fewer than two.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.multi_dot([tw.ones(2), tw.ones(2, 3), tw.ones(3)]).item()
    6.0
    """
    chain = list(tensors)
    if len(chain) < 2:
        raise ShapeError(f"takes two matrices or more, not {len(chain)}", op="multi_dot", hint="Pass a list of them")
    _alike("multi_dot", *chain)
    shapes = tuple(x.shape for x in chain)
    row, column = chain[0].ndim == 1, chain[-1].ndim == 1
    if row:
        chain[0] = reshaped(chain[0], (1, *chain[0].shape))
    if column:
        chain[-1] = reshaped(chain[-1], (*chain[-1].shape, 1))
    if builtins.any(x.ndim != 2 for x in chain):
        raise ShapeError("takes matrices, the first and the last may be vectors", op="multi_dot", shapes=shapes)

    def multiplied(way: Any) -> Any:
        return _product("multi_dot", *map(multiplied, way), 2, 2) if isinstance(way, tuple) else chain[way]

    found = multiplied(_cheapest([chain[0].shape[0], *(x.shape[1] for x in chain)]))
    return reshaped(found, found.shape[row : 2 - column])


def chain_matmul(*matrices: Any) -> Any:
    """The product of matrices, in the order of multiplication that costs least: `linalg.multi_dot`, of one or more.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.chain_matmul(tw.ones(1, 2), tw.ones(2, 3), tw.ones(3, 1)).item()
    6.0
    """
    if len(matrices) == 1:
        return matrices[0]
    return multi_dot(matrices)


@takes_out
def outer(input: Value, vec2: Any) -> Value:
    """The products of every entry of one vector with every entry of another."""
    if taken("outer", input).ndim != 1 or taken("outer", vec2).ndim != 1:
        raise ShapeError("takes two vectors", op="outer", shapes=(input.shape, vec2.shape))
    return reshaped(input, (*input.shape, 1)) * vec2


ger = outer


def kron(input: Value, other: Any) -> Value:
    """Kronecker's product: `other` as a block for every entry of `input`, times the entry."""
    ndim = builtins.max(taken("kron", input).ndim, taken("kron", other).ndim)
    a = (1,) * (ndim - input.ndim) + tuple(input.shape)
    b = (1,) * (ndim - other.ndim) + tuple(other.shape)
    pairs = reshaped(input, tuple(k for n in a for k in (n, 1))) * reshaped(other, tuple(k for n in b for k in (1, n)))
    return reshaped(pairs, tuple(n * m for n, m in zip(a, b, strict=True)))
