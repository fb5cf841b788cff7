"""The stepping page as a file: complete in itself, safe, the same every time, and true to the tensors.

How it behaves in a browser is tested in `tests/browser`.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.pages import (
    SUBJECTS,
    Page,
    every_subject,
    page_of,
)
from tests.support.pictures import (
    ROOT,
    needs_renderer,
    network,
    square,
)
from tinygrad_wtf.picture import Picture, draw
from tinygrad_wtf.picture.page import to_page
from tinygrad_wtf.picture.page.markup import Markup, element, joined

pytestmark = needs_renderer


# -- the file -------------------------------------------------------------------------------------


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
    program = "from tests.support.pages import *; print(to_page(draw(shared()).graph), to_page(draw(network()).graph))"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PATH": ""},
            cwd=ROOT,
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


# -- names ----------------------------------------------------------------------------------------


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


# -- for everyone ---------------------------------------------------------------------------------


def test_the_page_of_a_training_has_the_same_colours_and_letters() -> None:
    """In light and in dark; each page has some of its own besides."""
    styles = [
        files(package).joinpath("page.css")
        for package in ("tinygrad_wtf.picture.page", "tinygrad_wtf.nn.visual.watching")
    ]
    stepping, training = (
        [dict(re.findall(r"(--\w[\w-]*): ([^;]+);", block)) for block in re.findall(r":root \{[^}]*\}", style)[:2]]
        for style in (path.read_text(encoding="utf-8") for path in styles)
    )
    common = [{*one} & {*other} for one, other in zip(stepping, training, strict=True)]
    assert common[0] >= {"--paper", "--ink", "--soft", "--line", "--card", "--link", "--mark", "--font"}
    assert common[0] - common[1] == {"--font"}
    for one, other, names in zip(stepping, training, common, strict=True):
        assert {name: one[name] for name in names} == {name: other[name] for name in names}


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
