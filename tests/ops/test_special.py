"""Special functions where they are special: poles, ends, far out; against numbers known to thirty digits."""

import math

import numpy as np
import pytest

import tinygrad_wtf as tw

INF, NAN = math.inf, math.nan
# function, where, and what it is there (from mpmath with 30 digits)
KNOWN = [
    (tw.lgamma, 1e-10, 23.025850929882735237),
    (tw.lgamma, 0.5, 0.57236494292470008707),
    (tw.lgamma, 100.5, 361.43554046777762156),
    (tw.lgamma, 1e10, 220258509288.81058147),
    (tw.lgamma, -0.5, 1.2655121234846453965),
    (tw.lgamma, -10.7, -15.416789096416636124),
    (tw.digamma, 0.1, -10.423754940411076232),
    (tw.digamma, 1e5, 11.512920464961895087),
    (tw.digamma, -3.3, 3.6203534605921257857),
    (lambda x: tw.polygamma(1, x), 0.5, 4.9348022005446793094),
    (lambda x: tw.polygamma(2, x), 1.0, -2.4041138063191885708),
    (lambda x: tw.polygamma(3, x), -0.7, 768.13135232685265003),
    (tw.erfinv, 0.5, 0.47693627620446987338),
    (tw.erfinv, 1 - 1e-15, 5.6759157397447131788),
    (tw.i0, 10.0, 2815.7166284662544715),
    (tw.i0, 100.0, 1.0737517071310738235e+42),
    (tw.special.i1, 2.0, 1.5906368546373290634),
    (tw.special.i0e, 1000.0, 0.012617240455891256586),
    (tw.special.erfcx, 30.0, 0.018795888861416751497),
    (tw.special.erfcx, -2.0, 108.94090438997797241),
    (tw.special.ndtri, 1e-300, -37.047096299361199237),
    (tw.special.log_ndtr, -50.0, -1254.8313611394199013),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x", "wanted"), KNOWN)
def test_a_value_is_the_known_one(function, x, wanted):
    found = function(tw.tensor(x, dtype=tw.float64)).item()
    assert found == pytest.approx(wanted, rel=5e-15, abs=0)
    single = function(tw.tensor(x, dtype=tw.float32))
    assert single.dtype == tw.float32


EXTREMES = [
    (tw.lgamma, [0.0, -1.0, -2.0, INF, -INF, NAN], [INF, INF, INF, INF, INF, NAN]),
    (tw.digamma, [0.0, -0.0, -1.0, INF, -INF, NAN], [-INF, INF, NAN, INF, NAN, NAN]),
    (lambda x: tw.polygamma(1, x), [0.0, -1.0, INF, NAN], [INF, INF, 0.0, NAN]),
    (lambda x: tw.polygamma(2, x), [0.0, -1.0, INF, NAN], [-INF, -INF, 0.0, NAN]),
    (tw.erfinv, [1.0, -1.0, 1.5, -0.0, NAN], [INF, -INF, NAN, -0.0, NAN]),
    (tw.i0, [INF, -INF, 1e4, NAN], [INF, INF, INF, NAN]),
    (tw.special.i1, [INF, -INF, -1e4, NAN], [INF, -INF, -INF, NAN]),
    (tw.special.i0e, [INF, -INF, NAN], [0.0, 0.0, NAN]),
    (tw.special.erfcx, [INF, -INF, -30.0, NAN], [0.0, INF, INF, NAN]),
    (tw.special.ndtri, [0.0, 1.0, 0.5, 2.0, NAN], [-INF, INF, 0.0, NAN, NAN]),
    (lambda x: tw.igamma(tw.ones_like(x), x), [0.0, INF, -1.0, NAN], [0.0, 1.0, NAN, NAN]),
    (lambda x: tw.igammac(x, tw.ones_like(x)), [0.0, INF, -1.0, NAN], [0.0, 1.0, NAN, NAN]),
    (tw.special.entr, [0.0, -1.0, 1.0, NAN], [0.0, -INF, 0.0, NAN]),
]


@pytest.mark.parametrize("dtype", [tw.float32, tw.float64])
@pytest.mark.parametrize(("function", "xs", "wanted"), EXTREMES)
def test_a_value_at_an_end_of_the_numbers(function, xs, wanted, dtype):
    np.testing.assert_array_equal(function(tw.tensor(xs, dtype=dtype)).numpy(), wanted)


def test_lgamma_has_exact_zeros():
    assert tw.lgamma(tw.tensor([1.0, 2.0], dtype=tw.float64)).tolist() == [0.0, 0.0]
    near = tw.lgamma(tw.tensor([2 + 1e-12], dtype=tw.float64)).item()
    assert near == pytest.approx(4.2278433509846714e-13, rel=1e-3)


def test_what_polygamma_refuses():
    with pytest.raises(ValueError, match="n is at least 0"):
        tw.polygamma(-1, tw.ones(2))
    with pytest.raises(TypeError, match="n is a whole number"):
        tw.polygamma(0.5, tw.ones(2))


@pytest.mark.parametrize("a", [0.2, 1.0, 3.5, 60.0])
def test_the_incomplete_gamma_function_has_both_first_derivatives(a):
    for x in (0.3 * a, a, 2.5 * a):
        arguments = [tw.tensor(n, dtype=tw.float64, requires_grad=True) for n in (a, x)]
        assert tw.gradcheck(tw.igamma, arguments, atol=1e-7)
        assert tw.gradcheck(tw.igammac, arguments, atol=1e-7)


@pytest.mark.parametrize("name", ["hann", "hamming", "blackman", "bartlett"])
def test_a_symmetric_window_is_numpys(name):
    numpys = {"hann": np.hanning}.get(name) or getattr(np, name)
    for count in (1, 2, 5, 8):
        window = getattr(tw, f"{name}_window")(count, periodic=False, dtype=tw.float64)
        np.testing.assert_allclose(window.numpy(), numpys(count), atol=1e-15)
    periodic = getattr(tw, f"{name}_window")(7, dtype=tw.float64)
    np.testing.assert_allclose(periodic.numpy(), numpys(8)[:-1], atol=1e-15)


def test_kaisers_window_is_numpys():
    np.testing.assert_allclose(tw.kaiser_window(9, False, 5.0, dtype=tw.float64).numpy(), np.kaiser(9, 5.0), rtol=1e-12)
