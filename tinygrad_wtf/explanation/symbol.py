"""Symbol: the formula reading. What flows through a row is a name, and out comes the expression that the row makes.

An expression knows the shape and the dtype of what it stands for, so that rules which look at shapes can run; its
numbers are never computed. How it is written is in `formula`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.explanation import formula
from tinygrad_wtf.explanation.mathml import mathml
from tinygrad_wtf.tensors.operators import Mathematics

Shape = tuple[int, ...]


class Symbol(Mathematics):
    r"""An expression: a name, a constant, or an operation on other expressions.

    Parameters
    ----------
    name : str or None
        What it is called; None for a constant or an operation.
    value : array_like
        An example of what it stands for: only its shape and dtype matter, except in a constant, which is its value.
    op : Op, optional
        The operation, with its `args` (symbols all) and its settings `params`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.explanation.symbol import Symbol
    >>> y = Symbol("y", 0.5)
    >>> y * (1 - y)
    y (1 − y)
    >>> print((y / 2).latex())
    \frac{y}{2}
    """

    __slots__ = ("args", "fragment", "name", "op", "params", "value")

    def __init__(
        self,
        name: str | None,
        value: Any = 0.0,
        op: Op | None = None,
        args: tuple[Symbol, ...] = (),
        params: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.value = value if name is None else np.asarray(value)
        self.op = op
        self.args = args
        self.params = params or {}
        self.fragment: formula.Fragment | None = None  # how it is written in Unicode, kept from the first time

    @property
    def is_constant(self) -> bool:
        """Whether it is a number or an array, not a name and not an operation."""
        return self.op is None and self.name is None

    @property
    def shape(self) -> Shape:
        """Of the example."""
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        """Of the example."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Of the example."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the example."""
        return np.asarray(self.value).dtype

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Symbol:
        """Write the operation down."""
        if op.meaning is not None:
            meant: Symbol = op.meaning(*args, **params)
            return meant
        symbols = tuple(a if isinstance(a, Symbol) else constant(a) for a in args)
        return Symbol(None, _result(op, symbols, params), op, symbols, params)

    def like(self, shape: Shape, dtype: Any) -> Symbol:
        """The same expression, said to stand for an array of this shape and dtype."""
        if self.is_constant:
            return Symbol(None, np.broadcast_to(np.asarray(self.value, dtype), shape))
        return Symbol(self.name, _example(shape, dtype), self.op, self.args, self.params)

    def unicode(self) -> str:
        """Write the expression for a terminal or a picture."""
        return formula.written(self, formula.UNICODE)

    def latex(self) -> str:
        """Write the expression for a page that typesets mathematics."""
        return formula.written(self, formula.LATEX)

    def mathml(self) -> str:
        """Write the expression for a web page: an element that browsers typeset by themselves."""
        return mathml(self.latex())

    def __repr__(self) -> str:
        return self.unicode()


def constant(value: Any) -> Symbol:
    """A number or an array as an expression."""
    return Symbol(None, value)


def named(name: str, shape: Shape = (), dtype: Any = np.float64) -> Symbol:
    """A name for an array of this shape; the example takes the memory of one number."""
    return Symbol(name, _example(shape, dtype))


def row(name: str) -> Op:
    """The row of this name."""
    return Op.table[name]


def stretched(s: Symbol, shape: Shape) -> Symbol:
    """The expression, broadcast to a shape where it does not have it already."""
    return s if s.shape == shape else row("broadcast_to")(s, shape=shape)


def _example(shape: Shape, dtype: Any) -> np.ndarray[Any, Any]:
    one = _ONES.get(dtype)
    if one is None:
        one = _ONES[np.dtype(dtype)] = np.ones((), dtype).tobytes()
    return np.ndarray(shape, dtype, one, 0, (0,) * len(shape))


_ONES: dict[Any, bytes] = {}


# ---------------------------------------------------------------- what an operation gives, without its work


def _entrywise(op: Op) -> bool:
    return bool(op.partials) or isinstance(op.forward, np.ufunc) or "entrywise" in op.traits


def _result(op: Op, args: tuple[Symbol, ...], params: dict[str, Any]) -> Any:
    """An example of the operation's value: computed only where it is little work and may serve as an index."""
    values = [a.value for a in args]
    if _entrywise(op):
        shapes = {np.shape(v) for v in values} - {()}
        return _example(shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes), _dtype(op, values, params))
    with np.errstate(all="ignore"):
        if op.shape is not None:
            return _example(op.shape(*map(np.shape, values), **params), _result_dtype(op, values))
        found = np.asarray(op.forward(*values, **params))
    return found if found.dtype.kind != "f" else _example(found.shape, found.dtype)


def _dtype(op: Op, values: list[Any], params: dict[str, Any]) -> np.dtype[Any]:
    """What the operation gives for single entries; asked once for each meeting of dtypes."""
    key = (op.name, *(getattr(v, "dtype", type(v)) for v in values), *params.values())
    if key not in _DTYPES:
        ones = [np.ones((), v.dtype) if isinstance(v, np.ndarray) else v for v in values]
        with np.errstate(all="ignore"):
            _DTYPES[key] = np.asarray(op.forward(*ones, **params)).dtype
    return _DTYPES[key]


_DTYPES: dict[tuple[Any, ...], np.dtype[Any]] = {}


def _result_dtype(op: Op, values: list[Any]) -> np.dtype[Any]:
    if op.name in ("all", "any"):
        return np.dtype(bool)
    dtype = np.result_type(*values) if op.name == "matmul" else np.asarray(values[0]).dtype
    return np.dtype(np.int64) if op.name in ("sum", "prod") and dtype.kind != "f" else dtype
