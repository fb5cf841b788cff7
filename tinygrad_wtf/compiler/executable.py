"""Executable: what runs, made of a graph once, and never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_wtf._changes import changes
from tinygrad_wtf.compiler.allocate import allocate
from tinygrad_wtf.compiler.emit import Emitter
from tinygrad_wtf.compiler.hoist import hoist
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable


@dataclass(frozen=True, eq=False)
class Executable:
    """A graph that can run.

    Attributes
    ----------
    prepare, body : callable
        ``prepare(arguments)`` gives what ``body(held, entry)`` needs of it; `body` returns the results. Both return
        None where a guard fails.
    source : str
        Both, as they are executed.
    gradients : dict
        By leaf: the array in which its gradient is found after a run.
    entry : list of Variable
        Those that change from run to run: old gradients, cotangents.
    watched : list of ndarray
        Memory that is read and not written: what `prepare` relies on.
    buffers : int
        The bytes of all buffers.
    graph : Graph
        What was made to run.
    arrays : dict
        By variable: the array in which it lies, if that is the same one in every run.
    running : tuple of list of Instruction
        Those that `prepare` and `body` really make; the others are views, made once.
    """

    prepare: Callable[..., tuple[Any, ...] | None]
    body: Callable[..., tuple[Any, ...] | None]
    source: str
    gradients: Mapping[Any, np.ndarray[Any, Any]]
    entry: list[Variable]
    watched: list[np.ndarray[Any, Any]]
    buffers: int
    graph: Graph
    arrays: Mapping[Variable, np.ndarray[Any, Any]]
    running: tuple[list[Instruction], list[Instruction]]


def executable(graph: Graph) -> Executable:
    """Hoist, allocate and emit."""
    hoisted = hoist(graph)
    allocation = allocate(graph, hoisted)
    read = graph.outputs.union(*(i.reads for i in graph.instructions))
    read_by_body = graph.outputs.union(*(i.reads for i in hoisted.body))
    needed = sorted(allocation.local & hoisted.held & read_by_body)
    entry = [v for v, value in graph.values.items() if value.kind in ("gradient", "cotangent") and v in read]
    emitter = Emitter(graph, allocation)
    before, after = emitter.prepare(hoisted, needed), emitter.body(hoisted, needed, entry)
    prepare, text = before.made("prepare", "arguments")
    body, main = after.made("body", "held, entry")
    memory = {v: value.origin for v, value in graph.values.items() if value.kind == "memory"}
    return Executable(
        prepare,
        body,
        f"{text}\n\n{main}",
        allocation.gradients,
        entry,
        [array for v, array in memory.items() if v in read and v not in graph.stores],
        allocation.bytes,
        graph,
        allocation.arrays,
        (before.running, after.running),
    )


def bind(graph: Graph) -> None:
    """Move tensors to where the graph has their numbers side by side: the only thing that compiling changes."""
    for tensor, place in graph.moves:
        old = tensor.value
        np.copyto(place, old)
        tensor.value = place
        changes.replaced(old, place)
