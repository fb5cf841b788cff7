"""What of a graph is shown, under which key, and in which cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.walk import PASS
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.explanation.naming import computation_order, names
from tinygrad_wtf.picture.collapse import Item, Selection, Unit, arrange
from tinygrad_wtf.picture.model import Scope

__all__ = ["Placement", "common_scope"]


class Placement:
    """Every node's key and scope, and what stands for what is not shown.

    Attributes
    ----------
    roots, order : sequence of Node
        Where backward would start, and all nodes in the order of computation.
    names, keys : dict of Node to str
        What tensors are called, and the numbers of their boxes.
    selection, units : Selection, list of Unit
        What is shown, in the order of computation.
    scopes : dict of Node to Scope
        In which cluster each tensor is drawn.
    repeats : list of (Scope, int)
        The clusters that stand for a repetition, and for how many.
    leaves : set of Node
        The leaves that have a box.
    """

    def __init__(
        self, roots: Sequence[Node], depth: int | None, collapse: bool | str | None, focus: Node | None, hops: int
    ) -> None:
        self.roots = tuple(roots)
        self.order = computation_order(self.roots)
        if focus is not None and focus not in set(self.order):
            raise GraphError("the focus is not part of the graph", op="draw", hint="Give a tensor that led to the loss")
        self.names = names(self.roots)
        self.users: dict[Node, set[Unit]] = {}
        operations = [node for node in self.order if node.op is not None]
        self.selection = arrange(operations, depth=depth, collapse=collapse, focus=focus, hops=hops)
        self.units = self.selection.units
        self.unit_of = {node: unit for unit in self.units for node in unit.members}
        for node, unit in self.unit_of.items():
            for a in node.inputs:
                if isinstance(a, Node) and a.op is None:
                    self.users.setdefault(a, set()).add(unit)
        self.place = {unit: place for place, unit in enumerate(self.units)}
        self.keys = self._numbered()
        self.scopes = self._scopes()
        self.repeats: list[tuple[Scope, int]] = []
        self.inside = dict(self._repeated(self.selection.items, ()))
        self.leaves = self._shown_leaves()

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
                    scopes[a] = common_scope(scopes[a], node.scope) if a in scopes else node.scope
        scopes |= {root: () for root in self.roots if root.op is not None and root.scope[:1] != (PASS,)}
        return scopes

    def _repeated(self, items: Sequence[Item], around: tuple[tuple[int, str], ...]) -> Iterator[
        tuple[Unit, tuple[tuple[int, str], ...]]
    ]:  # fmt: skip
        """For each unit the repetitions that it lies in: at which depth of its scope, and under which title."""
        for item in items:
            if isinstance(item, Unit):
                yield item, around
                continue
            every = (*item.shown, *item.hidden[-1])  # also the one before: a layer that repeats lies inside
            scopes = [self.scope_of(unit) for unit in Selection(every).units]
            common = scopes[0]
            for scope in scopes[1:]:
                common = common_scope(common, scope)
            title = f"× {item.count:,}"
            number = 2
            while any(scope == (*common, title) for scope, _ in self.repeats):
                title = f"× {item.count:,} ({number})"
                number += 1
            self.repeats.append(((*common, title), item.count))
            yield from self._repeated(item.shown, (*around, (len(common), title)))

    def scope_of(self, unit: Unit) -> Scope:
        """The scope that all of a unit lies in."""
        scope = unit.members[0].scope
        for node in unit.members:
            scope = common_scope(scope, node.scope)
        return scope[:-1] if unit.is_closed and scope and unit.title == scope[-1] else scope

    def placed(self, scope: Scope, unit: Unit | None) -> Scope:
        """The scope with the repetitions in it, as clusters of their own."""
        path = list(scope)
        for added, (depth, title) in enumerate(self.inside.get(unit, ()) if unit else ()):
            path.insert(min(depth + added, len(path)), title)
        return tuple(path)

    def shown(self, node: Node) -> Unit | None:
        """The unit in which an operation is seen, or the one that stands for it; None out of sight."""
        return self.unit_of.get(self.selection.stands_for.get(node, node))

    def _shown_leaves(self) -> set[Node]:
        """The leaves with a box: used by an operation that is shown, or by several units, or given from outside."""
        users: dict[Node, set[Unit]] = {}
        seen: set[Node] = set()
        for node in self.order:
            unit = self.shown(node) if node.op is not None else None
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

    def closed_key(self, unit: Unit) -> str:
        """The key of a closed unit's box."""
        return f"closed_{self.keys[unit.members[-1]]}"


def common_scope(one: Scope, other: Scope) -> Scope:
    """The innermost scope that has both inside."""
    depth = 0
    while depth < min(len(one), len(other)) and one[depth] == other[depth]:
        depth += 1
    return one[:depth]
