"""The guide's networks, of any depth, and what the guide says of them."""

import itertools

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.core.node import arrays
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.core.walk import walk


def sizes_of(depth):
    return [2, *[3] * (depth - 1), 1]


def bce(a, y):
    return nn.BCELoss()(a, y)


def guides_network(depth, loss=bce, dtype=np.float64, seed=0):
    """The loss of a network of sigmoid layers, and the tensors that equations speak of, by name."""
    rng = np.random.default_rng(seed)
    sizes = sizes_of(depth)
    X, y = rng.normal(size=(7, 2)).astype(dtype), (rng.random((7, 1)) > 0.5).astype(dtype)
    tensors = {"X": X, "y": y}
    a, hidden = tw.tensor(X), X
    parameters = []
    for k, (n, m) in enumerate(itertools.pairwise(sizes), 1):
        layer = nn.Linear(n, m, dtype=dtype, generator=seed * 100 + k)
        W, b = layer.weight.numpy(), layer.bias.numpy()
        z = hidden @ W.T + b
        hidden = 1 / (1 + np.exp(-z))
        tensors |= {f"W{k}": W, f"b{k}": b, f"Z{k}": z, f"A{k}": hidden}
        parameters += [layer.weight, layer.bias]
        a = tw.sigmoid(layer(a))
    return loss(a, tw.tensor(y)), tensors, parameters


def guides_equations(depth):
    """The boxes of theory 02, for any depth, samples as columns."""
    lines = []
    for k in range(depth, 0, -1):
        dZ = f"A{k} − y" if k == depth else f"W{k + 1}ᵀ dZ{k + 1} ∘ A{k} ∘ (1 − A{k})"
        before = f"A{k - 1}ᵀ" if k > 1 else "Xᵀ"
        lines += [f"dZ{k} = {dZ}", f"dW{k} = 1/m dZ{k} {before}", f"db{k} = 1/m Σ dZ{k}"]
    return lines


def our_equations(depth):
    """The same with samples as rows."""
    lines = []
    for k in range(depth, 0, -1):
        dZ = f"A{k} − y" if k == depth else f"dZ{k + 1} W{k + 1} ∘ A{k} ∘ (1 − A{k})"
        before = f"A{k - 1}" if k > 1 else "X"
        lines += [f"dZ{k} = {dZ}", f"dW{k} = 1/m dZ{k}ᵀ {before}", f"db{k} = 1/m Σ dZ{k}"]
    return lines


def gradients_of(loss):
    """The gradient of every node, by arrays."""
    root = node_of(loss)
    return dict(walk([(root, np.ones(root.shape))], arrays, None))


def by_logs(a, y):
    return -(y * a.log() + (1 - y) * (1 - a).log()).mean()
