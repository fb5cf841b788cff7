"""Optimizers: they change parameters by their gradients."""

from typing import TYPE_CHECKING

from ..exports import exported as _exported
from .optimizer import Optimizer as Optimizer
from .sgd import SGD as SGD

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals())
