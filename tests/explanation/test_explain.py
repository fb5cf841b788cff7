"""Explanations: the steps of the backward pass, in words and formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.faults import wrong_sign
from tests.support.formulas import evaluate
from tests.support.guide import by_logs, gradients_of, guides_network
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.explanation import local_derivative, names, steps


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


def test_a_wrong_sign_in_a_rule_shows_in_the_steps():
    loss, _, _ = guides_network(1)
    right = str(tw.explain(loss))
    with wrong_sign("sigmoid"):
        wrong = str(tw.explain(loss))
    assert "dZ1 = dA1 ∘ A1 ∘ (1 − A1)" in right
    assert "dZ1 = −dA1 ∘ A1 ∘ (1 − A1)" in wrong


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
