"""The last steps to what can run, taken by a whole program or by each share of it."""

from __future__ import annotations

from tinygrad_wtf.compiler.allocate import Plan, Pool, plan
from tinygrad_wtf.compiler.ir import Graph, Variable
from tinygrad_wtf.compiler.passes.rewriting import guarded_by_sums
from tinygrad_wtf.compiler.tuning.blocked_matmul import in_pieces


def finished(
    graph: Graph, layouts: dict[Variable, str], steady: bool | None, divided: bool = True, pool: Pool | None = None
) -> Plan:
    """Choose how its products are computed, and plan it.

    Its values lie as `layouts` says, products may read copies that are `divided`, and buffers come from `pool`. While
    it is not known whether the arguments are `steady` (None), all products are computed at once.
    """
    graph = guarded_by_sums(graph)
    return plan(graph, layouts, pool) if steady is None else plan(*in_pieces(graph, layouts, steady, divided), pool)
