"""What is combined of the entries of vectors and matrices: pairs, powers, blocks, and the places of triangles."""

from __future__ import annotations

import builtins
import itertools
import operator
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.joining import cat, meshgrid, stack
from tinygrad_wtf.ops.functions.padding import pad
from tinygrad_wtf.ops.functions.repeating import flip
from tinygrad_wtf.ops.functions.scan import cumprod
from tinygrad_wtf.ops.functions.shape import _listed, atleast_2d, expanded, unsqueeze
from tinygrad_wtf.ops.precision import cast_to
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.shape import flattened, reshaped


def block_diag(*tensors: Any) -> Any:
    """A matrix with the given ones, of any sizes, along its diagonal, and 0 elsewhere.

    Vectors count as rows, numbers as matrices of one entry; ShapeError for more than 2 dimensions.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.block_diag(tw.ones(1, 2), tw.tensor(3.0)).tolist()
    [[1.0, 1.0, 0.0], [0.0, 0.0, 3.0]]
    """
    blocks = [atleast_2d(x) for x in _listed(tensors)]
    if builtins.any(x.ndim > 2 for x in blocks):
        raise ShapeError("takes matrices", op="block_diag", shapes=[x.shape for x in blocks])
    if not blocks:
        raise ShapeError("needs at least one matrix", op="block_diag")
    met = dtypes.result_type(blocks)
    width = builtins.sum(x.shape[1] for x in blocks)
    before = itertools.accumulate((x.shape[1] for x in blocks[:-1]), initial=0)
    return cat([pad(cast_to(x, met), (b, width - b - x.shape[1])) for b, x in zip(before, blocks, strict=True)], 0)


def cartesian_prod(*tensors: Any) -> Any:
    """Every combination of an entry of each vector, one in a row; of one vector, itself.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cartesian_prod(tw.tensor([1, 2]), tw.tensor([3, 4])).tolist()
    [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    lines = _listed(tensors)
    if builtins.any(taken("cartesian_prod", x).ndim != 1 for x in lines):
        raise ShapeError("takes vectors", op="cartesian_prod", shapes=[x.shape for x in lines])
    if len(lines) == 1:
        return lines[0]
    return stack([flattened(x) for x in meshgrid(*lines)], 1)


def combinations(input: Value, r: int = 2, with_replacement: bool = False) -> Value:
    """Every choice of `r` entries of a vector, in their order, one in a row; with replacement, also of equal ones.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.combinations(tw.tensor([1, 2, 3])).tolist()
    [[1, 2], [1, 3], [2, 3]]
    """
    if taken("combinations", input).ndim != 1:
        raise ShapeError(f"takes a vector, not {input.ndim} dimensions", op="combinations", shapes=(input.shape,))
    size = operator.index(r)
    if size < 0:
        raise SettingError(f"a choice has at least 0 entries, not {size}", op="combinations")
    if not size:
        return getitem(input, slice(0))
    chosen = (itertools.combinations_with_replacement if with_replacement else itertools.combinations)(
        range(input.shape[0]), size
    )
    return getitem(input, np.array(list(chosen), np.int64).reshape(-1, size))


def _powers(op: str, x: Any, count: Any) -> Any:
    """The powers from 0 on of each entry, in a new last axis."""
    size = x.shape[-1] if count is None else operator.index(count)
    if size < 0:
        raise SettingError(f"there are no {size} columns", op=op, shapes=(x.shape,))
    given = cast_to(x, dtypes.int64) if x.dtype.kind == "b" else x
    wide = expanded(unsqueeze(given, -1), (*x.shape, size))
    first = np.arange(size) == 0  # x to the power of 0 is 1, also for inf and nan
    return cumprod(where(first, 1, wide), -1) if size else wide


def vander(x: Value, N: int | None = None, increasing: bool = False) -> Value:
    """Vandermonde's matrix of a vector: its powers, from the highest down to 0, in `N` columns (as many as rows).

    With `increasing`, from 0 up. Of integers it is int64.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.vander(tw.tensor([1, 2, 3])).tolist()
    [[1, 1, 1], [4, 2, 1], [9, 3, 1]]
    """
    if taken("vander", x).ndim != 1:
        raise ShapeError(f"takes a vector, not {x.ndim} dimensions", op="vander", shapes=(x.shape,))
    powers = _powers("vander", x, N)
    return powers if increasing else flip(powers, 1)


def linalg_vander(x: Value, *, N: int | None = None) -> Value:
    """Vandermonde's matrices of the vectors along the last axis: their powers from 0 up. Public as `linalg.vander`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.vander(tw.tensor([1.0, 2.0]), N=3).tolist()
    [[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]]
    """
    return _powers("vander", x if taken("vander", x).ndim else reshaped(x, (1,)), N)
