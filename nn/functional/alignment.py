"""`ctc_loss`: labels of sequences without knowing when each is said."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor

from . import checks

NOTHING = -1e30  # the logarithm of an impossible path; finite, so that its slope is 0 and not nan


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the logarithm of the probability of all alignments of the labels with the steps (Graves et al., 2006).

    An alignment says at each step a label or the blank; labels that follow each other are one, unless a blank lies
    between. The gradient is the one with respect to `log_probs`; PyTorch's is it with respect to what comes before
    their `log_softmax`, which is the same for the network.

    Parameters
    ----------
    log_probs : Tensor of shape (T, N, C) or (T, C)
        Logarithms of the probabilities of the C classes at each step, as `log_softmax` gives them.
    targets : Tensor of shape (N, S), or (sum of the lengths,)
        The labels of each sequence; the former padded, the latter one after another.
    input_lengths, target_lengths : sequence of int or Tensor of shape (N,)
        How many steps and how many labels each sequence has.
    blank : int, default 0
        The class that says nothing.
    reduction : {"mean", "sum", "none"}
        How the single losses become one; for "mean" each is divided by its number of labels first.
    zero_infinity : bool, default False
        Whether sequences that are too short for their labels give 0 instead of infinity.

    Returns
    -------
    Tensor
        A scalar, or shape (N,) with ``reduction="none"``.

    Raises
    ------
    ShapeError
        When the shapes do not fit.
    SettingError
        When the blank is none of the classes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> steps = nn.functional.log_softmax(tw.zeros(3, 1, 2), 2)
    >>> round(nn.functional.ctc_loss(steps, tw.tensor([[1]]), [3], [1]).item(), 4)
    0.2877
    """
    op = "ctc_loss"
    checks.known_reduction(op, reduction)
    x, labels = checks.floating(op, log_probs), as_tensor(targets)
    if x.ndim not in (2, 3):
        raise ShapeError(f"takes log_probs (T, N, C) or (T, C), not {x.shape}", op=op, shapes=(x.shape,))
    if single := x.ndim == 2:
        x, labels = x.unsqueeze(1), labels.reshape(1, -1) if labels.ndim == 1 else labels
    _, batch, classes = x.shape
    if not 0 <= blank < classes:
        raise SettingError(f"blank {blank} is none of the {classes} classes", op=op)
    given, said = (as_tensor(n).reshape(-1) for n in (input_lengths, target_lengths))
    if given.shape != (batch,) or said.shape != (batch,):
        raise ShapeError(f"{batch} sequences need as many lengths, not {given.shape} and {said.shape}", op=op)
    if labels.ndim == 1:
        labels = _padded(op, labels, target_lengths)
    if labels.ndim != 2 or labels.shape[0] != batch:
        raise ShapeError(f"labels of {labels.shape} do not fit {batch} sequences", op=op, shapes=(labels.shape,))
    costs = -_log_likelihood(x, labels, given, said, blank)
    impossible = costs > -NOTHING / 2
    losses: Tensor = tw.where(impossible, 0.0 if zero_infinity else np.inf, costs)
    if reduction == "mean":
        losses = losses / tw.clamp(said, min=1).to(x.dtype)
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses.squeeze(0) if single else losses


def _padded(op: str, labels: Tensor, lengths: Any) -> Tensor:
    """Labels one after another as rows."""
    sizes = lengths.detach().numpy() if isinstance(lengths, Tensor) else np.asarray(lengths)
    sizes = sizes.astype(np.int64).reshape(-1)
    if sizes.sum() != labels.shape[0]:
        raise ShapeError(f"{labels.shape[0]} labels are not as many as the lengths {sizes.tolist()} say", op=op)
    starts = np.cumsum(sizes) - sizes
    each = np.arange(sizes.max(initial=0))
    places = np.where(each < sizes[:, None], starts[:, None] + each, 0)
    if not labels.shape[0]:
        return labels.reshape(len(sizes), 0)
    return labels[as_tensor(places)]


def _log_likelihood(x: Tensor, labels: Tensor, given: Tensor, said: Tensor, blank: int) -> Tensor:
    """The logarithm of the probability of all alignments, by the forward recursion over the steps."""
    steps, batch, _ = x.shape
    places = 2 * labels.shape[1] + 1  # a blank before each label and behind the last
    extended = tw.full((batch, labels.shape[1], 2), blank, dtype=labels.dtype)
    extended = tw.cat([extended[:, :, :1], labels.unsqueeze(2)], 2).reshape(batch, places - 1)
    extended = tw.cat([extended, tw.full((batch, 1), blank, dtype=labels.dtype)], 1)
    emitted = x.gather(2, extended.unsqueeze(0).expand(steps, batch, places))
    before = tw.cat([tw.full((batch, 2), blank, dtype=labels.dtype), extended[:, :-2]], 1)[:, :places]
    may_skip = (extended != blank) & (extended != before)
    first = tw.as_tensor(np.arange(places) < 2)
    alpha = tw.where(first, emitted[0], NOTHING)

    def later(a: Tensor, by: int) -> Tensor:
        moved: Tensor = tw.pad(a, (by, 0), value=NOTHING)[:, :places]
        return moved

    for t in range(1, steps):
        skipped = tw.where(may_skip, later(alpha, 2), NOTHING)
        new = tw.logsumexp(tw.stack([alpha, later(alpha, 1), skipped]), 0) + emitted[t]
        alpha = tw.where((given > t).unsqueeze(1), tw.clamp(new, min=NOTHING), alpha)
    last = (2 * said).unsqueeze(1)
    end = alpha.gather(1, last)
    label = tw.where(last > 0, alpha.gather(1, tw.clamp(last - 1, min=0)), NOTHING)
    total: Tensor = tw.logsumexp(tw.cat([end, label], 1), 1)
    return total
