"""A network that obeys a law of physics: the damped oscillator, its equation as the loss, by gradients of gradients.

Raissi, Perdikaris and Karniadakis, "Physics-informed neural networks" (2019).

``python -m examples.beyond.pinn``
"""

import math

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn


class FCN(nn.Module):
    """Time in, displacement out."""

    def __init__(self, n_in, n_out, n_hidden, n_layers):
        super().__init__()
        activation = nn.Tanh
        self.fcs = nn.Sequential(nn.Linear(n_in, n_hidden), activation())
        self.fch = nn.Sequential(
            *[nn.Sequential(nn.Linear(n_hidden, n_hidden), activation()) for _ in range(n_layers - 1)]
        )
        self.fce = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.fce(self.fch(self.fcs(x)))


def exact(d, w0, t):
    w = math.sqrt(w0**2 - d**2)
    phi = math.atan(-d / w)
    return torch.exp(-d * t) * torch.cos(phi + w * t) / math.cos(phi)


def main(steps=300):
    d, w0 = 1.0, 5.0
    mu, k = 2 * d, w0**2
    pinn = FCN(1, 1, 16, 2)
    t_boundary = torch.tensor(0.0).view(-1, 1).requires_grad_(True)
    t_physics = torch.linspace(0, 1, 30).view(-1, 1).requires_grad_(True)
    t_test = torch.linspace(0, 1, 100).view(-1, 1)
    optimiser = torch.optim.Adam(pinn.parameters(), lr=1e-2)
    losses = []
    for i in range(steps):
        optimiser.zero_grad()
        u = pinn(t_boundary)
        loss1 = (torch.squeeze(u) - 1) ** 2
        dudt = torch.autograd.grad(u, t_boundary, torch.ones_like(u), create_graph=True)[0]
        loss2 = (torch.squeeze(dudt) - 0) ** 2

        u = pinn(t_physics)
        dudt = torch.autograd.grad(u, t_physics, torch.ones_like(u), create_graph=True)[0]
        d2udt2 = torch.autograd.grad(dudt, t_physics, torch.ones_like(dudt), create_graph=True)[0]
        loss3 = torch.mean((d2udt2 + mu * dudt + k * u) ** 2)

        loss = loss1 + 1e-1 * loss2 + 1e-3 * loss3
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if i % 100 == 0:
            error = (pinn(t_test).detach() - exact(d, w0, t_test)).abs().max()
            print(f"step {i}: loss {loss.item():.5f}, farthest from the truth by {error:.3f}")
    return losses


if __name__ == "__main__":
    torch.manual_seed(123)
    main()
