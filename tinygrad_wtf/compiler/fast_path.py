"""The shortest way through a program: once more on the same arguments, when nothing else has changed either.

A small training step takes no longer than a few Python calls do, so each of them counts here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinygrad_wtf._changes import changes
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.guards import Guards
    from tinygrad_wtf.compiler.program import Program

Replay = Callable[[tuple[Any, ...], dict[str, Any]], Any]
MISSED = object()  # what a replay returns when something has changed; it has done nothing then
new = object.__new__


def never(args: tuple[Any, ...], here: dict[str, Any]) -> Any:
    """Repeat nothing."""
    return MISSED


def replay(program: Program, args: tuple[Any, ...], guards: Guards) -> Replay:
    """A function of the arguments and the mode of the thread, for a program that has just run on these arguments."""
    time, noted, recording = program.time, guards.changes, program.recording
    body, held, stamps, buffers = program.executable.body, program.held, program.stamps, program.gradient_buffers
    watch, unchanged = buffers.watch, guards.written_out(args)
    relied, has_entry = bool(program.relied), bool(program.entry)
    has_cleared, is_plain = bool(program.cleared), program.backward_program is None and program.is_single

    def again(given: tuple[Any, ...], here: dict[str, Any]) -> Any:
        nonlocal time
        if clock.time != time or changes.count != noted or here["recording"] is not recording:
            return MISSED
        if not unchanged(given):
            return MISSED
        if relied and not program.gradients_fit():
            return MISSED
        is_seen = watch.is_seen
        if is_seen and buffers.is_held():  # somebody took a gradient away, and may hold it
            return MISSED
        results = here["silently"](body, held, program.old_gradients() if has_entry else ())
        if results is None:
            result = program.exactly()
            time = program.time
            return result
        if stamps:  # as `Clock.stamped`; the program's time counts its own writes: those of others are seen next time
            clock.time = now = clock.time + 1
            for stamp in stamps:
                stamp[0] = now
            time += 1
        if is_seen:
            buffers.hand_out()
        if has_cleared:
            program.clear_gradients()
        if not is_plain:
            return program.results(results)
        tensor = new(Tensor)  # as `wrap`
        tensor.value, tensor._node = results[0], None
        return tensor

    return again
