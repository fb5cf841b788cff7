"""Neural networks on `tinygrad_wtf`, under PyTorch's names: layers, losses, initial values, optimizers, training.

`nn.functional` has the layers without state, `nn.init` the initial values, `nn.optim` the optimizers, `nn.datasets` the
guide's data and `nn.plot` its figures. The last two are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nn import functional, init, optim
from nn.activation import Identity, ReLU, Sigmoid, Softplus, Tanh
from nn.callbacks import Callback, EarlyStopping
from nn.container import ModuleList, Sequential
from nn.evaluate import evaluate, predict
from nn.fit import fit
from nn.flatten import Flatten
from nn.functional.checks import RangeError
from nn.history import History
from nn.linear import Linear
from nn.loss import BCELoss, BCEWithLogitsLoss, MSELoss
from nn.module import Module
from nn.nonfinite import NonFiniteError
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn import datasets as datasets
    from nn import plot as plot

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "Callback",
    "EarlyStopping",
    "Flatten",
    "History",
    "Identity",
    "Linear",
    "MSELoss",
    "Module",
    "ModuleList",
    "NonFiniteError",
    "Parameter",
    "RangeError",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "datasets",
    "evaluate",
    "fit",
    "functional",
    "init",
    "optim",
    "plot",
    "predict",
]


def __getattr__(name: str) -> Any:
    if name in ("datasets", "plot"):
        return import_module(f"nn.{name}")
    raise AttributeError(f"module 'nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
