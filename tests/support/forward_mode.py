"""An independent oracle for whole graphs: forward-mode differentiation with dual numbers in plain NumPy.

It carries the derivative along one direction beside each value; its rules are its own, written in the argument.
"""

import numpy as np


class Dual:
    """A value and its derivative along the direction that the inputs were given."""

    def __init__(self, value, slope):
        self.value, self.slope = np.asarray(value, dtype=np.float64), np.asarray(slope, dtype=np.float64)

    @property
    def shape(self):
        return self.value.shape


def _unary(value, derivative):
    return lambda x: Dual(value(x.value), derivative(x.value) * x.slope)


def logistic(x):
    return 0.5 * (1 + np.tanh(x / 2))


OPERATIONS = {
    "add": (2, lambda a, b: Dual(a.value + b.value, a.slope + b.slope + 0 * (a.value + b.value))),
    "sub": (2, lambda a, b: Dual(a.value - b.value, a.slope - b.slope + 0 * (a.value + b.value))),
    "mul": (2, lambda a, b: Dual(a.value * b.value, a.slope * b.value + a.value * b.slope)),
    "div": (
        2,
        lambda a, b: Dual(
            a.value / (2 + b.value**2),
            (a.slope * (2 + b.value**2) - a.value * 2 * b.value * b.slope) / (2 + b.value**2) ** 2,
        ),
    ),
    "maximum": (2, lambda a, b: Dual(np.maximum(a.value, b.value), np.where(a.value > b.value, a.slope, b.slope))),
    "tanh": (1, _unary(np.tanh, lambda x: np.cosh(x) ** -2.0)),
    "sigmoid": (1, _unary(logistic, lambda x: 0.25 * np.cosh(x / 2) ** -2.0)),
    "sin": (1, _unary(np.sin, np.cos)),
    "softplus": (1, _unary(lambda x: np.logaddexp(x, 0), logistic)),
    "sum": (1, lambda x: Dual(x.value.sum(-1, keepdims=True), x.slope.sum(-1, keepdims=True))),
    "transpose": (1, lambda x: Dual(x.value.T, x.slope.T)),
    "logsumexp": (
        1,
        lambda x: Dual(np.log(np.exp(x.value).sum()), (np.exp(x.value) * x.slope).sum() / np.exp(x.value).sum()),
    ),
    "outer": (
        2,
        lambda a, b: Dual(
            a.value.reshape(-1, 1) @ b.value.reshape(1, -1),
            a.slope.reshape(-1, 1) @ b.value.reshape(1, -1) + a.value.reshape(-1, 1) @ b.slope.reshape(1, -1),
        ),
    ),
    "reverse": (1, lambda x: Dual(x.value[..., ::-1], x.slope[..., ::-1]) if x.shape else x),
}
