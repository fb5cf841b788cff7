"""The programs as PyTorch's users write them run, and learn; `tests/torch_oracle` compares them with PyTorch."""

import importlib
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the examples are not installed

FOLDER = ROOT / "examples" / "beyond"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "cartpole", "words"))
STEPS = {"dqn": 4, "mnist": 4, "reinforce": 4, "residual_net": 6}  # the default is 12
NOT_FALLING = {"dqn", "gan", "mnist", "reinforce"}  # losses of players against each other, or too few steps


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_learns(name, capsys):
    if name == "mnist" and not (Path(os.environ.get("TGWTF_DATA", "")) / "mnist").is_dir():
        pytest.skip("MNIST's files are not here: TGWTF_DATA names the folder")
    random.seed(0)
    steps = STEPS.get(name, 12)
    results = importlib.import_module(f"examples.beyond.{name}").main(steps)
    assert len(results) >= steps
    assert np.isfinite(results).all()
    assert capsys.readouterr().out
    if name not in NOT_FALLING:
        assert min(results[1:steps]) < results[0]


def test_each_runs_alone():
    command = [sys.executable, "-W", "error", "-m", "examples.beyond.linear_regression"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    found = [float(number) for number in re.findall(r"-?\d+\.\d+", done.stdout.splitlines()[-1])]
    np.testing.assert_allclose(found, [2, -0.5, 1], atol=0.1)


def test_the_readme_lists_them():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert sorted(set(NAMES) - {name for name in NAMES if f"[`{name}`]({name}.py)" in page}) == []
