"""Which passes a trace goes through, and in which order."""

from __future__ import annotations

import functools

import numpy as np

from tinygrad_wtf._state import settle_numpy
from tinygrad_wtf.compiler.allocate import Plan, held_calls
from tinygrad_wtf.compiler.finish import finished
from tinygrad_wtf.compiler.hoist import weights, with_biases, with_factors, with_rates
from tinygrad_wtf.compiler.ir import Graph, Variable
from tinygrad_wtf.compiler.lower import lowered
from tinygrad_wtf.compiler.passes.exact import (
    alive,
    folded,
    outputs_apart,
    shared,
    subtracted,
    untransposed,
    with_scalars,
    without_units,
)
from tinygrad_wtf.compiler.passes.pack_parameters import fused_updates
from tinygrad_wtf.compiler.passes.rewriting import totals, with_logits
from tinygrad_wtf.compiler.passes.sigmoids import scaled, with_tanh
from tinygrad_wtf.compiler.shard import split
from tinygrad_wtf.compiler.threads import WORTH_SHARING, Shared, get_num_threads, work
from tinygrad_wtf.compiler.tuning.blocked_matmul import UNCACHED, is_divided
from tinygrad_wtf.compiler.tuning.layouts import chosen
from tinygrad_wtf.compiler.tuning.timing import best_times, first_best
from tinygrad_wtf.tensors.tensor import Tensor

CACHE = 1 << 20  # bytes: buffers that take more than this leave the fast part of the cache

PASSES = (
    alive, lowered, folded, shared, without_units, folded, with_scalars, shared, totals, alive,
    untransposed, shared, alive, outputs_apart,
)  # fmt: skip


def optimized(
    graph: Graph, homes: dict[Variable, Tensor], rewrite: bool = True, steady: bool | None = False
) -> tuple[Graph, Plan | Shared]:
    """The graph after all passes, and the plan that runs it; `rewrite` allows what relies on guards.

    `steady` says that the arguments will be the same again and again, so that it pays to copy them into another layout;
    None, that this is not known yet: memory is laid as if they were, and each product computed at once.
    """
    with np.errstate():
        settle_numpy()  # what is measured here will run with it
        return _optimized(graph.copy(), homes, rewrite, steady)


def _optimized(
    graph: Graph, homes: dict[Variable, Tensor], rewrite: bool, steady: bool | None
) -> tuple[Graph, Plan | Shared]:
    if rewrite:
        graph = with_tanh(with_logits(alive(graph)))
    for make in PASSES:
        graph = make(graph)
    copied = held_calls(graph, arguments=steady is not False)[2]
    layouts = chosen(graph, _movable(graph, homes), copied)
    graph = fused_updates(graph, homes, layouts)
    for with_inputs in (with_biases, with_factors, with_rates):
        graph = alive(with_inputs(graph, bool(steady)))
    graph = alive(shared(scaled(subtracted(graph))))
    made = finished(graph, layouts, steady, divided=rewrite)
    best = _shared_out(graph, layouts, made, steady) if rewrite and steady is not None else None
    if best is not None and len(best.shares) > 1:
        return graph, best
    if is_divided(made.graph) and not (best is not None and best.is_divided):
        made = finished(graph, layouts, steady, divided=False)
    return made.graph, made


def _shared_out(graph: Graph, layouts: dict[Variable, str], whole: Plan, steady: bool) -> Shared | None:
    """The fastest way to run the graph, where there are several and it can be split into shares of the samples.

    Shares are for threads, or to stay in the cache. Where they read divided copies, they are measured without, too.
    """
    threads = get_num_threads() if work(graph) > WORTH_SHARING else 1
    read = sum(value.sample.nbytes for value in graph.values.values() if value.kind == "argument")
    smaller = (1, 2, 4) if whole.buffers > CACHE and read < UNCACHED else (1,)
    counts = sorted({1, *(threads * shares for shares in smaller)})
    if (counts == [1] and not is_divided(whole.graph)) or not whole.running[1]:  # or all is done in `prepare`
        return None
    options: list[Shared] = []
    for count in counts:
        made = split(graph, count)
        if made is None:
            continue
        option = Shared(made, layouts, min(threads, count), steady)
        if option.is_divided and (again := split(graph, count)) is not None:  # the first belongs to the option
            options.append(Shared(again, layouts, min(threads, count), steady, divided=False))
        options.append(option)
    return options[_quickest(graph, options) if len(options) > 1 else 0] if options else None


def _quickest(graph: Graph, options: list[Shared]) -> int:
    """Which of them takes the least time, on the samples that were traced."""
    samples = {v.origin: v.sample for v in graph.values.values() if v.kind == "argument"}
    arguments = [samples.get(number) for number in range(max(samples) + 1)]
    held = [option.prepare(arguments) for option in options]
    if any(made is None for made in held):
        return 0
    runs = [functools.partial(option.run_shares, made[0]) for option, made in zip(options, held, strict=True)]
    return first_best(best_times(runs))


def _movable(graph: Graph, homes: dict[Variable, Tensor]) -> dict[Variable, str]:
    """The memory that may be laid anew, and how it lies best when the arguments stay the same."""
    movable = {memory: "" for memory, tensor in homes.items() if tensor.value.base is None}
    movable |= dict.fromkeys(weights(graph) & movable.keys(), "F")
    layouts = chosen(graph, movable, held_calls(graph)[2]) if movable else {}
    return {memory: layouts.get(memory, "C") for memory in movable}
