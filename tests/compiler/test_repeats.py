"""Programs that a review took apart: each ran on the same arguments until it was settled, and gave something else."""

import threading

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.compiler.call_lock import CallLock
from tinygrad_wtf.compiler.pipeline import Options, made
from tinygrad_wtf.compiler.tuning import Tuning

OFTEN = running.STATIC_AFTER + 4
SHARING = Options(threads=2, worth_sharing=-1.0, tuner=Tuning())
X = np.random.default_rng(0).random((6, 3))
Y = (X[:, :1] > 0.5).astype(np.float64)


@pytest.fixture
def data():
    return tw.tensor(X), tw.tensor(Y)


def alike(make, *args, change=None, options=None):
    """The compiled function against the ordinary one: results, and the gradients of the tensors that `make` gives."""
    (plain, mine), (twin, theirs) = make(), make()
    compiled = Compiled(plain, options=options)
    for turn in range(2 * OFTEN):
        if change is not None and turn == OFTEN:
            with tw.no_grad():
                change(*mine)
                change(*theirs)
        assert_close(compiled(*args), twin(*args), factor=10)
        for p, q in zip(mine, theirs, strict=True):
            assert_close(p.grad, q.grad, factor=10)
            assert_close(p, q, factor=10)


def leaf(array):
    return tw.tensor(np.asarray(array, np.float64)).requires_grad_()


class Noting:
    """A tuner that measures nothing, and notes for which arguments it was asked: static or not, in order."""

    def __init__(self, interrupts=0):
        self.asked, self.interrupts = [], interrupts

    def made(self, graph, static, arguments, options):
        self.asked.append(static)
        if self.asked.count(static) <= self.interrupts:
            raise KeyboardInterrupt
        return made(graph, Options())


def one_layer(tuner):
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1, dtype=tw.float64), nn.Sigmoid()))
    return training, training.compiled(Options(tuner=tuner))


def test_a_tuner_waits_until_arguments_have_stayed_the_same(data):
    tuner = Noting()
    training, compiled = one_layer(tuner)
    for _ in range(running.STATIC_AFTER - 1):
        assert_close(compiled.run(*data), training.run(*data))
    assert tuner.asked == []
    assert_close(compiled.run(*data), training.run(*data))
    assert tuner.asked == [True]


def test_a_tuner_waits_until_arguments_change(data):
    tuner = Noting()
    (training, compiled), (x, y) = one_layer(tuner), data
    for batch, asked in (((x, y), []), ((x * 2, y), [False]), ((x, y), [False])):
        assert_close(compiled.run(*batch), training.run(*batch))
        assert tuner.asked == asked
    assert compiled.run.traces == 1
    for _ in range(OFTEN):
        assert_close(compiled.run(x, y), training.run(x, y))
    assert tuner.asked == [False, True]


@pytest.mark.parametrize("seeds", [(0, 0, 0, 0, 0), (0, 1, 2, 0, 0), (0, 0, 0, 1, 2)])
def test_what_is_interrupted_while_it_is_tuned_is_tuned_next_time(seeds):
    tuner = Noting(interrupts=1)
    (training, compiled), y = one_layer(tuner), tw.tensor(Y)
    batches = {seed: tw.rand(6, 3, generator=seed, dtype=tw.float64) for seed in seeds}
    for seed in seeds:
        x = batches[seed]
        try:
            found = compiled.run(x, y)
        except KeyboardInterrupt:
            found = compiled.run(x, y)
        assert_close(found, training.run(x, y))
    assert compiled.run.program.static == (seeds[-1] == seeds[-2] == seeds[-3])
    assert all(tuner.asked.count(static) == 2 for static in tuner.asked)


def test_a_program_that_gains_nothing_from_it_is_made_once(data):
    """A rate above 1 goes into no input."""
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1, dtype=tw.float64), nn.Tanh()), nn.MSELoss(), lr=2.0)
    compiled, (x, y) = training.compiled(), data
    compiled.run(x, y)
    before = compiled.run.program.executable
    for batch in [(x, y)] * OFTEN + [(x * 2, y), (x, y)] * OFTEN:
        compiled.run(*batch)
    assert compiled.run.program.executable is before


def test_one_neuron_reads_its_wide_input_without_a_copy():
    """A product with one column reads either order equally fast; two copies of the input take twice the cache."""
    training = Training(lambda: nn.Sequential(nn.Linear(3000, 1), nn.Sigmoid()))
    compiled = training.compiled()
    x = tw.rand(500, 3000, generator=0)
    y = (x[:, :1] > 0.5).float()
    for _ in range(OFTEN + 2):
        compiled.run(x, y)
    assert "features_first(" not in str(compiled.run.program)


