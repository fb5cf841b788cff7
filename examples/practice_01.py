"""Practice 01: the same neuron looks at photos of cats and dogs, and learns them by heart.

Run it alone: ``python -m examples.practice_01``; the environment variable TGWTF_DATA names the folder of the photos.
"""

import numpy as np

import tinygrad_wtf as tw
from examples.common import alone, guide_network, photos
from examples.report import Report
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets, plot


def run(report: Report) -> None:
    """Meet log(0), an unstable rate, a better one, and overfitting."""
    report.chapter(
        "Practice 01: cats and dogs, one neuron", "Every pixel is an input: the neuron has one weight for each."
    )
    pets = photos(report)
    X, y = pets.train
    pixels = X.shape[1]
    names = [pets.classes[int(label)] for label in y[:16, 0]]
    report.figure(
        plot.images(pets.images[:16], names), "01_photos", f"Some of the {pets.name} (the guide's figure 10)."
    )

    report.section("A logarithm of zero")
    neuron = guide_network([pixels, 1])
    a = nn.predict(neuron, X).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        naive = -np.mean(np.where(y == 1, np.log(a), np.log(1 - a)))
    sure = int(np.sum((a == 0) | (a == 1)))
    bounded, with_eps = (
        nn.evaluate(neuron, each, pets.train)["loss"] for each in (nn.BCELoss(), nn.BCELoss(eps=1e-15))
    )
    report.say(
        f"Before any training, {sure} of {len(a):,} answers are exactly 0 or 1 in float32. The log-loss, computed as "
        f"its formula stands, is {naive:.4g}. With the guide's epsilon of 1e-15 inside the logarithms it is "
        f"{with_eps:.2f}; in PyTorch's way, with no logarithm below -100, {bounded:.2f}."
    )
    report.say(
        "Finite, but not cured: where a sigmoid is exactly 0 or 1 its slope is zero, so by the chain rule such a "
        "sample teaches nothing. The guide's gradient A - y does not vanish there, because the slope and the logarithm "
        "were cancelled by hand. BCEWithLogitsLoss does that with the neuron's z; it needs no epsilon, and the "
        "trainings on photos from here on use it."
    )
    report.graph(
        nn.BCELoss(eps=1e-15)(neuron(tw.tensor(X, name="X")), tw.tensor(y, name="y")),
        "01_graph",
        "The backward graph of the neuron with the guide's epsilon.",
    )

    for rate, epochs, remark in (
        (0.1, 100, "The rate that did for the plants is too large for so many inputs (the guide's figure 12)."),
        (0.01, 100, "A tenth of the rate, 100 iterations: smooth (the guide's figure 13, left)."),
        (0.01, report.epochs(1000, quick=200), "The same for longer (the guide's figures 13 and 14)."),
    ):
        neuron = guide_network([pixels, 1], last_sigmoid=False)
        loss = nn.BCEWithLogitsLoss()
        optimizer = nn.optim.SGD(neuron.parameters(), lr=rate)
        history = nn.fit(neuron, loss, optimizer, pets.train, epochs)
        title = f"One neuron, rate {rate:g}, {epochs:,} epochs"
        report.section(title)
        report.figure(plot.learning_curves(history, title=title), f"01_rate_{rate:g}_{epochs}", remark)
        report.result(
            f"one neuron, {pets.name}, rate {rate:g}",
            epochs,
            nn.evaluate(neuron, loss, pets.train),
            nn.evaluate(neuron, loss, pets.test),
            history.seconds,
        )

    report.section("Train against test")
    epochs = report.epochs(10_000, quick=500)
    neuron = guide_network([pixels, 1], last_sigmoid=False)
    loss = nn.BCEWithLogitsLoss()
    optimizer = nn.optim.SGD(neuron.parameters(), lr=0.01)
    history = nn.fit(neuron, loss, optimizer, pets.train, epochs, validation=pets.test, record_every=10)
    report.figure(
        plot.learning_curves(history, title=f"One neuron, rate 0.01, {epochs:,} epochs", names=("train", "test")),
        "01_overfitting",
        "The gap between the curves is overfitting (the guide's figure 15).",
    )
    report.result(
        f"one neuron, {pets.name}, train against test",
        epochs,
        nn.evaluate(neuron, loss, pets.train),
        nn.evaluate(neuron, loss, pets.test),
        history.seconds,
    )
    remedies(report, pets)


def remedies(report: Report, pets: datasets.Images) -> None:
    """What the guide names against overfitting: penalties on the weights, and stopping early."""
    report.section(
        "Remedies",
        "Penalties pull the weights towards zero; early stopping keeps the weights that did best on photos held out of "
        "the training, a fifth of them. Compare the gap between train and test with the one above: a smaller gap is "
        "not yet a better answer, and the guide expects no wonders, because one neuron is too simple for photos.",
    )
    epochs = report.epochs(2000, quick=200)
    loss = nn.BCEWithLogitsLoss()
    X, y = pets.train
    most = len(X) * 4 // 5
    learnt, held_out = (X[:most], y[:most]), (X[most:], y[most:])
    stopping = nn.EarlyStopping(patience=epochs // 10, restore_best_weights=True)
    for name, settings, callbacks in (
        ("an L2 penalty of 0.2", {"weight_decay": 0.2}, []),
        ("an L1 penalty of 0.01", {"l1": 0.01}, []),
        ("early stopping", {}, [stopping]),
    ):
        neuron = guide_network([X.shape[1], 1], last_sigmoid=False)
        optimizer = nn.optim.SGD(neuron.parameters(), lr=0.01, **settings)
        history = nn.fit(neuron, loss, optimizer, learnt, epochs, validation=held_out, callbacks=callbacks)
        train, test = (nn.evaluate(neuron, loss, part) for part in (learnt, pets.test))
        report.result(f"one neuron, {pets.name}, {name}", history.epoch[-1], train, test, history.seconds)
    report.say(
        f"Early stopping took the weights of epoch {stopping.best_epoch:,}"
        + (f" and stopped after epoch {stopping.stopped_epoch:,}." if stopping.stopped_epoch else ", near the end.")
    )


if __name__ == "__main__":
    alone(run)
