"""Views: tensors that show another's memory, and what a recorded write to that memory makes of their history.

To the graph a write is one more step: what the memory holds afterwards is a new value. A tensor that is written to
takes on the step's node (`take_on`), and if it is a view, what it shows does too: there the step is the old value with
this part replaced. All other views of that memory are made again when somebody reads them (`refresh`), with the
operations that made them, so that their history goes through the write.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from numpy import ndarray

from tinygrad_wtf._state import mode
from tinygrad_wtf.core.memory import clock, rebased
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import TensorBase, shows, wrap
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.grad_mode import set_grad_enabled
from tinygrad_wtf.ops.rows import indexing
from tinygrad_wtf.ops.rows.indexing import Section
from tinygrad_wtf.ops.rows.shape import inverse, permute, reshape


class View(NamedTuple):
    """How a tensor that shows another's memory was made: ``op(*args, **params)`` makes it again."""

    op: Any  # an Op, which would be read as a method here
    args: tuple[Any, ...]
    params: dict[str, Any]
    time: int  # when, on the clock of writes
    is_recorded: bool  # whether that was outside of `no_grad`

    @property
    def base(self) -> TensorBase:
        """The tensor whose memory is shown; it may be a view itself."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def is_one_of_several(self) -> bool:
        """Whether the operation gives several views, as `split`, `unbind` and iteration do."""
        return isinstance(self.params.get("index"), Section)

    def without(self, whole: Any, part: Any) -> Any:
        """The tensor `whole`, which is shown, with this part of it replaced."""
        return REPLACED[self.op](whole, part, **self.params)


REPLACED: dict[Any, Callable[..., Any]] = {  # by what made the view
    indexing.getitem: lambda whole, part, index: indexing.put(whole, part, index=index),
    reshape: lambda whole, part, shape: reshape(part, shape=whole.shape),
    permute: lambda whole, part, dims: permute(part, dims=inverse(dims)),
}


def view_of(tensor: TensorBase) -> View | None:
    """How the tensor shows another's memory, if it does (still: its own may have been replaced)."""
    found = getattr(tensor, "_view", None)
    if found is None:
        return None
    view = View(*found)
    value, whole = tensor.value, getattr(view.base, "value", None)
    is_shown = whole is not None and (value.__class__ is not ndarray or shows(value, whole))
    return view if is_shown else None


def links(tensor: TensorBase) -> Iterator[tuple[TensorBase, View]]:
    """The tensor, and how it shows another's memory; then that one, if it is a view itself, and so on."""
    while (view := view_of(tensor)) is not None:
        yield tensor, view
        tensor = view.base


def root_of(tensor: TensorBase) -> Any:
    """The tensor that a chain of views begins with: the one itself, if it is no view."""
    for _, view in links(tensor):
        tensor = view.base
    return tensor


def is_part(tensor: TensorBase, whole: TensorBase, index: Any) -> bool:
    """Whether the tensor is what `whole` shows at this index of numbers and slices."""
    view = view_of(tensor)
    parts = index if isinstance(index, tuple) else (index,)
    if view is None or view.base is not whole:
        return False
    return all(type(a) in (int, slice) for a in parts) and view.params.get("index") == parts


def can_be_made_again(tensor: TensorBase, view: View) -> bool:
    """Whether the operation that made the view gives the same places of memory now, and a write there can be noted."""
    if view.op not in REPLACED or tensor.value.__class__ is not ndarray:
        return view.op in REPLACED
    try:
        return _is_same(view.op.forward(view.base.value, **view.params), tensor.value)
    except (IndexError, ValueError):
        return False


def refresh(args: tuple[Any, ...]) -> None:
    """Make those tensors again that are views of memory whose history has changed since."""
    for tensor in args:
        if isinstance(tensor, TensorBase) and hasattr(tensor, "_view"):
            when, _ = rebased.get(id(root_of(tensor)), (0, None))
            for part, view in reversed(list(links(tensor))):
                if view.time < when and not _made_again(part, view):
                    break  # nor what shows this


def _made_again(tensor: TensorBase, view: View) -> bool:
    """Let the tensor show what its base is now, with the history of that; False if it can have none."""
    is_number = tensor.value.__class__ is ndarray
    if is_number and mode.recorder is not mode.eager:
        return True  # memory that a traced function found: the compiler looks itself at what lies in it
    if is_number and (view.is_one_of_several or not view.is_recorded):
        if mode.recording and root_of(tensor)._node.requires_grad:
            made = "at once with others" if view.is_one_of_several else "under no_grad()"
            raise GraphError(
                f"a view that was made {made} is read, after the memory that it shows was changed by a recorded write",
                op=view.op.name,
                shapes=(tensor.value.shape,),
                hint="Make the view after the write, or take .detach() of it",
            )
        return False
    with set_grad_enabled(view.is_recorded):
        again = view.op(*view.args, **view.params)
    if is_number and not _is_same(again.value, tensor.value):
        raise GraphError(
            f"a view of shape {tensor.value.shape} is read, after what it shows was given another shape in place",
            op=view.op.name,
            hint="Make the view anew",
        )
    if not is_number:
        tensor.value = again.value
    tensor._view = again._view
    follow(tensor, again._node)
    return True


def _is_same(a: Any, b: Any) -> bool:
    """Whether two arrays show the same places of memory in the same order."""
    return (a.ctypes.data, a.shape, a.strides) == (b.ctypes.data, b.shape, b.strides)


def follow(tensor: TensorBase, node: Node | None) -> None:
    """Give the tensor another node; its name, its gradient and the wish to retain one go along."""
    before, tensor._node = tensor._node, node
    if before is None or before is node:
        return
    if node is None:  # without a history, but what the leaf had is still its own
        if before.grad is None and before.name is None:
            return
        node = tensor.as_leaf()
    if before.name is not None and node.name is None:
        node.name = before.name
    if before.grad is not None:
        node.grad, node.additions = before.grad, before.additions
    if before.retains_grad:
        node.retains_grad = True
        del before.retains_grad


def take_on(tensor: TensorBase, node: Node | None, value: Any) -> None:
    """Give a tensor that was just written to its new history, and with it the memory that it shows a part of."""
    while (view := view_of(tensor)) is not None:
        before = view.base.node
        with set_grad_enabled(True):
            node = view.without(wrap(view.base.value, before), wrap(value, node))._node
        tensor, value = view.base, view.base.value
    mode.recorder.take_on(tensor)
    follow(tensor, node)


def was_rebased(root: TensorBase) -> None:
    """Note that views of this tensor are to be made again before they are read."""
    clock.time += 1
    key = id(root)
    rebased[key] = clock.time, weakref.ref(root, lambda _: rebased.pop(key, None) and None)
