"""Optimizers: they change parameters by their gradients.

`lr_scheduler` has what changes their learning rates, `swa_utils` the averages of weights.
"""

from typing import TYPE_CHECKING

from ..exports import exported as _exported
from .adadelta import Adadelta as Adadelta
from .adagrad import Adagrad as Adagrad
from .adam import Adam as Adam
from .adamax import Adamax as Adamax
from .adamw import AdamW as AdamW
from .asgd import ASGD as ASGD
from .lbfgs import LBFGS as LBFGS
from .nadam import NAdam as NAdam
from .optimizer import Optimizer as Optimizer
from .radam import RAdam as RAdam
from .rmsprop import RMSprop as RMSprop
from .rprop import Rprop as Rprop
from .sgd import SGD as SGD

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals())
