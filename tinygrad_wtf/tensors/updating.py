"""Changing several tensors in place by one rule: what an optimizer does with a parameter and what it remembers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from numpy import ndarray

from tinygrad_wtf._state import mode
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.errors import GraphError, ShapeError
from tinygrad_wtf.grad_mode import no_grad

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def update_values(rule: Callable[..., Any], tensors: Sequence[Tensor], *read: Tensor, **settings: Any) -> None:
    """Change tensors in place to what a rule makes of their values, without recording it.

    The rule is called once with NumPy's arrays, so that it costs what NumPy does; in a compiled function it is called
    with tensors, and becomes part of the program. It is ordinary mathematics: operators, and functions of
    `tinygrad_wtf`, which take both.

    Parameters
    ----------
    rule : callable
        ``rule(*values, *read, **settings)`` returns the new values of the tensors, as a tuple in their order. It may
        use ``+=`` and its kin on the values that it returns, and on no others.
    tensors : sequence of Tensor
        What is changed; each has memory of its own.
    *read : Tensor
        What the rule reads besides.
    **settings
        Passed on to the rule: numbers, or 0-d tensors in a compiled function.

    Raises
    ------
    GraphError
        If one of the tensors was computed from others while that was recorded.
    ShapeError
        If new values do not fit into their tensor, or a tensor cannot be written to since it was expanded.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> def descend(w, v, g, lr):
    ...     v = 0.5 * v + g
    ...     w -= lr * v
    ...     return w, v
    >>> w, v = tw.tensor([1.0, 2.0], requires_grad=True), tw.zeros(2)
    >>> tw.update_values(descend, (w, v), tw.tensor([1.0, 1.0]), lr=0.5)
    >>> w.tolist(), v.tolist()
    ([0.5, 1.5], [1.0, 1.0])
    """
    asked = sys._getframe(1)
    values, is_plain = [], mode.recorder is mode.eager
    for t in tensors:
        value, node = t.value, t.node
        if node is not None and node.op is not None and node.requires_grad:
            raise GraphError(
                "update_values would change a computed tensor in place, which the graph cannot follow",
                op="update_values",
                shapes=(t.shape,),
                hint="Change the tensor that it was computed from, or a detached copy",
            )
        is_plain = is_plain and value.__class__ is ndarray
        values.append(value)
    others = [t.value for t in read]
    if not is_plain or not all(value.__class__ is ndarray for value in others):
        with no_grad():
            for t, new in zip(tensors, rule(*tensors, *read, **settings), strict=True):
                if new is not t:
                    t.copy_(new)
        return
    try:
        mode.silently(_overwrite, rule, values, others, settings)
    except ValueError as error:
        locked = next((value for value in values if not value.flags.writeable), None)
        if locked is None:
            raise
        raise ShapeError(
            "the memory of a tensor cannot be written to",
            op="update_values",
            shapes=(locked.shape,),
            hint="A tensor that was expanded must be cloned first",
        ) from error
    finally:  # a rule that fails may have changed some
        for value in values:
            clock.written(value, (asked.f_code, asked.f_lasti))


def _overwrite(rule: Callable[..., Any], values: list[Any], others: list[Any], settings: dict[str, Any]) -> None:
    """Put the rule's results into the arrays, where it has not done so itself."""
    for value, new in zip(values, rule(*values, *others, **settings), strict=True):
        if new is not value:
            if getattr(new, "shape", ()) not in (value.shape, ()):
                raise ShapeError(
                    "a rule gives a value of another shape",
                    op="update_values",
                    shapes=(getattr(new, "shape", ()), value.shape),
                )
            value[...] = new
