"""The picture of a recorded graph: what is in it, that it is the same every time, and that it reaches a file.

The golden files hold DOT text. After a wanted change write them anew with
``python -m tests.picture.test_picture``, look at the difference, and render one to see it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Callable

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.pictures import (
    GOLDEN,
    ROOT,
    awkward_names,
    edges_from,
    gradient,
    network,
    operation_box,
    square,
    tensor_box,
)
from tinygrad_wtf.picture import draw
from tinygrad_wtf.picture.model import OperationBox

GRAPHS: dict[str, Callable[[], tw.Tensor]] = {
    "square": square,
    "network": network,
    "gradient": gradient,
    "awkward_names": awkward_names,
}


# -- the same picture every time ----------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS)
def test_the_dot_text_is_the_golden_one(name: str) -> None:
    assert draw(GRAPHS[name]()).source == (GOLDEN / f"{name}.dot").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", ["0", "1"])
def test_another_process_with_another_hash_seed_writes_the_same_text(seed: str) -> None:
    program = "from tests.support.pictures import *; print(tw.draw(network()).source, end='')"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode().replace("\r\n", "\n") == draw(network()).source


def test_drawing_twice_gives_the_same_text() -> None:
    loss = network()
    assert draw(loss).source == draw(loss).source


# -- what is in it ------------------------------------------------------------------------------


def test_a_tensor_used_twice_by_one_operation_has_two_edges() -> None:
    picture = draw(square())
    x = tensor_box(picture, "x")
    arguments = [edge.argument for edge in edges_from(picture, operation_box(picture, "mul"))]
    assert arguments == [0, 1]
    assert picture.source.count(f"-> sum_{x.key}") == 2  # and a box that adds the two
    assert x.uses == 2


def test_edges_lead_from_the_loss_to_the_leaves() -> None:
    picture = draw(network())
    tails = {edge.tail for edge in picture.graph.edges}
    heads = {edge.head for edge in picture.graph.edges}
    leaves = {box.key for box in picture.graph.tensors if box.role in ("parameter", "input", "constant")}
    assert tails - heads == {tensor_box(picture, "L").key}
    assert heads - tails == leaves


def test_edges_of_an_operation_follow_its_arguments() -> None:
    a = tw.tensor(1.0, requires_grad=True, name="a")
    b = tw.tensor(2.0, requires_grad=True, name="b")
    picture = draw(a - b)
    heads = [edge.head for edge in edges_from(picture, operation_box(picture, "sub"))]
    assert heads == [tensor_box(picture, "a").key, tensor_box(picture, "b").key]


def test_an_operation_is_written_with_its_arguments() -> None:
    a = tw.tensor(1.0, requires_grad=True, name="a")
    b = tw.tensor(2.0, requires_grad=True, name="b")
    assert operation_box(draw(a - b), "sub").expression == "a − b"
    assert operation_box(draw(a.sigmoid()), "sigmoid").expression == "σ(a)"
    assert [edge.order_matters for edge in draw(a - b).graph.edges] == [False, True, True]
    assert not any(edge.order_matters for edge in draw(a + b).graph.edges)


def test_a_gradient_flows_to_parameters_and_not_to_inputs() -> None:
    w = tw.tensor([1.0, 2.0], requires_grad=True, name="w")
    x = tw.tensor([3.0, 4.0], name="x")
    picture = draw(w * x)
    flows = {edge.head: edge.carries_gradient for edge in picture.graph.edges}
    assert flows[tensor_box(picture, "w").key]
    assert not flows[tensor_box(picture, "x").key]


def test_no_gradient_flows_to_an_argument_without_a_rule() -> None:
    w = tw.tensor([1.0, 2.0], requires_grad=True, name="w")
    picture = draw(tw.where(w > 0, w, 0.0))  # as a condition w matters, but not smoothly
    condition, chosen = edges_from(picture, operation_box(picture, "where"))
    assert (condition.carries_gradient, chosen.carries_gradient) == (False, True)


def test_a_line_without_gradient_is_thin_and_has_no_arrow() -> None:
    w, x = tw.tensor(1.0, requires_grad=True), tw.tensor(5.0)
    (line,) = [line for line in draw(w * x, legend=False).source.splitlines() if "-> leaf2" in line]
    assert "arrowhead=none" in line
    assert "penwidth=0.7" in line


def test_each_role_has_its_own_outline() -> None:
    source = draw(network()).source
    outlines = {
        role: next(line for line in source.splitlines() if f"legend_{role} [" in line).split("shape=")[1].split()[0]
        for role in ("loss", "intermediate", "parameter", "input", "operation")
    }
    assert len(set(outlines.values())) == 5


def test_a_box_tells_name_shape_dtype_and_the_state_of_the_gradient() -> None:
    w = tw.tensor(np.ones((4, 2)), requires_grad=True, name="W")
    (line,) = [line for line in draw(w.exp(), legend=False).source.splitlines() if "<B>W</B>" in line]
    assert "(4, 2) float64" in line
    assert "gradient not computed" in line


def test_float32_goes_without_saying() -> None:
    assert "(5, 2)</FONT>" in draw(network()).source


def test_an_operation_shows_its_mathematical_sign() -> None:
    picture = draw(network())
    signs = {box.name: box.sign for box in picture.graph.operations}
    assert (signs["matmul"], signs["sigmoid"], signs["add"], signs["sum"]) == ("@", "σ", "+", "Σ")


def test_boxes_lie_in_nested_clusters_of_their_scopes() -> None:
    (sequential,) = draw(network()).graph.clusters().inner
    assert sequential.scope == ("Sequential",)
    assert [inner.scope[-1] for inner in sequential.inner] == ["3: Sigmoid", "2: Linear", "1: Sigmoid", "0: Linear"]
    names = {box.name for box in sequential.inner[3].boxes if isinstance(box, OperationBox)}
    assert names == {"add", "matmul", "permute"}


def test_parameters_lie_in_the_layer_that_uses_them_and_inputs_outside() -> None:
    picture = draw(network())
    assert tensor_box(picture, "W").scope == ("Sequential", "0: Linear")
    assert tensor_box(picture, "X").scope == ()


def test_a_parameter_of_two_layers_lies_in_the_scope_around_both() -> None:
    shared = tw.tensor(1.0, requires_grad=True, name="shared")
    with tw.scope("net"):
        with tw.scope("one"):
            h = shared * 2.0
        with tw.scope("two"):
            h = h * shared
    assert tensor_box(draw(h), "shared").scope == ("net",)


def test_unnamed_tensors_are_called_after_the_part_they_play() -> None:
    x = tw.tensor(np.ones((5, 2)))
    weight = tw.tensor(np.ones((2, 1)), requires_grad=True)
    bias = tw.tensor(np.zeros(1), requires_grad=True)
    labels = {box.label for box in draw((x @ weight + bias).sigmoid().sum()).graph.tensors}
    assert {"X", "W1", "b1", "Z1", "A1", "L"} <= labels


def test_results_are_numbered_in_the_order_of_computation() -> None:
    x = tw.tensor(1.0, requires_grad=True)
    picture = draw(x.exp().sin().cos())
    assert [box.label for box in picture.graph.tensors] == ["L", "v2", "v1", "x"]
    assert [box.name for box in picture.graph.operations] == ["cos", "sin", "exp"]


def test_the_legend_can_be_left_out() -> None:
    assert "legend" in draw(square()).source
    assert "legend" not in draw(square(), legend=False).source


def test_settings_of_an_operation_are_shown_without_addresses() -> None:
    x = tw.tensor(np.ones((3, 4)), requires_grad=True)
    assert operation_box(draw(x.sum(dim=1, keepdim=True)), "sum").detail == "dim=(1,), keepdim=True"
    assert operation_box(draw(x[1:, [0, 0]]), "getitem").detail == "index=(1:, array)"


def test_an_extremely_long_name_is_cut() -> None:
    x = tw.tensor(1.0, requires_grad=True, name="n" * 1000)
    label = draw(x.exp()).graph.tensors[-1].label
    assert len(label) == 40
    assert label.endswith("…")


# -- at any time of a graph's life --------------------------------------------------------------


def test_the_boxes_after_backward_are_those_before() -> None:
    loss = network()
    before = draw(loss).graph
    loss.backward()
    after = draw(loss).graph
    assert [box.key for box in after.boxes] == [box.key for box in before.boxes]
    assert [edge.formula for edge in after.edges] == [edge.formula for edge in before.edges]


def test_drawing_changes_neither_gradients_nor_the_graph() -> None:
    x = tw.tensor(3.0, requires_grad=True)
    y = x * x
    draw(y)
    assert x.grad is None
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 6.0


def test_the_graph_of_a_gradient_shows_its_own_operations() -> None:
    picture = draw(gradient())
    assert {"sub", "tanh", "mul", "add"} <= {box.name for box in picture.graph.operations}
    assert tensor_box(picture, "Y").shape == (3,)
    assert "the graph of a gradient" in picture.graph.subtitle


def test_a_picture_does_not_keep_the_graph_alive() -> None:
    x = tw.tensor(3.0, requires_grad=True)
    y = x * x
    ghost = weakref.ref(y.node)
    picture = draw(y)
    del y
    assert ghost() is None
    assert picture.source


def test_a_long_chain_is_read_without_recursion() -> None:
    x = tw.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(3_000):
        y = y + x
    graph = draw(y, collapse=False, values=False).graph
    assert len(graph.operations) == 3_000
    assert len(graph.edges) == 9_000


def test_a_leaf_that_needs_a_gradient_is_a_picture_of_one_box() -> None:
    picture = draw(tw.tensor(1.0, requires_grad=True, name="w"))
    assert [(box.label, box.role) for box in picture.graph.tensors] == [("w", "parameter")]
    assert picture.graph.edges == ()


def test_a_tensor_without_history_is_refused_with_the_mend() -> None:
    with pytest.raises(tw.GraphError, match=r"draw: the tensor 'x' has no recorded graph.*requires_grad=True"):
        draw(tw.tensor(1.0, name="x"))


def test_a_number_is_refused() -> None:
    with pytest.raises(tw.DTypeError, match="expected a Tensor or a model, got float"):
        draw(1.0)  # type: ignore[arg-type]


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match="no tensor was given"):
        draw([])


def test_several_tensors_share_one_picture() -> None:
    x = tw.tensor(1.0, requires_grad=True, name="x")
    picture = draw([x.exp(), x.sin()])
    assert [box.label for box in picture.graph.roots] == ["L1", "L2"]
    assert sum(box.label == "x" for box in picture.graph.tensors) == 1


if __name__ == "__main__":
    for name, build in GRAPHS.items():
        (GOLDEN / f"{name}.dot").write_text(draw(build()).source, encoding="utf-8")
