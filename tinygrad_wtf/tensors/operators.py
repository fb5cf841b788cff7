"""The operators and methods of everything that an operation takes besides arrays: one line each.

What an operation does with a tensor, a formula or a traced value is defined by their `record`.
"""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.op import NO_SETTINGS, Op, Operand
from tinygrad_wtf.core.residuals import Probe
from tinygrad_wtf.ops import (
    activation,
    arithmetic,
    choice,
    comparison,
    diagonals,
    elementary,
    extremes,
    indexing,
    joining,
    linalg,
    norms,
    product,
    reduction,
    repeating,
    rounding,
    scan,
    scattering,
    shape,
    sorting,
    special,
    vectors,
)


def _operator(op: Op) -> Any:
    return lambda self, other: self.record(op, (self, other), NO_SETTINGS)


def _reflected(op: Op) -> Any:
    return lambda self, other: self.record(op, (other, self), NO_SETTINGS)


def _unless_none(op: Op, answer: bool) -> Any:
    """``t == None`` is a question about Python, not about the entries."""
    return lambda self, other: answer if other is None else self.record(op, (self, other), NO_SETTINGS)


class Mathematics(Operand):
    """Operators and methods, in PyTorch's names."""

    __slots__ = ()
    __hash__ = object.__hash__
    __array_ufunc__: Any = None  # in `array * operand` NumPy leaves the whole product to the operand

    add = arithmetic.add
    __add__, __radd__ = _operator(arithmetic._add), _reflected(arithmetic._add)
    sub = subtract = arithmetic.sub
    __sub__, __rsub__ = _operator(arithmetic._sub), _reflected(arithmetic._sub)
    mul = multiply = arithmetic.mul
    __mul__, __rmul__ = _operator(mul), _reflected(mul)
    div = divide = true_divide = arithmetic.div
    __truediv__, __rtruediv__ = _operator(arithmetic._div), _reflected(arithmetic._div)
    floor_divide = arithmetic.floor_divide
    __floordiv__, __rfloordiv__ = _operator(floor_divide), _reflected(floor_divide)
    remainder = arithmetic.remainder
    __mod__, __rmod__ = _operator(remainder), _reflected(remainder)
    fmod = arithmetic.fmod
    pow = arithmetic.pow
    __pow__, __rpow__ = _operator(pow), _reflected(pow)
    __matmul__ = matmul = product.matmul
    __neg__ = neg = negative = arithmetic.neg
    __pos__ = positive = arithmetic.positive
    __abs__ = abs = absolute = arithmetic.abs
    reciprocal = arithmetic.reciprocal
    square = arithmetic.square
    rsqrt = arithmetic.rsqrt
    addcmul = arithmetic.addcmul
    addcdiv = arithmetic.addcdiv
    lerp = arithmetic.lerp
    eq = comparison.eq
    ne = not_equal = comparison.ne
    __eq__, __ne__ = _unless_none(eq, False), _unless_none(ne, True)
    __lt__ = lt = less = comparison.lt
    __le__ = le = less_equal = comparison.le
    __gt__ = gt = greater = comparison.gt
    __ge__ = ge = greater_equal = comparison.ge
    logical_and = comparison.logical_and
    __and__, __rand__ = _operator(logical_and), _reflected(logical_and)
    logical_or = comparison.logical_or
    __or__, __ror__ = _operator(logical_or), _reflected(logical_or)
    logical_xor = comparison.logical_xor
    __xor__, __rxor__ = _operator(logical_xor), _reflected(logical_xor)
    __invert__ = logical_not = comparison.logical_not
    __getitem__ = indexing.getitem

    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    isposinf = comparison.isposinf
    isneginf = comparison.isneginf
    isclose = comparison.isclose
    allclose = comparison.allclose
    equal = comparison.equal
    bitwise_and = comparison.bitwise_and
    bitwise_or = comparison.bitwise_or
    bitwise_xor = comparison.bitwise_xor
    bitwise_not = comparison.bitwise_not
    sign = rounding.sign
    floor = rounding.floor
    ceil = rounding.ceil
    trunc = fix = rounding.trunc
    round = rounding.round
    frac = rounding.frac
    maximum = choice.maximum
    minimum = choice.minimum
    clamp = clip = choice.clamp
    clamp_min = choice.clamp_min
    clamp_max = choice.clamp_max
    masked_fill = choice.masked_fill
    nan_to_num = choice.nan_to_num

    def __rmatmul__(self, other: Any) -> Any:
        return product.matmul(other, self)

    def where(self, condition: Any, other: Any) -> Any:
        """These entries where the condition holds, else those of `other`."""
        return choice.where(condition, self, other)

    exp = elementary.exp
    exp2 = elementary.exp2
    expm1 = elementary.expm1
    log = elementary.log
    log2 = elementary.log2
    log10 = elementary.log10
    log1p = elementary.log1p
    sqrt = elementary.sqrt
    sin = elementary.sin
    cos = elementary.cos
    tan = elementary.tan
    asin = arcsin = elementary.asin
    acos = arccos = elementary.acos
    atan = arctan = elementary.atan
    sinh = elementary.sinh
    cosh = elementary.cosh
    tanh = elementary.tanh
    asinh = arcsinh = elementary.asinh
    acosh = arccosh = elementary.acosh
    atanh = arctanh = elementary.atanh
    sigmoid = elementary.sigmoid
    sinc = special.sinc
    logit = special.logit
    erf = special.erf
    erfc = special.erfc
    atan2 = arctan2 = special.atan2
    hypot = special.hypot
    logaddexp = special.logaddexp
    xlogy = special.xlogy
    relu = activation.relu
    prelu = activation.prelu
    softmax = vectors.softmax
    log_softmax = vectors.log_softmax

    sum = reduction.sum
    mean = reduction.mean
    prod = reduction.prod
    var = reduction.var
    std = reduction.std
    logsumexp = reduction.logsumexp
    all = reduction.all
    any = reduction.any
    count_nonzero = reduction.count_nonzero
    norm = norms.norm
    max = extremes.max
    min = extremes.min
    amax = extremes.amax
    amin = extremes.amin
    aminmax = extremes.aminmax
    argmax = extremes.argmax
    argmin = extremes.argmin
    cumsum = scan.cumsum
    cumprod = scan.cumprod
    sort = sorting.sort
    argsort = sorting.argsort
    msort = sorting.msort
    topk = sorting.topk
    median = sorting.median

    mm = product.mm
    bmm = product.bmm
    mv = product.mv
    dot = product.dot
    addmm = product.addmm
    outer = ger = product.outer
    kron = product.kron
    trace = diagonals.trace
    tril = diagonals.tril
    triu = diagonals.triu
    diag = diagonals.diag
    diagonal = diagonals.diagonal
    diag_embed = diagonals.diag_embed
    diagflat = diagonals.diagflat
    inverse = linalg.inverse
    det = linalg.det
    slogdet = linalg.slogdet
    logdet = linalg.logdet
    matrix_power = linalg.matrix_power

    reshape = shape.reshape
    view = shape.view
    reshape_as = view_as = shape.reshape_as
    ravel = shape.ravel
    flatten = shape.flatten
    unflatten = shape.unflatten
    squeeze = shape.squeeze
    unsqueeze = shape.unsqueeze
    expand = shape.expand
    broadcast_to = shape.broadcast_to
    expand_as = shape.expand_as
    permute = shape.permute
    transpose = swapaxes = swapdims = shape.transpose
    movedim = moveaxis = shape.movedim
    t = shape.t
    T = property(shape.reverse_axes)
    mT = property(shape.matrix_transpose)  # noqa: N815 - PyTorch's name
    repeat = repeating.repeat
    tile = repeating.tile
    repeat_interleave = repeating.repeat_interleave
    flip = repeating.flip
    fliplr = repeating.fliplr
    flipud = repeating.flipud
    roll = repeating.roll
    unfold = repeating.unfold
    split = joining.split
    tensor_split = joining.tensor_split
    chunk = joining.chunk
    unbind = joining.unbind

    narrow = indexing.narrow
    select = indexing.select
    gather = indexing.gather
    take_along_dim = indexing.take_along_dim
    index_select = indexing.index_select
    masked_select = indexing.masked_select
    take = indexing.take
    nonzero = indexing.nonzero
    argwhere = indexing.argwhere
    scatter = scattering.scatter
    scatter_add = scattering.scatter_add
    select_scatter = scattering.select_scatter
    slice_scatter = scattering.slice_scatter
    index_put = scattering.index_put
    index_add = scattering.index_add
    index_copy = scattering.index_copy
    index_fill = scattering.index_fill


class WatchedArgument(Probe, Mathematics):
    """What rules are run with to see what they read."""

    __slots__ = ()


Probe.made = WatchedArgument
