"""Tensor: an array that remembers where it came from.

Here is how an operation is read on tensors: it is computed, and its step is recorded. The operators and methods are
in `operand`, what the operations are in `ops`, how gradients are found in `backward`.
"""

from __future__ import annotations

import builtins
import warnings
import weakref
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf import dtypes
from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import mode, silently
from tinygrad_wtf.core.mode import no_grad
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.op import Op, Operand
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.core.record import node_of as node_of
from tinygrad_wtf.core.record import wrap as wrap
from tinygrad_wtf.core.walk import backward
from tinygrad_wtf.errors import (
    DataError,
    DTypeError,
    ExportError,
    GraphError,
    IndexRangeError,
    SettingError,
    ShapeError,
    TinygradError,
)
from tinygrad_wtf.ops.arithmetic import _add, _div, _sub, cast, mul
from tinygrad_wtf.ops.comparison import logical_and, logical_not, logical_or, logical_xor
from tinygrad_wtf.ops.indexing import _write
from tinygrad_wtf.random import RandomSource
from tinygrad_wtf.tensors import leaves, promotion
from tinygrad_wtf.tensors.operators import Mathematics
from tinygrad_wtf.tensors.promotion import described

_NUMBER = (bool, int, float)
_new = object.__new__


def _of_booleans(sign: str, row: Op, reflected: bool = False) -> Any:
    def method(self: Tensor, *others: Any) -> Any:
        operands = (*others, self) if reflected else (self, *others)
        for a in operands:
            if not isinstance(a, bool) and getattr(a, "dtype", None) != dtypes.bool:
                raise DTypeError(
                    f"takes booleans, not {getattr(a, 'dtype', None) or described(a)}",
                    op=sign,
                    hint=f"Compare first, as in (x > 0), or use {row.name}",
                )
        return row(*operands)

    return method


