"""Whole numbers: common divisors and multiples, shifted bits. And the bits of floating-point numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.rows.elementwise import elementwise


def _of_integers(name: str, notation: str, ufunc: Callable[..., Any], sign: str = "") -> Op:
    def forward(a: Any, b: Any) -> Any:
        if np.result_type(a, b).kind not in "iu":
            raise DTypeError("takes integers", op=name, hint="Convert with .long()")
        return ufunc(a, b)

    return elementwise(name, notation, forward, takes="numbers", sign=sign or name)


def _shifted(ufunc: Callable[..., Any], far: Callable[[Any], Any]) -> Callable[..., Any]:
    """The shift; by less than 0, or by all bits there are, what is left when all have gone."""

    def forward(a: Any, n: Any) -> Any:
        bits = 8 * np.result_type(a, n).itemsize
        within = (n >= 0) & (n < bits)
        return np.where(within, ufunc(a, np.where(within, n, 0)), far(a)).astype(np.result_type(a, n))

    return forward


# name, notation, forward; nothing to differentiate
gcd = _of_integers("gcd", "gcd({}, {})", np.gcd)
lcm = _of_integers("lcm", "lcm({}, {})", np.lcm)
bitwise_left_shift = _of_integers("bitwise_left_shift", "{} << {}", _shifted(np.left_shift, lambda a: 0 * a), sign="<<")
bitwise_right_shift = _of_integers(
    "bitwise_right_shift", "{} >> {}", _shifted(np.right_shift, lambda a: np.where(a < 0, -1, 0)), sign=">>"
)
nextafter = elementwise("nextafter", "nextafter({}, {})", np.nextafter)
signbit = elementwise(
    "signbit", "signbit({})", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, takes="numbers"
)
exponent = elementwise("exponent", "exponent({})", lambda x: np.frexp(x)[1])  # of 2, with a mantissa from 1/2 to 1
