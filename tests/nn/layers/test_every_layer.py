"""What holds for all layers: shapes, gradients, modes, saving, copying, compiling."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.nn.layers.rows import ROWS
from tinygrad_wtf import nn

CALLED = [row for row in ROWS if row[1] is not None]
LAYERS = Path(inspect.getfile(nn.Linear)).parent


def made(text):
    tw.manual_seed(0)
    return eval(f"nn.{text}", {"nn": nn, "torch": tw, "np": np})


def drawn(inputs):
    rng = np.random.default_rng(0)
    return [tw.tensor(rng.standard_normal(x)) if isinstance(x, tuple) else tw.tensor(x) for x in inputs]


def leaves(output):
    """The tensors of an output, which may hold several: ``(output, (h, c))`` of an LSTM."""
    if isinstance(output, tw.Tensor):
        return [output]
    return [leaf for part in output for leaf in leaves(part)] if isinstance(output, tuple) else []


def shapes(row):
    return row if isinstance(row, list) else [row]


def ids(row):
    return row if isinstance(row, str) else ""


def test_every_exported_layer_has_a_row():
    exported = {
        name
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name)) and Path(inspect.getfile(getattr(nn, name))).parent == LAYERS
    }
    assert exported == {text.partition("(")[0] for text, _, _ in ROWS}


@pytest.mark.parametrize(("text", "inputs", "shape"), CALLED, ids=ids)
def test_it_gives_its_shape_in_its_dtype_and_in_both_modes(text, inputs, shape):
    for layer in (made(text).double(), made(text).double().eval()):
        ys = leaves(layer(*drawn(inputs)))
        assert [(y.shape, y.dtype) for y in ys] == [(s, tw.float64) for s in shapes(shape)]


@pytest.mark.parametrize(("text", "inputs", "shape"), CALLED, ids=ids)
def test_its_gradients_are_those_of_finite_differences(text, inputs, shape):
    if "scale_grad" in text:
        pytest.skip("its gradients are scaled on purpose")
    layer = made(text).double().eval()  # in training a dropout draws, and a batch normalisation remembers
    layer(*drawn(inputs))
    xs = [x.requires_grad_() if x.dtype.kind == "f" else x for x in drawn(inputs)]
    wanted = [x for x in (*xs, *layer.parameters()) if x.requires_grad]
    rng = np.random.default_rng(1)
    weights = [rng.standard_normal(s) for s in shapes(shape)]
    sum((y * w).sum() for y, w in zip(leaves(layer(*xs)), weights, strict=True)).backward()
    for x in wanted:
        start, direction = x.numpy().copy(), rng.standard_normal(x.shape)

        def along(t, x=x, start=start, direction=direction):
            with tw.no_grad():
                x.copy_(start + t * direction)
                return sum(float((y.numpy() * w).sum()) for y, w in zip(leaves(layer(*xs)), weights, strict=True))

        slope = (along(1e-6) - along(-1e-6)) / 2e-6
        along(0.0)
        assert slope == pytest.approx((x.grad.numpy() * direction).sum(), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(("text", "inputs", "shape"), CALLED, ids=ids)
def test_compiled_it_gives_the_same(text, inputs, shape):
    if text.startswith("EmbeddingBag") and len(inputs) > 1:
        pytest.skip("where bags begin must be known when a function is compiled")
    layer, other = made(text).double(), made(text).double()
    if text.startswith("Lazy"):  # they must have seen an input
        layer(*drawn(inputs))
        other.load_state_dict(layer.state_dict())
        other(*drawn(inputs))
        other.load_state_dict(layer.state_dict())
    compiled = tw.compile(lambda *xs: layer(*xs))
    for call in range(3):
        xs = drawn(inputs)
        tw.manual_seed(call)
        ys = leaves(compiled(*xs))
        tw.manual_seed(call)
        for y, wanted in zip(ys, leaves(other(*xs)), strict=True):
            np.testing.assert_allclose(y.numpy(), wanted.numpy(), rtol=1e-12, atol=1e-15)
    for name, value in layer.state_dict().items():
        np.testing.assert_allclose(value.numpy(), other.state_dict()[name].numpy(), rtol=1e-12)


@pytest.mark.parametrize(("text", "inputs", "shape"), ROWS, ids=ids)
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))], ids=["deepcopy", "pickle"]
)
def test_a_copy_is_equal_and_independent(text, inputs, shape, copied):
    layer = made(text)
    other = copied(layer)
    assert repr(other) == repr(layer)
    assert all((a.numpy() == b.numpy()).all() for a, b in zip(layer.parameters(), other.parameters(), strict=True))
    assert not {id(parameter) for parameter in layer.parameters()} & {id(p) for p in other.parameters()}
    other.load_state_dict(layer.state_dict())
    if inputs is not None and not any(name in text for name in ("ropout", "Lazy", "RReLU")):
        xs = drawn(inputs)
        xs = [x.float() if x.dtype.kind == "f" else x for x in xs]
        for y, again in zip(leaves(layer(*xs)), leaves(other(*xs)), strict=True):
            np.testing.assert_array_equal(y.numpy(), again.numpy())


@pytest.mark.parametrize(("text", "inputs", "shape"), ROWS, ids=ids)
def test_it_is_documented_and_shows_itself(text, inputs, shape):
    layer = made(text)
    assert inspect.getdoc(type(layer)).strip() not in ("", inspect.getdoc(nn.Module))
    assert repr(layer).startswith(f"{type(layer).__name__}(")
    if inputs is not None:
        assert type(layer).forward.__doc__
