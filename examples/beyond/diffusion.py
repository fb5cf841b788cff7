"""Noise turned into a spiral step by step: a diffusion model of points in the plane.

Ho, Jain and Abbeel, "Denoising diffusion probabilistic models" (2020).

``python -m examples.beyond.diffusion``
"""

import math

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F


class TimeEmbedding(nn.Module):
    """A step's number as sines and cosines."""

    def __init__(self, dim):
        super().__init__()
        half = dim // 2
        frequencies = torch.exp(-math.log(1000.0) * torch.arange(half) / (half - 1))
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, t):
        angles = t[:, None] * self.frequencies[None, :]
        return torch.cat((angles.sin(), angles.cos()), dim=-1)


class Denoiser(nn.Module):
    """A noisy point and its step in, the noise out."""

    def __init__(self, hidden=64, time_dim=16):
        super().__init__()
        self.time = nn.Sequential(TimeEmbedding(time_dim), nn.Linear(time_dim, hidden), nn.SiLU())
        self.enter = nn.Linear(2, hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, hidden), nn.SiLU()) for _ in range(2)
        )
        self.leave = nn.Linear(hidden, 2)
        nn.init.zeros_(self.leave.weight)

    def forward(self, x, t):
        h = self.enter(x) + self.time(t)
        for block in self.blocks:
            h = h + block(h)
        return self.leave(h)


def spiral(n):
    r = torch.rand(n).sqrt()
    return torch.stack((r * torch.cos(9 * r), r * torch.sin(9 * r)), -1) * 1.5 + 0.02 * torch.randn(n, 2)


def main(steps=300, T=30):
    betas = torch.linspace(1e-3, 0.2, T)
    alphas = 1.0 - betas
    alphas_cumprod = torch.cumprod(alphas, dim=0)
    previous = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
    posterior_variance = betas * (1.0 - previous) / (1.0 - alphas_cumprod)

    model = Denoiser()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=1e-5)
    losses = []
    for step in range(steps):
        x0 = spiral(128)
        t = torch.randint(0, T, (x0.shape[0],))
        noise = torch.randn_like(x0)
        keep = alphas_cumprod[t].unsqueeze(-1)
        xt = keep.sqrt() * x0 + (1 - keep).sqrt() * noise
        loss = F.mse_loss(model(xt, t), noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}")

    @torch.no_grad()
    def sample(n):
        x = torch.randn(n, 2)
        for i in reversed(range(T)):
            t = torch.full((n,), i, dtype=torch.long)
            mean = (x - betas[i] / (1 - alphas_cumprod[i]).sqrt() * model(x, t)) / alphas[i].sqrt()
            x = mean if i == 0 else mean + posterior_variance[i].sqrt() * torch.randn_like(x)
        return x

    made = sample(100)
    nearest = torch.cdist(made, spiral(1000)).min(dim=1).values
    print(f"what is made lies {nearest.mean():.3f} from the spiral")
    return [*losses, made.mean().item(), made.std().item(), nearest.mean().item()]


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
