"""Whatever is done to an optimizer between two steps, a compiled step goes on as the ordinary one does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf import nn

Change = Callable[["Training"], Any]


class Training:
    """Two groups, a parameter in none, and one step."""

    def __init__(self, compiled: bool) -> None:
        self.parameters = [tw.tensor(np.arange(1.0, 2 + n), requires_grad=True) for n in range(3)]
        self.extra = tw.tensor([0.5, -0.5], dtype=tw.float64, requires_grad=True)
        first = {"params": self.parameters[:2], "lr": 0.05}
        self.optimizer = nn.optim.SGD([first, {"params": self.parameters[2:], "momentum": 0.5}], lr=0.1)
        self.saved = self.optimizer.state_dict()
        self.run = tw.compile(self.step) if compiled else self.step

    @property
    def all(self) -> list[tw.Tensor]:
        return [*self.parameters, self.extra]

    @property
    def group(self) -> dict[str, Any]:
        return self.optimizer.param_groups[0]

    def step(self, x: tw.Tensor) -> None:
        self.optimizer.zero_grad()
        sum((w * x).pow(2).sum() for w in self.all if w.requires_grad).backward()
        self.optimizer.step()

    def put(self, **entries: Any) -> None:
        for group in self.optimizer.param_groups:
            group.update(entries)

    def add(self) -> None:
        if all(self.extra is not p for group in self.optimizer.param_groups for p in group["params"]):
            self.optimizer.add_param_group({"params": self.extra, "lr": 0.2})

    def forget_one(self) -> None:
        if self.optimizer.state:
            self.optimizer.state.pop(next(iter(self.optimizer.state)))

    def empty_one(self) -> None:
        for memory in list(self.optimizer.state.values())[:1]:
            memory.clear()

    def load(self) -> None:
        if len(self.optimizer.param_groups) == 2 and len(self.group["params"]) == 2:
            self.optimizer.load_state_dict(self.saved)

    def drop(self) -> None:
        if len(self.group["params"]) > 1:
            self.group["params"].pop()


def putting(**entries: Any) -> Change:
    return lambda training: training.put(**entries)


CHANGES: dict[str, Change] = {
    "nothing": lambda training: None,
    "a rate": putting(lr=0.02),
    "another rate": putting(lr=np.float32(0.3)),
    "no rate": putting(lr=0),
    "momentum": putting(momentum=0.9),
    "no momentum": putting(momentum=0, nesterov=False),
    "nesterov": putting(momentum=0.8, dampening=0, nesterov=True),
    "dampening": putting(dampening=0.5),
    "decay": putting(weight_decay=0.1),
    "no decay": putting(weight_decay=0.0),
    "l1": putting(l1=0.05),
    "climbing": putting(maximize=True),
    "descending": putting(maximize=False),
    "a group more": Training.add,
    "a parameter less": Training.drop,
    "a plain group": lambda training: training.optimizer.param_groups.__setitem__(0, {**training.group, "lr": 0.15}),
    "turned round": lambda training: setattr(training.optimizer, "param_groups", training.optimizer.param_groups[::-1]),
    "one forgotten": Training.forget_one,
    "one emptied": Training.empty_one,
    "all forgotten": lambda training: training.optimizer.state.clear(),
    "loaded": Training.load,
    "frozen": lambda training: training.parameters[1].requires_grad_(False),
    "learning": lambda training: training.parameters[1].requires_grad_(True),
    "no gradient": lambda training: setattr(training.parameters[0], "grad", None),
}


@settings(max_examples=8)
@given(st.lists(st.sampled_from(sorted(CHANGES)), min_size=4, max_size=10), st.randoms(use_true_random=False))
def test_a_compiled_step_follows_every_change(changes, random):
    compiled, ordinary = Training(True), Training(False)
    for change in changes:
        for training in (compiled, ordinary):
            CHANGES[change](training)
        for _ in range(random.choice([1, 3])):
            x = tw.tensor(random.uniform(-0.5, 0.5))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a function that is traced for each call says so
                compiled.run(x)
            ordinary.run(x)
            for w, v in zip(compiled.all, ordinary.all, strict=True):
                np.testing.assert_allclose(w.numpy(), v.numpy(), rtol=1e-6, atol=1e-9)
                assert (w.grad is None) == (v.grad is None)
        memories = ([sorted(memory) for memory in t.optimizer.state.values()] for t in (compiled, ordinary))
        assert next(memories) == next(memories)
