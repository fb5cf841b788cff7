"""What of a graph is shown: layers closed to one box, repetitions rolled to one, the surroundings of one tensor.

The operations of a graph, in the order of computation, are a row. Closing a layer and rolling a repetition both take
neighbours in that row together, so that what is left still has an order, and a picture never gets a circle. Nothing
here knows boxes or lines (`reading` makes those), and everything is linear in the size of the graph.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from tinygrad_wtf.core.node import Node

__all__ = ["Repeat", "Selection", "Unit", "arrange"]

Scope: TypeAlias = tuple[str, ...]
MOST_OPERATIONS = 40  # of which a picture is still read at a glance
FEWEST_BOXES = 5  # a network closed to fewer says nothing: rather a part of it
LONGEST_PERIOD = 64  # operations or layers of one repetition
FEWEST_REPEATS = 3


@dataclass(eq=False, slots=True)
class Unit:
    """What is drawn as one: an operation, a closed layer, or all the rest."""

    members: tuple[Node, ...]
    title: str = ""  # empty for a single operation

    @property
    def is_closed(self) -> bool:
        """Whether it hides what is inside."""
        return bool(self.title)


@dataclass(eq=False, slots=True)
class Repeat:
    """A pattern that occurs several times in a row; the last occurrence, nearest the loss, is shown."""

    shown: tuple[Item, ...]
    hidden: tuple[tuple[Item, ...], ...]  # the earlier occurrences, the first one first

    @property
    def count(self) -> int:
        """How often the pattern occurs."""
        return len(self.hidden) + 1


Item: TypeAlias = Unit | Repeat


@dataclass(eq=False, slots=True)
class Selection:
    """What is shown: items in the order of computation, what stands for what, and the same in words."""

    items: tuple[Item, ...]
    stands_for: dict[Node, Node] = field(default_factory=dict)  # an operation in a hidden occurrence: the shown one
    notes: list[str] = field(default_factory=list)
    beyond: frozenset[Node] = frozenset()  # operations out of sight, around the focus

    @property
    def units(self) -> list[Unit]:
        """The shown units, in the order of computation."""
        return list(_shown(self.items))


def arrange(
    operations: Sequence[Node], *, depth: int | None, collapse: bool | str | None, focus: Node | None, hops: int
) -> Selection:
    """Choose what to show.

    Parameters
    ----------
    operations
        The nodes that have an operation, in the order of computation.
    depth
        How many levels of layers are open; None to decide by size.
    collapse
        True closes every layer, False none; "auto" rolls and closes above about forty operations.
    focus, hops
        Only what is at most so many operations away from this node.
    """
    if focus is not None:
        near = _near(operations, focus, hops)
        kept = [node for node in operations if node in near]
        selection = arrange(kept, depth=depth, collapse=collapse, focus=None, hops=hops)
        selection.beyond = frozenset(operations) - near
        if selection.beyond:
            selection.notes.insert(
                0, f"{hops} {'step' if hops == 1 else 'steps'} around the focus; {_many(selection.beyond)} beyond"
            )
        return selection
    single = [Unit((node,)) for node in operations]
    automatic = collapse in (None, "auto")
    if depth is not None or collapse is True:
        closed = _closed(operations, depth)
        return _selection(_rolled(closed) if collapse is not False else closed)
    if not automatic or len(operations) <= MOST_OPERATIONS:
        return Selection(tuple(single))
    deepest = max(len(node.scope) for node in operations)
    finer: Sequence[Item] = ()
    for level in (None, *reversed(range(deepest))):
        items = _rolled(single if level is None else _closed(operations, level))
        boxes = sum(1 for _ in _shown(items))
        if boxes <= MOST_OPERATIONS and (boxes >= FEWEST_BOXES or not finer):
            return _selection(items)
        if boxes <= MOST_OPERATIONS:
            break
        finer = items
    return _selection(_cut(finer))


# ---------------------------------------------------------------- closing layers


def _closed(operations: Sequence[Node], depth: int | None) -> list[Item]:
    """One unit for neighbours of one layer: at this depth, or of each innermost layer where it is None."""

    def layer(node: Node) -> Scope:
        return node.scope if depth is None else node.scope[: depth + 1] if len(node.scope) > depth else ()

    items: list[Item] = []
    for scope, members in groupby(operations, layer):
        nodes = tuple(members)
        items.extend([Unit(nodes, scope[-1])] if scope else [Unit((node,)) for node in nodes])
    return items


def _cut(items: Sequence[Item]) -> list[Item]:
    """What is nearest the loss, and all that was computed before it as one."""
    kept: list[Item] = []
    room = MOST_OPERATIONS
    for item in reversed(items):
        room -= sum(1 for _ in _shown([item]))
        if room < 0:
            break
        kept.append(item)
    members = tuple(node for item in items[: len(items) - len(kept)] for node in _members(item))
    return [Unit(members, f"the {len(members):,} operations before"), *reversed(kept)]


def _near(operations: Sequence[Node], focus: Node, hops: int) -> set[Node]:
    """The operations at most so many steps away, forward or backward; the one that made the focus is at no distance."""
    users: dict[Node, list[Node]] = {}
    for node in operations:
        for source in node.inputs:
            if isinstance(source, Node):
                users.setdefault(source, []).append(node)
    reached, edge = {focus}, [focus]
    for _ in range(hops):
        beside = [
            other
            for node in edge
            for other in (*node.inputs, *(users.get(node, ()) if node.op is not None or node is focus else ()))
            if isinstance(other, Node) and other not in reached
        ]
        edge = list(dict.fromkeys(beside))
        reached.update(edge)
    return {node for node in reached if node.op is not None}


# ---------------------------------------------------------------- rolling repetitions


def _rolled(items: Sequence[Item]) -> list[Item]:
    """Take repetitions together, short patterns first, so that patterns of patterns are found too."""
    row = list(items)
    numbers: dict[Hashable, int] = {}
    signs = [numbers.setdefault(_signature(item), len(numbers)) for item in row]
    period = 1
    while period <= min(LONGEST_PERIOD, len(row) // FEWEST_REPEATS):
        runs = list(_runs(row, signs, period))
        for start, count in reversed(runs):
            end = start + count * period
            parts = [tuple(row[at : at + period]) for at in range(start, end, period)]
            sign = numbers.setdefault(("repeat", count, *signs[end - period : end]), len(numbers))
            row[start:end] = [Repeat(parts[-1], tuple(parts[:-1]))]
            signs[start:end] = [sign]
        period += 1
    return row


def _runs(row: Sequence[Item], signs: Sequence[int], period: int) -> Iterator[tuple[int, int]]:
    """Where a pattern of this length repeats: its start and how often, from left to right without overlap."""
    same = 0
    last = len(row) - period
    for at in range(last + 1):
        if at < last and signs[at] == signs[at + period]:
            same += 1
            continue
        length = same + period  # row[at - same : at + period] repeats
        if length >= FEWEST_REPEATS * period:
            yield _aligned(row, at - same, length, period)
        same = 0


def _aligned(row: Sequence[Item], start: int, length: int, period: int) -> tuple[int, int]:
    """Let the repetition begin where a layer does; without layers, let it end at the end."""
    spare = length % period
    starts = range(start, start + (period if length >= (FEWEST_REPEATS + 1) * period else spare + 1))
    best = min(starts, key=lambda at: (_openness(row, at), (start + length - at) % period))
    return best, (start + length - best) // period


def _openness(row: Sequence[Item], at: int) -> int:
    """How deep inside a layer the cut before this item is: the smaller, the better a place to begin."""
    here = _scope(row[at])
    before = _scope(row[at - 1]) if at else ()
    shared = 0
    while shared < min(len(here), len(before)) and here[shared] == before[shared]:
        shared += 1
    return shared if here != before else len(here) + 1


def _scope(item: Item) -> Scope:
    return next(_members(item)).scope


def _signature(item: Item) -> Hashable:
    """What two items have in common that may be drawn as one: the same work on the same shapes."""
    return tuple(_work(node) for node in _members(item))


def _work(node: Node) -> Hashable:
    assert node.op is not None
    arguments = tuple(
        (a.shape, a.op is None, a.requires_grad) if isinstance(a, Node) else type(a).__name__ for a in node.inputs
    )
    settings = tuple((name, str(value)) for name, value in node.params.items()) if node.params else ()
    return node.op.name, node.shape, node.dtype, arguments, settings, len(node.scope)


# ---------------------------------------------------------------- what became of it


def _selection(items: Sequence[Item]) -> Selection:
    """Note what stands for what, and say what was taken together."""
    selection = Selection(tuple(items))
    for item in items:
        _note_hidden(item, selection.stands_for)
    closed = [unit for unit in selection.units if unit.is_closed]
    if closed:
        inside = sum(len(unit.members) for unit in closed)
        layers = "1 box" if len(closed) == 1 else f"{len(closed)} boxes"
        selection.notes.append(f"{inside:,} operations in {layers}")
    for repeat in _repeats(items):
        inside = sum(1 for item in repeat.shown for _ in _members(item))
        selection.notes.append(f"a pattern of {_many(range(inside))} × {repeat.count:,}, the last one shown")
    return selection


def _note_hidden(item: Item, stands_for: dict[Node, Node]) -> None:
    if isinstance(item, Unit):
        return
    for inner in item.shown:
        _note_hidden(inner, stands_for)
    shown = [node for inner in item.shown for node in _members(inner)]
    for part in item.hidden:
        for hidden, node in zip((n for inner in part for n in _members(inner)), shown, strict=True):
            stands_for[hidden] = stands_for.get(node, node)


def _repeats(items: Iterable[Item]) -> Iterator[Repeat]:
    for item in items:
        if isinstance(item, Repeat):
            yield item
            yield from _repeats(item.shown)


def _shown(items: Iterable[Item]) -> Iterator[Unit]:
    """The units that are drawn (patterns nest only as deep as periods grow)."""
    for item in items:
        if isinstance(item, Unit):
            yield item
        else:
            yield from _shown(item.shown)


def _members(item: Item) -> Iterator[Node]:
    """All operations inside, hidden ones too, in the order of computation."""
    if isinstance(item, Unit):
        yield from item.members
    else:
        for part in (*item.hidden, item.shown):
            for inner in part:
                yield from _members(inner)


def _many(operations: Any) -> str:
    number = len(operations)
    return f"{number:,} operation" if number == 1 else f"{number:,} operations"
