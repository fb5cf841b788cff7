"""Weights averaged over the training: an exponential moving average by hand, and SWA with its own schedule.

Izmailov et al., "Averaging weights leads to wider optima and better generalization" (2018).

``python -m examples.beyond.averaged_weights``
"""

import copy

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
from tinygrad_wtf.optim.swa_utils import SWALR, AveragedModel, update_bn
from tinygrad_wtf.utils.data import DataLoader, TensorDataset


class EMA:
    """A frozen copy that follows slowly."""

    def __init__(self, model, decay=0.9):
        self.decay = decay
        self.shadow = copy.deepcopy(model).eval()
        for p in self.shadow.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for pe, p in zip(self.shadow.parameters(), model.parameters()):
            pe *= self.decay
            pe += (1 - self.decay) * p
        for be, b in zip(self.shadow.buffers(), model.buffers()):
            be.copy_(b)


def main(steps=100):
    X = torch.rand(256, 2) * 2 - 1
    y = (X[:, 0] * X[:, 1] + 0.1 * torch.randn(256) > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    swa_model = AveragedModel(model)
    swa_scheduler = SWALR(optimizer, swa_lr=0.05, anneal_epochs=2)
    ema = EMA(model)
    loss_fn = nn.CrossEntropyLoss()

    losses, epoch = [], 0
    while len(losses) < steps:
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            optimizer.step()
            ema.update(model)
            losses.append(loss.item())
        if epoch >= 3:
            swa_model.update_parameters(model)
            swa_scheduler.step()
        else:
            scheduler.step()
        epoch += 1
    update_bn(loader, swa_model)

    model.eval()
    swa_model.eval()
    with torch.no_grad():
        for name, net in (("last", model), ("ema", ema.shadow), ("swa", swa_model)):
            loss = loss_fn(net(X), y).item()
            accuracy = (net(X).argmax(dim=1) == y).float().mean().item()
            print(f"{name:5s} loss {loss:.4f}  accuracy {accuracy:.1%}")
            losses += [loss, accuracy]
    print(f"{int(swa_model.n_averaged)} models averaged")
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
