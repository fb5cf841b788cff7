"""The saved form of a module, plain data; how it goes to disk is not decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_wtf import Tensor, no_grad

from .tree import join

if TYPE_CHECKING:
    from .module import Module


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict(..., strict=False)` left out: names without a value, values without a name."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def saved(module: Module, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Walk over everything that is saved, module by module: parameters first, then the persistent buffers."""
    for path, part in module.named_modules(None, prefix.removesuffix("."), remove_duplicate=False):
        members: dict[str, Tensor | None] = {
            **part._parameters,
            **{name: buffer for name, buffer in part._buffers.items() if name not in part._transient},
        }
        for name, member in members.items():
            if member is not None:
                yield join(path, name), member


def load(module: Module, state_dict: Mapping[str, Any], strict: bool) -> IncompatibleKeys:
    """Do what `Module.load_state_dict` says."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"load_state_dict takes a mapping of names to values, not a {type(state_dict).__name__}")
    own = dict(saved(module, ""))
    missing = [name for name in own if name not in state_dict]
    unexpected = [name for name in state_dict if name not in own]
    complaints = []
    if strict and missing:
        complaints.append("missing: " + ", ".join(missing))
    if strict and unexpected:
        complaints.append("unexpected: " + ", ".join(map(str, unexpected)))
    values: list[tuple[Tensor, np.ndarray[Any, Any]]] = []
    for name, member in own.items():
        if name in state_dict:
            value, complaint = _fitting(state_dict[name], member)
            if value is None:
                complaints.append(f"{name}: {complaint}")
            else:
                values.append((member, value))
    if complaints:
        raise RuntimeError(
            "\n  ".join([f"the state does not fit {type(module).__name__}, and nothing was loaded:", *complaints])
        )
    with no_grad():
        for member, value in values:
            member.copy_(value)
    return IncompatibleKeys(missing, unexpected)


def _fitting(value: Any, member: Tensor) -> tuple[np.ndarray[Any, Any] | None, str]:
    """The value as an array that can be copied into the member, or what is wrong with it."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as problem:
        return None, f"NumPy cannot read the value: {problem}"
    if array.dtype.kind not in "biuf" or not np.can_cast(array.dtype, member.dtype, "same_kind"):
        return None, f"expected {member.dtype} values, got {array.dtype}"
    if array.shape != member.shape:
        return None, f"expected shape {member.shape}, got {array.shape}"
    with np.errstate(over="ignore"):
        # a copy, always: the value may be a view of another member, which is loaded before this one
        converted = array.astype(member.dtype, copy=True)
    if np.isinf(converted).any() and np.isfinite(array).all():
        return None, f"the values are too large for {member.dtype}"
    return converted, ""
