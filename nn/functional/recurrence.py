"""What recurrent layers compute: a step of each kind, and the walk over all steps of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor

State = tuple[Tensor, ...]
Step = Callable[[Tensor, State], State]
"""From the inputs' part of the sums and the state to the next state, whose first tensor is the output."""


def elman_step(recurrent: Tensor, bias: Tensor | None, nonlinearity: str) -> Step:
    """``h' = tanh(x + h Wᵀ + b)``, or with ``relu``."""
    turned = recurrent.T

    def step(x: Tensor, state: State) -> State:
        sums = x + state[0] @ turned
        if bias is not None:
            sums = sums + bias
        return (sums.tanh() if nonlinearity == "tanh" else sums.relu(),)

    return step


def lstm_step(recurrent: Tensor, bias: Tensor | None, projection: Tensor | None) -> Step:
    """Gates i, f, g, o; ``c' = σ(f) c + σ(i) tanh(g)`` and ``h' = σ(o) tanh(c')``, projected by a matrix."""
    turned = recurrent.T
    smaller = None if projection is None else projection.T

    def step(x: Tensor, state: State) -> State:
        h, c = state
        sums = x + h @ turned
        if bias is not None:
            sums = sums + bias
        i, f, g, o = sums.chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return (h if smaller is None else h @ smaller), c

    return step


def gru_step(recurrent: Tensor, bias: Tensor | None) -> Step:
    """Gates r and z; ``n = tanh(x_n + σ(r) (h Wᵀ + b)_n)`` and ``h' = n + σ(z) (h - n)``."""
    turned = recurrent.T

    def step(x: Tensor, state: State) -> State:
        h = state[0]
        own = h @ turned
        if bias is not None:
            own = own + bias
        size = h.shape[-1]
        r, z = (x[..., : 2 * size] + own[..., : 2 * size]).sigmoid().chunk(2, -1)
        n = (x[..., 2 * size :] + r * own[..., 2 * size :]).tanh()
        return (n + z * (h - n),)

    return step


def walk(step: Step, inputs: Tensor, state: State, sizes: Sequence[int] | None, reverse: bool) -> tuple[Tensor, State]:
    """Take all steps of a batch of sequences.

    Parameters
    ----------
    step : callable
        One step.
    inputs : Tensor of shape (T, B, ...), or (total, ...) with `sizes`
        What each step reads.
    state : tuple of Tensor of shape (B, ...)
        Where it starts.
    sizes : sequence of int, optional
        Of packed sequences, how many take part in each step: never more than in the one before.
    reverse : bool
        Whether it goes from the last step to the first.

    Returns
    -------
    output : Tensor
        The first tensor of each step's state, in the layout of `inputs`.
    state : tuple of Tensor
        Each sequence's state after its last step.
    """
    parts = inputs.unbind(0) if sizes is None else inputs.split(list(sizes), 0)
    start, steps = state, range(len(parts))
    outputs: list[Tensor] = [parts[0]] * len(parts) if parts else []
    if sizes is None or len(set(sizes)) == 1:
        for t in reversed(steps) if reverse else steps:
            state = step(parts[t], state)
            outputs[t] = state[0]
    elif reverse:  # sequences join as their ends are reached
        state = tuple(s[: sizes[-1]] for s in start)
        for t in reversed(steps):
            if (there := len(state[0])) < sizes[t]:
                state = tuple(tw.cat([s, first[there : sizes[t]]]) for s, first in zip(state, start, strict=True))
            state = step(parts[t], state)
            outputs[t] = state[0]
    else:  # sequences leave as they end
        ended: list[State] = []
        for t in steps:
            if sizes[t] < len(state[0]):
                ended.append(tuple(s[sizes[t] :] for s in state))
                state = tuple(s[: sizes[t]] for s in state)
            state = step(parts[t], state)
            outputs[t] = state[0]
        ended.append(state)
        state = tuple(tw.cat(list(pieces)) for pieces in zip(*reversed(ended), strict=True))
    return (tw.stack(outputs) if sizes is None else tw.cat(outputs)), state
