"""A fixed sample of the random programs; many more are run by ``python -m tests.fuzz``."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.fuzz.compare import DifferenceError, _is_rounding, _nudged, _outcome, _same, compare, world


@pytest.mark.parametrize("start", range(0, 60, 6))
def test_compiled_programs_do_what_eager_ones_do(start):
    for seed in range(start, start + 6):
        assert compare(seed) in ("compiled", "refused", "given up")


@pytest.mark.parametrize(("seed", "call"), [(1018238, 0), (3008066, 5), (4017738, 4)])
def test_what_rounding_moves_is_no_difference_and_everything_else_is(seed, call):
    # Terms of some 1e30 cancel in these losses: what they leave depends on the order in which they are added up.
    twin = world(seed)
    for past in range(call + 1):
        tw.manual_seed(1000 + past)
        twin.between()
        outcome = _outcome(twin, twin.entry, past)
    state = list(twin.state())
    runs, seen = [_nudged(seed, call, which) for which in range(10, 20)], (seed, call)
    nudged, after = next((run, after) for run, after in runs if not np.allclose(run[0], outcome[0], rtol=1e-3))
    assert _is_rounding(*seen, nudged, after, outcome, state)
    for part in [i for i, a in enumerate(outcome) if np.isfinite(a).all()]:
        wrong = [np.full_like(a, 3e38) if i == part else a for i, a in enumerate(outcome)]
        assert not _is_rounding(*seen, wrong, state, outcome, state)


def test_a_difference_is_found():
    twin = world(1)
    state = list(twin.state())
    wrong = [None if a is None else a + 0.1 for a in state]
    with pytest.raises(DifferenceError, match="seed 1, call 0"):
        _same(1, 0, twin, "state", wrong, state)
