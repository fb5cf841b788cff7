"""Gradients asked for: `backward`, `grad`, steps of one's own, derivatives of functions, and their checks.

The names are those of `torch.autograd`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinygrad_wtf.autograd.backward import backward, grad
from tinygrad_wtf.autograd.checks import GradcheckError, gradcheck, gradgradcheck
from tinygrad_wtf.grad_mode import enable_grad, no_grad, set_grad_enabled

if TYPE_CHECKING:
    from tinygrad_wtf.autograd import functional as functional
    from tinygrad_wtf.autograd.anomaly import detect_anomaly as detect_anomaly
    from tinygrad_wtf.autograd.anomaly import set_detect_anomaly as set_detect_anomaly
    from tinygrad_wtf.autograd.function import Function as Function
    from tinygrad_wtf.autograd.variable import Variable as Variable

__all__ = [
    "Function",
    "GradcheckError",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

_LATER = {
    "Function": "function",
    "Variable": "variable",
    "detect_anomaly": "anomaly",
    "set_detect_anomaly": "anomaly",
}

if not TYPE_CHECKING:  # imported when they are first asked for: importing the engine stays quick

    def __getattr__(name: str) -> Any:
        if name == "functional":
            return import_module("tinygrad_wtf.autograd.functional")
        if name in _LATER:
            return getattr(import_module(f"tinygrad_wtf.autograd.{_LATER[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
