"""Expressions made short: the elementwise part by school algebra, products of matrices and sums by their own laws.

Each law holds whatever the expression is of; none knows a layer, a loss or the guide. What is read more simply than it
is computed (a bound that keeps a logarithm finite, say) is said in the notes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.explanation.algebra import ONE, Frozen, Monomial, Ratio, TooLargeError, factored
from tinygrad_wtf.explanation.definition import defined
from tinygrad_wtf.explanation.formula import summed_axes
from tinygrad_wtf.explanation.symbol import Symbol, constant

Shape = tuple[int, ...]
TINY, LOWEST = 1e-6, -50  # numbers this small, or logarithms this low, only keep a computation finite
LARGEST_POWER = 6
LARGEST_DENOMINATOR, LONGEST_DECIMAL = 1000, 5
MOST_ENTRIES = 1_000_000
COMPARISONS = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}  # with the sides exchanged
REDUCTIONS = frozenset({"sum", "prod", "logsumexp", "amax", "amin"})
BOUNDED = "Away from the bounds that keep it finite ({}) the loss is what is read here."


def row(name: str) -> Op:
    """The row of this name."""
    return Op.table[name]


class Simplifier:
    """Makes expressions short, and remembers the sums it met, so that they are found again as factors.

    Parameters
    ----------
    between_0_and_1 : iterable of str
        Names of tensors that are never 0 and never 1, such as what comes out of a sigmoid.
    known : iterable of (Symbol, Symbol)
        Expressions, and the names that what they compute has already.
    """

    def __init__(self, between_0_and_1: Iterable[str] = (), known: Iterable[tuple[Symbol, Symbol]] = ()) -> None:
        self.inner = frozenset(between_0_and_1)
        self.notes: dict[str, None] = {}
        self._standing_for: dict[str, Symbol] = {}
        self._sums: dict[Frozen, None] = {}
        self._ratios: dict[int, tuple[Symbol, Ratio]] = {}
        self._same: dict[str, Ratio] = {}  # letters that turned out to be made of others
        self._names = {self._key(what): name for what, name in known}

    def __call__(self, s: Symbol) -> Symbol:
        """The same, made short; its shape may be one that stretches to what it was."""
        return self.symbol(self.ratio(s))

    def remember(self, s: Symbol, like: Symbol) -> Symbol:
        """Have `s` read as `like` was."""
        self._ratios[id(s)] = (s, self.ratio(like))
        return s

    # ------------------------------------------------------------ letters

    def _key(self, s: Symbol) -> str:
        if s.op is None:
            return s.name if s.name is not None else self._constant_key(s.value)
        settings = ", ".join(f"{name}={value}" for name, value in s.params.items())
        return f"{s.op.name}({', '.join(map(self._key, s.args))}; {settings})"

    @staticmethod
    def _constant_key(value: Any) -> str:
        array = np.asarray(value)
        return repr(array.item()) if array.size == 1 else f"array {id(value)}"

    def letter(self, s: Symbol) -> Ratio:
        """A symbol that the algebra does not look into."""
        key = self._key(s)
        if key in self._same:
            return self._same[key]
        if key in self._names:
            s = self._names[key]
            if s.is_constant:
                return self._number(s)
            key = self._key(s)
        self._standing_for.setdefault(key, s)
        return Ratio.letter(key)

    def alone(self, r: Ratio) -> Symbol | None:
        """What the ratio stands for, if it is a single letter."""
        parts = self._parts(r)
        if parts is None or parts.number != 1 or parts.sums or list(parts.letters.values()) != [1]:
            return None
        return self._standing_for[next(iter(parts.letters))]

    def _parts(self, r: Ratio) -> Any:
        return factored(r, self._sums) if r.above else None

    def _natural(self, r: Ratio) -> Shape:
        return np.broadcast_shapes(*(self._standing_for[letter].shape for letter in r.letters))

    # ------------------------------------------------------------ reading expressions

    def ratio(self, s: Symbol) -> Ratio:
        """The expression as the algebra sees it."""
        if id(s) not in self._ratios:
            try:
                found = self._read(s)
            except TooLargeError:
                found = self._opaque(s)
            self._ratios[id(s)] = (s, found)
        return self._ratios[id(s)][1]

    def _read(self, s: Symbol) -> Ratio:
        if s.op is None:
            return self.letter(s) if s.name is not None else self._number(s)
        law = LAWS.get(s.op.name)
        if law is not None:
            return law(self, s)
        definition = defined(s.op, s.args)
        if definition is not None:
            if s.op.name.startswith("binary_cross_entropy_slope"):
                self.notes[BOUNDED.format("log ≥ −100, a (1 − a) ≥ 10⁻¹²")] = None
            return self.ratio(definition)
        return self._opaque(s)

    def _number(self, s: Symbol) -> Ratio:
        array = np.asarray(s.value)
        if not array.size or array.dtype.kind not in "biuf" or np.any(array != array.flat[0]):
            return self.letter(s)
        value = array.flat[0].item()
        if not math.isfinite(value):
            return self.letter(constant(value))
        return Ratio.number(Fraction(repr(value)) if isinstance(value, float) else Fraction(int(value)))

    def _opaque(self, s: Symbol) -> Ratio:
        """An operation that no law is about, on arguments made short."""
        assert s.op is not None
        args = [self._whole(a) if a.ndim else self.symbol(self.ratio(a)) for a in s.args]
        if s.op.partials:
            args = [self.symbol(self.ratio(a)) for a in s.args]
        made = s.op(*(a.value if a.is_constant and not a.ndim else a for a in args), **s.params)
        if not isinstance(made, Symbol):  # of numbers alone
            return self._number(constant(made))
        return self.letter(made)

    def _whole(self, s: Symbol) -> Symbol:
        """The expression made short, in the shape that it had."""
        if s.op is None or s.dtype.kind != "f":
            return s
        short = self.symbol(self.ratio(s))
        return short if short.shape == s.shape else row("broadcast_to")(short, shape=s.shape)

    # ------------------------------------------------------------ entry by entry

    def _add(self, s: Symbol) -> Ratio:
        left, right = map(self.ratio, s.args)
        for a, b in ((left, right), (right, left)):
            if a.value is not None and 0 < abs(a.value) < TINY**1.3 and b.value is None:
                self.notes[f"{float(a.value):g}, added to keep logarithms finite, is left out."] = None
                return b
        return left + right

    def _sub(self, s: Symbol) -> Ratio:
        return self.ratio(s.args[0]) - self.ratio(s.args[1])

    def _mul(self, s: Symbol) -> Ratio:
        left, right = map(self.ratio, s.args)
        self._meet(left, right)
        return left * right

    def _div(self, s: Symbol) -> Ratio:
        left, right = map(self.ratio, s.args)
        if not right.above:
            return self._opaque(s)
        self._meet(left, right)
        return left * right.inverse(self._sums)

    def _meet(self, *ratios: Ratio) -> None:
        """Remember the sums among factors."""
        for r in ratios:
            parts = self._parts(r)
            for one in () if parts is None else parts.sums:
                self._sums.setdefault(one)

    def _neg(self, s: Symbol) -> Ratio:
        return -self.ratio(s.args[0])

    def _pow(self, s: Symbol) -> Ratio:
        base, exponent = map(self.ratio, s.args)
        n = exponent.value
        if n is None or n.denominator != 1 or abs(n) > LARGEST_POWER or not base.above:
            return self._opaque(s)
        self._meet(base)
        return base.power(int(n))

    def _cast(self, s: Symbol) -> Ratio:
        return self.ratio(s.args[0])

    def _sigmoid(self, s: Symbol) -> Ratio:
        """σ(−z) = 1 − σ(z)."""
        argument = self.ratio(s.args[0])
        parts = self._parts(argument)
        if parts is not None and parts.number < 0:
            return Ratio.number(1) - self.letter(row("sigmoid")(self.symbol(-argument)))
        return self._opaque(s)

    def _exp(self, s: Symbol) -> Ratio:
        """The inverse of the logarithm; of ``x − log Σ exp x`` it is softmax."""
        argument = self.ratio(s.args[0])
        if not argument.above:
            return Ratio.number(1)
        what = self.alone(argument)
        if what is not None and what.op is not None and what.op.name == "log":
            return self.ratio(what.args[0])
        if what is not None and what.op is not None and what.op.name == "log_softmax":
            return self.letter(row("softmax")(*what.args, **what.params))
        for letter in argument.letters:
            total = self._standing_for[letter]
            if total.op is not None and total.op.name == "logsumexp" and total.params["keepdim"]:
                x = total.args[0]
                if argument == self.ratio(x) - Ratio.letter(letter):
                    return self.letter(row("softmax")(x, dim=total.params["dim"]))
        return self._opaque(s)

    # ------------------------------------------------------------ choices

    def _bounded(self, s: Symbol, low: Symbol | None, high: Symbol | None) -> Ratio:
        """A value between bounds that only keep a computation finite."""
        bounds = [b for b in (low, high) if b is not None]
        values = [self.ratio(b).value for b in bounds]
        if any(v is None or not (0 < v <= TINY or v <= LOWEST or 1 - TINY <= v < 1) for v in values):
            return self._opaque(s)
        self.notes[BOUNDED.format(", ".join(str(b) for b in bounds))] = None
        return self.ratio(s.args[0])

    def _maximum(self, s: Symbol) -> Ratio:
        return self._bounded(s, s.args[1], None)

    def _minimum(self, s: Symbol) -> Ratio:
        return self._bounded(s, None, s.args[1])

    def _clamp(self, s: Symbol) -> Ratio:
        return self._bounded(s, s.args[1], s.args[2])

    def _where(self, s: Symbol) -> Ratio:
        """A choice that is settled; else, where one of the two is 0, the other times the condition."""
        condition, yes, no = s.args
        settled = self._settled(condition)
        if settled is not None:
            return self.ratio(yes if settled else no)
        left, right = self.ratio(yes), self.ratio(no)
        if left == right:
            return left
        if not right.above:
            return left * self.ratio(condition)
        if not left.above:
            return right * (Ratio.number(1) - self.ratio(condition))
        return self._opaque(s)

    def _logical_not(self, s: Symbol) -> Ratio:
        """As numbers, true is 1 and false is 0."""
        return Ratio.number(1) - self.ratio(s.args[0])

    def _settled(self, condition: Symbol) -> bool | None:
        """Whether a condition holds away from bounds; None where it is a real question."""
        if condition.is_constant:
            value = np.asarray(condition.value)
            return bool(value.flat[0]) if value.size and np.all(value == value.flat[0]) else None
        if condition.op is None:
            return None
        if condition.op.name == "logical_not":
            settled = self._settled(condition.args[0])
            return None if settled is None else not settled
        if condition.op.name in ("logical_and", "logical_or"):
            found = [self._settled(a) for a in condition.args]
            decisive = condition.op.name == "logical_or"
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        if condition.op.name not in COMPARISONS:
            return None
        return self._compared(condition)

    def _compared(self, condition: Symbol) -> bool | None:
        assert condition.op is not None
        sign = condition.op.name
        edge = condition.args[1].value if condition.args[1].is_constant else 0
        if np.ndim(edge) == 0 and math.isinf(edge):  # nothing that is computed without overflow gets there
            return (sign in ("lt", "le", "ne")) is (edge > 0) or sign == "ne"
        left, right = map(self.ratio, condition.args)
        if left.value is not None:
            left, right, sign = right, left, COMPARISONS[sign]
        bound = right.value
        if bound is None or left.value is not None:
            return None
        parts = self._parts(left)
        if parts is not None and parts.number < 0:
            left, bound, sign = -left, -bound, COMPARISONS[sign]
        what = self.alone(left)
        inside = what is not None and (
            what.name in self.inner or (what.op is not None and what.op.name in ("sigmoid", "softmax"))
        )
        if 0 < bound <= TINY or bound <= LOWEST or (bound <= 0 and inside):
            above = True
        elif 1 - TINY <= bound < 1 or (bound >= 1 and inside):
            above = False
        else:
            return None
        self.notes.setdefault(BOUNDED.format(str(condition.args[1])), None) if not inside else None
        return {"gt": above, "ge": above, "lt": not above, "le": not above, "eq": False, "ne": True}[sign]

    # ------------------------------------------------------------ shapes, sums and products of matrices

    def _broadcast_to(self, s: Symbol) -> Ratio:
        return self.ratio(s.args[0])

    def _reshape(self, s: Symbol) -> Ratio:
        """Of a number nothing; of a reduction that lost its axes, the one that keeps them."""
        x = s.args[0]
        r = self.ratio(x)
        natural = self._natural(r)
        if math.prod(natural) == 1 and not any(n for n in natural if n != 1):
            return r if not natural else self._scaled(r, lambda rest: self._opaque(row("reshape")(rest, shape=s.shape)))
        if _without_leading_ones(x.shape) == _without_leading_ones(s.shape):
            return r

        def moved(rest: Symbol) -> Ratio:
            if rest.op is not None and rest.op.name in REDUCTIONS and not rest.params["keepdim"]:
                kept = rest.op(rest.args[0], **{**rest.params, "keepdim": True})
                if kept.shape == s.shape:
                    return self.letter(kept)
            whole = rest if rest.shape == x.shape else row("broadcast_to")(rest, shape=x.shape)
            return self.letter(row("reshape")(whole, shape=s.shape))

        return self._scaled(r, moved)

    def _scaled(self, r: Ratio, law: Callable[[Symbol], Ratio]) -> Ratio:
        """A linear law applied to an expression without its scalar factors, which stay outside."""
        if not r.above:
            return r
        scalar, rest = self._divided(r)
        return scalar * law(self.symbol(rest))

    def _divided(self, r: Ratio, axes: Shape | None = None, ndim: int = 0) -> tuple[Ratio, Ratio]:
        """The scalar factors, or those that are the same all along some axes, and the rest."""

        def outside(shape: Shape) -> bool:
            padded = (1,) * (ndim - len(shape)) + shape
            return shape == () or (axes is not None and all(padded[axis] == 1 for axis in axes))

        parts = self._parts(r)
        scalar, rest = Ratio.number(parts.number), Ratio.number(1)
        for letter, power in parts.letters.items():
            factor = Ratio.letter(letter).power(power)
            if outside(self._standing_for[letter].shape):
                scalar = scalar * factor
            else:
                rest = rest * factor
        for one, power in parts.sums.items():
            factor = Ratio(one).power(power)
            if outside(self._natural(factor)):
                scalar = scalar * factor
            else:
                rest = rest * factor
        flipped = self._parts(rest)  # −(y − a) is a − y
        if scalar.value is not None and scalar.value < 0 and flipped is not None and len(rest.above) > 1:
            scalar, rest = -scalar, -rest
        return scalar, rest

    def _into_zeros(self, s: Symbol) -> Ratio:
        """Of one number everywhere, that number times where the places are."""
        g, *places = s.args

        def placed(rest: Symbol) -> Ratio:
            ones = rest.like(g.shape, s.dtype) if rest.is_constant else self._stretched(rest, g.shape)
            return self.letter(row("add_into_zeros")(ones, *places, **s.params))

        return self._scaled(self.ratio(g), placed)

    def _permute(self, s: Symbol) -> Ratio:
        return self.rearranged(self.ratio(s.args[0]), s.params["dims"], s.shape)

    def rearranged(self, r: Ratio, dims: Shape, shape: Shape) -> Ratio:
        """A transpose: of each letter of a product entry by entry; of a product of matrices in the other order.

        Scalar factors stay outside.
        """
        natural = self._natural(r)
        if natural == ():
            return r
        shapes = [self._standing_for[letter].shape for letter in r.letters]
        if dims == (1, 0) and all(len(n) in (0, 2) for n in shapes):
            return self._substituted(r, self._transposed)
        return self._scaled(r, lambda rest: self._whole_rearranged(rest, dims, shape))

    def _whole_rearranged(self, whole: Symbol, dims: Shape, shape: Shape) -> Ratio:
        before = tuple(shape[dims.index(axis)] for axis in range(len(dims)))
        if whole.shape != before:
            whole = row("broadcast_to")(whole, shape=before)
        if whole.op is not None and whole.op.name == "permute":
            inner = whole.params["dims"]
            dims = tuple(inner[d] for d in dims)
            whole = whole.args[0]
            if dims == tuple(range(len(dims))):
                return self.ratio(whole)
        return self.letter(row("permute")(whole, dims=dims))

    def _transposed(self, s: Symbol) -> Ratio:
        if not s.ndim:
            return self.letter(s)
        flip = row("permute")
        if s.op is not None and s.op.name == "permute" and s.params["dims"] == (1, 0):
            return self.letter(s.args[0])
        if s.op is not None and s.op.name == "matmul":
            left, right = s.args
            return self._matmul(row("matmul")(flip(right, dims=(1, 0)), flip(left, dims=(1, 0))))
        if s.op is not None and s.op.partials and all(a.ndim in (0, 2) for a in s.args):  # entry by entry
            turned = [flip(a, dims=(1, 0)) if a.ndim else a for a in s.args]
            return self._opaque(s.op(*(a.value if a.is_constant and not a.ndim else a for a in turned), **s.params))
        if s.op is not None and s.op.name in ("softmax", "log_softmax") and s.args[0].ndim == 2:
            other = tuple(1 - axis for axis in s.params["dim"])
            return self._opaque(s.op(flip(s.args[0], dims=(1, 0)), dim=other))
        if s.op is not None and s.op.name in REDUCTIONS and s.params["keepdim"]:
            other = tuple(1 - axis for axis in s.params["dim"])
            return self.ratio(s.op(flip(s.args[0], dims=(1, 0)), dim=other, keepdim=True))
        return self.letter(flip(s, dims=(1, 0)))

    def _substituted(self, r: Ratio, law: Callable[[Symbol], Ratio]) -> Ratio:
        """The ratio with something else for each letter; sums below the line and known ones keep their form."""
        new = {letter: law(self._standing_for[letter]) for letter in r.letters}
        parts = self._parts(r)

        def of_sum(one: Frozen) -> Ratio:
            total = Ratio.number(0)
            for monomial, coefficient in one:
                term = Ratio.number(coefficient)
                for letter, power in monomial:
                    term = term * new[letter].power(power)
                total = total + term
            return total

        result = Ratio.number(parts.number)
        for letter, power in parts.letters.items():
            result = result * new[letter].power(power)
        for one, power in parts.sums.items():
            turned = of_sum(one)
            self._meet(turned)
            result = result * turned.power(power)
        return result

    def _matmul(self, s: Symbol) -> Ratio:
        left, right = map(self.ratio, s.args)
        if not left.above or not right.above:
            return Ratio.number(0)
        if any(a.ndim != 2 for a in s.args):
            return self._opaque(s)
        (a, left), (b, right) = self._divided(left), self._divided(right)
        factors = [
            self._stretched(self.symbol(rest), whole.shape) for rest, whole in zip((left, right), s.args, strict=True)
        ]
        return a * b * self.letter(row("matmul")(*factors))

    @staticmethod
    def _stretched(s: Symbol, shape: Shape) -> Symbol:
        return s if s.shape == shape else row("broadcast_to")(s, shape=shape)

    def _sum(self, s: Symbol) -> Ratio:
        axes = summed_axes(s)
        x = s.args[0]
        if not axes:
            return self.ratio(x)
        r = self.ratio(x)
        if not r.above:
            return r
        kept = tuple(1 if axis in axes else n for axis, n in enumerate(x.shape))
        scalar, rest = self._divided(r, axes if s.shape == kept else None, x.ndim)
        what = self.alone(rest)
        if what is not None and _adds_up_to_1(what, axes):
            if what.op is not row("softmax"):
                self.notes["Each label is one place: what is 1 there and 0 elsewhere adds up to 1."] = None
            return scalar
        natural = self._natural(rest)
        padded = (1,) * (x.ndim - len(natural)) + natural
        if all(padded[axis] == 1 for axis in axes):  # the same number again and again
            count = math.prod(x.shape[axis] for axis in axes)
            law = (
                rest
                if natural == ()
                else self.letter(self._summed(self._stretched(self.symbol(rest), padded), s, axes))
            )
            return Ratio.number(count) * scalar * law
        whole = self._stretched(self.symbol(rest), x.shape)
        flat = (len(s.shape) < x.ndim) and x.ndim == 2 and len(axes) == 1 and s.shape == (x.shape[1 - axes[0]],)
        if flat:
            turned = self.symbol(self.rearranged(rest, (1, 0), x.shape[::-1]))
            if str(turned).count("ᵀ") < str(whole).count("ᵀ") and turned.shape == x.shape[::-1]:
                return scalar * self.letter(row("sum")(turned, dim=(1 - axes[0],), keepdim=False))
        return scalar * self.letter(self._summed(whole, s, axes))

    @staticmethod
    def _summed(x: Symbol, s: Symbol, axes: Shape) -> Symbol:
        for keepdim in (False, True):
            found: Symbol = row("sum")(x, dim=axes, keepdim=keepdim)
            if found.shape == s.shape:
                return found
        return row("sum_to")(x, shape=s.shape)  # type: ignore[no-any-return]

    # ------------------------------------------------------------ writing expressions

    def symbol(self, r: Ratio) -> Symbol:
        """The ratio as an expression: numbers and scalars in front, products of matrices first, sums last."""
        if not r.above:
            return constant(0)
        r = self._recognised(r)
        parts = self._parts(r)
        if self._better_apart(parts):
            return self._total(r.above, r.below)
        number = parts.number
        above: list[tuple[Symbol, int]] = []
        below: list[tuple[Symbol, int]] = []
        for letter, power in parts.letters.items():
            (above if power > 0 else below).append((self._standing_for[letter], abs(power)))
        for one, power in parts.sums.items():
            if number < 0 and power % 2 and any(c < 0 for _, c in one):  # −(y − a) is a − y
                number, one = -number, tuple((monomial, -c) for monomial, c in one)
            (above if power > 0 else below).append((self._total(one), abs(power)))
        over, beneath = _number_symbols(abs(number))
        front = _product([over, *_powers(above, scalar=True)])
        under = _product([beneath, *_powers(below, scalar=True)])
        if front is None and under is not None:
            front = constant(1)
        scalar = front if under is None or front is None else front / under
        top, bottom = _product(_powers(above, scalar=False)), _product(_powers(below, scalar=False))
        if top is None and bottom is not None:
            top, scalar = (scalar, None) if scalar is not None and under is None else (constant(1), scalar)
        body = top if bottom is None or top is None else top / bottom
        found = scalar if body is None else body if scalar is None else scalar * body
        if found is None:
            return constant(1 if number > 0 else -1)
        if number > 0:
            return found
        return constant(-found.value) if found.is_constant else -found

    def _recognised(self, r: Ratio) -> Ratio:
        """The quotients ``exp u / Σ exp u`` and ``1 / (1 + exp u)`` as what they are called."""
        for factor, _ in r.below:
            letters = [letter for monomial, _ in factor for letter, _ in monomial]
            if len(letters) != 1:
                continue
            what = self._standing_for[letters[0]]
            if what.op is None:
                continue
            if len(factor) == 1 and what.op.name == "sum" and what.params["keepdim"]:
                inner = what.args[0]
                if inner.op is not None and inner.op.name == "exp" and self._key(inner) in r.letters:
                    share = self._softmax(inner.args[0], what.params["dim"]) * Ratio.letter(letters[0])
                    return self._recognised(self._with(r, self._key(inner), share))
            elif what.op.name == "exp" and dict(factor) == {ONE: 1, ((letters[0], 1),): 1}:
                s = self.ratio(row("sigmoid")(-what.args[0]))
                return self._recognised(self._with(r, letters[0], s.inverse(self._sums) - Ratio.number(1)))
        return r

    def _with(self, r: Ratio, old: str, new: Ratio) -> Ratio:
        self._same[old] = new
        self._ratios.clear()
        return self._substituted(r, lambda s: new if self._key(s) == old else Ratio.letter(self._key(s)))

    def _softmax(self, x: Symbol, dim: Shape) -> Ratio:
        """Of softmax, without what is added to all entries alike."""
        r = self.ratio(x)
        if not r.below:
            terms = []
            for monomial, coefficient in r.above:
                natural = np.broadcast_shapes(*(self._standing_for[letter].shape for letter, _ in monomial))
                padded = (1,) * (x.ndim - len(natural)) + natural
                if any(padded[axis] != 1 for axis in dim):
                    terms.append((monomial, coefficient))
            if terms:
                r = Ratio(tuple(terms))
        return self.letter(row("softmax")(self._stretched(self.symbol(r), x.shape), dim=dim))

    def _better_apart(self, parts: Any) -> bool:
        """Whether a sum over a scalar is shorter term by term: where the scalar cancels in some term."""
        sums = list(parts.sums.items())
        if len(sums) != 1 or sums[0][1] != 1:
            return False
        below = [letter for letter, power in parts.letters.items() if power < 0]
        if any(power > 0 for power in parts.letters.values()):
            return False
        return any(letter in below for monomial, _ in sums[0][0] for letter, _ in monomial)

    def _total(self, one: Frozen, below: tuple[tuple[Frozen, int], ...] = ()) -> Symbol:
        terms = sorted(one, key=lambda term: (term[1] < 0, sum(n for _, n in term[0]), self._rank(term[0])))
        total: Symbol | None = None
        for monomial, coefficient in terms:
            term = self.symbol(Ratio(((monomial, abs(coefficient)),)) * Ratio(((ONE, Fraction(1)),), below))
            if total is None:
                total = term if coefficient > 0 else -term
            else:
                total = total + term if coefficient > 0 else total - term
        assert total is not None
        return total

    def _rank(self, monomial: Monomial) -> list[Any]:
        return [_natural_order(self._standing_for[letter]) for letter, _ in monomial]


LAWS: dict[str, Callable[[Simplifier, Symbol], Ratio]] = {
    "add": Simplifier._add,
    "sub": Simplifier._sub,
    "mul": Simplifier._mul,
    "div": Simplifier._div,
    "neg": Simplifier._neg,
    "pow": Simplifier._pow,
    "cast": Simplifier._cast,
    "constant": Simplifier._cast,
    "sigmoid": Simplifier._sigmoid,
    "exp": Simplifier._exp,
    "maximum": Simplifier._maximum,
    "clamp_min": Simplifier._maximum,
    "minimum": Simplifier._minimum,
    "clamp_max": Simplifier._minimum,
    "clamp": Simplifier._clamp,
    "where": Simplifier._where,
    "logical_not": Simplifier._logical_not,
    "add_into_zeros": Simplifier._into_zeros,
    "broadcast_to": Simplifier._broadcast_to,
    "reshape": Simplifier._reshape,
    "permute": Simplifier._permute,
    "matmul": Simplifier._matmul,
    "sum": Simplifier._sum,
    "sum_to": Simplifier._sum,
}


def _without_leading_ones(shape: Shape) -> Shape:
    start = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return shape[start:]


def _number_symbols(n: Fraction) -> tuple[Symbol | None, Symbol | None]:
    """What is above the line and below it; None for 1. A fraction that nobody would write is a decimal number."""
    decimal = repr(float(n))
    if n.denominator > LARGEST_DENOMINATOR or (n.denominator > 1 and len(decimal) <= LONGEST_DECIMAL):
        return constant(float(n)), None
    return (None if n.numerator == 1 else constant(n.numerator)), (
        None if n.denominator == 1 else constant(n.denominator)
    )


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


def _natural_order(s: Symbol) -> tuple[int, list[tuple[int, str]]]:
    """Products of matrices and gradients first, then other tensors by name, then what is made of them."""
    text = str(s)
    if s.op is not None:
        kind = 0 if s.op.name == "matmul" else 1 if s.op.name in ("permute", "sum") else 3
    else:
        kind = 1 if text.startswith("d") else 2
    return kind, [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


def _powers(factors: list[tuple[Symbol, int]], *, scalar: bool) -> list[Symbol | None]:
    chosen = sorted(
        ((s, n) for s, n in factors if (s.shape == ()) is scalar),
        key=lambda f: (f[0].op is not None and f[0].op.name in ("add", "sub"), _natural_order(f[0])),
    )
    return [s if n == 1 else s**n for s, n in chosen]


def _product(factors: Iterable[Symbol | None]) -> Symbol | None:
    total: Symbol | None = None
    for factor in factors:
        if factor is not None:
            total = factor if total is None else total * factor
    return total