class Tensor(TensorBase, Mathematics):
    """An array that records the operations on it.

    Parameters
    ----------
    data : array_like or Tensor
        Copied. Python numbers become `dtype`, or the default dtype; NumPy arrays keep theirs.
    requires_grad : bool
        Whether operations on it are recorded, so that `backward` gives it a gradient.
    dtype : dtype, optional
        float16, float32, float64, an integer dtype or bool.
    name : str, optional
        For pictures, explanations and error messages.

    Raises
    ------
    DTypeError
        For strings, None, ragged lists, complex numbers; or if an integer tensor is asked to require gradients.

    Examples
    --------
    The guide's neuron on one plant (theory 1): ``dL/dz = a - y``.

    >>> import tinygrad_wtf as tw
    >>> z = tw.Tensor(2.0, requires_grad=True, name="z")
    >>> a = z.sigmoid()
    >>> loss = -(1 - a).log()
    >>> loss.backward()
    >>> round(z.grad.item(), 4) == round(a.item(), 4) == 0.8808
    True
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None, name: str | None = None) -> None:
        before = getattr(self, "value", None)
        self.value = array_from(data, dtype, python_default=dtypes.get_default_dtype())
        self.node = None
        if before is not None:  # made anew, as `model.double()` does with its parameters
            changes.replaced(before, self.value)
        if requires_grad:
            count = changes.count
            self.requires_grad_()
            changes.count = count  # nothing relies on a tensor that is new
        if name is not None:
            self.name = name

    _promoted, _refuse = staticmethod(promotion.promoted), staticmethod(promotion.refuse)

    def as_leaf(self, requires_grad: builtins.bool = False) -> Node:
        """Become a leaf, and let it be known whose that is."""
        node = super().as_leaf(requires_grad)
        leaves.belongs(node, self)
        return node

    # -- what a tensor is ---------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the dimensions."""
        return self.value.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.value.ndim  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of number it holds."""
        return self.value.dtype  # type: ignore[no-any-return]

    @property
    def size(self) -> Size:
        """The number of entries, as in NumPy; called, ``t.size()`` and ``t.size(dim)``, the shape as in PyTorch."""
        return Size(self.value.size, self.value.shape)

    def dim(self) -> int:
        """The number of dimensions."""
        return self.value.ndim  # type: ignore[no-any-return]

    def numel(self) -> int:
        """The number of entries."""
        return int(self.value.size)

    def is_floating_point(self) -> bool:
        """Whether it holds floating-point numbers."""
        return bool(self.value.dtype.kind == "f")

    @property
    def name(self) -> str | None:
        """What the user calls it; shown in pictures, explanations and messages."""
        return None if self.node is None else self.node.name

    @name.setter
    def name(self, name: str | None) -> None:
        node_of(self).name = name

    # -- gradients ---------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded."""
        return self.node is not None and self.node.requires_grad

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Record operations on this tensor from now on, or stop; returns the tensor itself."""
        if not self.is_leaf:
            if requires_grad:
                return self
            raise GraphError(
                "only a leaf can stop requiring gradients",
                op=self._maker,
                hint="Use .detach() for a copy without history",
            )
        if requires_grad and self.value.dtype.kind != "f":
            raise DTypeError(
                f"a tensor of dtype {self.value.dtype} cannot require gradients",
                shapes=(self.shape,),
                hint="Only floating-point numbers have derivatives: convert it with .float() first",
            )
        before = self.node
        if requires_grad == self.requires_grad:
            return self
        # Another leaf from now on: what was recorded before goes on as it was recorded.
        node = self.node = leaves.before_freezing(before) or self.as_leaf(requires_grad)
        leaves.belongs(node, self)
        if before is not None:
            node.name, node.grad = before.name, before.grad
            if not requires_grad:
                leaves.frozen(node, before)
        changes.note()
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.node is None or self.node.op is None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` has added up here, or None."""
        node = self.node
        if node is None:
            return None
        mode.recorder.grad_read(node)
        gradient = node.grad
        if gradient is None and node.op is not None and not node.retains_grad:
            warnings.warn(
                "the gradient of a tensor that an operation made is not kept; call .retain_grad() before backward()",
                stacklevel=2,
            )
        if node.watch is not None:
            node.watch.is_seen = True  # when it is already held here, so that who counts its holders now counts this
        return gradient

    @grad.setter
    def grad(self, gradient: Tensor | None) -> None:
        if gradient is not None:
            if not isinstance(gradient, Tensor):
                raise DTypeError(f"a gradient is a Tensor or None, not {type(gradient).__name__}")
            if gradient.shape != self.shape or gradient.dtype != self.dtype:
                raise ShapeError(
                    f"a gradient of {gradient.shape} {gradient.dtype} does not fit {self.shape} {self.dtype}",
                    shapes=(gradient.shape, self.shape),
                    hint="A gradient has the shape and dtype of its tensor",
                )
        node = self.node or node_of(self)
        mode.recorder.grad_set(node)
        node.grad, node.additions = gradient, 0

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor too when `backward` passes, though an operation made it."""
        if not self.requires_grad:
            raise GraphError("a tensor that does not require gradients has none to retain")
        if not self.is_leaf:
            node_of(self).retains_grad = True

    @property
    def retains_grad(self) -> bool:
        """Whether an operation made it and its gradient will be kept."""
        return self.node is not None and self.node.retains_grad

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Hook:
        """Call `hook` with this tensor's gradient when it is complete; what it returns takes the gradient's place.

        Returns
        -------
        Hook
            Its ``remove()`` takes the hook away again.
        """
        if not self.requires_grad:
            raise GraphError("a tensor that does not require gradients cannot have a hook")
        node = node_of(self)
        handle = Hook(node, hook)
        node.hooks = (*node.hooks, handle)
        changes.note()
        return handle

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add to every leaf's `grad` the gradient of this tensor with respect to it.

        Parameters
        ----------
        gradient : Tensor, optional
            The cotangent to start from, of this tensor's shape; 1 for a tensor of one entry.
        retain_graph : bool, optional
            Keep the graph for another pass (by default as `create_graph`).
        create_graph : bool
            Record the pass itself, so that its results can be differentiated again.

        Raises
        ------
        GraphError
            If nothing was recorded, if the graph was freed by an earlier pass (the message says where), or if a
            tensor that a derivative needs was changed in place.
        ShapeError
            If the tensor has several entries and no `gradient` is given, or one of another shape.
        """
        backward(self, gradient, retain_graph, create_graph)

    def detach(self) -> Tensor:
        """The same memory without the history."""
        return wrap(self.value, None)

    @property
    def data(self) -> Tensor:
        """The same memory without the history; assigning gives the tensor other memory."""
        return wrap(self.value, None)

    @data.setter
    def data(self, data: Any) -> None:
        value = data.value if isinstance(data, Tensor) else array_from(data, self.dtype)
        if value.shape != self.shape or value.dtype != self.dtype:
            raise ShapeError(
                f"data of {value.shape} {value.dtype} cannot replace {self.shape} {self.dtype}",
                shapes=(value.shape, self.shape),
            )
        mode.recorder.replace(self, value)

    @property
    def _maker(self) -> str | None:
        return None if self.node is None or self.node.op is None else self.node.op.name

    # -- to Python and NumPy ---------------------------------------------------------------------

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as a NumPy array over the same memory, read-only: copy it to write.

        Backward relies on the values that it recorded, so they change only through the tensor
        (``t[i] = v`` or ``t.copy_(...)``), where it is noticed.
        """
        value = mode.recorder.read(self, "numpy()")
        view: np.ndarray[Any, Any] = value.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        value = mode.recorder.read(self, "turning it into a NumPy array, or printing it,")
        if self.requires_grad and mode.recording:
            raise GraphError(
                f"{self._label} of shape {self.shape} requires gradients, which NumPy would drop",
                op=self._maker,
                shapes=(self.shape,),
                hint="For the numbers alone use .detach(), or .numpy(); else Tensor methods and tw.stack([...])",
            )
        if dtype is not None and np.dtype(dtype) != value.dtype:
            if copy is False:
                raise ValueError(f"{value.dtype} cannot become {dtype} without a copy")
            return value.astype(dtype)  # type: ignore[no-any-return]
        return value.copy() if copy else self.numpy()

    def item(self) -> Any:
        """The only entry as a Python number."""
        value = mode.recorder.read(self, "item()")
        if value.size != 1:
            raise ShapeError(
                f"a tensor of shape {self.shape} has {value.size} entries, not one",
                op="item",
                shapes=(self.shape,),
                hint="Index one entry, reduce it with .sum() or .mean(), or use .tolist()",
            )
        return value.item()

    def tolist(self) -> Any:
        """The entries as nested lists of Python numbers."""
        value = mode.recorder.read(self, "tolist()")
        return value.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        value = mode.recorder.read(self, "using it as an index or a count")
        if value.dtype.kind not in "iub" or value.ndim:
            raise TypeError(f"only a 0-d integer tensor can be an index, not {self.shape} {self.dtype}")
        return int(value)

    def __bool__(self) -> bool:
        value = mode.recorder.read(self, "`if`, `while`, `and` or `bool()`")
        if value.size != 1:
            raise ShapeError(
                f"the truth of a tensor of shape {self.shape} is ambiguous",
                shapes=(self.shape,),
                hint="Use .any() or .all()",
            )
        return bool(value)

    def __len__(self) -> int:
        if not self.value.ndim:
            raise TypeError("a 0-d tensor has no length")
        return len(self.value)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.value.ndim:
            raise TypeError("a 0-d tensor cannot be iterated over")
        return (self[i] for i in range(len(self.value)))

    def __contains__(self, entry: Any) -> bool:
        return bool((self.value == (entry.value if isinstance(entry, Tensor) else entry)).any())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __repr__(self) -> str:
        value = mode.recorder.read(self, "printing it")
        numbers = np.array2string(value, separator=", ", prefix="tensor(")
        notes = [f"dtype={self.dtype}"]
        if self.name:
            notes.append(f"name={self.name!r}")
        if self._maker:
            notes.append(f"op={self._maker}")
        if self.requires_grad:
            notes.append("requires_grad=True")
        return f"tensor({numbers}, {', '.join(notes)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For Jupyter: the numbers, and the picture of a small graph where it can be drawn."""
        shown = {"text/plain": repr(self)}
        if self.requires_grad and not self.is_leaf:
            shown |= import_module("tinygrad_wtf.picture").bundle(self)  # it stands above: found when it is wanted
        return shown

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise GraphError(
                "only a leaf can be copied deeply", op=self._maker, hint="Use .detach().clone() or .clone()"
            )
        twin = _new(type(self))
        twin.value, twin.node = self.value.copy(), None
        memo[id(self)] = twin
        twin._restore(self.requires_grad, self.name, None if self.grad is None else self.grad.detach().clone())
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.is_leaf:
            raise GraphError("only a leaf can be pickled", op=self._maker, hint="Pickle .detach()")
        return _unpickled, (type(self), self.value, self.requires_grad, self.name, self.grad)

    def _restore(self, requires_grad: bool, name: str | None, grad: Tensor | None) -> None:
        if requires_grad:
            self.requires_grad_()
        if name is not None:
            self.name = name
        if grad is not None:
            self.grad = grad

    # -- conversions ---------------------------------------------------------------------

    def to(self, dtype: Any) -> Tensor:
        """The same values in another dtype; the gradient comes back in this one."""
        if dtype is self.value.dtype:
            return self
        wanted = dtypes.checked(dtype)
        if wanted == self.dtype:
            return self
        source = self if wanted.kind == "f" else self.detach()  # integers have no derivatives
        return cast(source, dtype=wanted)  # type: ignore[no-any-return]

    astype = to

    def float(self) -> Tensor:
        """As float32."""
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        """As float64."""
        return self.to(dtypes.float64)

    def half(self) -> Tensor:
        """As float16."""
        return self.to(dtypes.float16)

    def long(self) -> Tensor:
        """As int64."""
        return self.to(dtypes.int64)

    def int(self) -> Tensor:
        """As int32."""
        return self.to(dtypes.int32)

    def bool(self) -> Tensor:
        """As booleans."""
        return self.to(dtypes.bool)

    def clone(self) -> Tensor:
        """A copy in new memory, through which gradients pass."""
        return cast(self, dtype=self.dtype)  # type: ignore[no-any-return]

    def contiguous(self) -> Tensor:
        """The same values in row-major memory."""
        return self if self.value.flags.c_contiguous else self.clone()

    # -- logic: `&` of integers would be bits elsewhere, so it is refused rather than given another meaning -----------

    __and__ = _of_booleans("&", logical_and)
    __rand__ = _of_booleans("&", logical_and, reflected=True)
    __or__ = _of_booleans("|", logical_or)
    __ror__ = _of_booleans("|", logical_or, reflected=True)
    __xor__ = _of_booleans("^", logical_xor)
    __rxor__ = _of_booleans("^", logical_xor, reflected=True)
    __invert__ = _of_booleans("~", logical_not)

    # -- the doors through which memory changes ---------------------------------------------------------------------

    def __setitem__(self, index: Any, value: Any) -> None:
        self._write(index, value, "t[i] = v", "t.index_put((i,), v)` or `where(mask, v, t)")

    def copy_(self, other: Any) -> Tensor:
        """Overwrite the entries with those of `other`, broadcast to this shape."""
        return self._write(..., other, "copy_", "t = other")

    def fill_(self, number: Any) -> Tensor:
        """Overwrite every entry with a number."""
        return self._write(..., number, "fill_", "t = full_like(t, number)")

    def zero_(self) -> Tensor:
        """Overwrite every entry with 0."""
        return self._write(..., 0, "zero_", "t = zeros_like(t)")

    def add_(self, other: Any, alpha: Any = 1) -> Tensor:
        """Add in place."""
        return self._update(_add, other, "add_", "t = t + other", alpha)

    def sub_(self, other: Any, alpha: Any = 1) -> Tensor:
        """Subtract in place."""
        return self._update(_sub, other, "sub_", "t = t - other", alpha)

    def mul_(self, other: Any) -> Tensor:
        """Multiply in place."""
        return self._update(mul, other, "mul_", "t = t * other")

    def div_(self, other: Any) -> Tensor:
        """Divide in place."""
        return self._update(_div, other, "div_", "t = t / other")

    def __iadd__(self, other: Any) -> Tensor:  # type: ignore[misc]
        return self.add_(other) if self._is_updated else self + other

    def __isub__(self, other: Any) -> Tensor:  # type: ignore[misc]
        return self.sub_(other) if self._is_updated else self - other

    def __imul__(self, other: Any) -> Tensor:  # type: ignore[misc]
        return self.mul_(other) if self._is_updated else self * other

    def __itruediv__(self, other: Any) -> Tensor:  # type: ignore[misc]
        return self.div_(other) if self._is_updated else self / other

    @property
    def _is_updated(self) -> builtins.bool:
        """Whether ``t += ...`` is an update by hand: a leaf that requires gradients, while nothing is recorded.

        Everywhere else ``t += ...`` makes a new tensor of that name, as Python does with numbers.
        """
        return not mode.recording and self.requires_grad and self.is_leaf

    def _update(self, row: Op, other: Any, door: str, functional: str, alpha: Any = 1) -> Tensor:
        """Overwrite the entries with the row's values of them and of ``alpha * other``."""
        if self._can_meet(other) and type(alpha) in _NUMBER:
            mode.recorder.update(self, row, other, alpha)
            return self
        with no_grad():
            scaled = other if alpha == 1 else other * alpha
            updated = row(self.detach(), scaled.detach() if isinstance(scaled, Tensor) else scaled)
        return self._write(..., updated, door, functional)

    def _can_meet(self, other: Any) -> builtins.bool:
        """Whether NumPy may change this memory by that of `other` directly, with nothing to convert or to refuse."""
        if not isinstance(other, Tensor):
            return False
        mine, theirs = self.value, other.value
        if not mine.__class__ is theirs.__class__ is ndarray or mine.shape != theirs.shape:
            return False
        dtype, here = mine.dtype, mode.__dict__
        return (
            theirs.dtype is dtype
            and dtype.kind == "f"
            and mine.flags.writeable
            and not (here["recording"] and (self.requires_grad or other.requires_grad))
        )

    def _write(self, index: Any, value: Any, door: str, functional: str) -> Tensor:
        taken = isinstance(value, Tensor) and value.requires_grad
        if mode.recording and (self.requires_grad or taken):
            raise GraphError(
                f"{door} would change {self._label} of shape {self.shape} in place, which the graph cannot follow",
                op=door,
                shapes=(self.shape,),
                hint=f"Write `{functional}`, or change it inside `with no_grad():`",
            )
        # Python's numbers are rounded to this tensor's precision, not to the default one.
        array = array_from(value, None, python_default=self.dtype if self.is_floating_point() else None)
        if not hasattr(value, "dtype"):
            check_fit(array, self.dtype, door)
        if array.dtype.kind == "f" and self.value.dtype.kind != "f":
            raise DTypeError(
                f"{array.dtype} values cannot be written into a tensor of {self.dtype}",
                op=door,
                hint="Convert with .to()",
            )
        try:
            mode.recorder.write(self, index, array, _write)
        except TinygradError:
            raise
        except IndexError as error:
            raise IndexRangeError(
                f"{error}, in a tensor of shape {self.shape}", op=door, shapes=(self.shape,)
            ) from None
        except ValueError as error:
            raise ShapeError(
                f"{error}",
                op=door,
                shapes=(array.shape, self.shape),
                hint="A tensor that was expanded must be cloned first",
            ) from None
        return self

    @property
    def _label(self) -> str:
        return f"tensor {self.name!r}" if self.name else "a tensor"

    def bernoulli(self, p: builtins.float | None = None, *, generator: RandomSource = None) -> Tensor:
        """1 or 0 at random, with these probabilities, or with probability `p` in this shape."""
        from tinygrad_wtf.tensors.creation import bernoulli

        return bernoulli(self, p, generator=generator)

    # -- other libraries speak to tensors ---------------------------------------------------------------------

    def __dlpack_device__(self) -> tuple[builtins.int, builtins.int]:
        return self.value.__dlpack_device__()  # type: ignore[no-any-return]

    def __dlpack__(self, *, copy: builtins.bool | None = None, **settings: Any) -> Any:
        """A copy for another library. Memory that a graph relies on is not shared: a write to it would be unseen."""
        if self.requires_grad:
            raise ExportError("a tensor that requires gradients is not handed out", hint="Use .detach()")
        if copy is False:
            raise ExportError("a tensor's memory is not shared with other libraries", hint="Let it be copied")
        return self.value.copy(order="C").__dlpack__(**{k: v for k, v in settings.items() if v is not None})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        from tinygrad_wtf.tensors.numpy_protocol import call_ufunc

        return call_ufunc(ufunc, method, inputs, settings)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from tinygrad_wtf.tensors.numpy_protocol import call_function

        return call_function(function, args, kwargs)


