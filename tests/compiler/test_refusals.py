"""What a compiled function cannot do and how it says so; a failed trace leaves no mark; checks of values; draws."""

import math
import pickle
import re

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_bits, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn

X, Y = points()


def asks(x):
    """All ways to ask a tensor for its numbers."""
    return {
        "item": lambda: x.sum().item(),
        "float": lambda: float(x.sum()),
        "int": lambda: int(x.sum()),
        "round": lambda: math.floor(x.sum()),
        "index": lambda: [1, 2][x.sum().long()],
        "range": lambda: range(x.sum().long()),
        "tolist": lambda: x.tolist(),
        "numpy": lambda: x.numpy(),
        "asarray": lambda: np.asarray(x),
        "asarray of another dtype": lambda: np.asarray(x, np.float16),
        "DLPack": lambda: np.from_dlpack(x.detach()),
        "pickle": lambda: pickle.dumps(x.detach()),
        "a NumPy function": lambda: np.interp(1.0, [0.0, 2.0], np.asarray(x.reshape(-1)[:2])),
        "print": lambda: print(x),  # noqa: T201
        "str": lambda: str(x),
        "f-string": lambda: f"{x.sum():.3f}",
        "if": lambda: 1 if x.sum() > 0 else 0,
        "while": lambda: [None for _ in iter(lambda: bool(x.sum() > 0), False)],
        "and": lambda: (x.sum() > 0) and 3,
        "in": lambda: 3.0 in x,
        "max": lambda: max(x.sum(), x.mean()),
        "sorted": lambda: sorted([x.sum(), x.mean()]),
        "equal": lambda: tw.equal(x, x),
        "writing into numpy()": lambda: x.numpy().__setitem__(0, 1.0),
    }


@pytest.mark.parametrize("name", asks(X))
@pytest.mark.parametrize("of", [lambda x: x, lambda x: x * 2], ids=["an argument", "a result"])
def test_asking_for_numbers_names_the_line(name, of):
    def function(x):
        asks(of(x))[name]()
        return x

    with pytest.raises(tw.TraceError) as caught:
        tw.compile(function)(X)
    message = str(caught.value)
    assert re.search(r"test_refusals\.py, line \d+", message), message
    assert "traced once" in message


def test_a_line_of_the_users_own_layer_is_named_with_the_layer():
    class Odd(nn.Module):
        def forward(self, x):
            if x.sum() > 0:  # the line
                return x
            return -x

    with pytest.raises(tw.TraceError, match="Odd") as caught:
        tw.compile(nn.Sequential(nn.Linear(2, 2), Odd()))(X)
    line = Odd.forward.__code__.co_firstlineno + 1
    assert f"test_refusals.py, line {line}" in str(caught.value)


def test_lengths_shapes_and_loops_over_rows_are_known():
    def function(x):
        rows = [row * len(x) for row in x]
        return sum(row.sum() for row in rows) / x.shape[0] + x.ndim + (x.numel() if x.dtype == tw.float32 else 0)

    assert_close(tw.compile(function)(X), function(X))


def test_numpy_functions_on_tensors_are_traced():
    function = lambda x: np.sin(x) + np.sum(x) * np.exp(np.float32(1.0))  # noqa: E731
    compiled = tw.compile(function)
    for x in (X, X + 1):
        assert_close(compiled(x), function(x))


@pytest.mark.parametrize("numbers", [3.0, [1, 2, 3], [[True, False, True]]])
@pytest.mark.parametrize("dtype", [tw.float32, tw.float64, tw.int8, tw.bool])
def test_tensors_of_numbers_are_made_in_a_function(numbers, dtype):
    compiled = tw.compile(lambda x: x + tw.tensor(numbers, dtype=dtype))
    assert_bits(compiled(tw.ones(3)), tw.ones(3) + tw.tensor(numbers, dtype=dtype))


def test_numbers_that_do_not_fit_are_refused_in_a_function_too():
    with pytest.raises(tw.SettingError, match="does not fit"):
        tw.compile(lambda x: x * tw.tensor([300], dtype=tw.int8))(tw.ones(1))


@pytest.mark.parametrize("of", [lambda x: x, lambda x: (x * 2).sum()], ids=["an argument", "a result"])
def test_a_tensor_kept_outside_is_refused(of):
    kept = []

    def function(x):
        kept.append(of(x))
        return x * 3

    with pytest.raises(tw.TraceError, match=r"kept outside.*Return it"):
        tw.compile(function)(X)


