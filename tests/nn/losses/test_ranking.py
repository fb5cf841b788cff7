"""The triplet margin."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional


def test_the_triplet_margin():
    a, near, far = tw.tensor([[0.0, 0.0]]), tw.tensor([[0.0, 1.0]]), tw.tensor([[0.0, 1.5]])
    assert nn.TripletMarginLoss(eps=0)(a, near, far).item() == 0.5
    assert nn.TripletMarginLoss(eps=0, swap=True)(a, near, far).item() == 1.5  # like and unlike are 0.5 apart
    assert nn.TripletMarginLoss(eps=0, margin=0.25)(a, near, far).item() == 0.0
    with pytest.raises(ValueError, match="margin must be positive"):
        functional.triplet_margin_loss(a, near, far, margin=0)
    with pytest.raises(tw.ShapeError, match="one shape"):
        functional.triplet_margin_loss(a, near, tw.zeros(1, 3))


@pytest.mark.parametrize("swap", [False, True])
def test_swapping_takes_the_nearer_of_two_distances(swap):
    a, like, unlike = (np.array([row], float) for row in ([0.0, 0.0], [0.0, 1.0], [0.0, -1.5]))  # unlike is nearer to a
    for first, second in ((a, like), (like, a)):  # and then farther from the anchor than from the other
        far = abs(first - unlike).sum()
        if swap:
            far = min(far, abs(second - unlike).sum())
        loss = functional.triplet_margin_loss(*map(tw.tensor, (first, second, unlike)), margin=2.0, eps=0, swap=swap)
        assert loss.item() == pytest.approx(max(0.0, 2.0 + 1.0 - far))
