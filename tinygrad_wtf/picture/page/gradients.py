"""What one pass gives a tensor, and what its `.grad` says: the same, an older gradient, or a sum of several."""

from __future__ import annotations

import math

from tinygrad_wtf.picture.model import Graph, TensorBox
from tinygrad_wtf.picture.numbers import Numbers
from tinygrad_wtf.picture.page.arrays import shown
from tinygrad_wtf.picture.page.cards import card, row
from tinygrad_wtf.picture.page.markup import Markup, element, joined
from tinygrad_wtf.picture.text import shape_line

__all__ = ["grad_note", "of_one_pass"]

SAME = 1e-5  # relative difference of two sums of the same numbers in another order


def of_one_pass(graph: Graph, box: TensorBox) -> Numbers | None:
    """The gradient that one pass gives: what arrives last, with all before it; None if that is not known."""
    arriving = [edge for edge in graph.edges if edge.head == box.key and edge.carries_gradient]
    if arriving and all(edge.times == 1 for edge in arriving):
        found = arriving[-1].total if len(arriving) > 1 else arriving[0].gradient
        if found is not None:
            return found
    # without `.grad`, the box knows what a pass would give; and one that has run left it there
    is_of_this_pass = box.state in ("not computed", "passed") or (box.passes == 1 and graph.moment != "before")
    return box.gradient if is_of_this_pass else None


def grad_note(graph: Graph, box: TensorBox) -> Markup:
    """What `.grad` holds, and whether it is this very gradient."""
    if not box.needs_gradient:
        return Markup()
    grad = element("code", f"{box.label}.grad")
    if box.state in ("not computed", "passed"):
        after = "holds nothing" if graph.moment != "before" else "holds nothing yet: backward() has not run"
        return element("p", grad, f" {after}.", class_="fact")
    if _same(box.gradient, of_one_pass(graph, box)):
        return element("p", "This is what ", grad, " holds.", class_="fact")
    said = f" holds the sum of {box.passes} passes:" if box.passes > 1 else " holds the gradient of another pass:"
    numbers = shown(box.gradient, box.shape, f"{box.label}.grad")
    return joined(element("p", grad, said, class_="fact"), row(card(grad, shape_line(box.shape), numbers)))


def _same(one: Numbers | None, other: Numbers | None) -> bool:
    if one is None or other is None or one.kind != other.kind:
        return one is other
    facts = [(one.norm, other.norm), (one.mean, other.mean), (one.low, other.low), (one.high, other.high)]
    return all(math.isclose(a, b, rel_tol=SAME, abs_tol=SAME * max(one.norm, other.norm)) for a, b in facts)
