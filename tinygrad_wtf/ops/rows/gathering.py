"""The largest or smallest of what is written to each place."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.comparison import isnan
from tinygrad_wtf.ops.rows.indexing import HOLE, getitem, into_zeros

AT: Any = (HOLE,)


def _written(ufunc: np.ufunc) -> Any:
    def forward(x: Any, source: Any, places: Any) -> Any:
        y = x.copy()
        ufunc.at(y, places, source)
        return y

    return forward


def _same(a: Any, b: Any) -> Any:
    return cast((a == b) | (isnan(a) & isnan(b)), dtype=a.dtype)


def _share(g: Any, y: Any, x: Any, source: Any, places: Any) -> Any:
    """The cotangent of each place in as many parts as there are that attain its extreme."""
    attained = into_zeros(_same(source, getitem(y, places, index=AT)), places, index=AT, shape=x.shape)
    return g / (_same(x, y) + attained)


def _of_x(g: Any, y: Any, x: Any, source: Any, places: Any) -> Any:
    return _share(g, y, x, source, places) * _same(x, y)


def _of_source(g: Any, y: Any, x: Any, source: Any, places: Any) -> Any:
    share = getitem(_share(g, y, x, source, places), places, index=AT)
    return share * _same(source, getitem(y, places, index=AT))


TIES = "ties, which share the gradient"
amax_at = Op(
    "amax_at",
    "max({}, {} at {})",
    _written(np.maximum),
    (_of_x, _of_source, None),
    takes="anything",
    kinks=TIES,
    shape=shapes.of_first,
)
amin_at = Op(
    "amin_at",
    "min({}, {} at {})",
    _written(np.minimum),
    (_of_x, _of_source, None),
    takes="anything",
    kinks=TIES,
    shape=shapes.of_first,
)
