"""LBFGS: down Rosenbrock's valley with and without a line search, and a logistic regression in a few steps.

``python -m examples.beyond.lbfgs``
"""

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn


def main(steps=10):
    losses = []
    for search in (None, "strong_wolfe"):
        xy = torch.tensor([-1.2, 1.0], requires_grad=True)
        optimizer = torch.optim.LBFGS(
            [xy], lr=1.0 if search else 1e-3, history_size=10, max_iter=2, line_search_fn=search
        )

        def closure():
            optimizer.zero_grad()
            x, y = xy
            loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
            loss.backward()
            return loss

        for _ in range(steps):
            losses.append(optimizer.step(closure).item())
        print(f"{search}: at {xy.tolist()}, loss {losses[-1]:.2e}")

    X = torch.randn(80, 3)
    y = (X @ torch.tensor([1.5, -2.0, 0.5]) + 0.3 * torch.randn(80) > 0).type_as(X)
    model = nn.Linear(3, 1)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5, line_search_fn="strong_wolfe")

    def closure():
        if torch.is_grad_enabled():
            optimizer.zero_grad()
        loss = criterion(model(X).squeeze(-1), y) + 1e-3 * model.weight.square().sum()
        if loss.requires_grad:
            loss.backward()
        return loss

    for _ in range(steps):
        losses.append(optimizer.step(closure).item())
    right = ((model(X).squeeze() > 0) == y.bool()).sum()
    print(f"logistic regression: loss {losses[-1]:.4f}, {right} of {len(X)} right")
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
