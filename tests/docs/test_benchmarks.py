"""The benchmarks' own parts: the same mathematics for all, fair turns, right statistics, an honest page. No clock."""

import json
import sys
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import chain, findings, growth, measure, page, process, rounds, tables, workloads
from benchmarks.contestants import closed_form, compiled, eager
from benchmarks.environments import CONTESTANTS, ENVIRONMENTS, NAMED, ROOT
from benchmarks.worker import FACTORS, UnavailableError
from benchmarks.workloads import WORKLOADS

FEW = [2.0, 8.0, 4.0]
positive = st.floats(1e-7, 1e3)


def losses_of(contestant, sizes, samples, dtype, steps=20):
    train = contestant.build(workloads.problem(sizes, samples, dtype), 1)
    return [train.number(train.step()) for _ in range(steps)]


# ---------------------------------------------------------------- the same mathematics


@pytest.mark.parametrize("dtype", measure.TOLERANCE)
@pytest.mark.parametrize("workload", WORKLOADS, ids=[workload.name for workload in WORKLOADS])
def test_our_eager_losses_are_the_closed_forms(workload, dtype):
    expected = measure.expected_losses(workload.sizes, 100)
    found = losses_of(eager, workload.sizes, 100, dtype)
    assert rounds.largest_difference(found, expected) < measure.TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", measure.TOLERANCE)
def test_our_compiled_losses_are_the_closed_forms(dtype):
    try:
        found = losses_of(compiled, (2, 32, 1), 100, dtype)
    except UnavailableError as reason:
        pytest.skip(str(reason))
    assert rounds.largest_difference(found, measure.expected_losses((2, 32, 1), 100)) < measure.TOLERANCE[dtype]


def test_the_reference_learns():
    losses = measure.expected_losses((2, 32, 1), 100)
    assert len(losses) == measure.CHECKED_STEPS
    assert all(later < earlier for earlier, later in pairwise(losses))


def test_a_wrong_gradient_is_noticed_in_float32():
    right = measure.expected_losses((2, 1), 100)
    problem = workloads.problem((2, 1), 100, "float64")
    train = closed_form.build(problem._replace(rate=problem.rate * 1.01), 1)
    wrong = [train.number(train.step()) for _ in right]
    assert rounds.largest_difference(wrong, right) > measure.TOLERANCE["float32"]


def test_a_problem_is_the_same_each_time_and_for_both_dtypes():
    one, two = (workloads.problem((3, 4, 1), 5, dtype) for dtype in ("float64", "float32"))
    assert two.X.dtype == two.parameters[0][0].dtype == np.float32
    np.testing.assert_array_equal(one.X.astype(np.float32), two.X)
    np.testing.assert_array_equal(one.parameters[1][0].astype(np.float32), two.parameters[1][0])


def test_a_problem_survives_the_way_to_another_process(tmp_path):
    made = workloads.problem((3, 4, 1), 5, "float32")
    workloads.save(tmp_path / "p.npz", made)
    back = workloads.load(tmp_path / "p.npz")
    assert back.rate == made.rate
    np.testing.assert_array_equal(back.y, made.y)
    for (W, b), (V, c) in zip(made.parameters, back.parameters, strict=True):
        assert W.dtype == V.dtype
        np.testing.assert_array_equal(W, V)
        np.testing.assert_array_equal(b, c)


def test_a_chain_has_the_gradient_that_is_checked():
    ways = eager.chain()
    gradient = ways.backward(ways.forward(50))
    np.testing.assert_allclose(gradient, [51 * x**50 for x in FACTORS], rtol=chain.TOLERANCE)


# ---------------------------------------------------------------- fair turns, statistics


@given(st.integers(1, 12), st.integers(0, 20), st.integers(0, 99))
def test_in_each_round_everybody_has_one_turn(contestants, count, seed):
    order = rounds.order(contestants, count, seed)
    assert len(order) == count
    assert all(sorted(turns) == list(range(contestants)) for turns in order)


def test_rounds_differ_in_their_order():
    assert len({tuple(turns) for turns in rounds.order(6, 15)}) > 10


