"""Derivatives of functions of tensors: Jacobians, Hessians, and their products with vectors.

The names and conventions are those of `torch.func`; `jacobian` and `hessian` take the inputs too, as in
`torch.autograd.functional`. A result keeps its history where that leads to a tensor of the caller's that requires
gradients, so transforms nest, and the gradients of a network's weights pass through them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_wtf.autograd.backward import grad
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.grad_mode import enable_grad, is_grad_enabled
from tinygrad_wtf.ops.functions.joining import stack
from tinygrad_wtf.ops.functions.shape import reshape
from tinygrad_wtf.tensors.creation import as_tensor, ones_like, zeros, zeros_like
from tinygrad_wtf.tensors.tensor import Tensor

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


class _Variables:
    """What one call of a transform differentiates with respect to: a recorded copy of each input.

    The copy is no leaf, so no later `backward` leaves a gradient on it. Until the function has run, something that
    requires gradients lies behind it: the user's own tensor, or a leaf of this call. So a transform within the function
    finds that it is inside this one.
    """

    def __init__(self, inputs: Sequence[Any], linked: bool) -> None:
        given = [as_tensor(x) for x in inputs]
        for i, x in enumerate(given):
            if not x.is_floating_point():
                raise DTypeError(f"input {i} is {x.dtype}, which has no derivatives", hint="Convert it with .float()")
        self._own = [x.detach().requires_grad_() for x in given if not (linked and x.requires_grad)]
        own = iter(self._own)
        self.xs = tuple((x if linked and x.requires_grad else next(own)).clone() for x in given)

    def close(self) -> None:
        """Let go of the leaves of this call, once the function has run."""
        for x in self._own:
            node_of(x).requires_grad = False


def _is_linked(tensors: Iterable[Tensor]) -> bool:
    """Whether a leaf that requires gradients lies behind one of these: the user's, or that of a transform around."""
    found = [t.node for t in tensors if t.node is not None and t.node.requires_grad]
    seen = set(found)
    while found:
        node = found.pop()
        if node.op is None:
            return True
        for source in node.inputs:
            if isinstance(source, Node) and source.requires_grad and source not in seen:
                seen.add(source)
                found.append(source)
    return False


def _shown(tensors: Sequence[Tensor], linked: bool) -> list[Tensor]:
    """The results as the caller gets them: with a history only where it leads to something of the caller's."""
    return [t if linked and _is_linked([t]) else t.detach() for t in tensors]


def _aux_shown(aux: Any, linked: bool) -> Any:
    """What a function returned beside its output, in whatever lists and dictionaries, as the caller gets it."""
    if isinstance(aux, Tensor):
        return _shown([aux], linked)[0]
    if type(aux) in (list, tuple):
        return type(aux)(_aux_shown(part, linked) for part in aux)
    return {key: _aux_shown(part, linked) for key, part in aux.items()} if type(aux) is dict else aux


def _outputs(result: Any) -> tuple[Tensor, ...]:
    outputs = tuple(result) if isinstance(result, list | tuple) else (result,)
    for y in outputs:
        if not isinstance(y, Tensor):
            raise DTypeError(f"the function must return Tensors, not {type(y).__name__}")
    return outputs


def _like(result: Any, parts: Sequence[Any]) -> Any:
    """The parts arranged as the result they belong to: one, or a tuple."""
    return tuple(parts) if isinstance(result, list | tuple) else parts[0]


def _pulled(
    outputs: Sequence[Tensor], xs: tuple[Tensor, ...], cotangents: Any, keep: bool, linked: bool
) -> list[Tensor]:
    """The gradients for these cotangents; zeros where an output does not depend on an input."""
    used = [(y, g) for y, g in zip(outputs, cotangents, strict=True) if y.requires_grad]
    found: tuple[Any, ...] = (None,) * len(xs)
    if used:
        found = grad(
            [y for y, _ in used], xs, [g for _, g in used], retain_graph=keep, create_graph=linked, allow_unused=True
        )
    return [zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]


def _jacobians(output: Tensor, xs: tuple[Tensor, ...], linked: bool) -> list[Tensor]:
    """For each input the derivatives of every entry of the output, of shape output.shape + input.shape."""
    rows: list[list[Tensor]] = []
    for i in range(output.numel()):
        unit = np.zeros(output.numel(), output.dtype)
        unit[i] = 1
        seed = Tensor(unit.reshape(output.shape), dtype=output.dtype)
        rows.append(_pulled([output], xs, [seed], keep=True, linked=linked))
    return [
        reshape(stack(column), (*output.shape, *x.shape)) if column else zeros(*output.shape, *x.shape, dtype=x.dtype)
        for x, column in zip(xs, zip(*rows, strict=True) if rows else ((),) * len(xs), strict=True)
    ]


