"""The dtype in which tensors and numbers meet is PyTorch's, for every pair and kind."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import tinygrad_wtf as tw  # noqa: E402
from tests.torch_oracle.convert import DTYPES, array, ours  # noqa: E402

OPERANDS = [torch.ones(shape, dtype=dtype) for dtype in DTYPES for shape in ((), (1,), (2,))] + [True, 2, 2.5]
PAIRS = [pair for pair in itertools.product(OPERANDS, repeat=2) if any(isinstance(x, torch.Tensor) for x in pair)]
OPERATIONS = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "-": lambda a, b: a - b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
}


@pytest.mark.parametrize("sign", OPERATIONS)
def test_an_operator_gives_torchs_dtype_and_value_and_refuses_what_torch_refuses(sign):
    operation = OPERATIONS[sign]
    for a, b in PAIRS:
        try:
            wanted = operation(a, b)
        except (RuntimeError, TypeError):
            wanted = None
        if sign == "**" and b is True and a.dtype == torch.bool:  # PyTorch lets this one power of booleans pass
            wanted = None
        if wanted is None:
            with pytest.raises((RuntimeError, TypeError)):
                operation(ours(a), ours(b))
            continue
        found = operation(ours(a), ours(b))
        assert found.dtype == DTYPES[wanted.dtype], (sign, a, b, found.dtype, wanted.dtype)
        assert np.array_equal(array(found), array(wanted)), (sign, a, b, found, wanted)


@pytest.mark.parametrize("name", ["maximum", "minimum", "where", "cat", "stack", "atan2", "logical_and"])
def test_a_function_of_two_tensors_gives_torchs_dtype(name):
    calls = {
        "where": lambda m, a, b: m.where(a == a, a, b),
        "cat": lambda m, a, b: m.cat([a.reshape(-1), b.reshape(-1)]),
        "stack": lambda m, a, b: m.stack(
            [a.reshape(()) if a.ndim == 0 else a[0], b.reshape(()) if b.ndim == 0 else b[0]]
        ),
    }
    call = calls.get(name, lambda m, a, b: getattr(m, name)(a, b))
    for a, b in PAIRS:
        if not (isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor)):
            continue
        wanted = call(torch, a, b)
        found = call(tw, ours(a), ours(b))
        assert found.dtype == DTYPES[wanted.dtype], (name, a, b, found.dtype, wanted.dtype)


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "cumsum", "exp", "sqrt", "abs", "floor", "sign", "any", "argmax", "logsumexp"]
)
def test_a_function_of_one_tensor_gives_torchs_dtype_or_refuses(name):
    arguments = {"cumsum": (0,), "logsumexp": (0,)}.get(name, ())
    for dtype in DTYPES:
        if name == "any" and dtype == torch.uint8:
            continue  # booleans here, as of every other dtype
        x = torch.ones(2, dtype=dtype)
        try:
            wanted = getattr(torch, name)(x, *arguments)
        except (RuntimeError, TypeError, NotImplementedError):
            with pytest.raises((RuntimeError, TypeError)):
                getattr(tw, name)(ours(x), *arguments)
            continue
        found = getattr(tw, name)(ours(x), *arguments)
        assert found.dtype == DTYPES[wanted.dtype], (name, dtype, found.dtype, wanted.dtype)


def test_half_precision_is_computed_in_single_precision():
    x = torch.linspace(-3, 3, 101).half()
    for name in ("exp", "tanh", "sigmoid", "sum", "mean"):
        wanted, found = getattr(torch, name)(x), getattr(tw, name)(ours(x))
        assert found.dtype == tw.float16
        assert np.allclose(array(found).astype(float), array(wanted).astype(float), rtol=1e-3, atol=1e-4), name
    long = torch.full((100, 100), 3.0).half()
    assert tw.mean(ours(long)).item() == 3.0