TensorBase.made = Tensor


class Size(int):
    """A number of entries that can be called for the shape: ``t.size`` and ``t.size()`` both mean what they say."""

    shape: tuple[int, ...]

    def __new__(cls, entries: int, shape: tuple[int, ...]) -> Size:
        """Keep the shape beside the number."""
        size = super().__new__(cls, entries)
        size.shape = shape
        return size

    def __call__(self, dim: int | None = None) -> Any:
        """The whole shape, or one of its sizes."""
        return self.shape if dim is None else self.shape[dim]


class Hook:
    """The handle of a registered hook."""

    def __init__(self, node: Node, hook: Callable[..., Any]) -> None:
        self._node, self._hook = weakref.ref(node), hook

    def __call__(self, gradient: Tensor) -> Tensor | None:
        """Call the function that was registered."""
        return self._hook(gradient)  # type: ignore[no-any-return]

    def remove(self) -> None:
        """Take the hook away; another registration of the same function stays."""
        node = self._node()
        if node is not None:
            node.hooks = tuple(h for h in node.hooks if h is not self)
            changes.note()


def array_from(data: Any, dtype: Any, python_default: np.dtype[Any] | None = None) -> Any:
    """A new array with this data, checked; Python's floats become the default dtype, or all `python_default`."""
    data = _unwrapped(data)
    wanted = None if dtype is None else dtypes.checked(dtype)
    if isinstance(data, Operand):  # what a tensor holds while a reading is nested in it
        return data.copy() if wanted in (None, data.dtype) else data.astype(wanted)  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray | np.generic):
        if data.dtype.kind not in "biuf":
            dtypes.checked(data.dtype)  # says which are supported
        return _exactly(data, wanted or dtypes.checked(data.dtype))
    found = _array_of(data)
    if hasattr(data, "dtype") or _holds_arrays(data):
        return _exactly(found, wanted or dtypes.checked(found.dtype))
    if wanted is None:
        wanted = python_default or (dtypes.int64 if found.dtype.kind in "iuO" else None)
        if found.dtype.kind == "f" or (not found.size and python_default is None):
            wanted = python_default or dtypes.get_default_dtype()
    wanted = wanted or dtypes.checked(found.dtype)
    check_fit(found, wanted)
    return _exactly(found, wanted)


