"""tinygrad_wtf: an autodiff computation-graph micro-framework in NumPy.

A `Tensor` records its operations; `backward` walks the record. The names are PyTorch's. Layers are in
`tinygrad_wtf.nn`.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from numpy import dtype, newaxis

from tinygrad_wtf import _aliases, _heap, linalg, ops, special
from tinygrad_wtf._changes import settings_changed, temporary_settings
from tinygrad_wtf.autograd.backward import grad
from tinygrad_wtf.autograd.checks import GradcheckError, gradcheck, gradgradcheck
from tinygrad_wtf.autograd.transforms import hessian, hvp, jacobian, jacrev, jvp, vjp
from tinygrad_wtf.devices import device, get_default_device, set_default_device
from tinygrad_wtf.dtypes import (
    bool,
    can_cast,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    promote_types,
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
    inference_mode,
    is_compiling,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    scope,
    set_grad_enabled,
)
from tinygrad_wtf.ops.public import *  # 250 names, listed there alone: the tensors' methods are made of them too
from tinygrad_wtf.random import (
    Generator,
    as_generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from tinygrad_wtf.tensors.array_api import asarray, result_type
from tinygrad_wtf.tensors.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from tinygrad_wtf.tensors.data import check_values
from tinygrad_wtf.tensors.draws import (
    bernoulli,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
)
from tinygrad_wtf.tensors.inplace_functions import *
from tinygrad_wtf.tensors.inplace_functions import __all__ as _overwriting
from tinygrad_wtf.tensors.printing import set_printoptions
from tinygrad_wtf.tensors.sampling import binomial, multinomial, poisson
from tinygrad_wtf.tensors.size import Size
from tinygrad_wtf.tensors.tensor import Tensor
from tinygrad_wtf.tensors.updating import update_values
from tinygrad_wtf.tensors.windows import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    kaiser_window,
)

if TYPE_CHECKING:
    from tinygrad_wtf import absent as absent
    from tinygrad_wtf import amp as amp
    from tinygrad_wtf import autograd as autograd
    from tinygrad_wtf import backends as backends
    from tinygrad_wtf import cuda as cuda
    from tinygrad_wtf import distributions as distributions
    from tinygrad_wtf import func as func
    from tinygrad_wtf import nn as nn
    from tinygrad_wtf import optim as optim
    from tinygrad_wtf import utils as utils
    from tinygrad_wtf.amp import GradScaler as GradScaler
    from tinygrad_wtf.amp import autocast as autocast
    from tinygrad_wtf.compiler import compile as compile
    from tinygrad_wtf.compiler import get_num_threads as get_num_threads
    from tinygrad_wtf.compiler import set_num_threads as set_num_threads
    from tinygrad_wtf.explanation import derive as derive
    from tinygrad_wtf.explanation import explain as explain
    from tinygrad_wtf.habits import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
    from tinygrad_wtf.habits import get_float32_matmul_precision as get_float32_matmul_precision
    from tinygrad_wtf.habits import (
        is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled,
    )
    from tinygrad_wtf.habits import set_float32_matmul_precision as set_float32_matmul_precision
    from tinygrad_wtf.habits import use_deterministic_algorithms as use_deterministic_algorithms
    from tinygrad_wtf.limits import finfo as finfo
    from tinygrad_wtf.limits import iinfo as iinfo
    from tinygrad_wtf.picture import draw as draw
    from tinygrad_wtf.tensors.kinds import BoolTensor as BoolTensor
    from tinygrad_wtf.tensors.kinds import ByteTensor as ByteTensor
    from tinygrad_wtf.tensors.kinds import CharTensor as CharTensor
    from tinygrad_wtf.tensors.kinds import DoubleTensor as DoubleTensor
    from tinygrad_wtf.tensors.kinds import FloatTensor as FloatTensor
    from tinygrad_wtf.tensors.kinds import HalfTensor as HalfTensor
    from tinygrad_wtf.tensors.kinds import IntTensor as IntTensor
    from tinygrad_wtf.tensors.kinds import LongTensor as LongTensor
    from tinygrad_wtf.tensors.kinds import ShortTensor as ShortTensor
    from tinygrad_wtf.tensors.questions import clone as clone
    from tinygrad_wtf.tensors.questions import detach as detach
    from tinygrad_wtf.tensors.questions import is_complex as is_complex
    from tinygrad_wtf.tensors.questions import is_floating_point as is_floating_point
    from tinygrad_wtf.tensors.questions import is_inference as is_inference
    from tinygrad_wtf.tensors.questions import is_nonzero as is_nonzero
    from tinygrad_wtf.tensors.questions import is_same_size as is_same_size
    from tinygrad_wtf.tensors.questions import is_signed as is_signed
    from tinygrad_wtf.tensors.questions import is_tensor as is_tensor
    from tinygrad_wtf.tensors.questions import numel as numel
    from tinygrad_wtf.tensors.questions import typename as typename

__version__ = "0.1.0"

# PyTorch's other names of dtypes.
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64

_aliases.install()
_heap.keep_arrays()

__all__ = [  # with every name of `ops.public`, and the functions that overwrite
    *ops.PUBLIC,
    *_overwriting,
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DTypeError",
    "DataError",
    "DimensionError",
    "DoubleTensor",
    "ExportError",
    "FloatTensor",
    "Generator",
    "GradScaler",
    "GradcheckError",
    "GraphError",
    "HalfTensor",
    "IndexDTypeError",
    "IndexRangeError",
    "IntTensor",
    "LinAlgError",
    "LongTensor",
    "SettingError",
    "ShapeError",
    "ShortTensor",
    "Size",
    "Tensor",
    "TinygradError",
    "TraceError",
    "UnsupportedError",
    "absent",
    "amp",
    "arange",
    "are_deterministic_algorithms_enabled",
    "as_generator",
    "bartlett_window",
    "blackman_window",
    "hamming_window",
    "hann_window",
    "kaiser_window",
    "as_tensor",
    "autograd",
    "asarray",
    "autocast",
    "backends",
    "bernoulli",
    "binomial",
    "bool",
    "can_cast",
    "check_values",
    "clone",
    "compile",
    "cuda",
    "current_scope",
    "default_generator",
    "derive",
    "distributions",
    "detach",
    "device",
    "double",
    "draw",
    "dtype",
    "e",
    "empty",
    "empty_like",
    "enable_grad",
    "explain",
    "eye",
    "finfo",
    "float",
    "float16",
    "float32",
    "float64",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "func",
    "get_default_device",
    "get_default_dtype",
    "get_float32_matmul_precision",
    "get_num_threads",
    "get_rng_state",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "half",
    "hessian",
    "hvp",
    "iinfo",
    "inf",
    "inference_mode",
    "initial_seed",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "is_compiling",
    "is_complex",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_floating_point",
    "is_grad_enabled",
    "is_inference",
    "is_inference_mode_enabled",
    "is_nonzero",
    "is_same_size",
    "is_signed",
    "is_tensor",
    "jacobian",
    "jacrev",
    "jvp",
    "linalg",
    "linspace",
    "logspace",
    "long",
    "manual_seed",
    "multinomial",
    "nan",
    "newaxis",
    "nn",
    "no_grad",
    "normal",
    "numel",
    "ones",
    "ones_like",
    "optim",
    "poisson",
    "promote_types",
    "pi",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "result_type",
    "scope",
    "seed",
    "set_default_device",
    "set_default_dtype",
    "set_float32_matmul_precision",
    "set_grad_enabled",
    "set_num_threads",
    "set_printoptions",
    "set_rng_state",
    "settings_changed",
    "short",
    "special",
    "temporary_settings",
    "tensor",
    "tril_indices",
    "triu_indices",
    "typename",
    "uint8",
    "update_values",
    "utils",
    "use_deterministic_algorithms",
    "vjp",
    "zeros",
    "zeros_like",
]


_LATER = {  # by module: imported when they are first asked for, so that importing the engine stays quick
    name: module
    for module, names in {
        "amp": "GradScaler autocast",
        "compiler": "compile get_num_threads set_num_threads",
        "explanation": "derive explain",
        "habits": "are_deterministic_algorithms_enabled is_deterministic_algorithms_warn_only_enabled "
        "use_deterministic_algorithms get_float32_matmul_precision set_float32_matmul_precision",
        "limits": "finfo iinfo",
        "picture": "draw",
        "tensors.kinds": "BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor "
        "ShortTensor",
        "tensors.questions": "clone detach is_complex is_floating_point is_inference is_nonzero is_same_size "
        "is_signed is_tensor numel typename",
    }.items()
    for name in names.split()
}


if not TYPE_CHECKING:  # a name that is not there is an error to type checkers too

    def __getattr__(name: str) -> Any:
        if name in ("absent", "amp", "autograd", "backends", "cuda", "distributions", "func", "nn", "optim", "utils"):
            return import_module(f"tinygrad_wtf.{name}")
        if name in _LATER:
            return getattr(import_module(f"tinygrad_wtf.{_LATER[name]}"), name)
        if (own := _aliases.MOVED.get(f"tinygrad_wtf.{name}")) is not None:
            warnings.warn(f"tinygrad_wtf.{name} is now {own}", DeprecationWarning, stacklevel=2)
            return import_module(own)
        raise import_module("tinygrad_wtf.absent").error("tinygrad_wtf", "torch", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_heap.imported()
