"""Learning to learn: weights from which one step of training fits a new sine wave (MAML), by gradients of gradients.

Finn, Abbeel and Levine, "Model-agnostic meta-learning" (2017).

``python -m examples.beyond.maml``
"""

import math

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F


def net(x, params):
    w1, b1, w2, b2, w3, b3 = params
    x = F.relu(F.linear(x, w1, b1))
    x = F.relu(F.linear(x, w2, b2))
    return F.linear(x, w3, b3)


def main(steps=200, tasks=4, shots=10, inner_lr=0.02):
    params = []
    for fan_in, fan_out in ((1, 24), (24, 24), (24, 1)):
        w = nn.Parameter(torch.empty(fan_out, fan_in))
        nn.init.xavier_uniform_(w)
        params += [w, nn.Parameter(torch.zeros(fan_out))]
    meta = torch.optim.Adam(params, lr=3e-3)

    def task():
        amplitude, phase = 0.5 + 2 * torch.rand(1), math.pi * torch.rand(1)

        def draw():
            x = torch.empty(shots, 1).uniform_(-3, 3)
            return x, amplitude * torch.sin(x + phase)

        return draw

    def adapt(x, y, create_graph=True):
        loss = F.mse_loss(net(x, params), y)
        grads = torch.autograd.grad(loss, params, create_graph=create_graph)
        return [p - inner_lr * g for p, g in zip(params, grads)]

    losses = []
    for step in range(steps):
        meta_loss = 0.0
        for _ in range(tasks):
            draw = task()
            fast = adapt(*draw())
            x, y = draw()
            meta_loss = meta_loss + F.mse_loss(net(x, fast), y)
        meta_loss = meta_loss / tasks
        meta.zero_grad()
        meta_loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 10.0)
        meta.step()
        losses.append(meta_loss.item())
        if step % 50 == 0:
            print(f"step {step:3d}: loss after one step of training {losses[-1]:.3f}")
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
