"""The steps of the page, forward and backward, and what they say of numbers and gradients."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

import tinygrad_wtf as tw
from tests.support.faults import wrong_sign
from tests.support.pages import (
    SUBJECTS,
    Page,
    every_subject,
    gradient_graph,
    long_chain,
    page_of,
    shared,
)
from tests.support.pictures import (
    needs_renderer,
    network,
    square,
)
from tinygrad_wtf.picture import Picture, draw
from tinygrad_wtf.picture.page import to_page
from tinygrad_wtf.picture.page.steps import Back, Forward, Walkthrough

pytestmark = needs_renderer


# -- the steps ------------------------------------------------------------------------------------


def test_every_operation_has_one_step_forward_and_one_back_for_each_gradient() -> None:
    graph = draw(network()).graph
    steps = Walkthrough(graph).steps()
    forward = [step.box for step in steps if isinstance(step, Forward)]
    assert forward == list(reversed(graph.operations))
    back = [step.edge for step in steps if isinstance(step, Back)]
    assert back == [edge for edge in graph.edges if edge.carries_gradient and edge.argument is not None]


@every_subject
def test_forward_comes_before_backward_and_every_step_is_marked(subject: Callable[[], Picture]) -> None:
    page = Page(to_page(subject().graph))
    phases = [attributes["class"] for attributes in page.all("section")]
    assert phases == sorted(phases, key=lambda said: "backward" in (said or ""))
    boxes = {attributes["data-box"] for _, attributes in page.tags if "data-box" in attributes}
    lines = {attributes["data-line"] for _, attributes in page.tags if "data-line" in attributes}
    for attributes in page.all("section"):
        near = {key for key in (attributes["data-near"] or "").split() if not key.startswith("sum_")}
        assert {*(attributes["data-now"] or "").split(), *near} <= boxes
        assert set((attributes["data-lines"] or "").split()) <= lines


@every_subject
def test_every_line_of_the_picture_is_found(subject: Callable[[], Picture]) -> None:
    graph = subject().graph
    page = Page(to_page(graph))
    lines = {int(attributes["data-line"] or "") for _, attributes in page.tags if "data-line" in attributes}
    assert lines == set(range(len(graph.edges)))


def test_a_square_has_two_lines_of_its_own() -> None:
    graph = draw(square()).graph
    doubled = [place for place, edge in enumerate(graph.edges) if edge.head == "leaf1"]
    page = Page(to_page(graph))
    drawn = [attributes["data-line"] for _, attributes in page.tags if "data-line" in attributes]
    assert [drawn.count(str(place)) for place in doubled] == [1, 2]  # and the sum flows on with the last one


def test_a_step_back_tells_upstream_times_local_is_contribution() -> None:
    x, y = tw.tensor(3.0, requires_grad=True, name="x"), tw.tensor(5.0, requires_grad=True, name="y")
    z = x * y
    z.name = "z"
    page = page_of((2 * z).exp())
    (place,) = [place for place, said in enumerate(page.said) if "dx = " in said]
    upstream, local, contribution = page.data[place]
    assert (local, contribution) == (5.0, upstream * 5.0)
    assert "upstream gradient" in page.steps[place]
    assert "local derivative" in page.steps[place]


def test_the_running_sum_adds_up() -> None:
    page = page_of(shared())
    places = [place for place, said in enumerate(page.said) if "A share of dx" in said]
    assert len(places) == 3
    sums = [page.data[place][3:6] for place in places]
    assert sums[0] == []
    for so_far, this_one, total in sums[1:]:
        assert so_far + this_one == total
    assert sums[-1][-1] == 3 * 2.0**2 + 2 * 2.0  # of x³ + x²
    assert "3 of 3 contributions" in page.steps[places[-1]]


def test_a_tensor_used_once_has_no_running_sum() -> None:
    assert not any("Running sum" in step for step in page_of(tw.tensor(1.0, requires_grad=True).exp()).steps)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@given(data=st.data())
def test_the_gradients_shown_are_the_tensors_gradients(after: bool, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(), (3,), (2, 4), (17, 2)]))
    numbers = st_numpy.arrays(np.float64, shape, elements=st.floats(-3, 3))
    x, y = (tw.tensor(data.draw(numbers), requires_grad=True, name=name) for name in "xy")
    loss = (x * y + x.sin()).sum()
    true = [g.numpy() for g in tw.grad(loss, [x, y], retain_graph=True)]
    if after:
        loss.backward()
    graph = draw(loss).graph
    teller_says = {step.target.label: step.edge.total or step.edge.gradient for step in _last_steps(graph)}
    for name, gradient in zip("xy", true, strict=True):
        found = teller_says[name]
        assert found is not None
        assert found.norm == pytest.approx(np.linalg.norm(gradient), rel=1e-12, abs=1e-12)
        assert (found.entries is None) == (17 in shape)
        if found.entries is not None:
            np.testing.assert_allclose(np.reshape(found.entries, shape), gradient, rtol=1e-12, atol=1e-12)


def _last_steps(graph):  # type: ignore[no-untyped-def]
    return [step for step in Walkthrough(graph).steps() if isinstance(step, Back) and step.number == step.count]


def test_a_wrong_sign_in_a_rule_shows_on_the_page() -> None:
    x = tw.tensor(0.5, requires_grad=True, name="x")
    y = x.sin()
    right = page_of(y).steps[-2]
    with wrong_sign("sin"):
        wrong = page_of(y).steps[-2]
    assert "−cos" not in right.replace("\N{FUNCTION APPLICATION}", "")
    assert "−cos" in wrong.replace("\N{FUNCTION APPLICATION}", "")


# -- what is known, and what is not ---------------------------------------------------------------


def test_drawing_the_page_changes_nothing(tmp_path: Path) -> None:
    loss = network()
    draw(loss).save(tmp_path / "page.html")
    assert draw(loss).graph.moment == "before"
    assert all(box.state != "computed" for box in draw(loss).graph.tensors)
    loss.backward()
    before = json.dumps(draw(loss).graph.as_dict())
    draw(loss).save(tmp_path / "page.html")
    assert json.dumps(draw(loss).graph.as_dict()) == before


def test_data_that_nobody_holds_is_known_after_backward() -> None:
    weight = tw.tensor([[1.0, 2.0]], requires_grad=True, name="W")
    loss = (tw.tensor([[3.0], [4.0]]).T * weight).exp().sum()
    loss.backward()
    graph = draw(loss).graph
    assert graph.unknown == ""
    assert not any("not known" in step for step in Page(to_page(graph)).steps)


def test_before_backward_it_says_so_and_shows_the_gradients_that_would_be() -> None:
    x = tw.tensor(3.0, requires_grad=True, name="x")
    page = page_of(x * x)
    assert any("backward() has not run" in step for step in page.steps)
    assert page.data[-1] == [6.0]
    assert "x.grad holds nothing yet" in page.steps[-1]


def test_after_backward_it_says_that_grad_holds_this() -> None:
    x = tw.tensor(3.0, requires_grad=True, name="x")
    y = x * x
    y.backward()
    page = page_of(y)
    assert "This is what x.grad holds" in page.steps[-1]


def test_a_sum_of_passes_is_told_from_one_pass() -> None:
    x = tw.tensor(3.0, requires_grad=True, name="x")
    for _ in range(2):
        y = x * x
        y.backward()
    page = page_of(y)
    assert "x.grad holds the sum of 2 passes" in page.steps[-1]
    assert page.data[-1] == [6.0, 12.0]


def test_an_older_gradient_is_told_from_this_one() -> None:
    x = tw.tensor(3.0, requires_grad=True, name="x")
    x.exp().backward()
    page = page_of(x * x)
    assert "x.grad holds the gradient of another pass" in page.steps[-1]
    assert page.data[-1] == [6.0, pytest.approx(math.exp(3))]


def test_numbers_that_cannot_be_found_are_not_made_up() -> None:
    x = tw.tensor([1.0, 2.0], requires_grad=True, name="x")
    loss = x.exp().sin().sum()
    loss.backward()
    with tw.no_grad():
        x.add_(1.0)
    graph = draw(loss).graph
    assert "changed or dropped" in graph.unknown
    page = Page(to_page(graph))
    assert "Some numbers are missing" in page.text
    assert any("not known" in step for step in page.steps)


def test_a_hook_is_not_called_and_is_spoken_of() -> None:
    calls: list[int] = []
    x = tw.tensor(2.0, requires_grad=True, name="x")
    y = x.exp()
    y.register_hook(lambda g: calls.append(1))
    graph = draw(y * 2).graph
    assert "hook" in graph.unknown
    assert calls == []
    known = {edge.head: edge.gradient for edge in graph.edges if edge.argument is not None}
    assert known["v1"] is not None
    assert known["leaf1"] is None  # the hook lies between


def test_a_model_has_formulas_and_no_numbers() -> None:
    page = Page(to_page(SUBJECTS["model"]().graph))
    assert "No numbers: the model was run on zeros" in page.text
    assert not any(page.data)
    assert not any("not known" in step or ".grad" in step for step in page.steps)


def test_what_was_closed_or_rolled_is_said() -> None:
    closed = Page(to_page(draw(network(), collapse=True).graph))
    assert any("Closed in this picture" in step for step in closed.steps)
    rolled = page_of(long_chain())
    assert any("stands for 199 like it" in step for step in rolled.steps)


def test_the_graph_of_a_gradient_says_what_it_is() -> None:
    assert "The graph of a gradient" in page_of(gradient_graph()).text
