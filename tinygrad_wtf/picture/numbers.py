"""The numbers behind a picture: values, gradients, and what each step adds to a gradient.

A node keeps only what backward needs. What else a picture shows is computed again from what is still there, on copies
of nothing and without recording, for small graphs only; and it is shown only if it leads to the very loss that there
is, for a parameter that was changed since would lead to another one. How numbers are drawn is not said here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.tensors import leaves

__all__ = ["Arrays", "Numbers", "find_arrays", "summary"]

MOST_NODES, MOST_ENTRIES = 1_000, 4_000_000  # above these nothing is computed again
MOST_SHOWN = 16  # rows and columns of which every entry is kept
STRIP = 12  # cells of a heat strip

Kind: TypeAlias = Literal["ordinary", "zero", "nan", "infinite"]
Array: TypeAlias = np.ndarray[Any, Any]
Use: TypeAlias = tuple[Node, int]
UNASKED = "values=False was asked for"
TOO_LARGE = "this graph is too large to compute again what backward does not keep"
CHANGED = "backward did not keep all values, and a tensor was changed or dropped since, so they cannot be found again"
HOOKED = "a hook may change a gradient on its way, and is not called for a picture"


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array in short.

    Attributes
    ----------
    kind
        "zero" if all entries are exactly 0; "nan" if one is not a number; "infinite" if one is infinite.
    mean, spread, low, high, norm
        Of the finite entries: mean, standard deviation, least, greatest, and the square root of the sum of squares.
    entries
        Every entry, in rows, of an array of at most 16 x 16 and two dimensions; None of a larger one.
    strip
        The means of up to twelve equal parts, as shares of the greatest of them in magnitude (between -1 and 1).
    """

    kind: Kind
    mean: float
    spread: float
    low: float
    high: float
    norm: float
    entries: tuple[tuple[float, ...], ...] | None
    strip: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Arrays:
    """What is known of the arrays of a graph, by node; of single steps back, by node and argument.

    Attributes
    ----------
    gradients
        What one pass from the roots gives. What `.grad` holds may be older, or the sum of several passes.
    contributions, factors
        What each step adds to a gradient, and the local derivative by which it multiplied, entry by entry.
    totals
        The gradient with what this step added, where other steps had added to it before.
    unknown
        Why numbers are missing, in words; empty if none should be.
    """

    values: Mapping[Node, Array] = field(default_factory=dict)
    gradients: dict[Node, Array] = field(default_factory=dict)
    contributions: dict[Use, Array] = field(default_factory=dict)
    factors: dict[Use, Array] = field(default_factory=dict)
    totals: dict[Use, Array] = field(default_factory=dict)
    unknown: str = ""


def summary(array: Array | None) -> Numbers | None:
    """An array in short; None of an unknown or an empty one, and of one too large to look through.

    Examples
    --------
    >>> import numpy as np
    >>> found = summary(np.array([3.0, 4.0]))
    >>> found.mean, found.norm, found.kind
    (3.5, 5.0, 'ordinary')
    """
    if array is None or not array.size or array.size > MOST_ENTRIES or array.dtype.kind not in "fiub":
        return None
    with np.errstate(all="ignore"):
        flat = array.ravel().astype(np.float64)
        finite = flat[np.isfinite(flat)]
        kind: Kind = "ordinary"
        if finite.size < flat.size:
            kind = "nan" if np.isnan(flat).any() else "infinite"
        elif not flat.any():
            kind = "zero"
        if not finite.size:
            finite = np.zeros(1)
        small = array.ndim <= 2 and max(array.shape, default=1) <= MOST_SHOWN
        rows = array.reshape(-1, array.shape[-1] if array.ndim else 1).tolist() if small else None
        largest = float(np.abs(finite).max())
        parts = np.array_split(np.where(np.isfinite(flat), flat, 0.0), min(STRIP, flat.size))
        means = [float(part.mean()) for part in parts]
        most = max(map(abs, means))
        strip = tuple(round(mean / most, 3) if most else 0.0 for mean in means)
        # divided first: squares of large numbers would overflow
        norm = largest * math.sqrt(float(np.square(finite / largest).sum())) if largest else 0.0
        return Numbers(
            kind=kind,
            mean=float(finite.mean()),
            spread=float(finite.std()),
            low=float(finite.min()),
            high=float(finite.max()),
            norm=norm,
            entries=None if rows is None else tuple(tuple(map(float, row)) for row in rows),
            strip=strip if array.size > 1 else (),
        )


