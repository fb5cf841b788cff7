"""Hooks: functions that modules call before and after `forward`, of one module or of all; handles that remove them.

Those around the backward pass are in `backward_hooks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple, Self

from tinygrad_wtf import settings_changed

_numbers = count()


class Hook(NamedTuple):
    """A function, whether it takes the keyword arguments of the call too, and when else it is called."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False  # after a forward that raised too
    kind: str = ""  # of a hook for all modules: where it is called


EVERYWHERE: dict[int, Hook] = {}  # hooks around the calls of all modules
REGISTRATION: dict[int, Hook] = {}  # hooks around the registration of parameters, buffers and modules


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away, as does the end of a ``with`` block.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.Linear(2, 3)
    >>> with layer.register_forward_hook(lambda module, args, output: print(output.shape)):
    ...     _ = layer(tw.zeros(5, 2))
    (5, 3)
    >>> _ = layer(tw.zeros(5, 2))
    """

    def __init__(self, hooks: dict[int, Hook], hook: Hook, prepend: bool = False) -> None:
        if not callable(hook.function):
            raise TypeError(f"a hook is a function, not a {type(hook.function).__name__}")
        self.id = next(_numbers)
        self._hooks = hooks
        others = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        hooks[self.id] = hook
        hooks.update(others)
        settings_changed(undo=self.remove)

    def remove(self) -> None:
        """Take the hook away; a second time changes nothing."""
        if self._hooks.pop(self.id, None) is not None:
            settings_changed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.remove()


def everywhere(kind: str) -> list[Hook]:
    """Return the hooks of all modules that are called in one place."""
    return [hook for hook in EVERYWHERE.values() if hook.kind == kind]


def called_before(module: Any, hooks: list[Hook], args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Run the hooks before `forward`; gives the arguments as the hooks left them."""
    for hook in hooks:
        if hook.with_kwargs:
            changed = hook.function(module, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise TypeError(
                        "a forward pre-hook with_kwargs returns None or a pair (args, kwargs), "
                        f"not a {type(changed).__name__}"
                    )
                args, kwargs = changed
        else:
            changed = hook.function(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs


def called_after(module: Any, hooks: list[Hook], args: Any, kwargs: dict[str, Any], output: Any) -> Any:
    """Run the hooks after `forward`; gives the output as the hooks left it."""
    for hook in hooks:
        seen = (module, args, kwargs, output) if hook.with_kwargs else (module, args, output)
        changed = hook.function(*seen)
        if changed is not None:
            output = changed
    return output


def registered(kind: str, module: Any, name: str, member: Any) -> Any:
    """Run the hooks around the registration of a member; gives the member as the hooks left it."""
    for hook in list(REGISTRATION.values()):
        if hook.kind == kind:
            changed = hook.function(module, name, member)
            if changed is not None:
                member = changed
    return member


def of(module: Any, name: str) -> Iterator[Hook]:
    """Go through the module's own hooks of one kind; most modules have none."""
    yield from list(module.__dict__.get(name, {}).values())
