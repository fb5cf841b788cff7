"""Every layer against PyTorch's: outputs, gradients, buffers, state dicts both ways, arguments."""

from __future__ import annotations

import inspect

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

from tests.nn.layers.rows import ROWS  # noqa: E402
from tests.torch_oracle.layers import compared, differing_arguments  # noqa: E402
from tinygrad_wtf import nn  # noqa: E402

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


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_takes_pytorchs_arguments(name):
    if name in OTHER_ARGUMENTS:
        pytest.skip(OTHER_ARGUMENTS[name])
    assert differing_arguments(name) == ""
