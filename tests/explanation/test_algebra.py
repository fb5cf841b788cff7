"""The school algebra behind derivations: it gives the same numbers, cancels what cancels, and takes sums apart."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tinygrad_wtf.explanation.algebra import Ratio, TooLargeError, factored

LETTERS = "abc"
a, b, c = map(Ratio.letter, LETTERS)
one = Ratio.number(1)


@st.composite
def ratios(draw, depth=3):
    """A ratio, and what it is for given letters, computed beside it with fractions."""
    if depth == 0 or draw(st.booleans()):
        if draw(st.booleans()):
            letter = draw(st.sampled_from(LETTERS))
            return Ratio.letter(letter), lambda values: values[letter]
        n = draw(st.integers(-3, 3))
        return Ratio.number(n), lambda values: Fraction(n)
    (left, of_left), (right, of_right) = draw(ratios(depth - 1)), draw(ratios(depth - 1))
    sign = draw(st.sampled_from("+-*/"))
    if sign == "+":
        return left + right, lambda values: of_left(values) + of_right(values)
    if sign == "-":
        return left - right, lambda values: of_left(values) - of_right(values)
    if sign == "*" or not right.above:
        return left * right, lambda values: of_left(values) * of_right(values)
    return left / right, lambda values: of_left(values) / of_right(values)


def value(ratio, values):
    def of(p):
        total = Fraction(0)
        for monomial, coefficient in p:
            term = coefficient
            for letter, power in monomial:
                term *= values[letter] ** power
            total += term
        return total

    found = of(ratio.above)
    for factor, power in ratio.below:
        found /= of(factor) ** power
    return found


@given(pair=ratios(), numbers=st.tuples(*[st.integers(2, 40)] * 3))
def test_a_ratio_is_the_number_that_it_stands_for(pair, numbers):
    ratio, computed = pair
    values = {letter: Fraction(n, 7) for letter, n in zip(LETTERS, numbers, strict=True)}
    try:
        expected = computed(values)
        found = value(ratio, values)
    except ZeroDivisionError:
        assume(False)
    assert found == expected


@given(pair=ratios())
def test_a_ratio_less_itself_is_nothing_and_over_itself_is_one(pair):
    ratio, _ = pair
    assert (ratio - ratio).value == 0
    if ratio.above:
        assert (ratio / ratio).value == 1


def test_equal_factors_cancel():
    assert ((one - b) / (one - a) - b / a) * (a * (one - a)) == a - b
    assert (a - b) / (a * (one - a)) * c * a * (one - a) == c * (a - b)
    assert (a * a - b * b) / (a + b) == a - b


def test_known_sums_are_found_again_in_a_product():
    parts = factored(c * (one - a) * (one - b), [(one - a).above, (one - b).above])
    assert parts.letters == {"c": 1}
    assert set(parts.sums) == {(one - a).above, (one - b).above}


def test_what_nobody_would_read_is_not_multiplied_out():
    wide = one
    for i in range(20):
        wide = wide + Ratio.letter(f"x{i}")
    with pytest.raises(TooLargeError):
        wide.power(3)
