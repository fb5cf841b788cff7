"""PyTorch's arguments as ours: the same numbers in the same memory layout, dtypes by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import tinygrad_wtf as tw
from tinygrad_wtf.core.record import wrap

DTYPES = {
    torch.bool: "bool",
    torch.uint8: "uint8",
    torch.int8: "int8",
    torch.int16: "int16",
    torch.int32: "int32",
    torch.int64: "int64",
    torch.float16: "float16",
    torch.float32: "float32",
    torch.float64: "float64",
}
ONLY_TORCHS = ("device", "layout", "memory_format", "pin_memory", "out", "non_blocking")


class Untranslatable(Exception):  # noqa: N818 - nobody is at fault
    """An argument that has no counterpart here: complex or sparse tensors, other devices."""


def ours(value: Any, leaves: list[Any] | None = None) -> Any:
    """This argument for our function; tensors that require gradients are added to `leaves`."""
    if isinstance(value, torch.Tensor):
        if value.dtype not in DTYPES or value.device.type != "cpu" or value.layout != torch.strided:
            raise Untranslatable(f"{value.dtype} {value.layout} on {value.device}")
        if value.ndim > 64:
            raise Untranslatable("more dimensions than NumPy has")
        tensor = wrap(value.detach().numpy(force=True), None)
        if value.requires_grad:
            tensor.requires_grad_()
            if leaves is not None:
                leaves.append(tensor)
        return tensor
    if isinstance(value, torch.dtype):
        if value not in DTYPES:
            raise Untranslatable(str(value))
        return np.dtype(DTYPES[value])
    if isinstance(value, torch.Size):
        return tuple(value)
    if isinstance(value, complex):
        raise Untranslatable("a complex number")
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(ours(part, leaves) for part in value)
    if isinstance(value, dict):
        if value.get("out") is not None:
            raise Untranslatable("out=")
        return {key: ours(part, leaves) for key, part in value.items() if key not in ONLY_TORCHS}
    return value


def fresh(value: Any, leaves: list[Any], widened: bool = False) -> Any:
    """This argument for PyTorch, its tensors detached; those that required gradients are leaves again.

    If `widened`, single precision becomes double.
    """
    if isinstance(value, torch.Tensor):
        tensor = value.detach()
        if widened and value.dtype.is_floating_point:
            tensor = tensor.double()
        if value.requires_grad:
            tensor.requires_grad_()
            leaves.append(tensor)
        return tensor
    if isinstance(value, list | tuple) and not isinstance(value, torch.Size) and not hasattr(value, "_fields"):
        return type(value)(fresh(part, leaves, widened) for part in value)
    if isinstance(value, dict):
        return {key: fresh(part, leaves, widened) for key, part in value.items()}
    return value


def flat(result: Any) -> list[Any]:
    """The tensors and numbers in a result, one after another."""
    if isinstance(result, torch.Tensor | tw.Tensor):
        return [result]
    if isinstance(result, list | tuple):
        return [part for whole in result for part in flat(whole)]
    return [result]


def array(value: Any) -> Any:
    """A tensor of either side as an array; other results as they are."""
    if isinstance(value, torch.Tensor):
        return value.numpy(force=True)
    if isinstance(value, tw.Tensor):
        return value.numpy()
    return value


def described(value: Any) -> str:
    """An argument in a failure message: small tensors in full, others by shape and dtype."""
    if isinstance(value, torch.Tensor):
        layout = "" if value.is_contiguous() else f" strides {value.stride()}"
        numbers = f" {value.detach().tolist()}" if value.numel() <= 6 else ""
        return f"<{str(value.dtype)[6:]}{list(value.shape)}{layout}{numbers}>"
    if isinstance(value, list | tuple) and not isinstance(value, torch.Size):
        return "(" + ", ".join(described(part) for part in value) + ")"
    if isinstance(value, dict):
        return ", ".join(f"{key}={described(part)}" for key, part in value.items())
    return repr(value)
