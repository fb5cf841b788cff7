"""Layers that are computed again in the backward pass, instead of keeping what they computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.autograd.context import FunctionCtx
from tinygrad_wtf.autograd.function import Function, recorded
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import node_of, wrap
from tinygrad_wtf.core.walk import propagate
from tinygrad_wtf.errors import DTypeError, UnsupportedError
from tinygrad_wtf.grad_mode import enable_grad, is_compiling, scope
from tinygrad_wtf.random import get_rng_state, set_rng_state
from tinygrad_wtf.tensors.seeds import seeds_of
from tinygrad_wtf.tensors.tensor import Tensor

INSIDE = "checkpoint"


class Checkpoint(Function):
    """A part of a network as one step: what it computes is not kept, but computed again."""

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Compute the part again, and pass the gradients back through it."""
        is_recorded = mode.recording
        with enable_grad(), _as_then(ctx.random):
            stand_ins = _stand_ins(ctx.args, ctx.given, linked=is_recorded)
            outputs = _listed(ctx.run(stand_ins))
            targets = [node_of(stand_ins[i]) for i in ctx.places] + ctx.captured
            pairs = [
                (y, g)
                for y, g in zip(outputs, gradients, strict=True)
                if isinstance(y, Tensor) and y.requires_grad and g is not None
            ]
            found: dict[Node, Any] = dict.fromkeys(targets)
            with _leaves(targets):
                seeds = seeds_of([y for y, _ in pairs], [g for _, g in pairs], is_recorded)
                propagate(seeds, True, is_recorded, found.__setitem__, towards=found)
        made = [g if g is None or isinstance(g, Tensor) else wrap(np.asarray(g), None) for g in map(found.get, targets)]
        of_args = dict(zip(ctx.places, made, strict=False))
        return (*(of_args.get(i) for i in range(len(ctx.args))), *made[len(ctx.places) :])


def _listed(result: Any) -> tuple[Any, ...]:
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


@contextmanager
def _as_then(state: Any) -> Iterator[None]:
    """Inside the block, random numbers are drawn as they were then."""
    if state is None:
        yield
        return
    now = get_rng_state()
    set_rng_state(state)
    try:
        yield
    finally:
        set_rng_state(now)


@contextmanager
def _leaves(nodes: Sequence[Node]) -> Iterator[None]:
    """Inside the block, nothing lies behind these nodes: a gradient is theirs, and goes no further."""
    before = [(node, node.around) for node in nodes]
    for node in nodes:
        node.around = node.around[len(node.inputs) :]
    try:
        yield
    finally:
        for node, around in before:
            node.around = around


def _stand_ins(args: Sequence[Any], given: Sequence[Any], linked: bool) -> list[Any]:
    """The arguments once more, as leaves; or linked to where they came from, in a pass that is recorded."""
    made: list[Any] = []
    for a, (value, node) in zip(args, given, strict=True):
        if value is None:
            made.append(a)
        elif node is None:
            made.append(wrap(value, None))
        else:
            made.append(wrap(value, node).clone() if linked else wrap(value, None).requires_grad_())
    return made


