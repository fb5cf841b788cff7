"""Graphs that are drawn, and what their pictures hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf.picture import Picture
from tinygrad_wtf.picture.model import Edge, OperationBox, TensorBox
from tinygrad_wtf.picture.render import Renderer, find_renderers

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "picture" / "golden"
NO_RENDERER = Renderer(programs=())
needs_renderer = pytest.mark.skipif(not find_renderers(), reason="neither dot nor graphviz-pure is installed")


def square() -> tw.Tensor:
    x = tw.tensor(3.0, requires_grad=True, name="x")
    product: tw.Tensor = x * x
    return product


def network() -> tw.Tensor:
    """Two layers, sizes 2, 4, 1, with the binary cross-entropy; the weights unnamed in the second layer."""
    a = tw.tensor(np.linspace(-1, 1, 10, dtype=np.float32).reshape(5, 2), name="X")
    y = tw.tensor(np.ones((5, 1), dtype=np.float32), name="y")
    for layer, (inner, outer) in enumerate([(2, 4), (4, 1)]):
        names = ("W", "b") if layer == 0 else (None, None)
        weight = tw.tensor(np.ones((outer, inner), dtype=np.float32), requires_grad=True, name=names[0])
        bias = tw.tensor(np.zeros(outer, dtype=np.float32), requires_grad=True, name=names[1])
        with tw.scope("Sequential"), tw.scope(f"{2 * layer}: Linear"):
            z = a @ weight.T + bias
        with tw.scope("Sequential"), tw.scope(f"{2 * layer + 1}: Sigmoid"):
            a = z.sigmoid()
    loss: tw.Tensor = tw.binary_cross_entropy(a, y).mean()
    loss.name = "L"
    return loss


def gradient() -> tw.Tensor:
    """The graph of a gradient: d(x tanh x)/dx."""
    x = tw.tensor([1.0, 2.0, 3.0], requires_grad=True, name="x", dtype=tw.float64)
    slope: tw.Tensor
    (slope,) = tw.grad((x * x.tanh()).sum(), x, create_graph=True)
    return slope


def awkward_names() -> tw.Tensor:
    one = tw.tensor([1.0, 2.0], requires_grad=True, name='"q" <b>&amp; \\N é')
    other = tw.tensor([3.0, 4.0], requires_grad=True, name="<i>")
    with tw.scope('<outer> & "co"'), tw.scope("in\\ner"):
        result: tw.Tensor = (one - other).sum()
    result.name = "two\nlines\x00"
    return result


def tensor_box(picture: Picture, label: str) -> TensorBox:
    (box,) = [box for box in picture.graph.tensors if box.label == label]
    return box


def operation_box(picture: Picture, name: str) -> OperationBox:
    (box,) = [box for box in picture.graph.operations if box.name == name]
    return box


def edges_from(picture: Picture, box: TensorBox | OperationBox) -> list[Edge]:
    return [edge for edge in picture.graph.edges if edge.tail == box.key]
