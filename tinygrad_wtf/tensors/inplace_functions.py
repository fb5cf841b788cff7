"""The methods with a trailing ``_`` as functions, where PyTorch has them: ``relu_(x)`` is ``x.relu_()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_wtf.ops.functions.activation import celu, dropout, elu, hardtanh, leaky_relu, selu, threshold
from tinygrad_wtf.tensors.tensor import Tensor


def _overwriting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with ``inplace=True``."""

    def overwrite(input: Any, *args: Any, **settings: Any) -> Any:
        return function(input, *args, inplace=True, **settings)

    overwrite.__name__ = f"{function.__name__}_"
    overwrite.__doc__ = f"`{function.__name__}` in place: overwrite the tensor with the result, and return it."
    return overwrite


celu_ = _overwriting(celu)
dropout_ = _overwriting(dropout)
elu_ = _overwriting(elu)
hardtanh_ = _overwriting(hardtanh)
leaky_relu_ = _overwriting(leaky_relu)
selu_ = _overwriting(selu)
threshold_ = _overwriting(threshold)

abs_ = Tensor.abs_
addmv_ = Tensor.addmv_
conj_physical_ = Tensor.conj_physical_
deg2rad_ = Tensor.deg2rad_
gcd_ = Tensor.gcd_
i0_ = Tensor.i0_
lcm_ = Tensor.lcm_
ldexp_ = Tensor.ldexp_
rad2deg_ = Tensor.rad2deg_
acos_ = Tensor.acos_
acosh_ = Tensor.acosh_
arccos_ = Tensor.arccos_
arccosh_ = Tensor.arccosh_
arcsin_ = Tensor.arcsin_
arcsinh_ = Tensor.arcsinh_
arctan_ = Tensor.arctan_
arctanh_ = Tensor.arctanh_
asin_ = Tensor.asin_
asinh_ = Tensor.asinh_
atan_ = Tensor.atan_
atanh_ = Tensor.atanh_
ceil_ = Tensor.ceil_
clamp_ = Tensor.clamp_
clamp_max_ = Tensor.clamp_max_
clamp_min_ = Tensor.clamp_min_
clip_ = Tensor.clip_
cos_ = Tensor.cos_
cosh_ = Tensor.cosh_
detach_ = Tensor.detach_
erf_ = Tensor.erf_
erfc_ = Tensor.erfc_
exp2_ = Tensor.exp2_
exp_ = Tensor.exp_
expm1_ = Tensor.expm1_
fill_ = Tensor.fill_
fix_ = Tensor.fix_
floor_ = Tensor.floor_
frac_ = Tensor.frac_
index_put_ = Tensor.index_put_
log10_ = Tensor.log10_
log1p_ = Tensor.log1p_
log2_ = Tensor.log2_
log_ = Tensor.log_
logit_ = Tensor.logit_
nan_to_num_ = Tensor.nan_to_num_
neg_ = Tensor.neg_
negative_ = Tensor.negative_
reciprocal_ = Tensor.reciprocal_
relu_ = Tensor.relu_
round_ = Tensor.round_
rsqrt_ = Tensor.rsqrt_
sigmoid_ = Tensor.sigmoid_
sin_ = Tensor.sin_
sinc_ = Tensor.sinc_
sinh_ = Tensor.sinh_
sqrt_ = Tensor.sqrt_
square_ = Tensor.square_
tan_ = Tensor.tan_
tanh_ = Tensor.tanh_
trunc_ = Tensor.trunc_
xlogy_ = Tensor.xlogy_
zero_ = Tensor.zero_

__all__ = [
    "abs_",
    "acos_",
    "acosh_",
    "addmv_",
    "arccos_",
    "arccosh_",
    "arcsin_",
    "arcsinh_",
    "arctan_",
    "arctanh_",
    "asin_",
    "asinh_",
    "atan_",
    "atanh_",
    "ceil_",
    "celu_",
    "clamp_",
    "clamp_max_",
    "clamp_min_",
    "clip_",
    "conj_physical_",
    "cos_",
    "cosh_",
    "deg2rad_",
    "detach_",
    "dropout_",
    "elu_",
    "erf_",
    "erfc_",
    "exp2_",
    "exp_",
    "expm1_",
    "fill_",
    "fix_",
    "floor_",
    "frac_",
    "gcd_",
    "hardtanh_",
    "i0_",
    "index_put_",
    "lcm_",
    "ldexp_",
    "leaky_relu_",
    "log1p_",
    "log2_",
    "log10_",
    "log_",
    "logit_",
    "nan_to_num_",
    "neg_",
    "negative_",
    "rad2deg_",
    "reciprocal_",
    "relu_",
    "round_",
    "rsqrt_",
    "selu_",
    "sigmoid_",
    "sin_",
    "sinc_",
    "sinh_",
    "sqrt_",
    "square_",
    "tan_",
    "tanh_",
    "threshold_",
    "trunc_",
    "xlogy_",
    "zero_",
]
