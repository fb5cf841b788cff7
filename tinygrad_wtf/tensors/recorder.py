"""What becomes of all that is done with tensors in a thread.

Tensors do not compute, write or tell their numbers by themselves: they ask the recorder of their thread. The one here
does everything at once. A compiler puts its own in the place (`mode.recorder`), which notes instead of doing.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import Mode, is_silent, mode, silently
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node, arrays
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.random import RandomSource, as_generator
from tinygrad_wtf.tensors.views import was_rebased

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor

Assign = Callable[[Any, Any, Any], None]  # ``assign(memory, index, array)`` is ``memory[index] = array``


class Passed:
    """Which checks the numbers of an array have passed, so that they need not be made again."""

    def __init__(self) -> None:
        self._passed: dict[tuple[str, int], tuple[int, weakref.ref[Any]]] = {}  # by check and array: when

    def note(self, check: str, array: Any, time: int) -> None:
        """Note that the numbers of `array` have passed this check, which was begun at this time."""
        key = (check, id(array))
        self._passed[key] = (time, weakref.ref(array, lambda _: self._passed.pop(key, None) and None))

    def has(self, check: str, array: Any) -> bool:
        """Whether these numbers have passed this check before, and nobody has written to their memory since."""
        known = self._passed.get((check, id(array)))
        return known is not None and not clock.changed_since(array, known[0])


passed = Passed()


class Recorder:
    """Does at once whatever is asked.

    Attributes
    ----------
    compute : callable
        ``compute(function, *arrays, **params)`` calls a row's forward function, or another that reads arrays.
    """

    def __init__(self, compute: Callable[..., Any]) -> None:
        self.compute = compute

    show = staticmethod(arrays)  # what rules are shown of a node in a pass that is not recorded
    look_ahead: Callable[[Any], None] | None = None  # told of what a pass begins with, where anomalies are searched for

    def read(self, tensor: Any, how: str) -> Any:
        """The array of a tensor whose numbers leave the graph; `how` says in which way they are asked for."""
        return tensor.value

    def grad_read(self, node: Node) -> None:
        """Told before the gradient of a node is read, or added to."""
        if node.watch is not None:
            node.watch.is_seen = True

    def grad_set(self, node: Node) -> None:
        """Told before the gradient of a node is replaced, whatever it was."""
        if node.watch is not None:
            node.watch.is_seen = True

    def write(self, tensor: Any, index: Any, array: Any, assign: Assign, place: Any = None) -> None:
        """Change memory in place, at an index; `place` is the line that asked for it."""
        silently(assign, tensor.value, index, array)
        clock.written(tensor.value, place)

    def update(self, tensor: Any, row: Op, other: Any, alpha: Any, place: Any = None) -> None:
        """Change memory in place to ``row(tensor, alpha * other)``, for two of one shape and floating-point dtype."""
        value = tensor.value
        if is_silent():
            _overwrite(value, row, other.value, alpha)
        else:
            self.compute(_overwrite, value, row, other.value, alpha)
        clock.written(value, place)

    def take_on(self, root: Any) -> None:
        """Told when a tensor that is no view takes on the history of what was written to its memory."""
        was_rebased(root)

    def replace(self, tensor: Any, array: Any) -> None:
        """Give a tensor other memory."""
        changes.replaced(tensor.value, array)
        tensor.value = array

    def check(self, check: Callable[..., Any], tensors: tuple[Tensor, ...], once: str = "") -> None:
        """Call `check` on the tensors' read-only arrays; with `once`, skip those that have passed it unchanged."""
        if once and all(passed.has(once, t.value) for t in tensors):
            return
        begun = clock.time  # what another thread writes meanwhile, may not have been seen
        check(*(t.numpy() for t in tensors))
        if once:
            for t in tensors:
                passed.note(once, t.value, begun)

    def draw(self, source: RandomSource, draw: Callable[[np.random.Generator], Any]) -> Any:
        """What `draw` makes of the generator."""
        return draw(as_generator(source).numpy)

    def takes(self, value: Any) -> bool:
        """Whether a tensor may hold this in the place of an array."""
        return False

    def aside(self) -> AbstractContextManager[None]:
        """Inside the block nothing is noted: what is computed there is not the user's."""
        return nullcontext()


def _overwrite(value: Any, row: Op, other: Any, alpha: Any) -> None:
    """Put the row's values of `value` and ``alpha * other`` in place of `value`: NumPy writes where it reads."""
    row.forward(value, other if alpha == 1 else np.multiply(other, alpha), value)


Mode.new_recorder = Recorder
mode.recorder = mode.eager = Recorder(mode.silently)  # of the thread that imports this
