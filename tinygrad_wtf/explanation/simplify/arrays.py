"""Laws of shapes, sums and products of matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf.explanation.algebra import Ratio
from tinygrad_wtf.explanation.formula import summed_axes
from tinygrad_wtf.explanation.symbol import Symbol, row, stretched

if TYPE_CHECKING:
    from tinygrad_wtf.explanation.simplify.simplifier import Simplifier

Shape = tuple[int, ...]
MOST_ENTRIES = 1_000_000


def broadcast_to(simplify: Simplifier, s: Symbol) -> Ratio:
    """Stretching changes no entry."""
    return simplify.ratio(s.args[0])


def reshape(simplify: Simplifier, s: Symbol) -> Ratio:
    """Of a number nothing; of a reduction that lost its axes, the one that keeps them."""
    x = s.args[0]
    r = simplify.ratio(x)
    natural = simplify.natural_shape(r)
    if math.prod(natural) == 1 and not any(n for n in natural if n != 1):
        if not natural:
            return r
        return scaled(simplify, r, lambda rest: simplify.opaque(row("reshape")(rest, shape=s.shape)))
    if _without_leading_ones(x.shape) == _without_leading_ones(s.shape):
        return r

    def moved(rest: Symbol) -> Ratio:
        if rest.op is not None and "reduction" in rest.op.traits and not rest.params["keepdim"]:
            kept = rest.op(rest.args[0], **{**rest.params, "keepdim": True})
            if kept.shape == s.shape:
                return simplify.letter(kept)
        return simplify.letter(row("reshape")(stretched(rest, x.shape), shape=s.shape))

    return scaled(simplify, r, moved)


def add_into_zeros(simplify: Simplifier, s: Symbol) -> Ratio:
    """Of one number everywhere, that number times where the places are."""
    g, *places = s.args

    def placed(rest: Symbol) -> Ratio:
        ones = rest.like(g.shape, s.dtype) if rest.is_constant else stretched(rest, g.shape)
        return simplify.letter(row("add_into_zeros")(ones, *places, **s.params))

    return scaled(simplify, simplify.ratio(g), placed)


def permute(simplify: Simplifier, s: Symbol) -> Ratio:
    """A transpose."""
    return rearranged(simplify, simplify.ratio(s.args[0]), s.params["dims"], s.shape)


def matmul(simplify: Simplifier, s: Symbol) -> Ratio:
    """A product of matrices, scalar factors in front."""
    left, right = map(simplify.ratio, s.args)
    if not left.above or not right.above:
        return Ratio.number(0)
    if any(a.ndim != 2 for a in s.args):
        return simplify.opaque(s)
    (a, left), (b, right) = divided(simplify, left), divided(simplify, right)
    factors = [stretched(simplify.symbol(rest), whole.shape) for rest, whole in zip((left, right), s.args, strict=True)]
    return a * b * simplify.letter(row("matmul")(*factors))


def sum_(simplify: Simplifier, s: Symbol) -> Ratio:
    """A sum over axes, with what is constant along them in front."""
    axes = summed_axes(s)
    x = s.args[0]
    if not axes:
        return simplify.ratio(x)
    r = simplify.ratio(x)
    if not r.above:
        return r
    kept = tuple(1 if axis in axes else n for axis, n in enumerate(x.shape))
    scalar, rest = divided(simplify, r, axes if s.shape == kept else None, x.ndim)
    what = simplify.alone(rest)
    if what is not None and _adds_up_to_1(what, axes):
        if what.op is not row("softmax"):
            simplify.notes["Each label is one place: what is 1 there and 0 elsewhere adds up to 1."] = None
        return scalar
    natural = simplify.natural_shape(rest)
    padded = (1,) * (x.ndim - len(natural)) + natural
    if all(padded[axis] == 1 for axis in axes):  # the same number again and again
        count = math.prod(x.shape[axis] for axis in axes)
        law = rest if natural == () else simplify.letter(summed(stretched(simplify.symbol(rest), padded), s, axes))
        return Ratio.number(count) * scalar * law
    whole = stretched(simplify.symbol(rest), x.shape)
    flat = (len(s.shape) < x.ndim) and x.ndim == 2 and len(axes) == 1 and s.shape == (x.shape[1 - axes[0]],)
    if flat:
        turned = simplify.symbol(rearranged(simplify, rest, (1, 0), x.shape[::-1]))
        if str(turned).count("ᵀ") < str(whole).count("ᵀ") and turned.shape == x.shape[::-1]:
            return scalar * simplify.letter(row("sum")(turned, dim=(1 - axes[0],), keepdim=False))
    return scalar * simplify.letter(summed(whole, s, axes))


def rearranged(simplify: Simplifier, r: Ratio, dims: Shape, shape: Shape) -> Ratio:
    """A transpose: of each letter of a product entry by entry; of a product of matrices in the other order.

    Scalar factors stay outside.
    """
    natural = simplify.natural_shape(r)
    if natural == ():
        return r
    shapes = [simplify.meaning[letter].shape for letter in r.letters]
    if dims == (1, 0) and all(len(n) in (0, 2) for n in shapes):
        return simplify.substituted(r, lambda s: transposed(simplify, s))
    return scaled(simplify, r, lambda rest: _whole_rearranged(simplify, rest, dims, shape))


def _whole_rearranged(simplify: Simplifier, whole: Symbol, dims: Shape, shape: Shape) -> Ratio:
    before = tuple(shape[dims.index(axis)] for axis in range(len(dims)))
    whole = stretched(whole, before)
    if whole.op is not None and whole.op.name == "permute":
        inner = whole.params["dims"]
        dims = tuple(inner[d] for d in dims)
        whole = whole.args[0]
        if dims == tuple(range(len(dims))):
            return simplify.ratio(whole)
    return simplify.letter(row("permute")(whole, dims=dims))


def transposed(simplify: Simplifier, s: Symbol) -> Ratio:
    """One letter transposed: products of matrices in the other order, entrywise operations entry by entry."""
    if not s.ndim:
        return simplify.letter(s)
    flip = row("permute")
    if s.op is not None and s.op.name == "permute" and s.params["dims"] == (1, 0):
        return simplify.letter(s.args[0])
    if s.op is not None and s.op.name == "matmul":
        left, right = s.args
        return matmul(simplify, row("matmul")(flip(right, dims=(1, 0)), flip(left, dims=(1, 0))))
    if s.op is not None and s.op.partials and all(a.ndim in (0, 2) for a in s.args):  # entry by entry
        turned = [flip(a, dims=(1, 0)) if a.ndim else a for a in s.args]
        return simplify.opaque(s.op(*(a.value if a.is_constant and not a.ndim else a for a in turned), **s.params))
    if s.op is not None and s.op.name in ("softmax", "log_softmax") and s.args[0].ndim == 2:
        other = tuple(1 - axis for axis in s.params["dim"])
        return simplify.opaque(s.op(flip(s.args[0], dims=(1, 0)), dim=other))
    if s.op is not None and "reduction" in s.op.traits and s.params["keepdim"]:
        other = tuple(1 - axis for axis in s.params["dim"])
        return simplify.ratio(s.op(flip(s.args[0], dims=(1, 0)), dim=other, keepdim=True))
    return simplify.letter(flip(s, dims=(1, 0)))


def scaled(simplify: Simplifier, r: Ratio, law: Callable[[Symbol], Ratio]) -> Ratio:
    """A linear law applied to an expression without its scalar factors, which stay outside."""
    if not r.above:
        return r
    scalar, rest = divided(simplify, r)
    return scalar * law(simplify.symbol(rest))


def divided(simplify: Simplifier, r: Ratio, axes: Shape | None = None, ndim: int = 0) -> tuple[Ratio, Ratio]:
    """The scalar factors, or those that are the same all along some axes, and the rest."""

    def outside(shape: Shape) -> bool:
        padded = (1,) * (ndim - len(shape)) + shape
        return shape == () or (axes is not None and all(padded[axis] == 1 for axis in axes))

    parts = simplify.factored(r)
    scalar, rest = Ratio.number(parts.number), Ratio.number(1)
    for letter, power in parts.letters.items():
        factor = Ratio.letter(letter).power(power)
        if outside(simplify.meaning[letter].shape):
            scalar = scalar * factor
        else:
            rest = rest * factor
    for one, power in parts.sums.items():
        factor = Ratio(one).power(power)
        if outside(simplify.natural_shape(factor)):
            scalar = scalar * factor
        else:
            rest = rest * factor
    flipped = simplify.factored(rest)  # −(y − a) is a − y
    if scalar.value is not None and scalar.value < 0 and flipped is not None and len(rest.above) > 1:
        scalar, rest = -scalar, -rest
    return scalar, rest


def summed(x: Symbol, s: Symbol, axes: Shape) -> Symbol:
    """The sum over these axes, in the shape of `s`."""
    for keepdim in (False, True):
        found: Symbol = row("sum")(x, dim=axes, keepdim=keepdim)
        if found.shape == s.shape:
            return found
    return row("sum_to")(x, shape=s.shape)  # type: ignore[no-any-return]


def _without_leading_ones(shape: Shape) -> Shape:
    start = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return shape[start:]


def _adds_up_to_1(s: Symbol | None, axes: Shape) -> bool:
    """Whether this is a softmax along the axes; or 1 at one place and 0 at others, as far as its indices are known."""
    if s is None or s.op is None or s.size > MOST_ENTRIES:
        return False
    if s.op.name == "softmax":
        return bool(s.params["dim"] == axes)
    found = _numbers(s)
    return found is not None and bool(np.all(found.sum(axis=axes) == 1))


def _numbers(s: Symbol) -> Any:
    """What the expression is, if it only puts known numbers at known places; else None."""
    if s.op is None:
        array = np.asarray(s.value)
        known = s.is_constant or (array.dtype.kind == "i" and (array.size == 1 or any(array.strides)))
        return array if known else None
    args = [_numbers(a) for a in s.args] if s.op.name in ("reshape", "add_into_zeros") else [None]
    return None if any(a is None for a in args) else s.op.forward(*args, **s.params)
