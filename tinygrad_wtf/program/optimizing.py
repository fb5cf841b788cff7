"""Which passes a trace goes through, and in which order."""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.program.code import Code, Ref
from tinygrad_wtf.program.layouts import chosen
from tinygrad_wtf.program.lowering import lowered
from tinygrad_wtf.program.passes import alive, folded, outputs_apart, shared, untransposed, with_scalars, without_units
from tinygrad_wtf.program.pieces import in_pieces
from tinygrad_wtf.program.plan import Plan, held_calls, plan
from tinygrad_wtf.program.rewriting import totals, with_logits
from tinygrad_wtf.program.splitting import split
from tinygrad_wtf.program.threads import WORTH_SHARING, Shared, get_num_threads, work
from tinygrad_wtf.program.updates import fused_updates
from tinygrad_wtf.tensor import Tensor

PASSES = (
    alive, lowered, folded, shared, without_units, folded, with_scalars, shared, totals, alive,
    untransposed, shared, alive, outputs_apart,
)  # fmt: skip


def optimized(
    code: Code, homes: dict[Ref, Tensor], rewrite: bool = True, steady: bool = False
) -> tuple[Code, Plan | Shared]:
    """The code after all passes, and the plan that runs it; `rewrite` allows what relies on guards.

    `steady` says that the arguments will be the same again and again, so that it pays to copy them into another layout.
    """
    with np.errstate(all="ignore"):
        return _optimized(code.copy(), homes, rewrite, steady)


def _optimized(code: Code, homes: dict[Ref, Tensor], rewrite: bool, steady: bool) -> tuple[Code, Plan | Shared]:
    if rewrite:
        code = with_logits(alive(code))
    for make in PASSES:
        code = make(code)
    copied = held_calls(code, arguments=steady)[2]
    layouts = chosen(code, _movable(code, homes), copied)
    code = fused_updates(code, homes, layouts)
    if rewrite and steady and get_num_threads() > 1 and work(code) > WORTH_SHARING:
        shares = split(code, get_num_threads())
        if shares is not None:
            return code, Shared(shares, layouts)
    code, layouts = in_pieces(code, layouts, steady)
    return code, plan(code, layouts)


def _movable(code: Code, homes: dict[Ref, Tensor]) -> dict[Ref, str]:
    """The memory that may be laid anew, and how it lies best when the arguments stay the same."""
    movable = {memory: "" for memory, tensor in homes.items() if tensor.value.base is None}
    layouts = chosen(code, movable, held_calls(code)[2]) if movable else {}
    return {memory: layouts.get(memory, "C") for memory in movable}
