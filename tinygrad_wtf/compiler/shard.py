"""Splitting a program over the samples: each thread computes with its share, and the sums are added in a fixed order.

Where the results of the shares depend on one another before the end (batch normalisation), nothing is split.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tinygrad_wtf.compiler.inference import PRODUCTS, ArrayType
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Value, Variable, is_elementwise
from tinygrad_wtf.compiler.lower import astype, reductions
from tinygrad_wtf.compiler.passes.fold_bias import with_ones
from tinygrad_wtf.compiler.passes.sums_as_dots import Total
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import sum_to
from tinygrad_wtf.ops.rows import reduction as rows

OF_EACH_ENTRY = (np.where, np.copy, astype, with_ones)  # as ufuncs are
ROUND = 8  # samples: with so many in a piece, or a multiple, a product is fastest


@dataclass
class Split:
    """The graph of each share, and of what is done with their sums.

    Attributes
    ----------
    shares : list of Graph
        Their arguments have an origin ``(number, axis, start, stop)``.
    rest : Graph
        Reads the shares' results as values of kind "share".
    """

    shares: list[Graph]
    rest: Graph


class _Along(NamedTuple):
    """Where the samples are in an array: along which axis, and how many entries of it belong to each."""

    axis: int
    each: int = 1

    def part(self, start: int, stop: int) -> tuple[slice, ...]:
        """The index of these samples."""
        return (slice(None),) * self.axis + (slice(start * self.each, stop * self.each),)


class _NotSplitError(Exception):
    """Some call does not work share by share."""


def split(graph: Graph, count: int) -> Split | None:
    """Split the graph over the samples into so many shares, or say None."""
    try:
        return _split(graph, count)
    except _NotSplitError:
        return None


def _split(graph: Graph, count: int) -> Split:
    samples = _samples(graph)
    axes: dict[Variable, _Along] = {}  # by value: where the samples are
    sums: dict[Variable, Instruction] = {}  # what adds up over the samples
    for number, value in graph.values.items():
        if value.kind == "argument" and value.sample.ndim and value.sample.shape[0] == samples:
            axes[number] = _Along(0)
    if not axes or samples < count:
        raise _NotSplitError
    after: set[Variable] = set()  # what depends on a sum over all samples
    whole: set[Variable] = set()  # constants that some call reads as a whole
    shared: list[Instruction] = []
    rest: list[Instruction] = []
    for call in graph.instructions:
        if any(a in after for a in call.reads):
            if any(a in axes for a in call.reads):
                raise _NotSplitError
            rest.append(call)
            after.add(call.result)
        elif any(a in axes for a in call.reads):
            if any(graph.values[a].kind in ("gradient", "cotangent") for a in call.reads):
                raise _NotSplitError  # these are known to what follows the shares only
            shared.append(call)
            axis = _axis(graph, call, axes, samples)
            if axis is not None:
                axes[call.result] = axis
            elif not call.effect:
                sums[call.result] = call
                after.add(call.result)
        elif call.effect:
            raise _NotSplitError
        else:
            rest.append(call)
        whole.update(a for a in call.reads if graph.values[a].kind == "constant" and a not in axes)
    if not axes.keys().isdisjoint(whole | graph.outputs):
        raise _NotSplitError
    return _made(graph, count, samples, axes, list(sums), shared, rest, after)


def _samples(graph: Graph) -> int:
    sizes: list[int] = [v.sample.shape[0] for v in graph.values.values() if v.kind == "argument" and v.sample.ndim]
    if not sizes:
        raise _NotSplitError
    return max(set(sizes), key=sizes.count)


def _axis(graph: Graph, call: Instruction, axes: dict[Variable, _Along], samples: int) -> _Along | None:
    """Where the samples are in the result; None if it adds up over them."""
    result = graph.sample(call.result)
    if call.effect:
        if call.label in ("guard", "check"):
            return None
        raise _NotSplitError
    row = next((op for op in Op.table.values() if op.forward is call.function), None)  # of what was not lowered
    if is_elementwise(call) or call.function in OF_EACH_ENTRY or (row is not None and row.partials):
        return _axis_of_each_entry(graph, call, axes, samples)
    if (call.function in PRODUCTS or isinstance(call.function, Total)) and len(call.args) == 2 and not call.settings:
        return _axis_of_product(graph, call, axes, samples)
    if row is not None and "vectors" in row.traits and axes[Variable(call.args[0])].axis not in call.settings["dim"]:
        return axes[Variable(call.args[0])]
    if call.function is np.transpose:
        order = list(call.args[1] or reversed(range(result.ndim)))
        along = axes[Variable(call.args[0])]
        return along._replace(axis=order.index(along.axis))
    if call.function is np.broadcast_to:
        (axis, each), ndim = axes[Variable(call.args[0])], graph.sample(call.args[0]).ndim
        axis += result.ndim - ndim
        if result.shape[axis] != samples * each:
            raise _NotSplitError  # a single sample, stretched
        return _Along(axis, each)
    if call.function is np.reshape:
        return _axis_of_shape(graph.sample(call.args[0]).shape, result.shape, axes[Variable(call.args[0])], samples)
    names = ("axis", "keepdims") if call.function == reductions(np.add) else ("dim", "keepdim")
    if (call.function == reductions(np.add) or call.function is rows.sum.forward) and call.settings.keys() == set(
        names
    ):
        (over, kept), (axis, each) = (call.settings[name] for name in names), axes[Variable(call.args[0])]
        if axis in over:
            return None
        return _Along(axis if kept else axis - sum(other < axis for other in over), each)
    if call.function is sum_to.forward:
        (axis, each), before = axes[Variable(call.args[0])], graph.sample(call.args[0]).shape
        new = len(before) - result.ndim
        return None if axis < new or result.shape[axis - new] != before[axis] else _Along(axis - new, each)
    raise _NotSplitError


def _axis_of_each_entry(graph: Graph, call: Instruction, axes: dict[Variable, _Along], samples: int) -> _Along:
    result = graph.sample(call.result)
    from_end = {(axes[a].axis - graph.sample(a).ndim, axes[a].each) for a in call.reads if a in axes}
    if len(from_end) != 1:
        raise _NotSplitError
    ((back, each),) = from_end
    axis = result.ndim + back
    for a in call.reads:
        sample = graph.sample(a)
        at = sample.ndim + back
        if a not in axes and at >= 0 and sample.shape[at] != 1 and graph.values[a].kind != "constant":
            raise _NotSplitError
        if a not in axes and at >= 0 and sample.shape[at] == samples * each:
            axes[a] = _Along(at, each)  # a constant of which each share takes its part
    if result.shape[axis] != samples * each:
        raise _NotSplitError
    return _Along(axis, each)


def _axis_of_shape(before: tuple[int, ...], after: tuple[int, ...], along: _Along, samples: int) -> _Along:
    """Where the samples are in another shape: the first axis of more than one entry, in both."""
    axis = next((i for i, n in enumerate(after) if n != 1), len(after) - 1)
    each, rest = divmod(after[axis], samples) if after else (0, 0)
    if rest or not each or math.prod(before[: along.axis]) != 1:
        raise _NotSplitError
    return _Along(axis, each)


def _axis_of_product(graph: Graph, call: Instruction, axes: dict[Variable, _Along], samples: int) -> _Along | None:
    a, b = (Variable(x) for x in call.args)
    left, right = graph.sample(a), graph.sample(b)
    inner_left, inner_right = left.ndim - 1, max(right.ndim - 2, 0)
    for x, other, inner, inner_other in ((a, b, inner_left, inner_right), (b, a, inner_right, inner_left)):
        if x in axes and axes[x].axis == inner:
            along = axes[x]._replace(axis=inner_other)
            if other not in axes:
                size = samples * along.each
                if graph.values[other].kind != "constant" or graph.sample(other).shape[inner_other] != size:
                    raise _NotSplitError
                axes[other] = along
            if axes[other] != along:
                raise _NotSplitError
            return None
    if a in axes and b in axes:
        raise _NotSplitError
    if a in axes and left.ndim == 2:
        return axes[a]
    if b in axes and right.ndim == 2:
        return axes[b]._replace(axis=left.ndim - 1)
    raise _NotSplitError


def _made(
    graph: Graph,
    count: int,
    samples: int,
    axes: dict[Variable, _Along],
    sums: list[Variable],
    shared: list[Instruction],
    rest: list[Instruction],
    after: set[Variable],
) -> Split:
    unit = ROUND if samples > 8 * ROUND * count else 1
    edges = [*(samples * i // (count * unit) * unit for i in range(count)), samples]
    shares = []
    for start, stop in pairwise(edges):
        part = Builder()
        part.results = list(sums)
        part.values = {v: _value(graph, v, value, axes.get(v), start, stop) for v, value in graph.values.items()}
        cut = [_cut(call, axes, stop - start) for call in shared]
        part.instructions = [*_leading_to(rest, {a for call in cut for a in call.reads}, after), *cut]
        shares.append(part.build())
    whole = Builder(graph)
    for order, added_up in enumerate(sums):
        like = Instruction(np.add, (), {}, added_up, "sum of shares")
        sample = graph.sample(added_up)
        total, *others = (whole.new("share", sample, (i, order)) for i in range(count))
        for number in others[:-1]:
            total = whole.add(np.add, total, number, like=like)
        whole.keep(Instruction(np.add, (total, others[-1]), {}, added_up, like.label))
    for call in rest:
        whole.keep(call)
    return Split(shares, whole.build())


def _value(graph: Graph, v: Variable, value: Value, along: _Along | None, start: int, stop: int) -> Value:
    """A value, or the part of it that belongs to a share."""
    sample, origin = value.sample, value.origin
    if along is not None:
        if value.kind == "constant":
            sample = sample[along.part(start, stop)]
        else:
            shape = list(sample.shape)
            shape[along.axis] = (stop - start) * along.each
            sample = ArrayType(tuple(shape), sample.dtype)
        if value.kind == "argument":
            origin = (origin, along.axis, start, stop)
        elif value.kind == "memory":
            origin = origin[along.part(start, stop)]
    kind = "partial" if v in graph.stores else value.kind  # parameters change from run to run
    return Value(kind, sample, origin)


def _cut(call: Instruction, axes: dict[Variable, _Along], size: int) -> Instruction:
    """The call on a share: shapes that are written into it are those of the share."""
    if call.function not in (np.reshape, np.broadcast_to):
        return call
    axis, each = axes[call.result]
    shape = tuple(size * each if i == axis else n for i, n in enumerate(call.args[1]))
    return call.with_args(call.args[0], shape)


def _leading_to(rest: list[Instruction], needed: set[Variable], after: set[Variable]) -> list[Instruction]:
    """The calls on parameters alone that a share needs, such as a transpose."""
    wanted = set(needed)
    found = []
    for call in reversed(rest):
        if call.result in wanted and call.result not in after:
            found.append(call)
            wanted.update(call.reads)
    return found[::-1]
