"""Practice 02: a hidden layer bends the line.

Run it alone: ``python -m examples.practice_02``.
"""

import tinygrad_wtf as tw
from examples.common import PLANTS, alone, guide_network, photos
from examples.report import Report
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets, plot


def run(report: Report) -> None:
    """Separate circles, try widths and rates, then look at the photos again."""
    report.chapter(
        "Practice 02: two layers",
        "No line separates a ring from what is inside it. A layer of neurons before the last one can.",
    )
    X, y = datasets.circles(n_samples=100, noise=0.1, factor=0.3, random_state=0)
    report.figure(plot.scatter(X, y, title="Circles", **PLANTS), "02_circles", "The data (the guide's figure 22).")

    loss = nn.BCELoss()
    for neurons, epochs, figures in ((32, 1000, "23 and 24"), (32, 400, "25 and 26"), (64, 400, "27 and 28")):
        title = f"{neurons} hidden neurons, {epochs} epochs"
        report.section(title)
        model = guide_network([2, neurons, 1])
        if (neurons, epochs) == (32, 1000):
            start = loss(model(tw.tensor(X, name="X")), tw.tensor(y, name="y"))
            report.graph(start, "02_graph", "The backward graph of the network with 32 hidden neurons.")
        history = nn.fit(model, loss, nn.optim.SGD(model.parameters(), lr=0.1), (X, y), epochs)
        name = f"02_circles_{neurons}_{epochs}"
        report.result(f"circles, [2, {neurons}, 1]", epochs, nn.evaluate(model, loss, (X, y)), None, history.seconds)
        report.figure(
            plot.learning_curves(history, title=title), f"{name}_curves", f"Figures {figures} of the guide: curves"
        )
        ax = plot.decision_boundary(model, X, y, step=0.01, title=title, **PLANTS)
        report.figure(ax, f"{name}_boundary", f"Figures {figures} of the guide: boundary")

    widths, rates, epochs = (1, 2, 4, 8, 16), (0.01, 1.0, 10.0), report.epochs(1000, quick=300)
    report.section(
        "A wall of boundaries", f"Widths against learning rates, {epochs} epochs each; in the corner the accuracy."
    )
    models = []
    for rate in rates:
        models.append([guide_network([2, width, 1]) for width in widths])
        for model in models[-1]:
            nn.fit(model, loss, nn.optim.SGD(model.parameters(), lr=rate), (X, y), epochs, record_every=epochs)
    axes = plot.wall(
        models,
        X,
        y,
        rows=[f"rate {rate:g}" for rate in rates],
        columns=[f"{n} neuron{'s' if n > 1 else ''}" for n in widths],
    )
    report.figure(
        axes,
        "02_wall",
        "From left to right more neurons, from top to bottom larger rates. One neuron can only draw a line.",
    )

    pets = photos(report)
    epochs = report.epochs(1000, quick=100)
    title = f"[{pets.train.X.shape[1]}, 32, 1] on {pets.name}"
    report.section(title, "More neurons learn the training photos better, and the test photos no better: overfitting.")
    model = guide_network([pets.train.X.shape[1], 32, 1], last_sigmoid=False)
    loss = nn.BCEWithLogitsLoss()
    start = loss(model(tw.tensor(pets.train.X, name="X")), tw.tensor(pets.train.y, name="y"))
    report.graph(start, "02_photos_graph", "The backward graph of this network, which ends in z.", folded=True)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    history = nn.fit(model, loss, optimizer, pets.train, epochs, validation=pets.test, record_every=5)
    report.figure(
        plot.learning_curves(history, title=title, names=("train", "test")),
        "02_photos",
        "Training against test (the guide's figure 30).",
    )
    train, test = (nn.evaluate(model, loss, part) for part in (pets.train, pets.test))
    report.result(title, epochs, train, test, history.seconds)


if __name__ == "__main__":
    alone(run)
