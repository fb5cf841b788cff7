"""What each step says: its formula, typeset; the numbers below it; and a sentence for screen readers.

Every formula comes from the model, where a rule wrote it. Which steps there are is said in `steps.py`, what their
pieces look like in `cards.py` and `arrays.py`, and what `.grad` has to do with it in `gradients.py`.
"""

from __future__ import annotations

import math

from tinygrad_wtf.explanation.steps import gradient_name
from tinygrad_wtf.picture.model import Box, ClosedBox, Edge, Graph, OperationBox, TensorBox, counted
from tinygrad_wtf.picture.numbers import UNASKED, Numbers
from tinygrad_wtf.picture.page.arrays import shown
from tinygrad_wtf.picture.page.cards import called, card, factor, gradient, latex, row, signed, title, typeset, variable
from tinygrad_wtf.picture.page.gradients import grad_note, of_one_pass
from tinygrad_wtf.picture.page.markup import Markup, element, joined
from tinygrad_wtf.picture.page.steps import Back, Forward, Pause, Step
from tinygrad_wtf.picture.text import shape_line

__all__ = ["Narrator"]

HAS_RUN = "backward() has run; these are the gradients that it found on its way."
MOMENTS = {
    "before": "backward() has not run: the gradients on this page are those that it would find.",
    "kept": HAS_RUN,
    "freed": HAS_RUN,
}
NOT_ONE_NUMBER = "It is not a single number, so backward() wants to be told the gradient from which to begin."
Panel = tuple[Markup, str]  # its elements, and the same in a sentence