def test_a_number_that_a_function_counts_with_is_no_tensor():
    counted = []

    def function(x):
        counted.append(1)
        return x * 2

    compiled = tw.compile(function)
    for _ in range(3):
        compiled(X)
    assert len(counted) == compiled.traces


class Failing(Training):
    """A step that fails at one of its stations."""

    def __init__(self, station, **settings):
        super().__init__(
            lambda: nn.Sequential(nn.Linear(2, 5), nn.BatchNorm1d(5), nn.Linear(5, 1), nn.Sigmoid()), **settings
        )
        self.station, self.settings = station, settings
        self.make = lambda: Failing(station, **settings)
        self.counter = tw.zeros(1)

    def at(self, station, t):
        if station == self.station:
            with tw.no_grad(), tw.scope("deep"):
                t.sum().item()

    def step(self, X, y):
        self.at("start", X)
        self.counter.add_(1)
        self.optimizer.zero_grad()
        loss = self.loss(self.model(X), y)
        self.at("loss", loss)
        loss.backward()
        self.at("gradient", self.model[0].weight.grad)
        self.optimizer.step()
        self.at("end", loss)
        self.at("parameter", self.model[0].weight)
        return loss


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "dampening": 0.5}], ids=["plain", "momentum"])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("station", ["start", "loss", "gradient", "end", "parameter"])
def test_a_failed_trace_leaves_no_mark(station, warm, settings):
    failing, untouched = Failing(station, **settings), Failing("", **settings)
    if warm:
        for training in (failing, untouched):
            training.station = ""
            training.step(X, Y)
        failing.station = station
    gradients = [p.grad for p in failing.model.parameters()]
    tw.manual_seed(5)
    state = tw.get_rng_state()
    compiled = tw.compile(failing.step)
    for _ in range(2):
        with pytest.raises(tw.TraceError):
            compiled(X, Y)
        assert tw.is_grad_enabled()
        assert tw.current_scope() == ()
        assert tw.get_rng_state() == state
        assert all(p.grad is g for p, g in zip(failing.model.parameters(), gradients, strict=True))
        assert_same_state(failing, untouched)
        assert failing.counter.item() == untouched.counter.item()
    failing.station = ""
    assert_close(failing.step(X, Y), untouched.step(X, Y))  # the ordinary function still works
    assert_same_state(failing, untouched)
    assert_close(compiled(X, Y), untouched.step(X, Y))  # and so does the compiled one, now that nothing is asked
    assert_same_state(failing, untouched)


def test_shape_errors_name_the_layer_and_leave_no_mark():
    expected, compiled = Training(small_network), Training(small_network).compiled()
    for _ in range(2):
        with pytest.raises(tw.ShapeError, match="0: Linear"):
            compiled.run(tw.ones(3, 7), tw.ones(3, 1))
        with pytest.raises(tw.ShapeError, match=r"\(8,\)"):
            compiled.run(X, Y.reshape(-1))
        compiled.run(X, Y)
        expected.run(X, Y)
        assert_same_state(compiled, expected)


CLASSES = tw.tensor([0, 1, 2, 3, 4, 0, 1, 2])
CHECKS = {
    "labels above 1": (nn.BCELoss(), Y, Y * 3, "labels"),
    "labels that are nan": (nn.BCELoss(), Y, Y * np.nan, "labels"),
    "labels of logits": (nn.BCEWithLogitsLoss(), Y, Y - 3, "labels"),
    "classes too high": (nn.CrossEntropyLoss(), CLASSES, CLASSES + 1, "from 0 to 4"),
    "classes below 0": (nn.CrossEntropyLoss(), CLASSES, CLASSES - 1, "from 0 to 4"),
    "classes of log-probabilities": (nn.NLLLoss(), CLASSES, CLASSES + 1, "from 0 to 4"),
}


@pytest.mark.parametrize("name", CHECKS)
def test_checks_of_values_are_made_in_every_run(name):
    loss, good, bad, message = CHECKS[name]
    outputs = 5 if good is CLASSES else 1

    def model():
        return nn.Sequential(nn.Linear(2, outputs), *([nn.Sigmoid()] if isinstance(loss, nn.BCELoss) else []))

    expected, compiled = Training(model, loss, momentum=0.5), Training(model, loss, momentum=0.5).compiled()
    with pytest.raises(tw.TinygradError, match=message):
        compiled.run(X, bad)  # while tracing
    assert_same_state(compiled, expected)
    for _ in range(3):
        compiled.run(X, good)
        expected.run(X, good)
        with pytest.raises(tw.TinygradError, match=message):
            compiled.run(X, bad)
        assert_same_state(compiled, expected)


