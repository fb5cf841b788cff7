"""`Hooked`: how a module is called, with the hooks around it, and how they are registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_wtf import scope

from . import hooks
from .backward_hooks import Watched
from .hooks import EVERYWHERE, Hook, RemovableHandle, called_after, called_before, everywhere
from .tree import Tree


class Hooked(Tree):
    """What a `Module` is called by: `forward`, between its hooks."""

    _is_hooked = False  # whether there ever was a hook around a call

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's output. Every subclass says how."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, x) in the class")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` with the module's name as the scope of all that it records."""
        return self._call_as(self._called, *args, **kwargs)

    def _call_as(self, name: str, *args: Any, **kwargs: Any) -> Any:
        kind = type(self).__name__
        called = self._call_hooked if EVERYWHERE or self._is_hooked else self.forward
        return scope.call(f"{name}: {kind}" if name else kind, called, args, kwargs)

    def _call_hooked(self, *args: Any, **kwargs: Any) -> Any:
        def all_of(kind: str) -> list[Hook]:
            return [*everywhere(kind), *hooks.of(self, f"_{kind}_hooks")]

        after = all_of("forward")
        try:
            args, kwargs = called_before(self, all_of("forward_pre"), args, kwargs)
            before_backward, after_backward = all_of("backward_pre"), all_of("backward")
            watched = Watched(self, before_backward, after_backward) if before_backward or after_backward else None
            if watched is not None:
                args = watched.arguments(args)
            output = self.forward(*args, **kwargs)
        except BaseException:
            called_after(self, [hook for hook in after if hook.always], args, kwargs, None)
            raise
        output = called_after(self, after, args, kwargs, output)
        return output if watched is None else watched.output(output)

    def _hooks_of(self, kind: str) -> dict[int, Hook]:
        own = self.__dict__
        if kind not in ("state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post"):
            own["_is_hooked"] = True
        found: dict[int, Hook] = own.setdefault(f"_{kind}_hooks", {})
        return found

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before each `forward`; what it returns, unless None, takes the arguments' place.

        Parameters
        ----------
        hook : callable
            Takes the module and the tuple of positional arguments.
        prepend : bool, default False
            Call it before the hooks that are there already, not after them.
        with_kwargs : bool, default False
            Call ``hook(module, args, kwargs)`` instead, which returns None or the pair of both.

        Returns
        -------
        RemovableHandle
            Its ``remove()`` takes the hook away.

        Raises
        ------
        TypeError
            When `hook` cannot be called.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> from tinygrad_wtf import nn
        >>> relu = nn.ReLU()
        >>> handle = relu.register_forward_pre_hook(lambda module, args: -args[0])
        >>> relu(tw.tensor([-1.0, 2.0])).tolist()
        [1.0, 0.0]
        """
        return RemovableHandle(self._hooks_of("forward_pre"), Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after each `forward`; what it returns, unless None, is the new output.

        A compiled function calls it while it is traced: what it computes is part of the program, what else it does
        happens once.

        Parameters
        ----------
        hook : callable
            Takes the module, the tuple of positional arguments and the output.
        prepend : bool, default False
            Call it before the hooks that are there already, not after them.
        with_kwargs : bool, default False
            Call ``hook(module, args, kwargs, output)`` instead.
        always_call : bool, default False
            Call it with the output None where `forward` raised, too.

        Returns
        -------
        RemovableHandle
            Its ``remove()`` takes the hook away.

        Raises
        ------
        TypeError
            When `hook` cannot be called.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> from tinygrad_wtf import nn
        >>> relu = nn.ReLU()
        >>> with relu.register_forward_hook(lambda module, args, output: 10 * output):
        ...     relu(tw.tensor([-1.0, 2.0])).tolist()
        [0.0, 20.0]
        >>> relu(tw.tensor([-1.0, 2.0])).tolist()
        [0.0, 2.0]
        """
        return RemovableHandle(self._hooks_of("forward"), Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the module's outputs are complete.

        Parameters
        ----------
        hook : callable
            Takes the module and the tuple of gradients, None for outputs without; what it returns, unless None, takes
            their place.
        prepend : bool, default False
            Call it before the hooks that are there already, not after them.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> from tinygrad_wtf import nn
        >>> x, layer = tw.tensor([3.0], requires_grad=True), nn.Identity()
        >>> handle = layer.register_full_backward_pre_hook(lambda module, grad_output: (10 * grad_output[0],))
        >>> layer(x).backward()
        >>> x.grad.tolist()
        [10.0]
        """
        return RemovableHandle(self._hooks_of("backward_pre"), Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the module's inputs are complete.

        It sees the positional arguments that require gradients; where none does, it is called when the gradients of
        the outputs are complete. Of several outputs, those that nothing used have zeros here, where PyTorch has None.

        Parameters
        ----------
        hook : callable
            Takes the module and two tuples of gradients, None where there is none; what it returns, unless None, takes
            the place of `grad_input`.
        prepend : bool, default False
            Call it before the hooks that are there already, not after them.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> from tinygrad_wtf import nn
        >>> x, layer = tw.tensor([-1.0, 2.0], requires_grad=True), nn.ReLU()
        >>> handle = layer.register_full_backward_hook(lambda module, gx, gy: print(gx[0].tolist(), gy[0].tolist()))
        >>> layer(x).sum().backward()
        [0.0, 1.0] [1.0, 1.0]
        """
        return RemovableHandle(self._hooks_of("backward"), Hook(hook), prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before `state_dict` collects.

        Parameters
        ----------
        hook : callable
            What it returns is not used.
        """
        return RemovableHandle(self._hooks_of("state_dict_pre"), Hook(hook))

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after `state_dict`; it may change the dict.

        Parameters
        ----------
        hook : callable
            It returns None; `local_metadata` is an empty dict.
        """
        return RemovableHandle(self._hooks_of("state_dict_post"), Hook(hook))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call a hook before `load_state_dict` reads this module's part; it may change the dict, a copy of the given.

        Parameters
        ----------
        hook : callable
            ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)``.
        """
        return RemovableHandle(self._hooks_of("load_state_dict_pre"), Hook(hook))

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after `load_state_dict` loaded this module.

        Parameters
        ----------
        hook : callable
            It may change the two lists: names that it takes out are no error.
        """
        return RemovableHandle(self._hooks_of("load_state_dict_post"), Hook(hook))
