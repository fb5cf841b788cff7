"""Neural networks on `tinygrad_wtf`, under PyTorch's names: layers, losses, initial values, optimizers, training.

`nn.functional` has the layers without state, `nn.init` the initial values, `nn.optim` the optimizers, `nn.datasets` the
guide's data and `nn.plot` its figures. The last two are imported when they are first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if __name__ == "nn":  # imported as the folder of a checkout: the same modules as under their own name
    sys.modules["nn"] = import_module("tinygrad_wtf.nn")

from . import functional, init, optim
from .functional.checks import RangeError
from .layers.activation import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Dropout,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    Identity,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    Tanhshrink,
)
from .layers.container import ModuleList, Sequential
from .layers.convolution import Conv1d, Conv2d
from .layers.embedding import Embedding
from .layers.flatten import Flatten
from .layers.linear import Bilinear, Linear
from .layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from .layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from .losses.modules import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    GaussianNLLLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
)
from .module import Module
from .parameter import Parameter
from .summaries import summary
from .training.callbacks import Callback, EarlyStopping
from .training.evaluate import evaluate, predict
from .training.fit import fit
from .training.history import History
from .training.nonfinite import NonFiniteError
from .visual.watching import Watch, watch

if TYPE_CHECKING:
    from .data import datasets as datasets
    from .visual import plot as plot

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "Callback",
    "Conv1d",
    "Conv2d",
    "CrossEntropyLoss",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GaussianNLLLoss",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "History",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Mish",
    "Module",
    "ModuleList",
    "NLLLoss",
    "NonFiniteError",
    "PReLU",
    "Parameter",
    "PoissonNLLLoss",
    "RangeError",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "TripletMarginLoss",
    "Watch",
    "datasets",
    "evaluate",
    "fit",
    "functional",
    "init",
    "optim",
    "plot",
    "predict",
    "summary",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name in ("datasets", "plot"):
        return import_module(f"nn.{name}")
    raise AttributeError(f"module 'nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
