"""Tensors and other libraries: NumPy's functions, its arrays, DLPack.

A NumPy function called on tensors is sent to the operation of the same meaning, and recorded.

A function without one is refused where a gradient would be lost unseen. Of tensors without gradients it is NumPy's own,
which gives arrays, as of PyTorch's tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tinygrad_wtf import linalg
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.op import Operand
from tinygrad_wtf.errors import DTypeError, ExportError, GraphError, ShapeError
from tinygrad_wtf.ops import PUBLIC, public
from tinygrad_wtf.ops.dims import one_axis
from tinygrad_wtf.ops.functions import padding
from tinygrad_wtf.tensors import creation
from tinygrad_wtf.tensors.gradients import Gradients

# Where NumPy's name for a function of entries is not ours, or means another one here.
_OTHERWISE = {"equal": "eq", "power": "pow", "rint": "round", "fabs": "abs", "invert": "bitwise_not",
    "degrees": "rad2deg", "radians": "deg2rad", "left_shift": "bitwise_left_shift",
    "right_shift": "bitwise_right_shift"}  # fmt: skip
_UFUNCS = {f for f in vars(np).values() if isinstance(f, np.ufunc)}
UFUNCS: dict[Any, Callable[..., Any]] = {
    f: PUBLIC[name]
    for f in _UFUNCS
    if (name := _OTHERWISE.get(f.__name__, f.__name__)) in PUBLIC and f.nout == 1 and f is not np.ldexp
}
REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: public.sum,
    np.multiply: public.prod,
    np.maximum: public.amax,
    np.minimum: public.amin,
    np.logical_and: public.all,
    np.logical_or: public.any,
}
ACCUMULATIONS: dict[Any, Callable[..., Any]] = {
    np.add: public.cumsum,
    np.multiply: public.cumprod,
    np.maximum: lambda a, axis: public.cummax(a, axis).values,
    np.minimum: lambda a, axis: public.cummin(a, axis).values,
    np.logaddexp: public.logcumsumexp,
}


def _flat(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function along an axis, of the flattened tensor where NumPy's axis is None."""
    return lambda a, axis, **settings: (
        function(public.ravel(a), 0, **settings) if axis is None else function(a, axis, **settings)
    )


def _over(function: Callable[..., Any], a: Any, axis: Any, keepdims: bool = False, **settings: Any) -> Any:
    """The reduction over these axes: over none of them for ``axis=()``, which is all of them in PyTorch."""
    if isinstance(axis, list):
        raise TypeError("axes are given as a tuple, not as a list")
    if isinstance(axis, tuple) and not axis:
        return function(public.unsqueeze(a, -1), -1, **settings)
    return function(a, axis, keepdims=True, **settings) if keepdims else function(a, axis, **settings)


def _take(a: Any, indices: Any, axis: int | None = None) -> Any:
    places = indices if isinstance(indices, Operand) else np.asarray(indices)
    if axis is None:
        return public.ravel(a)[places]
    return a[(slice(None),) * one_axis("take", axis, a.ndim, a.shape) + (places,)]


def _squeezed(a: Any, axis: Any = None) -> Any:
    y = public.squeeze(a, axis)
    if axis is not None and a.ndim - y.ndim != (len(axis) if isinstance(axis, tuple) else 1):
        raise ShapeError(f"axis {axis} has not size 1", op="numpy.squeeze", shapes=(a.shape,))
    return y


def _expanded(a: Any, axis: Any) -> Any:
    given = axis if isinstance(axis, tuple | list) else (axis,)
    ndim = a.ndim + len(given)
    places = {one_axis("numpy.expand_dims", d, ndim, a.shape) for d in given}
    if len(places) < len(given):
        raise ShapeError(f"axis {axis} names one axis twice", op="numpy.expand_dims", shapes=(a.shape,))
    for at in sorted(places):
        a = public.unsqueeze(a, at)
    return a


