"""Large graphs: what is rolled, what is closed, what is left out, that it is said, and that it is quick."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.counting import calls_of
from tests.support.pictures import network, tensor_box
from tinygrad_wtf import nn
from tinygrad_wtf.picture import Picture, draw
from tinygrad_wtf.picture.model import ClosedBox


def chain(operations: int) -> tw.Tensor:
    x = tw.tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(operations):
        y = y + x
    return y


def perceptron(layers: int) -> tw.Tensor:
    parts = [part for _ in range(layers) for part in (nn.Linear(4, 4), nn.Sigmoid())]
    loss: tw.Tensor = nn.Sequential(*parts)(tw.ones(3, 4)).sum()
    return loss


def irregular(operations: int) -> tw.Tensor:
    """No layers and no repetition."""
    random = np.random.default_rng(0)
    tensors = [tw.tensor(1.0, requires_grad=True) for _ in range(5)]
    for _ in range(operations):
        a, b = (tensors[i] for i in random.integers(max(0, len(tensors) - 20), len(tensors), 2))
        tensors.append((a + b, a * b, a - b, a.sin(), a.cos())[random.integers(5)])
    return tw.stack(tensors[-20:]).sum()


def recurrent(steps: int) -> tw.Tensor:
    weight = tw.tensor(np.eye(2), requires_grad=True, name="W")
    h = tw.tensor(np.ones((1, 2)), name="h")
    for _ in range(steps):
        with tw.scope("cell"):
            h = (h @ weight).tanh()
    return h.sum()


def second_order(operations: int) -> tw.Tensor:
    x = tw.tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(operations):
        y = (y * x).sin()
    slope: tw.Tensor
    (slope,) = tw.grad(y, x, create_graph=True)
    return slope


def fan(branches: int) -> tw.Tensor:
    return tw.stack([tw.tensor(float(i), requires_grad=True).exp() for i in range(branches)]).sum()


GRAPHS: dict[str, tuple[Callable[[int], tw.Tensor], int]] = {
    "chain": (chain, 10_000),
    "irregular": (irregular, 10_000),
    "perceptron": (perceptron, 2_000),
    "recurrent": (recurrent, 4_000),
    "second_order": (second_order, 1_500),
    "fan": (fan, 1_000),
}
LARGE: dict[str, Callable[[], tw.Tensor]] = {name: partial(*graph) for name, graph in GRAPHS.items()}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_graph_gives_a_small_picture(name: str) -> None:
    picture = draw(LARGE[name]())
    assert 3 <= len(picture.graph.boxes) <= 130
    assert picture.graph.notes


@pytest.mark.parametrize("name", GRAPHS)
def test_the_work_of_drawing_grows_like_the_graph(name: str) -> None:
    make, size = GRAPHS[name]
    few, many = (calls_of(partial(draw, make(count))) for count in (size // 8, size // 2))
    assert many < 6 * few  # four times as large


def test_equal_names_without_number_do_not_make_it_slow() -> None:
    def named(operations: int) -> tw.Tensor:
        y = x = tw.tensor(1.0, requires_grad=True, name="x")
        for _ in range(operations):
            y = y * x
            y.name = "h"
        return y

    few, many = (calls_of(partial(draw, named(count))) for count in (500, 2_000))
    assert many < 6 * few


@pytest.mark.parametrize("name", LARGE)
def test_no_gradient_runs_in_a_circle(name: str) -> None:
    graph = draw(LARGE[name]()).graph
    heads: dict[str, set[str]] = {}
    for edge in graph.edges:
        heads.setdefault(edge.tail, set()).add(edge.head)
    arriving = {box.key: sum(box.key in found for found in heads.values()) for box in graph.boxes}
    ready = [key for key, count in arriving.items() if not count]
    seen = 0
    while ready:
        seen += 1
        for head in heads.get(ready.pop(), ()):
            arriving[head] -= 1
            if not arriving[head]:
                ready.append(head)
    assert seen == len(graph.boxes)


@pytest.mark.parametrize("name", LARGE)
def test_every_line_ends_at_boxes(name: str) -> None:
    graph = draw(LARGE[name]()).graph
    keys = [box.key for box in graph.boxes]
    assert len(set(keys)) == len(keys)
    assert {end for edge in graph.edges for end in (edge.tail, edge.head)} <= set(keys)


# -- rolling ------------------------------------------------------------------------------------


def clusters(picture: Picture) -> list[str]:
    return [scope[-1] for scope, _ in picture.graph.repeats]


def test_a_chain_is_rolled_to_one_operation() -> None:
    picture = draw(chain(10_000))
    assert clusters(picture) == ["× 9,999"]  # the first one adds x to x
    assert picture.graph.notes == ("a pattern of 1 operation × 9,999, the last one shown",)
    assert len(picture.graph.operations) == 2


def test_a_tensor_that_every_occurrence_uses_says_how_often() -> None:
    picture = draw(chain(10_000))
    x = tensor_box(picture, "x")
    assert sorted(edge.times for edge in picture.graph.edges if edge.head == x.key) == [1, 1, 9_999]


def test_a_rolled_pattern_begins_where_a_layer_does() -> None:
    picture = draw(perceptron(50))
    ((scope, count),) = picture.graph.repeats
    assert count >= 49
    inside = {box.scope[len(scope)] for box in picture.graph.operations if box.scope[: len(scope)] == scope}
    assert {name.split(": ")[1] for name in inside} == {"Linear", "Sigmoid"}
    signs = [box.name for box in reversed(picture.graph.operations) if box.scope[: len(scope)] == scope]
    assert signs[-1] == "sigmoid"
    assert len(signs) == 2


def test_a_repeated_layer_lies_inside_its_repetition() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(4, 4)

        def forward(self, x: tw.Tensor) -> tw.Tensor:
            made: tw.Tensor = x + self.inner(x).relu()
            return made

    loss = nn.Sequential(*(Block() for _ in range(24)))(tw.ones(3, 4)).sum()
    ((scope, count),) = draw(loss).graph.repeats
    assert scope == ("Sequential", f"× {count}")
    assert any(box.scope[:3] == (*scope, "23: Block") for box in draw(loss).graph.operations)


def test_a_repetition_takes_its_input_from_where_the_first_one_does() -> None:
    picture = draw(recurrent(100))
    (hidden,) = [box for box in picture.graph.tensors if box.label == "h"]
    assert any(edge.head == hidden.key for edge in picture.graph.edges)


def test_rolling_keeps_the_count_of_all_operations() -> None:
    assert draw(chain(10_000)).graph.counts[0] == 10_000


# -- closing ------------------------------------------------------------------------------------


def closed(picture: Picture) -> dict[str, ClosedBox]:
    return {box.label: box for box in picture.graph.closed}


def test_about_forty_operations_are_shown_one_by_one() -> None:
    assert draw(chain(40)).graph.notes == ()
    assert draw(chain(41)).graph.notes != ()


def test_collapse_closes_every_layer() -> None:
    picture = draw(network(), collapse=True)
    boxes = closed(picture)
    assert list(boxes) == ["3: Sigmoid", "2: Linear", "1: Sigmoid", "0: Linear"]
    assert (boxes["0: Linear"].operations, boxes["0: Linear"].parameters) == (3, 12)
    assert boxes["0: Linear"].shape == (5, 4)
    assert boxes["0: Linear"].scope == ("Sequential",)
    assert picture.graph.notes == ("8 operations in 4 boxes",)


def test_the_loss_is_seen_also_when_its_layer_is_closed() -> None:
    loss = nn.MSELoss()(nn.Linear(2, 1)(tw.ones(3, 2)), tw.ones(3, 1))
    picture = draw(loss, collapse=True)
    assert [box.role for box in picture.graph.tensors if box.label == "L"] == ["loss"]


@pytest.mark.parametrize(
    ("depth", "boxes"), [(0, ["Sequential"]), (1, ["3: Sigmoid", "2: Linear", "1: Sigmoid", "0: Linear"]), (2, [])]
)
def test_depth_is_how_many_levels_are_open(depth: int, boxes: list[str]) -> None:
    assert list(closed(draw(network(), depth=depth))) == boxes


def test_a_closed_layer_passes_the_gradient_on() -> None:
    picture = draw(network(), collapse=True)
    boxes = closed(picture)
    flows = {(edge.tail, edge.head): edge for edge in picture.graph.edges}
    assert flows[boxes["3: Sigmoid"].key, boxes["2: Linear"].key].carries_gradient
    assert flows[boxes["2: Linear"].key, boxes["1: Sigmoid"].key].shape == (5, 4)


def test_a_large_model_is_closed_where_nothing_repeats() -> None:
    widths = [2, *range(3, 80), 1]
    model = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(widths)))
    picture = draw(model(tw.ones(1, 2)).sum())
    assert len(picture.graph.closed) >= 30
    assert "operations in" in picture.graph.notes[0]


def test_what_cannot_be_taken_together_is_cut_off_far_from_the_loss() -> None:
    picture = draw(irregular(3_000))
    (rest,) = picture.graph.closed
    assert "operations before" in rest.label
    assert len(picture.graph.operations) == 40


def test_everything_is_shown_on_demand() -> None:
    assert len(draw(chain(100), collapse=False).graph.operations) == 100


def test_many_leaves_of_one_operation_become_one_box() -> None:
    loss = tw.cat([tw.tensor([1.0], requires_grad=True) for _ in range(30)]).sum()
    (box,) = draw(loss).graph.closed
    assert (box.label, box.parameters) == ("30 parameters", 30)
    assert [edge.times for edge in draw(loss).graph.edges if edge.head == box.key] == [30]


def test_an_expression_that_shares_its_parts_is_written_once() -> None:
    losses = [tw.stack([tw.tensor(1.0, requires_grad=True) for _ in range(count)]).prod() for count in (6, 12)]
    few, many = (calls_of(partial(draw, loss)) for loss in losses)
    assert many < 20 * few  # written out it would be 64 times as much


# -- around one tensor --------------------------------------------------------------------------


def test_focus_shows_the_surroundings_and_dots_for_the_rest() -> None:
    x = tw.tensor(1.0, requires_grad=True, name="x")
    y = x
    steps = []
    for _ in range(9):
        y = y.sin()
        steps.append(y)
    picture = draw(y, focus=steps[4], hops=2)
    assert len(picture.graph.operations) == 5
    assert sum(box.label == "…" for box in picture.graph.closed) == 2
    assert picture.graph.notes == ("2 steps around the focus; 4 operations beyond",)


def test_focus_may_be_a_parameter() -> None:
    a, b = (tw.tensor(1.0, requires_grad=True, name=name) for name in "ab")
    loss = (a.sin() * b.cos()).exp()
    picture = draw(loss, focus=b, hops=1)
    assert [box.name for box in picture.graph.operations] == ["cos"]
    assert [box.label for box in picture.graph.tensors if box.role == "parameter"] == ["b"]


def test_a_focus_outside_of_the_graph_is_refused() -> None:
    with pytest.raises(tw.GraphError, match="focus is not part of the graph"):
        draw(chain(3), focus=tw.tensor(1.0, requires_grad=True))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"view": "sideways"}, "view is one of 'backward', 'forward', 'both', not 'sideways'"),
        ({"collapse": "never"}, "collapse is one of"),
        ({"depth": -1}, "depth is a whole number"),
        ({"depth": 1.5}, "depth is a whole number"),
        ({"hops": -1}, "hops is a whole number"),
        ({"input_shape": (1, 2)}, "input_shape is for a model"),
    ],
)
def test_a_wrong_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(tw.SettingError, match=said):
        draw(chain(3), **settings)
