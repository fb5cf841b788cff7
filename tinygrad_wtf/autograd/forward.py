"""Jacobians column by column: `jacfwd`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.autograd.transforms import jvp
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops.functions.joining import stack
from tinygrad_wtf.ops.functions.shape import reshape
from tinygrad_wtf.tensors.creation import as_tensor, zeros_like
from tinygrad_wtf.tensors.tensor import Tensor

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def chosen_of(func: Function, numbers: tuple[int, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments of these numbers, and the function of them alone."""
    if any(not -len(args) <= n < len(args) for n in numbers):
        raise ShapeError(f"argnums {numbers} names an argument that was not given; there are {len(args)}")

    def of_chosen(*xs: Any) -> Any:
        full = list(args)
        for n, x in zip(numbers, xs, strict=True):
            full[n] = x
        return func(*full, **kwargs)

    return tuple(args[n] for n in numbers), of_chosen


def jacfwd(func: Function, argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """The function that gives the Jacobian of `func`, column by column: one `jvp` for each entry of the input.

    Parameters
    ----------
    func : callable
        Returns a Tensor or a tuple; with `has_aux` the pair (output, anything else).
    argnums : int or tuple of int
        Which arguments to differentiate with respect to.
    has_aux : bool
        Whether the function returns something beside its output.
    randomness : {"error", "same", "different"}
        As for `vmap`.

    Returns
    -------
    callable
        Gives what `jacrev` gives.

    Raises
    ------
    ShapeError
        When `argnums` names no argument.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.func import jacfwd
    >>> jacfwd(lambda x: x * x)(tw.tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """

    @functools.wraps(func)
    def at(*args: Any, **kwargs: Any) -> Any:
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        chosen, of_chosen = chosen_of(func, numbers, args, kwargs)
        points = tuple(as_tensor(x) for x in chosen)
        columns: list[list[tuple[Tensor, ...]]] = []
        several, aux = False, None
        for i, x in enumerate(points):
            columns.append([])
            for entry in range(x.numel()):
                unit = np.zeros(x.numel(), x.dtype)
                unit[entry] = 1
                tangents = [zeros_like(other) for other in points]
                tangents[i] = as_tensor(unit.reshape(x.shape))
                _, along, *rest = jvp(of_chosen, points, tuple(tangents), has_aux=has_aux)
                several, aux = isinstance(along, (list, tuple)), rest[0] if rest else None
                columns[-1].append(tuple(along) if several else (along,))
        outputs = len(next((found[0] for found in columns if found), ()))
        blocks = [
            tuple(
                reshape(stack([made[o] for made in found], -1), (*found[0][o].shape, *x.shape))
                for x, found in zip(points, columns, strict=True)
            )
            for o in range(outputs)
        ]
        shown: list[Any] = [block if isinstance(argnums, tuple) else block[0] for block in blocks]
        result = tuple(shown) if several else shown[0]
        return (result, aux) if has_aux else result

    return at
