"""A fixed sample of the random programs; many more are run by ``python -m tests.fuzz``."""

import pytest

from tests.fuzz.compare import DifferenceError, _same, compare, world


@pytest.mark.parametrize("start", range(0, 60, 6))
def test_compiled_programs_do_what_eager_ones_do(start):
    for seed in range(start, start + 6):
        assert compare(seed) in ("compiled", "refused", "given up")


def test_a_difference_is_found():
    twin = world(1)
    state = list(twin.state())
    wrong = [None if a is None else a + 0.1 for a in state]
    with pytest.raises(DifferenceError, match="seed 1, call 0"):
        _same(1, 0, twin, "state", wrong, state)
