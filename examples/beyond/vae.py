"""A variational autoencoder of scikit-learn's digits, by the reparameterisation trick; then it draws two of its own.

Kingma and Welling, "Auto-encoding variational Bayes" (2013).

``python -m examples.beyond.vae``
"""

from sklearn.datasets import load_digits

import tinygrad_wtf as torch
from tinygrad_wtf import nn, optim
from tinygrad_wtf.nn import functional as F


class VAE(nn.Module):
    """64 pixels to 4 numbers and back."""

    def __init__(self, latent=4):
        super().__init__()
        self.fc1 = nn.Linear(64, 48)
        self.fc21 = nn.Linear(48, latent)
        self.fc22 = nn.Linear(48, latent)
        self.fc3 = nn.Linear(latent, 48)
        self.fc4 = nn.Linear(48, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 64))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


def main(steps=400):
    data = torch.tensor(load_digits().images / 16.0, dtype=torch.get_default_dtype())
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    model.train()
    while len(losses) < steps:
        for batch in data[torch.randperm(len(data))].split(100):
            optimizer.zero_grad()
            recon, mu, logvar = model(batch)
            loss = loss_function(recon, batch, mu, logvar)
            loss.backward()
            optimizer.step()
            losses.append(loss.item() / len(batch))
            if len(losses) % 100 == 1:
                print(f"step {len(losses) - 1}: loss {losses[-1]:.3f} a digit")
            if len(losses) >= steps:
                break
    model.eval()
    with torch.no_grad():
        sample = model.decode(torch.randn(2, 4)).cpu().view(2, 8, 8)
    for row in torch.cat(list(sample), dim=1):
        print("".join(" .:+#@"[int(v * 5.99)] for v in row))
    return [*losses, sample.sum().item()]


if __name__ == "__main__":
    torch.manual_seed(1)
    main()
