"""The programs of `examples/beyond` on PyTorch and here: ``python -m tests.torch_oracle.programs [--time] [NAME ...]``.

Prints for each how many numbers were compared, the largest relative difference in float64 and in float32, and with
``--time`` how long both take in float32 (the faster of three runs, without recording or replaying).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import time
from pathlib import Path
from typing import Any

import torch

import tinygrad_wtf as tw
from tests.torch_oracle.replay import default_dtype, largest_difference, load, run_both

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "beyond"
NO_PROGRAMS = ("__init__", "cartpole", "words")  # what the programs share
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NO_PROGRAMS)
SHORT = {"reinforce": 10, "dqn": 10, "lbfgs": 10}  # chaotic: a last bit decides what happens next
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}


def steps_of(name: str, most: int = 50) -> int:
    """How many steps of a program are compared."""
    return min(most, SHORT.get(name, 50))


def missing_data(name: str) -> str | None:
    """Why a program cannot run here, if it cannot."""
    if name == "mnist" and not (Path(os.environ.get("TGWTF_DATA", "")) / "mnist").is_dir():
        return "MNIST's files are not here: TGWTF_DATA names the folder"
    return None


def compared(name: str, dtype: str, steps: int | None = None) -> tuple[int, float]:
    """How many numbers the program returned, and their largest relative difference from PyTorch's."""
    theirs, ours = run_both(FOLDER / f"{name}.py", steps or steps_of(name), dtype)
    return len(theirs), largest_difference(theirs, ours)


def seconds(name: str, library: Any, runs: int = 3) -> float:
    """How long the program takes, in float32: the fastest of some runs."""
    main = load(FOLDER / f"{name}.py", library)["main"]
    best = float("inf")
    for _ in range(runs):
        random.seed(0)
        library.manual_seed(0)
        started = time.perf_counter()
        main(steps_of(name))
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME")
    parser.add_argument("--time", action="store_true", help="measure both, too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.names:
        with contextlib.redirect_stdout(io.StringIO()):
            cells: list[str] = []
            try:
                if options.time:
                    with default_dtype(torch, "float32"):
                        there, here = seconds(name, torch), seconds(name, tw)
                    cells += [f"{here:.3f} s", f"{there:.3f} s", f"{here / there:.2f}"]
                else:
                    for dtype in TOLERANCE:
                        count, difference = compared(name, dtype)
                        cells += [str(count)] * (not cells) + [f"{difference:.1e}"]
            except Exception as error:
                cells.append(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
