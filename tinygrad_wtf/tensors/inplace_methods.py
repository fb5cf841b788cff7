"""The methods with a trailing ``_``: each overwrites the tensor with what the operation of that name makes of it.

There is one line for each, and nothing else to say: the dtype and the shape stay, Python's rules for ``+=`` are these
methods, and what is recorded is what `inplace` says. Random numbers have their own methods in `inplace_draws`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy import ndarray

from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import GraphError, ShapeError
from tinygrad_wtf.grad_mode import set_grad_enabled
from tinygrad_wtf.ops import public
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.tensors import views
from tinygrad_wtf.tensors.inplace import InPlace, line_of_user

Method = Callable[..., Any]


def in_place(function: Callable[..., Any], name: str = "") -> Method:
    """The method that overwrites a tensor with what this function makes of it."""
    name = name or f"{getattr(function, '__name__', None) or getattr(function, 'name', '')}_"

    def method(self: InPlace, *args: Any, **settings: Any) -> Any:
        return self._become(name, function, *args, **settings)

    method.__name__ = name
    method.__doc__ = f"`{name[:-1]}` in place: overwrite the tensor with the result, and return it."
    return method


def _operator(row: Callable[..., Any], sign: str) -> Method:
    return lambda self, other: self._become(sign, row, other)


def _other_view(function: Callable[..., Any]) -> Method:
    """The method that gives a tensor another shape on the same memory."""
    name = f"{function.__name__}_"

    def method(self: InPlaceMethods, *args: Any) -> Any:
        return self._show_as(name, function, args)

    method.__name__ = name
    method.__doc__ = f"`{function.__name__}` in place: the tensor has that shape from now on, on the same memory."
    return method


class InPlaceMethods(InPlace):
    """What changes a tensor, by name; and the operators of assignment."""

    __slots__ = ()

    def copy_(self, other: Any, non_blocking: bool = False) -> Self:
        """Overwrite the entries with those of `other`, broadcast to this shape; it always waits until that is done."""
        return self._write(..., other, "copy_")

    def fill_(self, value: Any) -> Self:
        """Overwrite every entry with a number, or with a tensor of one."""
        if getattr(value, "ndim", 0):
            raise ShapeError(f"fills with one number, not with shape {value.shape}", op="fill_", hint="Use copy_")
        return self._write(..., value, "fill_")

    def zero_(self) -> Self:
        """Overwrite every entry with 0."""
        return self._write(..., 0, "zero_")

    def add_(self, other: Any, alpha: Any = 1) -> Self:
        """Add ``alpha * other`` in place."""
        return self._update("add_", rows.add, other, alpha)

    def sub_(self, other: Any, alpha: Any = 1) -> Self:
        """Subtract ``alpha * other`` in place."""
        return self._update("sub_", rows.sub, other, alpha)

    def mul_(self, other: Any) -> Self:
        """Multiply in place."""
        return self._update("mul_", rows.mul, other)

    def div_(self, other: Any, *, rounding_mode: str | None = None) -> Self:
        """Divide in place, exactly or rounded."""
        if rounding_mode is not None:
            return self._become("div_", public.div, other, rounding_mode=rounding_mode)
        return self._update("div_", rows.div, other)

    subtract_, multiply_, divide_, true_divide_ = sub_, mul_, div_, div_

    def __iadd__(self, other: Any) -> Self:
        return self._update("+=", rows.add, other)

    def __isub__(self, other: Any) -> Self:
        return self._update("-=", rows.sub, other)

    def __imul__(self, other: Any) -> Self:
        return self._update("*=", rows.mul, other)

    def __itruediv__(self, other: Any) -> Self:
        return self._update("/=", rows.div, other)

    __ifloordiv__ = _operator(public.floor_divide, "//=")
    __imod__ = _operator(public.remainder, "%=")
    __ipow__ = _operator(public.pow, "**=")
    __iand__ = _operator(public.bitwise_and, "&=")
    __ior__ = _operator(public.bitwise_or, "|=")
    __ixor__ = _operator(public.bitwise_xor, "^=")
    __ilshift__ = _operator(public.bitwise_left_shift, "<<=")
    __irshift__ = _operator(public.bitwise_right_shift, ">>=")

    abs_ = absolute_ = in_place(public.abs)
    neg_ = negative_ = in_place(public.neg)
    reciprocal_ = in_place(public.reciprocal)
    square_ = in_place(public.square)
    pow_ = in_place(public.pow)
    rsqrt_ = in_place(public.rsqrt)
    floor_divide_ = in_place(public.floor_divide)
    remainder_ = in_place(public.remainder)
    fmod_ = in_place(public.fmod)
    addcmul_ = in_place(public.addcmul)
    addcdiv_ = in_place(public.addcdiv)
    addmm_ = in_place(public.addmm)
    addmv_ = in_place(public.addmv)
    addr_ = in_place(public.addr)
    addbmm_ = in_place(public.addbmm)
    baddbmm_ = in_place(public.baddbmm)
    renorm_ = in_place(public.renorm)
    lerp_ = in_place(public.lerp)
    float_power_ = in_place(public.float_power)
    ldexp_ = in_place(public.ldexp)
    gcd_ = in_place(public.gcd)
    lcm_ = in_place(public.lcm)
    copysign_ = in_place(public.copysign)
    heaviside_ = in_place(public.heaviside)
    nextafter_ = in_place(public.nextafter)
    conj_physical_ = in_place(public.conj_physical, "conj_physical_")
    deg2rad_ = in_place(public.deg2rad)
    rad2deg_ = in_place(public.rad2deg)
    sign_ = in_place(public.sign)
    sgn_ = in_place(public.sgn)
    floor_ = in_place(public.floor)
    ceil_ = in_place(public.ceil)
    trunc_ = fix_ = in_place(public.trunc)
    round_ = in_place(public.round)
    frac_ = in_place(public.frac)
    clamp_ = clip_ = in_place(public.clamp)
    clamp_min_ = in_place(public.clamp_min)
    clamp_max_ = in_place(public.clamp_max)
    nan_to_num_ = in_place(public.nan_to_num)

    exp_ = in_place(public.exp)
    exp2_ = in_place(public.exp2)
    expm1_ = in_place(public.expm1)
    log_ = in_place(public.log)
    log2_ = in_place(public.log2)
    log10_ = in_place(public.log10)
    log1p_ = in_place(public.log1p)
    sqrt_ = in_place(public.sqrt)
    sin_ = in_place(public.sin)
    cos_ = in_place(public.cos)
    tan_ = in_place(public.tan)
    asin_ = arcsin_ = in_place(public.asin)
    acos_ = arccos_ = in_place(public.acos)
    atan_ = arctan_ = in_place(public.atan)
    sinh_ = in_place(public.sinh)
    cosh_ = in_place(public.cosh)
    tanh_ = in_place(public.tanh)
    asinh_ = arcsinh_ = in_place(public.asinh)
    acosh_ = arccosh_ = in_place(public.acosh)
    atanh_ = arctanh_ = in_place(public.atanh)
    sigmoid_ = in_place(public.sigmoid)
    sinc_ = in_place(public.sinc)
    logit_ = in_place(public.logit)
    erf_ = in_place(public.erf)
    erfc_ = in_place(public.erfc)
    erfinv_ = in_place(public.erfinv)
    lgamma_ = in_place(public.lgamma)
    mvlgamma_ = in_place(public.mvlgamma)
    digamma_ = in_place(public.digamma)
    polygamma_ = in_place(lambda x, n: public.polygamma(n, x), "polygamma_")
    i0_ = in_place(public.i0)
    atan2_ = arctan2_ = in_place(public.atan2)
    hypot_ = in_place(public.hypot)
    xlogy_ = in_place(public.xlogy)
    relu_ = in_place(public.relu)
    cumsum_ = in_place(public.cumsum)
    cumprod_ = in_place(public.cumprod)
    tril_ = in_place(public.tril)
    triu_ = in_place(public.triu)

    eq_ = in_place(public.eq)
    ne_ = not_equal_ = in_place(public.ne)
    lt_ = less_ = in_place(public.lt)
    le_ = less_equal_ = in_place(public.le)
    gt_ = greater_ = in_place(public.gt)
    ge_ = greater_equal_ = in_place(public.ge)
    logical_and_ = in_place(public.logical_and)
    logical_or_ = in_place(public.logical_or)
    logical_xor_ = in_place(public.logical_xor)
    logical_not_ = in_place(public.logical_not)
    bitwise_and_ = in_place(public.bitwise_and)
    bitwise_or_ = in_place(public.bitwise_or)
    bitwise_xor_ = in_place(public.bitwise_xor)
    bitwise_not_ = in_place(public.bitwise_not)
    bitwise_left_shift_ = in_place(public.bitwise_left_shift)
    bitwise_right_shift_ = in_place(public.bitwise_right_shift)

    index_add_ = in_place(public.index_add)
    index_copy_ = in_place(public.index_copy)
    index_fill_ = in_place(public.index_fill)
    index_put_ = in_place(public.index_put)
    masked_fill_ = in_place(public.masked_fill)
    scatter_ = in_place(public.scatter)
    scatter_add_ = in_place(public.scatter_add)
    scatter_reduce_ = in_place(public.scatter_reduce)
    index_reduce_ = in_place(public.index_reduce)
    masked_scatter_ = in_place(public.masked_scatter)
    put_ = in_place(public.put)

    def fill_diagonal_(self, fill_value: Any, wrap: bool = False) -> Self:
        """Overwrite the diagonal with a number; with `wrap`, again below it in a matrix that is tall."""
        if self.ndim < 2 or (self.ndim > 2 and len(set(self.shape)) > 1):
            raise ShapeError("takes a matrix, or as many entries along each axis", op="fill_diagonal_")
        places = np.zeros(self.shape, bool)
        np.fill_diagonal(places, True, wrap=wrap)
        return self._write(places, fill_value, "fill_diagonal_")

    squeeze_ = _other_view(public.squeeze)
    unsqueeze_ = _other_view(public.unsqueeze)
    t_ = _other_view(public.t)
    transpose_ = swapaxes_ = swapdims_ = _other_view(public.transpose)

    def _show_as(self, method: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Self:
        """Become what the function makes of this tensor, on the same memory."""
        if self.requires_grad and self.is_leaf:
            raise GraphError(
                "a leaf that requires gradients is being used in an in-place operation",
                op=method,
                shapes=(self.shape,),
                hint=f"Write t = t.{method[:-1]}(...)",
            )
        if self._is_recorded():
            self._refuse_to_record(method)
        before = wrap(self.value, self.node)
        is_view = views.view_of(self) is not None
        if is_view:
            before._view = self._view
        with set_grad_enabled(mode.recording or self.requires_grad):  # its history must have this shape too
            y = function(before, *args)
        if self.value.__class__ is ndarray:
            clock.written(self.value, line_of_user())
        changes.replaced(self.value, y.value)
        self.value = y.value
        if is_view:
            self._view = y._view
        views.follow(self, y._node)
        if self.requires_grad:
            views.was_rebased(self)
        return self
