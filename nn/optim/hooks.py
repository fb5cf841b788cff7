"""Hooks of optimizers: functions called around a step, and around saving and loading its state."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..hooks import Hook, RemovableHandle
from .group import NotedDict

KINDS = ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")
_everywhere: dict[str, dict[int, Hook]] = {"step_pre": NotedDict(), "step_post": NotedDict()}


class Hooked:
    """The part of an optimizer that keeps its hooks."""

    _hooks: dict[str, dict[int, Hook]]

    def _without_hooks(self) -> None:
        self._hooks = NotedDict({kind: NotedDict() for kind in KINDS})

    def _register(self, kind: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        return RemovableHandle(self._hooks[kind], Hook(hook, False), prepend)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return other ``(args, kwargs)``.

        In a compiled step it is called while that is traced.
        """
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step; in a compiled step, while that is traced."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before `state_dict` looks at the optimizer."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` on what `state_dict` returns; it may return another."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before a state is loaded; it may return another."""
        return self._register("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after a state was loaded."""
        return self._register("load_state_dict_post", hook, prepend)

    def _tell(self, kind: str, *seen: Any) -> Any:
        """Call the hooks of a kind; gives the last argument as they left it."""
        for hook in list(self._hooks[kind].values()):
            changed = hook.function(self, *seen)
            if changed is not None and seen:
                seen = (*seen[:-1], changed)
        return seen[-1] if seen else None


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before each step of every optimizer."""
    return RemovableHandle(_everywhere["step_pre"], Hook(hook, False), False)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after each step of every optimizer."""
    return RemovableHandle(_everywhere["step_post"], Hook(hook, False), False)


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step that calls the hooks of its optimizer and those of all."""

    @wraps(step)
    def stepped(self: Any, *args: Any, **kwargs: Any) -> Any:
        self.calls.stepped = True
        every, own = _everywhere["step_pre"], self._hooks["step_pre"]
        for hook in (*every.values(), *own.values()) if every or own else ():
            changed = hook.function(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise TypeError(
                        f"a step pre-hook returns None or a pair (args, kwargs), not a {type(changed).__name__}"
                    )
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        own, every = self._hooks["step_post"], _everywhere["step_post"]
        for hook in (*own.values(), *every.values()) if own or every else ():
            hook.function(self, args, kwargs)
        return result

    return stepped


class Calls:
    """What a schedule asks of its optimizer: whether a step was made yet."""

    __slots__ = ("stepped",)

    def __init__(self) -> None:
        self.stepped = False
