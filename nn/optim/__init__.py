"""Optimizers: they change parameters by their gradients."""

from ..exports import exported as _exported
from .optimizer import Optimizer as Optimizer
from .sgd import SGD as SGD

__all__ = _exported(globals())
