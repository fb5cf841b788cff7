"""Functions of functions, with the names of `torch.func`: derivatives, and one function over many samples."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tinygrad_wtf.autograd.forward import chosen_of, jacfwd
from tinygrad_wtf.autograd.reverse import hessian, jacrev
from tinygrad_wtf.autograd.transforms import jvp, vjp
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.functions.indexing import select
from tinygrad_wtf.ops.functions.joining import stack
from tinygrad_wtf.ops.functions.shape import movedim
from tinygrad_wtf.tensors.creation import ones_like
from tinygrad_wtf.tensors.tensor import Tensor

__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "vjp", "vmap"]

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The function that gives the gradient of `func`, and its value.

    Parameters
    ----------
    func : callable
        Returns one number; with `has_aux` the pair (number, anything else).
    argnums : int or tuple of int
        Which arguments to differentiate with respect to: tensors, or dicts, lists and tuples of them.
    has_aux : bool
        Whether the function returns something beside its number.

    Returns
    -------
    callable
        Gives ``(gradient, value)``, with `has_aux` ``(gradient, (value, aux))``; for a tuple of arguments the gradient
        is a tuple, and of a dict it is a dict.

    Raises
    ------
    ShapeError
        When the function's output has several entries, or `argnums` names no argument.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> slope, value = grad_and_value(lambda x: x**3)(tw.tensor(2.0))
    >>> slope.item(), value.item()
    (12.0, 8.0)
    """

    @functools.wraps(func)
    def at(*args: Any, **kwargs: Any) -> Any:
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        chosen, of_chosen = chosen_of(func, numbers, args, kwargs)

        def of_leaves(*xs: Any) -> Any:
            new = iter(xs)
            return of_chosen(*(_with_leaves(thing, new) for thing in chosen))

        value, pull, *aux = vjp(of_leaves, *(x for thing in chosen for x in _leaves(thing)), has_aux=has_aux)
        if not isinstance(value, Tensor) or value.numel() != 1:
            shape = getattr(value, "shape", type(value).__name__)
            raise ShapeError(
                f"the function must return one number, not {shape}", op="grad", hint="Reduce it with .sum()"
            )
        pulled = iter(pull(ones_like(value)))
        found = tuple(_with_leaves(thing, pulled) for thing in chosen)
        slopes = found if isinstance(argnums, tuple) else found[0]
        return slopes, ((value, *aux) if has_aux else value)

    return at


