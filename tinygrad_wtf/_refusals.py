"""What is said when a graph or a rule cannot do what was asked: the errors that the core raises, with their words."""

from __future__ import annotations

from types import CodeType
from typing import Any

from tinygrad_wtf._aliases import OWN_FOLDERS
from tinygrad_wtf.errors import DTypeError, GraphError, ShapeError


def _named(node: Any) -> str:
    return f"tensor {node.name!r}" if getattr(node, "name", None) else "a tensor"


def written_at(place: tuple[CodeType, int] | None) -> str:
    """Where a write was asked for: the line of the user's, or the function of the library."""
    if place is None:
        return ""
    code, at = place
    if code.co_filename.startswith(OWN_FOLDERS):
        return f", by {code.co_qualname}"
    lines = (line for start, end, line in code.co_lines() if start <= at < end)
    return f", at {code.co_filename}, line {next(lines, code.co_firstlineno)}"


def freed(node: Any) -> GraphError:
    """A step whose saved arrays were let go."""
    where = f" by the backward pass at {node.freed_at[0]}, line {node.freed_at[1]}" if node.freed_at else ""
    return GraphError(
        f"its saved arrays were freed{where}",
        op=node.op.name,
        shapes=(node.shape,),
        hint="For a second pass give the first one retain_graph=True, or compute the loss again",
        scope=node.scope,
    )


def changed(node: Any, array: Any, source: Any, place: tuple[CodeType, int] | None) -> GraphError:
    """A step of which a saved array was written to since; `source` is the node that it came from, or the array."""
    return GraphError(
        f"{_named(source)} of shape {array.shape} that its derivative needs was changed in place after it was used"
        f"{written_at(place)}",
        op=node.op.name,
        shapes=(array.shape,),
        hint="Call backward() before changing it, or change a copy (.clone())",
        scope=node.scope,
    )


def hook_result(node: Any, returned: Any) -> ShapeError:
    """What a hook returned that is no gradient of this node."""
    described = f"{returned.shape} {returned.dtype}" if hasattr(returned, "node") else repr(returned)
    return ShapeError(
        f"a hook returned {described} as the gradient of a tensor of {node.shape} {node.dtype}",
        shapes=(node.shape,),
        hint="A hook returns None or a Tensor of the gradient's shape and dtype",
    )


def rule_shape(node: Any, i: int, g: Any) -> ShapeError:
    """A gradient of another shape than its argument's: the rule did not sum over a stretched axis, say."""
    source = node.inputs[i]
    return ShapeError(
        f"the rule of argument {i} of {node.op.name} gave {_named(source)} of shape {source.shape} "
        f"a gradient of shape {g.shape}",
        op="backward",
        shapes=(g.shape, source.shape),
        hint="A rule sums its cotangent over the axes that were broadcast; gradcheck says more of a wrong rule",
        scope=node.scope,
    )


def numpy_in_rule(op: Any, i: int) -> DTypeError:
    """A rule that calls a function of NumPy on what is no array."""
    return DTypeError(
        f"the rule of argument {i} calls a function of NumPy, which takes arrays only",
        op=op.name,
        hint="Write the operation instead, as in x.exp() or tinygrad_wtf.exp(x)",
    )


def check_call(op: Any, args: tuple[Any, ...], params: dict[str, Any]) -> None:
    """Refuse what a NumPy function would take for its own: a third argument of `add` is where it writes."""
    if op.arity is not None and len(args) != op.arity:
        raise TypeError(f"{op.name} takes {op.arity} arguments, {len(args)} were given")
    if params and op.bare:
        raise TypeError(f"{op.name} takes no setting {', '.join(params)}")


def check_numbers(op: str, args: tuple[Any, ...], error: TypeError) -> None:
    """Refuse an argument of which an operation makes no numbers, such as text: that is why NumPy raised."""
    for a in args:
        if (
            not isinstance(a, int | float | list | tuple)
            and getattr(getattr(a, "dtype", None), "kind", "O") not in "biuf"
        ):
            what = repr(a) if a is None or isinstance(a, str | complex) else f"a {type(a).__name__}"
            raise DTypeError(
                f"cannot take {what}", op=op, hint="Give it a Tensor, a NumPy array or a number"
            ) from error
