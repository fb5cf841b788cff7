"""`Audit`: at the first steps and then ever more rarely, `fit` makes a compiled step's ordinary twin and compares.

A compiled step is replayed as long as nothing has changed that a guard can see. This is for what no guard can see.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf import Generator, Tensor, get_rng_state, no_grad, set_rng_state, settings_changed, tensor

from ..module import Module
from .metrics import reads

Array = np.ndarray[Any, Any]
Computed = tuple[Tensor, Tensor | None]  # the loss before the update, and the predictions if they are wanted
RELATIVE = 1e-2  # of the largest entry: far above rounding of most steps, far below a setting that was overlooked
NOISE = 16  # times what the last bits of weights and samples change is rounding too
TRIES = 3  # how often these bits are changed


class NotFinite(Exception):  # noqa: N818 - it never leaves `training`
    """Somewhere a number of a step is not finite."""


class Audit:
    """Which steps are compared, and how.

    Parameters
    ----------
    model, loss, optimizer
        Of the training.

    Attributes
    ----------
    steps : int
        How many steps were made: the audit is at steps 0, 1, 4, 16, 64 and so on, whatever was trained before.
    """

    def __init__(self, model: Module, loss: Any, optimizer: Any) -> None:
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.steps = 0
        self._can_restore = isinstance(getattr(optimizer, "state", None), dict) and hasattr(optimizer, "param_groups")

    def is_due(self) -> bool:
        """Whether the step that comes is compared; counts it."""
        number, self.steps = self.steps, self.steps + 1
        return self._can_restore and (number < 2 or (number & (number - 1) == 0 and number.bit_length() % 2 == 1))

    def run(
        self, fast: Any, compute: Callable[..., Computed], X: Tensor, y: Tensor, predict: bool
    ) -> tuple[Computed, str]:
        """Make the step compiled, put everything back, and make it as it is: that one stands.

        Returns
        -------
        tuple
            What the ordinary step gives, and where the compiled one differs, in words; empty if it does not.
        """
        saved = Saved(self.model, self.loss, self.optimizer)
        loss, prediction = fast.showing(saved.add, X, y, predict)
        if fast.ran_once:  # the function itself has just run, and moved what it reads: once is right
            return (loss, prediction), ""
        found = Outcome(saved, loss)
        saved.put_back()
        made = compute(X, y, predict)
        expected = Outcome(saved, made[0])
        if difference(saved, found, expected, Noise(expected)):
            noise = Noise(
                expected
            )  # it may be rounding, where a gradient is almost zero or a loss the rest of large terms
            for number in range(TRIES):
                saved.put_back()
                noise.add(self._disturbed(saved, compute, X, y, number))
            saved.put_back()
            made = compute(X, y, predict)
            noise.floor(reads(self.loss), X, y)
            return made, difference(saved, found, expected, noise)
        return made, ""

    def _disturbed(
        self, saved: Saved, compute: Callable[..., Computed], X: Tensor, y: Tensor, number: int
    ) -> Outcome | None:
        """What the step gives when the last bits of weights and samples are others; None if no finite numbers."""
        draws = np.random.default_rng(number)
        with no_grad():
            for parameter in saved.parameters:
                parameter.copy_(_shaken(parameter, draws))
        try:
            loss, _ = compute(_shaken(X, draws), y, False)
        except NotFinite:
            return None
        return Outcome(saved, loss)


def _shaken(t: Tensor, draws: np.random.Generator) -> Tensor:
    """Every entry larger or smaller by its last bit."""
    values = t.numpy()
    if values.dtype.kind != "f":
        return t
    signs = 2 * draws.integers(0, 2, values.shape) - 1
    return tensor((values * (1 + signs * np.finfo(values.dtype).eps)).astype(values.dtype))


class Outcome:
    """What a step gave: its loss, gradients, parameters and buffers."""

    def __init__(self, saved: Saved, loss: Tensor) -> None:
        self.loss, self.dtype = float(loss.item()), loss.dtype
        self.gradients = [None if p.grad is None else p.grad.numpy().copy() for p in saved.parameters]
        self.after = [t.numpy().copy() for t in saved.tensors]


class Noise:
    """How far rounding alone moves the loss, each gradient and each update of a step; at first not at all."""

    def __init__(self, expected: Outcome) -> None:
        self.expected = expected
        self.loss = 0.0
        self.gradients = [0.0] * len(expected.gradients)
        self.after = [0.0] * len(expected.after)

    def add(self, other: Outcome | None) -> None:
        """Take in a step of which only the last bits were others."""
        if other is None:
            self.loss, self.gradients, self.after = np.inf, [np.inf] * len(self.gradients), [np.inf] * len(self.after)
            return
        self.loss = max(self.loss, NOISE * abs(other.loss - self.expected.loss))
        for noise, ours, theirs in (
            (self.gradients, other.gradients, self.expected.gradients),
            (self.after, other.after, self.expected.after),
        ):
            for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
                if a is not None and b is not None:
                    noise[i] = max(noise[i], NOISE * float(np.abs(a - b).max(initial=0.0)))

    def floor(self, kind: str, X: Tensor, y: Tensor) -> None:
        """What probabilities lose near 1, whose last bit is that of 1 whatever is changed before."""
        dtype = self.expected.dtype
        if kind in ("numbers", "logits") or dtype.kind != "f":
            return
        of_one = 1.0 if kind else min(1.0, _largest(y))  # a loss of the user's own may be one of small numbers
        least = NOISE * float(np.finfo(dtype).eps) * of_one
        self.loss = max(self.loss, least)
        least *= max(1.0, _largest(X))
        self.gradients = [max(noise, least) for noise in self.gradients]
        self.after = [max(noise, least) for noise in self.after]


def _largest(t: Tensor) -> float:
    values = t.numpy()
    return float(np.abs(values).max(initial=0.0)) if values.dtype.kind == "f" else 1.0


def difference(saved: Saved, found: Outcome, expected: Outcome, noise: Noise) -> str:
    """Where one outcome is another than the other beyond rounding, in words: each by its own largest entry."""
    if not abs(found.loss - expected.loss) <= RELATIVE * abs(expected.loss) + noise.loss:
        return f"a loss of {found.loss:.6g} where the ordinary step gives {expected.loss:.6g}"
    idle: list[Any] = []  # where a gradient is zero but for rounding: its direction means nothing
    for (name, _), g, wanted, least in zip(
        saved.names, found.gradients, expected.gradients, noise.gradients, strict=False
    ):
        if (g is None) != (wanted is None):
            return f"{'no' if g is None else 'a'} gradient of {name!r}, unlike the ordinary step"
        idle.append(True if wanted is None else np.abs(wanted) <= least)
        if g is not None and wanted is not None:
            bound = RELATIVE * np.abs(wanted).max(initial=0.0) + least
            if message := _far(f"a gradient of {name!r}", g, wanted, bound):
                return message
    idle += [False] * (len(saved.names) - len(idle))
    for (name, _), before, a, b, still, least in zip(
        saved.names, saved.values, found.after, expected.after, idle, noise.after, strict=False
    ):
        eps = np.finfo(b.dtype).eps if b.dtype.kind == "f" else 0.0
        bound = RELATIVE * np.abs(b - before).max(initial=0.0) + least + 4 * eps * np.abs(before).max(initial=0.0)
        if message := _far(f"an update of {name!r}", np.where(still, b, a), b, bound):
            return message
    return ""


def _far(what: str, found: Array, expected: Array, bound: Any) -> str:
    with np.errstate(invalid="ignore"):
        wrong = np.isfinite(expected) & ~(np.abs(found - expected) <= bound)
    if not wrong.any():
        return ""
    place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    return f"{what} with {found[place]:.6g} where the ordinary step gives {expected[place]:.6g}"


class Saved:
    """All that a step changes, to be put back."""

    def __init__(self, model: Module, loss: Any, optimizer: Any) -> None:
        modules = [*model.modules(), *(loss.modules() if isinstance(loss, Module) else ())]
        self.owners = [(vars(thing), dict(vars(thing))) for thing in (*modules, optimizer)]
        named = {
            id(p): (name, p)
            for module in (loss, model)
            if isinstance(module, Module)
            for name, p in module.named_parameters()
        }
        held = [p for group in optimizer.param_groups for p in group["params"]]
        self.names: list[tuple[str, Tensor]] = list(({id(p): ("a parameter", p) for p in held} | named).values())
        self.parameters: list[Tensor] = [parameter for _, parameter in self.names]
        self.names += [
            pair for module in (model, loss) if isinstance(module, Module) for pair in module.named_buffers()
        ]
        self.state, self.memory = optimizer.state, {p: dict(memory) for p, memory in optimizer.state.items()}
        remembered = [v for memory in self.memory.values() for v in memory.values() if isinstance(v, Tensor)]
        self.tensors = [*(t for _, t in self.names), *remembered]
        self.values = [t.numpy().copy() for t in self.tensors]
        # copies: a program that wrote a gradient writes no more into memory that somebody holds
        self.gradients = [None if p.grad is None else p.grad.numpy().copy() for p in self.parameters]
        draw = [v for _, before in self.owners for v in before.values() if isinstance(v, Generator)]
        self.generators = [(generator, generator.get_state()) for generator in dict.fromkeys(draw)]
        self.others: list[tuple[Tensor, Array | None]] = []
        self.default = get_rng_state()
        self.python, numbers = random.getstate(), sys.modules.get("numpy.random")
        self.numpy = None if numbers is None else np.random.get_state()

    def add(self, tensors: list[Tensor], generators: list[Generator]) -> None:
        """Save what else a step changes: tensors and generators that neither model nor optimizer know of."""
        known = set(map(id, self.tensors))
        others = [t for t in tensors if id(t) not in known]
        self.tensors += others
        self.values += [t.numpy().copy() for t in others]
        self.others = [(t, None if t.grad is None else t.grad.numpy().copy()) for t in others if t.requires_grad]
        self.generators += [(g, g.get_state()) for g in generators if all(g is not held for held, _ in self.generators)]

    def put_back(self) -> None:
        """Make everything as it was."""
        with no_grad():
            for t, gradient in self.others:
                t.grad = None if gradient is None else tensor(gradient)
            for t, value in zip(self.tensors, self.values, strict=True):
                if t.numpy().tobytes() != value.tobytes():
                    t.copy_(value)
            for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
                parameter.grad = None if gradient is None else tensor(gradient)
        for parameter in [p for p in self.state if p not in self.memory]:
            del self.state[parameter]
        for parameter, memory in self.memory.items():
            now = self.state.get(parameter)
            if now is None or len(now) != len(memory) or any(now.get(k) is not v for k, v in memory.items()):
                self.state[parameter] = type(now or memory)(memory)
        for owner, before in self.owners:
            if owner.keys() != before.keys() or any(owner[name] is not value for name, value in before.items()):
                owner.clear()
                owner.update(before)
                settings_changed()
        for generator, state in self.generators:
            generator.set_state(state)
        set_rng_state(self.default)
        random.setstate(self.python)
        if self.numpy is not None:
            np.random.set_state(self.numpy)