def _unwrapped(data: Any) -> Any:
    """The data with arrays in the place of tensors, also within lists."""
    if isinstance(data, Tensor):
        return data.value
    if isinstance(data, list | tuple) and any(isinstance(part, Tensor | list | tuple) for part in data):
        return [_unwrapped(part) for part in data]
    return data


def _array_of(data: Any) -> np.ndarray[Any, Any]:
    """What NumPy makes of numbers and lists; integers that no dtype holds stay Python's own, as objects."""
    try:
        found = np.array(data)
    except ValueError as error:
        deep = "maximum number of dimension" in str(error)
        raise DataError(
            "the lists are nested too deeply" if deep else "the nested lists are ragged: their lengths differ",
            hint="A tensor has at most 64 dimensions" if deep else "Make every row as long as the others",
        ) from None
    numbers = found.ravel().tolist() if found.dtype == object else []
    if found.dtype.kind not in "biuf" and not (numbers and all(isinstance(n, _NUMBER) for n in numbers)):
        raise DataError(
            f"cannot make a tensor of {described(data)}"
            + (": complex numbers are not supported" if found.dtype.kind == "c" else ""),
            hint="Give it numbers: a number, nested lists of numbers or a NumPy array",
        )
    if numbers and any(isinstance(n, float) for n in numbers):
        return _exactly(found, dtypes.float64)
    if found.dtype.kind == "f" and found.size and (np.abs(found) >= 2**63).any():
        exact = np.array(data, dtype=object)  # NumPy has rounded what lies beyond its largest integers
        if all(isinstance(n, int) for n in exact.ravel().tolist()):
            return exact
    return found


