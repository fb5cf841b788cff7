"""The script that everybody starts from: digits 28 x 28, options on the command line, device lines.

``python -m examples.beyond.mnist --data FOLDER`` with MNIST's files ``t10k-images-idx3-ubyte.gz`` and
``t10k-labels-idx1-ubyte.gz`` in the folder: trains on the first 8,000 digits and tests on the last 1,000.
"""

import argparse
import gzip
import os
from pathlib import Path

import numpy as np

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
import tinygrad_wtf.optim as optim
from tinygrad_wtf.optim.lr_scheduler import StepLR
from tinygrad_wtf.utils.data import DataLoader, Dataset


class Digits(Dataset):
    """Some of the digits, brightness normalized."""

    def __init__(self, folder, start, stop, transform=None):
        with gzip.open(Path(folder) / "t10k-images-idx3-ubyte.gz") as file:
            self.images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)[start:stop]
        with gzip.open(Path(folder) / "t10k-labels-idx1-ubyte.gz") as file:
            self.labels = np.frombuffer(file.read(), np.uint8, offset=8)[start:stop]
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = torch.as_tensor(self.images[index].copy(), dtype=torch.get_default_dtype()).div(255).unsqueeze(0)
        if self.transform:
            image = self.transform(image)
        return image, int(self.labels[index])


class Net(nn.Module):
    """Two convolutions, dropout, two dense layers."""

    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, 2)
        self.conv2 = nn.Conv2d(8, 16, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(400, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout2(x)
        x = self.fc2(x)
        output = F.log_softmax(x, dim=1)
        return output


def train(args, model, device, train_loader, optimizer, epoch, losses):
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if batch_idx % args.log_interval == 0:
            seen = batch_idx * len(data)
            percent = 100.0 * batch_idx / len(train_loader)
            print(
                f"Train Epoch: {epoch} [{seen}/{len(train_loader.dataset)} ({percent:.0f}%)]\tLoss: {loss.item():.6f}"
            )
        if args.dry_run or len(losses) >= args.steps:
            break


def test(model, device, test_loader):
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        for data, target in test_loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    test_loss /= len(test_loader.dataset)
    print(f"\nTest set: Average loss: {test_loss:.4f}, Accuracy: {correct}/{len(test_loader.dataset)}\n")
    return test_loss


def main(steps=125, argv=()):
    parser = argparse.ArgumentParser(description="MNIST example")
    parser.add_argument("--data", default=os.path.join(os.environ.get("TGWTF_DATA", "."), "mnist"), metavar="FOLDER")
    parser.add_argument("--batch-size", type=int, default=64, metavar="N")
    parser.add_argument("--test-batch-size", type=int, default=500, metavar="N")
    parser.add_argument("--epochs", type=int, default=1, metavar="N")
    parser.add_argument("--steps", type=int, default=steps, metavar="N", help="stop after N batches")
    parser.add_argument("--lr", type=float, default=1.0, metavar="LR")
    parser.add_argument("--gamma", type=float, default=0.7, metavar="M")
    parser.add_argument("--no-accel", action="store_true", default=False)
    parser.add_argument("--dry-run", action="store_true", default=False, help="quickly check a single pass")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--log-interval", type=int, default=25, metavar="N")
    args = parser.parse_args(argv)

    use_cuda = not args.no_accel and torch.cuda.is_available()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if use_cuda else "cpu")

    train_kwargs = {"batch_size": args.batch_size, "shuffle": True}
    test_kwargs = {"batch_size": args.test_batch_size}
    if use_cuda:
        cuda_kwargs = {"num_workers": 1, "pin_memory": True}
        train_kwargs.update(cuda_kwargs)
        test_kwargs.update(cuda_kwargs)

    def normalize(image):
        return (image - 0.1307) / 0.3081

    train_loader = DataLoader(Digits(args.data, 0, 8000, normalize), **train_kwargs)
    test_loader = DataLoader(Digits(args.data, 9000, 10_000, normalize), **test_kwargs)

    model = Net().to(device)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    losses = []
    for epoch in range(1, args.epochs + 1):
        train(args, model, device, train_loader, optimizer, epoch, losses)
        losses.append(test(model, device, test_loader))
        scheduler.step()
    return losses


if __name__ == "__main__":
    import sys

    main(argv=sys.argv[1:])
