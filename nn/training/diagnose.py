"""Where a number that is not finite came from: the training step is run once more, watching every layer.

`fit` comes here only after it has seen such a number; a healthy run pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from tinygrad_wtf import Tensor, TinygradError

from ..module import Module
from .history import History
from .samples import matched


class NonFiniteError(TinygradError, FloatingPointError):
    """Training met a number that is infinite or not a number (nan).

    Attributes
    ----------
    epoch : int
        In which epoch, counted from 1. The weights are those with which the failing step began.
    layer : str
        The layer whose output or gradient was the first that is not finite; empty when it was the data or the loss.
    history : History or None
        What `fit` had recorded until then.
    """

    def __init__(self, message: str, *, epoch: int = 0, layer: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.epoch = epoch
        self.layer = layer
        self.history: History | None = None


def is_finite(values: Any) -> bool:
    """Whether all of an array is finite."""
    return bool(np.isfinite(values).all())


def diagnose(
    model: Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    X: Tensor,
    y: Tensor,
    epoch: int,
    learning_rate: float | None,
) -> NonFiniteError:
    """Run the step again and name the first thing that is not finite, in the order of computation.

    Parameters
    ----------
    model : Module
        With the parameters that the step failed with.
    loss, X, y
        The loss and the batch of that step.
    epoch : int
        For the message.
    learning_rate : float or None
        For the message.

    Returns
    -------
    NonFiniteError
        To be raised.
    """
    culprit, layer = _find(model, loss, X, y)
    rate = f" (now {learning_rate:g})" if learning_rate is not None else ""
    fix = (
        "Look at that row, and drop it or fill it in"
        if culprit.startswith("the data")
        else f"Usual fixes: a smaller learning rate{rate}; BCEWithLogitsLoss in place of a last Sigmoid and BCELoss, "
        "or an eps in a logarithm of your own; check that the inputs are scaled, for example to [0, 1]"
    )
    return NonFiniteError(f"epoch {epoch}: {culprit}", epoch=epoch, layer=layer, hint=fix)


def _find(model: Module, loss: Callable[[Tensor, Tensor], Tensor], X: Tensor, y: Tensor) -> tuple[str, str]:
    for called, tensor in (("X", X), ("y", y)):
        if not is_finite(tensor.numpy()):
            row = int(np.argwhere(~np.isfinite(tensor.numpy()))[0][0])
            return f"the data are not finite: {called} holds {_kind(tensor)}, first in row {row} of the batch", ""
    names = {id(module): f"{path}: {type(module).__name__}" for path, module in model.named_modules() if path}
    names[id(model)] = type(model).__name__
    for path, parameter in model.named_parameters():
        if not is_finite(parameter.numpy()):
            owner = names[id(model.get_submodule(path.rpartition(".")[0]))]
            return f"the update before this step left {_kind(parameter)} in '{path}' of layer '{owner}'", owner
    model.zero_grad()
    with _watched(model) as outputs:
        prediction = model(X)
        value = loss(prediction, matched(prediction, y))
        for module, output in outputs:
            if not is_finite(output.numpy()):
                layer = names[id(module)]
                return f"the output of layer '{layer}' holds {_kind(output)}, the first in the forward pass", layer
        if not is_finite(value.numpy()):
            return f"the loss is {value.item()}, although the outputs of all layers are finite", ""
        for _, output in outputs:
            if output.requires_grad:
                output.retain_grad()
        value.backward()
    for module, output in reversed(outputs):
        layer = names[id(module)]
        if output.grad is not None and not is_finite(output.grad.numpy()):
            return (
                f"the gradient with respect to the output of layer '{layer}' holds {_kind(output.grad)}, "
                "the first in the backward pass"
            ), layer
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.grad is not None and not is_finite(parameter.grad.numpy()):
                return (
                    f"the gradient of '{name}' of layer '{layer}' holds {_kind(parameter.grad)}, "
                    "the first in the backward pass"
                ), layer
    return "a loss or gradient was not finite, but not when the step was run again: something in it is random", ""


def _kind(tensor: Tensor) -> str:
    values = tensor.numpy()
    return "nan" if np.isnan(values).any() else "infinity"


@contextmanager
def _watched(model: Module) -> Iterator[list[tuple[Module, Tensor]]]:
    """Note what each module returns, in the order in which they finish."""
    outputs: list[tuple[Module, Tensor]] = []

    def note(module: Module, args: Any, output: Any) -> None:
        if isinstance(output, Tensor) and not (outputs and outputs[-1][1] is output):  # not a child's again
            outputs.append((module, output))

    with ExitStack() as hooks:
        for module in model.modules():
            hooks.enter_context(module.register_forward_hook(note))
        yield outputs
