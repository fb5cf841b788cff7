"""PyTorch's own samples (`op_db`): what its test suite tries each operation on."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import torch

from tests.torch_oracle.compare import Call, Settings
from tests.torch_oracle.names import GROUP_OF, RANDOM

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.opinfo.core import BinaryUfuncInfo, UnaryUfuncInfo

INFOS: dict[str, list[Any]] = {}
for _info in op_db:
    INFOS.setdefault(_info.name, []).append(_info)

FLOATS = (torch.float32, torch.float64)
OTHERS = (torch.int64, torch.bool)


def settings(info: Any) -> Settings:
    """How strictly this operation's samples are compared."""
    return Settings(
        mixes=not isinstance(info, UnaryUfuncInfo | BinaryUfuncInfo) or info.name == "lerp",
        values=info.name not in RANDOM,
        loosened=100 if info.name == "cov" else 10 if "norm" in info.name else 1,
    )


def label(info: Any) -> str:
    """Name and variant."""
    return info.name + (f"/{info.variant_test_name}" if info.variant_test_name else "")


def _call(sample: Any) -> Call:
    return Call((sample.input, *sample.args), dict(sample.kwargs))


def samples(info: Any, dtype: torch.dtype, reference: bool = False) -> Iterator[Call]:
    """The calls of PyTorch's samples in this dtype; none where it does not support the dtype."""
    if dtype not in info.supported_dtypes("cpu"):
        return
    torch.manual_seed(0)
    requires_grad = info.supports_autograd and dtype in info.supported_backward_dtypes("cpu")
    produce = info.reference_inputs if reference else info.sample_inputs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for sample in produce("cpu", dtype, requires_grad=requires_grad):
            yield _call(sample)


def refusals(info: Any) -> Iterator[Call]:
    """The calls that PyTorch refuses."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if info.error_inputs_func is None:
            return
        for wrong in info.error_inputs("cpu"):
            yield _call(wrong.sample_input)


def infos(group: str | None = None) -> list[Any]:
    """The compared operations that PyTorch has samples for."""
    return [i for name in GROUP_OF if group in (None, GROUP_OF[name]) for i in INFOS.get(name, ())]
