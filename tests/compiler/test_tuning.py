"""`compile(tune=True)`: of several ways to run a program, the one that is measured as the fastest."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.compiler.pipeline import Options
from tinygrad_wtf.compiler.tuning import ENOUGH, Tuning, usual_times

OFTEN = running.STATIC_AFTER + 2


class Clock:
    """Shows the seconds that runs have said they take."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Given:
    """Says how long the ways take that are told apart by a word in their programs; runs each of them a few times."""

    def __init__(self, **seconds):
        self.seconds, self.asked = seconds, 0

    def __call__(self, runs):
        self.asked += 1
        texts = [run.program.source for run in runs]
        for run in runs:
            assert all(run() is not None for _ in range(3))
        return [next((s for word, s in self.seconds.items() if word in text), 1.0) for text in texts]


def trained(times, network=small_network, data=None, **options):
    """A tuned training that has settled, and is where the ordinary one is."""
    training = Training(network)
    compiled = training.compiled(Options(**options, tuner=Tuning(times)))
    for _ in range(OFTEN):
        assert_close(compiled.run(*data), training.run(*data), factor=20)
    assert_same_state(compiled, training, factor=20)
    return str(compiled.run.program)


@pytest.mark.parametrize(
    ("seconds", "worth_sharing", "is_shared"),
    [
        (0.5, 1.0, True),
        (2.0, 1.0, False),
        (0.99, 1.0, False),
        (0.5, -1.0, True),
        (2.0, -1.0, False),
        (1.01, -1.0, True),
    ],
)
def test_samples_are_shared_out_among_threads_if_that_is_measured_as_faster(seconds, worth_sharing, is_shared):
    """Where there is no clear difference, the rule says whether they are."""
    source = trained(Given(thread=seconds), threads=2, data=points(80), worth_sharing=worth_sharing)
    assert ("# share 2 of 2, each in a thread of its own" in source) == is_shared


@pytest.mark.parametrize(("seconds", "is_copied"), [(0.5, True), (2.0, False)])
def test_features_come_first_where_that_is_measured_as_faster_though_the_rule_says_no(seconds, is_copied):
    X = tw.rand(20_000, 14, generator=0)
    data = X, (X[:, :1] > 0.5).float()
    network = lambda: nn.Sequential(nn.Linear(14, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())  # noqa: E731
    assert ("features_first(" in trained(Given(features_first=seconds), network, data=data)) == is_copied


@pytest.mark.parametrize(("seconds", "is_divided"), [(0.5, True), (2.0, False)])
def test_products_are_stacks_where_that_is_measured_as_faster(seconds, is_divided):
    X = tw.rand(1000, 40, generator=0)
    data = X, (X[:, :1] > 0.5).float()
    network = lambda: nn.Sequential(nn.Linear(40, 24), nn.Tanh(), nn.Linear(24, 1), nn.Sigmoid())  # noqa: E731
    assert (" x (" in trained(Given(**{" x (": seconds}), network, data=data)) == is_divided


def test_what_draws_at_random_is_not_run_in_advance():
    times = Given(thread=0.1)
    network = lambda: nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 1), nn.Sigmoid())  # noqa: E731
    training, losses = Training(network), []
    compiled = training.compiled(Options(threads=2, tuner=Tuning(times)))
    for step in (training.run, compiled.run):
        tw.manual_seed(0)
        losses.append([step(*points(8)).item() for _ in range(OFTEN)])
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert times.asked == 0


def test_where_a_guard_fails_nothing_is_measured():
    training = Training(small_network)
    times = Given(thread=0.1)
    compiled = training.compiled(Options(threads=2, tuner=Tuning(times)))
    X, y = points(8)
    for labels in (y, (y + 0.5) / 2, (y + 0.5) / 2):
        assert_close(compiled.run(X, labels), training.run(X, labels), factor=20)
    assert times.asked == 0


def test_what_is_far_from_the_fastest_takes_no_more_turns():
    clock, turns = Clock(), [0, 0]

    def run(i, seconds):
        turns[i] += 1
        clock.now += seconds

    assert usual_times([lambda: run(0, 2**-16), lambda: run(1, 2**-6)], clock) == [2**-16, 2**-6]
    assert 2 * turns[1] < turns[0]


def test_measuring_comes_to_an_end():
    clock = Clock()

    def run():
        clock.now += ENOUGH

    assert usual_times([run, run], clock) == pytest.approx([ENOUGH, ENOUGH])
    assert clock.now == pytest.approx(10 * ENOUGH)


def test_what_others_have_displaced_is_measured_when_it_is_back_in_the_cache():
    clock, runs = Clock(), []

    def run(i, in_a_row, seconds):
        runs.append(i)
        clock.now += seconds if runs[-in_a_row:] == [i] * in_a_row else 0.005

    slow, quick = usual_times([lambda: run(0, 1, 0.003), lambda: run(1, 3, 0.001)], clock)
    assert quick < slow


def test_tuning_is_an_option_of_compile():
    w = tw.tensor(np.ones((3, 2), np.float32)).requires_grad_()
    step = tw.compile(lambda x: (x @ w).sum(), tune=True)
    for _ in range(OFTEN):
        assert step(tw.ones(4, 3)).item() == 24.0
