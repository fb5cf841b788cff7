"""Two moons, separated by neurons that are built one weight at a time and trained with a hinge loss.

In the spirit of Andrej Karpathy's micrograd: every weight is a tensor of its own, every product an operation.

``python -m examples.beyond.moons``
"""

import math
import random

import tinygrad_wtf as torch


class Neuron:
    """Weights, a bias and perhaps a ReLU."""

    def __init__(self, inputs, nonlinear=True):
        self.w = [torch.tensor(random.uniform(-1, 1), requires_grad=True) for _ in range(inputs)]
        self.b = torch.tensor(0.0, requires_grad=True)
        self.nonlinear = nonlinear

    def __call__(self, x):
        out = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return out.relu() if self.nonlinear else out

    def parameters(self):
        return [*self.w, self.b]


class MLP:
    """Layers of neurons; the last one is linear."""

    def __init__(self, sizes):
        last = len(sizes) - 2
        self.layers = [[Neuron(sizes[i], i != last) for _ in range(sizes[i + 1])] for i in range(last + 1)]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]


def make_moons(samples, noise=0.1):
    points, labels = [], []
    for i in range(samples):
        angle, label = math.pi * random.random(), i % 2
        x, y = (math.cos(angle), math.sin(angle)) if label else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + random.gauss(0, noise), y + random.gauss(0, noise)])
        labels.append(1 if label else -1)
    return torch.tensor(points), torch.tensor(labels)


def main(steps=40):
    X, y = make_moons(60)
    model = MLP([2, 8, 8, 1])
    parameters = model.parameters()
    losses = []
    for k in range(steps):
        scores = model((X[:, 0], X[:, 1]))  # all samples at once
        hinge = (1 - y * scores).relu().mean()
        loss = hinge + 1e-4 * sum((p * p).sum() for p in parameters)
        accuracy = ((scores > 0) == (y > 0)).float().mean()

        for p in parameters:
            p.grad = None
        loss.backward()
        rate = 1.0 - 0.9 * k / 50
        for p in parameters:
            p.data -= 0.5 * rate * p.grad

        losses.append(loss.item())
        if k % 10 == 0:
            print(f"step {k:3d}  loss {loss.item():.4f}  accuracy {accuracy * 100:.0f}%")
    return losses


if __name__ == "__main__":
    random.seed(1337)
    main()