def _exactly(array: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """A copy in row-major memory, with this very object as its dtype: NumPy keeps one that is merely equal."""
    try:
        copied = silently(np.array, array, dtype=dtype, order="C")
    except OverflowError:
        raise SettingError(f"an integer is too large for {dtype}", hint="Scale the numbers first") from None
    if copied.dtype is not dtype:
        array, copied = copied, np.empty(copied.shape, dtype)
        copied[...] = array
    return copied  # type: ignore[no-any-return]


def check_fit(numbers: np.ndarray[Any, Any], dtype: np.dtype[Any], op: str | None = None) -> None:
    """Refuse Python's numbers that have no counterpart among integers: nan, inf, and what lies beyond the largest."""
    if dtype.kind not in "iu" or numbers.dtype.kind == "b" or not numbers.size:
        return
    limits = np.iinfo(dtype)
    low, end = int(limits.min), int(limits.max) + 1  # `end` is a power of 2, exact in floating point too
    low = low or 1 - end  # PyTorch counts unsigned integers from their end too
    if not ((numbers >= low) & (numbers < end)).all():
        wider = "Give it as a float, or with dtype=float64" if dtype == dtypes.int64 else "Use a wider dtype, as int64"
        raise SettingError(
            f"{numbers.tolist()} does not fit into {dtype}", op=op, hint="" if numbers.dtype.kind == "f" else wider
        )


def _holds_arrays(data: Any) -> bool:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.ndarray | np.generic)


