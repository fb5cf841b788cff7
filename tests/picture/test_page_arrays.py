"""How arrays look on the page: numbers, heat maps, statistics."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tests.support.pictures import (
    needs_renderer,
)
from tinygrad_wtf.picture.numbers import summary
from tinygrad_wtf.picture.page.arrays import figure, shown

pytestmark = needs_renderer


@given(array=st_numpy.arrays(np.float64, st_numpy.array_shapes(max_dims=2, max_side=18)))
def test_small_arrays_show_every_entry_and_large_ones_statistics(array: np.ndarray) -> None:
    markup = shown(summary(array), array.shape, "x")
    small = max(array.shape) <= 16
    assert ("<td" in markup) == (small and array.size > 1)
    assert ("<dl" in markup) == (not small)
    if small and array.size > 1:
        assert markup.count("<td") == array.size
        for (i, j), x in np.ndenumerate(np.atleast_2d(array)):
            assert f'title="row {i}, column {j}: {figure(float(x))}"' in markup


def test_colours_tell_signs_and_sizes() -> None:
    markup = shown(summary(np.array([4.0, -4.0, 0.0, 0.3, math.nan])), (5,), "x")
    assert re.findall(r"<td( class=\"\w+\")?", markup) == [
        ' class="p8"', ' class="n8"', "", ' class="p1"', ' class="wrong"',
    ]  # fmt: skip


def test_wide_arrays_can_be_read_without_a_mouse() -> None:
    markup = shown(summary(np.ones((3, 16))), (3, 16), "x")
    assert 'tabindex="0"' in markup
    assert 'aria-label="x, 3 × 16"' in markup
    assert "tabindex" not in shown(summary(np.ones((3, 4))), (3, 4), "x")


@given(st.floats())
def test_a_figure_is_a_number_or_says_why_not(value: float) -> None:
    said = figure(value)
    if math.isnan(value):
        assert said == "NaN"
    elif math.isinf(value):
        assert said.endswith("∞")
    else:
        assert float(said.replace("−", "-")) == pytest.approx(value, rel=1e-5)


def test_an_unknown_array_is_said_to_be_unknown() -> None:
    assert "not known" in shown(None, (2, 2), "x")
    assert "no entries" in shown(None, (0, 2), "x")


def test_statistics_of_infinities_say_so() -> None:
    assert "infinite" in shown(summary(np.full(20, math.inf)), (20,), "x")
