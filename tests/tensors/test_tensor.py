"""A tensor as a leaf: its gradient, its memory; and its logical operators."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw

# ---------------------------------------------------------------- leaves


def test_a_leaf_can_start_and_stop_requiring_gradients():
    x = tw.Tensor([1.0])
    assert x.requires_grad_() is x
    assert x.requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_what_was_recorded_before_it_required_gradients_stays_without():
    x, w = tw.Tensor([1.0, 2.0]), tw.Tensor([3.0, 4.0], requires_grad=True)
    y = (x * w).sum()
    x.requires_grad_()
    y.backward()
    assert x.grad is None
    assert w.grad.tolist() == [1.0, 2.0]


def test_what_was_recorded_before_a_freeze_still_reaches_the_leaf_that_requires_gradients_again():
    x = tw.Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = (x * x).sum()
    x.requires_grad_(False)
    x.requires_grad_(True)
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.name == "x"


def test_a_frozen_leaf_keeps_its_gradient():
    x = tw.Tensor([1.0], requires_grad=True)
    x.sum().backward()
    x.requires_grad_(False)
    assert x.grad.tolist() == [1.0]


def test_a_hook_survives_a_freeze():
    x = tw.Tensor([1.0], requires_grad=True)
    x.register_hook(lambda g: g * 5)
    x.requires_grad_(False).requires_grad_(True)
    x.sum().backward()
    assert x.grad.tolist() == [5.0]


def test_only_a_leaf_can_stop_requiring_gradients():
    with pytest.raises(tw.GraphError, match="only a leaf"):
        (tw.Tensor([1.0], requires_grad=True) * 2).requires_grad_(False)


def test_data_shares_memory_and_assigning_it_gives_other_memory():
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    assert np.shares_memory(x.data.numpy(), x.numpy())
    x.data = tw.Tensor([3.0, 4.0])
    assert x.tolist() == [3.0, 4.0]
    assert x.requires_grad


def test_data_of_another_shape_is_refused():
    with pytest.raises(tw.ShapeError):
        tw.Tensor([1.0, 2.0]).data = tw.Tensor([1.0])


@pytest.mark.parametrize("gradient", [tw.Tensor([1.0]), tw.Tensor([1.0, 2.0], dtype=tw.float64)], ids=repr)
def test_a_gradient_that_does_not_fit_is_refused(gradient):
    with pytest.raises(tw.ShapeError, match="does not fit"):
        tw.Tensor([1.0, 2.0]).grad = gradient


# ---------------------------------------------------------------- logic


@given(hnp.arrays(bool, 4), hnp.arrays(bool, 4))
def test_logical_operators_of_booleans(a, b):
    x, y = tw.tensor(a), tw.tensor(b)
    assert (x & y).tolist() == (a & b).tolist()
    assert (x | y).tolist() == (a | b).tolist()
    assert (x ^ y).tolist() == (a ^ b).tolist()
    assert (~x).tolist() == (~a).tolist()


@pytest.mark.parametrize("compute", [operator.and_, operator.or_, operator.xor, lambda a, b: ~a])
def test_logical_operators_refuse_integers(compute):
    with pytest.raises(tw.DTypeError, match="booleans"):
        compute(tw.tensor([6]), tw.tensor([3]))
