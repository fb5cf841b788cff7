"""How the facts of a box are put into words and figures: the same in every format that a picture is written in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.picture.model import OperationBox, TensorBox

__all__ = ["gradient_line", "number", "operation_lines", "shape_line", "tensor_facts", "typed", "value_line"]


def number(value: float, digits: int = 3) -> str:
    """Three digits are enough for a picture.

    Examples
    --------
    >>> number(0.123456), number(-2.0), number(1e-9)
    ('0.123', '−2', '1e−9')
    """
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}{e}{int(exponent)}".replace("-", "−") if e else mantissa.replace("-", "−")


def shape_line(shape: tuple[int, ...] | None) -> str:
    """A shape as one reads it."""
    return str(shape) if shape else "scalar"


def operation_lines(box: OperationBox) -> list[str]:
    """The operation as a formula; where that is too long, its sign and its settings."""
    if box.expression and not box.expression.endswith("…"):
        return [box.expression]
    return [line for line in (box.sign, box.detail) if line]


def value_line(box: TensorBox) -> str:
    """The value of a single number; of an array its mean and spread."""
    found = box.value
    if found is None or (box.role == "constant" and not box.shape):
        return ""
    wrong = {"nan": "has NaN", "infinite": "has infinities"}.get(found.kind, "")
    if wrong:
        return wrong if box.shape else wrong.removeprefix("has ").replace("infinities", "infinite")
    if found.strip == ():
        return f"= {number(found.mean)}"
    return "all zero" if found.kind == "zero" else f"{number(found.mean)} ± {number(found.spread)}"


def gradient_line(box: TensorBox, passed: bool) -> str:
    """What is known of the gradient: its state at leaves, and its size wherever it is known."""
    leaf = box.role in ("parameter", "input")
    if not box.needs_gradient:
        return "" if box.role in ("constant", "input") else "no gradient"
    if box.state == "not computed":
        return "gradient not computed" if leaf else ""
    found = box.gradient
    if found is None or (not passed and box.state in ("none", "passed")):
        return ""
    if found.kind == "zero":
        return "gradient zero"
    if found.kind == "nan":
        size = "gradient NaN"
    elif found.kind == "infinite":
        size = "gradient infinite"
    elif found.strip == ():
        size = f"gradient {number(found.mean)}"
    else:
        size = f"‖gradient‖ {number(found.norm)}"
    return f"{size}, sum of {box.passes} passes" if box.state == "accumulated" else size


def tensor_facts(box: TensorBox) -> str:
    """All of it in one sentence, for tooltips."""
    gradient = "needs a gradient" if box.needs_gradient else "no gradient"
    return f"{box.label}: {box.role}, {shape_line(box.shape)}, {box.dtype}, {gradient}"


def typed(value: object, special: Callable[[Any], str | None] = lambda value: None) -> str:
    """A setting as one would type it; of an object that prints its address, which differs from run to run, its type.

    Parameters
    ----------
    value
        Such as a number, a slice or a tuple of such.
    special
        How some values are written otherwise; None for all others.

    Examples
    --------
    >>> typed((1, slice(None, 3), ...))
    '(1, :3, ...)'
    """
    if (said := special(value)) is not None:
        return said
    if isinstance(value, tuple | list):
        return "(" + ", ".join(typed(part, special) for part in value) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if value is Ellipsis:
        return "..."
    return type(value).__name__ if " at 0x" in str(value) else str(value)
