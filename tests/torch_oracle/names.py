"""Which operations are compared, by group, and where each side has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import tinygrad_wtf as tw
from tinygrad_wtf import nn

GROUPS: dict[str, str] = {
    "arithmetic": """add sub mul div remainder pow neg reciprocal square sqrt rsqrt abs sign floor ceil round trunc
        addcmul addcdiv lerp maximum minimum clamp clamp_min clamp_max where masked_fill nan_to_num atan2 hypot
        logaddexp xlogy __radd__ __rsub__ __rmul__ __rdiv__ __rmod__ __rpow__ rsub true_divide floor_divide positive""",
    "functions": """copysign fmax fmin heaviside deg2rad rad2deg float_power ldexp frexp sgn signbit logaddexp2 gcd lcm
        nextafter bitwise_left_shift bitwise_right_shift isin isreal lgamma digamma polygamma mvlgamma erfinv i0
        special.i0e special.i1 special.i1e special.xlog1py special.entr special.erfcx special.ndtr special.ndtri
        special.log_ndtr igamma igammac angle adjoint nn.functional.threshold nn.functional.hardshrink
        nn.functional.softshrink nn.functional.softmin frobenius_norm nuclear_norm unravel_index""",
    "products": """addmv addr baddbmm addbmm vdot inner chain_matmul linalg.multi_dot linalg.cross cross linalg.vecdot
        dist cdist nn.functional.pdist renorm""",
    "factors": """linalg.eigh linalg.eigvalsh linalg.svd linalg.svdvals linalg.qr linalg.pinv linalg.lstsq
        linalg.matrix_rank linalg.cond linalg.matrix_norm linalg.norm linalg.matrix_exp linalg.solve_triangular
        linalg.tensorinv linalg.tensorsolve cholesky_solve cholesky_inverse svd qr pinverse""",
    "statistics": """var_mean std_mean nansum nanmean nanmedian quantile nanquantile cov corrcoef kthvalue mode
        logcumsumexp cummax cummin diff trapezoid cumulative_trapezoid gradient""",
    "counting": """unique unique_consecutive bincount searchsorted bucketize histc histogram tril_indices
        triu_indices""",
    "arranging": """rot90 hsplit vsplit dsplit split_with_sizes block_diag cartesian_prod combinations vander
        linalg.vander""",
    "scattering": "put masked_scatter diagonal_scatter scatter_reduce index_reduce",
    "others": """aminmax argwhere nonzero take column_stack dstack tensor_split isclose index_copy index_fill index_put
        select_scatter slice_scatter ravel msort fmod bitwise_and bitwise_or bitwise_xor bitwise_not
        diag_embed diagflat logdet logspace frac fliplr flipud isposinf isneginf matrix_exp cholesky
        broadcast_tensors conj real resolve_conj resolve_neg unsafe_chunk unsafe_split special.polygamma""",
    "comparison": """eq ne lt le gt ge logical_and logical_or logical_xor logical_not isnan isinf isfinite
        __rand__ __ror__ __rxor__""",
    "elementwise": """exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
        sinc sigmoid logit erf erfc""",
    "activation": """nn.functional.relu nn.functional.relu6 nn.functional.leaky_relu nn.functional.elu
        nn.functional.selu nn.functional.celu nn.functional.gelu nn.functional.silu nn.functional.mish
        nn.functional.softplus nn.functional.softsign nn.functional.hardtanh nn.functional.hardsigmoid
        nn.functional.hardswish nn.functional.logsigmoid nn.functional.tanhshrink nn.functional.prelu nn.functional.glu
        softmax log_softmax nn.functional.normalize nn.functional.cosine_similarity nn.functional.dropout""",
    "reduction": """sum mean prod var std max min amax amin argmax argmin logsumexp norm linalg.vector_norm cumsum
        cumprod any all count_nonzero sort argsort topk median""",
    "linalg": """matmul mm bmm mv dot outer addmm einsum tensordot kron trace tril triu diag diagonal linalg.inv
        linalg.solve linalg.det linalg.slogdet linalg.cholesky linalg.matrix_power linalg.diagonal __rmatmul__""",
    "shape": """reshape view flatten unflatten squeeze unsqueeze expand broadcast_to repeat repeat_interleave tile flip
        roll transpose permute movedim t T mT cat stack hstack vstack split chunk unbind swapaxes narrow select unfold
        meshgrid atleast_1d atleast_2d atleast_3d nn.functional.pad""",
    "indexing": """__getitem__ take_along_dim gather index_select masked_select scatter scatter_add index_add
        nn.functional.one_hot nn.functional.embedding""",
    "loss": """nn.functional.binary_cross_entropy nn.functional.binary_cross_entropy_with_logits
        nn.functional.cross_entropy nn.functional.nll_loss nn.functional.mse_loss nn.functional.l1_loss
        nn.functional.smooth_l1_loss nn.functional.huber_loss nn.functional.kl_div nn.functional.poisson_nll_loss
        nn.functional.gaussian_nll_loss nn.functional.soft_margin_loss nn.functional.triplet_margin_loss""",
    "network": """nn.functional.linear nn.functional.bilinear nn.functional.conv1d nn.functional.conv2d
        nn.functional.max_pool2d nn.functional.avg_pool2d nn.functional.adaptive_avg_pool2d nn.functional.layer_norm
        nn.functional.batch_norm nn.functional.group_norm nn.functional.scaled_dot_product_attention""",
    "signals": "hann_window hamming_window blackman_window bartlett_window kaiser_window",
    "windows": """nn.functional.conv3d nn.functional.conv_transpose1d nn.functional.conv_transpose2d
        nn.functional.conv_transpose3d nn.functional.max_pool1d nn.functional.max_pool3d nn.functional.avg_pool1d
        nn.functional.avg_pool3d nn.functional.adaptive_avg_pool1d nn.functional.adaptive_avg_pool3d
        nn.functional.adaptive_max_pool1d nn.functional.adaptive_max_pool2d nn.functional.adaptive_max_pool3d
        nn.functional.interpolate nn.functional.affine_grid nn.functional.grid_sample nn.functional.unfold
        nn.functional.fold nn.functional.pixel_shuffle
        nn.functional.pixel_unshuffle nn.functional.instance_norm nn.functional.rms_norm
        nn.functional.pairwise_distance nn.functional.embedding_bag""",
    "creation": """zeros ones full eye arange linspace zeros_like ones_like full_like rand_like randn_like randint
        rand randn randperm bernoulli tensor as_tensor""",
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names.split()}

# PyTorch's samples for these are in the order of a wrapper's arguments, not of the function's.
REORDERED: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    "linalg.pinv": lambda f: lambda a, b=None, **kw: f(a if b is None else a @ b.mT, **kw),
    "special.polygamma": lambda f: lambda x, n, **kw: f(n, x, **kw),
    "polygamma": lambda f: lambda x, n, **kw: f(n, x, **kw),
    "where": lambda f: lambda x, condition, other, **kw: f(condition, x, other, **kw),
    "einsum": lambda f: lambda tensors, equation: f(equation, tensors),
    "nn.functional.embedding_bag": lambda f: lambda weight, index, **kw: f(index, weight, **kw),
    "nn.functional.embedding": lambda f: lambda weight, index, **kw: f(index, weight, **kw),
}
# Where the sign of a vector is arbitrary, what is compared is not.
INVARIANT: dict[str, Callable[[Any], Any]] = {
    "linalg.eigh": lambda r: (r[0], r[1] * r[1]),
    "linalg.svd": lambda r: (r[0][..., : r[1].shape[-1]] ** 2, r[1], r[2][..., : r[1].shape[-1], :] ** 2),
    "svd": lambda r: (r[0][..., : r[1].shape[-1]] ** 2, r[1], r[2][..., : r[1].shape[-1]] ** 2),
}


def _invariant(name: str, found: Callable[..., Any] | None) -> Callable[..., Any] | None:
    if found is None or name not in INVARIANT:
        return found
    return lambda *args, **kw: INVARIANT[name](found(*args, **kw))


# Other names or forms of an operation that the project's own table has.
ONLY_PYTORCHS_SAMPLES = [
    *("clamp_min", "clamp_max", "rsub", "true_divide", "floor_divide", "positive", "linalg.diagonal"),
    *GROUPS["others"].split(),
]
OTHER_NAMES = {"__rdiv__": "__rtruediv__"}  # PyTorch's is Python 2's
PROPERTIES = ("T", "mT", "real")
RANDOM = ("nn.functional.dropout", "rand_like", "randn_like", "randint", "rand", "randn", "randperm", "bernoulli")


def _found(root: Any, path: str) -> Any:
    for part in path.split("."):
        root = getattr(root, part, None)
        if root is None:
            return None
    return root


def function(name: str, reordered: bool = False) -> Callable[..., Any] | None:
    """Our function of this name, for PyTorch's samples if `reordered`; None where it does not exist."""
    if name.startswith("nn.functional."):
        found = _found(nn.functional, name[len("nn.functional.") :])
    else:
        found = _found(tw, name)
    if found is not None and reordered and name in REORDERED:
        return REORDERED[name](found)
    return _invariant(name, found)


def method(name: str, reordered: bool = False) -> Callable[..., Any] | None:
    """Our method of this name as a function; None where it does not exist."""
    if "." in name or not hasattr(tw.Tensor, OTHER_NAMES.get(name, name)):
        return None
    if name in PROPERTIES:
        return lambda x: getattr(x, name)
    if name == "where":
        return (lambda x, c, other: x.where(c, other)) if reordered else (lambda c, x, other: x.where(c, other))
    return _invariant(name, getattr(tw.Tensor, OTHER_NAMES.get(name, name)))


def torchs(name: str) -> Callable[..., Any]:
    """PyTorch's function of this name, or its method as a function."""
    found = None if name.startswith("__") or name in PROPERTIES[:2] else _found(torch, name)
    if found is not None:
        return _invariant(name, found) or found
    if name in PROPERTIES:
        return lambda x: getattr(x, name)
    return getattr(torch.Tensor, name)  # type: ignore[no-any-return]


def torch_has_function(name: str) -> bool:
    """Whether PyTorch has it as a function, not as a method only."""
    return _found(torch, name) is not None and not name.startswith("__")


def torch_has_method(name: str) -> bool:
    """Whether PyTorch has it as a method."""
    return "." not in name and hasattr(torch.Tensor, name)
