"""Hypothesis profiles (`dev` by default, `ci` on request by HYPOTHESIS_PROFILE), plots without a screen, a seed.

Both profiles explore: a run with the option ``--hypothesis-seed`` of another run tries what that one tried.
"""

import os

os.environ.setdefault("TINYGRAD_WTF_VERIFY", "1")  # each pass of the compiler is checked, in all tests

import hypothesis
import numpy as np
import pytest

import tinygrad_wtf as tw

hypothesis.settings.register_profile("dev", max_examples=20, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=50, deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(autouse=True)
def _same_numbers_every_time():
    """Random numbers without a seed of their own start from the same one in each test; settings are put back."""
    tw.manual_seed(0)
    before = np.geterr()
    yield
    assert np.geterr() == before, "a test, or the code under test, changed NumPy's error state"
    assert tw.is_grad_enabled(), "a test, or the code under test, left recording switched off"
    assert tw.get_default_dtype() == tw.float32, "a test left another default dtype"


def pytest_terminal_summary(terminalreporter):
    """Say how much was held against PyTorch, when it was."""
    counts = [
        value
        for kind in ("passed", "failed")
        for report in terminalreporter.getreports(kind)
        for name, value in getattr(report, "user_properties", ())
        if name == "torch_oracle"
    ]
    if counts:
        total = {key: sum(count.get(key, 0) for count in counts) for key in ("samples", "comparisons", "refusals ok")}
        terminalreporter.write_line(
            f"against PyTorch: {len(counts)} operations and variants, {total['samples']} samples, "
            f"{total['comparisons']} comparisons, {total['refusals ok']} refusals"
        )
