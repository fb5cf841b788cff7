"""What a picture says in formulas and numbers: derivatives, values, gradients, and the moment at which it was drawn."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.faults import wrong_sign
from tests.support.pictures import edges_from, network, operation_box, tensor_box
from tinygrad_wtf import nn
from tinygrad_wtf.picture import Picture, draw
from tinygrad_wtf.picture.model import Edge
from tinygrad_wtf.picture.numbers import summary


def scalar(value: float, name: str) -> tw.Tensor:
    return tw.tensor(value, requires_grad=True, name=name)


def into(picture: Picture, label: str) -> list[Edge]:
    box = tensor_box(picture, label)
    return [edge for edge in picture.graph.edges if edge.head == box.key and edge.carries_gradient]


def lines_to(picture: Picture, head: str) -> list[str]:
    return [line for line in picture.source.splitlines() if f"-> {head} " in line]


# -- formulas -----------------------------------------------------------------------------------


def test_an_edge_carries_the_local_derivative() -> None:
    x = scalar(2.0, "x")
    picture = draw(x.sin() * 3)
    assert [edge.formula for edge in into(picture, "x")] == ["× cos(x)"]


def test_a_derivative_is_written_in_the_names_of_the_network() -> None:
    loss = network()
    formulas = [edge.formula for edge in draw(loss).graph.edges]
    assert "× A2 ∘ (1 − A2)" in formulas
    assert "Σ₀ dZ2" in formulas


def test_a_matrix_product_says_what_becomes_of_the_gradient() -> None:
    a = tw.tensor(np.ones((2, 3)), requires_grad=True, name="A")
    b = tw.tensor(np.ones((3, 4)), requires_grad=True, name="B")
    c = a @ b
    c.name = "C"
    picture = draw(c.sum())
    assert [edge.formula for edge in into(picture, "A")] == ["dC Bᵀ"]
    assert [edge.formula for edge in into(picture, "B")] == ["Aᵀ dC"]


def test_an_edge_tells_the_shape_of_the_gradient() -> None:
    picture = draw(network())
    assert into(picture, "b")[0].shape == (4,)
    assert any("(4,)" in line for line in lines_to(picture, tensor_box(picture, "b").key))


def test_a_sum_is_bracketed_where_it_is_a_factor() -> None:
    x = scalar(0.5, "x")
    y = x.tanh()
    y.name = "y"
    (edge,) = into(draw(y), "x")
    assert edge.formula == "× (1 − y²)"


def test_a_wrong_sign_in_a_rule_shows_in_the_picture() -> None:
    x = scalar(0.5, "x")
    y = x.sin()
    right = into(draw(y), "x")[0].formula
    with wrong_sign("sin"):
        assert (right, into(draw(y), "x")[0].formula) == ("× cos(x)", "× (−cos(x))")


def test_a_wrong_sign_in_a_product_shows_in_the_picture() -> None:
    a = tw.tensor(np.ones((2, 3)), requires_grad=True, name="A")
    b = tw.tensor(np.ones((3, 4)), name="B")
    c = a @ b
    c.name = "C"
    with wrong_sign("matmul"):
        assert into(draw(c), "A")[0].formula.startswith("−")


@pytest.mark.parametrize("name", ["exp", "log1p", "sqrt", "sigmoid", "relu", "softplus", "abs", "cos", "tanh"])
def test_the_contribution_on_an_edge_is_upstream_times_the_local_derivative(name: str) -> None:
    x = scalar(0.7, "x")
    y = getattr(tw, name)(x)
    y.name = "y"
    loss = y * 3.0
    loss.backward()
    (edge,) = into(draw(loss), "x")
    assert edge.gradient is not None
    assert x.grad is not None
    assert edge.gradient.mean == x.grad.item()


# -- values -------------------------------------------------------------------------------------


def test_a_scalar_shows_its_value() -> None:
    x = scalar(3.0, "x")
    assert "= 9" in draw(x * x).source


def test_an_array_shows_mean_and_spread_and_a_heat_strip() -> None:
    w = tw.tensor([[1.0, -1.0], [3.0, -3.0]], requires_grad=True, name="W")
    (line,) = [line for line in draw(w.sum(), legend=False).source.splitlines() if "<B>W</B>" in line]
    assert "0 ± 2.24" in line
    assert line.count("BGCOLOR") == 12
    assert "#d55e00" in line
    assert "#0072b2" in line


def test_a_heat_strip_is_scaled_to_its_largest_part() -> None:
    found = summary(np.array([8.0, -4.0, 0.0, 2.0]))
    assert found is not None
    assert found.strip == (1.0, -0.5, 0.0, 0.25)
    pairs = summary(np.array([0.0, 8.0] * 6 + [0.0, -4.0] * 6))  # each part is a pair, of which the mean is shown
    assert pairs is not None
    assert pairs.strip == (1.0,) * 6 + (-0.5,) * 6


def test_the_colours_of_a_heat_strip_tell_how_large_each_part_is() -> None:
    """White for 0, the colour of the sign for the largest: each channel goes from one to the other in proportion."""
    w = tw.tensor([8.0, -4.0, 0.0, -8.0], requires_grad=True, name="W")
    (line,) = [line for line in draw(w.sum(), legend=False).source.splitlines() if "<B>W</B>" in line]
    colours = re.findall(r'BGCOLOR="(#\w+)"', line)
    half = "#" + "".join(f"{round((238 + part) / 2):02x}" for part in (0x00, 0x72, 0xB2))
    assert colours == ["#d55e00"] * 3 + [half] * 3 + ["#eeeeee"] * 3 + ["#0072b2"] * 3


def test_values_that_backward_did_not_keep_are_found_again() -> None:
    x = scalar(3.0, "x")
    y = x + 1.0  # `add` keeps nothing
    y.name = "y"
    picture = draw(y + 1.0)
    value = tensor_box(picture, "y").value
    assert value is not None
    assert value.mean == 4.0


def test_values_can_be_left_out() -> None:
    loss = network()
    loss.backward()
    picture = draw(loss, values=False)
    assert all(box.value is None and box.gradient is None for box in picture.graph.tensors)
    assert "±" not in picture.source


def test_a_graph_whose_parameters_were_changed_since_shows_no_value_that_was_never_there() -> None:
    x = scalar(3.0, "x")
    y = x + 1.0
    y.name = "y"
    loss = y * y
    loss.backward()
    with tw.no_grad():
        x.copy_(100.0)
    picture = draw(loss)
    assert tensor_box(picture, "y").value is None
    assert tensor_box(picture, "x").value.mean == 100.0  # type: ignore[union-attr]


def test_a_parameter_with_new_memory_does_not_mislead_either() -> None:
    x = scalar(3.0, "x")
    y = x + 1.0
    y.name = "y"
    loss = y * y
    loss.backward()
    x.data = tw.tensor(100.0)
    assert tensor_box(draw(loss), "y").value is None


@pytest.mark.parametrize(
    ("entries", "kind"),
    [([1.0, 2.0], "ordinary"), ([0.0, 0.0], "zero"), ([1.0, math.nan], "nan"), ([math.inf], "infinite")],
)
def test_an_array_in_short(entries: list[float], kind: str) -> None:
    found = summary(np.array(entries))
    assert found is not None
    assert found.kind == kind


def test_large_numbers_do_not_overflow_in_a_norm() -> None:
    found = summary(np.array([3e200, 4e200]))
    assert found is not None
    assert found.norm == pytest.approx(5e200)


def test_every_entry_is_kept_up_to_sixteen_by_sixteen() -> None:
    small, large = summary(np.ones((16, 16))), summary(np.ones((17, 2)))
    assert small is not None
    assert large is not None
    assert small.entries == ((1.0,) * 16,) * 16
    assert large.entries is None


# -- gradients ----------------------------------------------------------------------------------


def test_gradients_in_the_picture_are_those_of_backward() -> None:
    loss = network()
    parameters = [box for box in draw(loss).graph.tensors if box.role == "parameter"]
    kept = tw.tensor([0.5], requires_grad=True, name="kept")
    product = (kept * loss).sum()
    product.backward()
    picture = draw(product)
    assert kept.grad is not None
    assert tensor_box(picture, "kept").gradient.mean == pytest.approx(kept.grad.item())  # type: ignore[union-attr]
    assert len(parameters) == 4


def test_the_gradient_of_a_result_is_the_one_it_would_retain() -> None:
    x = scalar(2.0, "x")
    y = x * x
    y.name = "y"
    y.retain_grad()
    loss = y.sin()
    loss.backward()
    expected = y.grad.item()  # type: ignore[union-attr]

    x = scalar(2.0, "x")
    y = x * x
    y.name = "y"
    loss = y.sin()
    loss.backward()
    assert tensor_box(draw(loss), "y").gradient.mean == expected  # type: ignore[union-attr]


def test_contributions_add_up_to_the_gradient() -> None:
    x = scalar(2.0, "x")
    loss = x * x + x.sin()
    loss.backward()
    contributions = [edge.gradient.mean for edge in into(draw(loss), "x") if edge.gradient is not None]
    assert len(contributions) == 3
    assert sum(contributions) == pytest.approx(x.grad.item())  # type: ignore[union-attr]


def test_states_of_a_gradient_are_told_apart() -> None:
    x, never = scalar(2.0, "x"), scalar(1.0, "never")
    zero = scalar(3.0, "zero")

    def loss() -> tw.Tensor:
        made: tw.Tensor = x * x + zero * 0.0 + never.detach()
        return made

    assert tensor_box(draw(loss()), "x").state == "not computed"
    first = loss()
    first.backward()
    assert tensor_box(draw(first), "x").state == "computed"
    assert tensor_box(draw(first), "zero").state == "zero"
    second = loss()
    second.backward()
    box = tensor_box(draw(second), "x")
    assert (box.state, box.passes) == ("accumulated", 2)
    assert "gradient 8, sum of 2 passes" in draw(second).source


@pytest.mark.parametrize("set_to_none", [True, False])
def test_the_count_of_passes_starts_anew_after_zero_grad(set_to_none: bool) -> None:
    layer = nn.Linear(1, 1)
    descent = nn.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        descent.zero_grad(set_to_none=set_to_none)
        loss = layer(tw.ones(1, 1)).sum()
        loss.backward()
    assert tensor_box(draw(loss), "W1").passes == 1


def widths(picture: Picture) -> list[float]:
    lines = [line for line in picture.source.splitlines() if "->" in line and "penwidth=" in line]
    return [float(line.split("penwidth=")[1].split()[0].rstrip("]").strip('"')) for line in lines]


def test_a_larger_gradient_is_a_wider_line() -> None:
    a, b = scalar(1.0, "a"), scalar(1.0, "b")
    loss = a * 1000.0 + b
    loss.backward()
    picture = draw(loss, legend=False)
    wide = lines_to(picture, tensor_box(picture, "a").key)
    thin = lines_to(picture, tensor_box(picture, "b").key)
    assert [float(line.split("penwidth=")[1].rstrip("]")) for line in wide + thin] == [4.0, 1.6]


def test_a_gradient_of_exactly_zero_is_dashed() -> None:
    x = scalar(-1.0, "x")
    loss = x.relu()
    loss.backward()
    picture = draw(loss, legend=False)
    (line,) = lines_to(picture, tensor_box(picture, "x").key)
    assert "style=dashed" in line
    assert "zero" in line


@pytest.mark.parametrize(("value", "said"), [(0.0, "infinite"), (math.nan, "NaN")])
def test_a_gradient_that_is_no_number_is_marked(value: float, said: str) -> None:
    x = scalar(value, "x")
    loss = x.sqrt()
    loss.backward()
    picture = draw(loss, legend=False)
    (line,) = lines_to(picture, tensor_box(picture, "x").key)
    assert said in line
    assert "#b0007d" in line


def test_before_backward_no_line_claims_a_size() -> None:
    x = scalar(-1.0, "x")
    assert widths(draw(x.relu() + x, legend=False)) == []


def test_drawing_calls_no_hook_and_does_not_guess_what_it_would_do() -> None:
    x = scalar(2.0, "x")
    y = x * x
    y.name = "y"
    called = []
    y.register_hook(lambda g: called.append(1) or g * 100)
    loss = y.sin()
    loss.backward(retain_graph=True)
    before = len(called)
    picture = draw(loss)
    assert len(called) == before
    assert tensor_box(picture, "y").gradient is None
    assert tensor_box(picture, "x").gradient.mean == x.grad.item()  # type: ignore[union-attr]


def test_a_gradient_that_began_in_a_direction_of_the_user_s_is_not_guessed() -> None:
    x = tw.tensor([1.0, 2.0], requires_grad=True, name="x")
    y = x * x
    y.name = "y"
    z = y + 1.0
    z.backward(tw.tensor([1.0, -5.0]))
    assert tensor_box(draw(z), "y").gradient is None


# -- the moment ---------------------------------------------------------------------------------


def test_the_title_says_that_nothing_was_computed_yet() -> None:
    assert "before backward()" in draw(network()).graph.subtitle


def test_the_title_says_that_the_graph_is_freed() -> None:
    loss = network()
    loss.backward()
    assert draw(loss).graph.subtitle == "after backward(): the graph is freed"


def test_the_title_says_that_the_graph_is_kept() -> None:
    loss = network()
    loss.backward(retain_graph=True)
    assert draw(loss).graph.subtitle == "after backward(): the graph is kept"


def test_the_title_says_of_which_order_a_gradient_is() -> None:
    x = scalar(2.0, "x")
    y = x**5
    orders = []
    for _ in range(3):
        (y,) = tw.grad(y, x, create_graph=True)
        orders.append(draw(y).graph.subtitle.split(";")[0])
    assert orders == ["the graph of a gradient", "the graph of a second gradient", "the graph of a gradient of order 3"]


def test_what_a_differentiable_pass_records_lies_in_the_layer_whose_gradient_it_is() -> None:
    layer = nn.Linear(2, 1)
    (slope,) = tw.grad(layer(tw.ones(3, 2)).tanh().sum(), layer.weight, create_graph=True)
    scopes = {box.scope for box in draw(slope).graph.operations}
    assert ("backward pass", "Linear") in scopes
    assert tw.current_scope() == ()


def test_drawing_changes_nothing() -> None:
    loss = network()
    node = loss.node
    assert node is not None
    seen = [
        (part, dict(vars(part))) for part in itertools.chain([node], (a for a in node.inputs if hasattr(a, "saved")))
    ]
    draw(loss, view="both")
    assert [dict(vars(part)) for part, _ in seen] == [before for _, before in seen]
    loss.backward()


def test_operation_boxes_have_the_whole_formula_in_latex() -> None:
    x = scalar(0.5, "x")
    picture = draw(x.sigmoid())
    assert operation_box(picture, "sigmoid").latex == r"\sigma\left(x\right)"
    assert edges_from(picture, operation_box(picture, "sigmoid"))[0].latex.startswith(r"\times ")
