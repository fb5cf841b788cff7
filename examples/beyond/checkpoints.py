"""A training that is interrupted and goes on as if nothing had happened: state dictionaries of everything.

``python -m examples.beyond.checkpoints``
"""

import copy

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.optim as optim


def build():
    model = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ELU(), nn.Dropout(0.1), nn.Linear(16, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.03, total_steps=1000)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, batches):
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = nn.functional.huber_loss(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def main(steps=60):
    X = torch.randn(steps, 20, 3)
    Y = (X.sum(dim=-1, keepdim=True) * X[..., :1]).sin()
    batches = list(zip(X, Y))
    half = steps // 2

    model, optimizer, scheduler = build()
    losses = train(model, optimizer, scheduler, batches[:half])
    checkpoint = {
        "epoch": half,
        "model": copy.deepcopy(model.state_dict()),
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "scheduler": scheduler.state_dict(),
        "loss": losses[-1],
    }
    state = torch.get_rng_state()
    straight = train(model, optimizer, scheduler, batches[half:])

    again, its_optimizer, its_scheduler = build()
    print(again.load_state_dict(checkpoint["model"]))
    its_optimizer.load_state_dict(checkpoint["optimizer"])
    its_scheduler.load_state_dict(checkpoint["scheduler"])
    torch.set_rng_state(state)  # for the dropout
    resumed = train(again, its_optimizer, its_scheduler, batches[checkpoint["epoch"] :])
    print(f"gone on from {checkpoint['loss']:.4f}: {straight[-1]:.6f} and {resumed[-1]:.6f}")

    # layers that fit are taken over, the others start anew
    other = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ELU(), nn.Dropout(0.1), nn.Linear(16, 5))
    fitting = {k: v for k, v in checkpoint["model"].items() if v.shape == other.state_dict()[k].shape}
    missing, unexpected = other.load_state_dict(fitting, strict=False)
    print("new:", missing, unexpected)
    return losses + straight + resumed + [other(X[0]).sum().item()]


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
