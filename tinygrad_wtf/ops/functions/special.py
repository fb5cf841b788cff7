"""Sinc, the inverse of the sigmoid, and functions made of the gamma function."""

from __future__ import annotations

import math
import operator
from typing import Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import clamp
from tinygrad_wtf.ops.rows import special as rows
from tinygrad_wtf.ops.rows.rounding import sign


def sinc(input: Value) -> Value:
    """The quotient ``sin(πx) / (πx)``, 1 at 0; exact there in every order of derivative."""
    return rows.sinc(input, order=0)


def logit(input: Value, eps: float | None = None) -> Value:
    """The inverse of the sigmoid, ``log(x / (1 - x))``; with `eps`, of x kept within [eps, 1 - eps]."""
    return rows.logit(taken("logit", input) if eps is None else clamp(input, eps, 1 - eps))


def _whole(op: str, name: str, n: Any, least: int) -> int:
    try:
        count = operator.index(n)
    except TypeError:
        raise DTypeError(f"{name} is a whole number, not {n!r}", op=op, hint=f"Give it {least} or more") from None
    if count < least:
        raise SettingError(f"{name} is at least {least}, not {count}", op=op)
    return count


def lgamma(input: Value) -> Value:
    """The logarithm of the absolute value of the gamma function, ``log |Γ(x)|``, entry by entry.

    Infinite at 0, at the negative integers and at both infinities; integers become the default dtype.
    Its derivative is `digamma`. Computed to a few units in the last place from series of the NIST Digital Library of
    Mathematical Functions, chapter 5.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.lgamma(tw.tensor([1.0, 5.0, 0.0])).exp().round().tolist()  # Γ(5) = 4!
    [1.0, 24.0, inf]
    """
    return rows.lgamma(taken("lgamma", input))


def digamma(input: Value) -> Value:
    """The derivative of `lgamma`, ``ψ(x) = Γ′(x) / Γ(x)``, entry by entry.

    ``∓inf`` at ±0 and nan at the negative integers, as in PyTorch; integers become the default dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor([1.0, 2.0], requires_grad=True)
    >>> tw.lgamma(x).sum().backward()
    >>> bool((x.grad == tw.digamma(x)).all())
    True
    >>> round(x.grad[0].item(), 4)  # Euler's constant
    -0.5772
    """
    return rows.digamma(taken("digamma", input), order=0)


def polygamma(n: int, input: Value) -> Value:
    """The derivative of order `n` of `digamma`, entry by entry.

    Parameters
    ----------
    n : int
        0 for digamma itself, 1 for trigamma, and so on; SettingError if it is negative.
    input : Tensor
        Of any shape; integers become the default dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.polygamma(1, tw.tensor(1.0)).item(), 4)  # π² / 6
    1.6449
    """
    return rows.digamma(taken("polygamma", input), order=_whole("polygamma", "n", n, 0))


def mvlgamma(input: Value, p: int) -> Value:
    """The logarithm of the gamma function of `p` dimensions, ``log Γₚ(x)``, entry by entry.

    It is ``p (p - 1) / 4 log π + Σ log Γ(x - k / 2)`` over k from 0 to p - 1, and defined for ``x > (p - 1) / 2``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.mvlgamma(tw.tensor(3.0), 1).exp().item(), 4)  # Γ(3) = 2!
    2.0
    """
    count = _whole("mvlgamma", "p", p, 1)
    terms = [rows.lgamma(taken("mvlgamma", input) - k / 2) for k in range(count)]
    constant = count * (count - 1) / 4 * math.log(math.pi)
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total + constant if constant else total


def i0(input: Value) -> Value:
    """The modified Bessel function of the first kind of order 0, ``I₀(x) = Σ (x² / 4)ᵏ / k!²``, entry by entry.

    Differentiable to every order; integers become the default dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(y, 4) for y in tw.i0(tw.tensor([0.0, 1.0])).tolist()]
    [1.0, 1.2661]
    """
    return rows.i0(taken("i0", input), order=0)


def i1(input: Value) -> Value:
    """The modified Bessel function of the first kind of order 1, the derivative of `i0`, entry by entry.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.special.i1(tw.tensor([0.0])).tolist()
    [0.0]
    """
    return rows.i0(taken("i1", input), order=1)


def i0e(input: Value) -> Value:
    """``exp(-|x|) I₀(x)``, entry by entry, which does not overflow as `i0` does; its slope is 0 at 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.special.i0e(tw.tensor([1000.0])).item(), 4)
    0.0126
    """
    return rows.i0e(taken("i0e", input), order=0)


def i1e(input: Value) -> Value:
    """``exp(-|x|) I₁(x)``, entry by entry, which does not overflow as `i1` does.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.special.i1e(tw.tensor([1000.0])).item(), 4)
    0.0126
    """
    return rows.i0e(taken("i1e", input), order=1) + sign(input) * rows.i0e(input, order=0)


def gammainc(input: Value, other: Any) -> Value:
    """The lower incomplete gamma function, regularized: ``∫ tᵃ⁻¹ exp(-t) dt / Γ(a)`` from 0 to x, of ``(a, x)``.

    The probability that a gamma number of concentration a is below x; entry by entry, broadcast. Also `igamma`. Its
    first derivatives are known in both arguments, the second one in a is nan.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.special.gammainc(tw.tensor(1.0), tw.tensor(1.0)).item(), 4)  # 1 - 1/e
    0.6321
    """
    return rows.gammainc(input, other)


def gammaincc(input: Value, other: Any) -> Value:
    """``1 - gammainc(a, x)``, to full precision where that is small. Also `igammac`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.special.gammaincc(tw.tensor(1.0), tw.tensor(1.0)).item(), 4)  # 1/e
    0.3679
    """
    return rows.gammaincc(input, other)


igamma, igammac = gammainc, gammaincc
