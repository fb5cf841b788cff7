"""Gradients through a compiled function: its backward pass is traced with it and becomes a program of its own.

A result that requires gradients has one step behind it, "compiled", whose rule runs that program. When the pass is
itself to be differentiated, the rule runs the ordinary function instead, which is recorded as ever.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.autograd.backward import grad
from tinygrad_wtf.compiler.executable import executable
from tinygrad_wtf.compiler.ir import Graph, Value, Variable, reached
from tinygrad_wtf.compiler.passes.stable_bce import stable_bce
from tinygrad_wtf.compiler.pipeline import Options, optimize
from tinygrad_wtf.compiler.trace import Trace
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node, changed
from tinygrad_wtf.core.op import NO_SETTINGS
from tinygrad_wtf.core.record import node_of, wrap
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.grad_mode import enable_grad
from tinygrad_wtf.tensors.leaves import tensor_of
from tinygrad_wtf.tensors.tensor import Tensor

MEMORY = ("memory", "partial")


def leaves_of(tensors: list[Tensor]) -> list[Node]:
    """The leaves that require gradients and lead to these tensors."""
    nodes = reached((t.node for t in tensors if t.node is not None), _sources)
    return [node for node in nodes if node.op is None]


def _sources(node: Node) -> list[Node]:
    return [source for source in node.inputs if isinstance(source, Node) and source.requires_grad]


class BackwardProgram:
    """The traced backward pass of a function's results.

    Attributes
    ----------
    inputs : list of int or Node
        What gradients are for: arguments by their number, and leaves that the function found.
    saved : list of Variable
        The values of the forward program that it reads.
    memory, arguments : list
        The arrays that it reads in place, and the numbers of the arguments: both must be what they were.
    """

    def __init__(self, trace: Trace, results: list[Tensor], function: Callable[[list[Any]], list[Tensor]]) -> None:
        graph = trace.graph
        self.function = function
        self.places = [i for i, t in enumerate(results) if is_differentiable(t)]
        outputs = [results[i] for i in self.places]
        leaves = [leaf for leaf in leaves_of(outputs) if _is_outside(trace, leaf)]
        self.inputs = [trace.number_of(leaf) for leaf in leaves]
        tensors = [tensor_of(leaf) for leaf in leaves]
        first = len(graph.instructions)
        self.cotangents = [graph.new("cotangent", np.ones(t.shape, t.dtype), -1) for t in outputs]
        seeds = [wrap(trace.tracer(number), None) for number in self.cotangents]
        with _without_hooks(leaves):  # those of leaves are called by the pass that runs this one
            found = grad(outputs, tensors, seeds, retain_graph=True, allow_unused=True)
        self.found = [None if g is None else trace.ref(g.value) for g in found]
        self.calls, graph.instructions = graph.instructions[first:], graph.instructions[:first]
        made = {call.result for call in self.calls}
        needed = {a for call in self.calls for a in call.reads} | {g for g in self.found if g is not None}
        self.reads = sorted(needed - made)
        self.saved = [a for a in self.reads if graph.values[a].kind in ("computed", "argument", "gradient")]
        self.is_pure = True  # running the function again has no effect but its results
        self.lock = threading.RLock()

    def plan(self, values: Mapping[Variable, Value], options: Options) -> None:
        """Optimize and plan it, when it is known which of the values of the function are constants."""
        read = [values[a] for a in self.reads]
        self.memory = [value.origin for value in read if value.kind in MEMORY]
        self.arguments = [value.origin for value in read if value.kind == "argument"]
        self.found_memory = [value.origin for value in values.values() if value.kind in MEMORY]
        known = dict(values)
        for number, value in values.items():
            if value.kind == "argument":  # what is read of them is saved
                known[number] = replace(value, kind="computed")
        for a in self.saved:
            known[a] = replace(known[a], kind="cotangent")
        results = tuple(g for g in self.found if g is not None)
        options = options.without(stable_bce)
        self.graph = optimize(Graph(known, tuple(self.calls), results), options.pipeline, options.verify)
        self.run = executable(self.graph)

    def pull(self, cotangents: list[Any], saved: dict[Variable, Any]) -> list[Any]:
        """The gradients of the inputs, None where a result does not depend on one."""
        given = saved | dict(zip(self.cotangents, cotangents, strict=True))
        with self.lock:
            held = self.run.prepare([])
            made = self.run.body(held, tuple(given[v] for v in self.run.entry))
        assert made is not None  # there are no guards
        arrays = iter(made)
        return [None if g is None else next(arrays) for g in self.found]

    def attach(self, values: list[Any], tensors: list[Tensor], saved: dict[Variable, Any]) -> list[Tensor]:
        """The results as tensors, with the step behind them that knows this backward pass."""
        results = [wrap(value, None) for value in values]
        nodes = [node_of(tensors[i]) if isinstance(i, int) else i for i in self.inputs]
        read = [*self.memory, *(tensors[i].value for i in self.arguments)]
        shapes = [values[place].shape for place in self.places]
        for order, place in enumerate(self.places):
            y = values[place]
            step = results[place].node = Node()
            step.op = CompiledOp(self, order, shapes, saved, tensors)  # type: ignore[assignment]
            step.params = NO_SETTINGS
            step.around = (*nodes, *read, *read)  # what the pass reads in place is an input too, and saved
            step.keep = tuple(range(1 + len(nodes), 1 + len(nodes) + len(read)))
            step.shape, step.dtype, step.requires_grad = y.shape, y.dtype, True
            step.scope, step.time = mode.scope, clock.time
        return results


def _is_outside(trace: Trace, leaf: Node) -> bool:
    """Whether somebody can ask for its gradient: an argument, or a tensor that the function found and did not make."""
    holder = tensor_of(leaf)
    return isinstance(trace.number_of(leaf), int) or (holder is not None and isinstance(holder.value, np.ndarray))


@contextmanager
def _without_hooks(leaves: list[Any]) -> Iterator[None]:
    """Inside the block, the hooks of these leaves are not called."""
    before = [leaf.hooks for leaf in leaves]
    for leaf in leaves:
        leaf.hooks = ()
    try:
        yield
    finally:
        for leaf, hooks in zip(leaves, before, strict=True):
            leaf.hooks = hooks


def is_differentiable(t: Tensor) -> bool:
    """Whether a result has a graph behind it, all of it: no backward pass has freed it, no write changed what it saved.

    An ordinary function's result is refused when it is differentiated; a compiled one's does not require gradients.
    """
    if t.node is None or t.is_leaf or not t.requires_grad:
        return False
    nodes = reached([t.node], _sources)
    return all(node.op is None or not (node.keep is None or any(changed(node))) for node in nodes)


class CompiledOp:
    """What stands for an operation in the graph behind a compiled function's result."""

    name, notation, sign, domain, kinks = "compiled", "compiled({})", "compiled", "", ""
    takes, promoted, hint, bare, differentiable = "anything", slice(None), None, False, True
    traits, binding, shape, meaning, adds = "", None, None, None, None
    partials: tuple[Any, ...] = ()

    def __init__(
        self,
        backward_program: BackwardProgram,
        order: int,
        shapes: list[tuple[int, ...]],
        saved: dict[Variable, Any],
        tensors: list[Tensor],
    ) -> None:
        self.backward_program, self.order, self.shapes, self.saved = backward_program, order, shapes, saved
        self.arity = len(backward_program.inputs)
        self.tensors = tensors
        self._time = clock.time
        self._last: tuple[Any, list[Any]] = (None, [])

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Refuse to be read as a formula."""
        raise _unrecorded()

    def vjps(self, i: int, g: Any, y: Any, *args: Any) -> Any:
        """The gradient of input `i`; None for what is read and has none."""
        if isinstance(g, Tensor):
            return self._recorded(i, g)
        if not isinstance(g, np.ndarray | np.generic):
            raise _unrecorded()
        if self._last[0] is not g:  # one run serves all inputs
            cotangents = [
                g if order == self.order else np.zeros(shape, g.dtype) for order, shape in enumerate(self.shapes)
            ]
            self._last = (g, self.backward_program.pull(cotangents, self.saved))
        found = self._last[1][i]
        return np.zeros(args[i].shape, args[i].dtype) if found is None else found

    def vjp(self, i: int) -> Any:
        """The rule of input `i`."""
        return functools.partial(self.vjps, i) if i < self.arity else None

    def _recorded(self, i: int, g: Tensor) -> Any:
        """The gradient of input `i`, recorded: the function itself is run again, on what it was given."""
        if not self.backward_program.is_pure:
            raise GraphError(
                "a compiled function that draws at random or changes memory cannot be run again, to be "
                "differentiated twice",
                op="compiled",
                hint="Differentiate twice inside the compiled function, or do not compile it",
            )
        leaves = [leaf for leaf in self.backward_program.inputs if isinstance(leaf, Node)]
        given = [*self.backward_program.found_memory, *(tensor.value for tensor in self.tensors)]
        if any(clock.changed_since(array, self._time) for array in given):
            raise GraphError(
                "a tensor that the compiled function read was changed in place since, so it cannot be run again, to be "
                "differentiated twice",
                op="compiled",
                hint="Differentiate before changing it, or inside the compiled function",
            )
        place = self.backward_program.inputs[i]
        target: Any = self.tensors[place] if isinstance(place, int) else tensor_of(place)
        with enable_grad():
            result = self.backward_program.function(self.tensors)[self.backward_program.places[self.order]]
        nodes = [node_of(self.tensors[n]) for n in self.backward_program.inputs if isinstance(n, int)]
        with _without_hooks(leaves + nodes):
            (found,) = grad(result, target, g, create_graph=True, allow_unused=True)
        return found if found is not None else target * 0


def _unrecorded() -> GraphError:
    return GraphError(
        "what a compiled function computes is not recorded, so it has no formula and no picture",
        op="compiled",
        hint="Draw or explain what the ordinary function gives (.function), or draw the program",
    )
