"""`weight_norm` and `spectral_norm` under PyTorch's older names of what is learnt: ``weight_g``, ``weight_orig``."""

from __future__ import annotations

from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, no_grad, normalize

from ..module import Module
from ..parameter import Parameter
from .parametrizations import as_matrix, default_dim, norm_except_dim
from .parametrize import give_property, take_property


def _weight(module: Module, name: str) -> Parameter:
    weight = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"{type(module).__name__} has no parameter {name!r}")
    return weight


def _fixed(name: str) -> Any:
    def write(module: Module, value: Any) -> None:
        raise AttributeError(f"{name!r} of {type(module).__name__} is computed: change what it is computed from")

    return write


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn the length and the direction of each neuron's weights apart (Salimans and Kingma, 2016).

    `nn.utils.parametrizations.weight_norm` with PyTorch's older names: ``weight_g`` and ``weight_v``.

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name.
    dim : int or None, default 0
        Along which dimension there is a length for each part; None for one length of all.

    Returns
    -------
    Module
        The module.

    Raises
    ------
    ValueError
        When the module has no such parameter.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.weight_norm(nn.Linear(2, 3))
    >>> [(name, p.shape) for name, p in layer.named_parameters()]
    [('bias', (3,)), ('weight_g', (3, 1)), ('weight_v', (3, 2))]
    """
    weight = _weight(module, name)
    with no_grad():
        lengths = norm_except_dim(weight, dim).clone()
    delattr(module, name)
    module.register_parameter(f"{name}_g", Parameter(lengths, weight.requires_grad))
    module.register_parameter(f"{name}_v", Parameter(weight.detach(), weight.requires_grad))

    def read(owner: Module) -> Tensor:
        v: Tensor = getattr(owner, f"{name}_v")
        w: Tensor = v * (getattr(owner, f"{name}_g") / norm_except_dim(v, dim))
        return w

    give_property(module, name, read, _fixed(name), "")
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Undo `weight_norm`: the weight is a parameter again, with the value that it has.

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name.

    Raises
    ------
    ValueError
        When the weight is not normalised so.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(2, 3)))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight']
    """
    return _removed("weight_norm", module, name, (f"{name}_g", f"{name}_v"))


def _removed(op: str, module: Module, name: str, members: tuple[str, ...]) -> Module:
    if any(member not in module._parameters and member not in module._buffers for member in members):
        raise ValueError(f"{op} of {name!r} not found in {type(module).__name__}")
    learnt = getattr(module, members[1] if op == "weight_norm" else members[0]).requires_grad
    with no_grad():
        value = getattr(module, name).detach()
    take_property(module, name)
    for member in members:
        delattr(module, member)
    module.register_parameter(name, Parameter(value, learnt))
    return module


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value (Miyato et al., 2018), so that a layer stretches by at most 1.

    `nn.utils.parametrizations.spectral_norm` with PyTorch's older names: ``weight_orig``, ``weight_u``, ``weight_v``.
    Every reading of the weight in training takes steps of power iteration.

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name.
    n_power_iterations : int, default 1
        How many steps of power iteration every use in training takes.
    eps : float, default 1e-12
        The least length by which vectors are divided.
    dim : int, optional
        The dimension of the outputs; by default 0, and 1 for transposed convolutions.

    Returns
    -------
    Module
        The module.

    Raises
    ------
    ValueError
        When the module has no such parameter, or there are no steps.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> list(nn.utils.spectral_norm(nn.Linear(2, 3)).state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if n_power_iterations <= 0:
        raise ValueError(f"spectral_norm: n_power_iterations is 1 or more, not {n_power_iterations}")
    weight, along = _weight(module, name), default_dim(module, dim)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    rows, columns = as_matrix(weight.detach(), along).shape
    module.register_buffer(f"{name}_u", normalize(tw.randn(rows, dtype=weight.dtype), dim=0, eps=eps))
    module.register_buffer(f"{name}_v", normalize(tw.randn(columns, dtype=weight.dtype), dim=0, eps=eps))

    def read(owner: Module) -> Tensor:
        original = getattr(owner, f"{name}_orig")
        u, v = getattr(owner, f"{name}_u"), getattr(owner, f"{name}_v")
        matrix = as_matrix(original, along)
        if owner.training:
            with no_grad():  # PyTorch's older order: v before u
                fixed = matrix.detach()
                for _ in range(n_power_iterations):
                    v.copy_(normalize(fixed.T @ u, dim=0, eps=eps))
                    u.copy_(normalize(fixed @ v, dim=0, eps=eps))
        w: Tensor = original / (u.clone() * (matrix @ v.clone())).sum()
        return w

    give_property(module, name, read, _fixed(name), "")
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Undo `spectral_norm`: the weight is a parameter again, with the value that it has.

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name.

    Raises
    ------
    ValueError
        When the weight is not normalised so.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(2, 3)))
    >>> list(layer.state_dict())
    ['bias', 'weight']
    """
    training = module.training
    module.training = False  # so that the value is the one in use, without a further step
    try:
        return _removed("spectral_norm", module, name, (f"{name}_orig", f"{name}_u", f"{name}_v"))
    finally:
        module.training = training