class Narrator:
    """Writes the panel of each step.

    Parameters
    ----------
    graph
        What is drawn.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.repeats = dict(graph.repeats)
        self.without_numbers = bool(graph.subject) or graph.unknown == UNASKED

    def panel(self, step: Step) -> Panel:
        """The elements of the panel, and the same in a sentence."""
        if isinstance(step, Forward):
            return self._forward(step)
        if isinstance(step, Back):
            return self._back(step)
        assert isinstance(step, Pause)
        return {"given": self._given, "turn": self._turn, "found": self._found}[step.station](step)

    # -- before, between, after

    def _near(self, step: Step) -> list[Box]:
        """The boxes of a pause, in the order of computation."""
        every = dict.fromkeys((*self.graph.roots, *self.graph.boxes))
        return [box for box in reversed(every) if box.key in step.near]

    def _given(self, step: Pause) -> Panel:
        boxes = self._near(step)
        return joined(
            element("h2", "What is given"),
            element("p", "What the pass starts from. Each step forward computes one operation."),
            row(*map(self._value_card, boxes)),
        ), f"What is given: {', '.join(map(called, boxes))}"

    def _turn(self, step: Pause) -> Panel:
        cards: list[Markup] = []
        told = [] if self.graph.subject else [MOMENTS[self.graph.moment]]
        for root in self.graph.roots:
            cards.append(self._value_card(root))
            if math.prod(root.shape) == 1:
                start = element("p", element("data", "1", value="1.0"), class_="number")
                note = f"how {root.label} changes with itself"
            else:
                start, note = element("p", "given from outside", class_="unknown"), shape_line(root.shape)
                told = [NOT_ONE_NUMBER, *told] if NOT_ONE_NUMBER not in told else told
            cards.append(card(gradient(root.label), note, start, "upstream"))
        names = ", ".join(root.label for root in self.graph.roots)
        return joined(
            element("h2", "The pass turns round"),
            element("p", f"From {names} back to what it was made of: each step multiplies by one local derivative."),
            row(*cards),
            *(element("p", text) for text in told),
        ), f"The pass turns round at {names}"

    def _found(self, step: Pause) -> Panel:
        boxes = [box for box in self._near(step) if isinstance(box, TensorBox)]
        parts = [
            element(
                "div",
                self._gradient_card(box, self._kind(box), of_one_pass(self.graph, box)),
                self._grad_note(box),
                class_="found",
            )
            for box in boxes
        ]
        of_a_loss = not self.graph.subject and not self.graph.order and all(not root.shape for root in self.graph.roots)
        why = "The gradients of what can learn. A small step against each of them makes the loss smaller."
        return joined(
            element("h2", "What was found"),
            element("p", why) if of_a_loss else "",
            element("div", *parts, class_="row"),
        ), f"What was found: {', '.join(gradient_name(box.label) for box in boxes)}"

    # -- forward

    def _forward(self, step: Forward) -> Panel:
        box, result = step.box, step.result
        if isinstance(box, OperationBox):
            name = result.label if result else "…"
            heading = typeset(f"{latex(name)} = {box.latex}", block=True)
            said = f"{name} = {box.expression}"
            words = element("p", element("code", box.name), f" {box.detail}" if box.detail else "", class_="fact")
        else:
            heading, said, words = element("span", box.label), box.label, self._closed(box)
        cards = [self._value_card(argument) for argument in step.arguments]
        if result:
            made = self._value_card(result, "result")
            cards.append(signed("→", made) if cards else made)
        return joined(element("h2", heading), words, self._repeated(box), row(*cards)), said

    # -- backward

    def _back(self, step: Back) -> Panel:
        if (
            not isinstance(step.box, OperationBox)
            or not isinstance(step.target, TensorBox)
            or not step.edge.whole_latex
        ):
            return self._back_unseen(step)
        edge, source = step.edge, step.target.label
        name = step.result.label if step.result else "…"
        d_source = gradient_name(source)
        share = f", {step.number} of {step.count}" if step.count > 1 else ""
        said = f"{'A share of ' if share else ''}{d_source}{share} = {edge.whole}"
        becomes = r"\leftarrow" if share else "="
        caption = f"contribution, {edge.caption}" if edge.caption else "contribution"
        return joined(
            element("h2", typeset(f"{latex(d_source)} {becomes} {edge.whole_latex}", block=True)),
            _in_words(edge, name, source),
            self._repeated(step.box),
            row(
                self._upstream(step),
                signed("×" if edge.entrywise else "→", self._local(edge, name, source)),
                signed("=", self._gradient_card(step.target, caption, edge.gradient)),
            ),
            self._after(step),
        ), said

    def _back_unseen(self, step: Back) -> Panel:
        """Through or into something closed: what arrives, without a formula."""
        edge, target = step.edge, step.target
        said = f"The gradient flows through {called(step.box)} to {called(target)}"
        name = gradient(target.label) if isinstance(target, TensorBox) else title(target)
        arriving = self._shown(edge.gradient, edge.shape or (), called(target))
        return joined(
            element("h2", said),
            self._closed(step.box) if isinstance(step.box, ClosedBox) else "",
            self._repeated(step.box),
            row(self._upstream(step), signed("→", card(name, "contribution", arriving, "contribution"))),
            self._after(step),
        ), said

    def _upstream(self, step: Back) -> Markup:
        """The gradient that arrives from above, at the result or at the closed box."""
        numbers, shape = (step.above.gradient, step.above.shape or ()) if step.above else (None, ())
        name = gradient(step.result.label) if step.result else title(step.box)
        return card(name, "upstream gradient", self._shown(numbers, shape, "the upstream gradient"), "upstream")

    def _local(self, edge: Edge, name: str, source: str) -> Markup:
        """The local derivative: a factor with its numbers, or the rule in a gradient ȳ from above."""
        if edge.entrywise:
            quotient = rf"\frac{{∂ {latex(name)}}}{{∂ {latex(source)}}} = {edge.local_latex}"
            numbers = Markup() if self.without_numbers else factor(edge.factor, f"∂{name}/∂{source}")
            return card(typeset(quotient), "local derivative", numbers, "local")
        what = element("p", "for a gradient ", typeset(r"\bar{y}"), " from above", class_="fact")
        return card(typeset(rf"\bar{{y}} \mapsto {edge.local_latex}"), "local derivative, as a rule", what, "local")

    def _after(self, step: Back) -> Markup:
        """What the contribution adds to: the sum so far and, when it is the last one, `.grad`."""
        target, many = step.target, step.edge.times
        told = [element("p", f"This line stands for {many:,} contributions.", class_="fact")] if many > 1 else []
        if isinstance(target, TensorBox):
            told += self._sum(step, target) if step.count > 1 else []
            if step.number == step.count and target.role != "intermediate":
                told += [element("p", "That is all of ", gradient(target.label), "."), self._grad_note(target)]
        return joined(*told)

    def _sum(self, step: Back, target: TensorBox) -> list[Markup]:
        """What this contribution and those before it add up to."""
        said = f"Running sum: {step.number} of {step.count} contributions to "
        heading = element("h3", said, gradient(target.label))
        if step.before is None or self.without_numbers:
            return [heading, element("p", f"{target.label} is used more than once: what flows back to it is added.")]
        before = step.before.gradient if step.number == 2 else step.before.total

        def part(name: str, numbers: Numbers | None, kind: str = "") -> Markup:
            return card(element("span", name), "", self._shown(numbers, target.shape, name), kind)

        this_one = part("this one", step.edge.gradient, "contribution")
        total = part("sum", step.edge.total, "result")
        return [heading, row(part("so far", before), signed("+", this_one), signed("=", total))]

    # -- what several steps say

    def _kind(self, box: Box) -> str:
        if isinstance(box, TensorBox):
            said = shape_line(box.shape) + ("" if box.dtype == "float32" else f" {box.dtype}")
            role = "output" if box.role == "loss" and (self.graph.subject or box.shape) else box.role
            return said if role in ("intermediate", "constant") else f"{role}, {said}"
        return counted(box.parameters, "parameter") if isinstance(box, ClosedBox) and box.parameters else ""

    def _shown(self, numbers: Numbers | None, shape: tuple[int, ...], name: str) -> Markup:
        """An array, unless the picture is one without numbers."""
        return Markup() if self.without_numbers else shown(numbers, shape, name)

    def _value_card(self, box: Box, kind: str = "") -> Markup:
        unseen = element("p", "inside a closed box", class_="unknown")
        value = self._shown(box.value, box.shape, box.label) if isinstance(box, TensorBox) else unseen
        return card(title(box), self._kind(box), value, kind)

    def _gradient_card(self, box: TensorBox, note: str, numbers: Numbers | None) -> Markup:
        arriving = self._shown(numbers, box.shape, gradient_name(box.label))
        return card(gradient(box.label), note, arriving, "contribution")

    def _grad_note(self, box: TensorBox) -> Markup:
        """What `.grad` says of it."""
        return Markup() if self.without_numbers else grad_note(self.graph, box)

    def _closed(self, box: ClosedBox) -> Markup:
        gives = f", gives {shape_line(box.shape)}" if box.shape is not None else ""
        inside = f"{counted(box.operations, 'operation')}{gives}: {box.signs}"
        hint = "Closed in this picture; draw with a greater depth, or collapse=False, to step through it."
        return joined(element("p", inside, class_="fact"), element("p", hint, class_="fact"))

    def _repeated(self, box: Box) -> Markup:
        """Of a step inside a repetition: how many it stands for."""
        around = [box.scope[: end + 1] for end in range(len(box.scope))]
        counts = [self.repeats[scope] for scope in around if scope in self.repeats]
        if not counts:
            return Markup()
        said = (
            f"This step stands for {math.prod(counts):,} like it; its numbers are those of the last, nearest the end."
        )
        return element("p", said, class_="fact")


def _in_words(edge: Edge, name: str, source: str) -> Markup:
    """The step back in a sentence."""
    if not edge.entrywise:
        own_rule = " by this operation's own rule."
        return element("p", "What arrives at ", variable(name), " goes back to ", variable(source), own_rule)
    each = ", entry by entry" if edge.shape or edge.caption else ""
    after = f", then {edge.caption}, the shape of {source}" if edge.caption else ""
    times = " times the local derivative by "
    return element("p", "What arrives at ", variable(name), times, variable(source), f"{each}{after}.")
