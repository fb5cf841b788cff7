"""Tensors without entries: every operation that PyTorch takes them through, with gradients of their shape."""

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

F = nn.functional


def none(*shape):
    return tw.zeros(*shape, dtype=tw.int64)


CALLS = {
    "getitem of columns": lambda x: x[:, [0, 1]],
    "getitem of a table": lambda x: x[:, tw.tensor([[0, 1], [1, 2]])],
    "getitem of no rows": lambda x: x[[], :],
    "getitem by a mask": lambda x: x[x > 0],
    "index_select": lambda x: x.index_select(1, tw.tensor([0, 2])),
    "repeat_interleave": lambda x: x.repeat_interleave(2, dim=1),
    "unfold": lambda x: x.unfold(1, 2, 1),
    "index_add": lambda x: x.index_add(1, tw.tensor([0, 0]), tw.ones(0, 2)),
    "index_copy": lambda x: x.index_copy(1, tw.tensor([0, 1]), tw.ones(0, 2)),
    "index_fill": lambda x: x.index_fill(1, tw.tensor([0]), 2.0),
    "index_put": lambda x: x.index_put((none(0), none(0)), tw.ones(0)),
    "gather": lambda x: x.gather(1, none(0, 2)),
    "take": lambda x: x.take(none(0)),
    "take_along_dim": lambda x: tw.take_along_dim(x, none(0, 2), 1),
    "scatter": lambda x: x.scatter(1, none(0, 2), tw.ones(0, 2)),
    "scatter_add": lambda x: x.scatter_add(1, none(0, 2), tw.ones(0, 2)),
    "cumsum": lambda x: x.cumsum(0),
    "cumprod": lambda x: x.cumprod(1),
    "sort": lambda x: x.sort(1).values,
    "max": lambda x: x.max(1).values,
    "roll": lambda x: x.roll(1, 1),
    "flip": lambda x: x.flip(1),
    "cat": lambda x: tw.cat([x, x], 1),
    "pad": lambda x: F.pad(x, (1, 1)),
    "softmax": lambda x: x.softmax(1),
    "product": lambda x: x.mT @ x,
    "linear": lambda x: F.linear(x, tw.ones(2, 3), tw.ones(2)),
    "layer_norm": lambda x: F.layer_norm(x, (3,)),
    "embedding": lambda x: F.embedding(none(0, 2), x.reshape(3, 0)),
    "conv1d": lambda x: F.conv1d(x.reshape(0, 1, 3), tw.ones(2, 1, 2), tw.ones(2)),
    "conv1d of no entries, padded": lambda x: F.conv1d(x.reshape(1, 3, 0), tw.ones(2, 3, 1), padding=1),
    "conv2d of no rows, padded": lambda x: F.conv2d(x.reshape(1, 1, 0, 3), tw.ones(2, 1, 2, 2), padding=1),
    "conv2d of no rows, with steps": lambda x: F.conv2d(
        x.reshape(1, 1, 0, 3), tw.ones(2, 1, 1, 1), padding=1, stride=2
    ),
    "max_pool2d": lambda x: F.max_pool2d(x.reshape(0, 1, 1, 3), 1),
    "avg_pool2d": lambda x: F.avg_pool2d(x.reshape(0, 1, 1, 3), 1),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_gradient_of_nothing_has_its_shape(name):
    x = tw.zeros(0, 3, requires_grad=True)
    y = CALLS[name](x)
    (g,) = tw.grad(y.sum(), x, create_graph=True)
    assert g.shape == (0, 3)
    if g.requires_grad:
        g.sum().backward()


def test_a_kernel_over_padding_alone_sees_zeros():
    x, w, b = (tw.ones(*shape, requires_grad=True) for shape in ((1, 1, 0), (1, 1, 2), (1,)))
    y = F.conv1d(x, w, b, padding=1)
    y.sum().backward()
    assert y.tolist() == [[[1]]]
    assert w.grad.tolist() == [[[0, 0]]]
    assert b.grad.tolist() == [1]
