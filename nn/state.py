"""The saved form of a module, plain data; how it goes to disk is not decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_wtf import Tensor, no_grad, tensor

from . import hooks
from .parameter import Parameter, UninitializedBuffer, UninitializedParameter
from .tree import join

if TYPE_CHECKING:
    from .module import Module

EXTRA = "_extra_state"
WAITING = (UninitializedParameter, UninitializedBuffer)  # for a shape


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict(..., strict=False)` left out: names without a value, values without a name."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def has_extra_state(module: Module) -> bool:
    """Whether the class says what else is saved."""
    from .module import Module

    return type(module).get_extra_state is not Module.get_extra_state


def saved(module: Module, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Walk over everything that is saved, module by module: parameters first, then the persistent buffers."""
    for path, part in module.named_modules(None, prefix.removesuffix("."), remove_duplicate=False):
        for name, member in own(part).items():
            yield join(path, name), member


def own(module: Module) -> dict[str, Tensor]:
    """Return what is saved of one module alone."""
    members: dict[str, Tensor | None] = {
        **module._parameters,
        **{name: buffer for name, buffer in module._buffers.items() if name not in module._transient},
    }
    return {name: member for name, member in members.items() if member is not None}


def collect(module: Module, state: dict[str, Any], prefix: str, keep_vars: bool) -> None:
    """Put everything that is saved of a module and those below into `state`, with their hooks around it."""
    for hook in hooks.of(module, "_state_dict_pre_hooks"):
        hook.function(module, prefix, keep_vars)
    for name, member in own(module).items():
        state[prefix + name] = member if keep_vars else member.detach()
    if has_extra_state(module):
        state[prefix + EXTRA] = module.get_extra_state()
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in hooks.of(module, "_state_dict_post_hooks"):
        hook.function(module, state, prefix, {})


def load(module: Module, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Do what `Module.load_state_dict` says."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"load_state_dict takes a mapping of names to values, not a {type(state_dict).__name__}")
    state = dict(state_dict)
    missing: list[str] = []
    unexpected: list[str] = []
    complaints: list[str] = []
    parts = list(module.named_modules(remove_duplicate=False))
    for path, part in parts:
        for hook in hooks.of(part, "_load_state_dict_pre_hooks"):
            hook.function(part, state, f"{path}." if path else "", {}, strict, missing, unexpected, complaints)
    members = dict(saved(module, ""))
    extras = {join(path, EXTRA): part for path, part in parts if has_extra_state(part)}
    missing += [name for name in (*members, *extras) if name not in state]
    unexpected += [name for name in state if name not in members and name not in extras]
    values: list[tuple[str, Tensor, np.ndarray[Any, Any]]] = []
    for name, member in members.items():
        if name in state:
            value, complaint = _fitting(state[name], member)
            if value is None:
                complaints.append(f"{name}: {complaint}")
            else:
                values.append((name, member, value))
    left_out = IncompatibleKeys(missing, unexpected)
    may_change = any(part.__dict__.get("_load_state_dict_post_hooks") for _, part in parts)
    if strict and not may_change:
        complaints[:0] = _of_names(left_out)
    _refuse(module, complaints, ", and nothing was loaded")
    with no_grad():
        for name, member, value in values:
            if isinstance(member, WAITING):
                member.materialize(value.shape)
            if assign:
                _replace(module, name, member, state[name], value)
            else:
                member.copy_(value)
    for name, part in extras.items():
        if name in state:
            part.set_extra_state(state[name])
    for _, part in reversed(parts):
        for hook in hooks.of(part, "_load_state_dict_post_hooks"):
            hook.function(part, left_out)
    if strict and may_change:
        _refuse(module, _of_names(left_out), "")
    return left_out


def _of_names(left_out: IncompatibleKeys) -> list[str]:
    kinds = (("missing", left_out.missing_keys), ("unexpected", left_out.unexpected_keys))
    return [f"{kind}: {', '.join(map(str, names))}" for kind, names in kinds if names]


def _refuse(module: Module, complaints: list[str], outcome: str) -> None:
    if complaints:
        raise RuntimeError("\n  ".join([f"the state does not fit {type(module).__name__}{outcome}:", *complaints]))


def _replace(module: Module, name: str, member: Tensor, given: Any, value: np.ndarray[Any, Any]) -> None:
    """Put the given tensor in the place of a member."""
    path, _, last = name.rpartition(".")
    part = module.get_submodule(path)
    new = given.detach() if isinstance(given, Tensor) else tensor(value)
    if last in part._parameters:
        part._parameters[last] = Parameter(new, member.requires_grad, member.name)
    else:
        part._buffers[last] = new


def _fitting(value: Any, member: Tensor) -> tuple[np.ndarray[Any, Any] | None, str]:
    """The value as an array that can be copied into the member, or what is wrong with it."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as problem:
        return None, f"NumPy cannot read the value: {problem}"
    if array.dtype.kind not in "biuf" or not np.can_cast(array.dtype, member.dtype, "same_kind"):
        return None, f"expected {member.dtype} values, got {array.dtype}"
    if array.shape != member.shape and not isinstance(member, WAITING):
        return None, f"expected shape {member.shape}, got {array.shape}"
    with np.errstate(over="ignore"):
        # a copy, always: the value may be a view of another member, which is loaded before this one
        converted = array.astype(member.dtype, copy=True)
    if np.isinf(converted).any() and np.isfinite(array).all():
        return None, f"the values are too large for {member.dtype}"
    return converted, ""
