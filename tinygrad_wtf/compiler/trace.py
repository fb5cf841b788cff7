"""Tracing: a function is run once with tracers inside its tensors, and every row that it passes is noted.

What was met on the way is noted too: memory that the function found or wrote (parameters), gradients, random draws,
checks of values. Nothing outside is changed by a trace: what it would have changed is put back.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinygrad_wtf._changes import undoing
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler import writes
from tinygrad_wtf.compiler.inference import ArrayType
from tinygrad_wtf.compiler.ir import Builder, Instruction, Variable
from tinygrad_wtf.compiler.lengths import Lengths
from tinygrad_wtf.compiler.lower import compare
from tinygrad_wtf.compiler.tracer import Aside, Tracer, effect_of, give_numbers, refuse
from tinygrad_wtf.core.memory import clock, owner_of, rebased
from tinygrad_wtf.core.node import Node, arrays
from tinygrad_wtf.core.op import Op, Operand
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.ops.functions.indexing import _write
from tinygrad_wtf.random import Generator, RandomSource, as_generator, starting
from tinygrad_wtf.tensors.recorder import Assign, Recorder
from tinygrad_wtf.tensors.tensor import Tensor
from tinygrad_wtf.tensors.views import refresh, view_of, was_rebased


class BoundArgument(Exception):  # noqa: N818 - not an error: it is caught, and the function traced again
    """An argument has to be part of the program: it is changed in place, its gradient is, or the function finds it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"argument {number} is part of the program")
        self.number = number