def test_median_and_quartiles():
    assert rounds.median([4, 1, 3, 2]) == 2.5
    assert rounds.quartiles([5, 1, 2, 4, 3]) == (2, 4)


@given(st.lists(positive, min_size=1, max_size=9))
def test_the_median_lies_between_the_quartiles(times):
    low, high = rounds.quartiles(times)
    assert low <= rounds.median(times) <= high


def test_a_ratio_is_of_the_same_round():
    assert rounds.ratio([2, 900, 20], [1, 300, 10]) == 2  # the disturbed round does not count


@given(positive, st.floats(0.001, 1))
def test_a_timing_has_as_many_steps_as_fit(per_step, wanted):
    steps = rounds.steps_for(per_step, wanted)
    assert steps >= 1
    assert steps in (1, 100_000) or abs(steps * per_step - wanted) <= per_step


@pytest.mark.parametrize("losses", [[1.0, float("nan")], [1.0, float("inf")], [1.0], []])
def test_losses_that_are_no_numbers_or_too_few_differ_infinitely(losses):
    assert rounds.largest_difference(losses, [1.0, 0.5]) == float("inf")


def test_losses_differ_relatively():
    assert rounds.largest_difference([1.0, 0.5], [1.0, 0.4]) == pytest.approx(0.25)


# ---------------------------------------------------------------- who enters


def test_everyone_has_a_file_and_an_environment():
    files = {file.stem for file in (ROOT / "benchmarks" / "contestants").glob("*.py")} - {"__init__"}
    assert files == set(NAMED)
    assert {contestant.environment for contestant in CONTESTANTS} == set(ENVIRONMENTS)


def test_versions_are_pinned():
    pinned = [p for packages in ENVIRONMENTS.values() for p in packages if p != "this project"]
    assert all(p.count("==") == 1 for p in pinned)


def test_micrograd_enters_one_workload():
    everywhere = [
        (w.name, dtype, threads)
        for w in WORKLOADS
        for dtype in measure.TOLERANCE
        for contestant, threads in measure.entrants(CONTESTANTS, w.name, dtype, [1, 2])
        if contestant.name == "micrograd"
    ]
    assert everywhere == [("neuron", "float64", 1)]


def test_growth_begins_and_ends_where_it_should():
    ends: dict[str, list[int]] = {}
    for grows, value, sizes, samples in growth.points():
        ends.setdefault(grows, []).append(value)
        assert value == {"samples": samples, "width": sizes[1], "depth": len(sizes) - 2}[grows]
    assert {grows: (min(v), max(v)) for grows, v in ends.items()} == {
        "samples": (100, 100_000),
        "width": (8, 1_024),
        "depth": (1, 64),
    }


def test_a_shells_settings_of_blas_are_not_passed_on(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "1")
    told = process.surroundings(NAMED["closed_form"], 2, tmp_path)
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(told)
    assert told["OPENBLAS_NUM_THREADS"] == "2"
    for name in ("compiled", "tuned"):
        assert process.surroundings(NAMED[name], 2, tmp_path)["OPENBLAS_NUM_THREADS"] == "1"


# ---------------------------------------------------------------- processes


@dataclass
class Recorded:
    """A stand-in for a contestant's process: it trains with its own losses, and counts what it is asked to time."""

    losses: list[float]
    threads: int = 1
    asked: list[int] = field(default_factory=list)

    def __call__(self, request, **details):
        if request == "time":
            self.asked.append(details["steps"])
            return {"seconds": 1e-3 * details["steps"]}
        if request == "losses":
            return {"losses": self.losses[1:]}
        return {"versions": {}, "memory": 1, "seconds": 1.0, "losses": self.losses[:1]}


def test_who_has_other_losses_is_not_timed():
    with pytest.raises(process.FailedError, match="other losses"):
        measure.enter(Recorded([1.0, 0.6]), ROOT, [1.0, 0.5], "float32")
    assert measure.enter(Recorded([1.0, 0.5]), ROOT, [1.0, 0.5], "float64")["difference"] == 0


