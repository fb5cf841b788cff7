"""What several practices share: the guide's network, the photos or what stands in for them, and running alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import tinygrad_wtf as tw
from examples.report import Report
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets

PLANTS = {"classes": ("non-toxic", "toxic"), "labels": ("leaf length $x_1$", "leaf width $x_2$")}
DEFAULT_FOLDER = Path("report")


def guide_network(dimensions: Sequence[int], seed: int = 0, last_sigmoid: bool = True) -> nn.Sequential:
    """The guide's network for a list such as ``[2, 64, 64, 1]``: a sigmoid after each layer, all values from ``randn``.

    Without the last sigmoid it ends in z, which `BCEWithLogitsLoss` takes.
    """
    generator = tw.Generator(seed)
    model = nn.Sequential()
    for inputs, neurons in pairwise(dimensions):
        layer = nn.Linear(inputs, neurons)
        nn.init.normal_(layer.weight, generator=generator)
        nn.init.normal_(layer.bias, generator=generator)
        model.append(layer)
        model.append(nn.Sigmoid())
    return model if last_sigmoid else model[:-1]


def photos(report: Report) -> datasets.Images:
    """The cats and dogs; where their files are not at hand, the handwritten digits, and the report says so."""
    try:
        return datasets.cats_and_dogs()
    except datasets.DatasetError as reason:
        report.note(
            "The photos of cats and dogs are not at hand, so handwritten digits take their place here "
            f"(0 to 4 against 5 to 9, 64 pixels instead of 4,096): the numbers are not the guide's. Reason: {reason}."
        )
        return datasets.digits()


def alone(run: Callable[[Report], None]) -> None:
    """Run one practice as a script, with a report of its own."""
    report = from_command_line(Path(DEFAULT_FOLDER))
    run(report)
    print(f"\nReport: {report.write()}")


def from_command_line(folder: Path, arguments: Sequence[str] | None = None) -> Report:
    """A report as the command line asks for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorten the trainings")
    parser.add_argument(
        "--out", type=Path, default=folder, metavar="FOLDER", help=f"where to write (default: {folder})"
    )
    given = parser.parse_args(arguments)
    try:
        return Report(given.out, given.quick)
    except OSError as refused:
        parser.error(f"--out: {str(given.out)!r} is no folder, and none can be made there ({refused.strerror})")
