"""NumPy functions called on tensors: each is sent to the operation of the same meaning, and recorded.

A function without one is refused: an array without its gradient would be a silent loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.op import Op
from tinygrad_wtf.ops import arithmetic, reduction
from tinygrad_wtf.ops import shape as shape_room

UFUNCS: dict[Any, Callable[..., Any]] = {op.forward: op for op in Op.table.values() if isinstance(op.forward, np.ufunc)}
UFUNCS |= {
    np.power: arithmetic.pow,
    np.maximum: arithmetic.maximum,  # clamp's bounds are made of the same two, with other derivatives at a tie
    np.minimum: arithmetic.minimum,
    np.bitwise_and: lambda a, b: b.__rand__(a),  # an array's `&`; the tensor is on the right
    np.bitwise_or: lambda a, b: b.__ror__(a),
    np.bitwise_xor: lambda a, b: b.__rxor__(a),
}
REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: reduction.sum,
    np.multiply: reduction.prod,
    np.maximum: reduction.amax,
    np.minimum: reduction.amin,
    np.logical_and: reduction.all,
    np.logical_or: reduction.any,
}
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.sum: reduction.sum,
    np.mean: reduction.mean,
    np.prod: reduction.prod,
    np.max: reduction.amax,
    np.min: reduction.amin,
    np.all: reduction.all,
    np.any: reduction.any,
    np.var: lambda a, axis=None, ddof=0, keepdims=False: reduction.var(a, axis, ddof, keepdims),
    np.std: lambda a, axis=None, ddof=0, keepdims=False: reduction.std(a, axis, ddof, keepdims),
    np.argmax: reduction.argmax,
    np.argmin: reduction.argmin,
    np.where: lambda condition, x, y: arithmetic.where(condition, x, y),
    np.clip: lambda a, a_min=None, a_max=None, *, min=None, max=None: arithmetic.clamp(
        a, min if a_min is None else a_min, max if a_max is None else a_max
    ),
    np.concatenate: lambda arrays, axis=0: shape_room.cat(arrays, axis),
    np.stack: lambda arrays, axis=0: shape_room.stack(arrays, axis),
    np.reshape: lambda a, shape: shape_room.reshape(a, shape),
    np.ravel: lambda a: shape_room.reshape(a, -1),
    np.squeeze: shape_room.squeeze,
    np.expand_dims: lambda a, axis: shape_room.unsqueeze(a, axis),
    np.transpose: lambda a, axes=None: shape_room.reverse_axes(a) if axes is None else shape_room.permute(a, axes),
    np.swapaxes: shape_room.transpose,
    np.moveaxis: shape_room.movedim,
    np.broadcast_to: lambda array, shape: shape_room.expand(array, shape),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.size,
}


def _refuse(name: str, why: str) -> NoReturn:
    raise DTypeError(
        why,
        op=f"numpy.{name}",
        hint="For plain numbers without a gradient call it on .numpy(); else use Tensor methods",
    )


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Answer ``np.exp(t)``, ``array * t``, ``np.add.reduce(t)``."""
    given = {key: value for key, value in settings.items() if value is not None}
    if "out" in given:
        _refuse(ufunc.__name__, "a tensor cannot be written to, or written from, by out=")
    if method == "__call__" and ufunc in UFUNCS and not given:
        return UFUNCS[ufunc](*inputs)
    if method == "reduce" and ufunc in REDUCTIONS and set(given) <= {"axis", "keepdims"}:
        axis = settings.get("axis", 0) if "axis" in settings else 0
        return REDUCTIONS[ufunc](inputs[0], axis, bool(given.get("keepdims", False)))
    way = "" if method == "__call__" else f".{method}"
    _refuse(ufunc.__name__ + way, "this function is not recorded on tensors")


def call_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Answer ``np.sum(t, axis=0)``, ``np.concatenate([t, u])``."""
    name = getattr(function, "__name__", str(function))
    if function not in FUNCTIONS:
        _refuse(name, "this function is not recorded on tensors")
    try:
        return FUNCTIONS[function](*args, **kwargs)
    except TypeError as error:
        if isinstance(error, DTypeError):
            raise
        _refuse(name, f"these arguments are not understood for tensors: {error}")
