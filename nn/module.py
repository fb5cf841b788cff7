"""`Module`: what every layer and network is. What it holds is in `tree`, its saved form in `state`.

The layers themselves live in files of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from numpy.typing import DTypeLike

from tinygrad_wtf import DTypeError, as_tensor, float16, float32, float64

from .hooked import Hooked
from .parameter import clear_gradient, convert, converted
from .state import IncompatibleKeys, collect, load


class Module(Hooked):
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

    # ---------------------------------------------------------------- state

    def state_dict(
        self, *args: Any, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Return all parameters and persistent buffers by path, as detached tensors.

        The tensors share memory with the module, as in PyTorch: training on changes them. Copy what must stay,
        ``{name: value.clone() for name, value in model.state_dict().items()}``.

        Parameters
        ----------
        destination : dict, optional
            Where they are put; a new dict when None.
        prefix : str
            Put before every path.
        keep_vars : bool, default False
            Return the parameters themselves, not detached.
        *args
            The same three in PyTorch's older order.

        Examples
        --------
        >>> from tinygrad_wtf import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1)).state_dict())
        ['0.weight', '0.bias', '2.weight', '2.bias']
        """
        if args and isinstance(args[0], str):
            raise TypeError(f"state_dict takes the prefix by name: state_dict(prefix={args[0]!r})")
        older: list[Any] = [*args, *(destination, prefix, keep_vars)[len(args) :]]
        state: dict[str, Any] = {} if older[0] is None else older[0]
        collect(self, state, older[1], older[2])
        return state

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values into the parameters and buffers of the same names; nothing is changed when anything is wrong.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            Tensors, NumPy arrays or anything NumPy reads; they are converted to the dtype of what they replace.
        strict : bool, default True
            Whether missing and unexpected names are errors. Values that do not fit always are.
        assign : bool, default False
            Put the tensors, in their own dtype, in the place of the parameters and buffers; arrays are converted first.

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
        return load(self, state_dict, strict, assign)

    def get_extra_state(self) -> Any:
        """Return what else of this module is saved; a subclass that has something defines it and `set_extra_state`.

        `state_dict` has it under the module's path and ``_extra_state``.
        """
        raise RuntimeError(f"{type(self).__name__} has no extra state: define get_extra_state in the class")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` returned.

        Parameters
        ----------
        state
            What it returned when the module was saved.
        """
        raise RuntimeError(f"{type(self).__name__} takes no extra state: define set_extra_state in the class")

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

    def to(self, *target: Any, **by_name: Any) -> Self:
        """Convert the floating-point parameters (with their gradients) and buffers, in place.

        Parameters
        ----------
        *target, **by_name
            A dtype, a device, a device and a dtype, or a tensor whose dtype is meant, as `Tensor.to` takes them.

        Raises
        ------
        DTypeError
            When the dtype is not a floating-point type: whole numbers have no gradients.
        UnsupportedError
            For a device that is not here.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> from tinygrad_wtf import nn
        >>> device = tw.device("cuda" if tw.cuda.is_available() else "cpu")
        >>> nn.Linear(2, 1).to(device).to(tw.float64).weight.dtype
        dtype('float64')
        """
        wanted, unless = (as_tensor(number).to(*target, **by_name).dtype for number in (0.0, 0))
        if wanted != unless:
            return self  # only a device was named
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
                    module._buffers[name] = converted(buffer, wanted)
        return self

    def cpu(self) -> Self:
        """The module itself, which is there already."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Refused: there is no GPU here.

        Raises
        ------
        UnsupportedError
            Always. Write ``model.to(device)`` with a device that ``cuda.is_available()`` chose.
        """
        return self.to("cuda")

    def float(self) -> Self:
        """Convert to float32, in place."""
        return self.to(float32)

    def double(self) -> Self:
        """Convert to float64, in place."""
        return self.to(float64)

    def half(self) -> Self:
        """Convert to float16, in place: it saves memory, and is slow and coarse."""
        return self.to(float16)

    def type(self, dst_type: DTypeLike) -> Self:
        """Convert to a floating-point dtype, in place.

        Parameters
        ----------
        dst_type : dtype
            As in `to`.
        """
        return self.to(dst_type)

    def compile(self, **settings: Any) -> None:
        """Let calls of this module run its compiled program from now on.

        Parameters
        ----------
        **settings
            As `tinygrad_wtf.compile` takes them; that gives another module, and leaves this one as it is.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> from tinygrad_wtf import nn
        >>> model = nn.Linear(2, 1)
        >>> model.compile(mode="reduce-overhead")
        >>> model(tw.ones(1, 2)).shape, model.traces
        ((1, 1), 1)
        """
        from .compiled import compile_in_place  # it is a module itself

        compile_in_place(self, settings)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """The module itself, with its values: there is no device without memory ("meta") to come from.

        Parameters
        ----------
        device : str or device
            "cpu"; another is refused.
        recurse : bool
            PyTorch's, which changes nothing here.

        Raises
        ------
        UnsupportedError
            For another device.
        """
        return self.to(device=device)

    def share_memory(self) -> Self:
        """The module itself: threads share its memory anyway; other processes get copies."""
        return self

    def _as_compiled(self, compiled: Any) -> Module:
        """What `tinygrad_wtf.compile` gives for a module: a module too."""
        from .compiled import as_its_program  # it is a module itself

        return as_its_program(self, compiled)

    # ---------------------------------------------------------------- showing

    def extra_repr(self) -> str:
        """Return what stands between the parentheses of the repr; subclasses say their settings here."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        head, settings = type(self).__name__, self.extra_repr()
        if not self._modules:
            return f"{head}({settings})"
        lines = settings.splitlines()
        lines += [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        return f"{head}(\n  " + "\n  ".join(lines) + "\n)"