def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The function that gives the gradient of `func`; `tinygrad_wtf.grad` differentiates tensors instead.

    Parameters
    ----------
    func, argnums, has_aux
        As for `grad_and_value`.

    Returns
    -------
    callable
        Gives the gradient, with `has_aux` ``(gradient, aux)``.

    Raises
    ------
    ShapeError
        When the function's output has several entries, or `argnums` names no argument.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> grad(grad(lambda x: x**3))(tw.tensor(2.0)).item()
    12.0
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def at(*args: Any, **kwargs: Any) -> Any:
        slopes, value = both(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return at


def vmap(
    func: Function,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Function:
    """The function that computes `func` for every sample along an axis.

    The samples are computed one after the other and stacked, so every operation can be used, gradients go through, and
    the result is a loop's; it takes a loop's time too. What is written for a whole batch at once is faster.

    Parameters
    ----------
    func : callable
        Takes one sample; returns Tensors, in tuples, lists and dicts.
    in_dims : int or None, or tuple, list or dict of them
        Along which axis of each argument the samples lie; None for what is the same for all.
    out_dims : int or tuple of int
        Along which axis of each result they will lie.
    randomness : {"error", "same", "different"}
        Taken as PyTorch's; draws differ between samples. "same" is refused.
    chunk_size : int, optional
        How many samples PyTorch takes at once; it changes nothing here.

    Returns
    -------
    callable
        Takes and returns the same with one axis more.

    Raises
    ------
    ShapeError
        When the arguments have different numbers of samples, or none has any.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> vmap(tw.dot)(tw.tensor([[1.0, 2.0], [3.0, 4.0]]), tw.ones(2, 2)).tolist()
    [3.0, 7.0]
    >>> slopes = vmap(grad(lambda w, x: (w * x) ** 2), in_dims=(None, 0))  # a gradient for each sample
    >>> slopes(tw.tensor(2.0), tw.tensor([1.0, 3.0])).tolist()
    [4.0, 36.0]
    """
    if randomness not in ("error", "different"):
        raise SettingError(f"randomness is 'error' or 'different', not {randomness!r}", op="vmap")

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        dims = in_dims if isinstance(in_dims, (tuple, list)) else (in_dims,) * len(args)
        if len(dims) != len(args):
            raise ShapeError(f"in_dims {in_dims} has not one entry for each of {len(args)} arguments", op="vmap")
        sizes = {n for a, d in zip(args, dims, strict=True) for n in _sizes(a, d)}
        sizes |= {n for a in kwargs.values() for n in _sizes(a, 0)}
        if len(sizes) != 1:
            raise ShapeError(
                f"the arguments have different numbers of samples, {sorted(sizes)}"
                if sizes
                else "no argument has samples",
                op="vmap",
                hint="in_dims says along which axis they lie, and None for what is the same for all",
            )
        (size,) = sizes
        if size == 0:
            raise ShapeError("there are no samples, so nobody knows what the function gives", op="vmap")
        made = [
            func(
                *(_taken(a, d, i) for a, d in zip(args, dims, strict=True)),
                **{name: _taken(a, 0, i) for name, a in kwargs.items()},
            )
            for i in range(size)
        ]
        return _stacked(made, out_dims)

    return mapped


def _is_nest(thing: Any) -> bool:
    """Whether it is a dict, list or tuple of tensors; a list of numbers is a tensor's data."""
    parts = thing.values() if isinstance(thing, Mapping) else thing if isinstance(thing, (list, tuple)) else ()
    return any(isinstance(part, Tensor) or _is_nest(part) for part in parts)


def _leaves(thing: Any) -> Iterator[Any]:
    """The tensors of dicts, lists and tuples, in order."""
    if _is_nest(thing):
        for part in thing.values() if isinstance(thing, Mapping) else thing:
            yield from _leaves(part)
    else:
        yield thing


def _with_leaves(thing: Any, new: Iterator[Any]) -> Any:
    """The same dicts, lists and tuples of other tensors."""
    if not _is_nest(thing):
        return next(new)
    if isinstance(thing, Mapping):
        return {key: _with_leaves(part, new) for key, part in thing.items()}
    parts = [_with_leaves(part, new) for part in thing]
    return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)


def _parts(thing: Any, dims: Any) -> Iterator[tuple[Any, Any]]:
    """The parts of lists and dicts, each with what is said of it."""
    if isinstance(thing, Mapping):
        yield from ((value, dims[key] if isinstance(dims, Mapping) else dims) for key, value in thing.items())
    else:
        yield from zip(thing, dims if isinstance(dims, (tuple, list)) else [dims] * len(thing), strict=True)


def _sizes(thing: Any, dims: Any) -> Iterator[int]:
    if dims is None:
        return
    if isinstance(thing, (tuple, list, Mapping)):
        for part, d in _parts(thing, dims):
            yield from _sizes(part, d)
    elif isinstance(thing, Tensor):
        if not -thing.ndim <= dims < thing.ndim:
            raise ShapeError(f"a tensor of shape {thing.shape} has no axis {dims} of samples", op="vmap")
        yield thing.shape[dims]
    else:
        raise DTypeError(f"a {type(thing).__name__} has no samples: say None for it in in_dims", op="vmap")


def _taken(thing: Any, dims: Any, i: int) -> Any:
    """One sample."""
    if dims is None:
        return thing
    if isinstance(thing, Mapping):
        return dict(zip(thing, (_taken(part, d, i) for part, d in _parts(thing, dims)), strict=True))
    if isinstance(thing, (tuple, list)):
        parts = [_taken(part, d, i) for part, d in _parts(thing, dims)]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    return select(thing, dims, i)


def _stacked(made: list[Any], dims: Any) -> Any:
    """The results of all samples, with the axis of the samples where it is wanted."""
    first = made[0]
    if isinstance(first, Mapping):
        return {
            key: _stacked([m[key] for m in made], dims[key] if isinstance(dims, Mapping) else dims) for key in first
        }
    if isinstance(first, (tuple, list)):
        each = dims if isinstance(dims, (tuple, list)) else [dims] * len(first)
        parts = [_stacked(list(column), d) for column, d in zip(zip(*made, strict=True), each, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    if not isinstance(first, Tensor):
        raise DTypeError(f"the function must return Tensors, not {type(first).__name__}", op="vmap")
    return first if dims is None else movedim(stack(made), 0, dims)


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers than its own, which stay as they are.

    Parameters
    ----------
    module : Module
        What is called.
    parameter_and_buffer_dicts : dict of Tensor, or tuple of dicts
        By name, as `named_parameters` and `named_buffers` tell; those that are missing are the module's own.
    args : object, optional
        The arguments, in a tuple if there are several.
    kwargs : dict, optional
        Arguments by name.
    tie_weights : bool
        Whether a parameter with several names is replaced under all of them.
    strict : bool
        Whether every parameter and buffer must be given.

    Returns
    -------
    object
        What the module returns.

    Raises
    ------
    KeyError
        When a name is unknown, or with `strict` missing.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.Linear(2, 1)
    >>> functional_call(layer, {"weight": tw.ones(1, 2), "bias": tw.zeros(1)}, tw.tensor([3.0, 4.0])).tolist()
    [7.0]
    """
    dicts = parameter_and_buffer_dicts
    given = dict(dicts) if isinstance(dicts, Mapping) else {k: v for part in dicts for k, v in part.items()}
    places = _places(module)
    unknown = [name for name in given if name not in places]
    missing = [name for name in places if name not in given] if strict else []
    if unknown or missing:
        raise KeyError(f"functional_call: {'unknown' if unknown else 'missing'} names {', '.join(unknown or missing)}")
    if tie_weights:
        new = {id(places[name][0][places[name][1]]): value for name, value in given.items()}
        tied = {name: new[id(held[key])] for name, (held, key) in places.items() if id(held[key]) in new}
        given = {**tied, **given}
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(places, given):
        return module(*arguments, **(kwargs or {}))


def _places(module: Any) -> dict[str, tuple[dict[str, Any], str]]:
    """Where a module keeps its parameters and buffers, by name."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for path, part in module.named_modules(remove_duplicate=False):
        for held in (part._parameters, part._buffers):
            for key, value in held.items():
                if value is not None:
                    found[f"{path}.{key}" if path else key] = (held, key)
    return found


@contextmanager
def _replaced(places: dict[str, tuple[dict[str, Any], str]], given: dict[str, Any]) -> Iterator[None]:
    before = [(held, key, held[key]) for held, key in (places[name] for name in given)]
    try:
        for name, value in given.items():
            held, key = places[name]
            held[key] = value
        yield
    finally:
        for held, key, value in before:
            held[key] = value
