"""What an edge says in formulas: each is what the row, or its rule, gives when it is read on names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.explanation.steps import local_derivative, symbols, tidied
from tinygrad_wtf.explanation.symbol import Symbol, named

__all__ = ["formulas"]


def formulas(names: Mapping[Node, str], node: Node, i: int) -> dict[str, Any]:
    """What becomes of the gradient on its way to argument `i`, and the local derivative alone."""
    assert node.op is not None
    source = node.inputs[i]
    assert isinstance(source, Node)
    local = local_derivative(node, i, names)
    rule = node.op.vjp(i)
    assert rule is not None
    name = names[node]
    above = named(f"d({name})" if name.endswith("ᵀ") else f"d{name}", node.shape, node.dtype)
    whole = rule(above, *symbols(node, names), **node.params)
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
