"""The shape of a result, from the arguments' shapes and the settings, where computing an example would be work."""

from __future__ import annotations

from typing import Any

import numpy as np

Shape = tuple[int, ...]


def of_first(x: Shape, *others: Shape, **settings: Any) -> Shape:
    """The first argument's own."""
    return x


def given(*arguments: Shape, shape: Shape, **settings: Any) -> Shape:
    """The one that is asked for."""
    return shape


def permuted(x: Shape, dims: Shape) -> Shape:
    """The axes in another order."""
    return tuple(x[d] for d in dims)


def reduced(x: Shape, dim: Shape, keepdim: bool) -> Shape:
    """Without some axes, or with 1 in their place."""
    if keepdim:
        return tuple(1 if axis in dim else n for axis, n in enumerate(x))
    return tuple(n for axis, n in enumerate(x) if axis not in dim)


def product(a: Shape, b: Shape) -> Shape:
    """Of matrices, vectors and stacks of them."""
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    return (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def of_matrices(x: Shape) -> Shape:
    """A number for each matrix."""
    return x[:-2]


def solution(a: Shape, b: Shape) -> Shape:
    """The right sides', with the matrices' batch."""
    return (*np.broadcast_shapes(a[:-2], b[:-2]), *b[-2:])


def convolution_input(g: Shape, w: Shape, size: Shape, groups: int, **settings: Any) -> Shape:
    """The images behind a convolution's result."""
    return (g[0], groups * w[1], *size)


def convolution_kernel(g: Shape, x: Shape, kernel: Shape, groups: int, **settings: Any) -> Shape:
    """The filters behind a convolution's result."""
    return (g[1], x[1] // groups, *kernel)
