"""Handwritten digits (scikit-learn's 8 x 8 pixels) with a convolutional network, a DataLoader, Adam and a schedule.

``python -m examples.beyond.digits_cnn``
"""

from sklearn.datasets import load_digits

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
import tinygrad_wtf.optim as optim
from tinygrad_wtf.optim.lr_scheduler import StepLR
from tinygrad_wtf.utils.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    """Two convolutions, pooling, two dense layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3, padding=1)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(16 * 4 * 4, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout(torch.flatten(x, 1))
        return self.fc2(F.relu(self.fc1(x)))


def main(steps=70):
    digits = load_digits()
    images = torch.tensor(digits.images / 16, dtype=torch.get_default_dtype()).unsqueeze(1)
    dataset = TensorDataset(images, torch.from_numpy(digits.target).long())
    train_set, test_set = random_split(dataset, [1500, len(dataset) - 1500])
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=100)

    model = Net()
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    optimizer = optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-5)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.7)

    losses, epoch = [], 0
    while len(losses) < steps:
        model.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if len(losses) >= steps:
                break
        scheduler.step()

        model.eval()
        correct, test_loss = 0, 0.0
        with torch.no_grad():
            for images, labels in test_loader:
                output = model(images)
                test_loss += criterion(output, labels).item() * images.size(0)
                _, predicted = torch.max(output.data, 1)
                correct += (predicted == labels).sum().item()
        epoch += 1
        lr = scheduler.get_last_lr()[0]
        print(f"epoch {epoch}: test loss {test_loss / len(test_set):.4f}, {correct}/{len(test_set)} right, lr {lr:.1e}")
        losses += [test_loss / len(test_set), float(correct), lr] if len(losses) >= steps else []
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
