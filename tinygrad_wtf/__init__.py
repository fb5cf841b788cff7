"""tinygrad_wtf: an autodiff computation-graph micro-framework in NumPy.

A `Tensor` records its operations; `backward` walks the record. The names are PyTorch's. Layers are in the package
`nn` beside this one, also reached as ``from tinygrad_wtf import nn``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_wtf.backward import grad
from tinygrad_wtf.check import GradcheckError, gradcheck, gradgradcheck
from tinygrad_wtf.creation import (
    arange,
    as_tensor,
    eye,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    rand,
    randn,
    tensor,
    zeros,
    zeros_like,
)
from tinygrad_wtf.derivatives import hessian, hvp, jacobian
from tinygrad_wtf.dtypes import (
    float16,
    float32,
    float64,
    get_default_dtype,
    int32,
    int64,
    set_default_dtype,
)
from tinygrad_wtf.errors import DimensionError, DTypeError, GraphError, IndexRangeError, ShapeError, TinygradError
from tinygrad_wtf.mode import current_scope, enable_grad, is_grad_enabled, no_grad, scope, set_grad_enabled
from tinygrad_wtf.ops import *
from tinygrad_wtf.ops import PUBLIC as _operations
from tinygrad_wtf.random import Generator, as_generator, manual_seed
from tinygrad_wtf.tensor import Tensor

if TYPE_CHECKING:
    import nn as nn
    from tinygrad_wtf.picture import draw as draw

__version__ = "0.1.0"

__all__ = [  # with every public name of the rooms of `ops`
    *_operations,
    "DTypeError",
    "DimensionError",
    "Generator",
    "GradcheckError",
    "GraphError",
    "IndexRangeError",
    "ShapeError",
    "Tensor",
    "TinygradError",
    "arange",
    "as_generator",
    "as_tensor",
    "current_scope",
    "draw",
    "enable_grad",
    "eye",
    "float16",
    "float32",
    "float64",
    "full",
    "full_like",
    "get_default_dtype",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "hessian",
    "hvp",
    "int32",
    "int64",
    "is_grad_enabled",
    "jacobian",
    "linspace",
    "manual_seed",
    "nn",
    "no_grad",
    "ones",
    "ones_like",
    "rand",
    "randn",
    "scope",
    "set_default_dtype",
    "set_grad_enabled",
    "tensor",
    "zeros",
    "zeros_like",
]


def __getattr__(name: str) -> Any:
    """Import the layers and the pictures when they are first asked for: importing the engine stays quick."""
    if name == "nn":
        import nn

        return nn
    if name == "draw":
        from tinygrad_wtf.picture import draw

        return draw
    raise AttributeError(f"module 'tinygrad_wtf' has no attribute {name!r}")
