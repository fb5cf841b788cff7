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
from tinygrad_wtf.ops.activation import relu, sigmoid, softplus
from tinygrad_wtf.ops.arithmetic import abs, add, clamp, div, maximum, minimum, mul, neg, pow, sign, sub, where
from tinygrad_wtf.ops.comparison import (
    eq,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
)
from tinygrad_wtf.ops.elementary import cos, exp, expm1, log, log1p, sin, sqrt, tanh
from tinygrad_wtf.ops.indexing import take_along_dim
from tinygrad_wtf.ops.linalg import matmul
from tinygrad_wtf.ops.loss import binary_cross_entropy, binary_cross_entropy_with_logits
from tinygrad_wtf.ops.reduction import all, amax, amin, any, argmax, argmin, logsumexp, max, mean, min, prod, std, sum, var
from tinygrad_wtf.ops.shape import (
    cat,
    concat,
    expand,
    flatten,
    movedim,
    narrow,
    permute,
    reshape,
    squeeze,
    stack,
    swapaxes,
    t,
    transpose,
    unsqueeze,
)
from tinygrad_wtf.random import Generator, as_generator, manual_seed
from tinygrad_wtf.tensor import Tensor

if TYPE_CHECKING:
    import nn as nn
    from tinygrad_wtf.picture import draw as draw

broadcast_to = expand
__version__ = "0.1.0"

__all__ = [
    "DTypeError",
    "DimensionError",
    "Generator",
    "GradcheckError",
    "GraphError",
    "IndexRangeError",
    "ShapeError",
    "Tensor",
    "TinygradError",
    "abs",
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "argmax",
    "argmin",
    "as_generator",
    "as_tensor",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "broadcast_to",
    "cat",
    "clamp",
    "concat",
    "cos",
    "current_scope",
    "div",
    "draw",
    "enable_grad",
    "eq",
    "exp",
    "expand",
    "expm1",
    "eye",
    "flatten",
    "float16",
    "float32",
    "float64",
    "full",
    "full_like",
    "ge",
    "get_default_dtype",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "gt",
    "hessian",
    "hvp",
    "int32",
    "int64",
    "is_grad_enabled",
    "isfinite",
    "isinf",
    "isnan",
    "jacobian",
    "le",
    "linspace",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "lt",
    "manual_seed",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "movedim",
    "mul",
    "narrow",
    "ne",
    "neg",
    "nn",
    "no_grad",
    "ones",
    "ones_like",
    "permute",
    "pow",
    "prod",
    "rand",
    "randn",
    "relu",
    "reshape",
    "scope",
    "set_default_dtype",
    "set_grad_enabled",
    "sigmoid",
    "sign",
    "sin",
    "softplus",
    "sqrt",
    "squeeze",
    "stack",
    "std",
    "sub",
    "sum",
    "swapaxes",
    "t",
    "take_along_dim",
    "tanh",
    "tensor",
    "transpose",
    "unsqueeze",
    "var",
    "where",
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
