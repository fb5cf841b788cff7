"""The table of what each pass gains: its numbers, and its place on the page."""

import pytest

ablate = pytest.importorskip("benchmarks.ablate")


def test_the_interval_of_a_median():
    assert ablate.interval(range(1, 8)) == (1.0, 7.0)  # 7 values: 1.6% lie outside of the whole range
    assert ablate.interval(range(1, 32)) == (10.0, 22.0)


def test_every_pass_that_is_not_needed_is_taken_out():
    names = {v.name for v in ablate.variants()}
    assert {"stable_bce", "fold_bias", "pack_updates", "sums_as_dots", "features_first"} <= names
    assert names.isdisjoint(ablate.NEEDED)
    assert all(v.lines > 10 for v in ablate.variants())


def test_the_section_is_put_where_it_was():
    rows = [{"variant": "cse", "workload": "neuron", "lines": 46, "ratio": 1.5, "low": 1.2, "high": 1.6}]
    text = ablate.section({"rows": rows, "rounds": 31, "processor": "a processor", "date": "2026-11-30"})
    assert "| cse | 46 | **+50%** (+20 to +60) |" in text
    page = ablate.put("# Page\n", text)
    assert page.startswith("# Page\n\n<!-- ablation: begin -->")
    assert ablate.put(page + "\nMore.\n", text.replace("+50", "+40")) == page.replace("+50", "+40") + "\nMore.\n"


def test_a_workload_is_measured():
    said = []
    (row, *_) = found = ablate.run(3, 0.0, ["neuron"], said.append)
    assert len(found) == len(said) == len(ablate.variants())
    assert row["low"] <= row["ratio"] <= row["high"]
    assert "| without |" in ablate.table(found)
