"""Jacobians and Hessians as functions of functions, row by row: `torch.func.jacrev` and `hessian`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tinygrad_wtf.autograd import transforms
from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.grad_mode import is_grad_enabled

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def jacrev(func: Function, argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None) -> Function:
    """The function that gives the Jacobian of `func`, row by row: one pass back for each entry of the output.

    Parameters
    ----------
    func : callable
        Returns a Tensor or a tuple; with `has_aux` the pair (output, anything else).
    argnums : int or tuple of int
        Which arguments to differentiate with respect to.
    has_aux : bool
        Whether the function returns something beside its output.
    chunk_size : int, optional
        How many rows PyTorch computes at a time; here it is one, and the result is the same.

    Returns
    -------
    callable
        Gives the Jacobian, of shape ``output.shape + input.shape``, with `has_aux` ``(jacobian, aux)``.

    Raises
    ------
    ShapeError
        When `argnums` names no argument.
    SettingError
        When `chunk_size` is less than 1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.func.jacrev(lambda x: (x * x, x.sum()), has_aux=True)(tw.tensor([1.0, 2.0]))[0].tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    if chunk_size is not None and chunk_size < 1:
        raise SettingError(f"chunk_size is 1 or more, not {chunk_size}", op="jacrev")
    if not has_aux:
        return transforms.jacrev(func, argnums)

    @functools.wraps(func)
    def at(*args: Any, **kwargs: Any) -> Any:
        beside: list[Any] = []

        @functools.wraps(func)
        def output(*xs: Any, **settings: Any) -> Any:
            y, aux = func(*xs, **settings)
            beside[:] = [transforms._aux_shown(aux, is_grad_enabled())]
            return y

        return transforms.jacrev(output, argnums)(*args, **kwargs), beside[0]

    return at


def hessian(func: Function, argnums: Argnums = 0) -> Function:
    """The function that gives all second derivatives of `func`: the Jacobian of its Jacobian.

    Parameters
    ----------
    func, argnums
        As for `jacrev`.

    Returns
    -------
    callable
        Gives the Hessian, of shape ``output.shape + input.shape + input.shape``; for a tuple of arguments a tuple of
        tuples.

    Raises
    ------
    ShapeError
        When `argnums` names no argument.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.func.hessian(lambda x: (x**3).sum())(tw.tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    return jacrev(jacrev(func, argnums), argnums)
