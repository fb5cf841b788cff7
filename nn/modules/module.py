"""Hooks of all modules at once, where PyTorch has them: ``nn.modules.module.register_module_forward_hook``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..hooks import EVERYWHERE, REGISTRATION, Hook, RemovableHandle
from ..module import Module as Module

__all__ = [
    "Module",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, args)`` before each `forward` of every module, before the module's own hooks.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, takes the arguments' place.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> from tinygrad_wtf.nn.modules.module import register_module_forward_pre_hook
    >>> with register_module_forward_pre_hook(lambda module, args: print(type(module).__name__)):
    ...     _ = nn.Sequential(nn.Tanh(), nn.ReLU())(tw.ones(2))
    Sequential
    Tanh
    ReLU
    """
    return RemovableHandle(EVERYWHERE, Hook(hook, kind="forward_pre"))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after each `forward` of every module, before the module's own hooks.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, is the new output.
    with_kwargs : bool, default False
        Call ``hook(module, args, kwargs, output)`` instead.
    always_call : bool, default False
        Call it where `forward` raised, too.
    """
    return RemovableHandle(EVERYWHERE, Hook(hook, with_kwargs, always_call, "forward"))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` for every module: see `Module.register_full_backward_pre_hook`.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, takes the place of the gradients.
    """
    return RemovableHandle(EVERYWHERE, Hook(hook, kind="backward_pre"))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` for every module: see `Module.register_full_backward_hook`.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, takes the place of `grad_input`.
    """
    return RemovableHandle(EVERYWHERE, Hook(hook, kind="backward"))


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` whenever a parameter is registered.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, is registered in its place.
    """
    return RemovableHandle(REGISTRATION, Hook(hook, kind="parameter"))


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` whenever a buffer is registered.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, is registered in its place.
    """
    return RemovableHandle(REGISTRATION, Hook(hook, kind="buffer"))


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` whenever a module is registered in another.

    Parameters
    ----------
    hook : callable
        What it returns, unless None, is registered in its place.
    """
    return RemovableHandle(REGISTRATION, Hook(hook, kind="module"))
