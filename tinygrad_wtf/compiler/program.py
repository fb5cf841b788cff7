"""Program: one trace of a function, and what runs it. Which trace a call needs is decided in `jit`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from operator import is_not
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler.backward_program import BackwardProgram, is_differentiable
from tinygrad_wtf.compiler.executable import Executable, bind
from tinygrad_wtf.compiler.gradient_buffers import GradientBuffers
from tinygrad_wtf.compiler.guards import Guards
from tinygrad_wtf.compiler.ir import Builder, Graph, Variable, multiplies
from tinygrad_wtf.compiler.passes.fold_factors import fold_factors
from tinygrad_wtf.compiler.passes.fold_rates import fold_rates
from tinygrad_wtf.compiler.passes.stable_bce import stable_bce
from tinygrad_wtf.compiler.pipeline import Options, made, optimize, specialized
from tinygrad_wtf.compiler.pytree import Fresh, Leaf, filled, is_same_nest, with_tensors
from tinygrad_wtf.compiler.reachable import Reachable
from tinygrad_wtf.compiler.references import references
from tinygrad_wtf.compiler.threads import Sharded
from tinygrad_wtf.compiler.trace import Trace
from tinygrad_wtf.core.memory import clock, owner_of
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.tensors.leaves import tensor_of
from tinygrad_wtf.tensors.tensor import Tensor

STATIC_AFTER = 3  # runs on the same arguments, after which the program may rely on them
NEVER_STATIC = 1 << 60
PATIENCE = 2  # failures of a guard, after which the program does without it


class Program:
    """A function's operations on arguments of one kind, as NumPy calls.

    Attributes
    ----------
    graph : Graph
        The instructions, after all passes.
    executable : Executable or Sharded
        What runs: ``prepare`` and ``body``.
    bound : frozenset of int
        The arguments that are part of the program, as parameters are.
    time : int
        Until when, on the clock of in-place writes, nobody else has changed what it ran on.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        bound: frozenset[int],
        reachable: Reachable | None = None,
        options: Options | None = None,
    ) -> None:
        self.function, self.bound, self.options = function, bound, options or Options()
        self.guards: Guards  # set when it is known that the function did not change what it reads
        self.recording = mode.recording
        self.time = -1
        self.reuses = True
        self.failures = 0  # of guards
        self.static: bool | None = None  # whether it relies on arguments that stay the same; None: not known yet
        self.is_repeated = False  # whether the last arguments were those of the run before
        self.repeats = 0  # how often the arguments were the same as before; below 0 they change too often
        self.targets: list[Tensor] = []
        self._build(args, kwargs, tensors, reachable)

    def _build(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor], reachable: Reachable | None = None
    ) -> None:
        """Trace the function and optimize the trace."""
        self.static = None
        numbers = {id(t): i for i, t in enumerate(tensors)}
        self.given = with_tensors((args, kwargs), lambda t: Leaf(numbers[id(t)]))
        trace = Trace({i: t.value for i, t in enumerate(tensors) if i not in self.bound})
        try:
            with reachable.noticing() if reachable is not None else nullcontext():
                is_guarded = reachable.guards_content if reachable is not None else lambda array: True
                traced = self._trace(trace, tensors, is_guarded)
            if self.backward_program is not None:
                self.backward_program.plan(traced.values, self.options)
            later = (*self.options.static, *self.options.last)
            graph = optimize(traced, self.options.pipeline, self.options.verify, later)
            del traced  # and with it the samples
            self.adapts = self.options.tuner is not None or specialized(graph, self.options) is not graph
            self._adopt(graph, made(graph, self.options))
            bind(graph)
        except BaseException:  # an interrupt too: until there is a program, nothing has happened
            trace.undo()
            raise

    def _trace(self, trace: Trace, tensors: list[Tensor], is_guarded: Callable[[Any], bool]) -> Graph:
        results: list[Tensor] = []
        with trace.running():
            stand_ins = [
                t if i in self.bound else trace.argument(t.value, i, t.requires_grad) for i, t in enumerate(tensors)
            ]
            came_in = {id(t): i for i, t in enumerate(stand_ins)}

            def place(t: Tensor) -> Any:
                if id(t) in came_in:
                    return Leaf(-1 - came_in[id(t)])  # counted from the end: the arguments follow the results
                if isinstance(t.value, np.ndarray) and t.requires_grad and t.is_leaf:
                    return t  # a parameter itself
                if t.retains_grad:
                    raise TraceError(
                        "retain_grad() was called in a compiled function on a tensor that it returns, whose gradient "
                        "only a pass outside could give",
                        shapes=(t.shape,),
                        hint="Call it on the result, outside",
                    )
                if t.is_leaf and t.node is not None and t.node.grad is not None:
                    raise TraceError(
                        "a tensor that a compiled function makes and returns was given a gradient in it, "
                        "which would be lost",
                        shapes=(t.shape,),
                        hint="Return w.detach() and w.grad",
                    )
                known = next((i for i, result in enumerate(results) if result is t), None)
                if known is None:
                    results.append(t)
                return Leaf(len(results) - 1 if known is None else known)

            given, named = filled(self.given, stand_ins)
            result = self.function(*given, **named)
            if not is_same_nest((given, named), filled(self.given, stand_ins)):
                raise TraceError(
                    "a compiled function changes a list or a dict among its arguments, which is a copy for it",
                    hint="Return what it makes",
                )
            self.form = with_tensors(result, place, lambda array: array if is_guarded(array) else Fresh(array))
            self.is_single = type(self.form) is Leaf and self.form.number == 0
            trace.graph.results = [trace.ref(t.value) for t in results]
            self.backward_program: BackwardProgram | None = None
            if any(map(is_differentiable, results)):
                self.backward_program = BackwardProgram(trace, results, self._ordinarily)
                trace.graph.results += self.backward_program.saved
            graph = trace.finish()
            if self.backward_program is not None:
                draws = any(call.label == "draw" for call in graph.instructions)
                self.backward_program.is_pure = not (draws or graph.stores or graph.gradients)
            self.homes, self.relied = trace.homes, trace.relied
            self.generators = list(trace.generators)
            self.additions = {node: node.additions for node in trace.leaves}
        results.clear()
        came_in.clear()
        del result, stand_ins, given, named
        forget_made_inside(self.homes, graph)
        freeze(graph)
        trace.lengths.check(("memory",), is_guarded)
        escaped = trace.escaped()
        if escaped is not None:
            raise TraceError(
                f"a tensor of shape {escaped.shape} that the function computed was kept outside of it, in a list, an "
                "attribute or a closure",
                shapes=(escaped.shape,),
                hint="Return it; what is to be remembered between calls is written in place, with copy_()",
            )

        trace.tracers.clear()
        trace.graph = trace.lengths.graph = Builder()  # a trace may live on, and would hold all memory
        if any(memory in self.homes for memory in trace.with_history):
            raise TraceError(
                "a tensor that the compiled function did not make is changed in place by what requires gradients",
                hint="Change a copy (.clone()), or write under no_grad()",
            )
        return _captured(graph, self.homes)

    def _adopt(self, graph: Graph, executable: Executable | Sharded) -> None:
        """Run this from now on."""
        self.graph, self.executable = graph, executable
        self.held: Any = None
        self.prepared, self.arrays = -1, list[Any]()  # when, on the clock of in-place writes, and from what
        self.cleared = [leaf for leaf, value in graph.gradients.items() if value is None]
        moved = {id(tensor): place for tensor, place in graph.moves}
        self.memory = [v.origin for v in graph.values.values() if v.kind == "memory"]
        self.written = [moved.get(id(tensor), tensor.value) for tensor in self.homes.values()]
        self.memory += self.written
        self.owners = {id(owner_of(array)) for array in self.written}
        self.known = {id(array) for array in self.memory}
        for array in self.memory:
            changes.taken_up(array)
        self.entry = [graph.values[number].origin for number in executable.entry]
        self.gradient_buffers = GradientBuffers(executable.gradients, self.additions, self.reuses)  # type: ignore[arg-type]
        written = [graph.values[memory].origin for memory in graph.stores]
        self.stamps = clock.stamps(written + self.gradient_buffers.places * self.reuses)

    def _adapt(self, static: bool, tensors: list[Tensor]) -> None:
        """Rely on arguments that stay the same, or no more; if that is interrupted, it stays as it was."""
        if self.adapts:
            self._adopt(self.graph, self._made(static, tensors))
        self.static = static

    def _made(self, static: bool | None, tensors: list[Tensor]) -> Executable | Sharded:
        if self.options.tuner is not None and static is not None:
            arguments = [t.value for t in tensors]
            return self.options.tuner.made(self.graph, static, arguments, self.options)
        return made(self.graph, self.options, bool(static))

    # -- does it hold? ------------------------------------------------------------------

    def holds(self) -> bool:
        """Whether the memory that it found is still that of the tensors."""
        return not any(map(changes.is_retired, self.memory))

    def gradients_fit(self) -> bool:
        """Whether the leaves whose gradient it read have one, or none, as they had when it was traced."""
        return not self.relied or all((leaf.grad is not None) is had for leaf, had in self.relied.items())

    def found_among(self, tensors: list[Tensor]) -> frozenset[int]:
        """The arguments that are the very memory which the function also finds by itself, or share what it writes."""
        return frozenset(i for i, t in enumerate(tensors) if id(t.value) in self.known or self._is_written(t.value))

    def _is_written(self, array: Any) -> bool:
        return id(owner_of(array)) in self.owners and any(np.may_share_memory(array, a) for a in self.written)

    def changed_tensors(self) -> list[Tensor]:
        """The tensors whose numbers or gradient a run changes."""
        leaves = [tensor_of(leaf) for leaf in self.graph.gradients]
        return list({id(t): t for t in (*self.homes.values(), *leaves) if t is not None}.values())

    # -- running ------------------------------------------------------------------

    def run(self, tensors: list[Tensor]) -> Any:
        """Run on these arguments."""
        self.time = clock.time
        self.is_repeated = len(tensors) == len(self.targets) and not any(map(is_not, tensors, self.targets))
        if not self.is_repeated:
            self.repeats = -NEVER_STATIC if self.static else min(self.repeats, 0)
            if self.static or (self.static is None and self.targets):
                self._adapt(False, tensors)
        self.targets = tensors
        if not self._is_prepared():
            self._prepare()
        return self._once()

    def _is_prepared(self) -> bool:
        """Whether what was prepared still holds: the same arrays, and none of them was written to since."""
        if self.held is None or len(self.arrays) != len(self.targets):
            return False
        if any(map(is_not, self.arrays, [t.value for t in self.targets])):
            return False
        return not any(clock.changed_since(a, self.prepared) for a in (*self.arrays, *self.executable.watched))

    def _prepare(self) -> None:
        self.time = self.prepared = clock.time
        self.arrays = [t.value for t in self.targets]
        self.held = mode.silently(self.executable.prepare, self.arrays)

    def is_settled(self) -> bool:
        """Whether it was run on the same arguments before, and stays as it is while they do; no guard forbade it."""
        may_change = self.adapts and not self.static and self.repeats >= 0
        return self.held is not None and self.is_repeated and not may_change

    def _once(self) -> Any:
        """Run on what was prepared."""
        self.repeats += 1
        if self.repeats >= STATIC_AFTER and not self.static:
            self._adapt(True, self.targets)
            if self.adapts:
                self._prepare()
        buffers = self.gradient_buffers
        if buffers.is_held():  # that memory is theirs now, and from now on everybody gets copies
            self.reuses = False
            self._adopt(self.graph, self._made(self.static, self.targets))
            self._prepare()
            buffers = self.gradient_buffers
        results = None if self.held is None else mode.silently(self.executable.body, self.held, self.old_gradients())
        if results is None:
            return self.exactly()
        if self.stamps:
            clock.stamped(self.stamps)
            self.time += 1
        buffers.hand_out()
        self.clear_gradients()
        if self.backward_program is None and self.is_single:
            return wrap(results[0], None)
        return self.results(results)

    def old_gradients(self) -> tuple[Any, ...]:
        """What the body reads of the leaves."""
        return tuple([leaf.grad.value for leaf in self.entry])

    def clear_gradients(self) -> None:
        """Take from the leaves the gradients that the function has taken from them."""
        for leaf in self.cleared:
            leaf.grad = None

    def exactly(self) -> Any:
        """Run the function itself, where a guard has failed; if they fail again and again, do without guards."""
        self.failures += 1
        args, kwargs = filled(self.given, self.targets)
        if self.failures > PATIENCE:
            self.options = self.options.without(stable_bce, fold_factors, fold_rates)
            self._build(args, kwargs, self.targets)
            return self.run(self.targets)
        given = set(map(id, self.targets))
        result = self.function(*args, **kwargs)
        self.time = -1  # whoever repeats this call looks at everything again
        if self.backward_program is not None:
            return result
        return with_tensors(result, lambda t: t if t.is_leaf or id(t) in given else t.detach())

    def results(self, arrays: tuple[Any, ...]) -> Any:
        """What the function returns, when the body has returned these arrays."""
        if self.backward_program is None:
            tensors = [wrap(array, None) for array in arrays]
        else:
            count = len(arrays) - len(self.backward_program.saved)
            saved = dict(zip(self.backward_program.saved, arrays[count:], strict=True))
            tensors = self.backward_program.attach(list(arrays[:count]), self.targets, saved)
        return filled(self.form, tensors + self.targets[::-1])

    def _ordinarily(self, tensors: list[Tensor]) -> list[Tensor]:
        """The tensors that the function itself returns for these arguments, those that it computed."""
        args, kwargs = filled(self.given, tensors)
        found: list[Tensor] = []
        with_tensors(self.function(*args, **kwargs), found.append)
        found = list({id(t): t for t in found}.values())
        return [t for t in found if not any(t is given for given in tensors) and not (t.is_leaf and t.requires_grad)]

    # -- reading it ------------------------------------------------------------------

    @property
    def executed(self) -> Graph:
        """What runs, after the passes that come last; where it is shared out, the graph that was split."""
        executable = self.executable
        return executable.graph if isinstance(executable, Executable) else self.graph

    @property
    def source(self) -> str:
        """The program as it is executed."""
        return self.executable.source

    def __repr__(self) -> str:
        """The program, with what it costs."""
        graph = self.executed
        flops = sum(
            2 * graph.sample(c.result).size * graph.sample(c.args[0]).shape[-1]
            for c in graph.instructions
            if multiplies(c) and graph.sample(c.args[0]).ndim
        )
        name = getattr(self.function, "__name__", type(self.function).__name__)
        costs = f"{flops:,} flops in products, {self.executable.buffers:,} bytes of buffers"
        return f"# {name}: {len(graph.instructions)} calls, {costs}\n{self.executable.source}"


