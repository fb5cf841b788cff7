"""What the tensors of a graph are called: by the user, else by the role they play in the network.

The k-th linear step gives Z_k, its activation A_k and its parameters W_k and b_k, whether it was recorded by a layer or
written by hand. Names depend on the order of computation alone, so equal graphs have equal names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tinygrad_wtf.core.node import Node

TRANSPOSED = "ᵀ"
OF_LAYERS = frozenset({"weight", "bias"})  # names that every layer gives


def computation_order(roots: Sequence[Node]) -> list[Node]:
    """Every node behind the roots once, arguments before results; a stack of our own, so that depth is no limit."""
    order: list[Node] = []
    entered: set[Node] = set()
    pending: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
    while pending:
        node, complete = pending.pop()
        if complete:
            order.append(node)
        elif node not in entered:
            entered.add(node)
            pending.append((node, True))
            pending.extend((a, False) for a in reversed(node.inputs) if isinstance(a, Node))
    return order


def names(roots: Sequence[Node]) -> dict[Node, str]:
    """A name for every node behind the roots, no two alike.

    Parameters
    ----------
    roots : sequence of Node
        The nodes of the tensors at which backward would start.
    """
    order = computation_order(roots)
    return unique(order, roots, Roles(order, roots).names)


def unique(order: list[Node], roots: Sequence[Node], roles: dict[Node, str]) -> dict[Node, str]:
    """Names for all nodes, from the roles that they play; the users' own come first."""
    wanted: dict[Node, str] = {}
    for node in order:
        given = printable(node.name or "")
        if name := roles.get(node, given) if given in OF_LAYERS else given or roles.get(node, ""):
            wanted[node] = name
    kinds = Counter(_kind(node, roots) for node in order if node not in wanted)
    counts: Counter[str] = Counter()
    taken = set(wanted.values())
    found: dict[Node, str] = {}
    used: set[str] = set()
    repeats: Counter[str] = Counter()
    for node in order:
        name = wanted.get(node, "")
        if not name and _is_transpose(node) and found[node.inputs[0]][-1] != TRANSPOSED:
            name = found[node.inputs[0]] + TRANSPOSED
        elif not name:
            name = kind = _kind(node, roots)
            while kinds[kind] > 1 or kind == "v" or name in taken:
                counts[kind] += 1
                name = f"{kind}{counts[kind]}"
                if name not in taken:
                    break
        first = name
        while name in used:
            repeats[first] += 1
            name = f"{first}_{repeats[first] + 1}"
        used.add(name)
        found[node] = name
    return found


def printable(name: str) -> str:
    """A user's name in one line, with what cannot be printed as an escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name.strip())


def _is_transpose(node: Node) -> bool:
    return node.op is not None and node.op.name == "permute" and node.params["dims"] == (1, 0)


def _kind(node: Node, roots: Sequence[Node]) -> str:
    if node in roots and node.op is not None:
        return "L" if node.size == 1 else "Y"
    if node.op is not None:
        return "v"
    return "x" if node.requires_grad else "c"


class Roles:
    """The roles that tensors play: which are layers' results, activations, parameters, inputs and labels.

    Attributes
    ----------
    names : dict of Node to str
        What they are called for it.
    results, activations : list of Node
        The results of the linear steps, and what their activations make of them.
    """

    def __init__(self, order: list[Node], roots: Sequence[Node]) -> None:
        self.names: dict[Node, str] = {}
        self.users: dict[Node, list[Node]] = {}
        self.roots = frozenset(roots)
        for node in order:
            for source in dict.fromkeys(a for a in node.inputs if isinstance(a, Node)):
                self.users.setdefault(source, []).append(node)
        inputs: list[Node] = []
        self.results: list[Node] = []
        self.activations: list[Node] = []
        results = self.results
        for node in order:
            layer = self._linear(node)
            if layer is None or node in self.names:
                continue
            weight, data, bias, result = layer
            number = len(results) + 1
            results.append(result)
            self.names.setdefault(weight, f"W{number}")
            if bias is not None:
                self.names.setdefault(bias, f"b{number}")
            self.names.setdefault(result, f"Z{number}")
            activation = self._activation(result)
            if activation is not None:
                self.activations.append(activation)
                self.names.setdefault(activation, f"A{number}")
            if data.op is None and not data.requires_grad and data not in inputs:
                inputs.append(data)
        self._number("X", inputs)
        if results:
            before = set(computation_order(results))
            labels = [n for n in order if n not in before and n.op is None and not n.requires_grad]
            self._number("y", [n for n in labels if n.ndim and n.dtype.kind != "b"])
        for root in self.roots:
            if root.op is not None and root.size == 1:
                self.names.pop(root, None)  # it is the loss before all else

    def _number(self, letter: str, nodes: list[Node]) -> None:
        for number, node in enumerate(nodes, 1):
            self.names[node] = letter if len(nodes) == 1 else f"{letter}{number}"

    def _linear(self, node: Node) -> tuple[Node, Node, Node | None, Node] | None:
        """Weight, data, bias and result of a linear step, if this node is one, or the product in one."""
        if node.op is None or "layer" not in node.op.traits:
            return None
        left, right, *own = (rearranged_from(a) if isinstance(a, Node) else None for a in node.inputs)
        for weight, data in ((right, left), (left, right)):
            if weight is not None and data is not None and is_parameter(weight) and not is_parameter(data):
                if not own:
                    return weight, data, *self._bias(node)
                return weight, data, own[0] if own[0] is not None and is_parameter(own[0]) else None, node
        return None

    def _bias(self, product: Node) -> tuple[Node | None, Node]:
        users = self.users.get(product, [])
        if len(users) == 1 and users[0].op is not None and users[0].op.name == "add":
            for a in users[0].inputs:
                if isinstance(a, Node) and is_parameter(rearranged_from(a)) and users[0].shape == product.shape:
                    return rearranged_from(a), users[0]
        return None, product

    def _activation(self, result: Node) -> Node | None:
        """What comes out of the function that a layer's result goes through: one operation, or one module."""
        for user in self.users.get(result, []):
            if user.op is None or user in self.roots:
                continue
            outside = user.scope != result.scope[: len(user.scope)]
            found = self._way_out(result, user.scope) if outside else None
            alone = len(user.inputs) == 1 and user.shape == result.shape
            alone = alone and not user.op.traits & {"rearranging", "no_activation"}
            if found is not None or alone:
                return found or user
        return None

    def _way_out(self, entry: Node, scope: tuple[str, ...]) -> Node | None:
        """The one result of a module that takes nothing with a gradient but `entry`."""
        inside = {entry}
        leaving: set[Node] = set()
        stack = [user for user in self.users[entry] if user.scope[: len(scope)] == scope]
        while stack:
            node = stack.pop()
            if node in inside:
                continue
            inside.add(node)
            after = self.users.get(node, [])
            stack += [user for user in after if user.scope[: len(scope)] == scope]
            if node in self.roots or any(user.scope[: len(scope)] != scope for user in after):
                leaving.add(node)
        entering = {a for node in inside - {entry} for a in node.inputs if isinstance(a, Node) and a.requires_grad}
        if len(leaving) != 1 or not entering <= inside:
            return None
        (exit,) = leaving
        return exit if exit not in self.roots and exit.shape == entry.shape else None


def rearranged_from(node: Node) -> Node:
    """The node that this one only rearranges; itself if it does more."""
    while node.op is not None and "rearranging" in node.op.traits and isinstance(node.inputs[0], Node):
        node = node.inputs[0]
    return node


def is_parameter(node: Node) -> bool:
    """Whether it is a leaf that learns."""
    return node.op is None and node.requires_grad
