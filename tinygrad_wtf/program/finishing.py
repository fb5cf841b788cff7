"""The last steps to what can run, taken by a whole program or by each share of it."""

from __future__ import annotations

from tinygrad_wtf.program.code import Code, Ref
from tinygrad_wtf.program.pieces import in_pieces
from tinygrad_wtf.program.plan import Plan, Pool, plan
from tinygrad_wtf.program.rewriting import guarded_by_sums


def finished(code: Code, layouts: dict[Ref, str], steady: bool, divided: bool = True, pool: Pool | None = None) -> Plan:
    """Choose how its products are computed, and plan it.

    Its values lie as `layouts` says, products may read copies that are `divided`, and buffers come from `pool`.
    """
    return plan(*in_pieces(guarded_by_sums(code), layouts, steady, divided), pool)