def forget_made_inside(homes: dict[Variable, Tensor], graph: Builder) -> None:
    """A tensor that the function made, as by `zeros`, and wrote to: in every run it starts as it was made."""
    for memory in list(homes):
        held = SimpleNamespace(tensor=homes.pop(memory))
        is_alone = references(held, "tensor") == 1
        if is_alone:
            held.tensor.node = None
        is_gone = is_alone and held.tensor.value.base is None and graph.values[memory].origin is held.tensor.value
        if not is_gone or references(held.tensor, "value") > 2:
            homes[memory] = held.tensor


def freeze(graph: Builder) -> None:
    """Memory that nobody else refers to can never change: it becomes a constant."""
    for variable, value in list(graph.values.items()):
        if value.kind not in ("memory", "partial") or references(value, "origin") > 1:
            continue
        base = value.origin.base
        if base is not None and getattr(base, "base", None) is not None:
            continue
        del base
        if value.origin.base is None or references(value.origin, "base") == 1:
            graph.update(variable, kind="constant", origin=None)
            graph.stores.pop(variable, None)


def _captured(graph: Builder, homes: dict[Any, Tensor]) -> Graph:
    """The traced graph; memory that only its tensor refers to may be moved, and what lies side by side already."""
    for memory, tensor in homes.items():
        value = graph.values[memory]
        if value.origin is tensor.value and (tensor.value.base is not None or references(tensor, "value") == 2):
            graph.homes[memory] = tensor
    return graph.build()
