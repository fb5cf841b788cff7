"""Large work: samples shared out among threads, by a fixed rule or by measuring; forced upon small work here."""

import os
import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.compiler import shard as splitting
from tinygrad_wtf.compiler.pipeline import Options
from tinygrad_wtf.compiler.threads import run_together
from tinygrad_wtf.compiler.tuning import Tuning

fewer = settings(max_examples=max(5, settings.default.max_examples // 3))
WHY = ["3 threads", "3 threads, tuned"]


def last(runs):
    """Times of which the last is the best, of those in shares if there are any."""
    return [len(runs) - i + 100.0 * ("# share" not in run.program.source) for i, run in enumerate(runs)]


@pytest.fixture(scope="module", params=WHY)
def why(request):
    """By a fixed rule, or as a tuner measures."""
    return request.param


@pytest.fixture(scope="module")
def options(why):
    """How functions are compiled, so that small work is shared out."""
    return Options(threads=3, worth_sharing=-1.0, tuner=None if why == "3 threads" else Tuning(last))


def repeat(training, compiled, X, y, times=None):
    """The same arguments again and again, until the program takes them for steady, and beyond."""
    for _ in range(times or running.STATIC_AFTER + 3):
        assert_close(compiled.run(X, y), training.run(X, y), factor=10)
    assert_same_state(compiled, training, factor=20)


def layered(*widths, end=nn.Sigmoid):
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1], end())


@pytest.mark.parametrize("samples", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_steps_are_shared_out(samples, momentum, options):
    X, y = points(samples)
    training = Training(small_network, momentum=momentum)
    compiled = training.compiled(options)
    repeat(training, compiled, X, y)
    if samples == 100:
        assert "# share 1 of 3, each in a thread of its own\n" in str(compiled.run.program)
    assert ("# share 1 of" in str(compiled.run.program)) == (samples > 2)
    for turn in range(3):  # other arguments, and back
        other = points(samples, seed=turn + 1)
        repeat(training, compiled, *other, times=2)
        repeat(training, compiled, X, y, times=2)


@pytest.mark.parametrize("samples", [2, 7, 100])
def test_mini_batches_are_shared_out(samples, options):
    training = Training(small_network)
    compiled = training.compiled(options)
    for seed in range(running.STATIC_AFTER + 3):
        repeat(training, compiled, *points(samples, seed), times=1)
        assert ("# share 1 of" in str(compiled.run.program)) == (samples > 2)
    assert compiled.run.traces == 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: (x.expand(6, 3) @ w).sum(),
        lambda x, w: (x @ w).tanh().expand(6, 3).reshape(-1).sum(),
        lambda x, w: (x.tanh().expand(5, 3).reshape(-1)).sum() + (x @ w).sum(),
        lambda x, w: (x.reshape(1, 3).expand(4, 3) @ w).sum(),
    ],
)
def test_a_single_sample_may_be_stretched(function, options):
    w, v = (tw.ones(3, 3).requires_grad_() for _ in range(2))
    compiled = Compiled(lambda x: decayed(function, x, w), options=options)
    for seed in range(running.STATIC_AFTER + 2):
        x = tw.rand(1, 3, generator=seed)
        assert_close(compiled(x), decayed(function, x, v), factor=10)
    for _ in range(running.STATIC_AFTER + 2):
        assert_close(compiled(x), decayed(function, x, v), factor=10)


def decayed(function, x, w):
    """The function, and then a step that changes w."""
    result = function(x, w)
    with tw.no_grad():
        w.copy_(w * 0.9)
    return result.detach()


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w, k: (((x @ k) @ w) * k).sum(),
        lambda x, w, k: ((x @ (w * k)) * k).sum(),
        lambda x, w, k: ((x * k) @ (w * k)).sum(),
        lambda x, w, k: ((x @ (w * k[:, :1])) * k[:, :1]).tanh().sum(),
    ],
)
@pytest.mark.parametrize("samples", [3, 8])
def test_constants_are_read_whole_by_one_call_and_sample_by_sample_by_another(function, samples, options):
    def of(x, w):
        return function(x, w, tw.eye(samples) + 0.1)

    w, v = (tw.rand(samples, samples, generator=1) for _ in range(2))
    compiled = Compiled(lambda x: decayed(of, x, w), options=options)
    for seed in (0, 1, 2, 3, 3, 3, 3, 3):
        x = tw.rand(samples, samples, generator=seed)
        assert_close(compiled(x), decayed(of, x, v), factor=10)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.L1Loss(), nn.HuberLoss(), nn.BCEWithLogitsLoss()])
