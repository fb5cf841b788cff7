"""New tensors: of one value, of lines, of data, of random numbers."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw

FLOATS = ["float16", "float32", "float64"]
INTS = ["uint8", "int8", "int16", "int32", "int64"]


# ---------------------------------------------------------------- one value


@pytest.mark.parametrize("size", [(2, 3), ((2, 3),), ([2, 3],), (np.int64(2), 3), (tw.tensor(2), 3)], ids=str)
@pytest.mark.parametrize("make", [tw.zeros, tw.ones, tw.empty, tw.rand, tw.randn], ids=lambda f: f.__name__)
def test_a_shape_is_numbers_or_one_tuple(make, size):
    made = make(*size)
    assert made.shape == (2, 3)
    assert made.dtype == tw.float32


def test_the_default_dtype_is_obeyed():
    tw.set_default_dtype("float64")
    try:
        made = [tw.zeros(1), tw.full((1,), 0.5), tw.eye(1), tw.arange(1.0), tw.linspace(0, 1, 2), tw.rand(1)]
    finally:
        tw.set_default_dtype("float32")
    assert {x.dtype for x in made} == {tw.float64}


@pytest.mark.parametrize(("value", "dtype"), [(1, "int64"), (1.0, "float32"), (True, "bool")])
def test_full_takes_its_dtype_from_the_value(value, dtype):
    made = tw.full((2,), value)
    assert made.dtype == dtype
    assert made.tolist() == [value, value]


def test_full_makes_a_value_of_the_dtype_given():
    assert tw.full((1,), 1.9, dtype="int64").tolist() == [1]
    assert tw.full((1,), tw.tensor(2.5)).tolist() == [2.5]


@pytest.mark.parametrize(
    ("make", "value"),
    [(tw.zeros_like, 0), (tw.ones_like, 1), (tw.empty_like, 0), (lambda x, **k: tw.full_like(x, 3, **k), 3)],
)
@pytest.mark.parametrize("dtype", [*FLOATS, *INTS])
def test_the_like_of_a_tensor_has_its_shape_and_dtype(make, value, dtype):
    x = tw.rand(2, 3).to(dtype)
    assert make(x).dtype == dtype
    assert make(x).tolist() == [[value] * 3] * 2
    assert make(x, dtype="float64").dtype == tw.float64


def test_eye_may_be_oblong():
    assert tw.eye(2, 3).tolist() == np.eye(2, 3).tolist()


# ---------------------------------------------------------------- lines


@given(st.integers(-9, 9), st.integers(0, 20), st.sampled_from([-3, -1, 1, 2, 5]))
def test_arange_counts_as_python_does(start, length, step):
    end = start + step * length
    made = tw.arange(start, end, step)
    assert made.dtype == tw.int64
    assert made.tolist() == list(range(start, end, step))


@given(st.floats(-5, 5), st.floats(0, 20), st.sampled_from([-0.3, 0.1, 0.25, 1 / 3, 2.0]))
def test_arange_with_fractions_has_as_many_numbers_as_steps_fit(start, length, step):
    end = start + math.copysign(length, step)
    made = tw.arange(start, end, step, dtype="float64")
    assert len(made) == math.ceil((end - start) / step)
    np.testing.assert_allclose(made.numpy(), [start + step * i for i in range(len(made))])


def test_arange_counts_in_integers_where_the_dtype_is_one():
    assert tw.arange(0.5, 5.5, 1.5, dtype="int64").tolist() == [0, 1, 2, 3, 4]


def test_arange_starts_at_0_when_one_number_is_given():
    assert tw.arange(3).tolist() == [0, 1, 2]
    assert tw.arange(2.5).tolist() == [0.0, 1.0, 2.0]


@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(2, 30))
def test_linspace_ends_exactly_at_its_ends(start, end, steps):
    made = tw.linspace(start, end, steps, dtype="float64").numpy()
    assert (made[0], made[-1], len(made)) == (start, end, steps)
    np.testing.assert_allclose(made, np.linspace(start, end, steps), atol=1e-12)


def test_linspace_of_one_step_is_its_start():
    assert tw.linspace(2, 5, 1).tolist() == [2.0]
    assert tw.linspace(2, 5, 0).tolist() == []


def test_linspace_among_integers_cuts_off():
    assert tw.linspace(-5, 5, 7, dtype="int64").tolist() == [-5, -3, -1, 0, 1, 3, 5]


def test_logspace_has_evenly_spaced_exponents():
    assert tw.logspace(0, 3, 4, base=2).tolist() == [1.0, 2.0, 4.0, 8.0]
    assert tw.logspace(-1, 1, 3).tolist() == pytest.approx([0.1, 1.0, 10.0])


ODD_LINES = {
    "a step of nan": lambda: tw.arange(0, 1, math.nan, dtype=tw.int64),
    "a step beyond 64 bits": lambda: tw.arange(-1, 0, 2**63),
    "a start beyond 64 bits": lambda: tw.arange(2**63, 2**63 + 2),
    "beyond half precision": lambda: tw.randint(0, 2**40, (2,), dtype=tw.float16),
}


@pytest.mark.parametrize("make", ODD_LINES.values(), ids=ODD_LINES)
def test_numbers_that_no_dtype_holds_make_no_line(make):
    with pytest.raises(tw.SettingError):
        make()


def test_a_line_of_real_numbers_may_go_beyond_64_bits():
    assert tw.arange(0.0, 2.0**71, 2**70).tolist() == [0.0, 2.0**70]


def test_a_mean_beyond_single_precision_draws_infinities_without_a_warning():
    assert tw.normal(1e300, 1.0, (2,)).tolist() == [math.inf, math.inf]


@pytest.mark.parametrize("seed", ["1", 1.5, None, [1]])
def test_a_seed_is_an_integer(seed):
    with pytest.raises(TypeError, match="a seed is an integer, not"):
        tw.manual_seed(seed)


# ---------------------------------------------------------------- data


def test_nothing_made_shares_memory_with_the_data():
    array = np.zeros(3, np.float32)
    for make in (tw.tensor, tw.as_tensor, tw.from_numpy, tw.from_dlpack, tw.Tensor):
        assert not np.shares_memory(make(array).numpy(), array)


def test_from_numpy_reads_any_layout():
    array = np.arange(6.0).reshape(2, 3)
    for view in (array.T, array[:, ::-1], array[::2], array.astype(">f8"), np.broadcast_to(array[0], (2, 3))):
        assert tw.from_numpy(view).tolist() == view.tolist()


def test_as_tensor_gives_back_a_tensor_of_the_dtype_wanted():
    x = tw.ones(2)
    assert tw.as_tensor(x) is x
    assert tw.as_tensor(x, dtype="float64").dtype == tw.float64


@pytest.mark.parametrize("data", [[1, [2]], [[1, 2], [3]], [[[1]], [2]]], ids=str)
def test_ragged_lists_are_refused(data):
    for make in (tw.tensor, tw.as_tensor, tw.Tensor):
        for kind in (TypeError, ValueError, tw.DataError):
            with pytest.raises(kind):
                make(data)


REFUSED = {
    "None": lambda: tw.tensor(None),
    "text": lambda: tw.tensor("a"),
    "text in a list": lambda: tw.tensor([1.0, "a"]),
    "None in a list": lambda: tw.tensor([1, None]),
    "a set": lambda: tw.tensor({1, 2}),
    "complex": lambda: tw.tensor(1j),
    "complex array": lambda: tw.from_numpy(np.zeros(2, complex)),
    "a list for from_numpy": lambda: tw.from_numpy([1.0]),
    "a list for from_dlpack": lambda: tw.from_dlpack([1.0]),
    "nan as an integer": lambda: tw.tensor(math.nan, dtype="int64"),
    "infinity as an integer": lambda: tw.full((1,), math.inf, dtype="int64"),
    "too large": lambda: tw.full((1,), 300, dtype="uint8"),
    "a negative size": lambda: tw.zeros(2, -1),
    "no size": lambda: tw.ones(),
    "a fraction of a size": lambda: tw.zeros(1.5),
    "a truth for a size": lambda: tw.zeros(True),
    "text for a size": lambda: tw.empty("2"),
    "None for a size": lambda: tw.randn(None),
    "a number for full's size": lambda: tw.full(2, 1.0),
    "text for full's value": lambda: tw.full((2,), "a"),
    "None for full's value": lambda: tw.full((2,), None),
    "a vector for full's value": lambda: tw.full((2,), tw.ones(1)),
    "the like of a list": lambda: tw.zeros_like([1.0]),
    "the like of None": lambda: tw.full_like(None, 1),
    "a negative eye": lambda: tw.eye(-1),
    "a step of 0": lambda: tw.arange(0, 5, 0),
    "a step the wrong way": lambda: tw.arange(5, 0),
    "an endless range": lambda: tw.arange(0, math.inf),
    "a range to nowhere": lambda: tw.arange(math.nan),
    "a range of text": lambda: tw.arange("a"),
    "a range of booleans": lambda: tw.arange(2, dtype="bool"),
    "negative steps": lambda: tw.linspace(0, 1, -1),
    "a fraction of a step": lambda: tw.linspace(0, 1, 2.5),
    "a line from a vector": lambda: tw.linspace(tw.ones(1), 1, 2),
    "random integers as real numbers": lambda: tw.rand(2, dtype="int64"),
    "the like of integers": lambda: tw.randn_like(tw.arange(2)),
    "no integers to draw": lambda: tw.randint(3, 3, (2,)),
    "integers that do not fit": lambda: tw.randint(0, 300, (2,), dtype="uint8"),
    "a fraction for randint": lambda: tw.randint(2.5, (2,)),
    "a number for randint's size": lambda: tw.randint(3, 2),
    "a negative permutation": lambda: tw.randperm(-1),
    "a probability above 1": lambda: tw.bernoulli(tw.tensor([1.5])),
    "a probability of nan": lambda: tw.bernoulli(tw.tensor([math.nan])),
    "probabilities of integers": lambda: tw.bernoulli(tw.tensor([1])),
    "a negative deviation": lambda: tw.normal(0.0, -1.0, (2,)),
    "means of integers": lambda: tw.normal(tw.tensor([1]), 1.0),
    "means and deviations that do not fit": lambda: tw.normal(tw.zeros(2), tw.ones(3)),
    "a dtype that is none": lambda: tw.zeros(2, dtype="complex64"),
    "integers that require gradients": lambda: tw.tensor([1], requires_grad=True),
    "a generator that is none": lambda: tw.rand(2, generator="a"),
    "a seed that is none": lambda: tw.manual_seed("a"),
    "a state that is none": lambda: tw.set_rng_state(1),
}  # fmt: skip


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_no_tensor_can_be_made_of_is_refused(make):
    with pytest.raises((TypeError, ValueError)):
        make()


# ---------------------------------------------------------------- random numbers

DRAWS = {
    "rand": lambda g: tw.rand(50, generator=g),
    "randn": lambda g: tw.randn(50, generator=g),
    "rand_like": lambda g: tw.rand_like(tw.zeros(50), generator=g),
    "randn_like": lambda g: tw.randn_like(tw.zeros(50), generator=g),
    "randint": lambda g: tw.randint(-3, 4, (50,), generator=g),
    "randint_like": lambda g: tw.randint_like(tw.zeros(50), 9, generator=g),
    "randperm": lambda g: tw.randperm(50, generator=g),
    "bernoulli": lambda g: tw.bernoulli(tw.full((50,), 0.5), generator=g),
    "bernoulli of a tensor": lambda g: tw.zeros(50).bernoulli(0.5, generator=g),
    "normal": lambda g: tw.normal(1.0, 2.0, (50,), generator=g),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_seed_decides_what_is_drawn(draw):
    first, again, other = (draw(tw.Generator(seed)).tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert draw(1).tolist() == first


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_the_default_generator_is_seeded_by_manual_seed(draw):
    tw.manual_seed(5)
    first = draw(None).tolist()
    tw.manual_seed(5)
    assert draw(None).tolist() == first != draw(None).tolist()


@given(st.integers(-5, 5), st.integers(1, 5))
def test_randint_is_at_least_low_and_below_high(low, width):
    drawn = tw.randint(low, low + width, (200,), generator=0).numpy()
    assert set(np.unique(drawn)) == set(range(low, low + width))


def test_randint_from_0_when_one_bound_is_given():
    assert set(tw.randint(2, (100,), generator=0).tolist()) == {0, 1}
    assert tw.randint(high=2, size=(3,)).dtype == tw.int64
    assert tw.randint(5, (), dtype="float32").dtype == tw.float32


def test_randperm_holds_each_integer_once():
    assert sorted(tw.randperm(20).tolist()) == list(range(20))
    assert tw.randperm(0).tolist() == []


def test_bernoulli_at_certainty():
    assert tw.bernoulli(tw.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
    assert tw.bernoulli(tw.zeros(3, dtype="int64"), 1.0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("dtype", FLOATS)
def test_rand_stays_below_1(dtype):
    drawn = tw.rand(200_000, dtype=dtype, generator=0).numpy()
    assert 0 <= drawn.min() < drawn.max() < 1


def test_normal_has_the_mean_and_deviation_of_each_entry():
    drawn = tw.normal(tw.tensor([[0.0], [100.0]]), tw.tensor([1e-3, 1e-2]), generator=0)
    assert drawn.shape == (2, 2)
    assert drawn.numpy() == pytest.approx(np.array([[0, 0], [100, 100]]), abs=0.1)


def test_a_state_brings_back_what_was_drawn_after_it():
    g = tw.Generator(3)
    tw.rand(5, generator=g)
    state = pickle.loads(pickle.dumps(g.get_state()))
    first = tw.randn(5, generator=g).tolist()
    g.set_state(state)
    assert tw.randn(5, generator=g).tolist() == first
    assert g.initial_seed() == 3


def test_the_state_of_the_default_generator():
    state = tw.get_rng_state()
    first = tw.rand(3).tolist()
    tw.set_rng_state(state)
    assert tw.rand(3).tolist() == first


def test_seeds_are_told():
    assert tw.Generator().manual_seed(-1).initial_seed() == 2**64 - 1
    unknown = tw.Generator().seed()
    assert tw.Generator(unknown).initial_seed() == unknown
    assert tw.manual_seed(7) is not None
    assert tw.initial_seed() == 7


def test_a_generator_without_a_seed_can_be_repeated():
    g = tw.Generator()
    first = tw.rand(3, generator=g).tolist()
    assert tw.rand(3, generator=g.initial_seed()).tolist() == first


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_a_shape_may_be_named(name):
    make = getattr(tw, name)
    assert make(size=(2, 3)).shape == (2, 3)
    assert make(size=()).shape == ()
    with pytest.raises(TypeError, match="one shape"):
        make(2, size=(2,))


@pytest.mark.parametrize("name", ["new_zeros", "new_ones", "new_empty"])
def test_a_shape_may_be_named_in_methods(name):
    assert getattr(tw.zeros(1, dtype=tw.float64), name)(size=(2,)).shape == (2,)


def test_arange_takes_its_end_by_name():
    assert tw.arange(end=3).tolist() == [0, 1, 2]
    with pytest.raises(TypeError, match="takes an end"):
        tw.arange()


def test_a_generator_names_its_device():
    assert tw.Generator("cpu").manual_seed(3).initial_seed() == 3
    assert tw.Generator(device=tw.device("cpu")).manual_seed(3).initial_seed() == 3
    with pytest.raises(tw.UnsupportedError, match="no device 'cuda' here"):
        tw.Generator(device="cuda")
