"""Draws whose distribution depends on tensors."""

import numpy as np
import pytest

import tinygrad_wtf as tw


def test_multinomial_draws_in_proportion():
    weights = tw.tensor([[1.0, 0.0, 3.0], [2.0, 2.0, 0.0]])
    places = tw.multinomial(weights, 6000, replacement=True, generator=0)
    assert places.shape == (2, 6000)
    assert places.dtype == tw.int64
    shares = np.stack([np.bincount(row, minlength=3) / 6000 for row in places.numpy()])
    np.testing.assert_allclose(shares, [[0.25, 0, 0.75], [0.5, 0.5, 0]], atol=0.03)


def test_multinomial_without_replacement_draws_each_place_once():
    weights = tw.tensor([1.0, 0.0, 3.0, 1.0])
    first = []
    for seed in range(300):
        places = tw.multinomial(weights, 3, generator=seed).tolist()
        assert sorted(places) == [0, 2, 3]
        first.append(places[0])
    assert np.bincount(first, minlength=4)[2] / 300 == pytest.approx(0.6, abs=0.1)


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (ValueError, lambda: tw.multinomial(tw.tensor([1.0, 0.0]), 2)),
        (ValueError, lambda: tw.multinomial(tw.tensor([0.0, 0.0]), 1, True)),
        (ValueError, lambda: tw.multinomial(tw.tensor([-1.0, 2.0]), 1)),
        (ValueError, lambda: tw.multinomial(tw.tensor([1.0]), 0)),
        (ValueError, lambda: tw.multinomial(tw.ones(1, 1, 1), 1)),
        (TypeError, lambda: tw.multinomial(tw.tensor([1, 2]), 1)),
        (ValueError, lambda: tw.poisson(tw.tensor([-1.0]))),
        (ValueError, lambda: tw.binomial(tw.tensor([1.5]), tw.tensor([0.5]))),
        (ValueError, lambda: tw.binomial(tw.tensor([1.0]), tw.tensor([1.5]))),
        (TypeError, lambda: tw.binomial(tw.tensor([1.0]), tw.tensor([0.5], dtype=tw.float64))),
    ],
)
def test_what_no_draw_can_be_made_of(error, action):
    with pytest.raises(error):
        action()


def test_poisson_and_binomial_have_their_moments():
    rates = tw.tensor([0.5, 4.0]).expand(8000, 2)
    draws = tw.poisson(rates, generator=0)
    assert draws.dtype == tw.float32
    np.testing.assert_allclose(draws.mean(0).numpy(), [0.5, 4.0], atol=0.15)
    np.testing.assert_allclose(draws.var(0).numpy(), [0.5, 4.0], atol=0.3)
    counts = tw.binomial(tw.full((8000,), 10.0), tw.full((8000,), 0.3), generator=0)
    assert counts.mean().item() == pytest.approx(3, abs=0.1)


def test_a_generator_decides():
    rates = tw.full((5,), 3.0)
    assert tw.poisson(rates, generator=4).tolist() == tw.poisson(rates, generator=4).tolist()
    assert tw.multinomial(rates, 3, generator=4).tolist() == tw.multinomial(rates, 3, generator=4).tolist()
    tw.manual_seed(4)
    one = tw.poisson(rates).tolist()
    tw.manual_seed(4)
    assert tw.poisson(rates).tolist() == one


@pytest.mark.parametrize("replacement", [False, True])
def test_compiled_draws_are_the_eager_ones(replacement):
    def f(w):
        return tw.multinomial(w, 2, replacement), tw.poisson(w)

    w, compiled = tw.tensor([1.0, 2.0, 3.0]), tw.compile(f)
    tw.manual_seed(0)
    eager = [[x.tolist() for x in f(w)] for _ in range(3)]
    tw.manual_seed(0)
    assert [[x.tolist() for x in compiled(w)] for _ in range(3)] == eager


def test_names_of_the_array_api():
    t = tw.tensor([1.0])
    assert tw.asarray(t) is t
    assert tw.asarray(t, copy=True) is not t
    assert tw.asarray([1, 2], dtype=tw.float64).dtype == tw.float64
    assert tw.asarray(t, requires_grad=True).requires_grad
    with pytest.raises(ValueError, match="without a copy"):
        tw.asarray(np.ones(2), copy=False)
    assert tw.result_type(tw.tensor([1]), 1.5) == tw.float32
    assert tw.result_type(tw.tensor([1], dtype=tw.int8), tw.tensor([1], dtype=tw.uint8)) == tw.int16
    assert tw.tril_indices(2, 3, 1).tolist() == [[0, 0, 1, 1, 1], [0, 1, 0, 1, 2]]
    assert tw.triu_indices(3, 2, -1).tolist() == [[0, 0, 1, 1, 2], [0, 1, 0, 1, 1]]
