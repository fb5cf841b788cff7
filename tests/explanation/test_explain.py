"""Explanations and derivations: the printed equations are the gradients, and on the guide's networks its own."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.formulas import Text, evaluate
from tinygrad_wtf import nn
from tinygrad_wtf.autograd.backward import arrays, walk
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.explanation import local_derivative, names, steps
from tinygrad_wtf.tensors.tensor import node_of

GOLDEN = Path(__file__).parent / "golden"
DEPTHS = (1, 2, 3, 5)


def sizes_of(depth):
    return [2, *[3] * (depth - 1), 1]


def bce(a, y):
    return nn.BCELoss()(a, y)


def guides_network(depth, loss=bce, dtype=np.float64, seed=0):
    """The loss of a network of sigmoid layers, and the tensors that equations speak of, by name."""
    rng = np.random.default_rng(seed)
    sizes = sizes_of(depth)
    X, y = rng.normal(size=(7, 2)).astype(dtype), (rng.random((7, 1)) > 0.5).astype(dtype)
    tensors = {"X": X, "y": y}
    a, hidden = tw.Tensor(X), X
    parameters = []
    for k, (n, m) in enumerate(itertools.pairwise(sizes), 1):
        layer = nn.Linear(n, m, dtype=dtype, generator=seed * 100 + k)
        W, b = layer.weight.numpy(), layer.bias.numpy()
        z = hidden @ W.T + b
        hidden = 1 / (1 + np.exp(-z))
        tensors |= {f"W{k}": W, f"b{k}": b, f"Z{k}": z, f"A{k}": hidden}
        parameters += [layer.weight, layer.bias]
        a = tw.sigmoid(layer(a))
    return loss(a, tw.Tensor(y)), tensors, parameters


def guides_equations(depth):
    """The boxes of theory 02, for any depth, samples as columns."""
    lines = []
    for k in range(depth, 0, -1):
        dZ = f"A{k} − y" if k == depth else f"W{k + 1}ᵀ dZ{k + 1} ∘ A{k} ∘ (1 − A{k})"
        before = f"A{k - 1}ᵀ" if k > 1 else "Xᵀ"
        lines += [f"dZ{k} = {dZ}", f"dW{k} = 1/m dZ{k} {before}", f"db{k} = 1/m Σ dZ{k}"]
    return lines


def our_equations(depth):
    """The same with samples as rows."""
    lines = []
    for k in range(depth, 0, -1):
        dZ = f"A{k} − y" if k == depth else f"dZ{k + 1} W{k + 1} ∘ A{k} ∘ (1 − A{k})"
        before = f"A{k - 1}" if k > 1 else "X"
        lines += [f"dZ{k} = {dZ}", f"dW{k} = 1/m dZ{k}ᵀ {before}", f"db{k} = 1/m Σ dZ{k}"]
    return lines


def gradients_of(loss):
    """The gradient of every node, by arrays."""
    root = node_of(loss)
    return dict(walk([(root, np.ones(root.shape))], arrays, None))


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


def by_logs(a, y):
    return -(y * a.log() + (1 - y) * (1 - a).log()).mean()


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
    return layer(tw.Tensor(rng.normal(size=(6, 2)).astype(np.float32))), rng.integers(0, classes, 6)


def one_hot(labels):
    return tw.Tensor(np.eye(3, dtype=np.float32)[labels])


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (lambda z, t: -(one_hot(t) * tw.log_softmax(z, 1)).sum() / len(t), "dZ1 = softmax(Z1) − y"),
        (lambda z, t: -(one_hot(t) * tw.log(tw.softmax(z, 1))).sum(1).mean(), "dZ1 = A1 − y"),
        (lambda z, t: nn.CrossEntropyLoss()(z, one_hot(t)), "dZ1 = softmax(Z1) − y"),
        (lambda z, t: nn.CrossEntropyLoss()(z, tw.Tensor(t)), "dZ1 = softmax(Z1) − onehot(y)"),
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
    tensors, a, hidden = {"X": X, "y": y}, tw.Tensor(X), X
    for k, kind in enumerate(kinds, 1):
        ours, numpys = ACTIVATIONS[kind]
        layer = nn.Linear(2, 2, dtype=np.float64, generator=seed + k)
        W, b = layer.weight.numpy(), layer.bias.numpy()
        tensors |= {f"W{k}": W, f"b{k}": b, f"Z{k}": hidden @ W.T + b}
        hidden = tensors[f"A{k}"] = numpys(tensors[f"Z{k}"])
        a = ours(layer(a))
    check(((a - tw.Tensor(y)) ** 2).mean(), tensors, layout, mean)


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
    z = tw.Tensor(X) @ tw.Tensor(W, requires_grad=True).T
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
    w = tw.Tensor(W, requires_grad=True, name="W")
    loss = (tw.tanh(tw.tanh(tw.Tensor(X, name="X") @ w) @ w) ** 2).sum()
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


# ---------------------------------------------------------------- a rule that lies is seen


@pytest.fixture
def with_wrong_sign(monkeypatch):
    def change(name, i=0):
        row = Op.table[name]
        rules = list(row.vjps)
        right = rules[i]
        rules[i] = lambda *args, **params: -right(*args, **params)
        monkeypatch.setattr(row, "vjps", tuple(rules))

    return change


@pytest.mark.parametrize(("row", "i"), [("sigmoid", 0), ("linear", 0), ("linear", 1), ("linear", 2), ("sum", 0)])
def test_a_wrong_sign_in_a_rule_shows_in_the_equations(row, i, with_wrong_sign):
    loss, _, _ = guides_network(2)
    with_wrong_sign(row, i)
    wrong = tw.derive(loss, layout="columns").lines()
    assert wrong != guides_equations(2)
    assert any("−" in w and w != right for w, right in zip(wrong, guides_equations(2), strict=True))


def test_a_wrong_sign_in_a_rule_shows_in_the_steps(with_wrong_sign):
    loss, _, _ = guides_network(1)
    right = str(tw.explain(loss))
    with_wrong_sign("sigmoid")
    wrong = str(tw.explain(loss))
    assert "dZ1 = dA1 ∘ A1 ∘ (1 − A1)" in right
    assert "dZ1 = −dA1 ∘ A1 ∘ (1 − A1)" in wrong


# ---------------------------------------------------------------- steps


def test_steps_are_those_of_the_backward_pass():
    loss, _, _ = guides_network(2)
    found = [(s.op.name, s.argument, s.source_name) for s in steps(loss) if s.op.name in ("linear", "sigmoid")]
    assert found == [
        ("sigmoid", 0, "Z2"), ("linear", 0, "A1"), ("linear", 1, "W2"), ("linear", 2, "b2"),
        ("sigmoid", 0, "Z1"), ("linear", 1, "W1"), ("linear", 2, "b1"),
    ]  # fmt: skip


@given(depth=st.integers(1, 3), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=10)
def test_the_contributions_add_up_to_the_gradients(depth, seed):
    loss, tensors, _ = guides_network(depth, by_logs, seed=seed)
    gradients, found = gradients_of(loss), steps(loss)
    values = dict(tensors)
    for step in found:
        values["d" + step.source_name] = values[f"d({step.source_name})"] = gradients[step.source]
        kept = zip((step.node, *step.node.inputs), step.node.saved, strict=True)
        called = names([node_of(loss)])
        values |= {called[n]: a for n, a in kept if isinstance(a, np.ndarray)}
    sums = {}
    for step in found:
        part = np.broadcast_to(evaluate(step.contribution, values), step.source_shape)
        sums[step.source] = sums.get(step.source, 0) + part
    for node, total in sums.items():
        np.testing.assert_allclose(total, gradients[node], rtol=1e-9, atol=1e-12)


def test_captions_say_what_happens_to_shapes_and_why():
    x = tw.tensor(np.ones((100, 32)), requires_grad=True, name="x")
    b = tw.tensor(np.ones(32), requires_grad=True, name="b")
    (_, of_b) = (s for s in steps(x + b) if s.op.name == "add")
    assert of_b.caption == "sum over axis 0, because b was broadcast (32,) -> (100, 32)"
    column = tw.tensor(np.ones((64, 1)), requires_grad=True, name="c")
    (step,) = steps(column.reshape(64))
    assert step.caption == "reshape (64,) -> (64, 1)"
    (step,) = steps(column.sum())
    assert step.caption.endswith("broadcast (1, 1) -> (64, 1)")


def test_a_step_tells_local_derivative_upstream_and_contribution():
    z = tw.tensor([1.0, 2.0], requires_grad=True, name="z")
    a = tw.sigmoid(z)
    a.name = "a"
    _, step = steps(a.sum())
    assert (str(step.local), str(step.upstream), str(step.contribution)) == ("a ∘ (1 − a)", "da", "da ∘ a ∘ (1 − a)")
    assert str(local_derivative(step.node, 0)) == "a ∘ (1 − a)"
    assert step.shape == step.source_shape == (2,)


def test_a_freed_graph_is_explained_as_before():
    loss, _, _ = guides_network(2)
    before = [str(s.contribution) for s in steps(loss)], tw.derive(loss).lines()
    loss.backward()
    assert ([str(s.contribution) for s in steps(loss)], tw.derive(loss).lines()) == before


def test_explaining_changes_nothing_and_computes_nothing():
    loss, _, parameters = guides_network(2)
    seen = []
    parameters[0].register_hook(seen.append)
    text = str(tw.explain(loss))
    assert not seen
    assert all(p.grad is None for p in parameters)
    assert "norm" not in text
    loss.backward()
    assert len(seen) == 1


def test_norms_are_given_of_the_gradients_that_are_there():
    loss, _, parameters = guides_network(1)
    loss.backward()
    norm = np.linalg.norm(parameters[0].grad.numpy())
    assert f"norm {norm:.4g}" in str(tw.explain(loss))


def test_a_tensor_used_twice_is_told_so():
    w = tw.tensor([2.0, 3.0], requires_grad=True, name="w")
    text = str(tw.explain((w * w).sum()))
    assert "dw = dv1 ∘ w    (2,); use 1 of 2" in text
    assert "dw += dv1 ∘ w    (2,); use 2 of 2" in text


def test_only_the_way_to_one_tensor_is_told():
    loss, _, parameters = guides_network(3)
    told = {s.source_name for s in tw.explain(loss, wrt=parameters[4]).steps}
    assert "W3" in told
    assert not told & {"W2", "A2", "b3"}


def test_the_graph_of_a_gradient_is_explained():
    x = tw.tensor(2.0, requires_grad=True, name="x")
    (slope,) = tw.grad(x**3, x, create_graph=True)
    assert tw.derive(slope).lines() == ["dx = 6 x"]


def test_ten_thousand_steps_are_no_difficulty():
    z = tw.tensor(0.5, requires_grad=True)
    for _ in range(5000):
        z = z.sin() * 1.01
    assert len(steps(z)) == 10_000
    assert tw.explain(z).derivation is None


@pytest.mark.parametrize("fmt", ["text", "markdown", "latex"])
def test_every_format_holds_the_equations(fmt):
    found = str(tw.explain(guides_network(1)[0], fmt=fmt, layout="columns"))
    assert ("dZ1 = A1 − y" if fmt == "text" else "dZ_{1} &= A_{1} - y") in found


def test_notebooks_get_typeset_mathematics():
    loss, _, _ = guides_network(1)
    assert "$$" in tw.derive(loss)._repr_latex_()
    assert "$$" in tw.derive(loss)._repr_markdown_()
    assert "| result |" in tw.explain(loss)._repr_markdown_()
    assert tw.explain(loss)._repr_latex_() is None


# ---------------------------------------------------------------- names


def test_tensors_are_called_by_their_part_in_the_network():
    loss, _, _ = guides_network(2)
    called = set(names([node_of(loss)]).values())
    assert called >= {"X", "y", "W1", "b1", "Z1", "A1", "W2", "b2", "Z2", "A2", "L"}


def test_a_users_name_comes_first_and_no_two_are_alike():
    x = tw.tensor([1.0], requires_grad=True, name="x")
    other = tw.tensor([1.0], requires_grad=True, name="x")
    strange = tw.tensor([1.0], requires_grad=True, name="two\nlines")
    called = list(names([node_of((x * other * strange).sum())]).values())
    assert {"x", "x_2", "two\\nlines", "L"} < set(called)
    assert len(called) == len(set(called))


def test_modules_of_several_steps_have_one_result():
    net = nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(), nn.Linear(3, 1))
    called = names([node_of((net(tw.ones(4, 2)) ** 2).mean())])
    by_name = {name: node for node, name in called.items()}
    assert by_name["A1"].scope[-1] == "1: LeakyReLU"
    assert by_name["Z2"].shape == (4, 1)


def test_equal_graphs_have_equal_names():
    first, second = (list(names([node_of(guides_network(2)[0])]).values()) for _ in range(2))
    assert first == second


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("function", [tw.explain, tw.derive])
def test_what_cannot_be_explained_is_refused(function):
    with pytest.raises(tw.GraphError, match="no recorded graph"):
        function(tw.tensor(1.0))
    with pytest.raises(tw.DTypeError, match="takes a Tensor, not float"):
        function(1.0)
    x, stranger = (tw.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    with pytest.raises(tw.GraphError, match="does not depend"):
        function((x * x).sum(), wrt=stranger)


def test_a_derivation_begins_at_one_number():
    with pytest.raises(tw.GraphError, match="not one number"):
        tw.derive(tw.tensor([1.0, 2.0], requires_grad=True) * 2)


@pytest.mark.parametrize("wrong", [{"layout": "diagonal"}, {"mean": "dB"}])
def test_unknown_choices_are_refused(wrong):
    with pytest.raises(tw.SettingError, match="not '"):
        tw.derive(guides_network(1)[0], **wrong)
    with pytest.raises(tw.SettingError, match="fmt"):
        tw.explain(guides_network(1)[0], fmt="html")
