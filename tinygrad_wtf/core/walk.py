"""The walk: cotangents pass back over the recorded graph, consumers first, and add up in the leaves.

What the walk shows to the rules is an argument: arrays for `backward`, tensors when the pass is itself to be
differentiated. Nothing here knows a single derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf import _refusals
from tinygrad_wtf._state import BUFFER, mode
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node, Place, arrays
from tinygrad_wtf.core.record import TensorBase, wrap
from tinygrad_wtf.errors import caller

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor

Show = Callable[[Node], Sequence[Any]]
Complete = Callable[[Node, Any], Any]
Take = Callable[[Node, Any], None]
Seeds = Sequence[tuple[Node, Any]]  # where a pass begins, and with which cotangents
Nodes = Collection[Node]
PASS = "backward pass"  # the scope around what a differentiable pass records


def tensors(node: Node) -> tuple[Any, ...]:
    """Show the rules tensors that know their history, so that what they compute is recorded."""
    y, *args = arrays(node)
    mode.scope = (PASS, *node.scope)  # what the rules record lies in the pass, in the layer whose gradient it is
    shown = [
        wrap(a, source) if isinstance(source, Node) and not isinstance(a, Node) else a
        for a, source in zip(args, node.inputs, strict=True)
    ]
    return (y if y is node else wrap(y, node), *shown)


def on_the_way(roots: Nodes, targets: Nodes) -> set[Node]:
    """The nodes that lie on some path from the roots to the targets, the targets among them."""
    found = set(targets)
    seen: set[Node] = set()
    stack = [(node, False) for node in roots]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            if not found.isdisjoint(source for source in node.inputs if isinstance(source, Node)):
                found.add(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((s, False) for s in node.inputs if isinstance(s, Node) and s.requires_grad and s not in seen)
    return found


def consumers(roots: Nodes, way: Nodes | None) -> dict[Node, int]:
    """For each node that a gradient can reach from the roots (along the way): how many uses of it there are."""
    uses = dict.fromkeys(roots, 0)
    stack = list(uses)
    while stack:
        for source in stack.pop().around:
            if source.__class__ is Node and source.requires_grad and (way is None or source in way):
                known = uses.get(source)
                if known is None:
                    stack.append(source)
                    known = 0
                uses[source] = known + 1
    return uses


def hooked(node: Node, g: Any) -> Any:
    """The cotangent after the tensor's hooks have seen it, who are given tensors of their own to keep and to change."""
    for hook in node.hooks:
        given = g.clone() if isinstance(g, TensorBase.made) else wrap(_whole(g).copy(), None)
        value, begun = given.value, clock.time
        changed = hook(given)
        if changed is None:
            if given.value is value and not (value.__class__ is ndarray and clock.changed_since(value, begun)):
                continue
            changed = given  # in place
        if not isinstance(changed, TensorBase.made) or changed.shape != node.shape or changed.dtype != node.dtype:
            raise _refusals.hook_result(node, changed)
        g = changed.clone() if isinstance(g, TensorBase.made) else changed.value.copy()
    return g