@pytest.mark.parametrize(
    "activation", [nn.Sigmoid, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Softsign, nn.GELU, nn.PReLU, lambda: nn.Softmax(1)]
)
def test_steps_with_any_of_these_losses_and_activations_are_shared_out(loss, activation, options):
    X, y = points(100)
    training = Training(lambda: nn.Sequential(nn.Linear(2, 5), activation(), nn.Linear(5, 1)), loss, lr=0.1)
    compiled = training.compiled(options)
    repeat(training, compiled, X, y)
    assert "# share 1 of" in str(compiled.run.program)


@pytest.mark.parametrize("outputs", [3, 700], ids=["total by a product", "total by adding up"])
@pytest.mark.parametrize(
    "loss", [nn.MSELoss(), nn.L1Loss(reduction="sum"), nn.HuberLoss(), nn.BCEWithLogitsLoss(), nn.BCELoss()]
)
def test_steps_of_several_outputs_are_shared_out(loss, outputs, options):
    X, y = points(100)
    end = nn.Sigmoid if isinstance(loss, nn.BCELoss) else nn.Identity
    training = Training(lambda: nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, outputs), end()), loss, lr=0.1)
    compiled = training.compiled(options)
    repeat(training, compiled, X, tw.cat([y] * outputs, 1))
    assert "# share 1 of" in str(compiled.run.program)


@pytest.mark.parametrize(
    ("function", "is_shared"),
    [
        (lambda x, w: (x @ w).sum(1), True),
        (lambda x, w: (x @ w).sum(1, keepdim=True) * x, True),
        (lambda x, w: (x @ w).mean((0, 1)), False),  # the square of it is known after all shares only
        (lambda x, w: (x @ w).sum(1, keepdim=True).expand(12, 3), True),
        (lambda x, w: (x @ w).reshape(-1), True),
        (lambda x, w: (x @ w).reshape(-1).reshape(12, 1, 4), True),
        (lambda x, w: (x @ w).reshape(1, -1, 2), True),
        (lambda x, w: (x @ w).reshape(6, 8), False),
        (lambda x, w: (x @ w).T.reshape(-1), False),
        (lambda x, w: (x @ w).reshape(-1) * tw.arange(48.0), True),
        (lambda x, w: (x @ w).log_softmax(1), True),
        (lambda x, w: (x @ w).reshape(-1).softmax(0), False),
    ],
)
def test_entries_of_a_sample_may_lie_in_any_shape_that_keeps_them_together(function, is_shared, options):
    def training():
        w = tw.rand(2, 4, generator=0).requires_grad_()

        def step(x):
            w.grad = None
            total = (function(x, w) ** 2).sum()
            total.backward()
            with tw.no_grad():
                w.copy_(w - 0.001 * w.grad)
            return total

        return step, w

    (plain, w), (step, v) = training(), training()
    compiled = Compiled(step, options=options)
    x = tw.rand(12, 2, generator=1)
    for _ in range(running.STATIC_AFTER + 2):
        assert_close(compiled(x), plain(x), factor=10)
        assert_close(v.grad, w.grad, factor=10)
        assert_close(v, w, factor=10)
    assert ("# share 1 of" in str(compiled.program)) == is_shared


@pytest.mark.parametrize(
    ("function", "is_shared"),
    [
        (lambda y: y.softmax(1), True),
        (lambda y: y.softmax(0), False),
        (lambda y: y.reshape(-1) * tw.arange(48.0), True),
        (lambda y: y.T.reshape(-1) * tw.arange(48.0), False),
        (lambda y: y.reshape(6, 8) * tw.arange(8.0), False),
    ],
)
def test_a_function_that_is_not_differentiated_is_shared_out_as_well(function, is_shared, options):
    """Where a derivative would look at all samples, nothing would be split anyway."""

    def decaying(w):
        def step(x):
            total = (function(x @ w) ** 2).sum()
            w.copy_(w * 0.9)
            return total

        return step

    plain, compiled = (decaying(tw.rand(2, 4, generator=0)) for _ in range(2))
    compiled = Compiled(compiled, options=options)
    x = tw.rand(12, 2, generator=1)
    for _ in range(running.STATIC_AFTER + 2):
        assert_close(compiled(x), plain(x), factor=10)
    assert ("# share 1 of" in str(compiled.program)) == is_shared


