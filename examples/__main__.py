"""Run all practices in the guide's order: ``python -m examples [--quick] [--out report]``."""

import sys
import time

from examples import keras_listing, practice_00, practice_01, practice_02, practice_03
from examples.common import DEFAULT_FOLDER, from_command_line, guide_network
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets

PRACTICES = (practice_00, practice_01, practice_02, practice_03, keras_listing)


def main() -> int:
    """Say how long it will take, run everything, write the page; the page is there from the first practice on."""
    report = from_command_line(DEFAULT_FOLDER)
    length = "shortened" if report.quick else "in full"
    print(f"The guide's networks, {length}: about {estimate(report.quick)} on this machine.", flush=True)
    for practice in PRACTICES:
        practice.run(report)
        page = report.write()
    seconds = time.perf_counter() - report.started
    print(f"\nDone in {seconds / 60:.1f} minutes. Open {page.resolve()}")
    return 0


def estimate(quick: bool) -> str:
    """Guess how long the run takes, from the steps of a network like those that take most of it."""
    data, model, loss = datasets.spirals(), guide_network([2, 128, 128, 128, 128, 1]), nn.BCELoss()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)

    def train(epochs: int) -> float:
        return nn.fit(model, loss, optimizer, data, epochs, progress=False).seconds

    train(8)  # compiling is done once
    step = max(train(40) - train(8), 0.0) / 32  # without the time that compiling takes
    seconds = 15 + 1_600 * step if quick else 40 + 22_000 * step  # figures, and all trainings in steps like these
    return "a minute" if seconds < 75 else f"{max(2, round(seconds / 60))} minutes"


if __name__ == "__main__":
    sys.exit(main())
