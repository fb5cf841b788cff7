"""Samples and labels as arrays: in which dtype a model and a loss take them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import DataError, DTypeError, ShapeError, Tensor

from ..module import Module
from .metrics import reads

Data = tuple[ArrayLike | Tensor, ArrayLike | Tensor]


def as_pair(model: Module, data: Any, called: str, loss: object = None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Samples and labels as arrays.

    Real numbers take the dtype of the model's parameters. Labels that are whole numbers or booleans become int64, for
    the loss may want classes; what is known to compare numbers gets them in the model's dtype at once.

    Raises
    ------
    TypeError
        Not a pair.
    ShapeError
        No samples, or not as many labels as samples.
    DataError
        What is not an array of numbers, and labels of 0 and 1 for a loss that reads signs.
    """
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{called} must be a pair (X, y), got {type(data).__name__}")
    X = as_samples(model, data[0], f"{called}: X")
    y = _as_array(data[1], f"{called}: y")
    whole = y.dtype.kind in "iub" and reads(loss) in ("", "classes")
    y = y.astype(np.int64) if whole else _converted(y, _dtype(model), f"{called}: y")
    if reads(loss) == "signs" and (wrong := np.argwhere((y != -1) & (y != 1))).size:
        place = wrong[0].tolist()
        raise DataError(
            f"{called}: the loss's labels are -1 and 1, and the one at {place} is {y[tuple(place)]:g}",
            shapes=(y.shape,),
            hint="Labels of 0 and 1 become these with 2 * y - 1",
        )
    if len(X) != len(y):
        raise ShapeError(
            f"{called} has {len(X)} samples but {len(y)} labels",
            shapes=(X.shape, y.shape),
            hint=f"X has shape {X.shape} and y {y.shape}; samples are rows, so both must have the same first length",
        )
    return X, y


def as_samples(model: Module, values: Any, called: str = "X") -> NDArray[Any]:
    """An array with samples as rows, in the dtype of the model's parameters; indices for an `Embedding` stay whole."""
    if not isinstance(model, Module):
        what = f"the class {model.__name__}: make one of it" if isinstance(model, type) else f"a {type(model).__name__}"
        raise TypeError(f"the model is an nn.Module, not {what}")
    array = _as_array(values, called)
    if array.dtype.kind in "iu" and any(getattr(module, "takes_integers", False) for module in model.modules()):
        return array.astype(np.int64)
    return _converted(array, _dtype(model), called)


def matched(prediction: Any, y: Tensor) -> Tensor:
    """The labels as the loss should see them: whole numbers of the predictions' shape are numbers, others classes."""
    if y.dtype.kind == "i" and isinstance(prediction, Tensor) and prediction.shape == y.shape:
        return y.to(prediction.dtype)
    return y


def _dtype(model: Module) -> np.dtype[Any] | None:
    """Of the model's floating-point parameters; None where there are none."""
    return next((parameter.dtype for parameter in model.parameters() if parameter.dtype.kind == "f"), None)


def _as_array(values: Any, called: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as ragged:
        raise DataError(f"{called} is no array: its rows differ in length ({ragged})") from None
    if np.ma.is_masked(values):
        raise DataError(f"{called} has masked entries", shapes=(array.shape,), hint="Drop these rows, or .filled(...)")
    if array.dtype.kind not in "biuf":
        raise _no_numbers(array, called)
    if array.ndim == 0 or array.size == 0:
        raise ShapeError(
            f"there are no samples in an array of shape {array.shape}",
            shapes=(array.shape,),
            hint="samples are rows: one sample with two features has shape (1, 2)",
        )
    return array


def _no_numbers(array: NDArray[Any], called: str) -> DataError:
    """The error about text, objects, complex numbers, times; of labels it tells how to number them."""
    what, first = str(array.dtype), next(iter(array.flat), None)
    if array.dtype.kind in "US":
        what = "text"
    elif array.dtype.kind == "O":
        what = f"objects, such as {first!r}"
    hint = "Take real and imaginary parts as features of their own" if array.dtype.kind == "c" else ""
    if called.endswith("y") and isinstance(first, str | bytes):
        hint = "Number the classes: names, y = np.unique(y, return_inverse=True)"
    return DataError(f"{called} holds {what}, not real numbers", shapes=(array.shape,), hint=hint)


def _converted(array: NDArray[Any], dtype: np.dtype[Any] | None, called: str) -> NDArray[Any]:
    if dtype is None or array.dtype == dtype:
        return array
    try:
        with np.errstate(over="raise"):
            return array.astype(dtype)
    except FloatingPointError:
        raise DTypeError(
            f"{called} holds numbers that are too large for the model's {dtype}",
            shapes=(array.shape,),
            hint="Scale them, for example to [0, 1], or compute in float64: model.double()",
        ) from None
