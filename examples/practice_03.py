"""Practice 03: as many layers as you like.

Run it alone: ``python -m examples.practice_03``.
"""

import tinygrad_wtf as tw
from examples.common import PLANTS, alone, guide_network, photos
from examples.report import Report
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets, plot

DEEP = [128, 128, 128, 128]


def run(report: Report) -> None:
    """Blobs, circles, moons, spirals, and cats and dogs."""
    report.chapter(
        "Practice 03: any depth", "A network is a list of widths. All learn at rate 0.1 from all samples at once."
    )
    shapes = [
        f"{name} {tuple(parameter.shape)}" for name, parameter in guide_network([2, 32, 32, 1]).named_parameters()
    ]
    report.say(f"[2, 32, 32, 1] holds: {', '.join(shapes)}.")

    blobs = datasets.blobs(n_samples=200, cluster_std=1.5, random_state=42)
    circles = datasets.circles(n_samples=100, noise=0.1, factor=0.3, random_state=0)
    moons = datasets.moons(n_samples=1000, noise=0.15, random_state=0)
    spirals = datasets.spirals(n_per_class=1000, noise=0.2, degrees=780, random_state=0)

    study(report, "Blobs", blobs, [2, 64, 64, 1], 500, "Figures 32 to 34 of the guide")
    study(report, "Circles", circles, [2, 64, 64, 1], 500, "Figure 35 of the guide")
    study(
        report, "Circles, longer", circles, [2, 64, 64, 1], report.epochs(5000, 1000), "Figures 36 and 37 of the guide"
    )
    study(report, "Moons", moons, [2, 64, 64, 1], report.epochs(5000, 1000), "Figures 38 to 40 of the guide")
    study(report, "Spirals", spirals, [2, 64, 64, 1], report.epochs(5000, 600), "Figures 41 to 43 of the guide")
    study(report, "Spirals, deeper", spirals, [2, *DEEP, 1], report.epochs(5000, 700), "Figures 44 and 45 of the guide")

    pets = photos(report)
    dimensions = [pets.train.X.shape[1], *DEEP, 1]
    title = f"{dimensions} on {pets.name}"
    report.section(title, "The guide's last word on overfitting: a thousand photos are too few for so large a network.")
    model = guide_network(dimensions, last_sigmoid=False)
    loss = nn.BCEWithLogitsLoss()
    picture(report, model, loss, pets.train, "03_photos")
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    epochs = report.epochs(5000, quick=100)
    history = nn.fit(model, loss, optimizer, pets.train, epochs, validation=pets.test, record_every=10)
    report.figure(
        plot.learning_curves(history, title=title, names=("train", "test")),
        "03_photos_curves",
        "Training against test (the guide's figure 46).",
    )
    train, test = (nn.evaluate(model, loss, part) for part in (pets.train, pets.test))
    report.result(title, epochs, train, test, history.seconds)


def study(report: Report, title: str, data: datasets.Points, dimensions: list[int], epochs: int, figures: str) -> None:
    """Train one network on points, and draw its curves and its boundary."""
    report.section(f"{title}: {dimensions}, {epochs:,} epochs")
    model = guide_network(dimensions)
    loss = nn.BCELoss()
    name = f"03_{title.lower().replace(', ', '_')}"
    picture(report, model, loss, data, name)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    history = nn.fit(model, loss, optimizer, data, epochs, record_every=max(1, epochs // 500))
    report.result(f"{title.lower()}, {dimensions}", epochs, nn.evaluate(model, loss, data), None, history.seconds)
    report.figure(
        plot.learning_curves(history, title=f"{title}: {dimensions}"), f"{name}_curves", f"{figures}: curves."
    )
    ax = plot.decision_boundary(model, *data, title=f"{title}: {dimensions}", **PLANTS)
    report.figure(ax, f"{name}_boundary", f"{figures}: boundary.")


def picture(report: Report, model: nn.Module, loss: nn.Module, data: datasets.Points, name: str) -> None:
    """Draw the backward graph of the network before it is trained."""
    start = loss(model(tw.tensor(data.X, name="X")), tw.tensor(data.y, name="y"))
    report.graph(start, f"{name}_graph", "The backward graph of this network.", folded=True)


if __name__ == "__main__":
    alone(run)