def test_everyone_is_timed_in_every_round_for_the_wanted_time():
    workers = [Recorded([]), Recorded([])]
    times = measure.take_turns(workers, measure.Settings(ROOT, rounds=4, seconds=0.06))
    np.testing.assert_allclose(times, 1e-3)
    assert all(worker.asked[-8:] == [60, 60] * 4 for worker in workers)  # the first of two is not timed


def test_who_is_slow_at_first_is_asked_for_as_many_steps_as_its_speed_allows():
    worker = Recorded([])

    def run(request, steps):
        seconds = worker(request, steps=steps)["seconds"]
        return {"seconds": 2 * seconds if sum(worker.asked) < 40 else seconds}

    assert measure.calibrate(run, 0.06) == 60


def test_who_is_not_installed_is_listed_with_the_reason(tmp_path):
    said = []
    settings = measure.Settings(tmp_path, say=said.append)
    problem = workloads.problem((2, 1), 10, "float32")
    (entry,) = measure.compare(problem, [(NAMED["jax_jit"], 1)], [0.5], settings)
    assert "not installed" in entry["missing"]
    assert "seconds" not in entry
    assert any("not installed" in line for line in said)


@pytest.fixture
def this_environment(tmp_path):
    """A folder of environments in which the project's is the one that runs the tests."""
    if sys.platform == "win32":
        pytest.skip("links to interpreters are for systems that have them")
    interpreter = process.python(tmp_path / "envs", "project")
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    interpreter.chmod(0o755)
    return tmp_path / "envs"


def test_contestants_answer_from_processes_of_their_own(this_environment):
    settings = measure.Settings(this_environment, rounds=2, seconds=1e-4, say=lambda text: None)
    losses = measure.expected_losses((2, 1), 100)
    who = [(NAMED["closed_form"], 1), (NAMED["eager"], 1)]
    entries = measure.compare(workloads.problem((2, 1), 100, "float64"), who, losses, settings)
    assert [entry.get("missing") for entry in entries] == [None, None]
    assert all(len(entry["seconds"]) == 2 for entry in entries)
    assert all(entry["memory"] >= entry["idle_memory"] > 0 for entry in entries)


def test_a_chain_is_measured_in_a_process_of_its_own(this_environment):
    settings = measure.Settings(this_environment, rounds=3, say=lambda text: None)
    (entry,) = chain.run([NAMED["eager"]], settings, lengths=[2_000])
    assert "missing" not in entry
    assert len(entry["forward"]) == len(entry["backward"]) == 3


def test_what_a_contestant_says_before_it_ends_is_told(this_environment, tmp_path):
    with (
        process.Worker(NAMED["closed_form"], 1, this_environment, tmp_path) as worker,
        pytest.raises(process.FailedError, match="AttributeError"),
    ):
        worker("dance")


# ---------------------------------------------------------------- the page


def entry(workload, contestant, threads, seconds, **more):
    memory = {"memory": 80 * 2**20, "idle_memory": 40 * 2**20, "first_step": 0.2, "difference": 2e-16}
    who = {"workload": workload, "dtype": "float64", "contestant": contestant, "threads": threads}
    return {**who, "seconds": seconds, "versions": {"numpy": "2.4"}, **memory, **more}


@pytest.fixture
def found():
    steps = [
        entry("neuron", "compiled", 1, FEW),
        entry("neuron", "torch_eager", 1, [8.0, 32.0, 16.0]),
        entry("neuron", "jax_jit", 1, [4.0, 16.0, 8.0]),
        entry("neuron", "jax_jit", 2, [1.0, 4.0, 2.0], versions={"jax": "0.10"}),
        entry("neuron", "closed_form", 1, [1e-6, 2e-6, 3e-6]),
        {"workload": "neuron", "dtype": "float64", "contestant": "mygrad", "threads": 1, "missing": "other losses"},
    ]
    linked = {"contestant": "eager", "operations": 10_000, "forward": [1e-6], "backward": [2e-6], "bytes": 345.0}
    machine = {"processor": "Abacus", "cores": 2, "memory": "1 GiB", "system": "S", "python": "3", "blas": "beads"}
    timing = {"rounds": 3, "seconds": 0.06}
    return {"date": "2025-06-02", "minutes": 1, "machine": machine, "timing": timing, "steps": steps, "chain": [linked]}


