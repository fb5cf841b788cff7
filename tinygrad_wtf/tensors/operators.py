"""The operators and methods of everything that an operation takes besides arrays: one line each.

What an operation does with a tensor, a formula or a traced value is defined by their `record`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import NO_SETTINGS, Op, Operand
from tinygrad_wtf.core.residuals import Probe
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops import public
from tinygrad_wtf.ops.functions.shape import reverse_axes
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.ops.rows.shape import matrix_transpose

_KNOWN = (Operand, np.ndarray, np.generic, int, float, complex, str, bytes, list, tuple, dict, set, type(None))


def _answers(other: Any, reflected: str) -> bool:
    """Whether an object of another kind may have an answer of its own to the operator, and Python is to ask for it."""
    return not isinstance(other, _KNOWN) and not hasattr(other, "shape") and hasattr(type(other), reflected)


def _operator(op: Op, reflected: str) -> Any:
    def method(self: Any, other: Any) -> Any:
        try:
            return self.record(op, (self, other), NO_SETTINGS)
        except DTypeError:
            if _answers(other, reflected):
                return NotImplemented
            raise

    return method


def _reflected(op: Op, operator: str) -> Any:
    def method(self: Any, other: Any) -> Any:
        try:
            return self.record(op, (other, self), NO_SETTINGS)
        except DTypeError:
            if _answers(other, operator):
                return NotImplemented
            raise

    return method


def _both(op: Op, name: str) -> tuple[Any, Any]:
    """The operator, and what it is on the right of something else."""
    return _operator(op, f"__r{name}__"), _reflected(op, f"__{name}__")


def _question(op: Op) -> Any:
    """``t == other``: of entries beside numbers and arrays, and of objects beside None, text and what else there is."""

    def method(self: Any, other: Any) -> Any:
        if other is None:
            return NotImplemented
        try:
            return self.record(op, (self, other), NO_SETTINGS)
        except DTypeError:
            if isinstance(other, list | tuple) or hasattr(other, "shape"):
                raise
            return NotImplemented

    return method


class Mathematics(Operand):
    """Operators and methods, in PyTorch's names."""

    __slots__ = ()
    __hash__ = object.__hash__
    __array_ufunc__: Any = None  # in `array * operand` NumPy leaves the whole product to the operand

    add = public.add
    __add__, __radd__ = _both(rows.add, "add")
    sub = subtract = public.sub
    __sub__, __rsub__ = _both(rows.sub, "sub")
    mul = multiply = public.mul
    __mul__, __rmul__ = _both(mul, "mul")
    div = divide = true_divide = public.div
    __truediv__, __rtruediv__ = _both(rows.div, "truediv")
    floor_divide = public.floor_divide
    __floordiv__, __rfloordiv__ = _both(floor_divide, "floordiv")
    remainder = public.remainder
    __mod__, __rmod__ = _both(remainder, "mod")
    fmod = public.fmod
    pow = public.pow
    __pow__, __rpow__ = _both(pow, "pow")
    matmul = public.matmul
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
    __eq__, __ne__ = _question(eq), _question(ne)
    lt = less = public.lt
    __lt__ = _operator(lt, "__gt__")
    le = less_equal = public.le
    __le__ = _operator(le, "__ge__")
    gt = greater = public.gt
    __gt__ = _operator(gt, "__lt__")
    ge = greater_equal = public.ge
    __ge__ = _operator(ge, "__le__")
    logical_and = public.logical_and
    __and__, __rand__ = _both(logical_and, "and")
    logical_or = public.logical_or
    __or__, __ror__ = _both(logical_or, "or")
    logical_xor = public.logical_xor
    __xor__, __rxor__ = _both(logical_xor, "xor")
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

    def __matmul__(self, other: Any) -> Any:
        return NotImplemented if _answers(other, "__rmatmul__") else public.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return NotImplemented if _answers(other, "__matmul__") else public.matmul(other, self)

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
    mT = mH = property(matrix_transpose)  # noqa: N815 - PyTorch's names
    H = property(public.adjoint)
    real = property(public.real)
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
    angle = public.angle
    adjoint = public.adjoint
    igammac = public.igammac
    igamma = public.igamma
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
