"""Derivatives of functions at given inputs, with the signatures of `torch.autograd.functional`.

`tinygrad_wtf.func` has the same derivatives as functions of functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_wtf.autograd import transforms
from tinygrad_wtf.autograd.forward import jacfwd
from tinygrad_wtf.errors import GraphError, ShapeError
from tinygrad_wtf.grad_mode import enable_grad, set_grad_enabled
from tinygrad_wtf.tensors.creation import ones_like

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _listed(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)


def _direction(op: str, v: Any, like: Any, what: str) -> tuple[Any, ...]:
    """The vectors, or 1 where there is one number."""
    if v is not None:
        return _listed(v)
    if len(like) != 1 or like[0].numel() != 1:
        raise ShapeError(f"v is needed where the {what} is not one number", op=op, shapes=[t.shape for t in like])
    return (ones_like(like[0]),)


def _strictly(op: str, strict: bool, func: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
    """Raise when an output does not depend on an input."""
    if not strict:
        return
    leaves = [x.detach().requires_grad_() for x in inputs]
    with enable_grad():
        outputs = _listed(func(*leaves))
    from tinygrad_wtf.autograd.backward import grad

    for i, y in enumerate(outputs):
        found = (
            grad(y, leaves, ones_like(y), retain_graph=True, allow_unused=True)
            if y.requires_grad
            else [None] * len(leaves)
        )
        for j, g in enumerate(found):
            if g is None:
                raise GraphError(f"output {i} does not depend on input {j}, and strict=True was asked for", op=op)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All partial derivatives of a function's outputs.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns one Tensor or a tuple.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    create_graph : bool
        Record the computation, so that the result can be differentiated.
    strict : bool
        Raise when an output does not depend on an input; otherwise its derivatives are 0.
    vectorize : bool
        How PyTorch computes it; it changes nothing here.
    strategy : {"reverse-mode", "forward-mode"}
        Row by row, or column by column: what is quicker for many inputs, or for many outputs.

    Returns
    -------
    Tensor or tuple
        Of shape ``output.shape + input.shape``; a tuple for several inputs, and a tuple of those for several outputs.

    Raises
    ------
    GraphError
        With `strict`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.autograd.functional.jacobian(lambda x: x * x, tw.tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(f"jacobian: strategy is 'reverse-mode' or 'forward-mode', not {strategy!r}")
    _strictly("jacobian", strict, func, _listed(inputs))
    if strategy == "forward-mode":
        given = _listed(inputs)
        with set_grad_enabled(create_graph):
            found = jacfwd(func, argnums=tuple(range(len(given))))(*given)
        if isinstance(inputs, (list, tuple)):
            return found
        return tuple(block[0] for block in found) if isinstance(found[0], tuple) else found[0]
    return transforms.jacobian(func, inputs, create_graph)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives of a function with one number as output.

    Parameters
    ----------
    func, inputs, create_graph, strict, vectorize
        As for `jacobian`.
    outer_jacobian_strategy : {"reverse-mode"}
        As PyTorch's; the other is not here.

    Returns
    -------
    Tensor or tuple of tuples of Tensor
        Of shape ``input.shape + input.shape``; for a tuple of inputs, entry [i][j] belongs to inputs i and j.

    Raises
    ------
    ShapeError
        If the output has more than one entry.
    GraphError
        With `strict`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.autograd.functional.hessian(lambda x: (x**3).sum(), tw.tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    if outer_jacobian_strategy != "reverse-mode":
        raise ValueError(f"hessian: outer_jacobian_strategy is 'reverse-mode', not {outer_jacobian_strategy!r}")
    _strictly("hessian", strict, func, _listed(inputs))
    return transforms.hessian(func, inputs, create_graph)


def _arranged(like: Any, parts: Any, create_graph: bool) -> Any:
    shown = tuple(part if create_graph else part.detach() for part in parts)
    return shown if isinstance(like, (list, tuple)) else shown[0]


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The function's outputs, and the product of a vector with its Jacobian.

    Parameters
    ----------
    func, inputs, create_graph, strict
        As for `jacobian`.
    v : Tensor or tuple of Tensor, optional
        The vector, of the outputs' shapes; 1 for one number.

    Returns
    -------
    (outputs, product)
        The product in the arrangement of the inputs.

    Raises
    ------
    ShapeError
        When `v` is missing, or does not fit.
    GraphError
        With `strict`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, product = tw.autograd.functional.vjp(lambda x: x * x, tw.tensor([1.0, 2.0]), tw.tensor([1.0, 10.0]))
    >>> product.tolist()
    [2.0, 40.0]
    """
    given = _listed(inputs)
    _strictly("vjp", strict, func, given)
    with set_grad_enabled(create_graph):
        outputs, pull = transforms.vjp(func, *given)
        found = pull(*_direction("vjp", v, _listed(outputs), "output"))
    return _arranged(outputs, _listed(outputs), create_graph), _arranged(inputs, found, create_graph)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The function's outputs, and the product of its Jacobian with a vector.

    Parameters
    ----------
    func, inputs, create_graph, strict
        As for `jacobian`.
    v : Tensor or tuple of Tensor, optional
        The vector, of the inputs' shapes; 1 for one number.

    Returns
    -------
    (outputs, product)
        The product in the arrangement of the outputs.

    Raises
    ------
    ShapeError
        When `v` is missing, or does not fit.
    GraphError
        With `strict`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, product = tw.autograd.functional.jvp(lambda x: x * x, tw.tensor([1.0, 2.0]), tw.tensor([1.0, 10.0]))
    >>> product.tolist()
    [2.0, 40.0]
    """
    given = _listed(inputs)
    _strictly("jvp", strict, func, given)
    with set_grad_enabled(create_graph):
        outputs, along = transforms.jvp(func, given, _direction("jvp", v, given, "input"))
    return _arranged(outputs, _listed(outputs), create_graph), _arranged(outputs, _listed(along), create_graph)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The function's value, and the product of its Hessian with a vector.

    Parameters
    ----------
    func, inputs, create_graph, strict
        As for `jacobian`; the function returns one number.
    v : Tensor or tuple of Tensor, optional
        The vector, of the inputs' shapes; 1 for one number.

    Returns
    -------
    (output, product)
        The product in the arrangement of the inputs.

    Raises
    ------
    ShapeError
        When the output has several entries, or `v` is missing or does not fit.
    GraphError
        With `strict`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, product = tw.autograd.functional.hvp(lambda x: (x**3).sum(), tw.tensor([1.0, 2.0]), tw.ones(2))
    >>> product.tolist()
    [6.0, 12.0]
    """
    given = _listed(inputs)
    _strictly("hvp", strict, func, given)
    direction = _direction("hvp", v, given, "input")
    with set_grad_enabled(create_graph):
        value, product = transforms.hvp(func, given, direction)
    return _arranged(value, (value,), create_graph), _arranged(inputs, _listed(product), create_graph)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The function's value, and the product of a vector with its Hessian: what `hvp` gives, as a Hessian is symmetric.

    Parameters
    ----------
    func, inputs, v, create_graph, strict
        As for `hvp`.

    Returns
    -------
    (output, product)
        The product in the arrangement of the inputs.

    Raises
    ------
    ShapeError
        When the output has several entries, or `v` is missing or does not fit.
    GraphError
        With `strict`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.autograd.functional.vhp(lambda x: (x**3).sum(), tw.tensor([1.0, 2.0]), tw.ones(2))[1].tolist()
    [6.0, 12.0]
    """
    return hvp(func, inputs, v, create_graph, strict)
