"""`AdaptiveLogSoftmaxWithLoss`: a softmax over many classes, of which a few are frequent."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import tinygrad_wtf as tw
from tinygrad_wtf import IndexRangeError, SettingError, ShapeError, Tensor, as_tensor, check_values, is_compiling

from .. import functional
from ..module import Module
from .container import ModuleList, Sequential
from .linear import Linear


class OutputAndLoss(NamedTuple):
    """What the layer gives: the logarithms of the probabilities of the targets, and minus their mean."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-loss of many classes in groups by their frequency (Grave et al., 2017).

    The head gives a score to each frequent class and to each group of rare ones; the tail has a small network for each
    group, which computes only the samples whose class is in it. (Compiled, it computes all of them.)

    Parameters
    ----------
    in_features : int
        How many numbers a sample has.
    n_classes : int
        How many classes there are, numbered from the most frequent one.
    cutoffs : sequence of int
        Where the groups begin: increasing, from 1 to ``n_classes - 1``.
    div_value : float, default 4.0
        By how much each group's network is narrower than the one before.
    head_bias : bool, default False
        Whether the head has a bias.

    Raises
    ------
    SettingError
        When the cutoffs do not increase, or are no classes, or a group's network would have no width.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0)
    >>> output, loss = layer(tw.zeros(3, 8), tw.tensor([0, 7, 19]))
    >>> round(loss.item(), 4)  # of 4 + 2 in the head, then of none, 6 or 10
    3.1565
    >>> layer.log_prob(tw.zeros(3, 8)).shape, layer.predict(tw.zeros(3, 8)).tolist()
    ((3, 20), [0, 0, 0])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        op = type(self).__name__
        starts = list(cutoffs)
        if not starts or any(int(n) != n or not 0 < n < n_classes for n in starts) or starts != sorted(set(starts)):
            raise SettingError(f"cutoffs are increasing numbers from 1 to {n_classes - 1}, not {cutoffs!r}", op=op)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*starts, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = starts[0]
        self.n_clusters = len(starts)
        self.head_size = self.shortlist_size + self.n_clusters
        widths = [int(in_features // div_value ** (i + 1)) for i in range(self.n_clusters)]
        if min(widths) < 1:
            raise SettingError(
                f"the networks of the groups would have widths {widths}",
                op=op,
                hint="Take a smaller div_value, fewer groups or more in_features",
            )
        made = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList(
            Sequential(Linear(in_features, width, bias=False, **made), Linear(width, high - low, bias=False, **made))
            for width, (low, high) in zip(widths, pairwise(self.cutoffs), strict=True)
        )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for layer in self.tail.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> OutputAndLoss:
        """Compute the targets' log-probabilities and the loss, of samples (N, in_features) and classes (N,), or one."""
        op = type(self).__name__
        target = as_tensor(target_)
        if target.ndim > 1 or input_.ndim != target.ndim + 1 or input_.shape[:-1] != target.shape:
            raise ShapeError(
                f"takes samples (N, {self.in_features}) and classes (N,), or one of each, not {input_.shape} and "
                f"{target.shape}",
                op=op,
                shapes=(input_.shape, target.shape),
            )
        classes = self.n_classes

        def known(values: Any) -> None:
            if values.size and (values.min() < 0 or values.max() >= classes):
                raise IndexRangeError(f"classes are from 0 to {classes - 1}, and go to {values.max()}", op=op)

        check_values(known, target, once=f"classes below {classes}")
        samples, labels = (input_, target.long()) if target.ndim else (input_.unsqueeze(0), target.long().unsqueeze(0))
        group = sum((labels >= start).long() for start in self.cutoffs[:-1])
        in_head = tw.where(group > 0, self.shortlist_size - 1 + group, labels)
        output = _picked(functional.log_softmax(self.head(samples), 1), in_head)
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            here = group == i + 1
            places = tw.clamp(labels - low, 0, high - low - 1)
            if is_compiling():  # shapes that depend on numbers are no part of a program
                logs = functional.log_softmax(self.tail[i](samples), 1)
                output = output + tw.where(here, _picked(logs, places), 0)
                continue
            rows = tw.nonzero(here).squeeze(1)
            if rows.numel():
                logs = functional.log_softmax(self.tail[i](samples[rows]), 1)
                output = output.index_add(0, rows, _picked(logs, places[rows]))
        loss = -output.mean()
        return OutputAndLoss(output if target.ndim else output.squeeze(0), loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """Compute the log-probabilities of all classes, (N, n_classes), of samples (N, in_features)."""
        head = functional.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, layers in enumerate(self.tail):
            column = self.shortlist_size + i
            parts.append(functional.log_softmax(layers(input), 1) + head[:, column : column + 1])
        joined: Tensor = tw.cat(parts, 1)
        return joined

    def predict(self, input: Tensor) -> Tensor:
        """Give the most probable class of each sample (N, in_features)."""
        best: Tensor = self.log_prob(input).argmax(1)
        return best

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"in_features={self.in_features}, n_classes={self.n_classes}, cutoffs={self.cutoffs[:-1]}"


def _picked(logs: Tensor, places: Tensor) -> Tensor:
    """From each row one entry."""
    chosen: Tensor = logs.gather(1, places.unsqueeze(1)).squeeze(1)
    return chosen
