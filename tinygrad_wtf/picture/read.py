"""From recorded nodes to the plain model of a picture.

What is shown is chosen in `collapse.py`, the numbers are found in `numbers.py`, and each formula is what the row, or
its rule, says when it is read on names (`explanation`). Every box is numbered by its place in the order of
computation, never by its address, so equal graphs give equal models in every process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_wtf.autograd.backward import PASS
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.explanation.naming import computation_order, names
from tinygrad_wtf.explanation.steps import local_derivative, symbols, tidied
from tinygrad_wtf.explanation.symbol import Symbol, named
from tinygrad_wtf.picture import collapse as collapsing
from tinygrad_wtf.picture.model import (
    Box,
    ClosedBox,
    Edge,
    GradientState,
    Graph,
    Moment,
    OperationBox,
    Role,
    Scope,
    TensorBox,
    View,
    readable,
)
from tinygrad_wtf.picture.numbers import UNASKED, Array, Arrays, find_arrays, summary

__all__ = ["read_graph"]

# The operations whose arguments may change places; about any other one, the picture says which argument is which.
SYMMETRIC = frozenset(("add", "mul", "maximum", "minimum"))
LONGEST_DETAIL, LONGEST_EXPRESSION = 28, 34  # characters
MOST_LEAVES = 8  # of one kind at one operation, before they become one box


def read_graph(
    roots: Mapping[Node, Array],
    *,
    view: View = "backward",
    depth: int | None = None,
    collapse: bool | str | None = "auto",
    focus: Node | None = None,
    hops: int = 2,
    values: bool = True,
    subject: str = "",
    entries: int | None = None,
) -> Graph:
    """Read the graph recorded behind `roots`, without changing anything.

    Parameters
    ----------
    roots
        The nodes of the tensors at which backward would start, in the order in which to show them, and their values.
    view, depth, collapse, focus, hops, values
        As `draw` takes them.
    subject, entries
        What is drawn, if it is not a loss, and how many entries its parameters have.

    Returns
    -------
    Graph
        Boxes and edges in backward order.
    """
    return _Reader(roots, view, depth, collapse, focus, hops, values, subject, entries).graph()


class _Reader:
    """One reading: what is asked at each node is found once."""

    def __init__(
        self,
        roots: Mapping[Node, Array],
        view: View,
        depth: int | None,
        collapse: bool | str | None,
        focus: Node | None,
        hops: int,
        values: bool,
        subject: str,
        entries: int | None,
    ) -> None:
        self.roots, self.subject, self.entries = tuple(roots), subject, entries
        self.view: View = view
        self.order = computation_order(self.roots)
        if focus is not None and focus not in set(self.order):
            raise GraphError("the focus is not part of the graph", op="draw", hint="Give a tensor that led to the loss")
        self.names = names(self.roots)
        self.users: dict[Node, set[collapsing.Unit]] = {}
        operations = [node for node in self.order if node.op is not None]
        self.selection = collapsing.arrange(operations, depth=depth, collapse=collapse, focus=focus, hops=hops)
        self.units = self.selection.units
        self.unit_of = {node: unit for unit in self.units for node in unit.members}
        for node, unit in self.unit_of.items():
            for a in node.inputs:
                if isinstance(a, Node) and a.op is None:
                    self.users.setdefault(a, set()).add(unit)
        self.place = {unit: place for place, unit in enumerate(self.units)}
        self.wanted = values
        self.arrays = find_arrays(self.order, roots) if values else Arrays(unknown=UNASKED)
        self.keys = self._numbered()
        self.scopes = self._scopes()
        self.repeats: list[tuple[Scope, int]] = []
        self.inside = dict(self._repeated(self.selection.items, ()))
        self.leaves = self._shown_leaves()
        self.moment: Moment = self._moment()
        self.boxes: list[Box] = []
        self.edges: dict[tuple[object, ...], Edge] = {}
        self.linked: set[tuple[str, str]] = set()
        self.arriving: Counter[str] = Counter()

    # -- what is where

    def _numbered(self) -> dict[Node, str]:
        keys: dict[Node, str] = {}
        leaves = results = 0
        for node in self.order:
            if node.op is None:
                leaves += 1
                keys[node] = f"leaf{leaves}"
            else:
                results += 1
                keys[node] = f"v{results}"
        return keys

    def _scopes(self) -> dict[Node, Scope]:
        """Where each tensor is drawn: a result where it was computed, a parameter where it is used."""
        scopes: dict[Node, Scope] = {}
        for node in self.order:
            if node.op is None:
                continue
            scopes[node] = node.scope
            for a in node.inputs:
                if isinstance(a, Node) and a.op is None and a.requires_grad:
                    scopes[a] = _shared(scopes[a], node.scope) if a in scopes else node.scope
        scopes |= {root: () for root in self.roots if root.op is not None and root.scope[:1] != (PASS,)}
        return scopes

    def _repeated(self, items: Sequence[collapsing.Item], around: tuple[tuple[int, str], ...]) -> Iterator[
        tuple[collapsing.Unit, tuple[tuple[int, str], ...]]
    ]:  # fmt: skip
        """For each unit the repetitions that it lies in: at which depth of its scope, and under which title."""
        for item in items:
            if isinstance(item, collapsing.Unit):
                yield item, around
                continue
            every = (*item.shown, *item.hidden[-1])  # also the one before: a layer that repeats lies inside
            scopes = [self._scope_of(unit) for unit in collapsing.Selection(every).units]
            common = scopes[0]
            for scope in scopes[1:]:
                common = _shared(common, scope)
            title = f"× {item.count:,}"
            number = 2
            while any(scope == (*common, title) for scope, _ in self.repeats):
                title = f"× {item.count:,} ({number})"
                number += 1
            self.repeats.append(((*common, title), item.count))
            yield from self._repeated(item.shown, (*around, (len(common), title)))

    def _scope_of(self, unit: collapsing.Unit) -> Scope:
        scope = unit.members[0].scope
        for node in unit.members:
            scope = _shared(scope, node.scope)
        return scope[:-1] if unit.is_closed and scope and unit.title == scope[-1] else scope

    def _placed(self, scope: Scope, unit: collapsing.Unit | None) -> Scope:
        """The scope with the repetitions in it, as clusters of their own."""
        path = list(scope)
        for added, (depth, title) in enumerate(self.inside.get(unit, ()) if unit else ()):
            path.insert(min(depth + added, len(path)), title)
        return tuple(path)

    def _moment(self) -> Moment:
        if any(root.op is not None and root.saved is None for root in self.roots):
            return "freed"
        return "kept" if any(root.passes for root in self.roots) else "before"

    def _shown(self, node: Node) -> collapsing.Unit | None:
        """The unit in which an operation is seen, or the one that stands for it; None out of sight."""
        return self.unit_of.get(self.selection.stands_for.get(node, node))

    def _shown_leaves(self) -> set[Node]:
        """The leaves with a box: used by an operation that is shown, or by several units, or given from outside."""
        users: dict[Node, set[collapsing.Unit]] = {}
        seen: set[Node] = set()
        for node in self.order:
            unit = self._shown(node) if node.op is not None else None
            if unit is None:
                continue
            direct = node in self.unit_of
            for a in node.inputs:
                if isinstance(a, Node) and a.op is None:
                    users.setdefault(a, set()).add(unit)
                    if direct and (not unit.is_closed or not a.requires_grad):
                        seen.add(a)
        return (
            seen | {leaf for leaf, where in users.items() if len(where) > 1} | {r for r in self.roots if r.op is None}
        )

    # -- boxes

    def graph(self) -> Graph:
        """The whole model."""
        drawn: set[Node] = set()
        tensors: list[tuple[int, Node]] = []
        for unit in reversed(self.units):
            if unit.is_closed:
                for node in reversed(unit.members):
                    if node in self.roots:
                        self.boxes.append(self._tensor(node, unit))
                self._close(unit)
            else:
                (node,) = unit.members
                tensors.append((len(self.boxes), node))
                self.boxes.append(self._tensor(node, unit))
                self._operate(node, unit)
            for node in unit.members:
                grouped = self._crowded(node) if not unit.is_closed else {}
                for a in node.inputs:
                    if isinstance(a, Node) and a in self.leaves and a not in drawn and a not in grouped:
                        drawn.add(a)
                        tensors.append((len(self.boxes), a))
                        self.boxes.append(self._tensor(a, unit))
        for root in self.roots:
            if root.op is None and root not in drawn:
                drawn.add(root)
                self.boxes.append(self._tensor(root, None))
        self._connect()
        for at, node in tensors:  # how many gradients arrive is known only now
            box = self.boxes[at]
            assert isinstance(box, TensorBox)
            if self.arriving[box.key] > 1:
                self.boxes[at] = self._tensor(node, self.unit_of.get(node), box)
        boxes = {box.key: box for box in self.boxes}
        rooted = [boxes.get(self.keys[root]) for root in self.roots]
        return Graph(
            roots=tuple(
                box if isinstance(box, TensorBox) else self._tensor(root, None)
                for root, box in zip(self.roots, rooted, strict=True)
            ),
            boxes=tuple(self.boxes),
            edges=tuple(self.edges.values()),
            view=self.view,
            moment=self.moment,
            order=max((sum(part == PASS for part in node.scope) for node in self.order), default=0),
            subject=self.subject,
            notes=tuple(self.selection.notes),
            counts=(
                sum(node.op is not None for node in self.order),
                self._entries() if self.entries is None else self.entries,
            ),
            repeats=tuple(self.repeats),
            unknown="the model was run on zeros only to see its graph" if self.subject else self.arrays.unknown,
        )

    def _entries(self) -> int:
        return sum(node.size for node in self.order if self._role(node) == "parameter")

    def _is_data(self, node: Node) -> bool:
        return bool(self.subject) and (node.name or "").startswith("input")

    def _role(self, node: Node) -> Role:
        if node.op is not None:
            return "loss" if node in self.roots else "intermediate"
        return "parameter" if node.requires_grad and not self._is_data(node) else "input"

    def _tensor(self, node: Node, unit: collapsing.Unit | None, before: TensorBox | None = None) -> TensorBox:
        role = self._role(node)
        scope = before.scope if before else self._placed(self.scopes.get(node, ()), unit if role != "input" else None)
        if node in self.leaves and len(self.users.get(node, ())) > 1 and not before:
            scope = self.scopes.get(node, ())
        return TensorBox(
            key=self.keys[node],
            role=role,
            label=readable(self.names[node]),
            named=bool((node.name or "").strip()) and readable((node.name or "").strip()) == readable(self.names[node]),
            shape=node.shape,
            dtype=np.dtype(node.dtype).name,
            needs_gradient=node.requires_grad and not self._is_data(node),
            scope=scope,
            state=self._state(node),
            passes=node.additions if node.grad is not None else 0,
            uses=self.arriving[self.keys[node]],
            value=before.value if before else summary(self.arrays.values.get(node)),
            gradient=before.gradient if before else summary(self._gradient(node)),
        )

    def _gradient(self, node: Node) -> Array | None:
        """What `.grad` holds; of a tensor that holds none, what a pass gives."""
        return self.arrays.gradients.get(node) if node.grad is None or not self.wanted else np.asarray(node.grad.value)

    def _passing(self, node: Node) -> Array | None:
        """What a pass gives; where that is not known, what `.grad` holds of one pass."""
        if node not in self.arrays.gradients and node.additions == 1 and self.moment != "before":
            return self._gradient(node)
        return self.arrays.gradients.get(node)

    def _state(self, node: Node) -> GradientState:
        if not node.requires_grad or self._is_data(node):
            return "none"
        if node.grad is None:
            return "not computed" if self.moment == "before" or node.op is None else "passed"
        if not np.asarray(node.grad.value).any():
            return "zero"
        return "accumulated" if node.additions > 1 else "computed"

    def _operate(self, node: Node, unit: collapsing.Unit) -> None:
        assert node.op is not None
        shown = symbols(node, self.names)[1:]
        written = node.op(*shown, **node.params) if any(isinstance(a, Symbol) for a in shown) else None
        expression = written.unicode() if isinstance(written, Symbol) else ""
        self.boxes.append(
            OperationBox(
                key=f"op_{self.keys[node]}",
                name=node.op.name,
                sign=node.op.sign or node.op.name,
                detail=_detail(node),
                scope=self._placed(node.scope, unit),
                expression=readable(expression, LONGEST_EXPRESSION),
                latex=written.latex() if isinstance(written, Symbol) else "",
            )
        )

    def _close(self, unit: collapsing.Unit) -> None:
        inside = {a for node in unit.members for a in node.inputs if isinstance(a, Node) and a.op is None}
        learnt = [a for a in inside if a.requires_grad and a not in self.leaves]
        signs = [node.op.sign or node.op.name for node in unit.members if node.op is not None]
        self.boxes.append(
            ClosedBox(
                key=self._closed_key(unit),
                label=readable(unit.title),
                operations=len(unit.members),
                parameters=sum(a.size for a in learnt),
                shape=unit.members[-1].shape,
                scope=self._placed(self._scope_of(unit), unit),
                signs=readable("  ".join(dict.fromkeys(signs)), LONGEST_DETAIL),
            )
        )

    def _closed_key(self, unit: collapsing.Unit) -> str:
        return f"closed_{self.keys[unit.members[-1]]}"

    # -- edges

    def _connect(self) -> None:
        for unit in reversed(self.units):
            for node in unit.members:
                if not unit.is_closed:
                    key = f"op_{self.keys[node]}"
                    gradient = summary(self._passing(node))
                    self._add(Edge(self.keys[node], key, node.requires_grad, shape=node.shape, gradient=gradient))
                elif node in self.roots:
                    self._add(Edge(self.keys[node], self._closed_key(unit), node.requires_grad, shape=node.shape))
                self._connect_arguments(node, unit, hidden=False)
        for hidden, node in self.selection.stands_for.items():
            self._connect_arguments(hidden, self.unit_of[node], hidden=True)
        if self.selection.beyond:
            self._connect_beyond()

    def _connect_arguments(self, node: Node, unit: collapsing.Unit, *, hidden: bool) -> None:
        """The edges of one operation; those of a hidden one only where they lead out of its repetition."""
        assert node.op is not None
        shown = self.selection.stands_for.get(node, node)
        tail = self._closed_key(unit) if unit.is_closed else f"op_{self.keys[shown]}"
        order_matters = len(set(map(id, node.inputs))) > 1 and node.op.name not in SYMMETRIC
        grouped = self._crowded(node) if not unit.is_closed and not hidden else {}
        for i, a in enumerate(node.inputs):
            flows = isinstance(a, Node) and a.requires_grad and node.op.vjp(i) is not None
            if a in grouped if isinstance(a, Node) else False:
                self._add(Edge(tail, grouped[a], flows), merge=True)
                continue
            head = self._head(a, unit, f"{tail}_{i}", hidden)
            if head is None:
                continue
            merged = hidden or unit.is_closed or (isinstance(a, Node) and a in self.selection.stands_for)
            if hidden and (tail, head) in self.linked:
                if a not in self.selection.stands_for:  # each occurrence uses the same tensor
                    self._again(tail, head, i)
                continue
            again = merged and (tail, head) in self.linked
            formula = self._formula(shown, i) if flows and not unit.is_closed and not again else {}
            self._add(
                Edge(
                    tail,
                    head,
                    flows,
                    i if not unit.is_closed else None,
                    order_matters and not unit.is_closed,
                    shape=a.shape if isinstance(a, Node) else None,
                    gradient=summary(self.arrays.contributions.get((node, i))) if flows and not hidden else None,
                    factor=summary(self.arrays.factors.get((node, i))) if formula else None,
                    total=summary(self.arrays.totals.get((node, i))) if formula else None,
                    **formula,
                ),
                merge=merged,
            )

    def _head(self, a: object, unit: collapsing.Unit, key: str, hidden: bool) -> str | None:
        """The box that an argument is seen in; None without one, or if it lies in the same or a later one."""
        if not isinstance(a, Node):
            return None if hidden or unit.is_closed else self._constant(key, a, unit)
        if a.op is None:
            return self.keys[a] if a in self.leaves else None
        target = self._shown(a)
        if target is None or self.place[target] >= self.place[unit]:
            return None
        return self._closed_key(target) if target.is_closed else self.keys[self.selection.stands_for.get(a, a)]

    def _constant(self, key: str, value: object, unit: collapsing.Unit) -> str | None:
        """An array that was never a tensor gets a box; a number stands in the operation's formula."""
        array = np.asarray(value)
        if array.ndim == 0:
            return None
        scope = self._placed(unit.members[0].scope, unit)
        numbers = summary(array)
        box = TensorBox(key, "constant", "constant", False, array.shape, array.dtype.name, False, scope, value=numbers)
        self.boxes.append(box)
        return key

    def _crowded(self, node: Node) -> dict[Node, str]:
        """The leaves of an operation that has very many of a kind, and the one box for them."""
        found: dict[Node, str] = {}
        for learnt in (True, False):
            alone = dict.fromkeys(
                a
                for a in node.inputs
                if isinstance(a, Node) and a in self.leaves and a.requires_grad == learnt and len(self.users[a]) == 1
            )
            if len(alone) > MOST_LEAVES:
                key = f"op_{self.keys[node]}_{'parameters' if learnt else 'inputs'}"
                found |= dict.fromkeys(alone, key)
                if not any(box.key == key for box in self.boxes):
                    noun = "parameters" if learnt else "inputs"
                    entries = sum(a.size for a in alone) if learnt else 0
                    scope = self._placed(node.scope, self.unit_of.get(node))
                    self.boxes.append(ClosedBox(key, f"{len(alone):,} {noun}", 0, entries, None, scope))
        return found

    def _connect_beyond(self) -> None:
        """Dots where the graph goes on outside of the picture."""
        for node in self.order:
            for a in node.inputs:
                if not isinstance(a, Node) or (a.op is None and a not in self.leaves):
                    continue
                flows = a.requires_grad and node.op is not None
                if node in self.selection.beyond and (a in self.leaves or a in self.unit_of):
                    self._dots(f"{self.keys[a]}_above", (None, self.keys[a]), flows)
                elif node in self.unit_of and a in self.selection.beyond:
                    self._dots(f"op_{self.keys[node]}_below", (f"op_{self.keys[node]}", None), flows)

    def _dots(self, key: str, ends: tuple[str | None, str | None], flows: bool) -> None:
        if not any(box.key == key for box in self.boxes):
            self.boxes.append(ClosedBox(key, "…", 0, 0, None, ()))
        tail, head = ends
        self._add(Edge(tail or key, head or key, flows), merge=True)

    def _add(self, edge: Edge, merge: bool = False) -> None:
        """Note an edge; a merged one is counted with the one that is there already."""
        key: tuple[object, ...] = (edge.tail, edge.head) if merge else (edge.tail, edge.head, edge.argument)
        before = self.edges.get(key)
        if before is not None:
            edge = replace(
                before,
                carries_gradient=before.carries_gradient or edge.carries_gradient,
                gradient=None,
                total=None,
                times=before.times + edge.times,
            )
        elif (edge.carries_gradient and edge.argument is not None) or (merge and edge.carries_gradient):
            self.arriving[edge.head] += 1
        self.edges[key] = edge
        self.linked.add((edge.tail, edge.head))

    def _again(self, tail: str, head: str, argument: int) -> None:
        """Count a hidden use of a tensor with the one that is shown."""
        for key in ((tail, head, argument), (tail, head)):
            if key in self.edges:
                self.edges[key] = replace(self.edges[key], times=self.edges[key].times + 1, gradient=None, total=None)
                return

    def _formula(self, node: Node, i: int) -> dict[str, Any]:
        """What becomes of the gradient on its way to argument `i`, and the local derivative alone."""
        assert node.op is not None
        source = node.inputs[i]
        assert isinstance(source, Node)
        local = local_derivative(node, i, self.names)
        rule = node.op.vjp(i)
        assert rule is not None
        name = self.names[node]
        above = named(f"d({name})" if name.endswith("ᵀ") else f"d{name}", node.shape, node.dtype)
        whole = rule(above, *symbols(node, self.names), **node.params)
        if isinstance(whole, Symbol):
            whole = tidied(whole)
        entrywise = i < len(node.op.partials) and node.op.partials[i] is not None
        factor = entrywise and source.shape == node.shape
        said = f"× {_factor(local.unicode())}" if factor else str(whole)
        latex = rf"\times {local.latex()}" if factor else whole.latex() if isinstance(whole, Symbol) else str(whole)
        caption = f"summed to {source.shape}" if source.shape != node.shape and entrywise else ""
        return {
            "formula": said,
            "latex": latex,
            "local": local.unicode(),
            "local_latex": local.latex(),
            "whole": str(whole),
            "whole_latex": whole.latex() if isinstance(whole, Symbol) else str(whole),
            "entrywise": entrywise,
            "caption": caption,
        }


def _factor(text: str) -> str:
    """In brackets where the product would be misread."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and at and sign in "+−" and text[at - 1] == " ":
            return f"({text})"
    return f"({text})" if text.startswith("−") else text


def _shared(one: Scope, other: Scope) -> Scope:
    """The innermost scope that holds both."""
    depth = 0
    while depth < min(len(one), len(other)) and one[depth] == other[depth]:
        depth += 1
    return one[:depth]


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
