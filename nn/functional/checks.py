"""What the losses refuse, and how they say so: shapes that would broadcast, labels and probabilities out of range."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinygrad_wtf import DTypeError, SettingError, ShapeError, Tensor, TinygradError, as_tensor, check_values


class RangeError(TinygradError, ValueError, RuntimeError):
    """A label or a probability outside [0, 1]."""


def floating(op: str, input: Tensor) -> Tensor:
    """Return the predictions as a tensor, which must be of a floating-point dtype."""
    if not isinstance(input, Tensor):
        input = as_tensor(input)
    if input.dtype.kind != "f":
        raise DTypeError(
            f"the predictions are {input.dtype}, and must be floating-point",
            op=op,
            shapes=(input.shape,),
            hint="The first argument is the model's output, the second the labels",
        )
    return input


def known_reduction(
    op: str,
    reduction: str,
    *others: str,
    size_average: bool | None = None,
    reduce: bool | None = None,
    stacklevel: int = 3,
) -> str:
    """Return the reduction, or what PyTorch's older words say; refuse what is none of the three nor of the `others`."""
    if size_average is not None or reduce is not None:
        return _older_words(op, size_average, reduce, stacklevel + 1)
    if reduction not in ("mean", "sum", "none") and reduction not in others:
        more = "".join(f"{other!r}, " for other in others)
        raise ValueError(f"{op}: reduction is {more}'mean', 'sum' or 'none', not {reduction!r}")
    return reduction


def _older_words(op: str, size_average: bool | None, reduce: bool | None, stacklevel: int) -> str:
    """What `size_average` and `reduce` mean, with a warning; a reduction in their place is refused."""
    for name, value in (("size_average", size_average), ("reduce", reduce)):
        if isinstance(value, str):
            raise SettingError(
                f"{name} is True or False, not {value!r}",
                op=op,
                hint=f"The reduction comes behind size_average and reduce, as in PyTorch: write reduction={value!r}",
            )
    meant = "mean" if size_average is None or size_average else "sum"
    if reduce is not None and not reduce:
        meant = "none"
    warnings.warn(f"{op}: size_average and reduce are deprecated; write reduction={meant!r}", stacklevel=stacklevel)
    return meant


def fitting_target(op: str, input: Tensor, values: Any) -> Tensor:
    """Return the target in the dtype of the input, whose shape it must have: broadcasting is refused."""
    dtype = input.dtype
    target: Tensor = values if isinstance(values, Tensor) and values.dtype is dtype else as_tensor(values, dtype=dtype)
    same_shape(op, input, target)
    return target


def same_shape(op: str, input: Tensor, target: Tensor) -> None:
    """Refuse a target of another shape than the input's, with the likely fix."""
    if target.shape != input.shape:
        raise ShapeError(
            f"the target has shape {target.shape} and the input {input.shape}; they must be the same, "
            "since broadcasting would compare every sample with every label",
            op=op,
            shapes=(input.shape, target.shape),
            hint=_likely_fix(input.shape, target.shape),
        )


def _likely_fix(input: tuple[int, ...], target: tuple[int, ...]) -> str:
    if np.prod(input) == np.prod(target):
        if len(input) == 2 and input[1] == 1:
            return "Reshape the labels with y.reshape(-1, 1)"
        if len(input) == 1:
            return "Reshape the labels with y.reshape(-1), or give the last layer's output a column"
        return f"Reshape the labels with y.reshape{input}"
    if input and target and input[0] == target[0]:
        return f"Each sample has {input[1:]} outputs and {target[1:]} labels: check the last layer's out_features"
    return "Check that both come from the same samples"


def fitting_weight(op: str, name: str, input: Tensor, values: Any) -> Tensor:
    """Return the weight in the dtype of the input, to whose shape it must broadcast without enlarging it."""
    weight: Tensor = as_tensor(values, dtype=input.dtype)
    try:
        together: tuple[int, ...] | None = np.broadcast_shapes(weight.shape, input.shape)
    except ValueError:
        together = None
    if together != input.shape:
        raise ShapeError(
            f"{name} has shape {weight.shape}, which does not broadcast to the input's {input.shape}",
            op=op,
            shapes=(input.shape, weight.shape),
            hint="Give a weight for each sample as a column, weight.reshape(-1, 1), or one for each output",
        )
    return weight


def labels(op: str, target: Tensor) -> None:
    """Refuse labels that are not numbers from 0 to 1, naming the first and its place."""
    check_values(lambda values: _labels(op, values), target, once="labels from 0 to 1")


def _labels(op: str, values: np.ndarray[Any, Any]) -> None:
    if values.size and not (np.minimum.reduce(values, None) >= 0 and np.maximum.reduce(values, None) <= 1):
        value, place, count = _first(values, ~((values >= 0) & (values <= 1)))  # NaN is among them
        raise RangeError(
            f"labels are between 0 and 1, and the one {place} is {value}{count}",
            op=op,
            shapes=(values.shape,),
            hint="Labels of -1 and 1 become 0 and 1 with (y + 1) / 2"
            if values.min() == -1 and values.max() == 1
            else "Code the two classes as 0 and 1",
        )


def probabilities(op: str, input: Tensor) -> None:
    """Refuse numbers below 0 or above 1. NaN passes, and gives a NaN loss: where it came from is for others to say."""
    check_values(lambda values: _probabilities(op, values), input, idle_after=("sigmoid", "softmax"))


def _probabilities(op: str, values: np.ndarray[Any, Any]) -> None:
    outside = (values < 0) | (values > 1)
    if outside.any():
        value, place, count = _first(values, outside)
        raise RangeError(
            f"probabilities are between 0 and 1, and the one {place} is {value}{count}",
            op=op,
            shapes=(values.shape,),
            hint="End the network with nn.Sigmoid(), or use BCEWithLogitsLoss, which takes what comes before it",
        )


def _first(values: np.ndarray[Any, Any], wrong: np.ndarray[Any, Any]) -> tuple[str, str, str]:
    """The first wrong value, where it is, and how many more there are."""
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    others = int(wrong.sum()) - 1
    where = f"at {list(place)}" if place else "given"
    return str(values[place].item()), where, f" (and {others} more)" if others else ""
