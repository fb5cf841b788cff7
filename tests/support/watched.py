"""Small trainings for the tests of `nn.watch`, and what their pages say."""

import itertools
import json
import re

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets

CIRCLES = datasets.circles()


def network(*widths, seed=0):
    generator, model = tw.Generator(seed), nn.Sequential()
    for inputs, outputs in itertools.pairwise(widths):
        model.append(nn.Linear(inputs, outputs, generator=generator)).append(nn.Sigmoid())
    return model


def train(model, callbacks, data=CIRCLES, epochs=30, lr=0.5, **settings):
    return nn.fit(
        model,
        settings.pop("loss", nn.BCELoss()),
        nn.optim.SGD(model.parameters(), lr=lr),
        data,
        epochs,
        callbacks=callbacks,
        **settings,
    )


def read(watching):
    """The numbers of a page."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page_of(watching), re.DOTALL)
    return json.loads(text)


def page_of(watching):
    return watching.path.read_text(encoding="utf-8")


def probabilities(grid):
    root = (np.frombuffer(grid, np.uint8).astype(float) - 127) / 127
    return 1 / (1 + np.exp(-16 * np.sign(root) * root**2))
