"""Optimizers: they change parameters by their gradients."""

from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = ["SGD", "Optimizer"]