def _rolled(a: Any, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        return public.roll(a, shift)
    axes = axis if isinstance(axis, tuple) else (axis,)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(axes)
    return public.roll(a, shifts, axes) if axes else a.clone()


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ShapeError("no equal division", op="numpy.split", shapes=(ary.shape,), hint="Use numpy.array_split")
    return public.tensor_split(ary, indices_or_sections, axis)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if isinstance(axis, list | tuple) and (not axis or isinstance(axis, list)):
        raise TypeError("a norm is taken over one axis or two, or over all with axis=None")
    return linalg.norm(x, ord, axis, keepdims)


def _dot(a: Any, b: Any) -> Any:
    if not np.ndim(a) or not np.ndim(b):
        return public.mul(a, b)
    return public.matmul(a, b) if b.ndim <= 2 else public.tensordot(a, b, dims=([-1], [-2]))


def _inner(a: Any, b: Any) -> Any:
    return public.tensordot(a, b, dims=([-1], [-1])) if np.ndim(a) and np.ndim(b) else public.mul(a, b)


def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    widths = np.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    if mode == "constant":
        return padding.pad(array, [n for pair in widths[::-1] for n in pair], value=constant_values)
    modes = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    if mode not in modes or constant_values:
        raise TypeError(f"mode {mode!r} has no counterpart")
    for axis, (before, after) in enumerate(widths):
        array = padding._mirrored(array, axis, before, after, modes[mode])
    return array


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    spacing = list(varargs) * (len(axes) if len(varargs) == 1 else 1) or None
    if len(varargs) > 1 and len(varargs) != len(axes):
        raise TypeError(f"{len(varargs)} spacings were given for {len(axes)} axes")
    found = public.gradient(f, spacing=spacing, dim=tuple(axes), edge_order=edge_order)
    return found[0] if len(found) == 1 else found


def _median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return public.quantile(a, 0.5, axis, keepdims)


def _joined(arr: Any, values: Any, axis: int | None = None) -> Any:
    a, b = (x if isinstance(x, Operand) else creation.tensor(x) for x in (arr, values))
    return public.cat((public.ravel(a), public.ravel(b))) if axis is None else public.cat((a, b), axis)


_ALIKE = """allclose argwhere atleast_1d atleast_2d atleast_3d broadcast_to column_stack dstack dsplit fliplr flipud
    hsplit hstack isclose kron ravel sinc vsplit vstack"""  # the same arguments in the same places
FUNCTIONS: dict[Any, Callable[..., Any]] = {getattr(np, name): PUBLIC[name] for name in _ALIKE.split()}
FUNCTIONS |= {
    # reductions
    np.sum: lambda a, axis=None, dtype=None, *, keepdims=False: _over(public.sum, a, axis, keepdims, dtype=dtype),
    np.mean: lambda a, axis=None, dtype=None, *, keepdims=False: _over(public.mean, a, axis, keepdims, dtype=dtype),
    np.prod: lambda a, axis=None, dtype=None, *, keepdims=False: _over(public.prod, a, axis, keepdims, dtype=dtype),
    np.max: lambda a, axis=None, *, keepdims=False: _over(public.amax, a, axis, keepdims),
    np.min: lambda a, axis=None, *, keepdims=False: _over(public.amin, a, axis, keepdims),
    np.all: lambda a, axis=None, *, keepdims=False: _over(public.all, a, axis, keepdims),
    np.any: lambda a, axis=None, *, keepdims=False: _over(public.any, a, axis, keepdims),
    np.var: lambda a, axis=None, *, ddof=0, keepdims=False: _over(public.var, a, axis, keepdims, correction=ddof),
    np.std: lambda a, axis=None, *, ddof=0, keepdims=False: _over(public.std, a, axis, keepdims, correction=ddof),
    np.argmax: lambda a, axis=None, *, keepdims=False: public.argmax(a, axis, keepdims),
    np.argmin: lambda a, axis=None, *, keepdims=False: public.argmin(a, axis, keepdims),
    np.count_nonzero: lambda a, axis=None: _over(public.count_nonzero, a, axis),
    np.cumsum: lambda a, axis=None: _flat(public.cumsum)(a, axis),
    np.cumprod: lambda a, axis=None: _flat(public.cumprod)(a, axis),
    np.sort: lambda a, axis=-1, *, stable=None: _flat(public.sort)(a, axis, stable=bool(stable)).values,
    np.argsort: lambda a, axis=-1, *, stable=None: _flat(public.argsort)(a, axis, stable=bool(stable)),
    # choosing
    np.where: lambda condition, *branches: public.where(condition, *branches),
    np.clip: lambda a, a_min=None, a_max=None, *, min=None, max=None: public.clamp(
        a, min if a_min is None else a_min, max if a_max is None else a_max
    ),
    np.nan_to_num: lambda x, *, nan=0.0, posinf=None, neginf=None: public.nan_to_num(x, nan, posinf, neginf),
    np.round: lambda a, decimals=0: public.round(a, decimals=decimals),
    np.nonzero: lambda a: public.nonzero(a, as_tuple=True),
    np.take: _take,
    np.take_along_axis: lambda arr, indices, axis=-1: public.take_along_dim(arr, indices, axis),
    np.array_equal: lambda a1, a2: public.equal(a1, a2),
    # joining and dividing
    np.concatenate: lambda arrays, axis=0: public.cat(
        [public.ravel(a) for a in arrays] if axis is None else arrays, axis or 0
    ),
    np.stack: lambda arrays, axis=0: public.stack(arrays, axis),
    np.split: _split,
    np.array_split: lambda ary, indices_or_sections, axis=0: public.tensor_split(ary, indices_or_sections, axis),
    np.repeat: lambda a, repeats, axis=None: public.repeat_interleave(a, repeats, axis),
    np.broadcast_arrays: lambda *args: public.broadcast_tensors(*args),
    np.meshgrid: lambda *xi, indexing="xy": public.meshgrid(*xi, indexing=indexing),
    np.pad: _pad,
    # shape
    np.reshape: lambda a, shape: public.reshape(a, shape),
    np.squeeze: _squeezed,
    np.expand_dims: _expanded,
    np.transpose: lambda a, axes=None: public.reverse_axes(a) if axes is None else public.permute(a, axes),
    np.flip: lambda m, axis=None: public.flip(m, tuple(range(m.ndim)) if axis is None else axis),
    np.roll: _rolled,
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.size,
    np.tile: lambda A, reps: public.tile(A, reps if isinstance(reps, tuple | list) else (reps,)),
    np.swapaxes: lambda a, axis1, axis2: public.transpose(a, axis1, axis2),
    np.moveaxis: lambda a, source, destination: public.movedim(a, source, destination),
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: public.diagonal(a, offset, axis1, axis2),
    np.rot90: lambda m, k=1, axes=(0, 1): public.rot90(m, k, axes),
    np.append: _joined,
    # differences, statistics
    np.diff: lambda a, n=1, axis=-1, prepend=None, append=None: public.diff(a, n, axis, prepend, append),
    np.gradient: _gradient,
    np.trapezoid: lambda y, x=None, dx=1.0, axis=-1: public.trapezoid(y, x, dx=None if x is not None else dx, dim=axis),
    np.nansum: lambda a, axis=None, *, keepdims=False: _over(public.nansum, a, axis, keepdims),
    np.nanmean: lambda a, axis=None, *, keepdims=False: _over(public.nanmean, a, axis, keepdims),
    np.median: _median,
    np.quantile: lambda a, q, axis=None, *, keepdims=False: public.quantile(a, q, axis, keepdims),
    np.percentile: lambda a, q, axis=None, *, keepdims=False: public.quantile(a, q / 100, axis, keepdims),
    np.cov: lambda m, *, ddof=1: public.cov(m, correction=ddof),
    np.corrcoef: lambda x: public.corrcoef(x),
    np.isin: lambda element, test_elements, *, invert=False: public.isin(element, test_elements, invert=invert),
    np.searchsorted: lambda a, v, side="left": public.searchsorted(a, v, side=side),
    np.bincount: lambda x, weights=None, minlength=0: public.bincount(x, weights, minlength),
    np.i0: lambda x: public.i0(x),
    np.vander: lambda x, N=None, increasing=False: public.vander(x, N, increasing),
    # linear algebra
    np.cross: lambda a, b, *, axis=-1: linalg.cross(a, b, dim=axis),
    np.dot: _dot,
    np.inner: _inner,
    np.vdot: lambda a, b: public.dot(public.ravel(a), public.ravel(b)),
    np.outer: lambda a, b: public.outer(public.ravel(a), public.ravel(b)),
    np.einsum: public.einsum,
    np.tensordot: lambda a, b, axes=2: public.tensordot(a, b, dims=axes),
    np.trace: lambda a, offset=0, axis1=0, axis2=1: public.sum(public.diagonal(a, offset, axis1, axis2), -1),
    np.tril: lambda m, k=0: public.tril(m, k),
    np.triu: lambda m, k=0: public.triu(m, k),
    np.diag: lambda v, k=0: public.diag(v, k),
    np.linalg.inv: lambda a: linalg.inv(a),
    np.linalg.solve: lambda a, b: linalg.solve(a, b),
    np.linalg.det: lambda a: linalg.det(a),
    np.linalg.slogdet: lambda a: linalg.slogdet(a),
    np.linalg.cholesky: lambda a, *, upper=False: linalg.cholesky(a, upper=upper),
    np.linalg.matrix_power: lambda a, n: linalg.matrix_power(a, n),
    np.linalg.norm: _norm,
    np.linalg.eigh: lambda a, UPLO="L": linalg.eigh(a, UPLO),
    np.linalg.eigvalsh: lambda a, UPLO="L": linalg.eigvalsh(a, UPLO),
    np.linalg.qr: lambda a, mode="reduced": linalg.qr(a, mode),
    np.linalg.svd: lambda a, full_matrices=True: linalg.svd(a, full_matrices),
    np.linalg.pinv: lambda a, rcond=None, *, hermitian=False: linalg.pinv(a, rtol=rcond, hermitian=hermitian),
    np.linalg.matrix_rank: lambda A: linalg.matrix_rank(A),
    np.linalg.cond: lambda x, p=None: linalg.cond(x, p),
    np.linalg.multi_dot: lambda arrays: linalg.multi_dot(arrays),
    # copies
    np.copy: lambda a: a.clone(),
    np.zeros_like: lambda a, dtype=None: creation.zeros_like(a, dtype=dtype),
    np.ones_like: lambda a, dtype=None: creation.ones_like(a, dtype=dtype),
    np.empty_like: lambda prototype, dtype=None: creation.empty_like(prototype, dtype=dtype),
    np.full_like: lambda a, fill_value, dtype=None: creation.full_like(a, fill_value, dtype=dtype),
}


def _refuse(name: str, why: str) -> NoReturn:
    raise DTypeError(
        why,
        op=f"numpy.{name}",
        hint="For plain numbers without a gradient call it on .numpy(); else use Tensor methods",
    )


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Answer ``np.exp(t)``, ``array * t``, ``np.add.reduce(t)``."""
    given = {key: value for key, value in settings.items() if value is not None}
    if "out" in given:
        _refuse(ufunc.__name__, "a tensor cannot be written to, or written from, by out=")
    if method == "__call__" and ufunc in UFUNCS and not given:
        return UFUNCS[ufunc](*inputs)
    if method == "reduce" and ufunc in REDUCTIONS and set(given) <= {"axis", "keepdims"}:
        axis = settings.get("axis", 0) if "axis" in settings else 0
        return _over(REDUCTIONS[ufunc], inputs[0], axis, bool(given.get("keepdims", False)))
    if method == "accumulate" and ufunc in ACCUMULATIONS and settings.keys() <= {"axis"} and given == settings:
        return ACCUMULATIONS[ufunc](inputs[0], given.get("axis", 0))
    if method == "outer" and ufunc in UFUNCS and not given:
        a, b = inputs
        return UFUNCS[ufunc](public.reshape(a, (*a.shape, *(1,) * b.ndim)), b)
    way = "" if method == "__call__" else f".{method}"
    _refuse(ufunc.__name__ + way, "this function is not recorded on tensors")


def _plain(name: str, given: Any) -> Any:
    """The arguments with read-only arrays for tensors; tensors whose gradients would be lost are refused."""
    if isinstance(given, Interop):
        if given.requires_grad and mode.recording:
            _refuse(name, "this function is not recorded on tensors")
        return given.numpy()
    if isinstance(given, dict):
        return {key: _plain(name, value) for key, value in given.items()}
    if isinstance(given, list | tuple) and type(given) in (list, tuple):
        return type(given)(_plain(name, value) for value in given)
    return given


def call_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Answer ``np.sum(t, axis=0)``, ``np.concatenate([t, u])``."""
    name = getattr(function, "__name__", str(function))
    if function not in FUNCTIONS:
        return function(*_plain(name, args), **_plain(name, kwargs))
    try:
        return FUNCTIONS[function](*args, **kwargs)
    except TypeError as error:
        if isinstance(error, DTypeError):
            raise
        _refuse(name, f"these arguments are not understood for tensors: {error}")


class Interop(Gradients):
    """NumPy's protocols, and DLPack."""

    __slots__ = ()

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as a NumPy array over the same memory, read-only: copy it to write.

        Backward relies on the values that it recorded, so they change only through the tensor
        (``t[i] = v`` or ``t.copy_(...)``), where it is noticed.
        """
        value = mode.recorder.read(self, "numpy()")
        view: np.ndarray[Any, Any] = value.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        value = np.asarray(mode.recorder.read(self, "turning it into a NumPy array, or printing it,"))
        if self.requires_grad and mode.recording:
            raise GraphError(
                f"{self._label} of shape {self.shape} requires gradients, which NumPy would drop",
                op=self._maker,
                shapes=(self.shape,),
                hint="For the numbers alone use .detach(), or .numpy(); else Tensor methods and tw.stack([...])",
            )
        if dtype is not None and np.dtype(dtype) != value.dtype:
            if copy is False:
                raise ValueError(f"{value.dtype} cannot become {dtype} without a copy")
            return value.astype(dtype)
        return value.copy() if copy else self.numpy()

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.value.__dlpack_device__()  # type: ignore[no-any-return]

    def __dlpack__(self, *, copy: bool | None = None, **settings: Any) -> Any:
        """A copy for another library. Memory that a graph relies on is not shared: a write to it would be unseen."""
        if self.requires_grad:
            raise ExportError("a tensor that requires gradients is not handed out", hint="Use .detach()")
        if copy is False:
            raise ExportError("a tensor's memory is not shared with other libraries", hint="Let it be copied")
        value = np.asarray(mode.recorder.read(self, "handing it to another library"))
        return value.copy(order="C").__dlpack__(**{k: v for k, v in settings.items() if v is not None})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, settings)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call_function(function, args, kwargs)
