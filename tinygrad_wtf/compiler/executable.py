"""Program: one trace of a function, and what runs it. Which trace a call needs is decided in `compiling`."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_not
from typing import Any

import numpy as np

from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler.backward_program import Pullback, is_differentiable
from tinygrad_wtf.compiler.gradient_buffers import Loan
from tinygrad_wtf.compiler.guards import Guards
from tinygrad_wtf.compiler.ir import Graph
from tinygrad_wtf.compiler.passes.exact import PRODUCTS, with_constants
from tinygrad_wtf.compiler.pipeline import optimized
from tinygrad_wtf.compiler.pytree import Hole, filled, is_same_nest, with_tensors
from tinygrad_wtf.compiler.reachable import Reachable
from tinygrad_wtf.compiler.trace import Trace
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.tensors.tensor import Tensor

STEADY_AFTER = 3  # runs on the same arguments, after which it pays to copy them into the layout that is fastest
NEVER_STEADY = 1 << 60


class Program:
    """A function's operations on arguments of one kind, as NumPy calls.

    Attributes
    ----------
    graph : Graph
        The calls, after all passes.
    plan : Plan or Shared
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
        reachable: Reachable,
    ) -> None:
        self.function, self.bound = function, bound
        self.guards: Guards  # set when it is known that the function did not change what it reads
        self.recording = mode.recording
        self.time = -1
        self.exact: Program | None = None
        self.lending, self.rewrite = True, True
        self.steady: bool | None = None  # whether the arguments stay the same; None while that is not known
        self.is_repeated = False  # whether the last arguments were those of the run before
        self.repeats = 0  # how often the arguments were the same as before; below 0 they change too often
        self.targets: list[Tensor] = []
        numbers = {id(t): i for i, t in enumerate(tensors)}
        trace = Trace([t for i, t in enumerate(tensors) if i not in bound], numbers)
        try:
            self._trace(trace, args, kwargs, tensors, reachable)
            self.make()
            if self.pullback is not None:
                self.pullback.plan(self.traced.values)
        except BaseException:  # an interrupt too: until there is a program, nothing has happened
            trace.undo()
            raise

    def _trace(
        self,
        trace: Trace,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        reachable: Reachable,
    ) -> None:
        numbers = {id(t): i for i, t in enumerate(tensors)}
        self.given = with_tensors((args, kwargs), lambda t: Hole(numbers[id(t)]))
        results: list[Tensor] = []
        with trace.running(), reachable.noticing():
            stand_ins = [
                t if i in self.bound else trace.argument(t.value, i, t.requires_grad) for i, t in enumerate(tensors)
            ]
            came_in = {id(t): i for i, t in enumerate(stand_ins)}

            def place(t: Tensor) -> Any:
                if id(t) in came_in:
                    return Hole(-1 - came_in[id(t)])  # counted from the end: the arguments follow the results
                if isinstance(t.value, np.ndarray) and t.requires_grad and t.is_leaf:
                    return t  # a parameter itself
                if t.retains_grad:
                    raise TraceError(
                        "retain_grad() was called in a compiled function on a tensor that it returns, whose gradient "
                        "only a pass outside could give",
                        shapes=(t.shape,),
                        hint="Call it on the result, outside",
                    )
                results.append(t)
                return Hole(len(results) - 1)

            given, named = filled(self.given, stand_ins)
            result = self.function(*given, **named)
            if not is_same_nest((given, named), filled(self.given, stand_ins)):
                raise TraceError(
                    "a compiled function changes a list or a dict among its arguments, which is a copy for it",
                    hint="Return what it makes",
                )
            self.form = with_tensors(result, place)
            self.is_single = type(self.form) is Hole and self.form.number == 0
            trace.graph.results = [trace.ref(t.value) for t in results]
            self.pullback: Pullback | None = None
            if any(map(is_differentiable, results)):
                self.pullback = Pullback(trace, results, self._ordinarily)
                trace.graph.results += self.pullback.saved
            graph = trace.finish()
            if self.pullback is not None:
                draws = any(call.label == "draw" for call in graph.instructions)
                self.pullback.is_pure = not (draws or graph.stores or graph.gradients)
            self.homes, self.relied = trace.homes, trace.relied
            self.additions = {node: node.additions for node in trace.leaves}
        results.clear()
        came_in.clear()
        del result, stand_ins, given, named
        self.traced: Graph = with_constants(graph)
        trace.lengths.check(("memory",))
        escaped = trace.escaped()
        if escaped is not None:
            raise TraceError(
                f"a tensor of shape {escaped.shape} that the function computed was kept outside of it, in a list, an "
                "attribute or a closure",
                shapes=(escaped.shape,),
                hint="Return it; what is to be remembered between calls is written in place, with copy_()",
            )

    def make(self) -> None:
        """Optimize the trace and plan it."""
        for memory, tensor in self.homes.items():
            self.traced.values[memory].origin = tensor.value
        self.graph, self.plan = optimized(self.traced, self.homes, self.rewrite, self.steady)
        self.held: Any = None
        self.prepared, self.arrays = -1, list[Any]()  # when, on the clock of in-place writes, and from what
        self.cleared = [leaf for leaf, value in self.graph.gradients.items() if value is None]
        self.memory = [v.origin for v in self.graph.values.values() if v.kind == "memory"]
        self.memory += [tensor.value for tensor in self.homes.values()]
        self.known = {id(array) for array in self.memory}
        for array in self.memory:
            changes.taken_up(array)
        self.entry = [self.graph.values[number].origin for number in self.plan.entry]
        self.loan = Loan(self.plan.gradients, self.additions, self.lending)
        written = [self.graph.values[memory].origin for memory in self.graph.stores]
        self.stamps = clock.stamps(written + self.loan.places * self.lending)

    def _make_for(self, steady: bool) -> None:
        """Plan it anew for arguments that stay the same, or change; if that is interrupted, it stays as it was."""
        before, self.steady = self.steady, steady
        try:
            self.make()
        except BaseException:
            self.steady = before
            raise

    # -- does it hold? ------------------------------------------------------------------

    def holds(self) -> bool:
        """Whether the memory that it found is still that of the tensors."""
        return not any(map(changes.is_retired, self.memory))

    def gradients_fit(self) -> bool:
        """Whether the leaves whose gradient it read have one, or none, as they had when it was traced."""
        return not self.relied or all((leaf.grad is not None) is had for leaf, had in self.relied.items())

    def found_among(self, tensors: list[Tensor]) -> frozenset[int]:
        """The arguments that are the very memory which the function also finds by itself."""
        return frozenset(i for i, t in enumerate(tensors) if id(t.value) in self.known)

    # -- running ------------------------------------------------------------------

    def run(self, tensors: list[Tensor]) -> Any:
        """Run on these arguments."""
        self.time = clock.time
        self.is_repeated = len(tensors) == len(self.targets) and not any(map(is_not, tensors, self.targets))
        if not self.is_repeated:
            self.repeats = -NEVER_STEADY if self.steady else min(self.repeats, 0)
            if self.steady or (self.steady is None and self.targets):
                self._make_for(steady=False)
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
        return not any(clock.changed_since(a, self.prepared) for a in (*self.arrays, *self.plan.watched))

    def _prepare(self) -> None:
        self.time = self.prepared = clock.time
        self.arrays = [t.value for t in self.targets]
        self.held = mode.silently(self.plan.prepare, self.arrays)

    def is_settled(self) -> bool:
        """Whether it was run on the same arguments before, and stays as it is while they do; no guard forbade it."""
        return self.held is not None and self.is_repeated and (self.steady or self.repeats < 0)

    def _once(self) -> Any:
        """Run on what was prepared."""
        self.repeats += 1
        if self.repeats >= STEADY_AFTER and not self.steady:
            self._make_for(steady=True)
            self._prepare()
        loan = self.loan
        if loan.is_held():  # that memory is theirs now, and from now on everybody gets copies
            self.lending = False
            self.make()
            self._prepare()
            loan = self.loan
        results = None if self.held is None else mode.silently(self.plan.body, self.held, self.old_gradients())
        if results is None:
            return self.exactly()
        if self.stamps:
            clock.stamped(self.stamps)
            self.time += 1
        loan.hand_out()
        self.clear_gradients()
        if self.pullback is None and self.is_single:
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
        """Run the program that relies on no guard."""
        if self.exact is None:
            self.exact = Program.__new__(Program)
            vars(self.exact).update(vars(self), rewrite=False)
            self.exact.make()
        result = self.exact.run(self.targets)
        self.time = self.exact.time
        return result

    def results(self, arrays: tuple[Any, ...]) -> Any:
        """What the function returns, when the body has returned these arrays."""
        if self.pullback is None:
            tensors = [wrap(array, None) for array in arrays]
        else:
            count = len(arrays) - len(self.pullback.saved)
            saved = dict(zip(self.pullback.saved, arrays[count:], strict=True))
            tensors = self.pullback.attach(list(arrays[:count]), self.targets, saved)
        return filled(self.form, tensors + self.targets[::-1])

    def _ordinarily(self, tensors: list[Tensor]) -> list[Tensor]:
        """The tensors that the function itself returns for these arguments, those that it computed."""
        args, kwargs = filled(self.given, tensors)
        found: list[Tensor] = []
        with_tensors(self.function(*args, **kwargs), found.append)
        return [t for t in found if not any(t is given for given in tensors) and not (t.is_leaf and t.requires_grad)]

    # -- reading it ------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The program as it is executed."""
        return self.plan.source

    def __repr__(self) -> str:
        """The program, with what it costs."""
        flops = sum(
            2 * self.graph.values[c.result].sample.size * self.graph.sample(c.args[0]).shape[-1]
            for c in self.graph.instructions
            if c.function in PRODUCTS and self.graph.sample(c.args[0]).ndim
        )
        name = getattr(self.function, "__name__", type(self.function).__name__)
        costs = f"{flops:,} flops in products, {self.plan.buffers:,} bytes of buffers"
        return f"# {name}: {len(self.graph.instructions)} calls, {costs}\n{self.plan.source}"