def jacobian(func: Function, inputs: Any = None, create_graph: bool = False, *, argnums: Argnums = 0) -> Any:
    """All partial derivatives of a function's output with respect to its inputs.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns one Tensor or a tuple.
    inputs : Tensor or tuple of Tensor, optional
        Where to differentiate. Without it, the answer is the function that computes the Jacobian, as with
        `torch.func.jacrev`.
    create_graph : bool
        Record the computation, so that the result can be differentiated. (The returned function does so by itself
        when an argument, or a tensor that the function captures, requires gradients, and gradients are recorded.)
    argnums : int or tuple of int
        Which arguments of the returned function to differentiate with respect to.

    Returns
    -------
    Tensor or tuple of Tensor
        Of shape ``output.shape + input.shape``; a tuple when there are several inputs, and a tuple of those when
        there are several outputs.

    Raises
    ------
    DTypeError
        If an input is not floating point, or an output is not a Tensor.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.jacobian(lambda x: x * x, tw.Tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    >>> tw.jacrev(tw.sin)(tw.Tensor(0.0)).item()
    1.0
    """
    if inputs is None:
        return _at_arguments(func, argnums, lambda f, xs, linked: jacobian(f, xs, linked))
    given = inputs if isinstance(inputs, list | tuple) else (inputs,)
    with enable_grad():
        variables = _Variables(given, create_graph)
        result = func(*variables.xs)
        variables.close()
        outputs = _outputs(result)
        linked = create_graph and _is_linked(outputs)
        blocks = [_jacobians(y, variables.xs, linked) for y in outputs]
    return _like(result, [_like(inputs, _shown(block, linked)) for block in blocks])


def jacrev(func: Function, argnums: Argnums = 0) -> Function:
    """The function that computes the Jacobian of `func`: `jacobian` without inputs."""
    found: Function = jacobian(func, argnums=argnums)
    return found


def _at_arguments(func: Function, argnums: Argnums, derivative: Callable[..., Any]) -> Function:
    """A function of all arguments that differentiates with respect to those numbered."""

    @functools.wraps(func)
    def at(*args: Any, **kwargs: Any) -> Any:
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        if any(not -len(args) <= n < len(args) for n in numbers):
            raise ShapeError(f"argnums {argnums} names an argument that was not given; there are {len(args)}")
        chosen = tuple(args[n] for n in numbers)

        def of_chosen(*xs: Any) -> Any:
            full = list(args)
            for n, x in zip(numbers, xs, strict=True):
                full[n] = x
            return func(*full, **kwargs)

        return derivative(of_chosen, chosen if isinstance(argnums, tuple) else chosen[0], is_grad_enabled())

    return at


def hessian(func: Function, inputs: Any = None, create_graph: bool = False, *, argnums: Argnums = 0) -> Any:
    """All second derivatives of a function with one number as output.

    Parameters
    ----------
    func, inputs, create_graph, argnums
        As for `jacobian`.

    Returns
    -------
    Tensor or tuple of tuples of Tensor
        Of shape ``input.shape + input.shape``; for a tuple of inputs, entry [i][j] belongs to inputs i and j.

    Raises
    ------
    ShapeError
        If the output has more than one entry.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.hessian(lambda x: (x**3).sum(), tw.Tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    if inputs is None:
        return _at_arguments(func, argnums, lambda f, xs, linked: hessian(f, xs, linked))
    given = inputs if isinstance(inputs, list | tuple) else (inputs,)
    with enable_grad():
        variables = _Variables(given, create_graph)
        result = func(*variables.xs)
        variables.close()
        slopes = _slopes(result, variables.xs)
        linked = create_graph and _is_linked(slopes)
        blocks = [_jacobians(slope, variables.xs, linked) for slope in slopes]
    return _like(inputs, [_like(inputs, _shown(block, linked)) for block in blocks])


def _slopes(result: Any, xs: tuple[Tensor, ...]) -> list[Tensor]:
    """The recorded gradient of a function whose result is one number."""
    outputs = _outputs(result)
    if len(outputs) != 1 or outputs[0].numel() != 1:
        shapes = [y.shape for y in outputs]
        raise ShapeError(
            f"the function must return one number, not shapes {shapes}",
            shapes=shapes,
            hint="Reduce it with .sum() or .mean()",
        )
    return _pulled(outputs, xs, [ones_like(outputs[0])], keep=True, linked=True)


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The function's output, and the function that pulls a cotangent of it back to the inputs (`torch.func.vjp`).

    Parameters
    ----------
    func : callable
        Takes the primals; returns a Tensor or a tuple, with `has_aux` the pair (output, anything else).
    *primals : Tensor
        Where to differentiate.

    Returns
    -------
    (output, vjp_fn) or (output, vjp_fn, aux)
        ``vjp_fn(*cotangents)`` gives a tuple with one Tensor for each primal; a single Tensor for a single primal
        comes in a tuple too, as in PyTorch.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, pull = tw.vjp(tw.sin, tw.Tensor([0.0, 1.0]))
    >>> pull(tw.Tensor([2.0, 0.0]))[0].tolist()
    [2.0, 0.0]
    """
    recorded = is_grad_enabled()
    with enable_grad():
        variables = _Variables(primals, recorded)
        result, aux = func(*variables.xs) if has_aux else (func(*variables.xs), None)
        variables.close()
        outputs = _outputs(result)
        linked = recorded and _is_linked(outputs)

    def pull(*cotangents: Any) -> tuple[Tensor, ...]:
        given = cotangents[0] if len(cotangents) == 1 and isinstance(cotangents[0], list | tuple) else cotangents
        if len(given) != len(outputs):
            raise ShapeError(f"{len(given)} cotangents were given for {len(outputs)} outputs", op="vjp")
        directions = [as_tensor(g) for g in given]
        recorded = is_grad_enabled() and (linked or _is_linked(directions))
        with enable_grad():
            return tuple(_shown(_pulled(outputs, variables.xs, directions, keep=True, linked=recorded), recorded))

    shown = _like(result, _shown(outputs, linked))
    return (shown, pull, _aux_shown(aux, recorded)) if has_aux else (shown, pull)


