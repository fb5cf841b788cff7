"""What a picture shows, as plain data: boxes, edges and clusters read from the recorded nodes.

No colours, no shapes on paper and no Graphviz here (`digraph.py` has those), and no arrays: the model holds what was
true when it was read and keeps nothing of the graph alive. Every box is numbered by its place in the traversal, never
by its address, so equal graphs give equal models in every process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from tinygrad_wtf.node import Node

__all__ = ["Box", "Cluster", "Edge", "Graph", "OperationBox", "Role", "Scope", "TensorBox", "read_graph", "readable"]

Role: TypeAlias = Literal["loss", "parameter", "input", "intermediate", "constant"]
Scope: TypeAlias = tuple[str, ...]

# The operations whose arguments may change places; about any other one, the picture says which argument is which.
SYMMETRIC = frozenset(("add", "mul", "maximum", "minimum"))
LONGEST_LABEL, LONGEST_DETAIL = 40, 28  # characters for which a box still has room


@dataclass(frozen=True, slots=True)
class TensorBox:
    """One tensor: who it is, what shape it has, and whether a gradient flows into it."""

    key: str
    role: Role
    label: str
    named: bool  # True where the label is the user's own name for the tensor
    shape: tuple[int, ...]
    dtype: str
    needs_gradient: bool
    scope: Scope


@dataclass(frozen=True, slots=True)
class OperationBox:
    """One recorded operation: its mathematical sign and the settings that it ran with."""

    key: str
    name: str
    sign: str
    detail: str
    scope: Scope


Box: TypeAlias = TensorBox | OperationBox


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of the gradient: from a result to its operation, or from an operation to one of its arguments."""

    tail: str
    head: str
    carries_gradient: bool
    argument: int | None = None  # the argument's position; None between a result and its operation
    order_matters: bool = False  # a - b is not b - a, so the picture says which argument this is


@dataclass(slots=True)
class Cluster:
    """The boxes of one scope, and the scopes inside it."""

    scope: Scope
    boxes: list[Box] = field(default_factory=list)
    inner: list[Cluster] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Graph:
    """A recorded graph, seen from the tensors at which backward would start; boxes are in backward order."""

    roots: tuple[TensorBox, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]

    @property
    def tensors(self) -> tuple[TensorBox, ...]:
        """The tensors, the loss first."""
        return tuple(box for box in self.boxes if isinstance(box, TensorBox))

    @property
    def operations(self) -> tuple[OperationBox, ...]:
        """The operations, the last computed first."""
        return tuple(box for box in self.boxes if isinstance(box, OperationBox))

    @property
    def title(self) -> str:
        """One line that says where the gradients start."""
        return f"Gradients flow from {_listed(box.label for box in self.roots)} to the leaves"

    @property
    def description(self) -> str:
        """A few sentences for a reader who cannot see the picture."""
        sentences = [_counted(len(self.operations), "operation") + "."]
        for role in ("parameter", "input"):
            labels = [box.label for box in reversed(self.tensors) if box.role == role]
            if labels:
                sentences.append(f"{_counted(len(labels), role)}: {_listed(labels)}.")
        layers = [readable(scope[-1]) for scope in dict.fromkeys(box.scope for box in self.operations) if scope]
        if layers:
            sentences.append(f"Layers, from the loss down: {_listed(layers)}.")
        return " ".join(sentences)

    def clusters(self) -> Cluster:
        """Sort the boxes into one cluster per scope, nested as the scopes were."""
        outermost = Cluster(())
        found: dict[Scope, Cluster] = {(): outermost}
        for box in self.boxes:
            for depth in range(1, len(box.scope) + 1):
                scope = box.scope[:depth]
                if scope not in found:
                    found[scope] = Cluster(scope)
                    found[scope[:-1]].inner.append(found[scope])
            found[box.scope].boxes.append(box)
        return outermost


def read_graph(roots: Sequence[Node]) -> Graph:
    """Read the graph recorded behind `roots`, without running or changing anything.

    Parameters
    ----------
    roots
        The nodes of the tensors at which backward would start, in the order in which to show them.

    Returns
    -------
    Graph
        Boxes and edges in backward order. An unnamed result is called ``v1``, ``v2`` ... in the order of computation,
        an unnamed leaf after its role.
    """
    order = _computation_order(roots)
    results = _tensor_boxes(order, roots)

    boxes: list[Box] = []
    edges: list[Edge] = []
    constants = 0
    for node in reversed(order):
        result = results[node]
        boxes.append(result)
        if node.op is None:
            continue
        name, sign = node.op.name, node.op.sign or node.op.name
        operation = OperationBox(f"op_{result.key}", name, sign, _detail(node), node.scope)
        boxes.append(operation)
        edges.append(Edge(result.key, operation.key, node.requires_grad))
        order_matters = len(set(map(id, node.inputs))) > 1 and name not in SYMMETRIC
        for position, argument in enumerate(node.inputs):
            if isinstance(argument, Node):
                box = results[argument]
                flows = argument.requires_grad and node.op.vjp(position) is not None
            else:
                flows = False
                constants += 1
                box = _constant_box(f"constant{constants}", argument, node.scope)
                boxes.append(box)
            edges.append(Edge(operation.key, box.key, flows, position, order_matters))
    return Graph(tuple(results[root] for root in dict.fromkeys(roots)), tuple(boxes), tuple(edges))


