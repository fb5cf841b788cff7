"""gradcheck: the recorded derivatives held against differences of the function's values, and a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_wtf.autograd.backward import grad
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.node import arrays as arrays_of
from tinygrad_wtf.core.record import node_of, wrap
from tinygrad_wtf.core.walk import walk
from tinygrad_wtf.errors import DTypeError, TinygradError
from tinygrad_wtf.grad_mode import enable_grad
from tinygrad_wtf.tensors.creation import as_tensor
from tinygrad_wtf.tensors.tensor import Tensor


class GradcheckError(TinygradError, AssertionError, RuntimeError):
    """The analytic and the numeric derivative differ; the message names the worst entry and the likely cause."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-4,
    raise_exception: bool = True,
) -> bool:
    """Compare the derivatives that backward gives with central differences, for every entry of every input.

    A function that does not depend on an input passes, as in PyTorch: its derivative is 0, and so are the differences.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns a Tensor or a tuple of Tensors.
    inputs : Tensor or tuple of Tensor
        float64; those that require gradients are checked.
    eps : float
        Half the distance of the two values whose difference is taken.
    atol, rtol : float
        How far the two may be apart: ``atol + rtol * |numeric|``. PyTorch's `rtol` is ten times larger, so wide
        that a derivative of ``2.001 x`` for ``x**2`` would pass.
    raise_exception : bool
        Raise when they differ, instead of returning False.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        With the worst entry, both derivatives, and the likely cause.
    DTypeError
        If an input that is checked is not float64: differences need its precision.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.gradcheck(tw.sigmoid, tw.Tensor([-1.0, 0.5], requires_grad=True, dtype=tw.float64))
    True
    """
    xs = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    checked = [i for i, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise DTypeError("no input requires gradients", op="gradcheck", hint="Create one with requires_grad=True")
    for i in checked:
        if xs[i].dtype != np.float64:
            raise DTypeError(
                f"input {i} is {xs[i].dtype}; differences need float64",
                op="gradcheck",
                hint="Create it with dtype=float64",
            )
    arrays = [x.numpy().copy() if isinstance(x, Tensor) else x for x in xs]
    try:
        for o, (analytic, y) in enumerate(_analytic(func, arrays, checked)):
            for i, a in zip(checked, analytic, strict=True):
                _compare(func, arrays, checked, o, i, a, y, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _outputs(
    func: Callable[..., Any], arrays: Sequence[Any], checked: Sequence[int]
) -> tuple[tuple[Tensor, ...], list[Tensor]]:
    """Run the function on fresh leaves; its outputs and the leaves."""
    args = [wrap(a.copy(), None) if isinstance(a, np.ndarray) else a for a in arrays]
    leaves = [args[i].requires_grad_() for i in checked]
    with enable_grad():
        result = func(*args)
    outputs = tuple(result) if isinstance(result, list | tuple) else (result,)
    for y in outputs:
        if not isinstance(y, Tensor):
            raise DTypeError(f"the function must return Tensors, not {type(y).__name__}", op="gradcheck")
    return outputs, leaves


def _analytic(
    func: Callable[..., Any], arrays: Sequence[Any], checked: Sequence[int]
) -> list[tuple[list[np.ndarray[Any, Any]], np.ndarray[Any, Any]]]:
    """For each output and input the Jacobian by rows, (output.size, input.size), from backward."""
    found = []
    outputs, leaves = _outputs(func, arrays, checked)
    for y in outputs:
        rows = [np.zeros((y.numel(), x.numel())) for x in leaves]
        if y.requires_grad:
            _check_shapes(y)
            for r in range(y.numel()):
                unit = np.zeros(y.numel(), y.dtype)
                unit[r] = 1
                gradients = grad(y, leaves, wrap(unit.reshape(y.shape), None), retain_graph=True, allow_unused=True)
                for row, g in zip(rows, gradients, strict=True):
                    if g is not None:
                        row[r] = g.numpy().ravel()
        found.append((rows, y.numpy()))
    return found


@np.errstate(all="ignore")
def _check_shapes(y: Tensor) -> None:
    """Raise if a rule gives an argument a gradient of another shape, as one does that forgets what was broadcast."""
    for node, g in walk([(node_of(y), np.ones(y.shape, y.dtype))], arrays_of, release=None):
        if node.op is None:
            continue
        shown = arrays_of(node)
        for i, source in enumerate(node.inputs):
            if not isinstance(source, Node) or not source.requires_grad:
                continue
            rule = node.op.vjp(i)
            gradient = None if rule is None else rule(g, *shown, **node.params)
            found = source.shape if gradient is None else np.shape(gradient)
            if found != source.shape:
                raise GradcheckError(
                    f"the rule of argument {i} gives a gradient of shape {found} for one of shape {source.shape}"
                    + _stretched(found, source.shape),
                    op=node.op.name,
                    shapes=(found, source.shape),
                    hint="A gradient has its argument's shape: sum the cotangent over what was broadcast",
                )


def _stretched(found: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Which axes were stretched and not summed, where that is what happened."""
    new = len(found) - len(shape)
    if new < 0 or any(n not in (m, 1) for n, m in zip(shape, found[new:], strict=True)):
        return ""
    axes = [*range(new), *(new + i for i, n in enumerate(shape) if n != found[new + i])]
    named = ", ".join(map(str, axes))
    many = len(axes) > 1
    return f": ax{'es' if many else 'is'} {named}, stretched by broadcasting, {'are' if many else 'is'} not summed"


def _compare(
    func: Callable[..., Any],
    arrays: Sequence[Any],
    checked: Sequence[int],
    o: int,
    i: int,
    analytic: np.ndarray[Any, Any],
    y: np.ndarray[Any, Any],
    eps: float,
    atol: float,
    rtol: float,
) -> None:
    def value(shifted: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        outputs, _ = _outputs(func, [shifted if k == i else a for k, a in enumerate(arrays)], checked)
        return np.asarray(outputs[o].numpy(), dtype=np.float64).ravel()

    x = arrays[i]
    numeric = np.zeros_like(analytic)
    one_sided = np.zeros((2, *analytic.shape))
    centre = value(x)
    for entry in range(x.size):
        above, below = x.copy(), x.copy()
        above.flat[entry] += eps
        below.flat[entry] -= eps
        up, down = value(above), value(below)
        with np.errstate(all="ignore"):
            numeric[:, entry] = (up - down) / (2 * eps)
            one_sided[:, :, entry] = (up - centre) / eps, (centre - down) / eps
    with np.errstate(invalid="ignore"):
        excess = np.abs(analytic - numeric) - (atol + rtol * np.abs(numeric))
    wrong = ~(excess <= 0) & ~(np.isnan(analytic) & np.isnan(numeric))
    if not wrong.any():
        return
    worst = np.unravel_index(np.argmax(np.where(wrong, np.nan_to_num(np.abs(excess), nan=np.inf), -1)), wrong.shape)
    row, entry = int(worst[0]), int(worst[1])
    a, n = analytic[row, entry], numeric[row, entry]
    place = tuple(int(k) for k in np.unravel_index(entry, x.shape))
    target = tuple(int(k) for k in np.unravel_index(row, y.shape))
    raise GradcheckError(
        f"{int(wrong.sum())} of {wrong.size} derivatives differ; worst: "
        f"d output {o}{list(target)} / d input {i}{list(place)} at {x[place]:.6g}: analytic {a:.8g}, numeric {n:.8g}",
        op="gradcheck",
        shapes=(y.shape, x.shape),
        hint=_likely_cause(a, n, analytic, numeric, one_sided[:, row, entry]),
    )


def _likely_cause(a: float, n: float, analytic: Any, numeric: Any, sides: Any) -> str:
    """What such a difference usually means."""
    if not np.isfinite(n):
        return "The function is not finite there: the point lies outside its domain"
    if not np.isfinite(a):
        return "The rule gives a non-finite value where the function is smooth: an inf times 0 on the way"
    if abs(sides[0] - sides[1]) > 0.01 * max(abs(sides[0]), abs(sides[1]), 1e-3):
        return "The slopes on the two sides differ: a kink; check at another point"
    if n and np.allclose(analytic, a / n * numeric, rtol=1e-5, atol=1e-8):
        if a == 0:
            return "Every derivative is 0: was the tensor detached, or its contribution dropped?"
        if abs(a / n + 1) < 1e-5:
            return "Every derivative has the wrong sign"
        return f"All are off by one factor, {a / n:.6g}: look for a missing constant, or a use counted twice"
    if a == 0:
        return "This derivative is 0: a contribution is dropped"
    return "The rule's formula, or the axes that it sums over, are the place to look"


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-4,
    raise_exception: bool = True,
) -> bool:
    """Compare the second derivatives that backward gives with differences of the first ones.

    The gradients for random cotangents are taken as the function; parameters and errors as in `gradcheck`.
    """
    xs = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    checked = [i for i, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]
    outputs, _ = _outputs(func, [x.numpy().copy() if isinstance(x, Tensor) else x for x in xs], checked)
    for y in outputs:
        if y.requires_grad:
            _check_shapes(y)
    generator = np.random.default_rng(0)
    directions = [as_tensor(generator.standard_normal(y.shape)).requires_grad_() for y in outputs if y.requires_grad]

    def slopes(*arguments: Any) -> tuple[Any, ...]:
        args, cotangents = arguments[: len(xs)], arguments[len(xs) :]
        result = func(*args)
        ys = [y for y in (result if isinstance(result, list | tuple) else (result,)) if y.requires_grad]
        wanted = [args[i] for i in checked]
        found = grad(ys, wanted, list(cotangents), create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    if not directions:
        raise DTypeError("no output depends on the inputs", op="gradgradcheck")
    return gradcheck(slopes, (*xs, *directions), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
