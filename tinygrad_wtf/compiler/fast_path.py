"""The shortest way through a program: once more on the same arguments, when nothing else has changed either.

A small training step takes no longer than a few Python calls do, so each of them counts here: all is said in one
function, which is written for the program, its arguments and what surrounds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinygrad_wtf.compiler.script import Script
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.executable import Program
    from tinygrad_wtf.compiler.guards import Surroundings

Replay = Callable[[tuple[Any, ...], dict[str, Any]], Any]
MISSED = object()  # what a replay returns when something has changed; it has done nothing then


def never(args: tuple[Any, ...], here: dict[str, Any]) -> Any:
    """Repeat nothing."""
    return MISSED


def replay(program: Program, args: tuple[Any, ...], surroundings: Surroundings, changes: int) -> Replay:
    """A function of the arguments and the mode of the thread, for a program that has just run on these arguments.

    `changes` is the count at which the surroundings were looked at.
    """
    script = Script(surroundings.space)
    same = [f"args_[{i}] is {script.bound(a)}" for i, a in enumerate(args)]
    same += surroundings.comparisons(script)
    leaves = [(script.bound(leaf), cell) for leaf, cell in program.loan.cells]
    lent = [f"{leaf}.grad is {script.shared(cell)} and {leaf}.watch is watch_" for leaf, cell in leaves]
    stamps = [script.bound(stamp) for stamp in program.stamps]
    lines = [
        "nonlocal time_",
        "if clock_.time != time_ or clock_.changes != changes_ or here_['recording'] is not recording_: return MISSED_",
        f"if len_(args_) != {len(args)}: return MISSED_",
        "try:",
        f"    if not ({' and '.join(same) or True}): return MISSED_",
        "except deleted_: return MISSED_",
        *(["if not program_.gradients_fit(): return MISSED_"] if program.relied else []),
        f"are_lent_ = {' and '.join(lent) or True}",  # or somebody has taken one away, and may hold it
        "if (watch_.is_seen or not are_lent_) and loan_.is_held(): return MISSED_",
        f"results_ = here_['silently'](body_, held_, {'program_.old_gradients()' if program.entry else '()'})",
        "if results_ is None:",
        "    result_ = program_.exactly()",
        "    time_ = program_.time",
        "    return result_",
    ]
    if stamps:  # as `Clock.stamped`; the program's time counts its own writes: those of others are seen next time
        lines += [f"{' = '.join(['clock_.time', *(f'{s}[0]' for s in stamps)])} = clock_.time + 1", "time_ += 1"]
    if lent:
        lines.append("if not are_lent_: loan_.hand_out()")
    if program.cleared:
        lines.append("program_.clear_gradients()")
    if program.pullback is None and program.is_single:  # as `wrap`
        lines += ["tensor_ = new_(Tensor_)", "tensor_.value, tensor_.node = results_[0], None", "return tensor_"]
    else:
        lines.append("return program_.results(results_)")
    loan, plan = program.loan, program.plan
    # fmt: off
    written: Replay = script.function(
        "again", "args_, here_", lines,
        clock=clock, time=program.time, changes=changes, recording=program.recording, deleted=(NameError, KeyError),
        program=program, body=plan.body, held=program.held, loan=loan, watch=loan.watch,
        MISSED=MISSED, len=len, new=object.__new__, Tensor=Tensor,
    )
    # fmt: on
    return written
