"""The backward pass in single steps: through each argument of each operation, what flows back and why.

The one walk of `backward` is shown symbols instead of arrays; nothing is computed and nothing is changed, so it works
before a backward pass, and after one that has freed the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.core.walk import walk
from tinygrad_wtf.errors import DTypeError, GraphError
from tinygrad_wtf.explanation.definition import defined
from tinygrad_wtf.explanation.formula import summed_axes
from tinygrad_wtf.explanation.naming import TRANSPOSED, names
from tinygrad_wtf.explanation.symbol import Symbol, constant, named
from tinygrad_wtf.tensors.tensor import Tensor

Shape = tuple[int, ...]
Names = Mapping[Node, str]
Values = Mapping[Node, Symbol]
ABOVE = "ȳ"  # the gradient that arrives from above, where it has no name of its own


@dataclass(frozen=True, eq=False)
class Step:
    """How the gradient of a result reaches one of its arguments.

    Attributes
    ----------
    node, name : Node, str
        The result whose gradient flows back, and what it is called.
    argument : int
        Which argument this is about.
    source, source_name : Node, str
        That argument.
    local : Symbol
        The local derivative: of a row that works entry by entry the partial derivative; of any other what its rule
        makes of a gradient ȳ from above.
    upstream : Symbol
        The gradient of the result, by name; the number 1 where the pass begins.
    contribution : Symbol
        What this step adds to the argument's gradient.
    caption : str
        What happens to the shapes on the way; empty if nothing does.
    shape, source_shape : tuple of int
        Of the result and of the argument.
    """

    node: Node
    name: str
    argument: int
    source: Node
    source_name: str
    local: Symbol
    upstream: Symbol
    contribution: Symbol
    caption: str
    shape: Shape
    source_shape: Shape

    @property
    def op(self) -> Op:
        """The operation that made the result."""
        assert self.node.op is not None
        return self.node.op


def nodes_of(op: str, outputs: Any) -> list[Node]:
    """The nodes of a tensor or of several, at which a pass would begin."""
    found = []
    for output in outputs if isinstance(outputs, list | tuple) else (outputs,):
        if not isinstance(output, Tensor | Node):
            raise DTypeError(
                f"takes a Tensor, not {type(output).__name__}", op=op, hint="Give it the loss itself, not its number"
            )
        node = node_of(output) if isinstance(output, Tensor) else output
        if not node.requires_grad:
            raise GraphError(
                f"the tensor of shape {node.shape} has no recorded graph",
                op=op,
                hint="Compute the loss from tensors with requires_grad=True, outside no_grad()",
            )
        found.append(node)
    return found


def symbols(node: Node, names: Names, values: Values | None = None) -> tuple[Any, ...]:
    """Show a rule ``(y, *args)`` as named symbols, or as what is known of them; numbers as they are."""
    saved = node.saved or (None,) * (1 + len(node.inputs))
    known = values or {}
    y = named(names[node], node.shape, node.dtype)
    shown = zip(node.inputs, saved[1:], strict=True)
    return (y, *(known[a] if isinstance(a, Node) and a in known else _shown(a, array, names) for a, array in shown))


def _shown(a: Any, array: Any, names: Names) -> Any:
    if not isinstance(a, Node):
        return constant(a) if isinstance(a, np.ndarray) else a
    if a.dtype.kind != "f" and isinstance(array, np.ndarray):
        return Symbol(names[a], array)  # places and masks: what they are decides shapes
    if names[a].endswith(TRANSPOSED) and a.op is not None and isinstance(a.inputs[0], Node):
        return a.op(_shown(a.inputs[0], None, names), **a.params)
    return named(names[a], a.shape, a.dtype)


def gradient_name(name: str) -> str:
    """What the gradient of a tensor is called: ``dZ1`` of ``Z1``, ``d(W1ᵀ)`` of ``W1ᵀ``."""
    return f"d({name})" if name.endswith(TRANSPOSED) else f"d{name}"


def tidied(s: Symbol) -> Symbol:
    """The expression without what changes nothing: factors of 1, settled choices, transposes that undo each other.

    A row whose notation is a formula is written out, with the signs of its products.
    """
    if s.op is None:
        return s
    args = tuple(tidied(a) for a in s.args)
    definition = defined(s.op, args)
    if definition is not None:
        return definition
    name = s.op.name
    if name in ("mul", "div"):
        for one, other in ((args[1], args[0]), args)[: 2 if name == "mul" else 1]:
            if one.is_constant and np.all(one.value == 1) and other.shape == s.shape:
                return other
    if name in ENDLESS and args[1].is_constant and np.ndim(args[1].value) == 0 and np.isposinf(args[1].value):
        return constant(ENDLESS[name])
    if name == "where" and args[0].is_constant and np.size(args[0].value) == 1:
        return (args[1] if np.all(args[0].value) else args[2]).like(s.shape, s.dtype)
    if name == "permute" and args[0].op is s.op:
        inner, outer = args[0].params["dims"], s.params["dims"]
        if tuple(inner[d] for d in outer) == tuple(range(len(inner))):
            return args[0].args[0]
    return Symbol(None, s.value, s.op, args, s.params)


ENDLESS = {"gt": False, "ge": False, "lt": True, "le": True}  # how a number compares with infinity


def local_derivative(node: Node, i: int, names: Names | None = None) -> Symbol:
    """The local derivative of a result by its argument `i`, in the names of the tensors.

    Parameters
    ----------
    node : Node
        A result.
    i : int
        The argument.
    names : mapping of Node to str, optional
        What tensors are called; by default as `explanation.naming.names` calls them in the graph behind `node`.

    Returns
    -------
    Symbol
        For a row that works entry by entry its partial derivative; for any other what its rule makes of a gradient ȳ
        from above. 0 where there is none.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.explanation import local_derivative
    >>> z = tw.Tensor([2.0, 3.0], requires_grad=True, name="z")
    >>> a = z.sigmoid()
    >>> a.name = "a"
    >>> local_derivative(a.node, 0)
    a ∘ (1 − a)
    """
    shown = symbols(node, _names([node]) if names is None else names)
    assert node.op is not None
    return _local(node.op, i, node, shown)


_names = names  # the argument of the same name hides it


def _local(op: Op, i: int, node: Node, shown: tuple[Any, ...]) -> Symbol:
    partial = op.partials[i] if i < len(op.partials) else None
    if partial is not None:
        found = partial(*shown, **node.params)
    else:
        rule = op.vjp(i)
        found = 0 if rule is None else rule(named(ABOVE, node.shape, node.dtype), *shown, **node.params)
    return tidied(found) if isinstance(found, Symbol) else constant(found)


def steps(loss: Any) -> list[Step]:
    """Every step of the backward pass, in its order.

    Parameters
    ----------
    loss : Tensor, or list of Tensor
        Where the pass begins.

    Returns
    -------
    list of Step
        One for each argument of each operation that a gradient reaches.

    Raises
    ------
    GraphError
        If a tensor has no recorded graph.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.explanation import steps
    >>> x = tw.Tensor(3.0, requires_grad=True, name="x")
    >>> [(step.source_name, step.local, step.contribution) for step in steps((x * x).exp())]
    [('v1', L, L), ('x', x, dv1 x), ('x', x, dv1 x)]
    """
    roots = nodes_of("steps", loss)
    return list(walked(roots, names(roots)))


def walked(roots: Sequence[Node], names: Names, values: Values | None = None) -> Iterator[Step]:
    """The steps, as the walk reaches them."""

    def complete(node: Node, g: Any) -> Any:
        given = isinstance(g, Symbol) and g.is_constant
        return g if given else named(gradient_name(names[node]), node.shape, node.dtype)

    seeds = [
        (root, constant(np.ones(root.shape, root.dtype)) if root.size == 1 else complete(root, None)) for root in roots
    ]
    latest: list[tuple[Any, ...]] = [()]
    for node, g in walk(seeds, lambda node: latest[0], None, complete):
        op = node.op
        if op is None:
            continue
        latest[0] = shown = symbols(node, names, values)
        for i, source in enumerate(node.inputs):
            rule = op.vjp(i)
            if not isinstance(source, Node) or not source.requires_grad or rule is None:
                continue
            contribution = tidied(rule(g, *shown, **node.params))
            caption = "; ".join(captions(contribution, source, node, names))
            yield Step(
                node, names[node], i, source, names[source], _local(op, i, node, shown), g, contribution, caption,
                node.shape, source.shape,
            )  # fmt: skip


def captions(contribution: Symbol, source: Node, node: Node, names: Names) -> list[str]:
    """What happens to shapes in an expression, step by step."""
    found: list[str] = []
    seen: set[int] = set()

    def visit(s: Symbol) -> None:
        if id(s) in seen:
            return
        seen.add(id(s))
        for a in s.args:
            visit(a)
        if s.op is None:
            return
        before = s.args[0].shape if s.args else ()
        if s.op.name == "reshape":
            found.append(f"reshape {before} -> {s.shape}")
        elif s.op.name == "broadcast_to":
            found.append(f"broadcast {before} -> {s.shape}")
        elif s.op.name == "sum_to":
            axes = summed_axes(s)
            which = f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"
            found.append(f"sum over {which}, because {names[source]} was broadcast {s.shape} -> {before}")

    visit(contribution)
    return found
