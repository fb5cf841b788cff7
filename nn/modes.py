"""`inference`: a model that is only asked; it neither records nor changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tinygrad_wtf import no_grad

from .module import Module


@contextmanager
def inference(model: Module) -> Iterator[None]:
    """Evaluation mode without recording; afterwards every module is in the mode that it had."""
    training = [module for module in model.modules() if module.training]
    try:
        for module in training:
            module.training = False
        with no_grad():
            yield
    finally:
        for module in training:
            module.training = True
