"""Sinc, and the inverse of the sigmoid."""

from __future__ import annotations

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import clamp
from tinygrad_wtf.ops.rows import special as rows


def sinc(x: Value) -> Value:
    """The quotient ``sin(πx) / (πx)``, 1 at 0; exact there in every order of derivative."""
    return rows.sinc(x, order=0)


def logit(x: Value, eps: float | None = None) -> Value:
    """The inverse of the sigmoid, ``log(x / (1 - x))``; with `eps`, of x kept within [eps, 1 - eps]."""
    return rows.logit(taken("logit", x) if eps is None else clamp(x, eps, 1 - eps))
