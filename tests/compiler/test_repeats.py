"""Programs that a review took apart: each ran on the same arguments until it was settled, and gave something else."""

import threading
import time

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import executable as running
from tinygrad_wtf.compiler import finish as finishing
from tinygrad_wtf.compiler import pipeline as optimizing
from tinygrad_wtf.compiler import threads

OFTEN = running.STEADY_AFTER + 4
X = np.random.default_rng(0).random((6, 3))
Y = (X[:, :1] > 0.5).astype(np.float64)


@pytest.fixture
def data():
    return tw.tensor(X), tw.tensor(Y)


def alike(make, *args, change=None):
    """The compiled function against the ordinary one: results, and the gradients of the tensors that `make` gives."""
    (plain, mine), (twin, theirs) = make(), make()
    compiled = tw.compile(plain)
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


@pytest.fixture
def finished_for(monkeypatch):
    """For which arguments the forms of products were looked up: `steady`, in order."""
    asked, in_pieces = [], finishing.in_pieces

    def noted(graph, layouts, steady, *rest):
        asked.append(steady)
        return in_pieces(graph, layouts, steady, *rest)

    monkeypatch.setattr(finishing, "in_pieces", noted)
    return asked


def test_forms_of_products_wait_until_arguments_have_stayed_the_same(data, finished_for):
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1, dtype=tw.float64), nn.Sigmoid()))
    compiled = training.compiled()
    for _ in range(running.STEADY_AFTER - 1):
        assert_close(compiled.run(*data), training.run(*data))
    assert finished_for == []
    assert_close(compiled.run(*data), training.run(*data))
    assert finished_for == [True]


def test_forms_of_products_wait_until_arguments_change(data, finished_for):
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1, dtype=tw.float64), nn.Sigmoid()))
    compiled, (x, y) = training.compiled(), data
    for batch, asked in (((x, y), []), ((x * 2, y), [False]), ((x, y), [False])):
        assert_close(compiled.run(*batch), training.run(*batch))
        assert finished_for == asked
    assert compiled.run.traces == 1
    for _ in range(OFTEN):
        assert_close(compiled.run(x, y), training.run(x, y))
    assert finished_for == [False, True]


@pytest.mark.parametrize("seeds", [(0, 0, 0, 0, 0), (0, 1, 2, 0, 0), (0, 0, 0, 1, 2)])
def test_what_is_interrupted_while_it_is_planned_is_planned_next_time(seeds, monkeypatch):
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1, dtype=tw.float64), nn.Sigmoid()))
    compiled, y, asked = training.compiled(), tw.tensor(Y), []
    batches = {seed: tw.rand(6, 3, generator=seed, dtype=tw.float64) for seed in seeds}
    optimized = running.optimized

    def interrupted_once(graph, homes, rewrite, steady):
        asked.append(steady)
        if steady is not None and asked.count(steady) == 1:
            raise KeyboardInterrupt
        return optimized(graph, homes, rewrite, steady)

    monkeypatch.setattr(running, "optimized", interrupted_once)
    for seed in seeds:
        x = batches[seed]
        try:
            found = compiled.run(x, y)
        except KeyboardInterrupt:
            found = compiled.run(x, y)
        assert_close(found, training.run(x, y))
    assert compiled.run.program.steady == (seeds[-1] == seeds[-2] == seeds[-3])
    assert asked[0] is None
    assert all(asked.count(steady) == 2 for steady in asked[1:])


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


def test_one_sample_and_a_number_that_learns(monkeypatch):
    monkeypatch.setattr(optimizing, "CACHE", -1)

    def make():
        w, s = leaf(X[:3]), leaf(1.0)

        def step(z):
            w.grad = s.grad = None
            loss = ((z @ w @ tw.ones(3, 1, dtype=tw.float64)) * s).tanh().sum()
            loss.backward()
            return loss

        return step, [w, s]

    alike(make, tw.tensor(X[:1]))


def test_shares_that_would_read_an_old_gradient(monkeypatch):
    monkeypatch.setattr(optimizing, "CACHE", -1)
    w = leaf(np.ones((3, 1)))

    def step(z):
        old = w.grad
        loss = ((z @ w).tanh() ** 2).sum() + ((z * 2.0) @ old).tanh().sum()
        loss.backward()
        return loss

    compiled, x = tw.compile(step), tw.tensor(X)
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


def test_an_interrupt_waits_for_the_other_shares(monkeypatch):
    """Whatever comes while others are waited for: it is raised when all have ended, and the next run is right."""
    worker, ended = threads._Worker(), []

    class Interrupting:
        def __init__(self, lock):
            self.lock, self.left = lock, 3

        def acquire(self, **settings):
            if settings.get("timeout") and self.left:
                self.left -= 1
                raise KeyboardInterrupt
            return self.lock.acquire(**settings)

        def __getattr__(self, name):
            return getattr(self.lock, name)

    worker._end = Interrupting(worker._end)
    for _ in range(3):
        worker.begin(lambda: (time.sleep(0.02), ended.append(1)))
        interrupt = worker.wait()
        assert worker.is_done
    assert len(ended) == 3
    assert interrupt is None
    assert worker._end.left == 0


def test_a_turn_that_is_waited_for_and_interrupted(monkeypatch):
    compiled, x = tw.compile(lambda x: x * 2), tw.ones(2)
    compiled(x)
    del compiled._turn.free[0]
    monkeypatch.setattr(time, "sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        compiled(x)
    monkeypatch.undo()
    waiting = threading.Thread(target=compiled, args=(x,))
    waiting.start()
    compiled._turn.free.append(True)
    waiting.join(10)
    assert not waiting.is_alive()
    assert compiled(x).tolist() == [2, 2]
