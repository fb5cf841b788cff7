"""How an operation's arguments get one dtype, by PyTorch's promotion; and the errors for what does not fit."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import TensorBase, wrap
from tinygrad_wtf.errors import DTypeError, IndexRangeError, SettingError, ShapeError

_NUMBER = (bool, int, float)


def promoted(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments as tensors and Python numbers that the operation takes, of one dtype."""
    given = [_operand(op, a) for a in args]
    chosen = range(len(given))[op.promoted]
    if op.takes == "anything" or not chosen:
        return tuple(given)
    target = dtypes.result_type(given[i] for i in chosen)
    if op.takes == "floats" and target.kind != "f":
        target = dtypes.get_default_dtype()
    if op.takes == "quantities" and any(
        getattr(given[i], "dtype", type(given[i])) in (bool, dtypes.bool) for i in chosen
    ):
        raise DTypeError(
            "takes no booleans",
            op=op.name,
            shapes=tuple(np.shape(a) for a in given),
            hint="Invert a mask with ~mask, or convert it with .long()",
        )
    for i in chosen:
        if isinstance(given[i], TensorBase):
            given[i] = given[i].to(target)
        elif target.kind == "f" and type(given[i]) is int:
            try:
                given[i] = float(given[i])
            except OverflowError as error:
                refuse(op, given, {}, error)
        elif op.vjps and target.kind in "iu" and type(given[i]) is int:  # comparisons see the number as it is
            given[i] = dtypes.wrapped(given[i], target)
    return tuple(given)


def _operand(op: Op, a: Any) -> Any:
    if isinstance(a, TensorBase):
        return a
    if type(a) in _NUMBER:
        return a
    if isinstance(a, np.generic):
        number = a.item()
        if isinstance(number, np.generic):  # of a precision that Python does not have
            dtypes.checked(a.dtype)
        return _operand(op, number)
    if isinstance(a, np.ndarray):
        return TensorBase.made(a, dtype=a.dtype)
    if mode.recorder.takes(a):
        return wrap(a, None)
    foreign = hasattr(a, "__dlpack__")
    raise DTypeError(
        f"cannot take {described(a)}",
        op=op.name,
        hint="Convert it first: from_dlpack(...), or tensor(...)"
        if foreign
        else "Give it a Tensor, a NumPy array or a number; lists: Tensor([...])",
    )


def described(a: Any) -> str:
    """What an object is, for messages."""
    if a is None or isinstance(a, str | complex):
        return f"{a!r}"
    library = type(a).__module__.partition(".")[0]
    return f"a {library}.{type(a).__name__}" if hasattr(a, "__dlpack__") else f"a {type(a).__name__}"


def refuse(op: Op, values: list[Any], params: dict[str, Any], error: Exception) -> NoReturn:
    """Turn NumPy's refusal into one that says which operation and shapes were at fault."""
    shapes = tuple(np.shape(v) for v in values)
    described = " and ".join(str(s) for s in shapes)
    if isinstance(error, IndexError):
        raise IndexRangeError(f"{error}, in a tensor of shape {shapes[0]}", op=op.name, shapes=shapes) from None
    if isinstance(error, TypeError):
        raise DTypeError(f"{error}", op=op.name, shapes=shapes) from error
    if isinstance(error, OverflowError):
        raise SettingError(
            "an integer is too large for floating point", op=op.name, shapes=shapes, hint="Scale the numbers first"
        ) from None
    if "negative integer powers" in str(error):
        raise DTypeError(
            "integers have no negative powers", op=op.name, shapes=shapes, hint="Convert with .float()"
        ) from None
    settings = "".join(f", {key}={value}" for key, value in params.items())
    raise ShapeError(
        f"shapes {described}{settings} do not fit together",
        op=op.name,
        shapes=shapes,
        hint=op.hint(*shapes) if op.hint else f"NumPy says: {error}",
    ) from None