def walk(
    seeds: Seeds, show: Show, release: Place | None, complete: Complete = hooked, towards: Nodes | None = None
) -> Iterator[tuple[Node, Any]]:
    """Pass cotangents back from the seeds; yield each node with its complete cotangent, consumers first.

    A node is visited when all its uses have been (a count, not a recursion). What `complete` makes of a cotangent is
    what is passed on. With `release`, a node's saved arrays are let go as soon as they have served, and it remembers
    that place. With `towards`, only the nodes on the way to those are visited.
    """
    way = None if towards is None else on_the_way([node for node, _ in seeds], towards)
    cotangents: dict[Node, Any] = {}
    sums: set[Node] = set()  # whose cotangent so far is an array that only this pass knows: more is added in its memory
    for node, seed in seeds:
        if way is None or node in way:
            cotangents[node] = cotangents[node] + seed if node in cotangents else seed
    pending = consumers(cotangents, way)
    ready = [node for node, uses in pending.items() if uses == 0]
    while ready:
        node = ready.pop()
        g = cotangents.pop(node, None)
        if g is not None:
            if node.hooks or complete is not hooked:
                g = complete(node, g)
            yield node, g
        op = node.op
        if op is None:
            continue
        shown: Sequence[Any] | None = None
        params = node.params
        rules: Any = op.vjps  # one for each argument, or one for all
        for i, source in enumerate(node.around):  # the arguments' nodes, then what was kept, which are no nodes
            if source.__class__ is not Node:
                continue
            uses = pending.get(source)
            if uses is None:
                continue
            if shown is None:
                shown = () if g is None else show(node)  # without a cotangent, uses are only counted
            rule = None if g is None else rules[i] if rules.__class__ is tuple else op.vjp(i)
            if rule is not None:
                before = cotangents.get(source)
                if op.adds and source in sums and g.__class__ is ndarray:
                    op.adds(before, g, *shown[2:], **params)
                    contribution = None
                else:
                    contribution = rule(g, *shown, **params) if params else rule(g, *shown)
                if contribution is not None:  # None: added already, or no gradient, as a Function's backward may say
                    if contribution.shape != source.shape:
                        raise _refusals.rule_shape(node, i, contribution)
                    if before is not None and source in sums and contribution.__class__ is ndarray:
                        before += contribution
                    else:
                        total = cotangents[source] = contribution if before is None else before + contribution
                        if total.__class__ is ndarray and (op.adds or before is not None):
                            sums.add(source)
            pending[source] = uses - 1
            if uses == 1:
                ready.append(source)
        if shown is not None and release is not None:
            node.let_go(release)


def propagate(
    seeds: Seeds, retain_graph: bool | None, create_graph: bool, take: Take, towards: Nodes | None = None
) -> None:
    """Walk from these nodes and cotangents, in the grad mode and in the silence that the pass asks for.

    `take` is given what is wanted: leaves and tensors that retain their gradient, or, with `towards`, those nodes.
    """
    retain = create_graph if retain_graph is None else retain_graph
    release = None if retain else caller()
    before, scope = mode.recording, mode.scope
    mode.recording = create_graph
    try:
        with np.errstate(all="ignore"):
            np.setbufsize(BUFFER)
            show = tensors if create_graph else mode.recorder.show
            for node, g in walk(seeds, show, release, towards=towards):
                if (node.op is None or node.retains_grad) if towards is None else node in towards:
                    take(node, g)
    finally:
        mode.recording, mode.scope = before, scope
    for root, _ in seeds:
        root.passes += 1


def backward(seeds: Seeds, retain_graph: bool | None, create_graph: bool, wanted: Nodes | None = None) -> None:
    """Add the gradients to the leaves and to the tensors that retain theirs, or only to those that are wanted."""
    recorder = mode.recorder
    handed_out = {id(getattr(seed, "value", seed)) for _, seed in seeds}  # memory that is somebody's already

    def add(node: Node, g: Any) -> None:
        recorder.grad_read(node)
        before = node.grad
        node.additions = 1 if before is None else node.additions + 1
        if before is None:
            node.grad = owned(g, handed_out)
        elif create_graph:
            node.grad = before + g
        else:
            node.grad = wrap(_whole(before.value + g), None)

    propagate(seeds, retain_graph, create_graph, add, towards=wanted)


def owned(g: Any, handed_out: set[int]) -> Tensor:
    """`g` as a tensor, copied where its memory belongs to something else: a gradient is the user's to change."""
    value = g.value if isinstance(g, TensorBase.made) else _whole(g)
    if getattr(value, "base", None) is None and id(value) not in handed_out:
        handed_out.add(id(value))
        return g if isinstance(g, TensorBase.made) else wrap(value, None)
    return g.clone() if isinstance(g, TensorBase.made) else wrap(value.copy(), None)


def _whole(value: Any) -> Any:
    """NumPy's scalars as 0-d arrays; whatever else flows, as it is."""
    return np.asarray(value) if isinstance(value, np.generic) else value
