"""A line through noisy points with autograd alone: no layer, no optimizer, three numbers that learn.

``python -m examples.beyond.linear_regression``
"""

import tinygrad_wtf as torch


def main(steps=200):
    x = torch.linspace(-3, 3, 100).unsqueeze(1)
    X = torch.cat([x, x**2], dim=1)
    y = X @ torch.tensor([[2.0], [-0.5]]) + 1.0 + 0.3 * torch.randn(100, 1)

    w = torch.randn(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    lr = 0.02
    losses = []
    for step in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
            w.grad.zero_()
            b.grad = None
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"step {step:4d}  loss {loss:.4f}")
    print(f"y = {w[0].item():.2f} x + {w[1].item():.2f} x^2 + {b.item():.2f}")
    return losses


if __name__ == "__main__":
    torch.manual_seed(1337)
    main()
