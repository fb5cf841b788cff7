"""The samples of each operation: its calls, each of which is tried in every pattern of numbers.

A row's `calls` build the arguments from a `Maker` m; ``m(2, 3)`` is a tensor of that shape. A call returns the
positional arguments, the last of which may be a dict of keyword arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from tests.torch_oracle.compare import Call
from tests.torch_oracle.make import FLOAT_PATTERNS, Maker

Build = Callable[[Maker], Any]


@dataclass
class Row:
    """How one operation is tried."""

    calls: tuple[Build, ...]
    patterns: tuple[str, ...] = FLOAT_PATTERNS
    domain: str = "real"
    others: tuple[torch.dtype, ...] = ()  # dtypes besides the floating-point ones
    mixes: bool = False
    loosened: float = 1.0
    wrong: tuple[Build, ...] = ()
    values: bool = True
    floats: bool = True

    def samples(self, name: str, dtype: torch.dtype) -> Iterator[Call]:
        """Its calls in this dtype."""
        if dtype.is_floating_point and not self.floats:
            return
        if not dtype.is_floating_point and dtype not in self.others:
            return
        for pattern in self.patterns if dtype.is_floating_point else ("first", "second"):
            maker = Maker(name, pattern, dtype, self.domain)
            for build in self.calls:
                yield as_call(build(maker))

    def refusals(self, name: str) -> Iterator[Call]:
        """Calls that PyTorch refuses: those of the row, and what no operation takes."""
        maker = Maker(name, "normal", torch.float32, self.domain)
        for build in self.wrong:
            yield as_call(build(maker))
        dtype = torch.float32 if self.floats else self.others[0]
        call = as_call(self.calls[0](Maker(name, "normal", dtype, self.domain)))
        if call.args:
            yield Call((), call.kwargs)
            for nothing in (None, "text"):
                yield Call((nothing, *call.args[1:]), call.kwargs)
        yield Call(call.args, {**call.kwargs, "no_such_setting": 1})


def as_call(built: Any) -> Call:
    """What a row's function returned, as a call."""
    built = built if isinstance(built, tuple) else (built,)
    if built and isinstance(built[-1], dict):
        return Call(built[:-1], built[-1])
    return Call(built)


INTS = (torch.int64, torch.int32, torch.uint8)
BOOLS = (torch.bool,)
SHAPES = ((), (0,), (1,), (7,), (2, 3), (3, 0, 2), (2, 1, 4), (26,))


def _of(shape: tuple[int, ...], *rest: Any, **settings: Any) -> Build:
    return lambda m: (m(*shape), *rest, settings)


def unary(**settings: Any) -> Row:
    """An elementwise function of one argument."""
    return Row(tuple(_of(shape) for shape in SHAPES), **settings)


def unary_with(*choices: dict[str, Any], **settings: Any) -> Row:
    """An elementwise function with keyword arguments."""
    shapes = ((26,), (2, 3), (), (0,))
    return Row(tuple(_of(shape, **kw) for shape in shapes for kw in choices), **settings)


PAIRS = (
    ((), ()),
    ((3,), ()),
    ((), (3,)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((2, 3), (2, 3)),
    ((0,), (1,)),
    ((2, 0), (1, 0)),
    ((4, 1, 2), (3, 1)),
    ((25, 1), (1, 25)),
    ((7,), (7,)),
)


def _pair(a: tuple[int, ...], b: tuple[int, ...], **kw: Any) -> Build:
    return lambda m: (m(*a), m(*b), kw)


def binary(*more: Build, wrong: tuple[Build, ...] = (), **settings: Any) -> Row:
    """An elementwise function of two arguments, broadcast."""
    same = lambda m: (lambda x: (x, x.detach().clone().requires_grad_(x.requires_grad)))(m(9))  # noqa: E731
    unfit = (lambda m: (m(2, 3), m(4)), lambda m: (m(3), m(2, 2)), *wrong)
    return Row((*(_pair(a, b) for a, b in PAIRS), same, *more), wrong=unfit, **settings)


def numbers_too(*numbers: Any) -> tuple[Build, ...]:
    """A tensor with a Python number on the right."""
    return tuple(lambda m, n=n: (m(9), n) for n in numbers) + tuple(lambda m, n=n: (m(), n) for n in numbers)


def mixed(*dtypes: torch.dtype) -> tuple[Build, ...]:
    """Tensors of two dtypes, with and without dimensions."""
    return tuple(
        lambda m, a=a, b=b, d=d: (m(*a), m(*b, dtype=d, grad=False))
        for d in dtypes
        for a, b in (((2, 3), (3,)), ((3,), ()), ((), (3,)), ((), ()))
    )


ALL = (torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64)
DIMS: tuple[dict[str, Any], ...] = ({}, {"dim": 0}, {"dim": -1, "keepdim": True}, {"dim": 1}, {"dim": (0, 2)})
REDUCED = ((3, 4, 2), (2, 1, 3), (1, 1, 1))


def reduction(*kws: dict[str, Any], shapes: Any = REDUCED, empty: bool = True, **settings: Any) -> Row:
    """A reduction over some dimensions."""
    more: list[Build] = [_of((), **kw) for kw in kws if kw.get("dim") in (None, 0, -1)]
    if empty:
        more += [_of((2, 0, 3), **kw) for kw in kws]
    wrong = settings.pop("wrong", ()) + (
        (lambda m: (m(2, 3), {"dim": 2}), lambda m: (m(2, 3), {"dim": -3})) if any("dim" in kw for kw in kws) else ()
    )
    return Row((*(_of(s, **kw) for s in shapes for kw in kws), *more), wrong=wrong, **settings)


NUMBERS = numbers_too(0, 1, -2, 0.5, 2.5, True)
