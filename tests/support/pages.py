"""Stepping pages, taken apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

import tinygrad_wtf as tw
from tests.support.pictures import (
    awkward_names,
    network,
    square,
)
from tinygrad_wtf import nn
from tinygrad_wtf.picture import Picture, draw
from tinygrad_wtf.picture.page import to_page

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