def test_probabilities_are_checked_where_they_can_be_wrong():
    compiled = tw.compile(lambda a: nn.functional.binary_cross_entropy(a, Y))
    compiled(Y * 0.5)
    for bad in (Y + 1.5, Y - 2.0):
        with pytest.raises(nn.RangeError, match="probabilities"):
            compiled(bad)


def test_indices_are_checked_in_every_run():
    table = nn.Embedding(5, 2)
    for function in (table, lambda i: tw.arange(5.0)[i], lambda i: tw.gather(tw.arange(5.0), 0, i)):
        compiled = tw.compile(lambda i, function=function: function(i) * 1)
        for shift in (0, 1, 2):
            i = tw.tensor([0, 1, 2]) + shift
            assert_bits(compiled(i), function(i) * 1)
        with pytest.raises(IndexError, match="5"):
            compiled(tw.tensor([0, 1, 5]))


# -- draws -------------------------------------------------------------------------------------------------------------

GENERATOR = tw.Generator(3)
DRAWS = {
    "rand": lambda x: x + tw.rand(3),
    "an idle draw before": lambda x: (tw.rand(5), x + tw.randn(3))[1],
    "many": lambda x: x + tw.randn(3) + tw.randperm(3) + tw.bernoulli(x) + tw.randint(0, 5, (3,)) + tw.rand_like(x),
    "a generator": lambda x: x + tw.rand(3, generator=GENERATOR) + tw.randn(3),
    "a seed": lambda x: x + tw.rand(3, generator=7),
    "dropout": lambda x: nn.functional.dropout(x, 0.5) + nn.functional.dropout(x, 0.5),
    "normal": lambda x: x + tw.normal(0.0, 1.0, (3,)),
    "a layer made inside": lambda x: nn.Linear(3, 3)(x),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_those_of_the_eager_run(name):
    function, x = DRAWS[name], tw.full((3,), 0.5)
    runs = []
    for run in (function, tw.compile(function)):
        tw.manual_seed(1)
        GENERATOR.manual_seed(2)
        runs.append([run(x).numpy() for _ in range(4)] + [run(tw.full((1, 3), 0.5)).numpy() for _ in range(2)])
    np.testing.assert_allclose(np.concatenate(runs[1][:4]), np.concatenate(runs[0][:4]), rtol=1e-6)
    if name != "a seed":
        assert len({a.tobytes() for a in runs[1]}) > 2, "the same draw again"


def test_draws_in_training():
    model = lambda: nn.Sequential(nn.Linear(2, 20), nn.Dropout(0.5), nn.Linear(20, 1), nn.Sigmoid())  # noqa: E731
    expected, compiled = Training(model, momentum=0.5), Training(model, momentum=0.5).compiled()
    for training in (expected, compiled):
        tw.manual_seed(3)
        for size in (8, 8, 4, 8, 4):
            training.run(X[:size], Y[:size])
    assert_same_state(compiled, expected, factor=5)


def test_the_pass_uses_the_draw_of_its_own_run():
    w = tw.ones(50).requires_grad_()
    compiled = tw.compile(lambda: nn.functional.dropout(w, 0.5))
    first, second = compiled(), compiled()
    for y in (first, second):
        (g,) = tw.grad(y.sum(), w)
        assert_bits(g, y.detach())


@pytest.mark.parametrize("effect", ["a draw", "a write", "a gradient"])
def test_a_function_with_effects_is_not_run_again_for_second_derivatives(effect):
    """A second derivative outside needs the function once more, and would draw or write once more."""
    w, counter = tw.ones(3).requires_grad_(), tw.zeros(1)

    def function():
        if effect == "a draw":
            return (nn.functional.dropout(w, 0.5) ** 3).sum()
        if effect == "a write":
            counter.add_(1)
        else:
            (w * 2).sum().backward()
        return (w**3 * counter).sum()

    y = tw.compile(function)()
    before = None if w.grad is None else w.grad.clone()
    with pytest.raises(tw.GraphError, match="inside the compiled function"):
        tw.grad(y, w, create_graph=True)
    assert counter.item() == (effect == "a write")
    assert before is None or w.grad.tolist() == before.tolist()
