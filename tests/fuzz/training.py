"""Worlds that train a network."""

from __future__ import annotations

import numpy as np

import tinygrad_wtf as tw
from tests.fuzz.worlds import World
from tinygrad_wtf import nn


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
