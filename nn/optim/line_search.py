"""The line search of `LBFGS`: a length of the step that satisfies the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple

from tinygrad_wtf import Tensor, dot


class Point(NamedTuple):
    """A length along the direction; the loss there, its gradient, and its slope along the direction."""

    t: float
    loss: float
    gradient: Tensor
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], tuple[float, Tensor]],
    start: tuple[float, float, Tensor, float],
    direction: Tensor,
    *,
    most: int,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance: float = 1e-9,
) -> tuple[float, Tensor, float, int]:
    """Find a length where the loss has fallen enough and its slope has become flat enough.

    Parameters
    ----------
    evaluate : callable
        Gives the loss and its gradient at a length.
    start : (float, float, Tensor, float)
        The length to begin with; the loss, the gradient and the slope at length 0.
    direction : Tensor
        The direction.
    most : int
        How many evaluations may be made after the first.
    c1, c2 : float
        ``loss <= loss(0) + c1 t slope(0)`` and ``|slope| <= -c2 slope(0)`` are wanted.
    tolerance : float
        Stop when no number would change by more inside the bracket.

    Returns
    -------
    (float, Tensor, float, int)
        The loss, its gradient, the length, and how many evaluations were made.
    """

    def at(t: float) -> Point:
        loss, gradient = evaluate(t)
        return Point(t, loss, gradient, float(dot(gradient, direction)))

    t, loss, gradient, slope = start
    origin = before = Point(0.0, loss, gradient, slope)
    now, made = at(t), 1
    bracket: list[Point] = []
    is_found = False
    while made - 1 < most:  # go on until there is a good length between two points
        rises = now.loss > loss + c1 * now.t * slope or (made > 2 and now.loss >= before.loss)
        is_found = not rises and abs(now.slope) <= -c2 * slope
        if rises or is_found or now.slope >= 0:
            bracket = [now] if is_found else [before, now]
            break
        t = _cubic(before, now, (now.t + 0.01 * (now.t - before.t), now.t * 10))
        before, now = now, at(t)
        made += 1
    bracket = bracket or [origin, now]
    low = 0 if bracket[0].loss <= bracket[-1].loss else 1
    is_slow, size = False, float(direction.abs().max())
    while not is_found and made - 1 < most:  # make the bracket smaller
        ends = [point.t for point in bracket]
        width = max(ends) - min(ends)
        if width * size < tolerance:
            break
        t = _cubic(bracket[0], bracket[1])
        if min(max(ends) - t, t - min(ends)) < 0.1 * width:
            if is_slow or t >= max(ends) or t <= min(ends):
                t = max(ends) - 0.1 * width if abs(t - max(ends)) < abs(t - min(ends)) else min(ends) + 0.1 * width
                is_slow = False
            else:
                is_slow = True
        else:
            is_slow = False
        now = at(t)
        made += 1
        high = 1 - low
        if now.loss > loss + c1 * t * slope or now.loss >= bracket[low].loss:
            bracket[high] = now
            low = 0 if bracket[0].loss <= bracket[1].loss else 1
        else:
            is_found = abs(now.slope) <= -c2 * slope
            if not is_found and now.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = now
    best = bracket[low]
    return best.loss, best.gradient, best.t, made


def _cubic(a: Point, b: Point, bounds: Any = None) -> float:
    """Where the cubic through two points with these slopes is smallest, within the bounds."""
    lower, upper = bounds or (min(a.t, b.t), max(a.t, b.t))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return float((lower + upper) / 2)
    d2 = sqrt(square)
    left, right = (a, b) if a.t <= b.t else (b, a)
    divisor = right.slope - left.slope + 2 * d2
    if divisor == 0:
        return float((lower + upper) / 2)
    t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / divisor)
    return float(min(max(t, lower), upper))
