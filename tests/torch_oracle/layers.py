"""Layers and losses as modules held against PyTorch's: the same rows as `tests/nn` tries, made on both sides.

Compared are, in training and evaluation mode: outputs, gradients of inputs and parameters, and buffers afterwards; the
state dict both ways; and the arguments of the class with their defaults.
"""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from typing import Any

import numpy as np
import torch

import tinygrad_wtf as tw
from tests.torch_oracle.compare import Mismatch
from tests.torch_oracle.convert import array, flat
from tinygrad_wtf import nn

RANDOM_IN_TRAINING = ("ropout", "RReLU")
OWN_ARGUMENTS = {"generator", "eps", "size_average", "reduce", "args", "kwargs"}
TOLERANCE = 1e-9
LOOSE = {"Hardsigmoid": 1e-6, "Hardswish": 1e-6}  # PyTorch's 1/6 is a single-precision one in double precision too


def made(text: str) -> tuple[Any, Any]:
    """The layer on both sides, in double precision; ours takes over torch's values, and torch's ours."""
    torchs = text.replace(", generator=0", "").replace("generator=0", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        theirs = eval(f"nn.{torchs}", {"nn": torch.nn, "torch": torch, "np": np}).double()
        ours = eval(f"nn.{text}", {"nn": nn, "torch": tw, "np": np}).double()
    return theirs, ours


def handed_over(theirs: Any, ours: Any, count: Counter[str]) -> None:
    """Both state dicts have the same names in the same order, and each loads into the other side."""
    mine, yours = ours.state_dict(), theirs.state_dict()
    if list(mine) != list(yours):
        raise Mismatch("state", f"names {list(mine)} where torch has {list(yours)}")
    for name, value in yours.items():
        if tuple(value.shape) != mine[name].shape or array(value).dtype != mine[name].dtype:
            raise Mismatch("state", f"{name} of {mine[name].shape} where torch has {tuple(value.shape)}")
    if [n for n, _ in ours.named_parameters()] != [n for n, _ in theirs.named_parameters()]:
        raise Mismatch("state", "the order of the parameters")
    theirs.load_state_dict({name: torch.from_numpy(value.numpy().copy()) for name, value in mine.items()})
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) / 2)
    ours.load_state_dict({name: value.numpy().copy() for name, value in theirs.state_dict().items()})
    count["state"] += 2 * len(mine)


def drawn(inputs: list[Any]) -> list[np.ndarray[Any, Any]]:
    """The numbers of the inputs, the same on both sides."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal(x) if isinstance(x, tuple) else np.asarray(x) for x in inputs]


def _leaves(arrays: list[Any], make: Any) -> list[Any]:
    return [make(x).requires_grad_() if x.dtype.kind == "f" else make(x) for x in arrays]


def _close(what: str, found: Any, wanted: Any, count: Counter[str], tolerance: float = TOLERANCE) -> None:
    a, b = (np.zeros(()) if x is None else array(x) for x in (found, wanted))
    if (found is None) != (wanted is None) and (a if wanted is None else b).any():
        raise Mismatch(what, f"{found} where torch has {wanted}")
    if found is None or wanted is None:
        return
    if a.shape != b.shape or a.dtype != b.dtype:
        raise Mismatch(what, f"{a.dtype} {a.shape} where torch has {b.dtype} {b.shape}")
    if not np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True):
        raise Mismatch(what, f"{a.ravel()[:5]} where torch has {b.ravel()[:5]}")
    count[what.split()[0]] += 1


def run(theirs: Any, ours: Any, inputs: list[Any], kwargs: dict[str, Any], count: Counter[str], mode: str) -> None:
    """Compare one call on both sides, and what it leaves behind."""
    arrays = drawn(inputs)
    xs, mine = _leaves(arrays, lambda x: torch.from_numpy(x.copy())), _leaves(arrays, tw.tensor)
    given, mine_given = list(xs), list(mine)
    if type(ours).__name__ == "CTCLoss":  # its gradient is right behind a log_softmax only
        given[0], mine_given[0] = torch.log_softmax(xs[0], -1), tw.log_softmax(mine[0], -1)
    if type(ours).__module__.rpartition(".")[0].endswith("losses"):  # labels: some of PyTorch's have no gradient
        for k in range(1, len(xs)):
            if not isinstance(inputs[k], tuple):
                given[k], mine_given[k] = given[k].detach(), mine_given[k].detach()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted_all = flat(theirs(*given, **{k: _as(torch.from_numpy, v) for k, v in kwargs.items()}))
    found_all = flat(ours(*mine_given, **{k: _as(tw.tensor, v) for k, v in kwargs.items()}))
    pairs = [(f, w) for f, w in zip(found_all, wanted_all, strict=True) if isinstance(w, torch.Tensor)]
    for k, (found, wanted) in enumerate(pairs):
        _close(f"output {k} ({mode})", found, wanted, count)
    learnt = [(f, w) for f, w in pairs if w.requires_grad]
    if learnt:
        seeds = [np.cos(np.arange(f.numel()) + k).reshape(f.shape) for k, (f, _) in enumerate(learnt)]
        ours.zero_grad()
        theirs.zero_grad()
        sum((f * tw.tensor(s)).sum() for (f, _), s in zip(learnt, seeds, strict=True)).backward()
        sum((w * torch.from_numpy(s)).sum() for (_, w), s in zip(learnt, seeds, strict=True)).backward()
        for k, (x, y) in enumerate(zip(mine, xs, strict=True)):
            _close(f"gradient of input {k} ({mode})", x.grad, y.grad, count, LOOSE.get(type(ours).__name__, TOLERANCE))
        for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            _close(f"weights' gradient of {name} ({mode})", p.grad, q.grad, count)
    for (name, a), (_, b) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
        _close(f"buffer {name} ({mode})", a, b, count)


def _as(make: Any, value: Any) -> Any:
    return make(value) if isinstance(value, np.ndarray) else value


def compared(text: str, inputs: list[Any] | None, kwargs: dict[str, Any] | None = None) -> Counter[str]:
    """Compare one row; gives how much was compared."""
    count: Counter[str] = Counter()
    theirs, ours = made(text)
    if text.startswith("Lazy"):
        arrays = drawn(inputs or [])
        theirs(*map(torch.from_numpy, arrays))
        ours(*map(tw.tensor, arrays))
    handed_over(theirs, ours, count)
    if inputs is not None:
        for mode in ("train", "eval"):
            getattr(theirs, mode)()
            getattr(ours, mode)()
            if mode == "eval" or not any(name in text for name in RANDOM_IN_TRAINING):
                run(theirs, ours, inputs, kwargs or {}, count, mode)
    return count


def differing_arguments(name: str) -> str:
    """How the arguments of our class or function differ from torch's; empty where they do not."""
    torchs = {k: p for k, p in inspect.signature(getattr(torch.nn, name)).parameters.items() if k not in OWN_ARGUMENTS}
    mine = {k: p for k, p in inspect.signature(getattr(nn, name)).parameters.items() if k not in OWN_ARGUMENTS}
    if not torchs:
        return ""
    if list(mine) != list(torchs):
        return f"{name}({', '.join(mine)}) where torch has ({', '.join(torchs)})"
    for key, parameter in torchs.items():
        default = parameter.default
        if mine[key].default != default and not callable(default):
            return f"{name}: {key}={mine[key].default!r} where torch has {default!r}"
    return ""
