"""Runs twins of a world, one of them compiled, and compares all that can be seen."""

from __future__ import annotations

import random
import warnings

import numpy as np

import tinygrad_wtf as tw
from tests.fuzz.expressions import Expression
from tests.fuzz.training import Training
from tests.fuzz.worlds import World

CALLS = 6
TOLERANCE = {np.dtype(np.float32): 2e-3, np.dtype(np.float64): 1e-7}


class DifferenceError(AssertionError):
    """A compiled program gave something else than the ordinary one."""


def world(seed: int) -> World:
    """The world of a seed."""
    return (Training if seed % 2 else Expression)(seed)


def compare(seed: int) -> str:
    """Run the twins of a seed; tells whether the step was compiled all the time, and raises where they differ."""
    mine, theirs = world(seed), world(seed)
    compiled = tw.compile(mine.entry)
    refused = False
    for call in range(CALLS):
        for twin in (mine, theirs):
            tw.manual_seed(1000 + call)
            twin.between()
        if refused:
            outcome, expected = _outcome(mine, mine.entry, call), _outcome(theirs, theirs.entry, call)
        else:
            expected = _outcome(theirs, theirs.entry, call)
            outcome = _outcome(mine, compiled, call)
            if isinstance(outcome, tw.TraceError):  # it has left no mark: the ordinary step goes on from here
                refused = True
                outcome = _outcome(mine, mine.entry, call)
        state = list(theirs.state())
        try:
            _same(seed, call, mine, "outcome", outcome, expected)
            _same(seed, call, mine, "state", list(mine.state()), state)
        except DifferenceError:
            if not _is_rounding(seed, call, outcome, list(mine.state()), expected, state):
                raise
            return "rounding"
        if isinstance(mine, Training) and any(a is not None and np.abs(a).max(initial=0.0) > 100 for a in state):
            break  # it diverges, and rounding with it
    return "refused" if refused else "given up" if compiled.reason else "compiled"


def _outcome(twin: World, step, call: int):
    tw.manual_seed(call)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = twin.call(step)
            if hasattr(twin, "after"):
                twin.after(result)
    except tw.TraceError as error:
        return error
    except (tw.TinygradError, ValueError, IndexError) as error:
        return type(error)
    parts = result if isinstance(result, tuple) else (result,)
    return [p.detach().numpy().copy() for p in parts] + [np.array(tw.rand(1).item())]


def _is_rounding(seed: int, call: int, found, found_state, expected, state) -> bool:
    """Whether the ordinary program's numbers move as far when every number on the way is off by its last bits."""
    if not isinstance(found, list) or not isinstance(expected, list) or len(found) != len(expected):
        return False
    runs = [_nudged(seed, call, which) for which in range(6)]
    if not all(isinstance(run, list) for run, _ in runs):
        return False
    parts = zip([*found, *found_state], [*expected, *state], *([*run, *after] for run, after in runs), strict=True)
    return all(_moves(*part) for part in parts)


def _moves(found, expected, *nudged) -> bool:
    if found is None or expected is None:
        return found is expected or not np.any(expected if found is None else found)
    if found.shape != expected.shape or found.dtype != expected.dtype or any(a is None for a in nudged):
        return False
    counts = np.isfinite(expected)
    with np.errstate(all="ignore"):
        moved = [np.where(np.isfinite(a), np.abs(a - expected), np.inf) for a in nudged]
        bound = 30 * np.max(moved, axis=0) + TOLERANCE.get(expected.dtype, 0.0) * (np.abs(expected) + 1)
        return not (counts & ~(np.abs(found - expected) <= bound)).any()


def _nudged(seed: int, call: int, which: int):
    """What the ordinary program gives at this call if its numbers are nudged, the outcome and the state after it."""
    twin = world(seed)
    for past in range(call + 1):
        tw.manual_seed(1000 + past)
        twin.between()
        twin.nudges = random.Random(which) if past == call else None
        outcome = _outcome(twin, twin.entry, past)
    return outcome, list(twin.state())


def _same(seed: int, call: int, twin: World, what: str, found, expected) -> None:
    if isinstance(found, type) or isinstance(expected, type | Exception):
        if found is not expected and type(found) is not type(expected):
            raise DifferenceError(f"seed {seed}, call {call}: {what} {found} for {expected}; {twin.log}")
        return
    if len(found) != len(expected):
        raise DifferenceError(f"seed {seed}, call {call}: {what} of {len(found)} parts for {len(expected)}; {twin.log}")
    finite = [np.abs(a[np.isfinite(a)]).max(initial=0.0) for a in expected if a is not None]
    largest = min(max([1.0, *finite]), 1e6)
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        if a is None or b is None:
            other = b if a is None else a
            if other is None or not np.any(other):
                continue
            raise DifferenceError(f"seed {seed}, call {call}: {what} {i} is {a} for {b}; {twin.log}")
        if a.shape != b.shape or a.dtype != b.dtype:
            raise DifferenceError(f"seed {seed}, call {call}: {what} {i} is {a!r} for {b!r}; {twin.log}")
        counts = np.isfinite(b)
        bound = TOLERANCE.get(b.dtype, 0.0) * (np.abs(b) + largest)
        with np.errstate(invalid="ignore"):
            wrong = counts & ~(np.abs(a - b) <= bound)
        if wrong.any():
            raise DifferenceError(f"seed {seed}, call {call}: {what} {i} is {a} for {b}; {twin.log}")