@pytest.fixture
def grown(found):
    point = {"grows": "depth", "contestant": "eager", "seconds": FEW}
    return {**found, "steps": [], "chain": [], "growth": [{**point, "value": value} for value in (1, 64)]}


def test_the_verdict_is_over_the_fastest_other_library_in_the_same_rounds(found):
    one = findings.verdict(findings.timed(found["steps"], threads=1))
    assert (one.peer["contestant"], one.times) == ("jax_jit", 2.0)
    either = findings.verdict(findings.best(findings.timed(found["steps"])))
    assert (either.peer["threads"], either.times) == (2, 0.5)  # a defeat is told like a victory


def test_without_a_compiled_step_the_eager_one_is_the_reference(found):
    entries = [entry("neuron", "eager", 1, FEW), entry("neuron", "torch_eager", 1, FEW)]
    assert findings.reference(entries)["contestant"] == "eager"
    assert findings.reference([entries[1]]) is None


def test_a_table_of_steps_has_median_quartiles_and_ratio(found):
    table = tables.steps(found, "float64", 1)
    assert "| jax.jit | 8,000,000<br>6,000,000–12,000,000<br>2.0 × |" in table
    assert "| the guide's NumPy | **2.00**" in table
    assert "MyGrad" not in table


def test_with_two_threads_everyone_shows_the_better_choice(found):
    table = tables.steps(found, "float64", 2)
    assert "| jax.jit | 2,000,000 (2)<br>" in table
    assert "| tinygrad_wtf compiled | 4,000,000 (1)<br>" in table


def test_a_second_thread_is_told_as_a_factor(found):
    assert "| jax.jit | 4.0 |" in tables.second_thread(found, "float64")


@pytest.mark.parametrize(
    ("seconds", "written"), [(5.824e-6, "5.82"), (43.21e-6, "43.2"), (364.4e-6, "364"), (18611.4e-6, "18,611")]
)
def test_microseconds_have_three_digits_or_are_whole(seconds, written):
    assert tables.micro(seconds) == written


def test_the_page_tells_machine_method_and_who_is_missing(found, grown):
    text = page.text(found, grown)
    for fact in ("Abacus", "beads", "2025-06-02", "3 rounds", "numpy 2.4", "- MyGrad: other losses (neuron, float64)"):
        assert fact in text
    assert "| tinygrad_wtf eager | 1.00<br>1.00–1.00 | 2.00<br>2.00–2.00 | 345 |" in text
    assert "| depth 64 | 4,000,000 |" in text


def test_page_and_pictures_are_written_from_the_saved_results(found, grown, tmp_path):
    (tmp_path / "steps.json").write_text(json.dumps(found), encoding="utf-8")
    (tmp_path / "growth.json").write_text(json.dumps(grown), encoding="utf-8")
    written = page.write(tmp_path, tmp_path / "docs")
    assert [file.name for file in written] == ["performance_steps.svg", "performance_growth.svg", "performance.md"]
    before = [file.read_bytes() for file in written]
    assert [file.read_bytes() for file in page.write(tmp_path, tmp_path / "docs")] == before


def test_without_results_there_is_no_page(tmp_path):
    with pytest.raises(SystemExit, match="benchmarks run"):
        page.write(tmp_path, tmp_path)


def test_the_committed_page_is_made_from_the_committed_results():
    folder = ROOT / "benchmarks" / "results"
    found, grown = findings.read(folder / "steps.json"), findings.read(folder / "growth.json")
    if found is None:
        pytest.skip("nothing was measured yet")
    assert (ROOT / "docs" / "performance.md").read_text(encoding="utf-8") == page.whole(folder, found, grown)


@pytest.mark.parametrize("command", ["run", "growth", "ablate"])
def test_a_command_without_options_is_a_full_run_and_one_with_fewer_is_not(command):
    from benchmarks.__main__ import _parser

    whole, short = (_parser().parse_args([command, *more]) for more in ([], ["--quick"]))
    assert whole.full(whole)
    assert not short.full(short)
