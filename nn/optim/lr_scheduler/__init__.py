"""Schedules: they change an optimizer's learning rates from step to step, and run beside compiled steps.

``scheduler.step()`` comes after ``optimizer.step()``, once an epoch or once a batch. A compiled step reads the rates as
inputs, so a schedule costs it no new trace.
"""

from typing import TYPE_CHECKING

from ...exports import exported as _exported
from .combined import ChainedScheduler as ChainedScheduler
from .combined import SequentialLR as SequentialLR
from .cosine import CosineAnnealingLR as CosineAnnealingLR
from .cosine import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from .cycles import CyclicLR as CyclicLR
from .cycles import OneCycleLR as OneCycleLR
from .falls import ExponentialLR as ExponentialLR
from .falls import MultiStepLR as MultiStepLR
from .falls import StepLR as StepLR
from .functions import LambdaLR as LambdaLR
from .functions import MultiplicativeLR as MultiplicativeLR
from .plateau import ReduceLROnPlateau as ReduceLROnPlateau
from .ramps import ConstantLR as ConstantLR
from .ramps import LinearLR as LinearLR
from .ramps import PolynomialLR as PolynomialLR
from .schedule import LRScheduler as LRScheduler

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals())
