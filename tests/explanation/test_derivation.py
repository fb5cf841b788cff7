"""Derivations: the printed equations are the gradients, and on the guide's networks its own."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.faults import wrong_sign
from tests.support.formulas import Text, evaluate
from tests.support.guide import bce, by_logs, gradients_of, guides_equations, guides_network, our_equations
from tinygrad_wtf import nn

GOLDEN = Path(__file__).parent / "golden"
DEPTHS = (1, 2, 3, 5)


# ---------------------------------------------------------------- the guide


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_guides_equations_are_derived_from_the_graph(depth):
    loss, _, _ = guides_network(depth)
    assert tw.derive(loss, layout="columns").lines() == guides_equations(depth)
    assert tw.derive(loss).lines() == our_equations(depth)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("ending", ["txt", "tex"])
def test_the_golden_files_hold_them(depth, ending):
    found = tw.derive(guides_network(depth)[0], layout="columns")
    expected = (GOLDEN / f"explain_{depth}.{ending}").read_text(encoding="utf-8")
    assert (found.text() if ending == "txt" else found.latex()) + "\n" == expected


def test_the_mean_may_stay_in_dz():
    loss, _, _ = guides_network(2)
    assert tw.derive(loss, mean="dZ").lines() == [
        "dZ2 = 1/m (A2 − y)", "dW2 = dZ2ᵀ A1", "db2 = Σ dZ2",
        "dZ1 = dZ2 W2 ∘ A1 ∘ (1 − A1)", "dW1 = dZ1ᵀ X", "db1 = Σ dZ1",
    ]  # fmt: skip


def by_logs_with_epsilon(a, y):
    return -(y * tw.log(a + 1e-15) + (1 - y) * tw.log(1 - a + 1e-15)).mean()


def as_the_guide_types_it(a, y):
    return 1 / len(y) * -(y * tw.log(a) + (1 - y) * tw.log(1 - a)).sum()


def by_log1p(a, y):
    return -((y * a.log() + (1 - y) * tw.log1p(-a)).sum() / len(y))


def clamped(a, y):
    return by_logs(a.clamp(1e-12, 1 - 1e-12), y)


def by_maximum(a, y):
    return -(y * tw.maximum(a, 1e-12).log() + (1 - y) * tw.maximum(1 - a, 1e-12).log()).mean()


def guarded_by_where(a, y):
    return -(y * tw.where(a > 0, a, 1e-12).log() + (1 - y) * tw.where(a < 1, 1 - a, 1e-12).log()).mean()


LOSSES = [bce, by_logs, by_logs_with_epsilon, as_the_guide_types_it, by_log1p, clamped, by_maximum, guarded_by_where]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_log_loss_cancels_however_it_is_written(loss):
    assert tw.derive(guides_network(2, loss)[0], layout="columns").lines() == guides_equations(2)


def test_a_choice_by_label_gives_the_label_as_a_condition():
    y = tw.Tensor([[1.0], [0.0]])
    z = tw.Tensor([[0.3], [0.6]], requires_grad=True, name="z")
    a = z.sigmoid()
    loss = tw.where(y > 0.5, -a.log(), -(1 - a).log()).mean()
    assert tw.derive(loss).lines() == ["dz = 1/m (σ(z) − c)"]


def scores(classes=3):
    rng = np.random.default_rng(1)
    layer = nn.Linear(2, classes, generator=0)
    return layer(tw.tensor(rng.normal(size=(6, 2)).astype(np.float32))), rng.integers(0, classes, 6)


def one_hot(labels):
    return tw.tensor(np.eye(3, dtype=np.float32)[labels])


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (lambda z, t: -(one_hot(t) * tw.log_softmax(z, 1)).sum() / len(t), "dZ1 = softmax(Z1) − y"),
        (lambda z, t: -(one_hot(t) * tw.log(tw.softmax(z, 1))).sum(1).mean(), "dZ1 = A1 − y"),
        (lambda z, t: nn.CrossEntropyLoss()(z, one_hot(t)), "dZ1 = softmax(Z1) − y"),
        (lambda z, t: nn.CrossEntropyLoss()(z, tw.tensor(t)), "dZ1 = softmax(Z1) − onehot(y)"),
        (lambda z, t: (tw.logsumexp(z, 1) - z[np.arange(len(t)), t]).mean(), "dZ1 = softmax(Z1) − onehot("),
        (lambda z, t: nn.BCEWithLogitsLoss(reduction="sum")(z, one_hot(t)), "dZ1 = σ(Z1) − y"),
        (lambda z, t: (tw.softplus(z) - one_hot(t) * z).sum(), "dZ1 = σ(Z1) − y"),
        (lambda z, t: nn.BCELoss(reduction="sum")(1 / (1 + tw.exp(-z)), one_hot(t)), "dZ1 = σ(Z1) − y"),
        (lambda z, t: ((z - one_hot(t)) ** 2).sum(), "dZ1 = 2 (Z1 − y)"),
    ],
)
def test_other_losses_of_scores_get_short(loss, line):
    z, labels = scores()
    assert tw.derive(loss(z, labels)).lines()[0].startswith(line)


# ---------------------------------------------------------------- the equations are the gradients


def check(loss, tensors, layout, mean):
    """Evaluate the printed equations, and the expressions behind them, one after the other."""
    found = tw.derive(loss, layout=layout, mean=mean)
    gradients = gradients_of(loss)
    columns = layout == "columns"
    turned = {n: a.T if columns and n[0] in "XyAZ" else a for n, a in tensors.items()}
    values = {**turned, **{letter: float(n) for letter, n in found.numbers.items()}}
    scale = float(next(iter(found.numbers.values()), 1)) if mean == "dW" else 1.0
    for equation, line in zip(found.equations, found.lines(), strict=True):
        name, _, text = line.partition(" = ")
        gradient = np.asarray(gradients[equation.node])
        of_parameter = equation.node.op is None
        expected = gradient if of_parameter else gradient * scale
        expected = expected.T if columns and not of_parameter else expected
        printed = Text(text, values, samples=1 if columns else 0).number()
        np.testing.assert_allclose(printed, expected, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(evaluate(equation.symbol, values), expected, rtol=1e-7, atol=1e-9)
        values[name] = printed


@given(
    depth=st.integers(1, 5),
    seed=st.integers(0, 1000),
    loss=st.sampled_from([bce, by_logs, as_the_guide_types_it, clamped]),
    layout=st.sampled_from(["rows", "columns"]),
    mean=st.sampled_from(["dW", "dZ"]),
)
@settings(deadline=None)
def test_the_printed_equations_are_the_gradients(depth, seed, loss, layout, mean):
    made, tensors, _ = guides_network(depth, loss, seed=seed)
    check(made, tensors, layout, mean)


ACTIVATIONS = {
    "tanh": (tw.tanh, np.tanh),
    "relu": (tw.relu, lambda z: np.maximum(z, 0)),
    "softplus": (tw.softplus, lambda z: np.logaddexp(0, z)),
    "sigmoid": (tw.sigmoid, lambda z: 1 / (1 + np.exp(-z))),
}


@given(
    kinds=st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
    layout=st.sampled_from(["rows", "columns"]),
    mean=st.sampled_from(["dW", "dZ"]),
)
@settings(deadline=None)
def test_they_are_for_other_activations_and_losses(kinds, seed, layout, mean):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    tensors, a, hidden = {"X": X, "y": y}, tw.tensor(X), X
    for k, kind in enumerate(kinds, 1):
        ours, numpys = ACTIVATIONS[kind]
        layer = nn.Linear(2, 2, dtype=np.float64, generator=seed + k)
        W, b = layer.weight.numpy(), layer.bias.numpy()
        tensors |= {f"W{k}": W, f"b{k}": b, f"Z{k}": hidden @ W.T + b}
        hidden = tensors[f"A{k}"] = numpys(tensors[f"Z{k}"])
        a = ours(layer(a))
    check(((a - tw.tensor(y)) ** 2).mean(), tensors, layout, mean)


@pytest.mark.parametrize(
    ("exponent", "line"),
    [(0.5, "dx = 0.5 x^(−0.5)"), (-1.5, "dx = −1.5 x^(−2.5)"), (3, "dx = 3 x²")],
)
def test_a_power_that_is_not_whole_stays_a_power(exponent, line):
    x = tw.tensor(4.0, requires_grad=True, dtype=tw.float64, name="x")
    y = x**exponent
    found = tw.derive(y)
    assert found.lines() == [line]
    assert Text(line.partition(" = ")[2], {"x": 4.0}).number() == pytest.approx(exponent * 4.0 ** (exponent - 1))


@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_what_a_name_means_is_written_in_the_same_layout(layout):
    """A result without a name of its own, whose meaning sums over the features: the other axis in the other layout."""
    rng = np.random.default_rng(0)
    X, W = rng.random((5, 2)), rng.random((3, 2))
    z = tw.tensor(X) @ tw.tensor(W, requires_grad=True).T
    share = z / z.sum(1, keepdim=True)
    long = tw.exp(tw.cos(share)) * tw.cos(tw.exp(z)) * tw.sin(tw.sin(share))
    found = tw.derive((long * long).sum(), layout=layout)
    (meaning,) = found.meanings
    expected = long.numpy() if layout == "rows" else long.numpy().T
    values = {"Z1": z.numpy() if layout == "rows" else z.numpy().T}
    np.testing.assert_allclose(evaluate(meaning.symbol, values), expected, rtol=1e-12)
    assert f"Z1 / ({'Σ₁' if layout == 'rows' else 'Σ₀'} Z1)" in found.lines()[-1]


def test_a_penalty_on_the_weights_is_added_to_their_gradient():
    loss, tensors, parameters = guides_network(2)
    total = loss + 0.01 * (parameters[2] ** 2).sum()
    assert "dW2 = 1/m dZ2ᵀ A1 + 0.02 W2" in tw.derive(total).lines()
    check(total, tensors, "columns", "dW")


def test_a_tensor_used_twice_adds_up():
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    w = tw.tensor(W, requires_grad=True, name="W")
    loss = (tw.tanh(tw.tanh(tw.tensor(X, name="X") @ w) @ w) ** 2).sum()
    Z1 = X @ W
    A1 = np.tanh(Z1)
    Z2 = A1 @ W
    tensors = {"X": X, "W": W, "Z1": Z1, "A1": A1, "Z2": Z2, "A2": np.tanh(Z2)}
    check(loss, tensors, "rows", "dZ")
    assert tw.derive(loss).lines()[-1] == "dW = A1ᵀ dZ2 + Xᵀ dZ1"


def test_a_graph_with_nothing_to_simplify_gives_the_plain_chain():
    x = tw.Tensor([0.5, 2.0], requires_grad=True, name="x")
    assert tw.derive((tw.sin(x) * tw.exp(x)).sum()).lines() == ["dx = exp(x) ∘ (cos(x) + sin(x))"]


def test_practice_00_has_its_own_layout():
    X, W, b = tw.zeros(4, 2), tw.zeros(2, 1), tw.zeros(1)
    for tensor, name in ((X, "X"), (W, "W"), (b, "b")):
        tensor.name = name
    loss = bce(tw.sigmoid(X @ W.requires_grad_() + b.requires_grad_()), tw.ones(4, 1))
    assert tw.derive(loss).lines() == ["dZ1 = A1 − y", "dW = 1/m Xᵀ dZ1", "db = 1/m Σ dZ1"]


def test_one_tensor_may_be_asked_for():
    loss, _, parameters = guides_network(3)
    found = tw.derive(loss, wrt=parameters[2], layout="columns").lines()
    assert found == ["dZ3 = A3 − y", "dZ2 = W3ᵀ dZ3 ∘ A2 ∘ (1 − A2)", "dW2 = 1/m dZ2 A1ᵀ"]


# ---------------------------------------------------------------- a wrong rule is seen


@pytest.mark.parametrize(("row", "i"), [("sigmoid", 0), ("linear", 0), ("linear", 1), ("linear", 2), ("sum", 0)])
def test_a_wrong_sign_in_a_rule_shows_in_the_equations(row, i):
    loss, _, _ = guides_network(2)
    with wrong_sign(row, i):
        wrong = tw.derive(loss, layout="columns").lines()
    assert wrong != guides_equations(2)
    assert any("−" in w and w != right for w, right in zip(wrong, guides_equations(2), strict=True))
