"""The order of all passes, and the way from a traced graph to what can run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol

from tinygrad_wtf.compiler.executable import Executable, executable
from tinygrad_wtf.compiler.hoist import hoist
from tinygrad_wtf.compiler.ir import Graph, is_view
from tinygrad_wtf.compiler.lower import lower
from tinygrad_wtf.compiler.passes.copy_outputs import copy_outputs
from tinygrad_wtf.compiler.passes.cse import cse
from tinygrad_wtf.compiler.passes.dce import dce
from tinygrad_wtf.compiler.passes.features_first import features_first
from tinygrad_wtf.compiler.passes.fold import fold
from tinygrad_wtf.compiler.passes.fold_bias import fold_bias
from tinygrad_wtf.compiler.passes.fold_factors import fold_factors
from tinygrad_wtf.compiler.passes.fold_rates import fold_rates
from tinygrad_wtf.compiler.passes.guard_by_sum import guard_by_sum
from tinygrad_wtf.compiler.passes.pack_updates import pack_updates
from tinygrad_wtf.compiler.passes.sigmoid_by_tanh import halves, sigmoid_by_tanh
from tinygrad_wtf.compiler.passes.stable_bce import stable_bce
from tinygrad_wtf.compiler.passes.stacked_products import stacked_products
from tinygrad_wtf.compiler.passes.sums_as_dots import sums_as_dots
from tinygrad_wtf.compiler.shard import split
from tinygrad_wtf.compiler.threads import WORTH_SHARING, Sharded, get_num_threads, work
from tinygrad_wtf.compiler.verify import Verifier

Pass = Callable[[Graph], Graph]

PIPELINE: tuple[Pass, ...] = (
    dce,           # first, so that nothing is lowered in vain
    stable_bce,    # on rows, and so is the next
    sigmoid_by_tanh,
    lower,         # rows become NumPy calls; from here on there are no samples
    fold,
    cse,
    sums_as_dots,
    dce,
    copy_outputs,
    pack_updates,
    fold_bias,     # needs weight and bias side by side
    halves,        # of sigmoids by tanh
    cse,
    dce,
)  # fmt: skip

# What pays only when the inputs stay the same from run to run.
STATIC: tuple[Pass, ...] = (features_first, fold_factors, fold_rates)

# What is done with each share of the samples, or with the whole, since it changes where the samples are.
LAST: tuple[Pass, ...] = (stacked_products, guard_by_sum)

VERIFY = bool(os.environ.get("TINYGRAD_WTF_VERIFY"))  # set by the tests


class Tuner(Protocol):
    """What measures, with ``compile(tune=True)``; see `tuning`."""

    def made(self, graph: Graph, static: bool, arguments: list[Any], options: Options) -> Executable | Sharded:
        """The fastest way to run a graph."""
        ...


@dataclass(frozen=True)
class Options:
    """How functions are compiled.

    Attributes
    ----------
    pipeline : sequence of passes
        In order.
    static : sequence of passes
        What is done with the graph once its inputs have stayed the same.
    last : sequence of passes
        What is done with each share of the samples in the end.
    threads : int, optional
        How many threads share the samples; by default what `set_num_threads` says.
    worth_sharing : float
        Seconds that a program has to take to be shared out.
    tuner : Tuner, optional
        What measures instead of following rules.
    verify : bool
        Whether each pass is checked on the samples of the trace.
    """

    pipeline: Sequence[Pass] = PIPELINE
    static: Sequence[Pass] = STATIC
    last: Sequence[Pass] = LAST
    threads: int | None = None
    worth_sharing: float = WORTH_SHARING
    tuner: Tuner | None = None
    verify: bool = VERIFY

    def without(self, *passes: Pass) -> Options:
        """The same without some passes."""
        pipeline, static, last = (
            tuple(p for p in kept if p not in passes) for kept in (self.pipeline, self.static, self.last)
        )
        return replace(self, pipeline=pipeline, static=static, last=last)


def optimize(
    graph: Graph, pipeline: Sequence[Pass] = PIPELINE, verify: bool = VERIFY, later: Sequence[Pass] = ()
) -> Graph:
    """Send a graph through the passes.

    With `verify`, each graph is checked, and compared on the samples of the trace with the first; so is what `later`
    passes would make of it.
    """
    verifier = Verifier(graph) if verify else None
    for run in pipeline:
        graph = run(graph)
        if verifier is not None:
            verifier.verify(graph, run.__name__)
    if verifier is not None:
        made = graph
        for run in later:
            verifier.verify(made := run(made), run.__name__)
    return graph


def specialized(graph: Graph, options: Options) -> Graph:
    """The graph for inputs that stay the same; the same object if that makes no difference."""
    for run in options.static:
        graph = run(graph)
    return graph


def made(graph: Graph, options: Options, static: bool = False) -> Executable | Sharded:
    """What runs the graph: shares of the samples, each in a thread, where that pays, or all of it in one."""
    passes = (*(options.static if static else ()), *options.last)

    def make(part: Graph) -> Executable:
        return executable(reduce(lambda made, run: run(made), passes, part))

    threads = options.threads or get_num_threads()
    if threads > 1 and work(graph) > options.worth_sharing and not all(is_view(i.function) for i in hoist(graph).body):
        shares = split(graph, threads)
        if shares is not None:
            return Sharded(shares, make)
    return make(graph)
