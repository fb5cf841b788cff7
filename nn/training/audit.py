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

Array = np.ndarray[Any, Any]
Computed = tuple[Tensor, Tensor | None]  # the loss before the update, and the predictions if they are wanted
RELATIVE = 1e-2  # of gradients and updates: far above rounding, far below a setting that was overlooked
ROUNDING = {2: 1e-2, 4: 3e-5, 8: 1e-10}  # by the bytes of a number: what sums of terms of size 1 may differ by


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
        return made, difference(saved, found, Outcome(saved, made[0]), self._largest(X))

    @staticmethod
    def _largest(X: Tensor) -> float:
        values = X.numpy()
        return float(np.abs(values).max(initial=1.0)) if values.dtype.kind == "f" else 1.0


class Outcome:
    """What a step gave: its loss, gradients, parameters and buffers."""

    def __init__(self, saved: Saved, loss: Tensor) -> None:
        self.loss, self.dtype = float(loss.item()), loss.dtype
        self.gradients = [None if p.grad is None else p.grad.numpy().copy() for p in saved.parameters]
        self.after = [t.numpy().copy() for t in saved.tensors]


def difference(saved: Saved, found: Outcome, expected: Outcome, largest: float) -> str:
    """Where one outcome is another than the other beyond rounding, in words; `largest` is the largest input."""
    rounding = ROUNDING.get(expected.dtype.itemsize, 1e-2) * largest * max(1.0, abs(expected.loss))
    if not abs(found.loss - expected.loss) <= RELATIVE * abs(expected.loss) + rounding:
        return f"a loss of {found.loss:.6g} where the ordinary step gives {expected.loss:.6g}"
    noise: list[Any] = []  # where a gradient is zero but for rounding: its direction means nothing
    for (name, _), g, wanted in zip(saved.names, found.gradients, expected.gradients, strict=False):
        if (g is None) != (wanted is None):
            return f"{'no' if g is None else 'a'} gradient of {name!r}, unlike the ordinary step"
        noise.append(True if wanted is None else np.abs(wanted) <= 10 * rounding)
        if g is not None and wanted is not None:
            bound = RELATIVE * np.abs(wanted).max(initial=0.0) + rounding
            if message := _far(f"a gradient of {name!r}", g, wanted, bound):
                return message
    noise += [False] * (len(saved.names) - len(noise))
    for (name, _), before, a, b, idle in zip(
        saved.names, saved.values, found.after, expected.after, noise, strict=False
    ):
        eps = np.finfo(b.dtype).eps if b.dtype.kind == "f" else 0.0
        bound = RELATIVE * np.abs(b - before).max(initial=0.0) + rounding + 64 * eps * np.abs(before).max(initial=0.0)
        if message := _far(f"an update of {name!r}", np.where(idle, b, a), b, bound):
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