def test_a_wide_input_is_copied_when_it_has_stayed_the_same():
    """Features first, for the gradient of the weights; when it changes again, it is read as it is."""
    training = Training(lambda: nn.Sequential(nn.Linear(600, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid()))
    compiled = training.compiled()
    X, Z = (tw.rand(500, 600, generator=seed) for seed in (0, 1))
    y = (X[:, :1] > 0.5).float()
    for x, times, is_copied in ((X, 2, False), (X, 4, True), (Z, 1, False), (X, OFTEN, False)):
        for _ in range(times):
            assert_close(compiled.run(x, y), training.run(x, y), factor=10)
        assert ("features_first(" in str(compiled.run.program)) == is_copied
    with tw.no_grad():
        X.mul_(0.5)
    assert_close(compiled.run(X, y), training.run(X, y), factor=10)


def test_labels_that_are_not_0_or_1(data):
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1, dtype=tw.float64), nn.Sigmoid()))
    compiled, (x, y) = training.compiled(), data
    for labels in (y * 0.5 + 0.25, y, y * 0.5 + 0.25):
        for _ in range(OFTEN):
            assert_close(compiled.run(x, labels), training.run(x, labels))


def test_logits_that_are_far_from_the_beginning(data):
    def make():
        w, loss = leaf(np.full((3, 1), -40.0)), nn.BCELoss()

        def step(x, y):
            result = loss(tw.sigmoid(x @ w), y)
            result.backward()
            return result.detach()

        return step, [w]

    alike(make, *data)


def test_a_constant_that_is_also_the_number_of_a_value(data):
    w = tw.tensor(X[:3, :1])
    for number in range(40):
        compiled = tw.compile(lambda x, u, number=number: ((x @ w).tanh(), u * float(number)))
        for _ in range(OFTEN):
            found = compiled(*data)
        np.testing.assert_allclose(found[1].numpy(), Y * number)


def test_layers_of_one_input_in_several_groups(data):
    def make():
        tw.manual_seed(0)
        a, b = nn.Linear(3, 2, dtype=tw.float64), nn.Linear(3, 4, dtype=tw.float64)
        groups = [{"params": list(a.parameters())}, {"params": list(b.parameters()), "lr": 0.3}]
        descent = nn.optim.SGD(groups, lr=0.1)

        def step(x):
            descent.zero_grad()
            loss = b(x).tanh().sum() + a(x).tanh().sum()
            loss.backward()
            descent.step()
            return loss

        return step, [*a.parameters(), *b.parameters()]

    alike(make, data[0])


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda v, x, y: (2.0 * (x @ v) * (x @ v).tanh()).sum(), (3, 2)),
        (lambda v, x, y: (y * (x @ v)).sum(), (3,)),
        (lambda v, x, y: (2.5 * (x.reshape(2, 3, 3) @ v)).tanh().sum(), (3, 2)),
        (lambda v, x, y: (1e300 * ((x * 1e10) @ (v * 1e-20))).sum(), (3, 2)),
        (lambda v, x, y: (float("inf") * (x @ v)).sum(), (3, 2)),
        (lambda v, x, y: (y * 1e300 * ((x * 1e10) @ (v * 1e-20))).sum(), (3, 1)),
        (lambda v, x, y: (x @ v).sum() / 0.0, (3, 2)),
        (lambda v, x, y: (x @ v).sum() / 1e-300, (3, 2)),
    ],
    ids=["twice", "a vector", "3 dimensions", "large", "infinite", "large column", "by zero", "by little"],
)
def test_factors_of_products(function, shape, data):
    def make():
        v = leaf(np.linspace(0.1, 1, int(np.prod(shape))).reshape(shape))

        def step(x, y):
            v.grad = None
            loss = function(v, x, y)
            loss.backward()
            return loss.detach()

        return step, [v]

    with np.errstate(all="ignore"):
        alike(make, *data)


def test_a_loss_divided_by_a_negative_number(data):
    loss, w = nn.BCELoss(reduction="sum"), tw.ones(3, 1, dtype=tw.float64) * 100

    def plain(x, y):
        return loss(tw.sigmoid(x @ w), y) / -6.0

    compiled = tw.compile(plain)
    for _ in range(OFTEN):
        assert_close(compiled(data[0], data[1] * 0), plain(data[0], data[1] * 0))


def test_one_sample_and_a_number_that_learns():

    def make():
        w, s = leaf(X[:3]), leaf(1.0)

        def step(z):
            w.grad = s.grad = None
            loss = ((z @ w @ tw.ones(3, 1, dtype=tw.float64)) * s).tanh().sum()
            loss.backward()
            return loss

        return step, [w, s]

    alike(make, tw.tensor(X[:1]), options=SHARING)


