"""The stepping page as a file: complete in itself, safe, the same every time, and true to the tensors.

How it behaves in a browser is tested in `tests/browser`.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

import tinygrad_wtf as tw
from tests.picture.test_picture import HERE, awkward_names, needs_renderer, network, square
from tinygrad_wtf import nn
from tinygrad_wtf.picture import Picture, draw
from tinygrad_wtf.picture.numbers import summary
from tinygrad_wtf.picture.page import to_page
from tinygrad_wtf.picture.page.arrays import figure, shown
from tinygrad_wtf.picture.page.markup import Markup, element, joined
from tinygrad_wtf.picture.page.steps import Back, Forward, Walkthrough

pytestmark = needs_renderer
VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """A page taken apart: its tags, whether they are closed, the text of each step, and what runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.steps: list[str] = []
        self.data: list[list[float]] = []
        self.said: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == "section":
            self.steps.append("")
            self.data.append([])
            self.said.append(attributes["data-said"] or "")
        if tag == "data":
            self.data[-1].append(float(attributes["value"] or ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "section" in self.open:
            self.steps[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(outputs: object, **options: object) -> Page:
    return Page(to_page(draw(outputs, **options).graph))  # type: ignore[arg-type]


def shared() -> tw.Tensor:
    x = tw.tensor(2.0, requires_grad=True, name="x")
    a = x * x
    loss: tw.Tensor = a * x + a
    loss.name = "L"
    return loss


def gradient_graph() -> tw.Tensor:
    x = tw.tensor(2.0, requires_grad=True, name="x")
    (slope,) = tw.grad((x**3).sin(), x, create_graph=True)
    return slope


def trained() -> tw.Tensor:
    loss = network()
    loss.backward()
    return loss


def broken() -> tw.Tensor:
    x = tw.tensor([1.0, math.nan, math.inf], requires_grad=True, name="x")
    loss = (x * 2).log().sum()
    loss.backward()
    return loss


def long_chain() -> tw.Tensor:
    x = tw.tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(200):
        y = y + x
    return y


SUBJECTS: dict[str, Callable[[], Picture]] = {
    "before": lambda: draw(network()),
    "after": lambda: draw(trained()),
    "shared": lambda: draw(shared()),
    "second order": lambda: draw(gradient_graph()),
    "rolled": lambda: draw(long_chain()),
    "closed": lambda: draw(network(), collapse=True),
    "both": lambda: draw(network(), view="both"),
    "forward": lambda: draw(network(), view="forward"),
    "names": lambda: draw(awkward_names()),
    "no numbers": lambda: draw(network(), values=False),
    "model": lambda: draw(nn.Sequential(nn.Linear(2, 4), nn.ReLU()), input_shape=(1, 2)),
    "leaf": lambda: draw(tw.tensor(1.0, requires_grad=True)),
    "several": lambda: draw([network(), square()]),
    "focus": lambda: draw((loss := trained()), focus=loss, hops=1),
    "wide": lambda: draw((tw.randn(20, 3, requires_grad=True) @ tw.randn(3, 16)).tanh().sum()),
    "crowded": lambda: draw(tw.stack([tw.tensor(float(i), requires_grad=True) for i in range(12)]).sum()),
    "broken": lambda: draw(broken()),
    "empty": lambda: draw(tw.zeros(0, 3, requires_grad=True).sum()),
}
every_subject = pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)


# -- the file -----------------------------------------------------------------------------------


@every_subject
def test_the_page_is_one_well_formed_file(subject: Callable[[], Picture], tmp_path: Path) -> None:
    path = subject().save(tmp_path / "page.html")
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]
    page = Page(path.read_text(encoding="utf-8"))
    assert page.text.startswith("<!doctype html>")
    assert len(page.steps) >= 3
    assert page.all("input")[0]["max"] == str(len(page.steps) - 1)


@every_subject
def test_nothing_is_loaded_and_nothing_can_be(subject: Callable[[], Picture]) -> None:
    page = Page(to_page(subject().graph))
    assert "://" not in page.text
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert not [tag for tag, attributes in page.tags if {"src", "srcset", "action", "background"} & set(attributes)]
    policy = page.all("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_policy_admits_this_script_and_this_style_only() -> None:
    text = to_page(draw(square()).graph)
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in text.split("</head>")[0]


@every_subject
def test_nothing_is_done_or_styled_inside_of_an_element(subject: Callable[[], Picture]) -> None:
    names = {name for _, attributes in Page(to_page(subject().graph)).tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]


@every_subject
def test_every_formula_is_well_formed_mathml(subject: Callable[[], Picture]) -> None:
    formulas = re.findall(r"<math.*?</math>", to_page(subject().graph))
    assert formulas
    for formula in formulas:
        said = "".join(ElementTree.fromstring(formula).itertext())
        assert not re.search(r"\\(frac|left|mathrm|operatorname)", said)


@every_subject
def test_the_same_graph_gives_the_same_bytes(subject: Callable[[], Picture]) -> None:
    tw.manual_seed(1)
    first = to_page(subject().graph)
    tw.manual_seed(1)
    assert to_page(subject().graph) == first


def test_other_processes_write_the_same_page() -> None:
    program = (
        "from tests.picture.test_page import *; print(to_page(draw(shared()).graph), to_page(draw(network()).graph))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PATH": ""},
            cwd=HERE.parents[1],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(found) == 1


def test_ids_are_unique() -> None:
    ids = [attributes["id"] for _, attributes in page_of(network()).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_what_is_dark_has_a_colour_for_each_of_the_drawing() -> None:
    page = Page(
        "".join(to_page(SUBJECTS[name]().graph) for name in ("after", "closed", "rolled", "model", "both", "broken"))
    )
    style = (Path(to_page.__code__.co_filename).parent / "page.css").read_text(encoding="utf-8")
    for tag, attributes in page.tags:
        for part in ("fill", "stroke"):
            colour = attributes.get(part)
            bare = attributes.get("stroke") in ("none", "transparent")  # as new and old Graphviz write it
            light_anyway = colour in (None, "none", "transparent") or (tag == "polygon" and bare)
            grey = colour in ("#8c8c8c", "#a8a8a8", "#9a9a9a", "#d55e00", "#6b6b6b") and part == "stroke"
            arrow = tag == "polygon" and colour == attributes.get("stroke")
            assert light_anyway or grey or arrow or f'[{part}="{colour}"]' in style, (tag, part, colour)


# -- names --------------------------------------------------------------------------------------


@given(name=st.text(min_size=1, max_size=25))
def test_no_name_becomes_an_element(name: str) -> None:
    x = tw.tensor(1.0, requires_grad=True, name="</script><img src=x onerror=alert(1)>" + name)
    graph = draw(x.exp()).graph
    tags = {tag for tag, _ in Page(to_page(graph)).tags}
    assert not tags & {"img", "b", "iframe", "object"}
    assert len(Page(to_page(graph)).all("script")) == 1


def test_the_name_of_a_layer_is_text_too() -> None:
    x = tw.tensor(1.0, requires_grad=True)
    with tw.scope('"><b onclick=alert(1)>'):
        y = x.exp().exp()
    for options in ({}, {"collapse": True}):
        page = page_of(y, **options)
        assert not page.all("b")
        assert not any("onclick" in attributes for _, attributes in page.tags)


@given(text=st.text())
def test_an_element_escapes_its_text_and_its_attributes(text: str) -> None:
    markup = element("p", text, title=text)
    read: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            read.append(tag)
            assert dict(attrs)["title"] == text.replace("\r\n", "\n").replace("\r", "\n") or "\r" in text

    Reader().feed(markup)
    assert read == ["p"]
    assert element("p", Markup("<b>")) == "<p><b></p>"
    assert joined("<") == "&lt;"


# -- the steps ----------------------------------------------------------------------------------


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


def test_a_wrong_sign_in_a_rule_shows_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    x = tw.tensor(0.5, requires_grad=True, name="x")
    y = x.sin()
    right = page_of(y).steps[-2]
    monkeypatch.setattr(tw.ops.sin, "partials", (lambda y, x: -tw.ops.cos(x),))
    wrong = page_of(y).steps[-2]
    assert "−cos" not in right.replace("\N{FUNCTION APPLICATION}", "")
    assert "−cos" in wrong.replace("\N{FUNCTION APPLICATION}", "")


# -- what is known, and what is not -------------------------------------------------------------


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


# -- arrays -------------------------------------------------------------------------------------


@given(array=st_numpy.arrays(np.float64, st_numpy.array_shapes(max_dims=2, max_side=18)))
def test_small_arrays_show_every_entry_and_large_ones_statistics(array: np.ndarray) -> None:
    markup = shown(summary(array), array.shape, "x")
    small = max(array.shape) <= 16
    assert ("<td" in markup) == (small and array.size > 1)
    assert ("<dl" in markup) == (not small)
    if small and array.size > 1:
        assert markup.count("<td") == array.size
        for (i, j), x in np.ndenumerate(np.atleast_2d(array)):
            assert f'title="row {i}, column {j}: {figure(float(x))}"' in markup


def test_colours_tell_signs_and_sizes() -> None:
    markup = shown(summary(np.array([4.0, -4.0, 0.0, 0.3, math.nan])), (5,), "x")
    assert re.findall(r"<td( class=\"\w+\")?", markup) == [
        ' class="p8"', ' class="n8"', "", ' class="p1"', ' class="wrong"',
    ]  # fmt: skip


def test_wide_arrays_can_be_read_without_a_mouse() -> None:
    markup = shown(summary(np.ones((3, 16))), (3, 16), "x")
    assert 'tabindex="0"' in markup
    assert 'aria-label="x, 3 × 16"' in markup
    assert "tabindex" not in shown(summary(np.ones((3, 4))), (3, 4), "x")


@given(st.floats())
def test_a_figure_is_a_number_or_says_why_not(value: float) -> None:
    said = figure(value)
    if math.isnan(value):
        assert said == "NaN"
    elif math.isinf(value):
        assert said.endswith("∞")
    else:
        assert float(said.replace("−", "-")) == pytest.approx(value, rel=1e-5)


def test_an_unknown_array_is_said_to_be_unknown() -> None:
    assert "not known" in shown(None, (2, 2), "x")
    assert "no entries" in shown(None, (0, 2), "x")


def test_statistics_of_infinities_say_so() -> None:
    assert "infinite" in shown(summary(np.full(20, math.inf)), (20,), "x")


# -- for everyone -------------------------------------------------------------------------------


def test_controls_have_names_and_the_steps_are_spoken() -> None:
    page = page_of(square())
    for button in page.all("button"):
        assert button["type"] == "button"
        assert button["aria-label"]
    assert page.all("input")[0]["aria-label"]
    assert any(attributes.get("aria-live") == "polite" for _, attributes in page.tags)
    assert page.all("html")[0]["lang"] == "en"
    assert all(said.startswith(("Forward, step", "Backward, step")) for said in page.said)


def test_steps_are_numbered_within_their_pass() -> None:
    said = [re.match(r"(\w+), step (\d+) of (\d+)\.", text) for text in page_of(network()).said]
    found = [(match[1], int(match[2]), int(match[3])) for match in said if match]
    for _, group in itertools.groupby(found, key=lambda step: step[0]):
        steps = list(group)
        assert [number for _, number, _ in steps] == list(range(1, len(steps) + 1))
        assert {count for _, _, count in steps} == {len(steps)}


def test_without_a_script_every_step_is_there() -> None:
    page = page_of(square())
    assert not any("hidden" in attributes for attributes in page.all("section"))
