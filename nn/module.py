"""`Module`: what every layer and network is. What it holds is in `tree`, its saved form in `state`.

The layers themselves live in files of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from numpy.typing import DTypeLike

from tinygrad_wtf import DTypeError, Tensor, as_tensor, float32, float64, scope

from .hooks import Hook, RemovableHandle, called_after, called_before
from .parameter import clear_gradient, convert
from .state import IncompatibleKeys, load, saved
from .tree import Tree


class Module(Tree):
    """The base class of all layers and networks.

    Subclasses assign parameters (`Parameter`) and other modules as attributes in `__init__`, after
    ``super().__init__()``, and say in `forward` what they compute. Calling the module runs `forward`; every step that
    is recorded meanwhile remembers the layer it belongs to, so errors and pictures can name it.

    Attributes
    ----------
    training : bool
        True after `train()` (the start), False after `eval()`. Layers such as dropout look at it.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> class Neuron(nn.Module):
    ...     def __init__(self, inputs):
    ...         super().__init__()
    ...         self.linear = nn.Linear(inputs, 1)
    ...
    ...     def forward(self, x):
    ...         return self.linear(x).sigmoid()
    >>> neuron = Neuron(2)
    >>> neuron
    Neuron(
      (linear): Linear(in_features=2, out_features=1, bias=True)
    )
    >>> [(name, parameter.shape) for name, parameter in neuron.named_parameters()]
    [('linear.weight', (1, 2)), ('linear.bias', (1,))]
    """

    _is_hooked = False  # whether there ever was a hook
    _forward_pre_hooks: dict[int, Hook]
    _forward_hooks: dict[int, Hook]

    # ---------------------------------------------------------------- computing

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's output. Every subclass says how."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, x) in the class")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` with the module's name as the scope of all that it records."""
        return self._call_as(self._called, *args, **kwargs)

    def _call_as(self, name: str, *args: Any, **kwargs: Any) -> Any:
        kind = type(self).__name__
        with scope(f"{name}: {kind}" if name else kind):
            if not self._is_hooked:
                return self.forward(*args, **kwargs)
            args, kwargs = called_before(self, self._forward_pre_hooks, args, kwargs)
            output = self.forward(*args, **kwargs)
            return called_after(self, self._forward_hooks, args, kwargs, output)

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
        self._allow_hooks()
        return RemovableHandle(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
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
        self._allow_hooks()
        return RemovableHandle(self._forward_hooks, Hook(hook, with_kwargs), prepend)

    def _allow_hooks(self) -> None:
        own = self.__dict__
        if not self._is_hooked:
            own["_is_hooked"], own["_forward_pre_hooks"], own["_forward_hooks"] = True, {}, {}

    # ---------------------------------------------------------------- state

    def state_dict(self, prefix: str = "") -> dict[str, Tensor]:
        """Return all parameters and persistent buffers by path, as detached tensors.

        The tensors share memory with the module, as in PyTorch: training on changes them. Copy what must stay,
        ``{name: value.clone() for name, value in model.state_dict().items()}``.

        Examples
        --------
        >>> from tinygrad_wtf import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1)).state_dict())
        ['0.weight', '0.bias', '2.weight', '2.bias']
        """
        return {name: member.detach() for name, member in saved(self, prefix)}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy values into the parameters and buffers of the same names; nothing is changed when anything is wrong.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            Tensors, NumPy arrays or anything NumPy reads; they are converted to the dtype of what they replace.
        strict : bool, default True
            Whether missing and unexpected names are errors. Values that do not fit always are.

        Returns
        -------
        IncompatibleKeys
            ``missing_keys`` and ``unexpected_keys``, both empty when strict.

        Raises
        ------
        TypeError
            When `state_dict` is not a mapping.
        RuntimeError
            When names are missing or unexpected, or values have another shape or kind. One message lists all.

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_wtf import nn
        >>> layer = nn.Linear(2, 1)
        >>> layer.load_state_dict({"weight": np.array([[1.0, -1.0]]), "bias": [0.5]})
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        >>> layer.load_state_dict({"weight": np.ones((2, 1)), "b": [0.5]})
        Traceback (most recent call last):
        ...
        RuntimeError: the state does not fit Linear, and nothing was loaded:
          missing: bias
          unexpected: b
          weight: expected shape (1, 2), got (2, 1)
        """
        return load(self, state_dict, strict)

    # ---------------------------------------------------------------- changing all at once

    def train(self, mode: bool = True) -> Self:
        """Put this module and all below it into training mode (or, with False, into evaluation mode)."""
        if not isinstance(mode, bool):
            raise ValueError(f"train takes True or False, not {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Put this module and all below it into evaluation mode."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: to None, or to zeros with ``set_to_none=False``."""
        for parameter in self.parameters():
            clear_gradient(parameter, set_to_none)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let all parameters be learnt, or freeze them with False."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call ``fn(module)`` for all modules below and then for this one; the usual way to initialise weights.

        Examples
        --------
        >>> from tinygrad_wtf import nn
        >>> def as_in_the_guide(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.normal_(module.weight, generator=0)
        >>> _ = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()).apply(as_in_the_guide)
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Convert the floating-point parameters (with their gradients) and buffers to `dtype`, in place.

        Raises
        ------
        DTypeError
            When `dtype` is not a floating-point type: whole numbers have no gradients.
        """
        wanted = as_tensor(0.0).to(dtype).dtype
        if wanted.kind != "f":
            raise DTypeError(
                f"cannot convert the parameters of {type(self).__name__} to {wanted}",
                op="Module.to",
                hint="Parameters are floating-point: float32 or float64",
            )
        for parameter in self.parameters():
            if parameter.dtype.kind == "f" and parameter.dtype != wanted:
                convert(parameter, wanted)
        for module in self.modules():
            for name, buffer in module._buffers.items():
                if buffer is not None and buffer.dtype.kind == "f":
                    module._buffers[name] = buffer.to(wanted)
        return self

    def float(self) -> Self:
        """Convert to float32, in place."""
        return self.to(float32)

    def double(self) -> Self:
        """Convert to float64, in place."""
        return self.to(float64)

    # ---------------------------------------------------------------- showing

    def extra_repr(self) -> str:
        """Return what stands between the parentheses of the repr; subclasses say their settings here."""
        return ""

    def __repr__(self) -> str:
        head, settings = type(self).__name__, self.extra_repr()
        if not self._modules:
            return f"{head}({settings})"
        lines = settings.splitlines()
        lines += [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        return f"{head}(\n  " + "\n  ".join(lines) + "\n)"
