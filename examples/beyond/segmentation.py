"""Which pixels belong to the disc: a small U-Net, trained with the soft Dice loss.

Ronneberger, Fischer and Brox, "U-Net" (2015).

``python -m examples.beyond.segmentation``
"""

from collections import OrderedDict

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn


class UNet(nn.Module):
    """Down, down, up, up, and across."""

    def __init__(self, in_channels=1, out_channels=1, features=6):
        super().__init__()
        self.encoder1 = UNet._block(in_channels, features, name="enc1")
        self.pool1 = nn.MaxPool2d(kernel_size=2, stride=2)
        self.encoder2 = UNet._block(features, features * 2, name="enc2")
        self.pool2 = nn.MaxPool2d(kernel_size=2, stride=2)
        self.bottleneck = UNet._block(features * 2, features * 4, name="bottleneck")
        self.upconv2 = nn.ConvTranspose2d(features * 4, features * 2, kernel_size=2, stride=2)
        self.decoder2 = UNet._block(features * 4, features * 2, name="dec2")
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.decoder1 = UNet._block(features * 3, features, name="dec1")
        self.conv = nn.Conv2d(features, out_channels, kernel_size=1)

    def forward(self, x):
        enc1 = self.encoder1(x)
        enc2 = self.encoder2(self.pool1(enc1))
        bottleneck = self.bottleneck(self.pool2(enc2))
        dec2 = self.decoder2(torch.cat((self.upconv2(bottleneck), enc2), dim=1))
        dec1 = self.decoder1(torch.cat((self.upsample(dec2), enc1), dim=1))
        return torch.sigmoid(self.conv(dec1))

    @staticmethod
    def _block(in_channels, features, name):
        return nn.Sequential(
            OrderedDict(
                [
                    (name + "conv", nn.Conv2d(in_channels, features, kernel_size=3, padding="same", bias=False)),
                    (name + "norm", nn.GroupNorm(3, features)),
                    (name + "relu", nn.LeakyReLU(0.1, inplace=True)),
                ]
            )
        )


class DiceLoss(nn.Module):
    """1 - 2 |A and B| / (|A| + |B|)."""

    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, y_pred, y_true):
        y_pred = y_pred[:, 0].contiguous().view(-1)
        y_true = y_true[:, 0].contiguous().view(-1)
        intersection = (y_pred * y_true).sum()
        return 1.0 - (2.0 * intersection + self.smooth) / (y_pred.sum() + y_true.sum() + self.smooth)


def discs(n, size=16):
    yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    center, radius = size * (0.25 + 0.5 * torch.rand(n, 2, 1, 1)), 2 + 3 * torch.rand(n, 1, 1)
    mask = (yy - center[:, 0]) ** 2 + (xx - center[:, 1]) ** 2 < radius**2
    image = torch.where(mask, 0.7, 0.2) + 0.3 * torch.randn(n, size, size)
    return image.unsqueeze(1), mask.unsqueeze(1).to(image.dtype)


def main(steps=60):
    model, dice_loss = UNet(), DiceLoss()
    optimizer = torch.optim.RAdam(model.parameters(), lr=1e-2)
    losses = []
    for step in range(steps):
        images, masks = discs(8)
        loss = dice_loss(model(images), masks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 20 == 0:
            print(f"step {step}: Dice loss {loss.item():.3f}")
    with torch.no_grad():
        images, masks = discs(20)
        found = model(images) > 0.5
        union = torch.logical_or(found, masks > 0.5).sum()
        iou = torch.logical_and(found, masks.bool()).sum() / union
    print(f"intersection over union: {iou:.3f}")
    return [*losses, iou.item()]


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
