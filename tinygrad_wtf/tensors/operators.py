"""The operators and methods of everything that an operation takes besides arrays: one line each.

What an operation does with a tensor, a formula or a traced value is defined by their `record`.
"""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.op import NO_SETTINGS, Op, Operand
from tinygrad_wtf.core.residuals import Probe
from tinygrad_wtf.ops import public
from tinygrad_wtf.ops.functions.shape import reverse_axes
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.ops.rows.shape import matrix_transpose


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

    add = public.add
    __add__, __radd__ = _operator(rows.add), _reflected(rows.add)
    sub = subtract = public.sub
    __sub__, __rsub__ = _operator(rows.sub), _reflected(rows.sub)
    mul = multiply = public.mul
    __mul__, __rmul__ = _operator(mul), _reflected(mul)
    div = divide = true_divide = public.div
    __truediv__, __rtruediv__ = _operator(rows.div), _reflected(rows.div)
    floor_divide = public.floor_divide
    __floordiv__, __rfloordiv__ = _operator(floor_divide), _reflected(floor_divide)
    remainder = public.remainder
    __mod__, __rmod__ = _operator(remainder), _reflected(remainder)
    fmod = public.fmod
    pow = public.pow
    __pow__, __rpow__ = _operator(pow), _reflected(pow)
    __matmul__ = matmul = public.matmul
    __neg__ = neg = negative = public.neg
    __pos__ = positive = public.positive
    __abs__ = abs = absolute = public.abs
    reciprocal = public.reciprocal
    square = public.square
    rsqrt = public.rsqrt
    addcmul = public.addcmul
    addcdiv = public.addcdiv
    lerp = public.lerp
    eq = public.eq
    ne = not_equal = public.ne
    __eq__, __ne__ = _unless_none(eq, False), _unless_none(ne, True)
    __lt__ = lt = less = public.lt
    __le__ = le = less_equal = public.le
    __gt__ = gt = greater = public.gt
    __ge__ = ge = greater_equal = public.ge
    logical_and = public.logical_and
    __and__, __rand__ = _operator(logical_and), _reflected(logical_and)
    logical_or = public.logical_or
    __or__, __ror__ = _operator(logical_or), _reflected(logical_or)
    logical_xor = public.logical_xor
    __xor__, __rxor__ = _operator(logical_xor), _reflected(logical_xor)
    __invert__ = logical_not = public.logical_not
    __getitem__ = public.getitem

    isnan = public.isnan
    isinf = public.isinf
    isfinite = public.isfinite
    isposinf = public.isposinf
    isneginf = public.isneginf
    isclose = public.isclose
    allclose = public.allclose
    equal = public.equal
    bitwise_and = public.bitwise_and
    bitwise_or = public.bitwise_or
    bitwise_xor = public.bitwise_xor
    bitwise_not = public.bitwise_not
    sign = public.sign
    floor = public.floor
    ceil = public.ceil
    trunc = fix = public.trunc
    round = public.round
    frac = public.frac
    maximum = public.maximum
    minimum = public.minimum
    clamp = clip = public.clamp
    clamp_min = public.clamp_min
    clamp_max = public.clamp_max
    masked_fill = public.masked_fill
    nan_to_num = public.nan_to_num

    def __rmatmul__(self, other: Any) -> Any:
        return public.matmul(other, self)

    def polygamma(self, n: int) -> Any:
        """The derivative of order `n` of `digamma`."""
        return public.polygamma(n, self)

    def where(self, condition: Any, other: Any) -> Any:
        """These entries where the condition holds, else those of `other`."""
        return public.where(condition, self, other)

    exp = public.exp
    exp2 = public.exp2
    expm1 = public.expm1
    log = public.log
    log2 = public.log2
    log10 = public.log10
    log1p = public.log1p
    sqrt = public.sqrt
    sin = public.sin
    cos = public.cos
    tan = public.tan
    asin = arcsin = public.asin
    acos = arccos = public.acos
    atan = arctan = public.atan
    sinh = public.sinh
    cosh = public.cosh
    tanh = public.tanh
    asinh = arcsinh = public.asinh
    acosh = arccosh = public.acosh
    atanh = arctanh = public.atanh
    sigmoid = public.sigmoid
    sinc = public.sinc
    logit = public.logit
    erf = public.erf
    erfc = public.erfc
    atan2 = arctan2 = public.atan2
    hypot = public.hypot
    logaddexp = public.logaddexp
    xlogy = public.xlogy
    relu = public.relu
    prelu = public.prelu
    softmax = public.softmax
    log_softmax = public.log_softmax

    sum = public.sum
    mean = public.mean
    prod = public.prod
    var = public.var
    std = public.std
    logsumexp = public.logsumexp
    all = public.all
    any = public.any
    count_nonzero = public.count_nonzero
    norm = public.norm
    max = public.max
    min = public.min
    amax = public.amax
    amin = public.amin
    aminmax = public.aminmax
    argmax = public.argmax
    argmin = public.argmin
    cumsum = public.cumsum
    cumprod = public.cumprod
    sort = public.sort
    argsort = public.argsort
    msort = public.msort
    topk = public.topk
    median = public.median

    mm = public.mm
    bmm = public.bmm
    mv = public.mv
    dot = public.dot
    addmm = public.addmm
    outer = ger = public.outer
    kron = public.kron
    trace = public.trace
    tril = public.tril
    triu = public.triu
    diag = public.diag
    diagonal = public.diagonal
    diag_embed = public.diag_embed
    diagflat = public.diagflat
    inverse = public.inverse
    det = public.det
    slogdet = public.slogdet
    logdet = public.logdet
    matrix_power = public.matrix_power

    reshape = public.reshape
    view = public.view
    reshape_as = view_as = public.reshape_as
    ravel = public.ravel
    flatten = public.flatten
    unflatten = public.unflatten
    squeeze = public.squeeze
    unsqueeze = public.unsqueeze
    expand = public.expand
    broadcast_to = public.broadcast_to
    expand_as = public.expand_as
    permute = public.permute
    transpose = swapaxes = swapdims = public.transpose
    movedim = moveaxis = public.movedim
    t = public.t
    T = property(reverse_axes)
    mT = property(matrix_transpose)  # noqa: N815 - PyTorch's name
    repeat = public.repeat
    tile = public.tile
    repeat_interleave = public.repeat_interleave
    flip = public.flip
    fliplr = public.fliplr
    flipud = public.flipud
    roll = public.roll
    unfold = public.unfold
    split = public.split
    tensor_split = public.tensor_split
    chunk = public.chunk
    unbind = public.unbind

    narrow = public.narrow
    select = public.select
    gather = public.gather
    take_along_dim = public.take_along_dim
    index_select = public.index_select
    masked_select = public.masked_select
    take = public.take
    nonzero = public.nonzero
    argwhere = public.argwhere
    scatter = public.scatter
    scatter_add = public.scatter_add
    select_scatter = public.select_scatter
    slice_scatter = public.slice_scatter
    index_put = public.index_put
    index_add = public.index_add
    index_copy = public.index_copy
    index_fill = public.index_fill
    cholesky_solve = public.cholesky_solve
    cholesky_inverse = public.cholesky_inverse
    cholesky = public.cholesky
    svd = public.svd
    qr = public.qr
    pinverse = public.pinverse
    matrix_exp = public.matrix_exp
    index_reduce = public.index_reduce
    scatter_reduce = public.scatter_reduce
    diagonal_scatter = public.diagonal_scatter
    masked_scatter = public.masked_scatter
    put = public.put
    histogram = public.histogram
    histc = public.histc
    bincount = public.bincount
    unique_consecutive = public.unique_consecutive
    unique = public.unique
    mode = public.mode
    kthvalue = public.kthvalue
    corrcoef = public.corrcoef
    cov = public.cov
    nanquantile = public.nanquantile
    quantile = public.quantile
    nanmedian = public.nanmedian
    nanmean = public.nanmean
    nansum = public.nansum
    rot90 = public.rot90
    unsafe_split_with_sizes = public.unsafe_split_with_sizes
    unsafe_split = public.unsafe_split
    unsafe_chunk = public.unsafe_chunk
    dsplit = public.dsplit
    vsplit = public.vsplit
    hsplit = public.hsplit
    split_with_sizes = public.split_with_sizes
    diff = public.diff
    cummin = public.cummin
    cummax = public.cummax
    logcumsumexp = public.logcumsumexp
    renorm = public.renorm
    dist = public.dist
    cross = public.cross
    inner = public.inner
    vdot = public.vdot
    addbmm = public.addbmm
    baddbmm = public.baddbmm
    addr = public.addr
    addmv = public.addmv
    nextafter = public.nextafter
    bitwise_right_shift = public.bitwise_right_shift
    bitwise_left_shift = public.bitwise_left_shift
    lcm = public.lcm
    gcd = public.gcd
    copysign = public.copysign
    heaviside = public.heaviside
    fmin = public.fmin
    fmax = public.fmax
    isreal = public.isreal
    hardshrink = public.hardshrink
    resolve_neg = public.resolve_neg
    resolve_conj = public.resolve_conj
    conj_physical = public.conj_physical
    conj = public.conj
    signbit = public.signbit
    sgn = public.sgn
    frexp = public.frexp
    ldexp = public.ldexp
    float_power = public.float_power
    rad2deg = public.rad2deg
    deg2rad = public.deg2rad
    logaddexp2 = public.logaddexp2
    erfinv = public.erfinv
    mvlgamma = public.mvlgamma
    lgamma = public.lgamma
    i0 = public.i0
    digamma = public.digamma


class WatchedArgument(Probe, Mathematics):
    """What rules are run with to see what they read."""

    __slots__ = ()


Probe.made = WatchedArgument
