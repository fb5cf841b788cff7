"""An optimizer's settings and memory as plain data in PyTorch's form, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_wtf import Tensor, as_tensor

from .group import NotedDict


def plain(value: Any) -> Any:
    """One remembered value without its history; lists and dicts likewise."""
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, (list, tuple)):
        return type(value)(plain(part) for part in value)
    return {key: plain(part) for key, part in value.items()} if isinstance(value, dict) else value


def saved(optimizer: Any) -> dict[str, Any]:
    """The settings and the memory; parameters are numbered in order."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    numbers = {id(parameter): number for number, parameter in enumerate(parameters)}
    state = {
        numbers[id(parameter)]: {name: plain(value) for name, value in memory.items()}
        for parameter, memory in optimizer.state.items()
        if memory and id(parameter) in numbers
    }
    groups = [
        {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[id(p)] for p in group["params"]]}
        for group in optimizer.param_groups
    ]
    return {"state": state, "param_groups": groups}


def checked(optimizer: Any, state_dict: Any) -> tuple[list[dict[str, Any]], dict[Tensor, dict[str, Any]]]:
    """The settings of each group and the memory of each parameter, as this optimizer would hold them.

    Raises
    ------
    ValueError
        When something does not fit.
    """
    kind = type(optimizer).__name__
    if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= state_dict.keys():
        raise ValueError(f"{kind}: the saved state needs the keys 'state' and 'param_groups'")
    groups = state_dict["param_groups"]
    ours = [len(group["params"]) for group in optimizer.param_groups]
    theirs = [len(group["params"]) for group in groups]
    if ours != theirs:
        raise ValueError(f"{kind}: groups of {ours} parameters cannot take the state of groups of {theirs}")
    settings = []
    for group, other in zip(optimizer.param_groups, groups, strict=True):
        new = {name: group[name] for name in optimizer.defaults} | {k: v for k, v in other.items() if k != "params"}
        new = {name: _setting(value, group.get(name)) for name, value in new.items()}
        optimizer.check(new)
        settings.append(new)
    places = [number for group in groups for number in group["params"]]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    memories: dict[Tensor, dict[str, Any]] = {}
    for number, parameter in zip(places, parameters, strict=True):
        memory = state_dict["state"].get(number)
        if memory is not None:
            restored = {name: optimizer.restored(number, name, value, parameter) for name, value in memory.items()}
            memories[parameter] = NotedDict(restored)
    return settings, memories


def _setting(value: Any, ours: Any) -> Any:
    """One setting in our form: a tuple where ours is one, a number where it came as a tensor of PyTorch."""
    if isinstance(ours, tuple) and isinstance(value, list):
        return tuple(value)
    return value.item() if hasattr(value, "item") and not isinstance(value, (Tensor, np.generic)) else value


def restored(value: Any) -> Any:
    """A copy of one remembered value: tensors of ours, NumPy's or PyTorch's become ours."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(restored(part) for part in value)
    if isinstance(value, dict):
        return {key: restored(part) for key, part in value.items()}
    return as_tensor(np.asarray(value.numpy() if isinstance(value, Tensor) else value).copy())
