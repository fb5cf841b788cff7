"""Which of a few ways is the fastest, by a clock that only the ways move on."""

from tinygrad_wtf.compiler.tuning.timing import best_times, first_best


class Clock:
    """Shows the seconds that runs have said they take."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_what_is_far_from_the_fastest_takes_no_more_turns():
    clock, turns = Clock(), [0, 0]

    def run(i, seconds):
        turns[i] += 1
        clock.now += seconds

    assert best_times([lambda: run(0, 2**-16), lambda: run(1, 2**-6)], clock=clock) == [2**-16, 2**-6]
    assert turns[1] == 2 < turns[0]


def test_what_is_not_reached_in_time_is_not_run():
    clock, runs = Clock(), []

    def run(i, seconds):
        runs.append(i)
        clock.now += seconds

    def ways():
        for i, seconds in enumerate((0.02, 0.02, 0.0)):
            yield lambda i=i, seconds=seconds: run(i, seconds)

    assert len(best_times(ways(), limit=0.03, clock=clock)) == 1
    assert set(runs) == {0}
    assert len(best_times(ways(), clock=clock)) == 3


def test_what_others_have_displaced_is_measured_when_it_is_back_in_the_cache():
    clock, runs = Clock(), []

    def run(i, in_a_row, seconds):
        runs.append(i)
        clock.now += seconds if runs[-in_a_row:] == [i] * in_a_row else 0.005

    slow, quick = best_times([lambda: run(0, 1, 0.003), lambda: run(1, 3, 0.001)], clock=clock)
    assert quick < slow


def test_of_forms_that_are_about_as_fast_the_simplest_is_taken():
    assert first_best([1.0, 0.98, 0.99]) == 0
    assert first_best([1.0, 0.9, 0.88]) == 1
