"""Worlds that compute with tensors: expressions, writes, indices and masks, differentiated inside or outside."""

from __future__ import annotations

import numpy as np

import tinygrad_wtf as tw
from tests.fuzz.worlds import CONTROLS, ORDINARY, World
from tinygrad_wtf import nn

UNARY = {
    "tanh": lambda a: a.tanh(),
    "sigmoid": lambda a: a.sigmoid(),
    "exp": lambda a: (-a.abs()).exp(),
    "sin": lambda a: a.sin(),
    "relu": lambda a: a.relu(),
    "abs": lambda a: a.abs(),
    "sqrt": lambda a: (a.abs() + 0.5).sqrt(),
    "log": lambda a: (a.abs() + 0.5).log(),
    "neg": lambda a: -a,
    "square": lambda a: a * a,
    "softmax": lambda a: a.softmax(-1),
    "log_softmax": lambda a: nn.functional.log_softmax(a, -1),
    "cumsum": lambda a: a.cumsum(0),
    "flip": lambda a: a.flip(0),
    "clamp": lambda a: a.clamp(-1.0, 1.0),
    "mean": lambda a: a.mean(0, keepdim=True),
    "sum": lambda a: a.sum(1, keepdim=True),
    "amax": lambda a: a.amax(1, keepdim=True),
    "detach": lambda a: a.detach(),
    "clone": lambda a: a.clone(),
    "turned": lambda a: a.T.T * 1.0,
    "softplus": lambda a: nn.functional.softplus(a),
    "log of sigmoid": lambda a: a.sigmoid().log(),
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b.abs() + 1.0),
    "maximum": tw.maximum,
    "minimum": tw.minimum,
    "where": lambda a, b: tw.where(a > b, a, b * 2.0),
    "product": lambda a, b: a @ (b.expand(3, 2) if b.shape[0] == 1 else b[:1].expand(3, 2)).T @ tw.ones(3, 2),
}


class Expression(World):
    """A function of tensors, differentiated inside or outside, with writes, indices and masks."""

    names = ("x",)

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        extreme = self.extreme = self.chance(0.3)
        self.w = tw.tensor(self.array(1, 2, extreme=extreme), requires_grad=True)
        self.v = tw.tensor(self.array(3, 2), requires_grad=True)
        self.memory = tw.tensor(self.array(3, 2))
        self.index = np.array([0, 2, 1, 0])
        self.part = self.memory[1:] if self.chance(0.3) else None
        self.settings = {"scale": self.source.choice(CONTROLS if extreme else ORDINARY), "flags": [True, False]}
        names = [
            (self.chance(0.55), self.source.choice(list(UNARY)), self.source.choice(list(BINARY))) for _ in range(6)
        ]
        self.plan = [(unary, u, b, self.source.randrange(99), self.source.randrange(99)) for unary, u, b in names]
        self.writes = self.pick("", "", "add", "mask", "index", "whole")
        self.inside = self.pick("backward", "grad", "outside", "outside", "second")
        self.shapes = self.chance(0.1)
        self.draws = self.chance(0.15)
        self.hook_factor = [1.0]
        if self.chance(0.2):
            factor = self.hook_factor
            self.w.register_hook(lambda g: g * factor[0])

    def arguments(self):
        x = tw.tensor(self.array(self.rows if self.rows != 4 else 3, 2, extreme=getattr(self, "extreme", False)))
        return (x.requires_grad_() if getattr(self, "inside", "") == "outside" and self.chance(0.3) else x,)

    def value(self, x):
        values = [x, self.w * self.settings["scale"], self.v[self.index[:3]] if x.shape[0] == 3 else self.w * 2.0]
        if self.shapes:
            values.append((x[x > 0.5].sum() * tw.ones(1, 1)).expand(1, 2))
        if self.draws:
            values.append(tw.rand(1, 2, dtype=x.dtype))
        for unary, u, b, first, second in self.plan:
            a, c = values[first % len(values)], values[second % len(values)]
            values.append(self.nudged(UNARY[u](a) if unary else BINARY[b](a, c)))
        return values[-1] + (values[-2] if self.settings["flags"][0] else values[-3])

    def step(self, x):
        y = self.value(x)
        if self.writes == "add":
            self.memory.add_(y.detach().mean() * 0.1)
        elif self.writes == "mask":
            self.memory[self.memory > 0.7] = 0.25
        elif self.writes == "index":
            self.memory[self.index[0]] = y.detach().mean()
        elif self.writes == "whole":
            self.memory.copy_(self.memory.tanh())
        total = (y * self.nudged(self.memory if self.part is None else self.part).sum()).mean()
        if self.inside == "backward":
            self.w.grad = None
            if total.requires_grad:
                total.backward()
            return total.detach()
        if self.inside in ("grad", "second") and total.requires_grad:
            twice = self.inside == "second"
            (g,) = tw.grad(total, self.w, create_graph=twice, allow_unused=True)
            if g is None:
                return total.detach()
            if not twice or not g.requires_grad:
                return total.detach(), g.detach()
            (h,) = tw.grad((g * g).sum(), self.w, allow_unused=True)
            return total.detach(), g.detach(), g.detach() if h is None else h.detach()
        return total, y

    def after(self, result):
        """What the caller does with it: differentiate."""
        if self.inside == "outside" and result[0].requires_grad:
            self.w.grad = self.v.grad = None
            (result[0] + result[1].sum() * 0.5).backward()

    def leaves(self):
        return [self.w, self.v, self.memory, *self.given]

    def changes(self):
        return [self.set_scale, self.set_flag, self.set_index, self.write, self.write_array, self.set_factor]

    def set_scale(self):
        self.settings["scale"] = self.source.choice(CONTROLS if self.extreme else ORDINARY)

    def set_flag(self):
        self.settings["flags"].reverse()

    def set_index(self):
        self.index[:] = self.index[::-1].copy()

    def write(self):
        with tw.no_grad():
            self.v.mul_(0.5)
            self.memory.add_(0.5)

    def write_array(self):
        with tw.no_grad():
            self.w.copy_(tw.tensor(self.array(1, 2, extreme=self.extreme)))

    def set_factor(self):
        self.hook_factor[0] = self.pick(1.0, 3.0)