def test_nothing_is_shared_out_where_all_is_prepared(options):
    w = tw.rand(2, 4, generator=0)
    compiled = Compiled(lambda x: (x @ w).tanh().sum(), options=options)
    for seed in range(running.STATIC_AFTER + 2):
        x = tw.rand(12, 2, generator=seed)
        assert_close(compiled(x), (x @ w).tanh().sum(), factor=10)
    assert "# share 1 of" not in str(compiled.program)


class Lifted(nn.Module):
    """Raises its input to a row that is an array of the user's."""

    def __init__(self, row):
        super().__init__()
        self.row = row

    def forward(self, x):
        return tw.maximum(x, tw.tensor(self.row, dtype=x.dtype))


@pytest.mark.parametrize("entries", [1, 2, 5])
def test_arrays_that_the_function_makes_tensors_of_may_change_from_run_to_run(entries, options):
    """They are read by the shares and by what follows, and no clock tells when they are written to."""
    X, y = points(100)
    row = np.linspace(-0.5, 0.5, entries)

    def network():
        return nn.Sequential(nn.Linear(2, entries), nn.Tanh(), Lifted(row), nn.Linear(entries, 1), nn.Sigmoid())

    training = Training(network)
    compiled = training.compiled(options)
    for turn in range(3):
        row += turn
        repeat(training, compiled, X, y)
    assert "# share 1 of" in str(compiled.run.program)


@pytest.mark.parametrize("samples", [30, 1000])
def test_many_samples_are_divided_where_products_are_fastest(samples, options):
    compiled = Training(small_network).compiled(options)
    X, y = points(samples)
    for _ in range(running.STATIC_AFTER + 2):
        compiled.run(X, y)
    _, _, start, stop = zip(*(cuts[0] for cuts in compiled.run.program.executable.cuts), strict=True)
    assert (start[0], stop[-1]) == (0, samples)
    assert start[1:] == stop[:-1]
    assert all(edge % splitting.ROUND == 0 for edge in start) == (samples == 1000)
    assert max(np.subtract(stop, start)) - min(np.subtract(stop, start)) <= 2 * splitting.ROUND


@pytest.mark.parametrize(
    "loss",
    [nn.BCELoss(), nn.BCELoss(reduction="sum"), nn.MSELoss(), nn.L1Loss(), nn.HuberLoss()],
    ids=lambda loss: f"{type(loss).__name__} {loss.reduction}",
)
def test_losses_are_added_up_over_the_shares(loss, options):
    training = Training(lambda: layered(2, 4, 3, 1), loss, lr=0.05)
    repeat(training, training.compiled(options), *points(11))


@pytest.mark.parametrize(
    "layer",
    [lambda: nn.BatchNorm1d(4), lambda: nn.LayerNorm(4), lambda: nn.Softmax(0), lambda: nn.Softmax(1), nn.Identity],
    ids=["batch norm", "layer norm", "softmax over samples", "softmax", "identity"],
)
def test_samples_that_look_at_each_other_are_not_torn_apart(layer, options):
    model = lambda: nn.Sequential(nn.Linear(2, 4), layer(), nn.Linear(4, 1), nn.Sigmoid())  # noqa: E731
    training = Training(model)
    repeat(training, training.compiled(options), *points(9))


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: (x @ w).sum(),
        lambda x, w: (x @ w).amax(),
        lambda x, w: (x @ w).T @ x,
        lambda x, w: x[1:] @ w + x[:-1] @ w,
        lambda x, w: (x @ w).cumsum(0),
        lambda x, w: (x @ w).flip(0),
        lambda x, w: (x @ w).mean(0) @ w.mean(0),
        lambda x, w: (x - x.mean(0)) @ w,
        lambda x, w: (x @ w) * tw.arange(9.0).reshape(9, 1),
        lambda x, w: w @ w.T,
        lambda x, w: (x @ w).reshape(3, -1).sum(1),
        lambda x, w: ((x @ w).sum() + 1) * (x @ w).sum(0),
        lambda x, w: (x * x).sum() / (x.sum() + 1) + w.sum(),
        lambda x, w: tw.cat([x @ w, x @ w]).sum(0),
        lambda x, w: (x @ w)[tw.tensor([8, 0, 3])].sum(),
        lambda x, w: tw.einsum("ni,nj->ij", x, x @ w),
    ],
)
def test_functions_of_all_samples(function, options):
    w = tw.rand(2, 2, generator=0).requires_grad_()

    def step(x):
        w.grad = None
        y = function(x, w)
        (y * y).sum().backward()
        return y

    compiled = Compiled(step, options=options)
    for seed in (0, 0, 1):
        x = tw.rand(9, 2, generator=seed)
        for _ in range(running.STATIC_AFTER + 2):
            found, gradient = compiled(x), w.grad
            assert_close(found, step(x), factor=10)
            assert_close(gradient, w.grad, factor=10)
    for seed in range(2, 6):
        x = tw.rand(9, 2, generator=seed)
        found, gradient = compiled(x), w.grad
        assert_close(found, step(x), factor=10)
        assert_close(gradient, w.grad, factor=10)


