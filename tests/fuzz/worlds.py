"""Random programs: each world has a step, what it reads, and changes that may happen between its calls.

A world is made of a seed alone, so two of one seed are twins: one is run compiled, the other as it is. All that it does
is drawn from its own source of numbers, and never depends on results.
"""

from __future__ import annotations

import random

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn

CONTROLS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e-40, 1e-30, 1e30, float("inf"), 1e-3, 100.0)
ORDINARY = (0.5, 1.0, -1.0, 2.0, 0.0, -0.5)
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


class World:
    """A step with what surrounds it."""

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


class Rates:
    """A namespace that a loss and a module of a world read."""

    scale = 1.0


class Scaled(nn.Module):
    """A layer that reads settings in all ways."""

    def __init__(self, world):
        super().__init__()
        self.factor, self.table, self.rates, self.array = 1.0, {"a": [0.5]}, world.rates, world.numbers
        self.helper = world.helper
        self.calls = 0
        self.counts = world.counts

    def forward(self, x):
        if self.counts:
            self.calls += 1
            x = x + 0.01 * self.calls
        y = x * self.factor + self.table["a"][0] if "a" in self.table else x
        return self.helper(y * self.rates.scale + tw.as_tensor(self.array[:1] * 2.0).to(x.dtype))


class Training(World):
    """A step of training a network."""

    names = ("X", "y")

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        tw.manual_seed(seed)
        self.rates = type("Rates", (Rates,), {})
        self.numbers = np.array([0.1, 0.2])
        self.counts = self.chance(0.05)
        factor = [1.0]
        self.helper_factor = factor
        self.helper = lambda y: y * factor[0]
        self.frozen_hooks: list = []
        width = self.pick(1, 3, 5)
        layers = [nn.Linear(2, width)]
        for _ in range(self.pick(0, 1, 2)):
            layers.append(self.layer(width))
        layers.append(nn.Linear(width, 1, bias=self.chance(0.8)))
        self.kind = self.pick("mse", "bce", "logits", "own")
        if self.kind == "bce":
            layers.append(nn.Sigmoid())
        self.model = nn.Sequential(*layers)
        if self.dtype == np.float64:
            self.model.double()
        self.losses = {"mse": nn.MSELoss(), "bce": nn.BCELoss(), "logits": nn.BCEWithLogitsLoss(), "own": self.own}
        momentum = self.pick(0.0, 0.0, 0.5, 0.9)
        parameters = list(self.model.parameters())
        groups = (
            [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.05}] if self.chance(0.3) else parameters
        )
        self.optimizer = nn.optim.SGD(
            groups,
            lr=self.pick(0.1, 0.5, 0.01, 0.0),
            momentum=momentum,
            dampening=self.pick(0.0, 0.3) if momentum else 0.0,
            weight_decay=self.pick(0.0, 0.0, 0.1),
            l1=self.pick(0.0, 0.01) if self.is_plain() else 0.0,  # the sign of what is 0 but for rounding means nothing
            maximize=self.chance(0.1),
        )
        self.first = parameters[0]
        self.hook_factor = {"is": 0.5}
        self.handle = None
        self.clips = self.chance(0.2)
        self.clears = self.chance(0.85)
        self.weights = [1.0]
        self.returns_prediction = self.chance(0.3)
        self.all = dict.fromkeys([*self.model.parameters(), *self.model.buffers()])

    def is_plain(self):
        return all(isinstance(m, nn.Linear | nn.Tanh | nn.Sigmoid) for m in self.model)

    def layer(self, width):
        """One layer more."""
        return self.pick(
            nn.Tanh, nn.Sigmoid, nn.ReLU, lambda: nn.Linear(width, width), lambda: nn.Dropout(0.5),
            lambda: nn.LayerNorm(width), lambda: nn.BatchNorm1d(width), lambda: Scaled(self), lambda: Scaled(self),
        )()  # fmt: skip

    def own(self, prediction, y):
        return ((prediction - y) ** 2 * self.weights[0] * self.rates.scale).mean() + 0.01 * (self.first**2).sum()

    def arguments(self):
        X = self.array(max(2, self.rows), 2)
        y = (self.array(max(2, self.rows), 1) > 0.5).astype(self.dtype)
        return (tw.tensor(X), tw.tensor(y))

    def step(self, X, y):
        if self.clears:
            self.optimizer.zero_grad()
        prediction = self.model(X)
        loss = self.losses[self.kind](prediction, y)
        loss.backward()
        if self.clips and self.first.grad is not None:
            norm = (self.first.grad**2).sum().sqrt()
            self.first.grad.mul_(tw.clamp(1.0 / (norm + 1e-6), max=1.0))
        self.optimizer.step()
        return (loss, prediction.detach()) if self.returns_prediction else loss

    def leaves(self):
        for parameter in self.model.parameters():
            self.all[parameter] = None
        return list(self.all)

    def state(self):
        yield from super().state()
        for parameter in self.leaves():
            for value in self.optimizer.state.get(parameter, {}).values():
                yield value.numpy()

    def changes(self):
        return [
            self.set_rate, self.set_momentum, self.set_decay, self.freeze, self.thaw, self.exchange_layer, self.to_eval,
            self.to_train, self.clear_gradients, self.write_parameter, self.replace_data, self.drop_state,
            self.write_state, self.drop_parameter, self.hook, self.unhook, self.set_hook_factor, self.set_scale,
            self.set_weights, self.set_factor, self.set_table, self.set_numbers, self.hold_gradient, self.set_gradient,
            self.append_layer, self.patch_class, self.eager_step, self.forward_hook, self.nothing, self.set_helper,
        ]  # fmt: skip

    def nothing(self):
        pass

    def group(self):
        return self.source.choice(self.optimizer.param_groups)

    def set_rate(self):
        self.group()["lr"] = self.pick(0.1, 0.2, 0.05, 0.0)

    def set_momentum(self):
        self.group()["momentum"] = self.pick(0.0, 0.5, 0.9)

    def set_decay(self):
        self.group()["weight_decay"] = self.pick(0.0, 0.1, 0.01)

    def some(self):
        parameters = list(self.model.parameters())
        return self.source.choice(parameters)

    def freeze(self):
        self.some().requires_grad_(False)

    def thaw(self):
        self.model.requires_grad_(True)

    def exchange_layer(self):
        place = self.source.randrange(len(self.model))
        old = self.model[place]
        if not list(old.parameters()) and len(self.model) - 1 > place:
            self.model[place] = self.pick(nn.Tanh, nn.Sigmoid, nn.ReLU)()

    def append_layer(self):
        if len(self.model) < 6 and self.kind in ("mse", "own", "logits"):
            self.model.append(nn.Tanh())

    def to_eval(self):
        self.model.eval()

    def to_train(self):
        self.model.train()

    def clear_gradients(self):
        self.model.zero_grad(set_to_none=self.chance(0.5))

    def write_parameter(self):
        with tw.no_grad():
            self.some().mul_(0.9)

    def replace_data(self):
        parameter = self.some()
        parameter.data = parameter.detach() * 0.5

    def drop_state(self):
        known = list(self.optimizer.state)
        if known:
            del self.optimizer.state[known[0]]

    def write_state(self):
        for memory in self.optimizer.state.values():
            for value in memory.values():
                value.mul_(0.5)

    def drop_parameter(self):
        for group in self.optimizer.param_groups:
            if len(group["params"]) > 1 and self.chance(0.5):
                group["params"].pop()

    def hook(self):
        if self.handle is None and self.first.requires_grad:
            factor = self.hook_factor
            self.handle = self.first.register_hook(lambda g: g * factor["is"])

    def unhook(self):
        if self.handle is not None:
            self.handle.remove()
            self.handle = None

    def set_hook_factor(self):
        self.hook_factor["is"] = self.pick(0.5, 2.0)

    def set_scale(self):
        self.rates.scale = self.pick(0.5, 1.0, 1.5)

    def set_weights(self):
        self.weights[0] = self.pick(0.5, 1.0)

    def set_helper(self):
        self.helper_factor[0] = self.pick(0.5, 1.0)

    def layers(self):
        return [m for m in self.model if isinstance(m, Scaled)]

    def set_factor(self):
        for layer in self.layers():
            layer.factor = self.pick(0.5, 1.0)

    def set_table(self):
        for layer in self.layers():
            if self.chance(0.5):
                layer.table["b" if "a" in layer.table else "a"] = layer.table.popitem()[1]
            else:
                next(iter(layer.table.values()))[0] = self.pick(0.5, -0.5)

    def set_numbers(self):
        self.numbers[0] = self.pick(0.1, -0.1)

    def hold_gradient(self):
        self.held = [p.grad for p in self.model.parameters()]
        self.copies = [None if g is None else g.numpy().copy() for g in self.held]

    def set_gradient(self):
        parameter = self.some()
        parameter.grad = tw.ones_like(parameter) * 0.1

    def patch_class(self):
        self.layers_class = type(self.layers()[0]) if self.layers() else None
        for layer in self.layers()[:1]:
            layer.helper = self.pick(lambda y: y * 1.5, self.helper)

    def forward_hook(self):
        layer = self.source.choice(list(self.model))
        factor = self.pick(0.5, 1.0)
        if self.chance(0.5):
            handle = layer.register_forward_hook(lambda module, args, output: output * factor)
            self.frozen_hooks.append(handle)
        elif self.frozen_hooks:
            self.frozen_hooks.pop().remove()

    def eager_step(self):
        self.step(*self.given)


class Expression(World):
    """A function of tensors, differentiated inside or outside, with writes, indices and masks."""

    names = ("x",)

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        extreme = self.extreme = self.chance(0.3)
        self.w = tw.Tensor(self.array(1, 2, extreme=extreme), requires_grad=True)
        self.v = tw.Tensor(self.array(3, 2), requires_grad=True)
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
            values.append(UNARY[u](a) if unary else BINARY[b](a, c))
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
        total = (y * (self.memory.sum() if self.part is None else self.part.sum())).mean()
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


def world(seed: int) -> World:
    """The world of a seed."""
    return (Training if seed % 2 else Expression)(seed)
