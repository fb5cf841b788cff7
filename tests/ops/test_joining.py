"""Joining many tensors: in steps of few arguments, so that the time grows with their number and not its square."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf.core.node import Node


def steps(y):
    """All recorded steps that lead to a tensor."""
    found, stack = set(), [y.node]
    while stack:
        node = stack.pop()
        if node.op is not None and node not in found:
            found.add(node)
            stack += [source for source in node.inputs if isinstance(source, Node)]
    return found


@pytest.mark.parametrize("join", [tw.stack, lambda xs: tw.cat([x.reshape(1) for x in xs]), tw.hstack])
@pytest.mark.parametrize("count", [1, 31, 32, 33, 1024, 1025, 2000])
def test_many_numbers_are_joined_in_small_steps(join, count):
    xs = [tw.tensor(float(i), requires_grad=True) for i in range(count)]
    y = join(xs)
    assert y.tolist() == list(range(count))
    joined = [node for node in steps(y) if node.op.name == "cat"]
    assert max(len(node.inputs) for node in joined) <= 32
    assert len(joined) <= 3 + count / 31
    y.backward(tw.arange(count, dtype=tw.float32) * 3)
    assert [x.grad.item() for x in xs] == [3 * i for i in range(count)]


def test_groups_meet_in_the_dtype_of_all():
    xs = [tw.tensor([2**24 + 1]), *[tw.ones(1, dtype=tw.float16)] * 40, tw.ones(1, dtype=tw.float64)]
    joined = tw.cat(xs)
    assert joined.dtype == np.float64
    assert joined[0].item() == 2**24 + 1
