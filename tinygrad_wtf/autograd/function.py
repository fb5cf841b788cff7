"""`Function`: a step of the graph whose forward and backward the user writes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.autograd.context import FunctionCtx as FunctionCtx  # PyTorch has it here
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.op import NO_SETTINGS, Op, Operand
from tinygrad_wtf.core.record import node_of, wrap
from tinygrad_wtf.core.unbroadcast import unbroadcast
from tinygrad_wtf.errors import DTypeError, GraphError, ShapeError
from tinygrad_wtf.grad_mode import no_grad, scope
from tinygrad_wtf.ops.rows import shape as rows
from tinygrad_wtf.tensors.tensor import Tensor
from tinygrad_wtf.tensors.views import view_of

ITEMS = "₀₁₂₃₄₅₆₇₈₉"


class Function:
    """A step of the graph with a forward and a backward of one's own.

    A subclass has ``forward(ctx, *args)``, which computes on tensors without being recorded, and
    ``backward(ctx, *gradients)``, which returns one gradient for each argument, None where there is none: a leaf's
    `grad` is then left as it was. ``MyFunction.apply(*args)`` calls it. Instead of taking `ctx`, ``forward(*args)`` may
    leave it to ``setup_context(ctx, inputs, output)``.

    Raises
    ------
    GraphError
        When `backward` returns another number of gradients than there are arguments.
    ShapeError
        When a gradient's shape does not fit its argument; one that was broadcast is summed.

    Notes
    -----
    `backward` is differentiated itself where it is asked for (``create_graph=True``), through the tensors that were
    saved. In a picture, and in `explain`, the function is one step with its name. A compiled function contains what it
    computes, in a layer of its name; one that uses NumPy (``x.numpy()``) is not compiled.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> class Square(tw.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = tw.tensor(3.0, requires_grad=True)
    >>> y = Square.apply(x)
    >>> y.backward()
    >>> y.item(), x.grad.item()
    (9.0, 6.0)
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result; the subclass says how."""
        raise NotImplementedError("a Function needs a static method forward(ctx, *args)")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what `backward` needs, where `forward` does not take `ctx`."""
        raise NotImplementedError("a Function needs a static method setup_context(ctx, inputs, output)")

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Give the gradients of the arguments; the subclass says how."""
        raise NotImplementedError("a Function needs a static method backward(ctx, *gradients)")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call it.

        Parameters
        ----------
        *args
            Tensors, and anything else.
        **kwargs
            Passed to `forward`; they have no gradients.

        Returns
        -------
        Tensor or tuple
            What `forward` returned.
        """
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        with no_grad(), scope(cls.__name__):
            if cls.setup_context is Function.setup_context:
                result = cls.forward(ctx, *args, **kwargs)
            else:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, result)
        outputs = tuple(result) if isinstance(result, (tuple, list)) else (result,)
        if mode.recording and any(ctx.needs_input_grad):
            made = recorded(cls, ctx, args, outputs)
        else:
            made = [wrap(y.value, None) if isinstance(y, Tensor) else y for y in outputs]
        return tuple(made) if isinstance(result, (tuple, list)) else made[0]