def jvp(func: Function, primals: Any, tangents: Any, *, has_aux: bool = False) -> Any:
    """The function's output, and its derivative along the tangents (`torch.func.jvp`).

    The rules are linear in the cotangent, so the derivative of a pulled-back cotangent with respect to that cotangent
    is the push forward. What the function does inside `no_grad` is constant, as for backward.

    Parameters
    ----------
    func : callable
        Takes the primals; returns a Tensor or a tuple, with `has_aux` the pair (output, anything else).
    primals, tangents : tuple of Tensor
        Where, and in which direction, of the same shapes.

    Returns
    -------
    (output, derivative) or (output, derivative, aux)

    Raises
    ------
    ShapeError
        If the tangents do not match the primals.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, slope = tw.jvp(lambda x: x * x, (tw.Tensor([1.0, 2.0]),), (tw.Tensor([1.0, 10.0]),))
    >>> slope.tolist()
    [2.0, 40.0]
    """
    points = primals if isinstance(primals, list | tuple) else (primals,)
    directions = [as_tensor(d) for d in (tangents if isinstance(tangents, list | tuple) else (tangents,))]
    recorded = is_grad_enabled()
    with enable_grad():
        variables = _Variables(points, recorded)
        xs = variables.xs
        if [x.shape for x in xs] != [d.shape for d in directions]:
            raise ShapeError(
                "the tangents must have the primals' shapes",
                op="jvp",
                shapes=[x.shape for x in xs] + [d.shape for d in directions],
            )
        result, aux = func(*xs) if has_aux else (func(*xs), None)
        variables.close()
        outputs = _outputs(result)
        linked = recorded and _is_linked([*outputs, *directions])
        moved = [y for y in outputs if y.is_floating_point()]
        cotangents = _Variables([zeros_like(y) for y in moved], linked=False)
        cotangents.close()
        pulled = _pulled(moved, xs, cotangents.xs, keep=True, linked=True)
        pushed = iter(_pulled(pulled, cotangents.xs, directions, keep=True, linked=linked))
        slopes = [next(pushed) if y.is_floating_point() else zeros_like(y) for y in outputs]
    shown, along = (_like(result, _shown(tensors, linked)) for tensors in (outputs, slopes))
    return (shown, along, _aux_shown(aux, recorded)) if has_aux else (shown, along)


def hvp(func: Function, inputs: Any, v: Any) -> tuple[Tensor, Any]:
    """The function's value and the product of its Hessian with `v`, without forming the Hessian.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns one number.
    inputs, v : Tensor or tuple of Tensor
        Where, and with which vector, of the same shapes.

    Returns
    -------
    (Tensor, Tensor or tuple of Tensor)
        The value, and the product in the arrangement of the inputs.

    Raises
    ------
    ShapeError
        If the output has several entries, or `v` does not match the inputs.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, product = tw.hvp(lambda x: (x**3).sum(), tw.Tensor([1.0, 2.0]), tw.Tensor([1.0, 1.0]))
    >>> product.tolist()
    [6.0, 12.0]
    """
    given = inputs if isinstance(inputs, list | tuple) else (inputs,)
    vectors = [as_tensor(u) for u in (v if isinstance(v, list | tuple) else (v,))]
    recorded = is_grad_enabled()
    with enable_grad():
        variables = _Variables(given, recorded)
        xs = variables.xs
        if [x.shape for x in xs] != [u.shape for u in vectors]:
            raise ShapeError(
                "the vectors must have the inputs' shapes",
                op="hvp",
                shapes=[x.shape for x in xs] + [u.shape for u in vectors],
            )
        value = func(*xs)
        variables.close()
        slopes = _slopes(value, xs)
        linked = recorded and _is_linked([*slopes, *vectors])
        products = _pulled(slopes, xs, vectors, keep=True, linked=linked)
    (shown,) = _shown(_outputs(value), linked)
    return shown, _like(inputs, _shown(products, linked))
