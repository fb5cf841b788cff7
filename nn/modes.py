"""`inference`: run a model without recording and without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tinygrad_wtf import no_grad, temporary_settings

from .module import Module


@contextmanager
def inference(model: Module) -> Iterator[None]:
    """Evaluation mode without recording; afterwards every module is in the mode that it had."""
    training = [module for module in model.modules() if module.training]
    with temporary_settings(), no_grad():
        try:
            for module in training:
                module.__dict__["training"] = False  # without a notice: it is put back
            yield
        finally:
            for module in training:
                module.__dict__["training"] = True
