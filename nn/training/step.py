"""One step of `fit`: forward pass, loss, gradients, update; compiled where the model can be.

What runs the steps, and what is recorded of them, is in `fit`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np

from tinygrad_wtf import Tensor, TraceError, check_values
from tinygrad_wtf import compile as compiled

from ..module import Module
from .audit import Audit, Computed, NotFinite
from .diagnose import NonFiniteError, diagnose, is_finite
from .evaluate import Loss, one_number, one_output
from .samples import matched

log = logging.getLogger("nn.fit")
_told: set[str] = set()


class Step:
    """One step of gradient descent; it leaves the weights alone when a number is not finite.

    Parameters
    ----------
    model, loss, optimizer
        As `fit` takes them.
    compile : bool
        Whether to compile it. A step that cannot be compiled runs as it is, and `reason` tells why.
    """

    def __init__(self, model: Module, loss: Loss, optimizer: Any, compile: bool) -> None:
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.reason = "" if compile else "compile=False"
        self.news = ""  # what the user should be told, once
        self.compute = computing(model, loss, optimizer)
        self.fast = compiled(self.compute) if compile else None
        self.audit = Audit(model, loss, optimizer)

    def __call__(self, X: Tensor, y: Tensor, epoch: int, predict: bool) -> tuple[float, Tensor | None]:
        """Make the step; gives the loss before the update, and the predictions if they are wanted."""
        try:
            loss, prediction = self._run(X, y, predict)
        except NotFinite:
            raise self.diagnosis(X, y, epoch) from None
        return float(loss.item()), prediction

    def _run(self, X: Tensor, y: Tensor, predict: bool) -> Computed:
        if self.fast is None:
            return self.compute(X, y, predict)
        try:
            if self.audit.is_due():
                made, difference = self.audit.run(self.fast, self.compute, X, y, predict)
            else:
                made, difference = self.fast(X, y, predict), ""
        except TraceError as error:
            self._give_up(str(error))
            return self.compute(X, y, predict)
        if difference:
            self._give_up(f"it gave {difference}, so it depends on something that compiling does not see")
            return made
        if self.fast.reason:
            self._give_up(self.fast.reason)
            return made
        if not _told:
            self.news = "fit compiles its steps; compile=False runs them operation by operation"
            _told.add(self.news)
            log.info(self.news)
        return made

    def _give_up(self, reason: str) -> None:
        """Compile no more, and say why."""
        self.fast, self.reason = None, reason
        self.news = f"fit: this step is not compiled, and takes longer: {reason}"
        log.warning(self.news)

    def diagnosis(self, X: Tensor, y: Tensor, epoch: int) -> NonFiniteError:
        """Find the layer where it began."""
        groups = getattr(self.optimizer, "param_groups", None)
        return diagnose(self.model, self.loss, X, y, epoch, groups[0].get("lr") if groups else None)


def computing(model: Module, loss: Loss, optimizer: Any) -> Callable[[Tensor, Tensor, bool], Computed]:
    """The step as a function of the batch, which sees nothing but its parts: what it sees, a compiled step guards."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def compute(X: Tensor, y: Tensor, predict: bool) -> Computed:
        """Forward, loss, backward, update."""
        prediction = one_output("fit", model(X))
        value = one_number("fit", loss(prediction, y if y.dtype.kind == "f" else matched(prediction, y)))
        check_values(_require_finite, value)
        optimizer.zero_grad()
        value.backward()
        gradients = [p.grad for p in parameters if p.grad is not None]
        if gradients:
            check_values(_require_finite, *gradients)
        optimizer.step()
        return value.detach(), prediction.detach() if predict else None

    return compute


def _require_finite(*arrays: np.ndarray[Any, Any]) -> None:
    """Look at one number an array, the square of its length; at the entries only when that is not finite."""
    for array in arrays:
        flat = array.ravel("K")
        if not isfinite(float(np.vdot(flat, flat))) and not is_finite(flat):
            raise NotFinite