class Trace(Recorder):
    """What one run of a function has shown.

    Attributes
    ----------
    graph : Builder
        The calls so far.
    leaves : dict
        The leaves met, and what their gradient, the count of its additions and of the passes were before.
    """

    def __init__(self, arguments: Mapping[int, np.ndarray[Any, Any]]) -> None:
        self.graph = Builder()
        self._arguments = arguments  # by number, those that are not part of the program
        self._free = {id(array): number for number, array in arguments.items()}
        self.relied: dict[Node, bool] = {}  # leaves whose gradient was read: whether there was one
        self.tracers: list[weakref.ref[Tracer]] = []
        self.leaves: dict[Node, tuple[Tensor | None, int, int]] = {}
        self._memory: dict[int, Variable] = {}  # by the identity of an array that was found: its value
        self.homes: dict[Variable, Tensor] = {}  # the tensors whose memory is written to
        self._marked: dict[int, Any] = {}  # tensors whose views are made again, since they were written to
        self.with_history: list[Variable] = []  # memory that was written to by what requires gradients
        self._now: dict[Variable, Variable] = {}  # what memory holds since it was written
        self._stale: set[Variable] = set()  # computed values whose tensor was written in place since
        self._alike: dict[int, set[Variable]] = {}  # by the memory of their samples: values, and views of them
        self._entry: dict[Node, Tensor] = {}  # the gradients that leaves came with, as tensors of tracers
        self._stand_ins: dict[Node, int] = {}  # leaves that stand for an argument of the function
        self.generators: dict[Generator, dict[str, Any]] = {}  # where they stood
        self._forwards = {id(op.forward) for op in Op.table.values()}
        self.lengths = Lengths(self.graph)
        self._undo: list[Callable[[], object]] = []
        self._before: tuple[Any, ...] | None = None  # what holds outside, while the function runs
        super().__init__(self._compute)
        self._native: Callable[..., Any] = mode.silently

    # -- while the function runs ------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[Trace]:
        """Everything that this thread computes inside the block is traced."""
        if mode.recorder is not mode.eager:
            raise TraceError("a compiled function is being traced already")
        self._native = mode.silently
        self._before = mode.recording, mode.scope, starting.told, starting.asked
        mode.recorder = self
        undoing.actions = self._undo
        starting.told, starting.asked = self._started, self._asked
        try:
            yield self
        finally:
            self._end()

    def _end(self) -> None:
        """Trace no more, and put back what was there before; a second time there is nothing to do."""
        if self._before is not None:
            before, self._before = self._before, None
            undoing.actions = None
            for key, marked in self._marked.items():  # the writes of a trace have not happened
                if rebased.get(key) is marked:
                    del rebased[key]
            mode.recorder = mode.eager
            mode.recording, mode.scope, starting.told, starting.asked = before
            self._put_back()

    def argument(self, value: np.ndarray[Any, Any], number: int, requires_grad: bool) -> Tensor:
        """A tensor that stands for an argument."""
        tensor = wrap(self.tracer(self.graph.new("argument", value, number)), None)
        if requires_grad:
            tensor.requires_grad_()
            assert tensor.node is not None
            self._stand_ins[tensor.node] = number
        return tensor

    def number_of(self, leaf: Node) -> Any:
        """The number of the argument that a leaf stands for, or the leaf."""
        return self._stand_ins.get(leaf, leaf)

    def _hold(self, *refs: Any) -> None:
        """Keep the samples of these values to the end of the trace."""
        for a in refs:
            if isinstance(a, Variable):
                self.graph.hold(a)

    def tracer(self, number: Variable) -> Tracer:
        """The tracer of a value."""
        return Tracer(self, number, self.graph.values[number].sample)

    def _compute(self, function: Callable[..., Any], *values: Any, **params: Any) -> Any:
        """Stand in for the silent call of a forward function on plain arrays."""
        given = any(isinstance(a, np.ndarray | Tracer) for a in values)  # on numbers alone, there is nothing to trace
        if function is np.array and isinstance(values[0], np.ndarray):
            self.graph.update(self.memory(values[0]), kind="partial")  # not a tensor's: no clock tells when it changes
        if given and (id(function) in self._forwards or function is np.array):
            name = next((op.name for op in Op.table.values() if op.forward is function), "array")
            return self.step(function, values, params, name)
        return self._native(function, *values, **params)

    def step(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        params: dict[str, Any],
        name: str,
        effect: bool = False,
    ) -> Tracer:
        """Note one call; its result is a tracer."""
        refs = tuple(self.ref(a) for a in args)
        self.lengths.of_result(name, refs)
        samples = [self.graph.sample(a) for a in refs]
        with self.aside():
            sample = np.asanyarray(self._native(function, *samples, **params))
            number = self.graph.new("computed", sample)
            alias = None if effect else writes.shared_with(sample, refs, samples)
            instruction = Instruction(function, refs, params, number, name, mode.scope, effect, alias)
            self.graph.instructions.append(instruction)
            if effect or not compare(instruction, samples, sample):
                self._hold(number, *refs)  # lowering needs these numbers
        self.lengths.made[number] = instruction
        if sample.base is not None:
            owner = owner_of(sample)
            alike = {a for a in refs if isinstance(a, Variable) and owner_of(self.graph.values[a].sample) is owner}
            self._alike.setdefault(id(owner), set()).update(alike, {number})
        return Tracer(self, number, self.graph.values[number].sample, None if alias is None else args[alias])

    def aside(self) -> Aside:
        """Inside the block, arrays are just computed with."""
        return Aside()

    def ref(self, a: Any) -> Any:
        """The value that an argument is: a tracer's, or that of memory which the function found."""
        if isinstance(a, Tracer):
            if a.into is not self:
                raise TraceError("a value of another traced function came in", shapes=(a.shape,))
            if a.number in self._stale:
                raise TraceError(
                    "a tensor was changed in place after another had taken over its memory, or a view of it",
                    shapes=(a.shape,),
                    hint="Change a copy (.clone())",
                )
            return a.number
        if isinstance(a, np.ndarray):
            found = self.memory(a)
            return self._now[found] if found in self._now else self._as_written(a, found)
        return self.graph.new("constant", np.asarray(a)) if isinstance(a, np.generic) else a

    def show(self, node: Node) -> Sequence[Any]:
        """Show the rules no memory: what they compute of it is traced too."""
        return [self.tracer(self.ref(a)) if isinstance(a, np.ndarray) else a for a in arrays(node)]

    def takes(self, value: Any) -> bool:
        """Slots are what tensors hold."""
        return isinstance(value, Operand)

    def memory(self, array: np.ndarray[Any, Any]) -> Variable:
        """The value of an array that was not made here."""
        number = self._memory.get(id(array))
        if number is None:
            if id(array) in self._free:
                raise BoundArgument(self._free[id(array)])
            number = self._memory[id(array)] = self.graph.new("memory", array.copy(order="K"), array)
        return number

    def _as_written(self, array: np.ndarray[Any, Any], found: Variable) -> Variable:
        """The value of memory that was found, after what was written to other memory that it shares."""
        for memory, new in self._now.items():
            written = self.homes[memory].value
            if np.may_share_memory(written, array):
                if (place := writes.place_in(written, array)) is not None:
                    return self.step(writes.shown, (self.tracer(new),), place, "view").number
                if (place := writes.place_in(array, written)) is not None:
                    return self.step(writes.merged, (self.tracer(found), self.tracer(new)), place, "view").number
                writes.refuse_shared(written, array)
        return found

    # -- what changes outside ------------------------------------------------------------------

    def write(self, tensor: Tensor, index: Any, array: Any, assign: Assign, place: Any = None) -> None:
        """Note that a tensor's memory is changed in place; of a view, that what it shows is."""
        refresh((tensor,))
        old = tensor.value
        before = old if isinstance(old, Tracer) else self.tracer(self.ref(old))
        is_whole = isinstance(old, Tracer) and index is Ellipsis and self._is_like(array, old)
        new = array if is_whole else writes.written(self, before, index, array)
        if isinstance(old, Tracer) and (view := view_of(tensor)) is not None:
            with no_grad():
                whole = view.without(wrap(view.base.value, None), wrap(new, None)).value
            self.write(view.base, ..., whole, assign, place)  # type: ignore[arg-type]  # what is recorded is a Tensor
            return
        self._overwritten(self.ref(before))
        self._mark(tensor)
        if isinstance(old, Tracer):
            if self.graph.values[old.number].kind == "argument":
                raise BoundArgument(self.graph.values[old.number].origin)
            self._stale.add(old.number)
            tensor.value = new
            return
        for number, array in self._arguments.items():
            if np.may_share_memory(array, old):
                raise BoundArgument(number)
        for number, value in list(self.graph.values.items()):
            is_other = value.kind in ("memory", "partial") and value.origin is not old
            if is_other and np.may_share_memory(value.origin, old):
                if number in self._now:
                    writes.refuse_shared(value.origin, old)
                self._overwritten(Variable(number))
        self._now[self.memory(old)] = new.number
        self._hold(new.number)
        self.homes.setdefault(self.memory(old), tensor)
        clock.written(old, place)

    def _is_like(self, new: Any, old: Tracer) -> bool:
        """Whether a value was computed in memory of its own and can stand for all of the old one."""
        is_alike = isinstance(new, Tracer) and new.shape == old.shape and new.dtype == old.dtype
        if not is_alike or writes.order_of(new.sample) != writes.order_of(old.sample):
            return False
        return new is not old and new.shown is None and self.graph.values[new.number].kind == "computed"

    def take_on(self, root: Tensor) -> None:
        """Note that a tensor takes on a history; memory that the function found must not, as `_captured` sees to."""
        if isinstance(root.value, np.ndarray):
            memory, before, reference = self.memory(root.value), root.node, weakref.ref(root)
            if memory not in self.with_history:
                self.with_history.append(memory)
                self._undo.append(lambda: writes.forget_history(reference(), before))
        self._mark(root)

    def _mark(self, root: Tensor) -> None:
        was_rebased(root)
        self._marked[id(root)] = rebased[id(root)]

    def update(self, tensor: Tensor, row: Op, other: Tensor, alpha: Any, place: Any = None) -> None:
        """Note an update in place as the operation, and a write of its result."""
        with no_grad():
            updated = row(tensor.detach(), (other if alpha == 1 else other * alpha).detach())
        self.write(tensor, ..., updated.value, _write, place)

    def replace(self, tensor: Tensor, array: Any) -> None:
        """Other memory with other numbers is, for a program, the same memory with other numbers."""
        if isinstance(tensor.value, Tracer) and hasattr(tensor, "_view"):
            del tensor._view
        self.write(tensor, ..., array, _write)

    def _overwritten(self, number: Variable) -> None:
        """Note that a value is written over: what lies in the same memory must not be read any more."""
        sample = self.graph.values[number].sample
        for other in self._alike.get(id(owner_of(sample)), set()) - {number}:
            value = self.graph.values[other]
            if isinstance(value.sample, ArrayType) or not np.may_share_memory(value.sample, sample):
                continue
            if value.kind != "computed" or other in self._now.values():
                raise TraceError(
                    "a view of a tensor that the compiled function did not make was changed in place",
                    shapes=(sample.shape,),
                    hint="Change the tensor itself, as in t[0] = ...",
                )
            self._stale.add(other)

    def grad_read(self, node: Node) -> None:
        """Note that the program depends on the gradient that was there."""
        self._leaf(node, is_read=True)

    def grad_set(self, node: Node) -> None:
        """Note that the program gives this leaf a gradient."""
        self._leaf(node, is_read=False)

    def _leaf(self, node: Node, is_read: bool) -> None:
        """Take note of a leaf before its gradient is read or set: its old gradient becomes a value of the program."""
        if node.op is not None or node in self.leaves:
            return
        if node in self._stand_ins:
            raise BoundArgument(self._stand_ins[node])
        if is_read:
            self.relied[node] = node.grad is not None
        self.leaves[node] = (node.grad, node.additions, node.passes)
        if node.grad is not None:
            old = node.grad
            if isinstance(old.value, Tracer):
                return
            number = self.graph.new("gradient", old.value.copy(), node)
            self._entry[node] = node.grad = wrap(self.tracer(number), None)

    def read(self, tensor: Tensor, how: str) -> Any:
        """Refuse to tell the numbers of a tensor that the function found: another run may find others."""
        if isinstance(tensor.value, np.ndarray):
            refuse(how, tensor.value.shape)
        return tensor.value

    def draw(self, source: RandomSource, draw: Callable[[np.random.Generator], Any]) -> Tracer:
        """Note a random draw, made anew in every run; afterwards the generator stands where it stood before."""
        with self.aside():  # a generator that is made of a seed here starts in every run by itself
            generator = as_generator(source)
            self.generators.setdefault(generator, generator.get_state())
        return self.step(lambda: draw(as_generator(source).numpy), (), {}, "draw", effect=True)

    def _started(self, generator: Generator, again: Callable[[], object]) -> None:
        """Note that a generator is started again, which happens in every run."""
        if mode.recorder is self:
            with self.aside():
                self.generators.setdefault(generator, generator.get_state())
            self.step(effect_of(again), (), {}, "draw", effect=True)

    def _asked(self, generator: Generator) -> None:
        if mode.recorder is self:
            refuse("asking where a generator stands", ())

    def check(self, check: Callable[..., Any], tensors: Sequence[Tensor], once: str = "") -> None:
        """Note a check of values, made in every run."""
        self.step(effect_of(check), tuple(t.value for t in tensors), {}, "check", effect=True)

    # -- the end ------------------------------------------------------------------

    def finish(self) -> Builder:
        """The graph, with what it changes."""
        graph = self.graph
        graph.stores = dict(self._now)
        for memory in graph.stores:
            graph.update(memory, kind="memory")  # a tensor's, though its array was also read as one of NumPy's
        for node in self.leaves:
            if node.grad is None:
                if self.leaves[node][0] is not None or node not in self.relied:  # another time there may be one
                    graph.gradients[node] = None
            elif node.grad is not self._entry.get(node) or self._is_written(node.grad):
                graph.gradients[node] = self.ref(node.grad.value)
        return graph

    def _is_written(self, gradient: Tensor) -> bool:
        """Whether the gradient that a leaf came with was changed in place."""
        tracer = gradient.value
        return isinstance(tracer, Tracer) and self.graph.values[tracer.number].kind != "gradient"

    def escaped(self) -> Tracer | None:
        """A value that somebody outside still holds, when everything of the trace is gone."""
        self.leaves.clear()
        self._entry.clear()
        self._stand_ins.clear()
        kept = next((tracer for reference in self.tracers if (tracer := reference()) is not None), None)
        if kept is not None:
            del kept
            gc.collect()
        return next((tracer for reference in self.tracers if (tracer := reference()) is not None), None)

    def undo(self) -> None:
        """Take back what the function has changed: the trace has failed, perhaps by an interrupt on its way out."""
        self._end()
        while self._undo:
            self._undo.pop()()
        give_numbers(self.tracers)

    def _put_back(self) -> None:
        """Give the leaves the gradients that they had; the draws of the trace have not happened."""
        for node, (gradient, additions, passes) in self.leaves.items():
            node.grad, node.additions, node.passes = gradient, additions, passes
        for generator, state in self.generators.items():
            generator.set_state(state)