def find_arrays(order: Sequence[Node], known: Mapping[Node, Array]) -> Arrays:
    """Values and gradients of a graph, as far as they are at hand or quickly found again.

    Parameters
    ----------
    order
        The nodes in the order of computation.
    known
        The values of the tensors at which backward would start.
    """
    saved, alive = _saved(order), _alive(order)
    values = {**alive, **saved, **known}
    if len(order) > MOST_NODES or sum(node.size for node in order) > MOST_ENTRIES:
        return Arrays(values, unknown=TOO_LARGE)
    unknown = HOOKED if any(node.hooks for node in order) else ""
    again = _recomputed(order, values)
    if all(root in again and _same(again[root], array) for root, array in known.items() if root.op is not None):
        values = {**again, **values}
        found = _replayed(order, values, list(known))
    else:
        found = _replayed(order, {**saved, **known}, list(known))
        missing = any(node.requires_grad and node not in found.gradients for node in order)
        unknown = CHANGED if missing and not unknown else unknown
    return replace(found, values=values, unknown=unknown)


def _same(one: Array, other: Array) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _saved(order: Sequence[Node]) -> dict[Node, Array]:
    """What the steps kept for backward and was not written to since."""
    values: dict[Node, Array] = {}
    for node in order:
        for source, array in zip((node, *node.inputs), node.saved or (), strict=False):
            if isinstance(source, Node) and isinstance(array, np.ndarray) and not clock.changed_since(array, node.time):
                values.setdefault(source, array)
    return values


def _alive(order: Sequence[Node]) -> dict[Node, Array]:
    """What the leaves' tensors hold, as long as they live, and small data."""
    values: dict[Node, Array] = {}
    for node in order:
        if isinstance(array := leaves.array_of(node), np.ndarray):
            values[node] = array
    return values


def _recomputed(order: Sequence[Node], values: Mapping[Node, Array]) -> dict[Node, Array]:
    """Every operation's value whose arguments are known, computed from the leaves."""
    found: dict[Node, Array] = {}
    for node in order:
        if node.op is None:
            continue
        arguments = []
        for source in node.inputs:
            array = source if not isinstance(source, Node) else found.get(source)
            if isinstance(source, Node) and source.op is None:
                array = values.get(source)
                if array is not None and clock.changed_since(array, node.time):
                    array = None
            if array is None:
                break
            arguments.append(array)
        else:
            found[node] = np.asarray(node.op(*arguments, **node.params))
    return found


def _replayed(order: Sequence[Node], values: Mapping[Node, Array], roots: Sequence[Node]) -> Arrays:
    """What a pass from the roots would find, step by step; nothing is stored in the graph and no hook is called."""
    found = Arrays()
    gradients = found.gradients
    gradients.update({root: np.ones(root.shape, root.dtype) for root in roots if root.size == 1})
    unknown: set[Node] = {root for root in roots if root.size != 1}
    with np.errstate(all="ignore"):
        for node in reversed(order):
            if node in unknown or node.hooks:
                gradients.pop(node, None)
            g = gradients.get(node)
            if node.op is None or (g is None and node not in unknown and not node.hooks):
                continue
            wanted = [
                (i, source)
                for i, source in enumerate(node.inputs)
                if isinstance(source, Node) and source.requires_grad and node.op.vjp(i) is not None
            ]
            readable = g is not None and all(source in values for source in _read(node))
            if not readable:
                unknown.update(source for _, source in wanted)
                continue
            shown = [
                values.get(source, source) if isinstance(source, Node) else source for source in (node, *node.inputs)
            ]
            for i, source in wanted:
                rule = node.op.vjp(i)
                assert rule is not None
                given = rule(g, *shown, **node.params)
                contribution = np.zeros(source.shape, source.dtype) if given is None else np.asarray(given)
                found.contributions[node, i] = contribution
                partial = node.op.partials[i] if i < len(node.op.partials) else None
                if partial is not None:
                    found.factors[node, i] = np.asarray(partial(*shown, **node.params))
                before = gradients.get(source)
                gradients[source] = contribution if before is None else before + contribution
                if before is not None and source not in unknown:
                    found.totals[node, i] = gradients[source]
    return found


def _read(node: Node) -> list[Node]:
    """The nodes whose arrays the rules of this step read."""
    assert node.op is not None
    wanted = sum(1 << i for i, source in enumerate(node.inputs) if isinstance(source, Node) and source.requires_grad)
    positions = node.op.keeps.get(1 << len(node.inputs) | wanted, range(len(node.inputs) + 1))
    around = (node, *node.inputs)
    return [source for position in positions if isinstance(source := around[position], Node)]
