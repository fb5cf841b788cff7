"""A row for each layer, and what holds for all of them: shapes, gradients, modes, saving, copying, compiling.

A new layer adds one row; a test fails as long as it has none.
"""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

# how it is made, the shapes of its inputs (or the indices), and the shape of its output
ROWS = [
    ("AdaptiveAvgPool2d(2)", [(2, 3, 5, 4)], (2, 3, 2, 2)),
    ("AvgPool2d(2, padding=1)", [(2, 3, 4, 6)], (2, 3, 3, 4)),
    ("BatchNorm1d(3)", [(5, 3)], (5, 3)),
    ("BatchNorm2d(3, momentum=None)", [(2, 3, 4, 2)], (2, 3, 4, 2)),
    ("Bilinear(2, 3, 4)", [(5, 2), (5, 3)], (5, 4)),
    ("CELU(0.5)", [(2, 3)], (2, 3)),
    ("Conv1d(2, 3, 3, padding='same')", [(4, 2, 5)], (4, 3, 5)),
    ("Conv2d(2, 4, (3, 2), stride=2, groups=2)", [(1, 2, 5, 4)], (1, 4, 2, 2)),
    ("Dropout(0.5, generator=0)", [(4, 5)], (4, 5)),
    ("ELU(0.5)", [(2, 3)], (2, 3)),
    ("Embedding(5, 3)", [np.array([[1, 4], [0, 1]])], (2, 2, 3)),
    ("Flatten()", [(2, 3, 4)], (2, 12)),
    ("GELU('tanh')", [(2, 3)], (2, 3)),
    ("GLU(1)", [(2, 4)], (2, 2)),
    ("GroupNorm(2, 4)", [(2, 4, 3)], (2, 4, 3)),
    ("Hardsigmoid()", [(2, 3)], (2, 3)),
    ("Hardswish()", [(2, 3)], (2, 3)),
    ("Hardtanh(-0.5, 2.0)", [(2, 3)], (2, 3)),
    ("Identity()", [(2, 3)], (2, 3)),
    ("LayerNorm((3, 4))", [(2, 3, 4)], (2, 3, 4)),
    ("LeakyReLU(0.2)", [(2, 3)], (2, 3)),
    ("Linear(3, 2)", [(4, 3)], (4, 2)),
    ("LogSigmoid()", [(2, 3)], (2, 3)),
    ("LogSoftmax(-1)", [(2, 3)], (2, 3)),
    ("MaxPool2d(2, ceil_mode=True)", [(2, 3, 5, 4)], (2, 3, 3, 2)),
    ("Mish()", [(2, 3)], (2, 3)),
    ("ModuleList([nn.Linear(2, 3)])", None, None),
    ("PReLU(3)", [(2, 3)], (2, 3)),
    ("ReLU()", [(2, 3)], (2, 3)),
    ("ReLU6()", [(2, 3)], (2, 3)),
    ("SELU()", [(2, 3)], (2, 3)),
    ("Sequential(nn.Linear(2, 3), nn.Tanh())", [(4, 2)], (4, 3)),
    ("SiLU()", [(2, 3)], (2, 3)),
    ("Sigmoid()", [(2, 3)], (2, 3)),
    ("Softmax(-1)", [(2, 3)], (2, 3)),
    ("Softplus(2.0)", [(2, 3)], (2, 3)),
    ("Softsign()", [(2, 3)], (2, 3)),
    ("Tanh()", [(2, 3)], (2, 3)),
    ("Tanhshrink()", [(2, 3)], (2, 3)),
]
CALLED = [row for row in ROWS if row[1] is not None]
LAYERS = Path(inspect.getfile(nn.Linear)).parent


def made(text):
    tw.manual_seed(0)
    return eval(f"nn.{text}", {"nn": nn})


def drawn(inputs):
    rng = np.random.default_rng(0)
    return [tw.tensor(rng.standard_normal(x)) if isinstance(x, tuple) else tw.tensor(x) for x in inputs]


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
        y = layer(*drawn(inputs))
        assert (y.shape, y.dtype) == (shape, tw.float64)


@pytest.mark.parametrize(("text", "inputs", "shape"), CALLED, ids=ids)
def test_its_gradients_are_those_of_finite_differences(text, inputs, shape):
    layer = made(text).double().eval()  # in training a dropout draws, and a batch normalisation remembers
    xs = [x.requires_grad_() if x.dtype.kind == "f" else x for x in drawn(inputs)]
    wanted = [x for x in (*xs, *layer.parameters()) if x.requires_grad]
    rng = np.random.default_rng(1)
    weights = rng.standard_normal(shape)
    (layer(*xs) * weights).sum().backward()
    for x in wanted:
        start, direction = x.numpy().copy(), rng.standard_normal(x.shape)

        def along(t, x=x, start=start, direction=direction):
            with tw.no_grad():
                x.copy_(start + t * direction)
                return float((layer(*xs).numpy() * weights).sum())

        slope = (along(1e-6) - along(-1e-6)) / 2e-6
        along(0.0)
        assert slope == pytest.approx((x.grad.numpy() * direction).sum(), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(("text", "inputs", "shape"), CALLED, ids=ids)
def test_compiled_it_gives_the_same(text, inputs, shape):
    layer, other = made(text).double(), made(text).double()
    compiled = tw.compile(lambda *xs: layer(*xs))
    for _ in range(3):
        xs = drawn(inputs)
        np.testing.assert_allclose(compiled(*xs).numpy(), other(*xs).numpy(), rtol=1e-12, atol=1e-15)
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
    if inputs is not None and "Dropout" not in text:
        xs = drawn(inputs)
        xs = [x.float() if x.dtype.kind == "f" else x for x in xs]
        np.testing.assert_array_equal(layer(*xs).numpy(), other(*xs).numpy())


@pytest.mark.parametrize(("text", "inputs", "shape"), ROWS, ids=ids)
def test_it_is_documented_and_shows_itself(text, inputs, shape):
    layer = made(text)
    assert inspect.getdoc(type(layer)).strip() not in ("", inspect.getdoc(nn.Module))
    assert repr(layer).startswith(f"{type(layer).__name__}(")
    if inputs is not None:
        assert type(layer).forward.__doc__