def _captured(outputs: Sequence[Any], own: Sequence[Node], depth: int) -> list[Node]:
    """What the part uses besides its arguments: nodes that were there before it was computed."""
    found: dict[Node, None] = {}
    seen = set(own)
    stack = [y.node for y in outputs if isinstance(y, Tensor) and y.requires_grad]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if node.op is None or node.scope[depth : depth + 1] != (INSIDE,):
            found[node] = None
        else:
            stack += [source for source in node.inputs if isinstance(source, Node) and source.requires_grad]
    return list(found)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """Call a function without keeping what its derivatives need: the backward pass computes it again.

    The gradients are the same, and so are random draws; it takes time instead of memory. In a compiled function it is
    an ordinary call, as a program plans its memory itself.

    Parameters
    ----------
    function : callable
        Returns a Tensor, or a tuple of them. It must compute the same when it is called again.
    *args, **kwargs
        Its arguments. Gradients go to tensors among `args`, and to parameters and other tensors that the function uses.
    use_reentrant : bool, optional
        Taken as PyTorch's; there is one way here, which does what both are used for.
    preserve_rng_state : bool
        Whether the global generator draws the same numbers again (dropout).
    context_fn, determinism_check, debug
        PyTorch's defaults only.

    Returns
    -------
    Tensor or tuple
        What the function returned.

    Raises
    ------
    DTypeError
        When the function returns something else.
    UnsupportedError
        For a `context_fn`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.utils.checkpoint import checkpoint
    >>> x = tw.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: (x.exp() * x).sum(), x).backward()
    >>> bool(tw.allclose(x.grad, x.exp() * (x + 1)))
    True
    """
    if context_fn is not None or debug or determinism_check != "default":
        raise UnsupportedError("checkpoint: context_fn, determinism_check and debug are not here")

    def run(given: Sequence[Any]) -> Any:
        with scope(INSIDE):
            return function(*given, **kwargs)

    if is_compiling() or not mode.recording:
        return function(*args, **kwargs)
    random = get_rng_state() if preserve_rng_state else None
    depth = len(mode.scope)
    given = [(a.value, a.node if a.requires_grad else None) if isinstance(a, Tensor) else (None, None) for a in args]
    stand_ins = _stand_ins(args, given, linked=False)
    places = [i for i, (_, node) in enumerate(given) if node is not None]
    result = run(stand_ins)
    outputs = _listed(result)
    if not any(isinstance(y, Tensor) for y in outputs):
        raise DTypeError(f"the function must return Tensors, not {type(result).__name__}", op="checkpoint")
    captured = _captured(outputs, [node_of(stand_ins[i]) for i in places], depth)
    if not places and not captured:
        return result
    ctx: Any = FunctionCtx()
    ctx.set_materialize_grads(False)
    ctx.needs_input_grad = (*(node is not None for _, node in given), *(True for _ in captured))
    ctx.args = [None if isinstance(a, Tensor) else a for a in args]
    ctx.given, ctx.places, ctx.captured, ctx.run, ctx.random = given, places, captured, run, random
    ctx.mark_non_differentiable(*(y for y in outputs if isinstance(y, Tensor) and not y.requires_grad))
    shown = [wrap(np.broadcast_to(np.zeros((), node.dtype), node.shape), node) for node in captured]
    made = recorded(Checkpoint, ctx, (*args, *shown), outputs)
    return tuple(made) if isinstance(result, (tuple, list)) else made[0]


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True
) -> Any:
    """Call layers one after the other in segments, of which all but the last are computed again in the backward pass.

    Parameters
    ----------
    functions : Sequential, or list of callable
        The layers.
    segments : int
        How many parts to make.
    input : Tensor
        What the first layer takes.
    use_reentrant, preserve_rng_state
        As for `checkpoint`.

    Returns
    -------
    Tensor
        What the last layer gives.

    Raises
    ------
    ValueError
        When there are fewer layers than segments, or `segments` is not positive.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.utils.checkpoint import checkpoint_sequential
    >>> x = tw.tensor([0.5], requires_grad=True)
    >>> checkpoint_sequential([tw.exp, tw.sin, tw.cos], 2, x).sum().backward()
    >>> x.grad is not None
    True
    """
    layers = list(functions)
    if not 1 <= segments <= len(layers):
        raise ValueError(f"checkpoint_sequential: segments is a number from 1 to {len(layers)}, not {segments!r}")
    size = len(layers) // segments

    def part(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for layer in layers[start:end]:
                x = layer(x)
            return x

        return run

    for start in range(0, size * (segments - 1), size):
        input = checkpoint(part(start, start + size), input, preserve_rng_state=preserve_rng_state)
    return part(size * (segments - 1), len(layers))(input)
