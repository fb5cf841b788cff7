"""A program of PyTorch's users, run twice: in PyTorch, its random draws recorded; and here, on the same draws.

The two sources differ in their import lines alone. What is recorded is what PyTorch's random operators returned, made
standard again (a uniform draw between 0 and 1, a normal one with mean 0 and deviation 1). Here the draws stand in the
place of the generators' NumPy generator, and must be asked for in the same order, kind and shape.
"""

from __future__ import annotations

import random
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import tinygrad_wtf as tw

IMPORT = re.compile(r"^(\s*(?:import|from) )tinygrad_wtf\b", re.MULTILINE)
BELOW_1 = np.nextafter(1.0, 0.0)


def for_torch(source: str) -> str:
    """The same program for PyTorch: its import lines changed, and nothing else."""
    return IMPORT.sub(r"\1torch", source)


def load(path: Path, library: Any) -> dict[str, Any]:
    """The names that the program at `path` defines, on PyTorch or on this library."""
    source = path.read_text(encoding="utf-8")
    module = ModuleType(f"{path.stem}_on_{library.__name__}")
    sys.modules[module.__name__] = module  # where dataclasses look
    exec(compile(for_torch(source) if library is torch else source, str(path), "exec"), vars(module))
    return vars(module)


def _array(value: Any) -> Any:
    return value.detach().numpy().astype(np.float64) if isinstance(value, torch.Tensor) else value


class Recorder(TorchDispatchMode):
    """Notes what PyTorch's random operators return, each as (kind, array)."""

    def __init__(self) -> None:
        super().__init__()
        self.draws: deque[tuple[str, np.ndarray[Any, Any]]] = deque()
        self.shuffler: Any = None  # the generator of an epoch's order

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ == "randperm" and (source := (kwargs or {}).get("generator")) is not None:
            if source is self.shuffler:  # RandomSampler draws one order more than it uses, and takes nothing of it
                return result
            self.shuffler = source
        reader = READERS.get(func.overloadpacket.__name__)
        if reader is not None and (draw := reader(result, args, func._overloadname)) is not None:
            self.draws.append(draw)
        return result


def _uniform(result: Any, args: Any, overload: str) -> Any:
    low, high = (*args[1:], 0.0, 1.0)[:2] if len(args) != 2 else (args[1], 1.0)
    return "random", (_array(result) - low) / (high - low)


def _normal(result: Any, args: Any, overload: str) -> Any:
    if overload in ("float_Tensor", "Tensor_float", "Tensor_Tensor"):
        mean, std = args[:2] if len(args) > 1 else (args[0], 1.0)
    elif overload == "float_float":
        mean, std = args[:2]
    else:  # in place
        mean, std = (args[1] if len(args) > 1 else 0.0), (args[2] if len(args) > 2 else 1.0)
    mean, std = _array(mean), _array(std)
    return "standard_normal", (_array(result) - mean) / np.where(np.equal(std, 0), 1.0, std)


def _zero_one(result: Any, args: Any, overload: str) -> Any:
    happened = _array(result) != 0
    if overload == "float":  # a dropout's mask, whose entries stay where a uniform draw is not below p
        return "random", np.where(happened, BELOW_1, 0.0)
    return "random", np.where(happened, 0.0, BELOW_1)  # 1 where a uniform draw is below the probability


def _integers(result: Any, args: Any, overload: str) -> Any:
    if overload == "default" and not result.shape:
        return None  # the seed of a DataLoader
    return "integers", result.numpy().copy()


def _multinomial(result: Any, args: Any, overload: str) -> Any:
    """The draws by which `tinygrad_wtf.multinomial` comes to the same places."""
    weights, places = _array(args[0]), result.numpy()
    if len(args) > 2 and args[2]:  # with replacement: where in the cumulated weights
        edges = np.cumsum(weights, axis=-1)
        middles = np.take_along_axis(edges - weights / 2, places, axis=-1)
        return "random", middles / edges[..., -1:]
    waits = weights * (places.shape[-1] + 1.0)  # without: which clocks ring first
    for turn in range(places.shape[-1]):
        place = places[..., turn : turn + 1]
        np.put_along_axis(waits, place, np.take_along_axis(weights, place, axis=-1) * (turn + 1.0), axis=-1)
    return "standard_exponential", waits


READERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "rand": lambda r, args, _: ("random", _array(r)),
    "rand_like": lambda r, args, _: ("random", _array(r)),
    "randn": lambda r, args, _: ("standard_normal", _array(r)),
    "randn_like": lambda r, args, _: ("standard_normal", _array(r)),
    "uniform_": _uniform,
    "normal_": _normal,
    "normal": _normal,
    "bernoulli": _zero_one,
    "bernoulli_": _zero_one,
    "randint": lambda r, args, _: ("integers", r.numpy().copy()),
    "random_": _integers,
    "randperm": lambda r, args, _: ("permutation", r.numpy().copy()),
    "multinomial": _multinomial,
    "exponential_": lambda r, args, _: ("standard_exponential", _array(r) * (args[1] if len(args) > 1 else 1.0)),
}


class Replay:
    """Gives the recorded draws in the place of a NumPy generator."""

    def __init__(self, draws: deque[tuple[str, np.ndarray[Any, Any]]]) -> None:
        self.draws = draws
        self.bit_generator = SimpleNamespace(state={})  # PyTorch's draws were recorded after it was set back

    def take(self, kind: str, size: Any) -> np.ndarray[Any, Any]:
        """The next draw, which is of this kind and shape."""
        shape = () if size is None else tuple(np.atleast_1d(size)) if not isinstance(size, tuple) else size
        assert self.draws, f"{kind} of {shape} is drawn here, and nothing more was drawn in PyTorch"
        made, values = self.draws.popleft()
        assert (made, values.shape) == (kind, shape), f"{kind} of {shape}: PyTorch drew {made} of {values.shape}"
        return values

    def random(self, size: Any = None) -> Any:
        """Uniform draws."""
        return self.take("random", size)

    def standard_normal(self, size: Any = None) -> Any:
        """Normal draws."""
        return self.take("standard_normal", size)

    def standard_exponential(self, size: Any = None) -> Any:
        """Exponential draws."""
        return self.take("standard_exponential", size)

    def integers(self, low: Any, high: Any = None, size: Any = None) -> Any:
        """Integers."""
        return self.take("integers", size)

    def permutation(self, n: int) -> Any:
        """An order."""
        return self.take("permutation", (n,))


@contextmanager
def default_dtype(library: Any, name: str) -> Iterator[None]:
    """Floating-point numbers of this dtype where nothing else is said."""
    before = library.get_default_dtype()
    library.set_default_dtype(getattr(library, name))
    try:
        yield
    finally:
        library.set_default_dtype(before)


@contextmanager
def replayed(draws: deque[tuple[str, np.ndarray[Any, Any]]]) -> Iterator[None]:
    """Let every generator here give these draws."""
    before, replay = tw.Generator.numpy, Replay(draws)
    tw.Generator.numpy = property(lambda self: replay)  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        tw.Generator.numpy = before  # type: ignore[method-assign]


def run_both(path: Path, steps: int, dtype: str) -> tuple[list[float], list[float]]:
    """What the program's `main` returns, in PyTorch and here."""
    recorder = Recorder()
    random.seed(0)
    torch.manual_seed(0)
    with default_dtype(torch, dtype):
        main = load(path, torch)["main"]
        with recorder:
            theirs = main(steps)
    random.seed(0)
    with default_dtype(tw, dtype), replayed(recorder.draws):
        ours = load(path, tw)["main"](steps)
    assert not recorder.draws, f"PyTorch drew {len(recorder.draws)} times more, first {recorder.draws[0][0]}"
    return theirs, ours


def largest_difference(theirs: list[float], ours: list[float]) -> float:
    """The largest relative difference of two courses of losses."""
    assert len(theirs) == len(ours), (theirs, ours)
    expected, found = np.array(theirs, dtype=np.float64), np.array(ours, dtype=np.float64)
    assert np.isfinite(expected).all(), "PyTorch's losses are not finite"
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-12)))
