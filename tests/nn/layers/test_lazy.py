"""Lazy layers: what they learn from their first input, and what they are before."""

from __future__ import annotations

import copy

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def test_a_lazy_network_becomes_an_ordinary_one():
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    optimizer = nn.optim.SGD(net.parameters(), lr=0.1)
    nn.summary(net, (1, 3, 5, 5))
    assert [type(layer) for layer in net] == [nn.Conv2d, nn.BatchNorm2d, nn.Flatten, nn.Linear]
    assert [p.shape for p in net.parameters()] == [(4, 3, 3, 3), (4,), (4,), (4,), (2, 36), (2,)]
    before = net[3].weight.numpy().copy()
    net(tw.ones(2, 3, 5, 5)).sum().backward()
    optimizer.step()
    assert (net[3].weight.numpy() != before).any()  # the optimizer holds the same parameters


def test_values_can_be_loaded_before_the_first_input():
    lazy, layer = nn.LazyLinear(2), nn.Linear(3, 2)
    lazy.load_state_dict(layer.state_dict())
    assert lazy(tw.ones(1, 3)).tolist() == layer(tw.ones(1, 3)).tolist()
    assert lazy.in_features == 3


def test_a_lazy_layer_is_copied_and_converted_before_its_first_input():
    layer = copy.deepcopy(nn.LazyBatchNorm1d()).double()
    layer(tw.ones(4, 3, dtype=tw.float64))
    assert (layer.running_mean.shape, layer.running_mean.dtype) == ((3,), tw.float64)


def test_a_compiled_function_does_not_make_parameters():
    layer = nn.LazyLinear(2)
    with pytest.raises(tw.TraceError, match="Call the network once before"):
        tw.compile(lambda x: layer(x))(tw.ones(1, 3))
    layer(tw.ones(1, 3))
    assert tw.compile(lambda x: layer(x))(tw.ones(1, 3)).shape == (1, 2)


@pytest.mark.parametrize(
    ("layer", "shape", "error"),
    [(nn.LazyConv2d(4, 3), (3, 5), tw.ShapeError), (nn.LazyConv1d(4, 3, groups=2), (1, 3, 5), ValueError)],
)
def test_a_first_input_that_does_not_fit_is_told(layer, shape, error):
    with pytest.raises(error):
        layer(tw.ones(*shape))
