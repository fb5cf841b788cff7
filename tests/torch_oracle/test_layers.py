"""Every layer against PyTorch's: outputs, gradients, buffers, state dicts both ways, arguments."""

from __future__ import annotations

import inspect
from importlib import import_module

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

from tests.nn.layers.rows import ROWS  # noqa: E402
from tests.nn.losses.rows import ROWS as LOSSES  # noqa: E402
from tests.torch_oracle.layers import compared, differing_arguments  # noqa: E402
from tinygrad_wtf import nn  # noqa: E402

for library in ("torch", "tinygrad_wtf"):  # a module of its own on both sides
    import_module(f"{library}.nn.utils.prune")

THEIRS = [row for row in ROWS if hasattr(torch.nn, row[0].partition("(")[0])]
CLASSES = [name for name in nn.__all__ if inspect.isclass(getattr(nn, name)) and hasattr(torch.nn, name)]
OTHER_ARGUMENTS: dict[str, str] = {
    "Parameter": "a name too",
    "Module": "torch's takes anything and refuses it",
}


@pytest.mark.parametrize(("text", "inputs", "shape"), THEIRS, ids=lambda row: row if isinstance(row, str) else "")
def test_a_layer_agrees_with_pytorchs(text, inputs, shape, record_property):
    count = compared(text, inputs)
    record_property("torch_oracle_layers", dict(count))


LATER = np.triu(np.full((3, 3), -np.inf), 1)
PADDED = np.array([[False, False, True], [False, True, True]])
ATTENTION = [(3, 2, 4)] * 3
WITH_KEYWORDS = [
    ("MultiheadAttention(4, 2)", ATTENTION, {"attn_mask": LATER, "is_causal": True}),
    ("MultiheadAttention(4, 2)", ATTENTION, {"attn_mask": np.triu(np.ones((3, 3), bool), 1), "need_weights": False}),
    ("MultiheadAttention(4, 2)", ATTENTION, {"key_padding_mask": PADDED, "average_attn_weights": False}),
    ("MultiheadAttention(4, 2)", ATTENTION, {"attn_mask": np.random.default_rng(0).standard_normal((4, 3, 3))}),
    ("MultiheadAttention(4, 2)", [(3, 4)] * 3, {"key_padding_mask": PADDED[0], "attn_mask": LATER != 0}),
    ("TransformerEncoderLayer(4, 2, 6, 0.0)", [(3, 2, 4)], {"src_mask": LATER, "src_key_padding_mask": PADDED * -9.0}),
    ("TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, 0.0), 2)", [(3, 2, 4)], {"src_key_padding_mask": PADDED}),
    (
        "TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 6, 0.0), 2)",
        [(3, 2, 4), (3, 2, 4)],
        {"tgt_mask": LATER, "tgt_is_causal": True, "memory_key_padding_mask": PADDED},
    ),
    ("Transformer(4, 2, 1, 1, 6, 0.0, batch_first=True)", [(2, 3, 4)] * 2, {"tgt_mask": LATER, "src_mask": LATER}),
]


@pytest.mark.parametrize(("text", "inputs", "keywords"), WITH_KEYWORDS, ids=range(len(WITH_KEYWORDS)))
def test_a_layer_agrees_with_pytorchs_when_called_with_keywords(text, inputs, keywords, record_property):
    record_property("torch_oracle_layers", dict(compared(text, inputs, keywords)))


COMPUTED = [
    ("utils.weight_norm(nn.Linear(3, 4))", [(2, 3)]),
    ("utils.weight_norm(nn.Conv1d(2, 3, 2), dim=None)", [(2, 2, 5)]),
    ("utils.parametrizations.weight_norm(nn.Conv2d(2, 3, 2), dim=1)", [(2, 2, 3, 4)]),
    ("utils.spectral_norm(nn.Linear(3, 4), n_power_iterations=2)", [(2, 3)]),
    ("utils.parametrizations.spectral_norm(nn.Linear(3, 4))", [(2, 3)]),
    ("utils.parametrizations.spectral_norm(nn.ConvTranspose1d(2, 3, 2))", [(2, 2, 5)]),
    ("utils.parametrizations.orthogonal(nn.Linear(3, 3))", [(2, 3)]),
    ("utils.parametrizations.orthogonal(nn.Linear(4, 2))", [(2, 4)]),
    ("utils.parametrizations.orthogonal(nn.Linear(2, 4), orthogonal_map='cayley')", [(2, 2)]),
    ("utils.parametrizations.orthogonal(nn.Linear(3, 4), 'weight', 'matrix_exp', use_trivialization=False)", [(2, 3)]),
    ("utils.parametrizations.orthogonal(nn.Linear(4, 3), use_trivialization=False)", [(2, 4)]),
    ("utils.prune.l1_unstructured(nn.Linear(3, 4), 'weight', 0.5)", [(2, 3)]),
    ("utils.prune.ln_structured(nn.Conv1d(2, 3, 2), 'weight', 1, 2, 0)", [(2, 2, 5)]),
    ("utils.prune.remove(nn.utils.prune.random_unstructured(nn.Linear(3, 4), 'bias', 2), 'bias')", [(2, 3)]),
    ("utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(3, 4)))", [(2, 3)]),
    (
        "utils.parametrize.remove_parametrizations(nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), 'weight')",
        [(2, 3)],
    ),
    ("utils.fuse_conv_bn_eval(nn.Conv1d(2, 3, 2).eval(), nn.BatchNorm1d(3).eval())", [(2, 2, 5)]),
    ("utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(3).eval())", [(4, 2)]),
    ("Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))[1:]", [(2, 4)]),
    ("Sequential(nn.Linear(3, 3), nn.Tanh()) * 2", [(2, 3)]),
    ("Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).insert(1, nn.ReLU())", [(2, 3)]),
    ("Sequential(nn.Linear(3, 3), nn.Tanh()) + nn.Sequential(nn.Linear(3, 2))", [(2, 3)]),
    ("ModuleList([nn.Linear(1, 2), nn.Linear(2, 3), nn.Linear(3, 1)])[1:]", None),
]


@pytest.mark.parametrize(("text", "inputs"), COMPUTED, ids=range(len(COMPUTED)))
def test_computed_weights_and_changed_containers_agree_with_pytorchs(text, inputs, record_property):
    record_property("torch_oracle_layers", dict(compared(text, inputs)))


@pytest.mark.parametrize(("text", "inputs"), LOSSES, ids=lambda row: row if isinstance(row, str) else "")
def test_a_loss_agrees_with_pytorchs(text, inputs, record_property):
    record_property("torch_oracle_layers", dict(compared(text, inputs)))


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_takes_pytorchs_arguments(name):
    if name in OTHER_ARGUMENTS:
        pytest.skip(OTHER_ARGUMENTS[name])
    assert differing_arguments(name) == ""