class FunctionOp(Op):
    """A `Function` as an operation of the graph: one use of it, with its context."""

    def __init__(self, cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outputs: list[Any]) -> None:
        self.name = self.sign = cls.__name__
        self.notation = f"{cls.__name__}({', '.join(['{}'] * len(args))})"
        self.function, self.ctx, self.outputs = cls, ctx, outputs  # of each result its shape and dtype, or None
        self.inputs = [(a.shape, a.dtype) if isinstance(a, Tensor) else None for a in args]
        self.arity, self.bare, self.takes, self.promoted = len(args), False, "anything", slice(None)
        self.partials, self.domain, self.kinks, self.hint, self.meaning = (), "", "", None, None
        self.binding, self.traits = None, frozenset()
        shape = outputs[0][0] if len(outputs) == 1 else (_size(outputs),)
        self.shape = lambda *shapes, **params: shape
        self.forward = lambda *args, **params: np.zeros(shape)  # what a formula takes for an example
        self.reads, self.keeps = {}, {}
        self._last: tuple[Any, Any, set[int]] = (None, None, set())

    @property
    def vjps(self) -> Any:  # type: ignore[override]  # an attribute would make a cycle
        """One rule for all arguments."""
        return self._vjp

    def vjp(self, i: int) -> Any:
        """The rule of argument `i`."""
        return functools.partial(self._vjp, i) if self.inputs[i] is not None else None

    def _vjp(self, i: int, g: Any, y: Any, *args: Any) -> Any:
        """The gradient of argument `i`; one call of `backward` serves all arguments."""
        if isinstance(g, Operand) and not isinstance(g, (Tensor, Bundle)) and not mode.recorder.takes(g):
            shape, _ = self.inputs[i]  # type: ignore[misc]
            which = f"{self.name}.backward({{}})" + (ITEMS[i % 10] if len(self.inputs) > 1 else "")
            return _Formula(which, shape)(g)
        known, found, asked = self._last
        if known is not g or i in asked:  # asked twice, it is another pass
            found, asked = self._backward(g), set()
        asked.add(i)
        is_over = asked.issuperset(j for j, needed in enumerate(self.ctx.needs_input_grad) if needed)
        self._last = (None, None, set()) if is_over else (g, found, asked)
        return found[i]

    def _backward(self, g: Any) -> list[Any]:
        """Call the user's `backward`; gives for each argument a gradient of its shape and dtype, as `g` is."""
        parts = _parts(g, self.outputs)
        is_recorded = any(isinstance(part, Tensor) for part in parts)
        given = []
        for part, about in zip(parts, self.outputs, strict=True):
            if part is None and self.ctx._materializes:
                shape, dtype = about or ((), float)
                part = np.zeros(shape, dtype)
            given.append(
                part
                if part is None or isinstance(part, Tensor)
                else wrap(np.asarray(part) if isinstance(part, np.generic) else part, None)
            )
        returned = self.function.backward(self.ctx, *given)
        gradients = returned if isinstance(returned, (tuple, list)) else (returned,)
        extra = gradients[len(self.inputs) :]
        if len(gradients) < len(self.inputs) or any(part is not None for part in extra):
            raise GraphError(
                f"backward returned {len(gradients)} gradients for {self.arity} arguments",
                op=self.name,
                hint="Return one for each argument of forward, None where there is none",
            )
        return [
            self._checked(i, gradient, is_recorded, parts) for i, gradient in enumerate(gradients[: len(self.inputs)])
        ]

    def _checked(self, i: int, gradient: Any, is_recorded: bool, parts: Sequence[Any]) -> Any:
        about = self.inputs[i]
        if about is None:
            if gradient is not None:
                raise GraphError(f"backward returned a gradient of argument {i}, which is no Tensor", op=self.name)
            return None
        shape, dtype = about
        if gradient is None:
            return None
        if not isinstance(gradient, Tensor):
            raise DTypeError(f"backward returns Tensors or None, not a {type(gradient).__name__}", op=self.name)
        if gradient.shape != shape:
            try:
                fits = np.broadcast_shapes(gradient.shape, shape) == gradient.shape
            except ValueError:
                fits = False
            if not fits:
                raise ShapeError(
                    f"backward returned a gradient of shape {gradient.shape} for argument {i} of shape {shape}",
                    op=self.name,
                    shapes=(gradient.shape, shape),
                    hint="A gradient has its argument's shape",
                )
            gradient = unbroadcast(gradient, shape)
        if gradient.dtype != dtype:
            gradient = gradient.to(dtype)
        if is_recorded:
            return gradient
        value = gradient.value
        # memory of the user's, such as what was saved, must not become somebody's gradient
        return value.copy() if isinstance(value, np.ndarray) and all(value is not part for part in parts) else value


