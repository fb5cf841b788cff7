"""Allocation: where every value lies while a program runs.

Every intermediate value has a place in a buffer that is made once; a buffer is used again as soon as nobody reads
what it held. Views are made once too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from tinygrad_wtf.compiler.arrays import aligned
from tinygrad_wtf.compiler.hoist import Hoisted
from tinygrad_wtf.compiler.inference import PRODUCTS
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable, is_elementwise, is_transpose, is_view
from tinygrad_wtf.compiler.lower import astype
from tinygrad_wtf.compiler.passes.fold_bias import with_ones
from tinygrad_wtf.compiler.passes.slices import Pack
from tinygrad_wtf.compiler.passes.sums_as_dots import Total

NEVER = 1 << 60  # the position of a reader that comes after all instructions
Form = Literal["view", "copied view", "guard", "pack", "ufunc", "product", "total", "reduction", "copy", "choice",
               "ones", "own"]  # fmt: skip
Array = np.ndarray[Any, Any]
_REDUCERS = frozenset((np.add.reduce, np.multiply.reduce, np.maximum.reduce, np.minimum.reduce))


@dataclass
class Allocation:
    """Where values lie.

    Attributes
    ----------
    arrays : dict
        By variable: its array, if that is the same one in every run.
    forms : dict
        By result: how the instruction is written; "own" if it makes its own array.
    local : set of Variable
        Those that are found by a local name: arguments, and what instructions make themselves.
    packed : dict
        By result of a `Pack`: the places of its parts.
    gradients : dict
        By leaf: the array in which its gradient is found after a run.
    bytes : int
        Of all buffers.
    """

    arrays: dict[Variable, Array] = field(default_factory=dict)
    forms: dict[Variable, Form] = field(default_factory=dict)
    local: set[Variable] = field(default_factory=set)
    packed: dict[Variable, list[Array]] = field(default_factory=dict)
    gradients: dict[Any, Array] = field(default_factory=dict)
    bytes: int = 0


def allocate(graph: Graph, hoisted: Hoisted) -> Allocation:
    """Find every value its place."""
    return _Allocator(graph, hoisted).made()


def form_of(graph: Graph, instruction: Instruction) -> Form:
    """How an instruction is written, as far as it is no view."""
    function, args, settings = instruction.function, instruction.args, instruction.settings
    result = graph.sample(instruction.result)
    if instruction.label == "guard":
        return "guard"
    if isinstance(function, Pack):
        return "pack"
    if isinstance(function, Total):
        return "total"
    if function is with_ones:
        return "ones"
    if function in PRODUCTS:
        return "product" if _is_plain_product(graph, instruction) else "own"
    if function in (astype, np.copy):
        return "copy"
    if function is np.where:
        is_choice = len(args) == 3 and not settings and isinstance(args[0], Variable) and result.ndim
        return "choice" if is_choice and graph.sample(args[0]).dtype == bool else "own"
    if function in _REDUCERS:
        plain = 1 <= len(args) <= 2 and settings.get("initial") is None and isinstance(args[0], Variable)
        return "reduction" if plain and settings.keys() <= {"axis", "dtype", "keepdims", "initial"} else "own"
    return "ufunc" if is_elementwise(instruction) else "own"


def _is_plain_product(graph: Graph, instruction: Instruction) -> bool:
    a, b = (graph.sample(x) for x in instruction.args[:2])
    if instruction.settings or len(instruction.args) != 2 or not (hasattr(a, "ndim") and hasattr(b, "ndim")):
        return False
    if a.dtype != b.dtype or a.dtype.kind != "f" or a.dtype.itemsize < 4:
        return False
    return max(a.ndim, b.ndim) <= 2 or (instruction.function is np.matmul and min(a.ndim, b.ndim) >= 2)


class _Allocator:
    """Goes through the instructions in order, and keeps account of which buffers are free."""

    def __init__(self, graph: Graph, hoisted: Hoisted) -> None:
        self.graph, self.hoisted = graph, hoisted
        self.free: dict[int, list[Any]] = {}  # buffers by their size
        self.to = Allocation()
        self.arrays = self.to.arrays
        self.kept = graph.kept_gradients
        self.makers = graph.makers()
        self.pinned = {i.result for i in hoisted.prepare}  # read in later runs too
        self.places: dict[Variable, Array] = {}  # where a value has to lie
        self.buffer: dict[Variable, Any] = {}  # by root: the bytes it lies in, if they may be used again
        self.root: dict[Variable, Variable] = {}  # the value in whose memory a view lies
        self.last: dict[Variable, int] = {}  # by root: who reads it last

    def made(self) -> Allocation:
        """Go through everything."""
        graph, to = self.graph, self.to
        for i in graph.instructions:
            self.root[i.result] = i.result if i.base is None else self._root(i.base)
        read = graph.outputs.union(*(i.reads for i in graph.instructions))
        for variable, value in graph.values.items():
            if value.kind in ("memory", "partial"):
                self.arrays[variable] = value.origin
            elif value.kind == "constant":
                self.arrays[variable] = value.sample
            elif value.kind in ("argument", "gradient", "cotangent") and variable in read:
                to.local.add(variable)
        body = self.hoisted.body
        self._pack_places()
        self._gradient_places()
        self._places_through_views()
        self._store_places(body)
        for i in self.hoisted.prepare:
            self._allocate(i, NEVER - 1)
        self.last = self._last_reads(body) | {self._root(v): NEVER for v in graph.outputs}
        for at, i in enumerate(body):
            self._allocate(i, at)
            self._let_go(i, at)
        for leaf, gradient in graph.gradients.items():
            if gradient is not None and leaf not in to.gradients:
                made = self.arrays.get(gradient)
                to.gradients[leaf] = self._array(gradient) if made is None else made
        return to

    def _root(self, a: Variable) -> Variable:
        return self.root.get(a, a)

    def _last_reads(self, instructions: Sequence[Instruction]) -> dict[Variable, int]:
        return {self._root(a): at for at, i in enumerate(instructions) for a in i.reads}

    # -- places that are given -------------------------------------------------------------------------

    def _pack_places(self) -> None:
        """What is packed is made where it is packed."""
        for i in self.graph.instructions:
            if isinstance(i.function, Pack):
                flat = self.places[i.result] = self._array(i.result)
                self.to.packed[i.result] = [part(flat) for part in i.function.parts]
                for a, place in zip(i.reads, self.to.packed[i.result], strict=True):
                    self.places.setdefault(a, place)
            elif i.args and i.args[0] in self.to.packed and is_view(i.function):
                self.places[i.result] = i.function(self.places[i.args[0]], *i.args[1:])

    def _gradient_places(self) -> None:
        """An array for each gradient; the instruction that makes it writes there if it can."""
        places, taken = self.to.gradients, set[int]()
        for leaf, value in self.graph.gradients.items():
            if value is None:
                continue
            if value in self.kept:  # it is made elsewhere, and copied when all is done
                places[leaf] = self._array(value)
                continue
            place = self.places.get(value)
            if place is None and self._is_view_of_own(value):
                continue  # it is found where it is made
            if place is None or id(place) in taken:
                place = self._array(value)
            places[leaf] = place
            taken.add(id(place))
            self.places.setdefault(value, place)

    def _is_view_of_own(self, value: Variable) -> bool:
        """Whether a value is a view of what one instruction computes; that gets memory which is never used again."""
        root = self._root(value)
        maker = self.makers.get(root)
        if root == value or maker is None or not (is_elementwise(maker) or maker.function in PRODUCTS):
            return False
        if root not in self.places:
            self.places[root] = self._array(root)
        return True

    def _places_through_views(self) -> None:
        """A value whose other shape has its place is made there."""
        for i in reversed(self.graph.instructions):
            a = i.args[0] if i.args else None
            if i.result not in self.places or not isinstance(a, Variable) or a in self.places:
                continue
            place = self.places[i.result]
            if is_transpose(i) and place.ndim == 2:
                self.places[a] = place.T
            elif i.function is np.reshape:
                other = place.reshape(self.graph.sample(a).shape)
                if np.may_share_memory(place, other):
                    self.places[a] = other

    def _store_places(self, body: Sequence[Instruction]) -> None:
        """Let the instruction that makes the new content of memory write it there, if nobody reads the old one later.

        Nor if a guard or a check comes after it: when that fails, memory must be as it was.
        """
        position = {i.result: at for at, i in enumerate(body)}
        last = self._last_reads(body)
        stop = max((at for at, i in enumerate(body) if i.effect), default=-1)
        for memory, value in self.graph.stores.items():
            at = position.get(value)
            if at is None or value in self.places or self._root(value) != value:
                continue
            i, origin = body[at], self.graph.values[memory].origin
            reads_view = any(self._root(a) == memory and a != memory for a in i.reads)
            is_free = last.get(memory, -1) <= at and not reads_view and stop < at
            if is_elementwise(i) and is_free and origin.dtype == self.graph.sample(value).dtype:
                self.places[value] = origin

    # -- buffers ---------------------------------------------------------------------------------------

    def _allocate(self, i: Instruction, at: int) -> None:
        """Find the result of an instruction its place."""
        function = i.function
        if is_view(function) and i.args[0] in self.arrays:
            view = viewed(i, self.arrays[i.args[0]])
            if view.size == 0 or np.may_share_memory(view, self.arrays[i.args[0]]):
                self.arrays[i.result], self.to.forms[i.result] = view, "view"
                return
            self.root[i.result] = i.result
            self.last.setdefault(i.result, self.last.get(self._root(i.args[0]), at))
            self.arrays[i.result], self.to.forms[i.result] = self._array(i.result), "copied view"
            return
        form = self.to.forms[i.result] = form_of(self.graph, i)
        if form == "pack":
            self.arrays[i.result] = self.places[i.result]
        elif form == "own":
            self.to.local.add(i.result)
        elif form != "guard":
            self.arrays[i.result] = self._place(i, at)
        if form == "ones":
            self.arrays[i.result][:, -1] = 1

    def _place(self, i: Instruction, at: int) -> Array:
        """Where the result is written."""
        value = i.result
        if value in self.places:
            return self.places[value]
        sample = self.graph.sample(value)
        if value in self.pinned:
            return self._array(value)
        taken = self._taken_over(i, at)
        if taken is not None:
            return taken
        free = self.free.get(sample.nbytes, [])
        self.buffer[value] = buffer = free.pop() if free else self._bytes(sample.nbytes)
        return np.ndarray(sample.shape, sample.dtype, buffer)

    def _taken_over(self, i: Instruction, at: int) -> Array | None:
        """The buffer of an argument that nobody reads any more: the instruction writes over it."""
        if not is_elementwise(i):
            return None
        sample = self.graph.sample(i.result)
        for a in i.reads:
            root, array = self._root(a), self.arrays.get(a)
            if (
                array is not None
                and root in self.buffer
                and self.last.get(root) == at
                and array.shape == sample.shape
                and array.dtype == sample.dtype
                and array.nbytes == len(self.buffer[root])
                and array.flags.writeable  # what is broadcast to the shape that it has is not
                and array.flags.c_contiguous
                and all(self._root(b) != root or b == a for b in i.reads)
            ):
                self.buffer[i.result] = self.buffer.pop(root)
                return array
        return None

    def _let_go(self, i: Instruction, at: int) -> None:
        """Give back the buffers of values that were read for the last time."""
        for root in {self._root(a) for a in i.reads} | {i.result}:
            if root in self.buffer and self.last.get(root, -1) <= at:
                buffer = self.buffer.pop(root)
                self.free.setdefault(len(buffer), []).append(buffer)

    def _array(self, value: Variable) -> Array:
        """New memory for a value."""
        sample = self.graph.sample(value)
        return np.ndarray(sample.shape, sample.dtype, self._bytes(sample.nbytes))

    def _bytes(self, count: int) -> Array:
        self.to.bytes += count
        return aligned(count)


def viewed(i: Instruction, base: Array) -> Array:
    """The view that an instruction gives of an array."""
    view: Any = i.function(base, *i.args[1:], **i.settings)
    if not isinstance(view, np.ndarray):  # one entry: as a view it is seen to change
        index = i.args[1] if isinstance(i.args[1], tuple) else (i.args[1],)
        view = base[(*index, ...)]
    made: Array = view
    return made
