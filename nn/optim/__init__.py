"""Optimizers: they change parameters by their gradients.

`lr_scheduler` has what changes their learning rates, `swa_utils` the averages of weights.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from . import lr_scheduler as lr_scheduler
    from . import swa_utils as swa_utils

_LATER = ("lr_scheduler", "swa_utils")  # imported when they are first used

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals(), *_LATER)

    def __getattr__(name: str) -> Any:
        if name in _LATER:
            return import_module(f".{name}", __name__)
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.optim", "optim", name)