class Bundle(Operand):
    """The cotangents of a function's several results on their way to it; None where there was none."""

    def __init__(self, parts: list[Any], outputs: list[Any]) -> None:
        self.parts, self.outputs = parts, outputs

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all in one row."""
        return (_size(self.outputs),)

    def __add__(self, other: Bundle) -> Bundle:
        both = zip(self.parts, other.parts, strict=True)
        return Bundle([b if a is None else a if b is None else a + b for a, b in both], self.outputs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        about = [shape for shape in self.outputs if shape is not None]
        filled = [
            np.zeros(about_[0]) if part is None else np.asarray(part)
            for part, about_ in zip(self.parts, self.outputs, strict=True)
            if about_ is not None
        ]
        return np.concatenate([part.ravel() for part in filled]) if about else np.zeros(0)


def _size(outputs: Sequence[Any]) -> int:
    return sum(int(np.prod(about[0], dtype=int)) for about in outputs if about is not None)


def _parts(g: Any, outputs: list[Any]) -> list[Any]:
    """The cotangent of each result."""
    if isinstance(g, Bundle):
        return g.parts
    if len(outputs) == 1:
        return [g]
    parts, start = [], 0  # all in one row, as a picture with numbers has them
    for about in outputs:
        size = 0 if about is None else _size([about])
        parts.append(None if about is None else g[start : start + size].reshape(about[0]))
        start += size
    return parts


class _Formula(Op):
    """What a formula says of a rule that only the user can read."""

    def __init__(self, notation: str, shape: tuple[int, ...]) -> None:
        self.name = self.sign = notation.partition("(")[0]
        self.notation, self.meaning, self.partials, self.binding = notation, None, (), None
        self.traits, self.domain, self.kinks, self.hint = frozenset(), "", "", None
        self.arity, self.bare, self.takes, self.promoted = 1, False, "anything", slice(None)
        self.reads, self.keeps = {}, {}
        self.shape = lambda g, **params: shape
        self.forward = lambda g, **params: np.zeros(shape, getattr(g, "dtype", float))

    @property
    def vjps(self) -> Any:  # type: ignore[override]
        """No rules: it is only written."""
        return ()


class _Item(_Formula):
    """One of a function's several results."""

    def __init__(self, number: int, outputs: list[Any]) -> None:
        super().__init__("{}", outputs[number][0])
        self.name, self.sign = f"output {number}", ITEMS[number % 10]
        self.number, self.outputs = number, outputs

    @property
    def vjps(self) -> Any:  # type: ignore[override]
        """The one rule."""
        return (self._bundled,)

    def _bundled(self, g: Any, y: Any, *args: Any) -> Any:
        if isinstance(g, Operand) and not isinstance(g, Tensor) and not mode.recorder.takes(g):
            return _Formula("{}", (_size(self.outputs),))(g)
        return Bundle([g if i == self.number else None for i in range(len(self.outputs))], self.outputs)


def recorded(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> list[Any]:
    """The results with their step of the graph."""
    differentiable = [
        isinstance(y, Tensor) and y.dtype.kind == "f" and all(y is not constant for constant in ctx._constant)
        for y in outputs
    ]
    about = [
        (y.shape, y.dtype) if isinstance(y, Tensor) and flag else None
        for y, flag in zip(outputs, differentiable, strict=True)
    ]
    if not any(differentiable):
        return [wrap(y.value, None) if isinstance(y, Tensor) else y for y in outputs]
    op = FunctionOp(cls, ctx, args, about)
    first = next(y for y, flag in zip(outputs, differentiable, strict=True) if flag)
    is_single = len(outputs) == 1
    step = _node(
        op,
        [node_of(a) if isinstance(a, Tensor) else a for a in args],
        first.dtype,
        first.shape if is_single else (_size(about),),
    )
    made: list[Any] = []
    nodes: list[Any] = []
    for i, (y, flag) in enumerate(zip(outputs, differentiable, strict=True)):
        if not isinstance(y, Tensor):
            made.append(y)
            nodes.append(None)
            continue
        node = None
        if flag:
            node = step if is_single else _node(_Item(i, about), [step], y.dtype, y.shape)
        nodes.append(node)
        made.append(_shown_by(y, node, args))
    ctx._settle(step, outputs, nodes)
    return made


def _shown_by(y: Tensor, node: Node | None, args: tuple[Any, ...]) -> Tensor:
    """The result; if it lies in the memory of an argument, a view that a recorded write does not follow."""
    result = wrap(y.value, node)
    source = next((a for a in args if isinstance(a, Tensor) and a.value is y.value), None)
    if source is not None:
        result._view = rows.reshape, (source,), {"shape": source.shape}, clock.time, False
    elif view_of(y) is not None:
        result._view = (*y._view[:4], False)
    return result


def _node(op: Op, around: list[Any], dtype: Any, shape: tuple[int, ...]) -> Node:
    node = Node()
    node.op, node.params, node.around, node.keep = op, NO_SETTINGS, tuple(around), ()
    node.shape, node.dtype, node.requires_grad = shape, dtype, True
    node.scope, node.time = mode.scope, clock.time
    return node
