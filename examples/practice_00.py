"""Practice 00: one neuron learns to tell toxic plants from others.

Run it alone: ``python -m examples.practice_00``.
"""

import numpy as np

import tinygrad_wtf as tw
from examples.common import PLANTS, alone
from examples.report import Report
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets, plot


def run(report: Report) -> None:
    """Train the neuron, ask it about a new plant, and draw the line where it hesitates."""
    report.chapter(
        "Practice 00: toxic plants, one neuron", "A hundred plants, two numbers each: how long a leaf is, how wide."
    )
    X, y = datasets.blobs(n_samples=100, random_state=0)
    report.figure(
        plot.scatter(X, y, title="A hundred plants", **PLANTS), "00_plants", "The plants (the guide's figure 5)."
    )

    # z = w1 x1 + w2 x2 + b, then a = 1 / (1 + e^-z); the start is drawn from the normal distribution, as in the guide
    neuron = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    generator = tw.Generator(0)
    for parameter in neuron.parameters():
        nn.init.normal_(parameter, generator=generator)

    loss = nn.BCELoss()
    report.graph(
        loss(neuron(tw.tensor(X, name="X")), tw.tensor(y, name="y")),
        "00_graph",
        "The graph that backward walks: gradients flow from the loss to the weights.",
    )

    optimizer = nn.optim.SGD(neuron.parameters(), lr=0.1)
    history = nn.fit(neuron, loss, optimizer, (X, y), epochs=100)
    report.figure(plot.learning_curves(history), "00_curves", "100 iterations at rate 0.1 (the guide's figure 6).")
    report.result("one neuron, plants", 100, nn.evaluate(neuron, loss, (X, y)), None, history.seconds)

    # A new plant: 2 long, 1 wide
    plant = np.array([[2.0, 1.0]])
    probability = nn.predict(neuron, plant).item()
    report.section(
        "A new plant",
        f"Its leaves are 2 long and 1 wide. The neuron gives it a probability of {probability:.2f} to be toxic, so it "
        f"decides: {'toxic' if probability >= 0.5 else 'not toxic'}. (The guide gets about 0.93; the number depends on "
        "the random start and on how long one trains.)",
    )

    # The neuron hesitates where a = 0.5, that is z = 0: a line
    (w1, w2), b = neuron[0].weight.numpy()[0], neuron[0].bias.item()
    x1 = np.linspace(X[:, 0].min() - 0.5, X[:, 0].max() + 0.5, 100)
    x2 = (-w1 * x1 - b) / w2
    ax = plot.scatter(X, y, title="The line $x_2 = (-w_1 x_1 - b) / w_2$", **PLANTS)
    ax.set_ylim(*ax.get_ylim())  # the points decide what is shown, not the line
    ax.plot(x1, x2, color="#222222", label="a = 0.5")
    ax.scatter(*plant.T, s=130, marker="*", color="#CC79A7", edgecolors="#222222", zorder=4, label="new plant")
    ax.legend()
    report.figure(ax, "00_line", "The decision boundary and the new plant (the guide's figures 7 and 8).")
    ax = plot.decision_boundary(neuron, X, y, title="What the neuron believes", **PLANTS)
    report.figure(ax, "00_boundary", "The same line, with the probability everywhere else.")

    z = neuron[0](tw.tensor(X))
    ax = plot.sigmoid_points(z.detach(), y, classes=PLANTS["classes"], title="Every plant on the sigmoid")
    report.figure(ax, "00_sigmoid", "Near z = 0 the neuron is least sure (the guide's figure 9).")

    # Why the logarithm: a product of many probabilities is zero before one looks
    a = nn.predict(neuron, X)
    likelihood = np.where(y == 1, a, 1 - a)
    copies = 20
    report.section(
        "Why the logarithm",
        f"The likelihood of all 100 labels is the product of 100 probabilities, here {likelihood.prod():.2g}. Of "
        f"{copies * 100:,} plants like these it is {np.tile(likelihood, (copies, 1)).prod():.2g} in float32: too small "
        "for a number to hold. The mean of the logarithms does not care how many there are: "
        f"{-np.log(likelihood).mean():.4f} is the log-loss of both.",
    )


if __name__ == "__main__":
    alone(run)
