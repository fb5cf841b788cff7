"""`FunctionCtx`: what the forward of a user's `Function` leaves for its backward."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_wtf import _refusals
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import DTypeError, UnsupportedError
from tinygrad_wtf.tensors.tensor import Tensor


class FunctionCtx:
    """What `forward` leaves for `backward`: saved tensors, and any attribute that the user sets.

    Attributes
    ----------
    needs_input_grad : tuple of bool
        For each argument of `apply`, whether its gradient is wanted.
    """

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._to_save: tuple[Any, ...] = ()
        self._saved: list[tuple[Any, Any]] = []
        self._constant: tuple[Any, ...] = ()
        self._materializes = True
        self._node: Any = None
        self._outputs: Any = ()
        self._time = 0

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for `backward`: arguments, results, or others; None is kept too.

        When one of them is changed in place before `backward` reads it, that raises.
        """
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise DTypeError(
                    f"save_for_backward keeps Tensors, not a {type(tensor).__name__}",
                    hint="Set other things as attributes: ctx.dim = dim",
                )
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, with the history that it had."""
        if self._node is None:
            return self._to_save
        node = self._node()
        found = []
        for value, source in self._saved:
            if isinstance(value, np.ndarray) and node is not None and clock.changed_since(value, self._time):
                about = source if isinstance(source, Node) else node
                raise _refusals.changed(node, value, about, clock.place(value))
            history = self._outputs[source]() if isinstance(source, int) else source
            found.append(None if value is None else wrap(value, history))
        return tuple(found)

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """Say that these results have no gradients."""
        self._constant = outputs

    def mark_dirty(self, *inputs: Any) -> None:
        """Refuse what changes its arguments in place."""
        raise UnsupportedError(
            "mark_dirty: a Function cannot change its arguments in place", hint="Compute a new tensor and return it"
        )

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether `backward` gets zeros for results that the loss does not depend on, or None."""
        self._materializes = value

    def _settle(self, node: Node, outputs: Sequence[Any], nodes: Sequence[Any]) -> None:
        """Note what was saved: results by their numbers, since a result that held itself would never be freed."""
        self._node, self._time = weakref.ref(node), clock.time
        self._outputs = [(lambda: None) if made is None else weakref.ref(made) for made in nodes]
        for tensor in self._to_save:
            place = next((i for i, output in enumerate(outputs) if output is tensor), None)
            self._saved.append(
                (None, None) if tensor is None else (tensor.value, tensor.node if place is None else place)
            )
        self._to_save = ()
