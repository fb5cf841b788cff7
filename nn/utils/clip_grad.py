"""Gradients that are too long, made shorter before a step."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, Tensor, no_grad

Tensors = Tensor | Iterable[Tensor]


def _listed(given: Tensors) -> list[Tensor]:
    return [given] if isinstance(given, Tensor) else list(given)


def _gradients(parameters: Tensors) -> list[Tensor]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


def _length(parts: list[Tensor]) -> Any:
    """The Euclidean norm; where a gradient passes, as the norm of norms, whose slope at 0 is 0."""
    recorded = tw.is_grad_enabled() and any(part.requires_grad for part in parts)
    if recorded or any(part.dtype not in (tw.float32, tw.float64) for part in parts):  # squares of float16 overflow
        length: Tensor = tw.norm(tw.stack([tw.norm(part) for part in parts]))
    else:
        length = tw.sqrt(functools.reduce(operator.add, [(part * part).sum() for part in parts]))
    return length


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """Return the norm of all entries of all tensors, as if they were one vector.

    Parameters
    ----------
    tensors : Tensor or iterable of Tensor
        The tensors, of any shapes.
    norm_type : float, default 2
        The p of the norm; inf for the largest entry.
    error_if_nonfinite : bool, default False
        Whether a norm that is nan or infinite is an error.
    foreach : bool, optional
        How PyTorch computes it; there is one way here.

    Returns
    -------
    Tensor
        A scalar; 0 when there are no tensors.

    Raises
    ------
    RuntimeError
        When the norm is not finite, with `error_if_nonfinite`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.utils.get_total_norm([tw.tensor([3.0]), tw.tensor([4.0])]).item()
    5.0
    """
    parts = _listed(tensors)
    if not parts:
        return tw.tensor(0.0)
    p = float(norm_type)
    total: Tensor = _length(parts) if p == 2 else tw.norm(tw.stack([tw.norm(part, p) for part in parts]), p)
    if error_if_nonfinite and not tw.isfinite(total):
        raise RuntimeError(
            f"the norm of order {p} of the gradients is {total.item()}: look for the first nan or infinity before the "
            "step, or pass error_if_nonfinite=False"
        )
    return total


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply the gradients by ``max_norm / total_norm`` where that is less than 1, in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Whose gradients.
    max_norm : float
        The largest norm.
    total_norm : Tensor
        The norm that they have, see `get_total_norm`.
    foreach : bool, optional
        How PyTorch computes it; there is one way here.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> p = nn.Parameter([1.0])
    >>> p.grad = tw.tensor([4.0])
    >>> nn.utils.clip_grads_with_norm_(p, 2.0, tw.tensor(4.0))
    >>> round(p.grad.item(), 4)
    2.0
    """
    with no_grad():
        factor = tw.clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
        for gradient in _gradients(parameters):
            gradient.mul_(factor.to(gradient.dtype))


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Shorten the gradients, taken as one vector, to at most `max_norm` (Pascanu et al., 2013), in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Whose gradients; those without one are passed over.
    max_norm : float
        The largest norm.
    norm_type : float, default 2
        The p of the norm; inf for the largest entry.
    error_if_nonfinite : bool, default False
        Whether a norm that is nan or infinite is an error; otherwise the gradients become nan or 0.
    foreach : bool, optional
        How PyTorch computes it; there is one way here.

    Returns
    -------
    Tensor
        The norm before.

    Raises
    ------
    RuntimeError
        When the norm is not finite, with `error_if_nonfinite`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = nn.Parameter([3.0, 4.0])
    >>> (w * w).sum().backward()
    >>> nn.utils.clip_grad_norm_([w], max_norm=1.0).item()
    10.0
    >>> [round(g, 3) for g in w.grad.tolist()]
    [0.6, 0.8]
    """
    listed = _listed(parameters)
    with no_grad():
        total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Keep every entry of the gradients between ``-clip_value`` and ``clip_value``, in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Whose gradients; those without one are passed over.
    clip_value : float
        The largest size of an entry.
    foreach : bool, optional
        How PyTorch computes it; there is one way here.

    Raises
    ------
    SettingError
        When `clip_value` is negative.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = nn.Parameter([3.0, -0.1])
    >>> (w * w).sum().backward()
    >>> nn.utils.clip_grad_value_(w, 1.0)
    >>> [round(g, 3) for g in w.grad.tolist()]
    [1.0, -0.2]
    """
    bound = float(clip_value)
    if bound < 0:
        raise SettingError(f"the largest size of an entry cannot be {clip_value}", op="clip_grad_value_")
    with no_grad():
        for gradient in _gradients(parameters):
            gradient.copy_(tw.clamp(gradient, -bound, bound))
