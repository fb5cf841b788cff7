"""Special functions in the names of `torch.special`: of the error, gamma, Bessel and normal distribution's functions.

Examples
--------
>>> import tinygrad_wtf as tw
>>> x = tw.tensor([0.5], dtype=tw.float64, requires_grad=True)
>>> print(f"{tw.special.ndtr(x).item():.6f}")  # of a standard normal number, the probability to be below
0.691462
>>> tw.special.gammaln(x).backward()
>>> print(f"{x.grad.item():.6f}")
-1.963510
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.reduction import logsumexp
from tinygrad_wtf.ops.functions.rounding import round
from tinygrad_wtf.ops.functions.special import (
    digamma,
    gammainc,
    gammaincc,
    i0,
    i0e,
    i1,
    i1e,
    lgamma,
    logit,
    mvlgamma,
    polygamma,
    sinc,
)
from tinygrad_wtf.ops.functions.vectors import log_softmax, softmax
from tinygrad_wtf.ops.rows.elementary import exp2, expm1, log, log1p, sigmoid
from tinygrad_wtf.ops.rows.special import entr, erf, erfc, erfcx, erfinv, ndtri, xlog1py, xlogy

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]

expit, gammaln, multigammaln, psi = sigmoid, lgamma, mvlgamma, digamma
ROOT_HALF = math.sqrt(0.5)


def ndtr(input: Value) -> Value:
    """The distribution function of the standard normal distribution, entry by entry: ``erfc(-x / √2) / 2``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.special.ndtr(tw.tensor([0.0])).tolist()
    [0.5]
    """
    return 0.5 * erfc(taken("ndtr", input) * -ROOT_HALF)  # type: ignore[no-any-return]


def log_ndtr(input: Value) -> Value:
    """The logarithm of `ndtr`, entry by entry, also where that rounds to 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> print(f"{tw.special.log_ndtr(tw.tensor([-20.0])).item():.3f}")
    -203.917
    """
    given: Any = taken("log_ndtr", input)
    left = where(given < -1, input, -1.0)
    right = where(given < -1, -1.0, input)
    tail = log(0.5 * erfcx(left * -ROOT_HALF)) - 0.5 * left * left
    return where(given < -1, tail, log1p(-0.5 * erfc(right * ROOT_HALF)))  # type: ignore[no-any-return]


if not TYPE_CHECKING:  # a name that is not there is an error to type checkers too

    def __getattr__(name: str) -> Any:
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.special", "special", name)
