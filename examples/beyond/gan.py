"""A generator learns a ring of points from a discriminator that tells true from false: a GAN.

Goodfellow et al., "Generative adversarial networks" (2014).

``python -m examples.beyond.gan``
"""

import math

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.optim as optim


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Linear") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.2)
        nn.init.constant_(m.bias.data, 0)


def real_points(n):
    angle = 2 * math.pi * torch.rand(n)
    return torch.stack([angle.cos(), angle.sin()], dim=1) + 0.05 * torch.randn(n, 2)


def main(steps=200):
    nz, batch_size = 4, 64
    netG = nn.Sequential(nn.Linear(nz, 32), nn.ReLU(True), nn.Linear(32, 32), nn.ReLU(inplace=True), nn.Linear(32, 2))
    netD = nn.Sequential(
        nn.Linear(2, 32),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Linear(32, 32),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Linear(32, 1),
        nn.Sigmoid(),
    )
    netG.apply(weights_init)
    netD.apply(weights_init)

    criterion = nn.BCELoss()
    optimizerD = optim.Adam(netD.parameters(), lr=2e-3, betas=(0.5, 0.999))
    optimizerG = optim.Adam(netG.parameters(), lr=2e-3, betas=(0.5, 0.999))
    fixed_noise = torch.randn(200, nz)

    losses = []
    for i in range(steps):
        # the discriminator: log D(x) + log(1 - D(G(z)))
        netD.zero_grad()
        label = torch.full((batch_size,), 1.0)
        output = netD(real_points(batch_size)).view(-1)
        errD_real = criterion(output, label)
        errD_real.backward()
        D_x = output.mean().item()

        fake = netG(torch.randn(batch_size, nz))
        label.fill_(0.0)
        output = netD(fake.detach()).view(-1)
        errD_fake = criterion(output, label)
        errD_fake.backward()
        errD = errD_real + errD_fake
        optimizerD.step()

        # the generator: log D(G(z))
        netG.zero_grad()
        label.fill_(1.0)
        output = netD(fake).view(-1)
        errG = criterion(output, label)
        errG.backward()
        D_G_z = output.mean().item()
        optimizerG.step()

        losses += [errD.item(), errG.item()]
        if i % 50 == 0:
            print(f"[{i}/{steps}] D: {errD.item():.4f} G: {errG.item():.4f} D(x): {D_x:.3f} D(G(z)): {D_G_z:.3f}")

    with torch.no_grad():
        radius = netG(fixed_noise).detach().cpu().norm(dim=1)
    print(f"radius of what is made: {radius.mean():.2f} +- {radius.std():.2f} (true: 1.00)")
    return [*losses, radius.mean().item()]


if __name__ == "__main__":
    torch.manual_seed(999)
    main()
