"""Random programs: each world has a step, what it reads, and changes that may happen between its calls.

A world is made of a seed alone, so two of one seed are twins: one is run compiled, the other as it is. All that it does
is drawn from its own source of numbers, and never depends on results.
"""

from __future__ import annotations

import random

import numpy as np

import tinygrad_wtf as tw

CONTROLS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e-40, 1e-30, 1e30, float("inf"), 1e-3, 100.0)
ORDINARY = (0.5, 1.0, -1.0, 2.0, 0.0, -0.5)


class World:
    """A step with what surrounds it."""

    nudges: random.Random | None = None  # what moves the last bits of each number on the way, if anything does

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)
        self.log: list[str] = []
        self.batch = 0
        self.rows = self.source.choice((1, 3, 4))
        self.fixed = self.source.random() < 0.4  # whether the same arguments come again
        self.dtype = np.float64 if self.source.random() < 0.2 else np.float32
        self.way = self.pick("arguments", "arguments", "arguments", "none", "names", "container")
        self.given = self.arguments()

    def pick(self, *options):
        """One of them, drawn by weight if they are pairs."""
        return self.source.choice(options)

    def chance(self, p: float) -> bool:
        return self.source.random() < p

    def array(self, *shape, extreme=False):
        """Small numbers without pattern, among them some that are special."""
        values = [self.source.choice(ORDINARY) + self.source.random() for _ in range(int(np.prod(shape)))]
        if extreme and values:
            for _ in range(1 + len(values) // 4):
                values[self.source.randrange(len(values))] = self.source.choice(CONTROLS)
        return np.array(values, self.dtype).reshape(shape)

    def nudged(self, a):
        """`a` as another order of its sums might have left it, where that is asked for."""
        if self.nudges is None:
            return a
        eps = 2 * float(np.finfo(a.dtype).eps)
        factors = [1 + self.nudges.choice((-eps, eps)) for _ in range(a.numel())]
        return a * tw.tensor(np.array(factors, a.dtype).reshape(a.shape))

    def arguments(self):
        """A batch."""
        raise NotImplementedError

    def between(self) -> None:
        """Change something, or nothing."""
        if not self.fixed or self.chance(0.3):
            if self.chance(0.15):
                self.rows = self.pick(1, 3, 4)
            self.given = self.arguments()
        for _ in range(self.pick(0, 0, 1, 1, 2)):
            change = self.source.choice(self.changes())
            self.log.append(change.__name__)
            change()

    def changes(self):
        """What may be changed between the calls."""
        raise NotImplementedError

    def call(self, step):
        """Call the step, in the way of this world: with arguments, by name, in a container, or with none."""
        if self.way == "none":
            return step()
        if self.way == "names":
            return step(**dict(zip(self.names, self.given, strict=True)))
        if self.way == "container":
            return step(dict(zip(self.names, self.given, strict=True)))
        return step(*self.given)

    def entry(self, *args, **named):
        """What is compiled."""
        if self.way == "none":
            args = self.given
        elif self.way == "container":
            args, named = (), args[0]
        return self.step(*args, **named)

    def step(self, *args):
        """What is computed."""
        raise NotImplementedError

    def leaves(self):
        """The tensors whose numbers and gradients are compared."""
        raise NotImplementedError

    def state(self):
        """All numbers that can be seen from outside."""
        for t in self.leaves():
            yield t.detach().numpy()
            yield None if t.grad is None else t.grad.numpy()
