"""A fixed sample of the programs of views and writes; many more are run by ``python -m tests.fuzz.inplace``."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import tinygrad_wtf as tw  # noqa: E402
from tests.fuzz.inplace import DifferenceError, Program, compare  # noqa: E402
from tinygrad_wtf.tensors import inplace_functions  # noqa: E402


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_views_writes_and_backward_do_what_pytorchs_do(start):
    for seed in range(start, start + 50):
        compare(seed, torch)


def test_a_difference_is_found():
    program = Program(0, torch)
    program.make("torch.tensor([1.0, 2.0], dtype=torch.float64)", quietly=True)
    program.mine["t0"].add_(1e-3)
    with pytest.raises(DifferenceError, match=r"t0 is \[1\.001"):
        program.compare()
    with pytest.raises(DifferenceError, match="refused by tinygrad_wtf alone"):
        program.mine["t1"] = None
        program.theirs["t1"] = torch.zeros(1)
        program.do("t1.add_(1)")


NOES = {  # methods of PyTorch that are not here: they address storages, or entries one by one in Python
    "apply_", "as_strided_", "map2_", "map_", "resize_", "resize_as_", "resize_as_sparse_", "set_",
    "sparse_resize_", "sparse_resize_and_clear_", "igamma_", "igammac_",
}  # fmt: skip


def test_every_method_in_place_is_here_or_a_documented_no():
    theirs = {name for name in dir(torch.Tensor) if name.endswith("_") and not name.startswith("_")}
    assert {name for name in theirs if not hasattr(tw.Tensor, name)} == NOES
    functions = {name for name in dir(torch) if name.endswith("_") and not name.startswith("_")}
    assert {name for name in functions if not hasattr(tw, name) and hasattr(tw.Tensor, name)} == set()


ARGUMENTS = {
    "clamp_": (0.2, 0.4), "clip_": (0.2, 0.4), "clamp_min_": (0.4,), "clamp_max_": (0.4,), "xlogy_": (2.0,),
    "fill_": (3.0,), "threshold_": (0.4, 0.2),
}  # fmt: skip
OTHERS = ("acosh_", "arccosh_", "asinh_", "arcsinh_", "atanh_", "arctanh_")  # without a derivative in PyTorch
OTHERS += (
    "detach_",
    "dropout_",
    "index_put_",
    "addmv_",
    "gcd_",
    "lcm_",
    "ldexp_",
)  # of several, or random


@pytest.mark.parametrize("name", [n for n in inplace_functions.__all__ if hasattr(torch, n) and n not in OTHERS])
def test_a_function_in_place_agrees_with_pytorchs(name):
    given = ARGUMENTS.get(name, ())
    outcomes = []
    for lib, tensor in ((tw, tw.tensor), (torch, torch.tensor)):
        w = tensor([1.1, 1.7] if name in ("acosh_", "arccosh_") else [0.3, 0.7], dtype=lib.float64, requires_grad=True)
        x = w * 1
        assert getattr(lib, name)(x, *(tensor(a, dtype=lib.float64) if name == "xlogy_" else a for a in given)) is x
        x.sum().backward()
        outcomes.append((x.detach().numpy(), w.grad.numpy()))
    for mine, theirs in zip(*outcomes, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)