def test_labels_that_are_wrong_and_logits_that_are_far(options):
    training = Training(small_network)
    compiled = training.compiled(options)
    X, y = points(9)
    repeat(training, compiled, X, y)
    for labels in ((y + 0.5) / 2, y, 1 - y):
        repeat(training, compiled, X, labels, times=3)
    repeat(training, compiled, X * 1e4, y, times=2)
    with pytest.raises(nn.RangeError):
        compiled.run(X, y * 3)
    assert_same_state(compiled, training, factor=20)


def test_the_order_of_the_sums_is_fixed(options):
    """Results do not depend on which thread is first."""
    X, y = points(500)
    seen = set()
    for _ in range(4):
        compiled = Training(small_network).compiled(options)
        for _ in range(running.STATIC_AFTER + 5):
            compiled.run(X, y)
        seen.add(b"".join(p.numpy().tobytes() for p in compiled.model.parameters()))
    assert len(seen) == 1


@fewer
@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    outputs=st.integers(1, 3),
    samples=st.integers(1, 20),
    seed=st.integers(0, 100),
    steps=st.lists(st.booleans(), min_size=2, max_size=8),
)
def test_shares_of_any_network(widths, outputs, samples, seed, steps, options):
    training = Training(lambda: layered(2, *widths, outputs), seed=seed, momentum=0.5)
    compiled = training.compiled(options)
    batches = [points(samples, seed), points(samples, seed + 1)]
    for which in steps:
        X, y = batches[which]
        repeat(training, compiled, X, tw.cat([y] * outputs, 1), times=3)


def test_parameters_moved_into_another_layout_are_seen_from_outside(options):
    training = Training(lambda: layered(2, 6, 5, 1))
    compiled = training.compiled(options)
    X, y = points(9)
    views = [p.numpy() for p in compiled.model.parameters()]
    repeat(training, compiled, X, y)
    for view, p in zip(views, compiled.model.parameters(), strict=True):
        np.testing.assert_array_equal(view, p.numpy())
        assert p.numpy().shape == p.shape
    for t in (training, compiled):
        with tw.no_grad():
            t.model[0].weight.copy_(t.model[0].weight * 0.5)
            t.model[2].weight[0] = 0.25
    repeat(training, compiled, X, y)
    saved = {name: value.numpy().copy() for name, value in training.model.state_dict().items()}
    for t in (training, compiled):
        t.model.load_state_dict(saved)
    repeat(training, compiled, X, y)


# -- threads ---------------------------------------------------------------------------------------------------------


def test_all_tasks_have_ended_when_one_raises():
    begun, ended = threading.Event(), []

    def slow():
        begun.wait(10)
        ended.append(1)
        return True

    def failing():
        begun.set()
        raise ArithmeticError

    for _ in range(3):
        begun.clear()
        with pytest.raises(ArithmeticError):
            run_together([failing, slow, slow])
    assert len(ended) == 6
    with pytest.raises(ArithmeticError):
        run_together([lambda: True, failing])
    assert run_together([lambda: True, lambda: True]) is True
    assert run_together([lambda: True, lambda: False]) is False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_shares_out_its_samples():
    """The threads of its parent are not there: it makes its own."""
    compiled = Training(small_network).compiled(Options(threads=2, worth_sharing=-1.0))
    X, y = points(80)
    before = compiled.run(X, y).item()
    child = os.fork()
    if child == 0:  # no test runs here: say how it went, and be gone
        watch = threading.Timer(20, os._exit, [2])
        watch.daemon = True
        watch.start()
        os._exit(0 if compiled.run(X, y).item() < before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert compiled.run(X, y).item() < before
