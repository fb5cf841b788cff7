"""How calls, views, costs and names of a program are put into words."""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.emit import function_name
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable, multiplies
from tinygrad_wtf.compiler.program import Program
from tinygrad_wtf.compiler.pytree import Leaf
from tinygrad_wtf.picture.model import readable
from tinygrad_wtf.picture.text import typed
from tinygrad_wtf.tensors.leaves import tensor_of

__all__ = ["Names", "address", "all_flops", "flops", "home_of", "name_of", "view_name", "written"]

LONGEST = 34  # characters of a call that a box has room for
VIEW_NAMES = {np.broadcast_to: "stretched", np.expand_dims: "one more dim", np.flip: "flipped"}


def address(array: np.ndarray[Any, Any]) -> int:
    """Where an array begins in memory."""
    return int(array.__array_interface__["data"][0])


def home_of(leaf: Any) -> int:
    """Where the numbers of a leaf lie; -1 if its tensor is gone."""
    tensor = tensor_of(leaf)
    return address(tensor.value) if tensor is not None and isinstance(tensor.value, np.ndarray) else -1


def name_of(program: Program) -> str:
    """What the function is called."""
    return readable(getattr(program.function, "__name__", type(program.function).__name__))


def flops(graph: Graph, call: Instruction) -> int:
    """Of a product: a multiplication and an addition for each pair of numbers. Of other calls 0."""
    if not multiplies(call) or not call.args or not graph.sample(call.args[0]).ndim:
        return 0
    return int(2 * graph.sample(call.result).size * graph.sample(call.args[0]).shape[-1])


def all_flops(program: Program) -> int:
    """Of all products, as the printed program says."""
    graph = program.executed
    return sum(flops(graph, call) for call in graph.instructions)


def written(graph: Graph, call: Instruction) -> str:
    """A call with the arguments that are fixed; a dot stands for each value that is read.

    Where every argument is such a value, the name of the function says it all.
    """
    name = call.label if call.label in ("check", "draw") else function_name(call.function)
    said = [_argument(graph, a) for a in call.args]
    said += [f"{key}={_setting(value)}" for key, value in call.settings.items() if value is not None]
    if all(text == "·" for text in said):
        return name
    return readable(f"{name}({', '.join(said)})", LONGEST)


def _argument(graph: Graph, a: Any) -> str:
    if not isinstance(a, Variable):
        return _setting(a)
    value = graph.values[a]
    if value.kind != "constant":
        return "·"
    sample = value.sample
    if sample.ndim == 0:
        return _setting(sample.item())
    if sample.size and (sample == sample.flat[0]).all():
        return f"all {_setting(sample.flat[0].item())}"
    return f"constant {sample.shape}"


def _setting(value: Any) -> str:
    """As one would type it, numbers with six digits."""
    return typed(value, _number_or_dtype)


def _number_or_dtype(value: Any) -> str | None:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return _setting(value.item())
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value.name) if isinstance(value, np.dtype) else None


def view_name(call: Instruction) -> str:
    """A view in a word or two."""
    function, settings = call.function, call.args[1:]
    if function is np.transpose:
        order = settings[0] if settings else None
        return "T" if order is None or tuple(order) == tuple(reversed(range(len(order)))) else f"axes {_setting(order)}"
    if function in (np.reshape, np.ravel):
        return f"as {_setting(settings[0])}" if settings else "flat"
    if function is operator.getitem:
        index = settings[0] if isinstance(settings[0], tuple) else (settings[0],)
        return f"[{', '.join(map(_setting, index))}]"
    return VIEW_NAMES.get(function, function_name(function))


class Names:
    """What values from outside are called: as in the function's signature, or as the tensors are."""

    def __init__(self, program: Program) -> None:
        self._arguments = _arguments(program)
        inputs = program.backward_program.inputs if program.backward_program is not None else []
        leaves = map(tensor_of, [*program.additions, *program.graph.gradients, *inputs])
        tensors = [*program.homes.values(), *(tensor for tensor in leaves if tensor is not None)]
        self._tensors = {address(t.value): t for t in tensors if isinstance(t.value, np.ndarray)}

    def argument(self, origin: Any) -> str:
        """The name of an argument, or of the share of one."""
        number = int(origin[0] if isinstance(origin, tuple) else origin)
        name = self._arguments.get(number, f"argument {number}")
        return f"{name}, samples {origin[2]} to {origin[3]}" if isinstance(origin, tuple) else name

    def memory(self, array: Any) -> tuple[str, bool]:
        """The name of memory, and whether it belongs to a tensor that learns."""
        tensor = self._tensors.get(address(array)) if isinstance(array, np.ndarray) else None
        if tensor is None or tensor.value.shape != array.shape:
            return _number(array), False
        learns = tensor.requires_grad and tensor.is_leaf
        return readable(tensor.name or ("parameter" if learns else "memory")), learns

    def leaf(self, leaf: Any) -> str:
        """The name of a leaf."""
        if isinstance(leaf, int):
            return self._arguments.get(leaf, f"argument {leaf}")
        tensor = tensor_of(leaf)
        return readable(tensor.name) if tensor is not None and tensor.name else "parameter"


def _number(array: Any) -> str:
    return _setting(array.item()) if isinstance(array, np.ndarray) and array.size == 1 else "memory"


def _arguments(program: Program) -> dict[int, str]:
    """By number: the name of the argument that is this tensor, or that holds it."""
    args, kwargs = program.given
    try:
        bound = inspect.signature(program.function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):  # a callable without a signature
        bound = {}
    found: dict[int, str] = {}
    for name, value in bound.items():
        if type(value) is Leaf:
            found.setdefault(value.number, readable(name))
        elif isinstance(value, tuple | list):
            for order, part in enumerate(value):
                if type(part) is Leaf:
                    found.setdefault(part.number, f"{readable(name)}[{order}]")
        elif isinstance(value, dict):
            for key, part in value.items():
                if type(part) is Leaf:
                    found.setdefault(part.number, f"{readable(name)}[{readable(repr(key))}]")
    return found