def test_shares_that_would_read_an_old_gradient():
    w = leaf(np.ones((3, 1)))

    def step(z):
        old = w.grad
        loss = ((z @ w).tanh() ** 2).sum() + ((z * 2.0) @ old).tanh().sum()
        loss.backward()
        return loss

    compiled, x = Compiled(step, options=SHARING), tw.tensor(X)
    for _ in range(OFTEN):
        w.grad = tw.ones(3, 1, dtype=tw.float64)
        found, mine = compiled(x), w.grad
        w.grad = tw.ones(3, 1, dtype=tw.float64)
        assert_close(found, step(x))
        assert_close(mine, w.grad)


def test_a_guard_that_fails_after_a_gradient_was_added_up(data):
    def make():
        a, b, loss = leaf(np.ones((3, 1))), leaf(np.ones((3, 1))), nn.BCELoss()

        def step(x, y):
            ((x @ a) * (x @ a)).sum().backward()
            result = loss(tw.sigmoid(x @ b), y)
            result.backward()
            with tw.no_grad():
                a.sub_(a.grad * 0.001)
                b.sub_(b.grad * 0.001)
            return result

        return step, [a, b]

    alike(make, *data, change=lambda a, b: b.copy_(b * 1000))


@pytest.mark.parametrize("result", [lambda old, new: (new - old).sum(), lambda old, new: old])
def test_an_old_gradient_that_is_read_after_the_new_one(data, result):
    def make():
        w = leaf(np.ones((3, 1)))
        w.grad = tw.ones(3, 1, dtype=tw.float64)

        def step(x):
            old = w.grad
            ((x @ w) * (x @ w)).sum().backward()
            return result(old, w.grad) * 1.0

        return step, [w]

    alike(make, data[0])


def test_a_gradient_that_is_changed_in_place():
    def make():
        w, idle = leaf([8.0, 4.0]), leaf([1.0])
        w.grad, idle.grad = tw.tensor([8.0, 4.0], dtype=tw.float64), tw.tensor([8.0], dtype=tw.float64)
        descent = nn.optim.SGD([w, idle], lr=0.1)

        def step(x):
            descent.zero_grad(set_to_none=False)
            loss = (w * x).sum()
            loss.backward()
            w.grad.mul_(0.5)
            return loss

        return step, [w, idle]

    alike(make, tw.tensor([1.0, 2.0], dtype=tw.float64))


def test_a_gradient_that_was_taken_away_and_put_back_after_another_program_ran():
    w, x = leaf([1.0, 2.0]), tw.tensor([1.0, 1.0], dtype=tw.float64)

    @tw.compile
    def squares(x):
        w.grad = None
        loss = ((w * x) ** 2).sum()
        loss.backward()
        with tw.no_grad():
            w.sub_(w.grad, alpha=0.1)
        return loss.detach()

    @tw.compile
    def thrice(x):
        w.grad = None
        loss = (w * x * 3).sum()
        loss.backward()
        return loss.detach()

    for step in (squares, thrice, squares):
        for _ in range(OFTEN):
            step(x)
    taken = w.grad
    thrice(x)
    w.grad = taken
    del taken
    for _ in range(OFTEN):
        squares(x)
    held = w.grad
    before = held.numpy().copy()
    squares(x)
    np.testing.assert_array_equal(held.numpy(), before)


def test_waiting_for_a_call_may_be_interrupted():
    def interrupt(seconds):
        raise KeyboardInterrupt

    lock, done = CallLock(sleep=interrupt), []
    del lock.free[0]
    with pytest.raises(KeyboardInterrupt):
        lock.run(done.append, 1)
    assert (lock.free, lock.holder, done) == ([], None, [])
    lock.free.append(True)
    lock.run(done.append, 2)
    assert (lock.free, lock.holder, done) == ([True], None, [2])


def test_a_call_that_waits_runs_when_the_lock_is_free():
    compiled, x = tw.compile(lambda x: x * 2), tw.ones(2)
    compiled(x)
    del compiled._lock.free[0]
    waiting = threading.Thread(target=compiled, args=(x,))
    waiting.start()
    compiled._lock.free.append(True)
    waiting.join(10)
    assert not waiting.is_alive()
    assert compiled(x).tolist() == [2, 2]


def test_a_program_that_serves_once_is_not_repeated_without_arguments():
    """The first step makes the optimizer's memory: the next one is another program, whatever the arguments."""
    ends = []
    for run in (lambda f: f, tw.compile):
        w = tw.Tensor([1.0, 2.0], requires_grad=True)
        optimizer = nn.optim.SGD([w], lr=0.1, momentum=0.9)

        @run
        def step(w=w, optimizer=optimizer):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

        for _ in range(4):
            step()
        ends.append(w.tolist())
    np.testing.assert_allclose(*ends, rtol=1e-6)
