"""Residual blocks, a learning rate that waits for a plateau, augmented images, early stopping, and a fooled network.

He et al., "Deep residual learning" (2015); the attack is Goodfellow, Shlens and Szegedy's (2014).

``python -m examples.beyond.residual_net``
"""

import copy

import numpy as np
from sklearn.datasets import load_digits

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
from tinygrad_wtf.utils.data import DataLoader, Dataset, Subset


class Images(Dataset):
    """The digits, shifted a little at random."""

    def __init__(self, train=True):
        digits = load_digits()
        self.x = (digits.images / 16.0).astype(np.float32)
        self.y = digits.target
        self.train = train

    def __getitem__(self, i):
        image = torch.as_tensor(self.x[i], dtype=torch.get_default_dtype())
        if self.train:
            image = torch.roll(image, shifts=int(torch.randint(-1, 2, (1,))), dims=1)
        return image[None], self.y[i]

    def __len__(self):
        return len(self.y)


class BasicBlock(nn.Module):
    """Two convolutions, added to what came in, which is projected where shapes differ."""

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    """Three blocks and a mean over the image."""

    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.layers = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 16, stride=2), BasicBlock(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)

    def forward(self, x):
        x = self.avgpool(self.layers(self.stem(x)))
        return self.fc(torch.flatten(x, 1))


def main(steps=50, batch_size=50):
    train_set = Subset(Images(), range(1200))
    valid_set = Subset(Images(train=False), range(1200, 1797))
    loader = DataLoader(train_set, batch_size=batch_size, shuffle=True, num_workers=0)
    x_valid, y_valid = next(iter(DataLoader(valid_set, batch_size=len(valid_set))))

    model = ResNet()
    print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=0)

    losses, best, best_state, done = [], float("inf"), None, 0
    while done < steps:
        model.train()
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            done += 1
            if done % 10 == 0 or done >= steps:
                break
        model.eval()
        with torch.no_grad():
            out = model(x_valid)
            valid = F.cross_entropy(out, y_valid)
            accuracy = (out.argmax(1) == y_valid).float().mean()
        scheduler.step(valid)
        if valid < best:
            best, best_state = valid.item(), copy.deepcopy(model.state_dict())
        lr = optimizer.param_groups[0]["lr"]
        print(f"step {done}: loss {losses[-1]:.3f}, validation {valid:.3f}, accuracy {accuracy:.3f}, lr {lr:g}")
        losses += [valid.item(), lr]

    model.load_state_dict(best_state)
    model.eval()
    image = x_valid[:100].clone().requires_grad_()
    loss = F.cross_entropy(model(image), y_valid[:100])
    loss.backward()
    fooled = torch.clamp(image + 0.1 * image.grad.sign(), 0, 1).detach()
    right = [(model(v).max(1)[1] == y_valid[:100]).sum().item() for v in (image, fooled)]
    print(f"of 100 digits {right[0]} are read; after a step along the sign of the gradient {right[1]}")
    return losses + [float(r) for r in right]


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
