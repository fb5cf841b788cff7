"""Gradients through a compiled function: its backward pass is traced with it and becomes a program of its own.

A result that requires gradients has one step behind it, "compiled", whose rule runs that program. When the pass is
itself to be differentiated, the rule runs the ordinary function instead, which is recorded as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.autograd.backward import grad
from tinygrad_wtf.compiler.ir import Graph, Variable
from tinygrad_wtf.compiler.pipeline import optimized
from tinygrad_wtf.compiler.trace import Trace
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.mode import enable_grad, mode
from tinygrad_wtf.core.node import Node, changed
from tinygrad_wtf.core.op import NO_SETTINGS
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.tensors.tensor import Tensor, node_of, wrap


def leaves_of(tensors: list[Tensor]) -> list[Node]:
    """The leaves that require gradients and lead to these tensors."""
    seen: dict[Node, None] = {}
    stack = [t.node for t in tensors if t.node is not None]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen[node] = None
            stack += [s for s in node.inputs if isinstance(s, Node) and s.requires_grad]
    return [node for node in seen if node.op is None]


class Pullback:
    """The traced backward pass of a function's results.

    Attributes
    ----------
    inputs : list of int or Node
        What gradients are for: arguments by their number, and leaves that the function found.
    saved : list of Variable
        The values of the forward program that it reads.
    """

    def __init__(self, trace: Trace, results: list[Tensor], function: Callable[[list[Any]], list[Tensor]]) -> None:
        graph = trace.graph
        self.function = function
        self.places = [i for i, t in enumerate(results) if is_differentiable(t)]
        outputs = [results[i] for i in self.places]
        leaves = [leaf for leaf in leaves_of(outputs) if _is_outside(trace, leaf)]
        self.inputs = [trace.number_of(leaf) for leaf in leaves]
        tensors = [leaf.holder() if leaf.holder is not None else None for leaf in leaves]
        first = len(graph.instructions)
        self.cotangents = [graph.new("cotangent", np.ones(t.shape, t.dtype), -1) for t in outputs]
        seeds = [wrap(trace.slot(number), None) for number in self.cotangents]
        found = grad(outputs, tensors, seeds, retain_graph=True, allow_unused=True)
        self.found = [None if g is None else trace.ref(g.value) for g in found]
        calls, graph.instructions = graph.instructions[first:], graph.instructions[:first]
        made = {call.result for call in calls}
        needed = {a for call in calls for a in call.reads} | {g for g in self.found if g is not None}
        self.saved = sorted(a for a in needed - made if graph.values[a].kind in ("computed", "argument", "gradient"))
        self.graph = Graph(graph.values, calls, [g for g in self.found if g is not None]).copy()
        for value in self.graph.values.values():
            if value.kind == "argument":  # what is read of them is saved
                value.kind = "computed"
        for a in self.saved:
            self.graph.values[a].kind = "cotangent"
        self.is_pure = True  # running the function again has no effect but its results
        self.lock = threading.RLock()

    def plan(self) -> None:
        """Optimize and plan it."""
        self.graph, self.run = optimized(self.graph, {}, rewrite=False)

    def pull(self, cotangents: list[Any], saved: dict[Variable, Any]) -> list[Any]:
        """The gradients of the inputs, None where a result does not depend on one."""
        given = saved | dict(zip(self.cotangents, cotangents, strict=True))
        with self.lock:
            held = self.run.prepare([])
            arrays = iter(self.run.body(held, tuple(given[v] for v in self.run.entry)))
        return [None if g is None else next(arrays) for g in self.found]

    def attach(self, values: list[Any], tensors: list[Tensor], saved: dict[Variable, Any]) -> list[Tensor]:
        """The results as tensors, with the step behind them that knows this backward pass."""
        results = [wrap(value, None) for value in values]
        sources = [tensors[i] if isinstance(i, int) else None for i in self.inputs]
        nodes = tuple(i if s is None else node_of(s) for s, i in zip(sources, self.inputs, strict=True))
        arrays = [_memory(i) if s is None else s.value for s, i in zip(sources, self.inputs, strict=True)]
        for order, place in enumerate(self.places):
            y = values[place]
            step = results[place].node = Node()
            shapes = [np.shape(values[p]) for p in self.places]
            step.op = CompiledOp(self, order, shapes, saved, tensors)  # type: ignore[assignment]
            step.params = NO_SETTINGS
            step.around = (*nodes, *arrays)
            step.keep = tuple(range(1, len(nodes) + 1))
            step.shape, step.dtype, step.requires_grad = y.shape, y.dtype, True
            step.scope, step.time = mode.scope, clock.time
        return results


def _is_outside(trace: Trace, leaf: Node) -> bool:
    """Whether somebody can ask for its gradient: an argument, or a tensor that the function found and did not make."""
    holder = leaf.holder() if leaf.holder is not None else None
    return isinstance(trace.number_of(leaf), int) or (holder is not None and isinstance(holder.value, np.ndarray))


def _memory(leaf: Any) -> Any:
    holder = leaf.holder() if leaf.holder is not None else None
    return leaf if holder is None else holder.value


def is_differentiable(t: Tensor) -> bool:
    """Whether a result has a graph behind it, all of it: no backward pass has freed it, no write changed what it saved.

    An ordinary function's result is refused when it is differentiated; a compiled one's does not require gradients.
    """
    seen: set[Node] = set()
    stack = [t.node] if t.requires_grad and not t.is_leaf else []
    while stack:
        node = stack.pop()
        if node is None or node in seen or node.op is None:
            continue
        seen.add(node)
        if node.keep is None or any(changed(node)):
            return False
        stack += [source for source in node.inputs if isinstance(source, Node) and source.requires_grad]
    return bool(seen)


class CompiledOp:
    """What stands for an operation in the graph behind a compiled function's result."""

    name, notation, sign, domain, kinks = "compiled", "compiled({})", "compiled", "", ""
    takes, promoted, hint, bare, differentiable = "anything", slice(None), None, False, True
    partials: tuple[Any, ...] = ()

    def __init__(
        self,
        pullback: Pullback,
        order: int,
        shapes: list[tuple[int, ...]],
        saved: dict[Variable, Any],
        tensors: list[Tensor],
    ) -> None:
        self.pullback, self.order, self.shapes, self.saved = pullback, order, shapes, saved
        self.arity = len(pullback.inputs)
        self.tensors = tensors
        self.vjps = tuple(self.vjp(i) for i in range(self.arity))
        self._last: tuple[Any, list[Any]] = (None, [])

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Refuse to be read as a formula."""
        raise _unrecorded()

    def forward(self, *args: Any) -> Any:
        """Compute the result again, by the ordinary function."""
        values = iter(args)
        given = [next(values) if isinstance(i, int) else None for i in self.pullback.inputs]
        return self._again(given)[self.order].value

    def vjp(self, i: int) -> Callable[..., Any]:
        """The rule of input `i`."""

        def rule(g: Any, y: Any, *args: Any) -> Any:
            if isinstance(g, Tensor):
                return self._recorded(i, g, args)
            if not isinstance(g, np.ndarray | np.generic):
                raise _unrecorded()
            if self._last[0] is not g:  # one run serves all inputs
                cotangents = [
                    g if order == self.order else np.zeros(shape, g.dtype) for order, shape in enumerate(self.shapes)
                ]
                self._last = (g, self.pullback.pull(cotangents, self.saved))
            found = self._last[1][i]
            return np.zeros(args[i].shape, args[i].dtype) if found is None else found

        return rule

    def _again(self, args: list[Any]) -> list[Tensor]:
        tensors = list(self.tensors)
        for i, a in zip(self.pullback.inputs, args, strict=True):
            if isinstance(i, int) and a is not None:
                tensors[i] = a
        return self.pullback.function(tensors)

    def _recorded(self, i: int, g: Tensor, args: tuple[Any, ...]) -> Any:
        if not self.pullback.is_pure:
            raise GraphError(
                "a compiled function that draws at random or changes memory cannot be run again, to be "
                "differentiated twice",
                op="compiled",
                hint="Differentiate twice inside the compiled function, or do not compile it",
            )
        with enable_grad():
            result = self._again(list(args))[self.pullback.places[self.order]]
        target = args[i] if isinstance(self.pullback.inputs[i], int) else _holder(self.pullback.inputs[i])
        (found,) = grad(result, target, g, create_graph=True, allow_unused=True)
        return found if found is not None else target * 0


def _unrecorded() -> GraphError:
    return GraphError(
        "what a compiled function computes is not recorded, so it has no formula and no picture",
        op="compiled",
        hint="Draw or explain what the ordinary function gives (.function), or draw the program",
    )


def _holder(leaf: Any) -> Any:
    return leaf.holder()
