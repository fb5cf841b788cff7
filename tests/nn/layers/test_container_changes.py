"""A compiled function goes on with the layers that a container holds now, however they were changed."""

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

X = tw.tensor([[3.0]])


def times(factor):
    layer = nn.Linear(1, 1, bias=False)
    layer.load_state_dict({"weight": [[factor]]})
    return layer


def put(net):
    net[0] = times(5.0)


def add(net):
    net.add_module("0", times(5.0))


def delete_slice(net):
    del net[1:]


def delete(net):
    del net[0]


@pytest.mark.parametrize(
    "change",
    [put, add, delete, delete_slice, lambda net: net.append(times(5.0)), lambda net: net.insert(0, times(5.0)),
     lambda net: net.extend([times(5.0)])],
    ids=["net[0] = ", "add_module", "del net[0]", "del net[1:]", "append", "insert", "extend"],
)  # fmt: skip
def test_a_compiled_function_sees_the_change(change):
    net = nn.Sequential(times(2.0), times(7.0))
    compiled = tw.compile(lambda x: net(x).sum())
    for _ in range(3):
        assert compiled(X).item() == 42.0
    change(net)
    for _ in range(3):
        assert compiled(X).item() == net(X).item() != 42.0


def test_an_existing_layer_in_another_place_is_seen():
    first, second = times(2.0), times(7.0)
    net = nn.Sequential(first, second)
    compiled = tw.compile(lambda x: net(x).sum())
    for _ in range(3):
        assert compiled(X).item() == 42.0
    net.add_module("1", first)
    assert compiled(X).item() == 12.0


def test_a_slice_is_assigned_to_one_by_one():
    with pytest.raises(TypeError, match="Sequential: a slice cannot be assigned to; assign one module at a time"):
        nn.Sequential(nn.ReLU(), nn.Tanh())[0:1] = nn.ReLU()