def _computation_order(roots: Sequence[Node]) -> list[Node]:
    """Every node once, arguments before results, earlier arguments first; a stack of our own, so depth is no limit."""
    order: list[Node] = []
    entered: set[Node] = set()
    pending: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
    while pending:
        node, arguments_done = pending.pop()
        if arguments_done:
            order.append(node)
        elif node not in entered:
            entered.add(node)
            pending.append((node, True))
            pending.extend((argument, False) for argument in reversed(node.inputs) if isinstance(argument, Node))
    return order


def _tensor_boxes(order: Sequence[Node], roots: Sequence[Node]) -> dict[Node, TensorBox]:
    """The box of every node: roles first, then names that count within a role."""
    starts = frozenset(roots)
    roles: dict[Node, Role] = {node: _role(node, is_root=node in starts) for node in order}
    scopes = _scopes(order) | dict.fromkeys(starts, ())
    unnamed = Counter(_role_word(roles[node], node) for node in order if not _user_name(node))

    boxes: dict[Node, TensorBox] = {}
    seen: Counter[str] = Counter()
    leaves = results = 0
    for node in order:
        role = roles[node]
        if node.op is None:
            leaves += 1
            key = f"leaf{leaves}"
        else:
            results += 1
            key = f"v{results}"
        label = _user_name(node)
        if not label and role == "intermediate":
            label = key
        elif not label:
            word = _role_word(role, node)
            seen[word] += 1
            label = f"{word} {seen[word]}" if unnamed[word] > 1 else word
        boxes[node] = TensorBox(
            key=key,
            role=role,
            label=label,
            named=bool(_user_name(node)),
            shape=node.shape,
            dtype=np.dtype(node.dtype).name,
            needs_gradient=node.requires_grad,
            scope=scopes[node],
        )
    return boxes


def _role(node: Node, *, is_root: bool) -> Role:
    if node.op is not None:
        return "loss" if is_root else "intermediate"
    return "parameter" if node.requires_grad else "input"


def _role_word(role: Role, node: Node) -> str:
    """A root that is not a single number is no loss: call it an output."""
    return "output" if role == "loss" and node.shape != () else role


def _user_name(node: Node) -> str:
    return readable((node.name or "").strip())


def _scopes(order: Sequence[Node]) -> dict[Node, Scope]:
    """Where each tensor is drawn: a result where it was computed, a parameter where it is used, the rest outside."""
    scopes: dict[Node, Scope] = {}
    for node in order:
        if node.op is None:
            continue
        scopes[node] = node.scope
        for argument in node.inputs:
            if isinstance(argument, Node) and argument.op is None and argument.requires_grad:
                scopes[argument] = _shared(scopes[argument], node.scope) if argument in scopes else node.scope
    return {node: scopes.get(node, ()) for node in order}


def _shared(one: Scope, other: Scope) -> Scope:
    """The innermost scope that holds both."""
    depth = 0
    while depth < min(len(one), len(other)) and one[depth] == other[depth]:
        depth += 1
    return one[:depth]


def _constant_box(key: str, value: object, scope: Scope) -> TensorBox:
    """A number or array that was never a tensor: a single number is its own label."""
    array = np.asarray(value)
    label = f"{array.item()!s:.12}" if array.ndim == 0 else "constant"
    dtype = array.dtype.name if array.ndim else "float32"  # a plain number takes its partner's dtype
    return TensorBox(key, "constant", label, False, array.shape, dtype, False, scope)


def _detail(node: Node) -> str:
    """The settings of an operation, in short; what is the ordinary case goes without saying."""
    said = []
    for name, value in node.params.items():
        ordinary = value is None or value is False or (name == "dims" and value == tuple(reversed(range(node.ndim))))
        if not ordinary:
            said.append(f"{name}={_setting(value)}")
    return readable(", ".join(said), LONGEST_DETAIL)


def _setting(value: object) -> str:
    """As one would type it; of an object that prints its address, which differs from run to run, only the kind."""
    if isinstance(value, tuple | list):
        return "(" + ", ".join(map(_setting, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if value is Ellipsis:
        return "..."
    return type(value).__name__ if " at 0x" in str(value) else str(value)


def readable(text: str, longest: int = LONGEST_LABEL) -> str:
    r"""Names come from users: show what cannot be printed as an escape, and cut what is too long for a box.

    Examples
    --------
    >>> print(readable("two\nlines"))
    two\nlines
    """
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _listed(labels: Iterable[str]) -> str:
    """Like "a", "a and b", "a, b and c", and no more than eight of them."""
    every = list(labels)
    if len(every) > 8:
        every = [*every[:7], f"{len(every) - 7:,} more"]
    return " and ".join(part for part in (", ".join(every[:-1]), every[-1]) if part)
