"""The operators and methods that everything shares that flows through an operation: one line each.

What an operation means for a tensor, a formula or a program is said by their `record`.
"""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.op import Op, Operand
from tinygrad_wtf.ops import activation, arithmetic, comparison, elementary, indexing, linalg, reduction, shape


def _reflected(op: Op) -> Any:
    return lambda self, other: op(other, self)


class Mathematics(Operand):
    """Operators and methods, in PyTorch's names."""

    __slots__ = ()
    __hash__ = object.__hash__
    __array_ufunc__: Any = None  # `array * operand` is the operand's affair, as a whole

    __add__ = add = arithmetic.add
    __radd__ = _reflected(add)
    __sub__ = sub = subtract = arithmetic.sub
    __rsub__ = _reflected(sub)
    __mul__ = mul = multiply = arithmetic.mul
    __rmul__ = _reflected(mul)
    __truediv__ = div = divide = true_divide = arithmetic.div
    __rtruediv__ = _reflected(div)
    __pow__ = pow = arithmetic.pow
    __rpow__ = _reflected(pow)
    __matmul__ = matmul = linalg.matmul
    __rmatmul__ = _reflected(matmul)
    __neg__ = neg = negative = arithmetic.neg
    __abs__ = abs = absolute = arithmetic.abs
    __eq__ = eq = comparison.eq  # type: ignore[assignment]
    __ne__ = ne = comparison.ne  # type: ignore[assignment]
    __lt__ = lt = comparison.lt
    __le__ = le = comparison.le
    __gt__ = gt = comparison.gt
    __ge__ = ge = comparison.ge
    __and__ = logical_and = comparison.logical_and
    __rand__ = _reflected(logical_and)
    __or__ = logical_or = comparison.logical_or
    __ror__ = _reflected(logical_or)
    __xor__ = logical_xor = comparison.logical_xor
    __rxor__ = _reflected(logical_xor)
    __invert__ = logical_not = comparison.logical_not
    __getitem__ = indexing.getitem

    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    sign = arithmetic.sign
    maximum = arithmetic.maximum
    minimum = arithmetic.minimum
    clamp = clip = arithmetic.clamp

    exp = elementary.exp
    expm1 = elementary.expm1
    log = elementary.log
    log1p = elementary.log1p
    sqrt = elementary.sqrt
    sin = elementary.sin
    cos = elementary.cos
    tanh = elementary.tanh
    sigmoid = activation.sigmoid
    relu = activation.relu

    sum = reduction.sum
    mean = reduction.mean
    prod = reduction.prod
    max = reduction.max
    min = reduction.min
    amax = reduction.amax
    amin = reduction.amin
    argmax = reduction.argmax
    argmin = reduction.argmin
    var = reduction.var
    std = reduction.std
    logsumexp = reduction.logsumexp
    all = reduction.all
    any = reduction.any

    reshape = view = shape.reshape
    flatten = shape.flatten
    squeeze = shape.squeeze
    unsqueeze = shape.unsqueeze
    expand = broadcast_to = shape.expand
    permute = shape.permute
    transpose = swapaxes = swapdims = shape.transpose
    movedim = shape.movedim
    narrow = shape.narrow
    t = shape.t
    T = property(shape.reverse_axes)
    mT = property(shape.matrix_transpose)  # noqa: N815 - PyTorch's name

    take_along_dim = indexing.take_along_dim
