"""Which entries there are, how often, and where others belong among them. Nothing here has a derivative."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_wtf.core.op import Op

Part = Literal["values", "inverse", "counts"]
PLACE = {"values": 0, "inverse": 1, "counts": 2}


def _unique(x: Any, dim: int | None, part: Part) -> Any:
    if dim is not None and not x.shape[dim]:  # no slices; NumPy refuses those without entries
        return x.copy() if part == "values" else np.zeros(0, np.int64)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    return (values, inverse.reshape(x.shape if dim is None else -1), counts)[PLACE[part]]


def _runs(x: Any, dim: int | None, part: Part) -> Any:
    """Each run of equal neighbours: an entry of it, the run of each entry, the length."""
    line = x.reshape(-1) if dim is None else np.moveaxis(x, dim, 0)
    rows = line.reshape(line.shape[0], -1) if line.size else np.zeros((line.shape[0], 1))
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]).any(1)
    if part == "values":
        return line[new] if dim is None else np.moveaxis(line[new], 0, dim)
    if part == "inverse":
        found = np.cumsum(new) - 1
        return found.reshape(x.shape) if dim is None else found
    return np.diff(np.append(np.flatnonzero(new), len(rows)))


def _count(x: Any, weights: Any, minlength: int) -> Any:
    if weights is False:
        return np.bincount(x, minlength=minlength)
    found = np.bincount(x, weights=weights, minlength=minlength)
    return found.astype(weights.dtype if weights.dtype.kind == "f" else np.float64)


def _places(edges: Any, values: Any, right: bool) -> Any:
    """Where the values belong among sorted edges, in the same row of both."""
    side: Literal["left", "right"] = "right" if right else "left"
    if edges.ndim == 1:
        return np.asarray(np.searchsorted(edges, values, side))
    if not values.size:
        return np.zeros(values.shape, np.int64)
    lines, asked = edges.reshape(-1, edges.shape[-1]), values.reshape(-1, values.shape[-1])
    found = np.empty(asked.shape, np.int64)
    for k, line in enumerate(lines):
        found[k] = np.searchsorted(line, asked[k], side)
    return found.reshape(values.shape)


def _ends(x: Any, low: float, high: float, apart: float) -> tuple[Any, Any]:
    """From where to where it is counted: all entries, where nothing is said, and some way around if they are equal."""
    if low == high and x.size:
        low, high = x.min(), x.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"there is no range from {low} to {high}")
    return (low - apart, high + apart) if low == high else (low, high)


def _edges(x: Any, bins: int, low: float, high: float) -> Any:
    first, last = _ends(x, low, high, 0.5) if x.size or low != high else (0, 1)
    return np.linspace(first, last, bins + 1).astype(x.dtype)


def _histogram(x: Any, edges: Any, weights: Any, density: bool) -> Any:
    flat = x.reshape(-1)
    inside = (flat >= edges[0]) & (flat <= edges[-1])
    place = np.minimum(np.searchsorted(edges, flat[inside], "right") - 1, len(edges) - 2)
    weight = None if weights is False else weights.reshape(-1)[inside]
    found = np.bincount(place, weight, len(edges) - 1).astype(x.dtype)
    return (found / np.diff(edges) / found.sum()).astype(x.dtype) if density else found


def _histc(x: Any, bins: int, low: float, high: float) -> Any:
    first, last = _ends(x, low, high, 1.0)
    flat = x.reshape(-1)
    inside = flat[(flat >= first) & (flat <= last)]
    place = np.minimum(((inside - first) / (last - first) * bins).astype(np.int64), bins - 1)
    return np.bincount(place, minlength=bins).astype(x.dtype)


def _repetition(x: Any) -> Any:
    """How many entries equal to it come before each entry of a vector."""
    order = np.argsort(x, stable=True)
    at = np.arange(x.size)
    new = np.ones(x.size, bool)
    new[1:] = x[order][1:] != x[order][:-1]
    found = np.empty(x.size, np.int64)
    found[order] = at - np.maximum.accumulate(np.where(new, at, 0))
    return found


unique = Op("unique", "unique {}", _unique, takes="numbers")
unique_consecutive = Op("unique_consecutive", "runs {}", _runs, takes="numbers")
bincount = Op("bincount", "bincount({}, {})", _count, takes="anything")
searchsorted = Op("searchsorted", "searchsorted({}, {})", _places, takes="numbers")
histogram_edges = Op("histogram_edges", "edges {}", _edges)
histogram = Op("histogram", "histogram({}, {}, {})", _histogram, takes="anything")
histc = Op("histc", "histc {}", _histc)
repetition = Op("repetition", "repetition {}", _repetition, takes="numbers")
