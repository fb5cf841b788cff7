"""Checking passes: that each graph is well formed, and computes what the one before it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.inference import ArrayType
from tinygrad_wtf.compiler.ir import Graph, Variable

TOLERANCES = {"f": 1e-3, "d": 1e-8}  # by dtype, beside the largest entry: sums may be taken in another order


class Verifier:
    """Runs every graph on the samples of the first one, and compares.

    Parameters
    ----------
    graph : Graph
        As it was traced, with samples.
    """

    def __init__(self, graph: Graph) -> None:
        kinds = ("argument", "gradient", "cotangent")
        samples = {v: value.sample for v, value in graph.values.items() if value.kind in kinds}
        self.draws = any(i.label == "draw" for i in graph.instructions)  # another run would draw other numbers
        self.draws |= any(isinstance(sample, ArrayType) for sample in samples.values())  # or the numbers are forgotten
        self.inputs = {} if self.draws else {v: sample.copy() for v, sample in samples.items()}
        check(graph, "trace")
        self.graph = graph
        self.outputs = self._run(graph)

    def verify(self, graph: Graph, name: str) -> None:
        """Raise AssertionError if the pass of this name has changed what is computed."""
        check(graph, name)
        outputs = self._run(graph)
        if outputs is None or self.outputs is None:
            return
        assert outputs.keys() == self.outputs.keys(), f"{name}: other outputs, {[*outputs]} for {[*self.outputs]}"
        largest: dict[str, float] = {}  # by kind of output: what is small beside the others may be nothing but rounding
        for (kind, _), expected in self.outputs.items():
            largest[kind] = max(largest.get(kind, 0.0), _largest(expected))
        for key, expected in self.outputs.items():
            _compare(outputs[key], expected, largest[key[0]], f"{name}: {key}")

    def _run(self, graph: Graph) -> dict[Any, Any] | None:
        return None if self.draws else interpret(graph, self.inputs, self.graph)


def check(graph: Graph, where: str = "graph") -> None:
    """Raise AssertionError unless every variable is made once, before it is read, and outputs are made at all."""
    known = {v for v, value in graph.values.items() if value.kind != "computed"}
    for i in graph.instructions:
        for a in i.reads:
            assert a in known, f"{where}: {a} is read by {i.result} before it is made"
        assert isinstance(i.result, Variable), f"{where}: {i.result!r} is a plain number"
        assert i.result not in known, f"{where}: {i.result} is made twice, or is an input"
        assert i.result in graph.values, f"{where}: nothing is known of {i.result}"
        known.add(i.result)
    missing = graph.outputs - known
    assert not missing, f"{where}: {missing} are given out and never made"
    assert all(graph.values[m].kind == "memory" for m in graph.stores), f"{where}: a store into what is no memory"


def interpret(
    graph: Graph, inputs: Mapping[Variable, Any] | None = None, origin: Graph | None = None
) -> dict[Any, Any] | None:
    """What a graph computes: its results by position, the memory that it writes, and gradients by leaf.

    Memory is told by the variable that it had in `origin`, which is the graph itself by default. Shapes and dtypes have
    to be those that the graph says. None where a guard fails; checks are passed over.
    """
    known: dict[Variable, Any] = {}
    for v, value in graph.values.items():
        if value.kind in ("memory", "partial"):
            known[v] = value.origin.copy()
        elif value.kind == "constant":
            known[v] = value.sample
        elif value.kind != "computed" and inputs is not None:
            known[v] = inputs.get(v)
    with np.errstate(all="ignore"):
        for i in graph.instructions:
            args = [known[a] if isinstance(a, Variable) else a for a in i.args]
            if i.label == "guard" and not i.function(*args):
                return None
            if i.effect and i.label != "draw":
                continue
            known[i.result] = made = np.asarray(i.function(*args, **i.settings))
            says = graph.sample(i.result)
            found = (made.shape, made.dtype)
            assert found == (says.shape, says.dtype), f"{i.result} is {found}, not {says.shape}, {says.dtype}"
    outputs: dict[Any, Any] = {("result", n): known[v] for n, v in enumerate(graph.results)}
    outputs |= {("gradient", leaf): known[v] for leaf, v in graph.gradients.items() if v is not None}
    for memory, (store, place) in _contents(graph, origin or graph).items():
        outputs["memory", memory] = _part(known[graph.stores[store]], graph.values[store].origin, place)
    return outputs


def _contents(graph: Graph, origin: Graph) -> dict[Variable, tuple[Variable, np.ndarray[Any, Any]]]:
    """By memory of the origin that is written: which store of the graph does that, and where its numbers lie."""
    moved = {id(move.tensor.value): move.place for move in graph.moves}
    found = {}
    for memory in origin.stores:
        array = origin.values[memory].origin
        place = moved.get(id(array), array)
        for store in graph.stores:
            if store == memory or np.may_share_memory(graph.values[store].origin, place):
                found[memory] = store, place
    return found


def _part(content: Any, whole: np.ndarray[Any, Any], place: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The part of new memory that replaces the numbers of `place`."""
    made = np.empty_like(whole)
    made[...] = content
    if place is whole:
        return made
    start = place.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return np.ndarray(place.shape, place.dtype, made, start, place.strides)


def _largest(a: Any) -> float:
    return float(np.abs(np.where(np.isfinite(a), a, 0)).max(initial=0)) if a.dtype.kind == "f" else 0.0


def _compare(found: Any, expected: Any, largest: float, where: str) -> None:
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype), f"{where} has another shape or dtype"
    if expected.dtype.kind in "fc":  # where a sum overflows depends on its order: infinities and nan may differ
        tolerance, finite = TOLERANCES.get(expected.dtype.char, 0.1), np.isfinite(expected)
        floor = max(tolerance * largest, 8 * float(np.finfo(expected.dtype).eps))
        with np.errstate(all="ignore"):
            same = np.allclose(found[finite], expected[finite], tolerance, floor)
    else:
        same = np.array_equal(found, expected)
    assert same, f"{where} is {found}, not {expected}"
