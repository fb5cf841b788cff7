"""The shortest way through a program: once more on the same arguments, when nothing else has changed either.

A small training step takes no longer than a few Python calls do, so each of them counts here: all is said in one
function, which is written for the program, its arguments and its guards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinygrad_wtf._changes import changes
from tinygrad_wtf.compiler.guards import EMPTY
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.guards import Guards
    from tinygrad_wtf.compiler.program import Program

Replay = Callable[[tuple[Any, ...], dict[str, Any]], Any]
MISSED = object()  # what a replay returns when something has changed; it has done nothing then


def never(args: tuple[Any, ...], here: dict[str, Any]) -> Any:
    """Repeat nothing."""
    return MISSED


def replay(program: Program, args: tuple[Any, ...], guards: Guards) -> Replay:
    """A function of the arguments and the mode of the thread, for a program that has just run on these arguments."""
    buffers, (script, same) = program.gradient_buffers, guards.written_out()
    same = [f"args_[{i}] is {script.bound(a)}" for i, a in enumerate(args)] + same
    lines = [
        "nonlocal time_",
        "if clock_.time != time_ or changes_.count != noted_ or here_['recording'] is not recording_: return MISSED_",
        f"if len_(args_) != {len(args)}: return MISSED_",
        "try:",
        f"    if not ({' and '.join(same) or True}): return MISSED_",
        "except empty_: return MISSED_",
        *(["if not program_.gradients_fit(): return MISSED_"] if program.relied else []),
        "is_seen_ = watch_.is_seen",
        "if is_seen_ and buffers_.is_held(): return MISSED_",  # somebody took a gradient away, and may hold it
        f"results_ = here_['silently'](body_, held_, {'program_.old_gradients()' if program.entry else '()'})",
        "if results_ is None:",
        "    result_ = program_.exactly()",
        "    time_ = program_.time",
        "    return result_",
    ]
    if program.stamps:  # as `Clock.stamped`; the time counts the own writes: those of others are seen next time
        stamps = "".join(f" = {script.bound(stamp)}[0]" for stamp in program.stamps)
        lines += [f"clock_.time{stamps} = clock_.time + 1", "time_ += 1"]
    lines.append("if is_seen_: buffers_.hand_out()")
    if program.cleared:
        lines.append("program_.clear_gradients()")
    if program.backward_program is None and program.is_single:  # as `wrap`
        lines += ["tensor_ = new_(Tensor_)", "tensor_.value, tensor_._node = results_[0], None", "return tensor_"]
    else:
        lines.append("return program_.results(results_)")
    script.bind(
        program=program, clock=clock, changes=changes, time=program.time, noted=guards.changes, empty=EMPTY,
        recording=program.recording, buffers=buffers, watch=buffers.watch, held=program.held, MISSED=MISSED,
        body=program.executable.body, new=object.__new__, Tensor=Tensor,
    )  # fmt: skip
    again: Replay = script.function("again", "args_, here_", lines)
    return again
