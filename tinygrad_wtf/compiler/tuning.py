"""What measures on this machine which way of several is the fastest: imported by ``compile(tune=True)`` alone.

The ways are those of which fixed rules choose one otherwise: how many threads share the samples, which products read a
copy of their input features first, and which are computed as stacks. Whole programs are timed, without the writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from tinygrad_wtf._state import settle_numpy
from tinygrad_wtf.compiler.executable import Executable
from tinygrad_wtf.compiler.ir import Graph
from tinygrad_wtf.compiler.passes.features_first import features_first
from tinygrad_wtf.compiler.passes.stacked_products import stacked_products
from tinygrad_wtf.compiler.pipeline import Options, Pass, made
from tinygrad_wtf.compiler.threads import Sharded, get_num_threads

ANYWHERE: dict[Pass, Pass] = {  # the passes that follow a rule, and the same wherever they are possible
    features_first: partial(features_first, wide=1),
    stacked_products: partial(stacked_products, pays=lambda: True, large=1 << 17),
}
IN_A_ROW, COUNTED = 5, 3  # runs of one way in a turn, and how many of them count
TURNS = 100
ENOUGH = 0.1  # seconds for each way: after that, there are no more turns
BETTER = 0.97  # of the time by the rules: a way that takes more than that gains nothing


def usual_times(runs: Sequence[Callable[[], Any]], clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """The median seconds that each of them takes, in turns, so that all meet the same disturbances.

    In a turn it is run a few times in a row; the first runs do not count, until the caches hold what they hold when
    nothing else is run. What takes a third longer than the best takes no more turns.
    """
    seconds: list[list[float]] = [[] for _ in runs]
    usual = [0.0] * len(runs)
    begun = clock()
    for _ in range(TURNS):
        limit = 1.33 * min(usual)
        for i, run in enumerate(runs):
            seconds[i] += _in_a_row(run, clock)[-COUNTED:] if usual[i] <= limit else []
        usual = list(map(median, seconds))
        if clock() - begun > ENOUGH * len(runs):
            break
    return usual


def _in_a_row(run: Callable[[], Any], clock: Callable[[], float]) -> list[float]:
    seconds = []
    for _ in range(IN_A_ROW):
        started = clock()
        run()
        seconds.append(clock() - started)
    return seconds


class Run:
    """A run of a program on the same arguments, again and again."""

    def __init__(self, program: Executable | Sharded, arguments: list[Any]) -> None:
        self.program, self.held = program, program.prepare(arguments)
        samples = (program.graph.sample(v) for v in program.entry)
        self.entry = tuple(np.zeros(a.shape, a.dtype) for a in samples)

    def __call__(self) -> Any:
        """Its results, or None where a guard fails."""
        return None if self.held is None else self.program.body(self.held, self.entry)


@dataclass(frozen=True)
class Tuning:
    """The tuner of a compiled function.

    Attributes
    ----------
    times : callable
        Measures runs, as `usual_times` does.
    """

    times: Callable[[Sequence[Run]], list[float]] = usual_times

    def made(self, graph: Graph, static: bool, arguments: list[Any], options: Options) -> Executable | Sharded:
        """The fastest way to run a graph. One that draws at random is not run in advance, and follows the rules."""
        if all(i.label != "draw" for i in graph.instructions):
            trial = without_writes(graph)
            for ways in (_shares, _static, _last):
                options = self._fastest(trial, [options, *ways(options)], static, arguments)
        return made(graph, options, static)

    def _fastest(self, graph: Graph, ways: list[Options], static: bool, arguments: list[Any]) -> Options:
        """The first, unless another is clearly faster; they are told apart by the text of their programs."""
        programs: dict[str, tuple[Options, Executable | Sharded]] = {}
        for way in ways:
            program = made(graph, way, static)
            programs.setdefault(program.source, (way, program))
        distinct = list(programs.values())
        with np.errstate():
            settle_numpy()  # what is measured here will run with it
            runs = [Run(program, arguments) for _, program in distinct]
            if len(runs) == 1 or any(run() is None for run in runs):  # a guard forbids it
                return ways[0]
            seconds = self.times(runs)
        at = seconds.index(min(seconds))
        return distinct[at][0] if seconds[at] < BETTER * seconds[0] else ways[0]


def without_writes(graph: Graph) -> Graph:
    """The graph, which computes what memory is to hold and does not write it there."""
    values = {v: replace(x, kind="partial") if v in graph.stores else x for v, x in graph.values.items()}
    return replace(graph, values=values, stores={})


def _shares(options: Options) -> Iterator[Options]:
    """Without threads, and with all of them."""
    threads = options.threads or get_num_threads()
    yield replace(options, threads=1)
    yield replace(options, threads=threads, worth_sharing=-1.0)


def _static(options: Options) -> Iterator[Options]:
    for static in _others(options.static):
        yield replace(options, static=static)


def _last(options: Options) -> Iterator[Options]:
    for last in _others(options.last):
        yield replace(options, last=last)


def _others(passes: Sequence[Pass]) -> Iterator[Sequence[Pass]]:
    """The passes without one of those that follow a rule, and with that one wherever it is possible."""
    for run in (p for p in passes if p in ANYWHERE):
        yield tuple(p for p in passes if p is not run)
        yield tuple(ANYWHERE[run] if p is run else p for p in passes)
