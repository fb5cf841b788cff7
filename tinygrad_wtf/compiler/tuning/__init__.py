"""What measures on this machine which way of several is the fastest: imported by ``compile(tune=True)`` alone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_wtf._state import settle_numpy
from tinygrad_wtf.compiler.executable import Executable, executable
from tinygrad_wtf.compiler.ir import Graph
from tinygrad_wtf.compiler.passes.pack_updates import pack_updates
from tinygrad_wtf.compiler.passes.stable_bce import stable_bce
from tinygrad_wtf.compiler.pipeline import Options, Pass
from tinygrad_wtf.compiler.shard import split
from tinygrad_wtf.compiler.threads import Sharded, get_num_threads, work
from tinygrad_wtf.compiler.tuning.blocked_matmul import Forms, in_pieces, is_divided
from tinygrad_wtf.compiler.tuning.layouts import lay_out, lay_out_memory
from tinygrad_wtf.compiler.tuning.timing import best_times, first_best

__all__ = ["Tuning"]

_FORMS = Forms()  # measured once for each shape, whoever asks


@dataclass(frozen=True)
class Tuning:
    """The tuner of a compiled function.

    Attributes
    ----------
    forms : Forms
        What is known of products.
    times : callable
        Measures runs, as `best_times` does.
    lays_out : bool
        Whether it is chosen which way round matrices lie.
    """

    forms: Forms = field(default_factory=lambda: _FORMS)
    times: Callable[..., list[float]] = best_times
    lays_out: bool = True

    def pipeline(self, passes: Sequence[Pass]) -> Sequence[Pass]:
        """The passes, with the one that measures how memory lies best before parameters are packed."""
        chosen: list[Pass] = []
        for run in passes:
            if run is pack_updates and self.lays_out:
                chosen.append(_named(lay_out_memory, forms=self.forms))
            chosen.append(run)
        return tuple(chosen)

    def made(self, graph: Graph, static: bool, arguments: list[Any], options: Options) -> Executable | Sharded:
        """The fastest way to run a graph."""
        with np.errstate():
            settle_numpy()  # what is measured here will run with it
            if self.lays_out:
                graph = lay_out(graph, self.forms, static)
            divided = stable_bce in options.pipeline
            whole = self._executable(graph, static, divided)
            best = self._shared_out(graph, whole, static, arguments, options) if divided else None
            if best is not None and len(best.shares) > 1:
                return best
            if is_divided(whole.graph) and not (best is not None and _is_divided(best)):
                return self._executable(graph, static, divided=False)
            return whole

    def _executable(self, graph: Graph, static: bool, divided: bool) -> Executable:
        return executable(in_pieces(graph, self.forms, static, divided))

    def _shared_out(
        self, graph: Graph, whole: Executable, static: bool, arguments: list[Any], options: Options
    ) -> Sharded | None:
        """The fastest way to run the graph whole or in shares for threads, with operands divided or not; if several."""
        threads = (options.threads or get_num_threads()) if work(graph) > options.worth_sharing else 1
        counts = sorted({1, threads})
        if (threads == 1 and not is_divided(whole.graph)) or not whole.running[1]:  # or all is done in `prepare`
            return None
        found: list[Sharded] = []
        for count in counts:
            shares = split(graph, count)
            if shares is not None:
                ways = [Sharded(shares, self._maker(static, divided)) for divided in (False, True)]
                found += ways if _is_divided(ways[1]) else ways[1:]
        return found[self._quickest(found, arguments) if len(found) > 1 else 0] if found else None

    def _maker(self, static: bool, divided: bool) -> Callable[[Graph], Executable]:
        return functools.partial(self._executable, static=static, divided=divided)

    def _quickest(self, options: list[Sharded], arguments: list[Any]) -> int:
        """Which of them takes the least time."""
        held = [option.prepare(arguments) for option in options]
        if any(made is None for made in held):
            return 0
        runs = [functools.partial(option.run_shares, made[0]) for option, made in zip(options, held, strict=True)]
        return first_best(self.times(runs))


def _is_divided(sharded: Sharded) -> bool:
    return any(is_divided(share.graph) for share in sharded.shares)


def _named(run: Callable[..., Graph], **settings: Any) -> Pass:
    """A pass with settings, under its name."""
    made = functools.partial(run, **settings)
    functools.update_wrapper(made, run)
    return made
