"""The boxes of a picture: tensors, operations, and what is closed to one."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.explanation.steps import symbols
from tinygrad_wtf.explanation.symbol import Symbol
from tinygrad_wtf.picture.collapse import Unit
from tinygrad_wtf.picture.model import (
    Box,
    ClosedBox,
    GradientState,
    Moment,
    OperationBox,
    Role,
    TensorBox,
    readable,
)
from tinygrad_wtf.picture.numbers import Array, Arrays, summary
from tinygrad_wtf.picture.reading.placement import Placement
from tinygrad_wtf.picture.reading.settings import LONGEST_SETTINGS, settings

__all__ = ["Boxes"]

LONGEST_EXPRESSION = 34  # characters
MOST_LEAVES = 8  # of one kind at one operation, before they become one box


class Boxes:
    """The boxes made so far, in `found`.

    Parameters
    ----------
    at : Placement
        Where each goes.
    arrays : Arrays
        The numbers in them.
    moment : Moment
        Whether a backward pass has run.
    with_gradients : bool
        Whether they show what `.grad` holds.
    of_model : bool
        Whether a model is drawn, whose inputs are no parameters.
    """

    def __init__(self, at: Placement, arrays: Arrays, moment: Moment, with_gradients: bool, of_model: bool) -> None:
        self.at, self.arrays = at, arrays
        self.moment: Moment = moment
        self.with_gradients, self.of_model = with_gradients, of_model
        self.found: list[Box] = []
        self.arriving: Counter[str] = Counter()  # how many gradients flow into a box

    def role(self, node: Node) -> Role:
        """What a tensor is in this graph."""
        if node.op is not None:
            return "loss" if node in self.at.roots else "intermediate"
        return "parameter" if node.requires_grad and not self.is_data(node) else "input"

    def is_data(self, node: Node) -> bool:
        """Whether it is a model's input, on zeros only so that there is a graph."""
        return self.of_model and (node.name or "").startswith("input")

    def tensor(self, node: Node, unit: Unit | None, before: TensorBox | None = None) -> TensorBox:
        """A tensor's box; `before` is the same box, made when it was not known how many gradients arrive."""
        role, key, label = self.role(node), self.at.keys[node], readable(self.at.names[node])
        given = (node.name or "").strip()
        used_often = node in self.at.leaves and len(self.at.users.get(node, ())) > 1
        scope = self.at.scopes.get(node, ())
        if before:
            scope = before.scope
        elif not used_often:
            scope = self.at.placed(scope, None if role == "input" else unit)
        return TensorBox(
            key=key,
            role=role,
            label=label,
            named=bool(given) and readable(given) == label,
            shape=node.shape,
            dtype=np.dtype(node.dtype).name,
            needs_gradient=node.requires_grad and not self.is_data(node),
            scope=scope,
            state=self._state(node),
            passes=node.additions if node.grad is not None else 0,
            uses=self.arriving[key],
            value=before.value if before else summary(self.arrays.values.get(node)),
            gradient=before.gradient if before else summary(self._gradient(node)),
        )

    def _gradient(self, node: Node) -> Array | None:
        """What `.grad` holds; of a tensor that holds none, what a pass gives."""
        if node.grad is None or not self.with_gradients:
            return self.arrays.gradients.get(node)
        return np.asarray(node.grad.value)

    def passing(self, node: Node) -> Array | None:
        """What a pass gives; where that is not known, what `.grad` holds of one pass."""
        if node not in self.arrays.gradients and node.additions == 1 and self.moment != "before":
            return self._gradient(node)
        return self.arrays.gradients.get(node)

    def _state(self, node: Node) -> GradientState:
        if not node.requires_grad or self.is_data(node):
            return "none"
        if node.grad is None:
            return "not computed" if self.moment == "before" or node.op is None else "passed"
        if not np.asarray(node.grad.value).any():
            return "zero"
        return "accumulated" if node.additions > 1 else "computed"

    def operation(self, node: Node, unit: Unit) -> None:
        """Add the box of an operation."""
        assert node.op is not None
        shown = symbols(node, self.at.names)[1:]
        written = node.op(*shown, **node.params) if any(isinstance(a, Symbol) for a in shown) else None
        expression = written.unicode() if isinstance(written, Symbol) else ""
        self.found.append(
            OperationBox(
                key=f"op_{self.at.keys[node]}",
                name=node.op.name,
                sign=node.op.sign or node.op.name,
                detail=settings(node),
                scope=self.at.placed(node.scope, unit),
                expression=readable(expression, LONGEST_EXPRESSION),
                latex=written.latex() if isinstance(written, Symbol) else "",
            )
        )

    def closed(self, unit: Unit) -> None:
        """Add one box for a whole layer."""
        inside = {a for node in unit.members for a in node.inputs if isinstance(a, Node) and a.op is None}
        learnt = [a for a in inside if a.requires_grad and a not in self.at.leaves]
        signs = [node.op.sign or node.op.name for node in unit.members if node.op is not None]
        self.found.append(
            ClosedBox(
                key=self.at.closed_key(unit),
                label=readable(unit.title),
                operations=len(unit.members),
                parameters=sum(a.size for a in learnt),
                shape=unit.members[-1].shape,
                scope=self.at.placed(self.at.scope_of(unit), unit),
                signs=readable("  ".join(dict.fromkeys(signs)), LONGEST_SETTINGS),
            )
        )

    def constant(self, key: str, value: object, unit: Unit) -> str | None:
        """An array that was never a tensor gets a box; a number stands in the operation's formula."""
        array = np.asarray(value)
        if array.ndim == 0:
            return None
        scope = self.at.placed(unit.members[0].scope, unit)
        numbers = summary(array)
        box = TensorBox(key, "constant", "constant", False, array.shape, array.dtype.name, False, scope, value=numbers)
        self.found.append(box)
        return key

    def crowded(self, node: Node) -> dict[Node, str]:
        """The leaves of an operation that has very many of a kind, and the one box for them."""
        found: dict[Node, str] = {}
        for learnt in (True, False):
            alone = dict.fromkeys(
                a
                for a in node.inputs
                if isinstance(a, Node)
                and a in self.at.leaves
                and a.requires_grad == learnt
                and len(self.at.users[a]) == 1
            )
            if len(alone) > MOST_LEAVES:
                key = f"op_{self.at.keys[node]}_{'parameters' if learnt else 'inputs'}"
                found |= dict.fromkeys(alone, key)
                if not any(box.key == key for box in self.found):
                    noun = "parameters" if learnt else "inputs"
                    entries = sum(a.size for a in alone) if learnt else 0
                    scope = self.at.placed(node.scope, self.at.unit_of.get(node))
                    self.found.append(ClosedBox(key, f"{len(alone):,} {noun}", 0, entries, None, scope))
        return found
