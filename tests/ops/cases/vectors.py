"""Rows of tests: functions of the vectors along a dimension."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array, reduced


def softmax(x, axis):
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


CASES = [
    Case("softmax", lambda x: tw.softmax(x, 0), lambda x: softmax(x, 0), reduced()),
    Case("softmax", lambda x: tw.softmax(x, -1), lambda x: softmax(x, -1), reduced(), label="softmax of rows"),
    Case("log_softmax", lambda x: tw.log_softmax(x, 0), lambda x: np.log(softmax(x, 0)), reduced()),
    Case(
        "log_softmax",
        lambda x: tw.log_softmax(x, -1),
        lambda x: np.log(softmax(x, -1)),
        reduced(),
        label="log_softmax of rows",
    ),
    Case(
        "sigmoid",
        lambda x: tw.glu(tw.cat((x, x + 1), -1)),
        lambda x: x / (1 + np.exp(-x - 1)),
        one_array(),
        label="glu",
    ),
    Case(
        "div",
        lambda x: tw.normalize(x + 4, dim=0),
        lambda x: (x + 4) / np.sqrt(((x + 4) ** 2).sum(0, keepdims=True)),
        one_array(),
        label="normalize",
    ),
    Case(
        "div",
        lambda x: tw.cosine_similarity(x + 4, x * x + 1, dim=0),
        lambda x: ((x + 4) * (x * x + 1)).sum(0) / np.sqrt(((x + 4) ** 2).sum(0) * ((x * x + 1) ** 2).sum(0)),
        one_array(),
        label="cosine_similarity",
    ),
]
