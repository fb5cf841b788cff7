"""tinygrad_wtf: an autodiff computation-graph micro-framework in NumPy.

A `Tensor` records its operations; `backward` walks the record. The names are PyTorch's. Layers are in
`tinygrad_wtf.nn`.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinygrad_wtf import _aliases, _heap, linalg, ops, special
from tinygrad_wtf._changes import settings_changed, temporary_settings
from tinygrad_wtf.autograd.backward import grad
from tinygrad_wtf.autograd.checks import GradcheckError, gradcheck, gradgradcheck
from tinygrad_wtf.autograd.transforms import hessian, hvp, jacobian, jacrev, jvp, vjp
from tinygrad_wtf.dtypes import (
    bool,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from tinygrad_wtf.errors import (
    DataError,
    DimensionError,
    DTypeError,
    ExportError,
    GraphError,
    IndexDTypeError,
    IndexRangeError,
    LinAlgError,
    SettingError,
    ShapeError,
    TinygradError,
    TraceError,
    UnsupportedError,
)
from tinygrad_wtf.grad_mode import (
    current_scope,
    enable_grad,
    is_compiling,
    is_grad_enabled,
    no_grad,
    scope,
    set_grad_enabled,
)
from tinygrad_wtf.ops.public import *  # 250 names, listed there alone: the tensors' methods are made of them too
from tinygrad_wtf.random import (
    Generator,
    as_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from tinygrad_wtf.tensors.creation import (
    arange,
    as_tensor,
    bernoulli,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    normal,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from tinygrad_wtf.tensors.data import check_values
from tinygrad_wtf.tensors.inplace_functions import *
from tinygrad_wtf.tensors.inplace_functions import __all__ as _overwriting
from tinygrad_wtf.tensors.tensor import Tensor
from tinygrad_wtf.tensors.updating import update_values

if TYPE_CHECKING:
    from tinygrad_wtf import autograd as autograd
    from tinygrad_wtf import func as func
    from tinygrad_wtf import nn as nn
    from tinygrad_wtf import optim as optim
    from tinygrad_wtf import utils as utils
    from tinygrad_wtf.compiler import compile as compile
    from tinygrad_wtf.compiler import get_num_threads as get_num_threads
    from tinygrad_wtf.compiler import set_num_threads as set_num_threads
    from tinygrad_wtf.explanation import derive as derive
    from tinygrad_wtf.explanation import explain as explain
    from tinygrad_wtf.picture import draw as draw

__version__ = "0.1.0"

_aliases.install()
_heap.keep_arrays()

__all__ = [  # with every name of `ops.public`, and the functions that overwrite
    *ops.PUBLIC,
    *_overwriting,
    "DTypeError",
    "DataError",
    "DimensionError",
    "ExportError",
    "Generator",
    "GradcheckError",
    "GraphError",
    "IndexDTypeError",
    "IndexRangeError",
    "LinAlgError",
    "SettingError",
    "ShapeError",
    "Tensor",
    "TinygradError",
    "TraceError",
    "UnsupportedError",
    "arange",
    "as_generator",
    "as_tensor",
    "autograd",
    "bernoulli",
    "bool",
    "check_values",
    "compile",
    "current_scope",
    "derive",
    "draw",
    "empty",
    "empty_like",
    "enable_grad",
    "explain",
    "eye",
    "float16",
    "float32",
    "float64",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "func",
    "get_default_dtype",
    "get_num_threads",
    "get_rng_state",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "hessian",
    "hvp",
    "initial_seed",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_compiling",
    "is_grad_enabled",
    "jacobian",
    "jacrev",
    "jvp",
    "linalg",
    "linspace",
    "logspace",
    "manual_seed",
    "nn",
    "no_grad",
    "normal",
    "ones",
    "ones_like",
    "optim",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "scope",
    "seed",
    "set_default_dtype",
    "set_grad_enabled",
    "set_num_threads",
    "set_rng_state",
    "settings_changed",
    "special",
    "temporary_settings",
    "tensor",
    "tril_indices",
    "triu_indices",
    "uint8",
    "update_values",
    "utils",
    "vjp",
    "zeros",
    "zeros_like",
]


_LATER = {  # imported when they are first asked for: importing the engine stays quick
    "compile": "compiler",
    "derive": "explanation",
    "draw": "picture",
    "explain": "explanation",
    "get_num_threads": "compiler",
    "set_num_threads": "compiler",
}


if not TYPE_CHECKING:  # a name that is not there is an error to type checkers too

    def __getattr__(name: str) -> Any:
        if name in ("autograd", "func", "nn", "optim", "utils"):
            return import_module(f"tinygrad_wtf.{name}")
        if name in _LATER:
            return getattr(import_module(f"tinygrad_wtf.{_LATER[name]}"), name)
        if (own := _aliases.MOVED.get(f"tinygrad_wtf.{name}")) is not None:
            warnings.warn(f"tinygrad_wtf.{name} is now {own}", DeprecationWarning, stacklevel=2)
            return import_module(own)
        raise AttributeError(f"module 'tinygrad_wtf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
