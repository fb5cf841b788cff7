"""Sample tensors in several patterns: ties, zeros, kinks, extremes, memory layouts."""

from __future__ import annotations

import zlib
from typing import Any

import torch

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, 1e-40, -1e-40, 1e4, -1e4, 1e-4, 88.0, -88.0]
NEAR_ONE = [1 - 1e-6, -1 + 1e-6, 1 + 1e-6, -1 - 1e-6, 20.0, 20.5, -20.0]
NOT_FINITE = [float("inf"), float("-inf"), float("nan"), 1.0, 0.0]

DOMAINS = {
    "real": lambda x: x,
    "positive": lambda x: x.abs() + 0.1,
    "unit": lambda x: x.tanh(),
    "probability": lambda x: x.sigmoid(),
    "above one": lambda x: x.abs() + 1.01,
}
FLOAT_PATTERNS = ("normal", "ties", "grid", "zeros", "wide", "strided", "edges", "not finite")
SMOOTH = ("normal", "ties", "zeros", "strided", "small", "grid")  # for what mixes many numbers


class Maker:
    """Makes the tensors of one sample, in one pattern and dtype, the same in every run."""

    def __init__(self, name: str, pattern: str, dtype: torch.dtype, domain: str = "real") -> None:
        self.pattern, self.dtype, self.domain = pattern, dtype, domain
        self.random = torch.Generator().manual_seed(zlib.crc32(f"{name} {pattern}".encode()))

    def __call__(self, *shape: int, domain: str | None = None, grad: bool = True, dtype: Any = None) -> torch.Tensor:
        """A tensor of this shape; floating-point ones require gradients unless `grad` is false."""
        dtype = dtype or self.dtype
        fit = DOMAINS[domain or self.domain]
        n = 1
        for side in shape:
            n *= side
        if not dtype.is_floating_point:
            high = 2 if dtype == torch.bool else 6
            low = 0 if dtype in (torch.bool, torch.uint8) else -5
            return torch.randint(low, high, shape, generator=self.random).to(dtype)
        x = torch.randn(shape, generator=self.random, dtype=torch.float64)
        if self.pattern == "ties":
            x = fit(torch.randint(-2, 3, shape, generator=self.random).double())
        elif self.pattern == "grid":
            x = fit(torch.randint(-6, 7, shape, generator=self.random).double() / 2)
        elif self.pattern == "zeros":
            x = torch.where(torch.rand(shape, generator=self.random, dtype=torch.float64) < 0.3, fit(x), 0.0)
        elif self.pattern == "wide":
            x = fit(x * 10 ** (8 * torch.rand(shape, generator=self.random, dtype=torch.float64) - 4))
        elif self.pattern in ("edges", "not finite"):
            pool = NOT_FINITE if self.pattern == "not finite" else EDGES + NEAR_ONE
            shift = int(torch.randint(0, 100, (), generator=self.random))
            picked = [pool[(shift + 7 * i) % len(pool)] for i in range(n)]
            x = torch.tensor(picked, dtype=torch.float64).reshape(shape)
        elif self.pattern == "small":
            x = fit(x * 1e-3)
        else:
            x = fit(2 * x)
        x = x.to(dtype)
        if self.pattern == "strided":
            x = _strided(x)
        return x.requires_grad_() if grad else x

    def whole(self, *shape: int, low: int = -5, high: int = 6, dtype: torch.dtype = torch.int64) -> torch.Tensor:
        """Integers, for indices."""
        return torch.randint(low, high, shape, generator=self.random).to(dtype)

    def truth(self, *shape: int) -> torch.Tensor:
        """Booleans."""
        return torch.randint(0, 2, shape, generator=self.random) > 0

    def definite(self, *shape: int) -> torch.Tensor:
        """Symmetric positive definite matrices."""
        a = torch.randn(shape, generator=self.random, dtype=torch.float64)
        return (a @ a.mT + 0.5 * torch.eye(shape[-1], dtype=torch.float64)).to(self.dtype).requires_grad_()

    def regular(self, *shape: int) -> torch.Tensor:
        """Matrices far from singular."""
        a = torch.randn(shape, generator=self.random, dtype=torch.float64)
        return (a + 3 * torch.eye(shape[-1], dtype=torch.float64)).to(self.dtype).requires_grad_()


def _strided(x: torch.Tensor) -> torch.Tensor:
    """The same numbers in memory that is not contiguous: transposed, or every second entry of a longer array."""
    if x.ndim >= 2:
        return x.mT.contiguous().mT
    if x.ndim == 1:
        longer = torch.zeros(2 * len(x), dtype=x.dtype)
        longer[::2] = x
        return longer[::2]
    return x