def check_values(check: Callable[..., Any], *tensors: Tensor, idle_after: tuple[str, ...] = (), once: str = "") -> None:
    """Call `check` on the tensors' arrays: now, and in a compiled function whenever it runs.

    Parameters
    ----------
    check : callable
        Takes read-only arrays, and raises if something is wrong with them.
    *tensors : Tensor
        What to look at.
    idle_after : tuple of str
        The operations whose results cannot fail this check, so that it need not be made.
    once : str, optional
        A name for a check that looks at each tensor by itself: what has passed it, is not looked at again before
        somebody writes to it. A loss is given the same labels in every step of training.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> def no_zero(a):
    ...     if (a == 0).any():
    ...         raise ZeroDivisionError("an entry is 0")
    >>> tw.check_values(no_zero, tw.tensor([1.0, 2.0]))
    """
    if idle_after and all(t._maker in idle_after for t in tensors):
        return
    mode.recorder.check(check, tensors, once)


def _unpickled(kind: type[Tensor], value: Any, requires_grad: bool, name: str | None, grad: Tensor | None) -> Tensor:
    tensor = _new(kind)
    dtype = dtypes.checked(value.dtype)
    kept = getattr(value, "base", None) is None and value.dtype is dtype  # a buffer may be somebody else's
    tensor.value = value if kept else _exactly(value, dtype)
    tensor.node = None
    tensor._restore(requires_grad, name, grad)
    return tensor
