"""Operations of one's own: `autograd.Function` for a polynomial, and for rounding that lets gradients straight through.

``python -m examples.beyond.custom_function``
"""

import math

import tinygrad_wtf as torch
from tinygrad_wtf import nn


class LegendrePolynomial3(torch.autograd.Function):
    """P3(x) = (5x^3 - 3x) / 2, with its derivative by hand."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class Round(torch.autograd.Function):
    """Rounded to so many steps; backward as if nothing had happened (a straight-through estimator)."""

    @staticmethod
    def forward(ctx, x, levels):
        return torch.round(x * levels) / levels

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, None


class MyReLU(torch.autograd.Function):
    """As in every tutorial."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input


def main(steps=300):
    dtype = torch.get_default_dtype()
    x = torch.linspace(-math.pi, math.pi, 200, dtype=dtype)
    y = torch.sin(x)
    a = torch.full((), 0.0, dtype=dtype, requires_grad=True)
    b = torch.full((), -1.0, dtype=dtype, requires_grad=True)
    c = torch.full((), 0.0, dtype=dtype, requires_grad=True)
    d = torch.full((), 0.3, dtype=dtype, requires_grad=True)
    losses = []
    P3 = LegendrePolynomial3.apply
    for t in range(steps):
        y_pred = a + b * P3(c + d * x)
        loss = (y_pred - y).pow(2).mean()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for p in (a, b, c, d):
                p -= 1e-2 * p.grad
                p.grad = None
    print(f"y = {a.item():.3f} + {b.item():.3f} * P3({c.item():.3f} + {d.item():.3f} x), loss {losses[-1]:.4f}")

    first, second = nn.Linear(1, 16), nn.Linear(16, 1)
    optimizer = torch.optim.SGD([*first.parameters(), *second.parameters()], lr=0.05, momentum=0.9)
    for t in range(steps):
        w = Round.apply(second.weight, 8)
        loss = ((MyReLU.apply(first(x[:, None])) @ w.t() + second.bias).squeeze(1) - y).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"with weights in eighths: loss {losses[-1]:.4f}; {Round.apply(second.weight, 8).tolist()[0][:4]}")

    # second derivatives go through it, and gradcheck agrees
    z = torch.tensor([0.3, -0.7], requires_grad=True)
    (g,) = torch.autograd.grad(P3(z).sum(), z, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), z)
    assert torch.allclose(h, 15 * z)
    assert torch.autograd.gradcheck(P3, (torch.randn(5, dtype=torch.double, requires_grad=True),), eps=1e-6, atol=1e-4)
    return losses + h.tolist()


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
