"""The guide's last listing, a network in Keras, as short in `nn`: layers, loss, optimizer, fit with batches of 32.

Run it alone: ``python -m examples.keras_listing``.
"""

import tinygrad_wtf as tw
from examples.common import PLANTS, alone
from examples.report import Report
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets, plot


def run(report: Report) -> None:
    """Train it on the moons, batch by batch."""
    report.chapter(
        "The end: the Keras listing",
        "Mini-batches of 32 shuffled samples, rate 0.01, initial values as Keras draws them (Glorot's), on the moons.",
    )
    data = datasets.moons()
    epochs = report.epochs(500, quick=40)

    tw.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(2, 64), nn.Sigmoid(), nn.Linear(64, 64), nn.Sigmoid(), nn.Linear(64, 1), nn.Sigmoid()
    )
    for parameter in model.parameters():
        (nn.init.xavier_uniform_ if parameter.ndim == 2 else nn.init.zeros_)(parameter)
    start = nn.BCELoss()(model(tw.tensor(data.X[:32], name="X")), tw.tensor(data.y[:32], name="y"))
    report.graph(start, "04_keras_graph", "The backward graph of one batch.", folded=True)
    history = nn.fit(model, nn.BCELoss(), nn.optim.SGD(model.parameters(), lr=0.01), data, epochs, batch_size=32)

    train = nn.evaluate(model, nn.BCELoss(), data)
    report.result("Keras listing, [2, 64, 64, 1], batches of 32", epochs, train, None, history.seconds)
    report.figure(plot.learning_curves(history), "04_keras_curves", "The curves: means over the batches of each epoch.")
    ax = plot.decision_boundary(model, *data, title="The Keras listing on the moons", **PLANTS)
    report.figure(ax, "04_keras_boundary", "Small weights at the start keep the sigmoids almost linear for long.")


if __name__ == "__main__":
    alone(run)
