"""Hooks around a module's backward pass: they see the gradients of its outputs and of its inputs, each all at once.

Several tensors are joined to one before they go in or come out, so that there is one place where all their gradients
are complete; one tensor alone goes through a view of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, is_grad_enabled

from .hooks import Hook

Gradients = tuple[Tensor | None, ...]
Seen = Callable[[Gradients], Gradients | None]


class Watched:
    """One call of a module whose gradients are watched.

    Parameters
    ----------
    module : Module
        Whose call it is.
    before, after : list of Hook
        What is called with the gradients of the outputs, and with those of inputs and outputs.
    """

    def __init__(self, module: Any, before: list[Hook], after: list[Hook]) -> None:
        self.module = module
        self.before, self.after = before, after
        self.inputs = 0
        self.reaches_inputs = False
        self.of_outputs: Gradients = ()

    def arguments(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments, with a place where their gradients are seen."""
        self.inputs = len(args)
        if not self.after:
            return args
        changed = _through(args, self._at_inputs)
        self.reaches_inputs = changed is not None
        return args if changed is None else changed

    def output(self, output: Any) -> Any:
        """Return the output, with a place where its gradients are seen."""
        several = isinstance(output, tuple)
        changed = _through(output if several else (output,), self._at_outputs)
        if changed is None:
            self.after = []  # as in PyTorch: an output in a dictionary, or without a gradient, is not watched
            return output
        return changed if several else changed[0]

    def _at_outputs(self, gradients: Gradients) -> Gradients | None:
        given = gradients
        for hook in self.before:
            changed = hook.function(self.module, given)
            if changed is not None:
                given = _same_number("pre-hook", changed, given)
        self.of_outputs = given
        if not self.reaches_inputs:
            for hook in self.after:
                hook.function(self.module, (None,) * self.inputs, given)
        return None if given is gradients else given

    def _at_inputs(self, gradients: Gradients) -> Gradients | None:
        given = gradients
        for hook in self.after:
            changed = hook.function(self.module, given, self.of_outputs)
            if changed is not None:
                given = _same_number("hook", changed, given)
        return None if given is gradients else given


def _same_number(kind: str, changed: Any, given: Gradients) -> Gradients:
    found = changed if isinstance(changed, tuple | list) else (changed,)
    if len(found) != len(given):
        raise RuntimeError(f"a full backward {kind} gave {len(found)} gradients in the place of {len(given)}")
    return tuple(found)


def _through(values: tuple[Any, ...], seen: Seen) -> tuple[Any, ...] | None:
    """The values, those that require gradients as new tensors whose gradients `seen` is shown; None if none does."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]
    if not places or not is_grad_enabled():
        return None
    tensors = [values[i] for i in places]
    joined = tensors[0].view(tensors[0].shape) if len(tensors) == 1 else tw.cat([t.reshape(-1) for t in tensors])

    def hook(gradient: Tensor) -> Tensor | None:
        given = dict(zip(places, _apart(gradient, tensors), strict=True))
        changed = seen(tuple(given[i] if i in given else _nothing(value) for i, value in enumerate(values)))
        if changed is None:
            return None
        kept = [gradient if g is None else g for g in (changed[i] for i in places)]
        if len(kept) == 1:
            return kept[0]
        together: Tensor = tw.cat([g.reshape(-1) for g in kept])
        return together

    joined.register_hook(hook)
    new = list(values)
    for i, part in zip(places, _apart(joined, tensors), strict=True):
        new[i] = part.to(values[i].dtype)
    return tuple(new)


def _nothing(value: Any) -> Tensor | None:
    """The gradient of what requires none, beside others that do: zeros of a tensor, as in PyTorch."""
    return tw.zeros_like(value) if isinstance(value, Tensor) else None


def _apart(joined: Tensor, tensors: list[Tensor]) -> list[Tensor]:
    """The joined tensor as parts of the shapes of these."""
    if len(tensors) == 1:
        return [joined]
    parts = joined.split([t.numel() for t in tensors])
    return [part.reshape(t.shape) for part, t in zip(parts, tensors, strict=True)]
