"""A model run once on zeros, so that its graph can be drawn without a loss.

Any callable with `parameters()` will do; the engine knows nothing of layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.errors import GraphError, SettingError
from tinygrad_wtf.grad_mode import enable_grad
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["Shapes", "dry_run"]

Shapes: TypeAlias = Sequence[int] | Sequence[Sequence[int]]


def dry_run(model: Any, input_shape: Shapes | None, dtype: DTypeLike | None) -> tuple[list[Tensor], str, int]:
    """Run the model as in evaluation, and put it back as it was.

    Returns
    -------
    outputs, subject, entries
        The tensors that it returned, what to call the picture, and how many entries the model's parameters have.

    Raises
    ------
    SettingError
        If there is no shape, or it is not made of whole numbers.
    GraphError
        If the model returns no tensor with a history.
    """
    kind = type(model).__name__
    if input_shape is None:
        raise SettingError(f"a {kind} has no graph before it runs", op="draw", hint="Add input_shape=(1, inputs)")
    shapes = _listed(input_shape)
    wanted = dtypes.get_default_dtype() if dtype is None else np.dtype(dtype)
    named = ["input"] if len(shapes) == 1 else [f"input {number}" for number in range(1, len(shapes) + 1)]
    outputs: list[Tensor] = []
    for learnt in (False, True):  # a model without parameters that learn is recorded only if its input learns
        if not outputs:
            inputs = [
                Tensor(np.zeros(shape, wanted), dtype=wanted, requires_grad=learnt and wanted.kind == "f", name=name)
                for shape, name in zip(shapes, named, strict=True)
            ]
            with enable_grad(), evaluating(model):
                found = model(*inputs)
            found = list(found) if isinstance(found, list | tuple) else [found]
            outputs = [tensor for tensor in found if isinstance(tensor, Tensor) and tensor.requires_grad]
    if not outputs:
        raise GraphError(f"the {kind} returned no tensor with a recorded graph", op="draw")
    for number, tensor in enumerate(outputs, 1):
        if tensor.name is None:
            tensor.name = "output" if len(outputs) == 1 else f"output {number}"
    said = ", ".join(map(str, shapes))
    parameters = {id(p): p for p in model.parameters()}.values()
    return outputs, f"{kind} on input {said}", sum(parameter.numel() for parameter in parameters)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Nothing is drawn at random and no running mean moves meanwhile; every module's mode is put back."""
    parts = list(model.modules()) if hasattr(model, "modules") else [model]
    before = [(part, part.training) for part in parts if hasattr(part, "training")]
    for part, _ in before:
        part.training = False
    try:
        yield
    finally:
        for part, training in before:
            part.training = training


def _listed(given: Any) -> list[tuple[int, ...]]:
    several = isinstance(given, list | tuple) and given and all(isinstance(part, list | tuple) for part in given)
    shapes = (
        [tuple(shape) for shape in given]
        if several
        else [tuple(given) if isinstance(given, list | tuple) else (given,)]
    )
    for size in (size for shape in shapes for size in shape):
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise SettingError(f"input_shape holds whole numbers, such as (1, 2), not {given!r}", op="draw")
    return shapes
