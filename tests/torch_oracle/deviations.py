"""Where this project means to differ from PyTorch, and why. Nothing else may differ.

A deviation applies to what it names: operations, what differs (a kind of `Mismatch`, or "refusal"), and which calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from tests.torch_oracle.compare import Call


@dataclass(frozen=True)
class Deviation:
    """One deliberate difference."""

    names: str  # a regular expression for the whole name, with variant
    kinds: str  # a regular expression for the beginning of the mismatch's kind
    when: Callable[[Call], Any]
    reason: str

    def __str__(self) -> str:
        return f"{self.names} ({self.kinds}): {self.reason}"


def _numbers_for_tensors(call: Call) -> bool:
    return any(isinstance(a, int | float) and not isinstance(a, bool) for a in call.args)


def _whole(call: Call) -> bool:
    return any(isinstance(a, torch.Tensor) and not a.dtype.is_floating_point for a in call.args)


DEVIATIONS = (
    Deviation(
        r"pow|eq|ne|lt|le|gt|ge|maximum|minimum|max/binary|min/binary|logical_(and|or|xor)|__r(add|mul|and|or|xor)__|"
        r"clamp_(min|max)|atan2|hypot|remainder|fmod|xlogy|logaddexp|floor_divide|div.*|true_divide|add|sub|mul|rsub|"
        r"copysign|f(max|min)|heaviside|float_power|ldexp|gcd|lcm|nextafter|bitwise_(left_shift|right_shift|and|or|xor)|igammac?|special.xlog1py",
        "refusal",
        _numbers_for_tensors,
        "functions take numbers wherever they take tensors, on either side: tw.maximum(x, 0)",
    ),
    Deviation(
        r"__r(and|or|xor)__",
        "raised",
        _whole,
        "& | ^ of integers would be bits, and are refused so that nobody takes them for logic",
    ),
    Deviation(
        r"__getitem__",
        "refusal",
        lambda call: isinstance(call.args[1], slice) and call.args[1].step == -1,
        "an index may be whatever NumPy allows: x[::-1]",
    ),
    Deviation(
        r"sort|argsort|topk|kthvalue|mode",
        "value",
        lambda call: _whole(call) and not call.kwargs.get("stable"),
        "which of several equal entries comes first is not defined without stable=True",
    ),
    Deviation(
        r"pow",
        "value|grad",
        lambda call: call.args[1] in (0.5, -0.5) if isinstance(call.args[1], float) else False,
        "x ** 0.5 and x ** -0.5 are C's pow at -0 and -inf; PyTorch takes roots there",
    ),
    Deviation(
        r"nn.functional.hard(sigmoid|swish)",
        "grad|second",
        lambda call: call.args[0].dtype == torch.float64,
        "PyTorch's 1/6 is a single-precision one in double precision too",
    ),
    Deviation(
        r"__rpow__",
        "raised",
        _whole,
        "integers have no negative powers; PyTorch refuses them only when the exponent is a number",
    ),
    Deviation(
        r"div|addcdiv|addcmul",
        "grad|second",
        lambda call: any(isinstance(a, torch.Tensor) and a.numel() == 0 for a in call.args),
        "an empty sum of cotangents, times an infinite slope, is nan",
    ),
    Deviation(
        r"pow",
        "second",
        lambda call: any(bool(((a != 0) & (a.abs() < 1e-38)).any()) for a in call.args if isinstance(a, torch.Tensor)),
        "the reciprocal of a subnormal number overflows",
    ),
    Deviation(
        r"eq|ne|lt|le|gt|ge",
        "value",
        lambda call: call.args[0].dtype == torch.uint8 and any(isinstance(a, int) and a < 0 for a in call.args),
        "-2 is less than every unsigned number; PyTorch wraps it to 254 first",
    ),
    Deviation(
        r"pow",
        "second",
        lambda call: isinstance(call.args[1], torch.Tensor) and bool((call.args[1] == 0).any()),
        "where the exponent is 0, PyTorch's mixed second derivatives differ from each other; ours are both 1 / x",
    ),
    Deviation(
        r"sinc",
        "grad|second",
        lambda call: bool(((call.args[0] != 0) & (call.args[0].abs() < 1e-3)).any()),
        "near 0 PyTorch's formula cancels to nothing",
    ),
    Deviation(
        r"remainder",
        "value",
        lambda call: (
            isinstance(call.args[1], torch.Tensor) and bool(((call.args[1] != 0) & (call.args[1].abs() < 1e-38)).any())
        ),
        "the remainder by a subnormal number is exact; PyTorch's quotient overflows",
    ),
    Deviation(
        r"nn.functional.prelu",
        "second",
        lambda call: bool((call.args[0] == 0).any()),
        "at 0 PyTorch takes the slope of the negative side, and the second derivatives of the positive one",
    ),
    Deviation(
        r"nn.functional.(relu6|hardtanh|hardswish|elu|selu|celu|hardshrink|softshrink)",
        "grad|second",
        lambda call: bool(call.args[0].isnan().any()),
        "the slope at nan: PyTorch's depends on how many numbers there are beside it",
    ),
    Deviation(
        r"nn.functional.(silu|mish|gelu)",
        "value|grad|second",
        lambda call: bool((call.args[0].abs() > 1e18).any()),
        "far out a gate is open or closed and its slope 1 or 0, at infinity too; PyTorch's formula meets 0 * inf there",
    ),
    Deviation(
        r"addcmul|addcdiv",
        "grad|second",
        lambda call: any(bool((~a.isfinite() | (a == 0)).any()) for a in call.args),
        "cotangents are summed over a stretched argument before an infinite slope multiplies them",
    ),
    Deviation(
        r"logcumsumexp",
        "grad|second",
        lambda call: call.args[0].dtype == torch.float32 and bool((call.args[0].abs() > 1e3).any()),
        "of large numbers in single precision the sum itself is rounded to a thousandth, and so is the slope",
    ),
    Deviation(
        r"addmv|baddbmm|addbmm|addr",
        "raised|value",
        _whole,
        "a fractional beta or alpha of integers is refused, where PyTorch cuts it; of booleans 2 and 3 are numbers",
    ),
    Deviation(
        r"scatter_reduce|index_reduce",
        "grad|second",
        lambda call: call.kwargs.get("include_self") is False,
        "what does not take part has no share of a tie; PyTorch counts it where it happens to be equal",
    ),
    Deviation(
        r"cholesky_(solve|inverse)",
        "grad|second",
        lambda call: True,
        "only the triangle has a gradient, since nothing else is read; PyTorch's fills the other one too",
    ),
    Deviation(
        r"linalg.pinv/hermitian",
        "value|grad|second",
        lambda call: True,
        "PyTorch's sample is not symmetric, and only a triangle of it is read",
    ),
    Deviation(
        r"linalg.lstsq/grad_oriented",
        "value",
        lambda call: True,
        "PyTorch's sample takes two of the four results",
    ),
    Deviation(
        r"linalg.matrix_rank|linalg.pinv.*",
        "raised",
        lambda call: any(isinstance(a, torch.Tensor) and a.ndim for a in call.kwargs.values()),
        "one tolerance for all matrices, not one for each",
    ),
    Deviation(
        r"copysign",
        "second",
        lambda call: bool(((call.args[0] != 0) & (call.args[0].abs() < 1e-6)).any()),
        "the slope is a sign, and flat; PyTorch's is a quotient, whose slope is what rounding left",
    ),
    Deviation(
        r"ldexp",
        "grad|second",
        lambda call: not call.args[1].dtype.is_floating_point,
        "PyTorch takes the power of an integer tensor in integers on the way back: 2 ** -1 is 0 there",
    ),
    Deviation(
        r"nextafter",
        "grad",
        lambda call: True,
        "it has no derivative, and does not ask for one; PyTorch refuses in backward",
    ),
    Deviation(
        r"(poly|di)gamma.*|(mv)?lgamma.*|special.psi",
        "value|grad|second",
        lambda call: any(bool(((a <= 0) & (a == a.round())).any()) for a in call.args if isinstance(a, torch.Tensor)),
        "infinite, or nan, at the poles; PyTorch's are large numbers, where π is rounded",
    ),
    Deviation(
        r"(special.)?i[01]e?",
        "value|grad|second",
        lambda call: bool((~(call.args[0].abs() < 80)).any()),
        "Bessel's functions are infinite at infinity; PyTorch's formula meets inf / inf there, and before",
    ),
    Deviation(
        r"logical_not",
        "refusal",
        lambda call: call.args == (None,),
        "without a tensor among its arguments an operation is NumPy's",
    ),
    Deviation(
        r"any|all",
        "value",
        lambda call: call.args[0].dtype == torch.uint8,
        "any and all give booleans for every dtype",
    ),
)


def deviation(label: str, kind: str, call: Call) -> Deviation | None:
    """The deviation that allows this difference, if any."""
    for known in DEVIATIONS:
        if re.fullmatch(known.names, label) and re.match(known.kinds, kind) and known.when(call):
            return known
    return None
