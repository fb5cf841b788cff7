"""Random draws whose distribution depends on tensors. Those of numbers and shapes are in `draws`.

Nothing is recorded: a draw of whole numbers has no derivative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops import public
from tinygrad_wtf.ops.draws import drawn
from tinygrad_wtf.ops.rows import draws as rows
from tinygrad_wtf.random import RandomSource
from tinygrad_wtf.tensors.creation import _integer, as_tensor
from tinygrad_wtf.tensors.data import check_values
from tinygrad_wtf.tensors.draws import rand

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def _seed(generator: RandomSource) -> Any:
    """A number to start from, drawn: so the draw itself is an operation, in a compiled function too."""
    return drawn(generator, lambda g: g.integers(2**63, size=1))


def _floating(op: str, input: Any) -> Tensor:
    given = as_tensor(input).detach()
    if given.dtype.kind != "f":
        raise DTypeError(f"takes floating-point numbers, not {given.dtype}", op=op, hint="Convert with .float()")
    return given


def multinomial(input: Any, num_samples: int, replacement: bool = False, *, generator: RandomSource = None) -> Tensor:
    """Places drawn at random, with probabilities in proportion to the entries of `input`.

    Parameters
    ----------
    input : Tensor
        Weights of at least 0, not all 0, that need not add up to 1: a vector (n,), or one in each row of (m, n).
    num_samples : int
        How many places; without replacement not more than there are weights above 0.
    replacement : bool
        Whether a place may be drawn more than once.
    generator : Generator or int, optional
        Where it is drawn from; by default what `manual_seed` starts.

    Returns
    -------
    Tensor
        int64, of shape (num_samples,) or (m, num_samples); SettingError if the weights are none.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.multinomial(tw.tensor([0.0, 1.0, 0.0]), 2, replacement=True).tolist()
    [1, 1]
    """
    weights = _floating("multinomial", input)
    count = _integer("multinomial", num_samples)
    if weights.ndim not in (1, 2) or not weights.shape[-1]:
        raise ShapeError(f"takes a vector or a matrix of weights, not {weights.shape}", op="multinomial")
    if count < 1:
        raise SettingError(f"at least one place is drawn, not {count}", op="multinomial")
    least = 1 if replacement else count
    check_values(lambda w: _check_weights(w, least), weights)
    exact = weights.to(dtypes.float64)
    if not replacement:  # the first of several exponential clocks, and the next ones
        shape = exact.shape
        waits = drawn(generator, lambda g: g.standard_exponential(shape))
        clocks = public.where(exact > 0, waits / public.where(exact > 0, exact, 1.0), np.inf)
        return public.topk(clocks, count, largest=False).indices  # type: ignore[no-any-return]
    edges = exact.cumsum(-1)
    places = rand((*exact.shape[:-1], count), dtype=dtypes.float64, generator=generator) * edges[..., -1:]
    return public.searchsorted(edges, places, right=True)  # type: ignore[no-any-return]


def _check_weights(weights: Any, least: int) -> None:
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise SettingError("a weight is nan, infinite or negative", op="multinomial", shapes=(weights.shape,))
    if ((weights > 0).sum(-1) < least).any():
        raise SettingError(
            f"fewer than {least} weights are above 0",
            op="multinomial",
            shapes=(weights.shape,),
            hint="Draw fewer, or with replacement=True",
        )


def poisson(input: Any, generator: RandomSource = None) -> Tensor:
    """Random whole numbers of Poisson's distribution, with the rates in `input`, in its shape and dtype.

    Rates are floating-point numbers of at least 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.poisson(tw.zeros(2)).tolist()
    [0.0, 0.0]
    """
    rates = _floating("poisson", input)
    check_values(_check_rates, rates)
    return rows.poisson_draw(rates, _seed(generator))  # type: ignore[no-any-return]


def _check_rates(rates: Any) -> None:
    if not (rates >= 0).all():
        raise SettingError("a rate is negative or nan", op="poisson", shapes=(rates.shape,))


def binomial(count: Any, prob: Any, generator: RandomSource = None) -> Tensor:
    """How many of `count` trials succeed that each do with probability `prob`: entry by entry, broadcast.

    Both are floating-point tensors of one dtype, which the result has.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.binomial(tw.tensor([3.0, 5.0]), tw.tensor([0.0, 1.0])).tolist()
    [0.0, 5.0]
    """
    trials, chance = _floating("binomial", count), _floating("binomial", prob)
    if trials.dtype != chance.dtype:
        raise DTypeError(f"takes two tensors of one dtype, not {trials.dtype} and {chance.dtype}", op="binomial")
    check_values(_check_trials, trials, chance)
    return rows.binomial_draw(trials, chance, _seed(generator))  # type: ignore[no-any-return]


def _check_trials(trials: Any, chance: Any) -> None:
    if not ((trials >= 0) & (trials == np.trunc(trials))).all():
        raise SettingError("a count is a whole number of at least 0", op="binomial", shapes=(trials.shape,))
    if not ((chance >= 0) & (chance <= 1)).all():
        raise SettingError("probabilities lie between 0 and 1", op="binomial", shapes=(chance.shape,))


def standard_gamma(concentration: Tensor, generator: RandomSource = None) -> Tensor:
    """Random numbers of the gamma distribution with rate 1, one for each entry of `concentration`.

    Recorded: a draw moves with its concentration so that the probability of a smaller one stays what it is.
    """
    return rows.gamma_draw(concentration, _seed(generator))  # type: ignore[no-any-return]
