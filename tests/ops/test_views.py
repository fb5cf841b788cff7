"""Whose memory a result has: its own, or, where PyTorch documents a view, that of its argument, in another tensor."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.ops.cases import CASES
from tinygrad_wtf import nn

F = nn.functional
VIEWS = {"reshape", "permute", "broadcast_to", "getitem", "sum_to"}  # rows; the last only where nothing is summed


@pytest.mark.parametrize("case", [c for c in CASES if c.row not in VIEWS], ids=str)
@given(data=st.data(), dtype=st.sampled_from([np.float32, np.float64]))
def test_a_result_has_its_own_memory(case, data, dtype):
    xs = [tw.tensor(a, dtype=dtype) for a in data.draw(case.inputs)]
    y = case.call(*xs)
    assert not any(np.shares_memory(y.numpy(), x.numpy()) for x in xs)


def images():
    return tw.ones(1, 2, 2, 3)


# What could be answered with the argument, because there is nothing to do.
IDLE = {
    "pad reflect": (images, lambda x: F.pad(x, (0, 0, 0, 0), mode="reflect")),
    "pad replicate": (images, lambda x: F.pad(x, (0, 0) * 2, mode="replicate")),
    "pad circular": (images, lambda x: F.pad(x, (0, 0, 0, 0), mode="circular")),
    "pad circular, negative": (images, lambda x: F.pad(x, (-1, 0, 0, 0), mode="circular")),
    "pad replicate, negative": (images, lambda x: F.pad(x, (0, 0, 0, -1), mode="replicate")),
    "pad constant": (images, lambda x: F.pad(x, (0, 0))),
    "pad constant, negative": (images, lambda x: F.pad(x, (-1, -1))),
    "matrix_power": (lambda: tw.eye(2), lambda x: tw.matrix_power(x, 1)),
    "matrix_power by 0": (lambda: tw.eye(2), lambda x: tw.matrix_power(x, 0)),
    "diag": (lambda: tw.eye(2), tw.diag),
    "round": (lambda: tw.arange(3), tw.round),
    "floor": (lambda: tw.arange(3), tw.floor),
    "ceil": (lambda: tw.arange(3), tw.ceil),
    "trunc": (lambda: tw.arange(3), tw.trunc),
    "sign": (lambda: tw.tensor([True]), tw.sign),
    "abs": (lambda: tw.arange(3), tw.abs),
    "nan_to_num": (lambda: tw.arange(3), tw.nan_to_num),
    "clone": (lambda: tw.ones(2), lambda x: x.clone()),
    "sum of a number": (lambda: tw.tensor(1.0), lambda x: x.sum(0)),
    "amax of a number": (lambda: tw.tensor(1.0), lambda x: x.amax(0)),
    "max of a number": (lambda: tw.tensor(1.0), lambda x: x.max(0).values),
    "sort of a number": (lambda: tw.tensor(1.0), lambda x: x.sort().values),
    "topk of a number": (lambda: tw.tensor(1.0), lambda x: x.topk(1).values),
    "median of a number": (lambda: tw.tensor(1.0), lambda x: x.median(0).values),
    "gather of a number": (lambda: tw.tensor(1.0), lambda x: x.gather(0, tw.tensor(0))),
    "cumsum of a number": (lambda: tw.tensor(1.0), lambda x: x.cumsum(0)),
    "all along none": (lambda: tw.tensor([True]), lambda x: x.all(())),
    "any along none": (lambda: tw.tensor([True]), lambda x: x.any(())),
    "cat of one": (lambda: tw.ones(2), lambda x: tw.cat([x])),
    "hstack of one": (lambda: tw.ones(2), lambda x: tw.hstack([x])),
    "vstack of one": (lambda: tw.ones(1, 2), lambda x: tw.vstack([x])),
    "repeat": (lambda: tw.ones(2), lambda x: x.repeat(1)),
    "tile": (lambda: tw.ones(2), lambda x: x.tile(1)),
    "flip": (lambda: tw.ones(2), lambda x: x.flip(())),
    "roll": (lambda: tw.ones(2), lambda x: x.roll(0)),
    "repeat_interleave": (lambda: tw.ones(2), lambda x: x.repeat_interleave(1)),
    "masked_select": (lambda: tw.ones(2), lambda x: x.masked_select(x > 0)),
    "where": (lambda: tw.ones(2), lambda x: tw.where(x > 0, x, 0)),
    "clamp": (lambda: tw.ones(2), lambda x: x.clamp(min=0)),
    "tril": (lambda: tw.ones(1, 2), tw.tril),
    "index_select": (lambda: tw.ones(1), lambda x: x.index_select(0, tw.tensor([0]))),
    "index_add of nothing": (lambda: tw.ones(1), lambda x: x.index_add(0, tw.zeros(0, dtype=tw.int64), tw.ones(0))),
    "scatter of nothing": (lambda: tw.ones(1), lambda x: x.scatter(0, tw.zeros(0, dtype=tw.int64), tw.ones(0))),
    "tensordot": (lambda: tw.tensor(1.0), lambda x: tw.tensordot(x, tw.tensor(1.0), 0)),
    "avg_pool2d": (images, lambda x: F.avg_pool2d(x, 1)),
    "max_pool2d": (images, lambda x: F.max_pool2d(x, 1)),
    "adaptive_avg_pool2d": (images, lambda x: F.adaptive_avg_pool2d(x, (2, 3))),
    "batch_norm of nothing": (lambda: tw.ones(0, 2), lambda x: F.batch_norm(x, None, None, training=True)),
    "addmm": (lambda: tw.ones(1, 1), lambda x: tw.addmm(x, tw.zeros(1, 1), tw.zeros(1, 1))),
    "relu": (lambda: tw.arange(3), tw.relu),
    "hardtanh": (lambda: tw.arange(3), lambda x: F.hardtanh(x, -9, 9)),
    "norm": (lambda: tw.tensor(1.0), tw.norm),
    "einsum of two": (lambda: tw.ones(2), lambda x: tw.einsum("i,->i", x, tw.tensor(1.0))),
}


@pytest.mark.parametrize("name", IDLE)
def test_what_has_nothing_to_do_gives_its_own_memory_too(name):
    make, call = IDLE[name]
    x = make()
    assert not np.shares_memory(call(x).numpy(), x.numpy())


vector, number = (lambda: tw.ones(3)), (lambda: tw.tensor(1.0))
SAME = {  # of the same shape, and yet another tensor: what is done to the result is not done to the source
    "reshape": (vector, lambda x: x.reshape(3)),
    "view": (vector, lambda x: x.view(-1)),
    "reshape_as": (vector, lambda x: x.reshape_as(x)),
    "ravel": (vector, tw.ravel),
    "unflatten": (vector, lambda x: x.unflatten(0, (3,))),
    "squeeze": (vector, lambda x: x.squeeze()),
    "squeeze 0": (vector, lambda x: x.squeeze(0)),
    "expand": (vector, lambda x: x.expand(3)),
    "expand_as": (vector, lambda x: x.expand_as(x)),
    "broadcast_to": (vector, lambda x: x.broadcast_to((3,))),
    "broadcast_tensors": (vector, lambda x: tw.broadcast_tensors(x, x)[0]),
    "meshgrid": (vector, lambda x: tw.meshgrid(x)[0]),
    "movedim": (vector, lambda x: x.movedim(0, 0)),
    "moveaxis": (number, lambda x: tw.moveaxis(x, (), ())),
    "permute": (vector, lambda x: x.permute(0)),
    "transpose": (vector, lambda x: x.transpose(0, 0)),
    "transpose of a number": (number, lambda x: x.transpose(0, -1)),
    "t": (vector, lambda x: x.t()),
    "T": (number, lambda x: x.T),
    "getitem": (vector, lambda x: x[...]),
    "einsum": (vector, lambda x: tw.einsum("i->i", x)),
    "split": (vector, lambda x: x.split(3)[0]),
    "detach": (vector, lambda x: x.detach()),
}


@pytest.mark.parametrize("name", SAME)
def test_what_changes_nothing_is_another_tensor(name):
    make, call = SAME[name]
    x = make()
    y = call(x)
    assert y is not x
    assert np.shares_memory(y.numpy(), x.numpy())
    y.requires_grad_()
    assert not x.requires_grad


@pytest.mark.parametrize("name", [name for name in SAME if name != "detach"])
def test_a_hook_on_what_changes_nothing_is_not_one_on_the_source(name):
    make, call = SAME[name]
    x = make().requires_grad_()
    y = call(x)
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    ((x + 0) * 2 + y).sum().backward()
    assert y.grad.reshape(-1)[0].item() == 10
    assert x.grad.reshape(-1)[0].item() == 12


def test_what_pytorch_gives_back_itself():
    x = tw.ones(2, 3)
    for y in (
        x.contiguous(),
        x.to(tw.float32),
        x.float(),
        +x,
        x.flatten(1),
        tw.atleast_2d(x),
        F.dropout(x, 0.5, False),
    ):
        assert y is x
