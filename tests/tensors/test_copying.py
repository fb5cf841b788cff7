"""Copies of tensors, and tensors in files."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def grid():
    return tw.tensor(np.arange(12.0).reshape(3, 4))


VIEWS = {
    "whole": lambda x: x,
    "transposed": lambda x: x.T,
    "a part": lambda x: x[1:, ::2],
    "expanded": lambda x: x[0].expand(3, 4),
    "one number": lambda x: x[0, 0],
    "nothing": lambda x: x[:0],
}
every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


# ---------------------------------------------------------------- clone and detach, deepcopy and pickle


def test_clone_has_its_own_memory():
    x = tw.Tensor([1.0])
    twin = x.clone()
    x.zero_()
    assert twin.tolist() == [1.0]


def test_gradients_pass_through_clone():
    x = tw.Tensor([2.0], requires_grad=True)
    (3 * x.clone()).sum().backward()
    assert x.grad.tolist() == [3.0]


def test_detach_shares_memory_and_forgets_the_history():
    x = tw.Tensor([1.0], requires_grad=True)
    detached = (x * 2).detach()
    assert detached.is_leaf
    assert not detached.requires_grad
    assert np.shares_memory(x.detach().numpy(), x.numpy())


def _copied(x):
    return copy.deepcopy(x)


def _pickled(x):
    return pickle.loads(pickle.dumps(x))


@pytest.mark.parametrize("again", [_copied, _pickled])
class TestDeepCopyAndPickle:
    def test_keep_the_data(self, again):
        x = tw.Tensor([[1.0, 2.0]], dtype=tw.float64, requires_grad=True, name="w")
        twin = again(x)
        assert repr(twin) == repr(x)
        assert type(twin) is tw.Tensor

    def test_keep_the_gradient(self, again):
        x = tw.Tensor([1.0, 2.0], requires_grad=True)
        (x * x).sum().backward()
        assert again(x).grad.tolist() == [2.0, 4.0]

    def test_share_no_memory(self, again):
        x = tw.Tensor([1.0, 2.0], requires_grad=True)
        x.sum().backward()
        twin = again(x)
        assert not np.shares_memory(twin.numpy(), x.numpy())
        assert not np.shares_memory(twin.grad.numpy(), x.grad.numpy())

    def test_keep_the_subclass(self, again):
        assert type(again(Weight([1.0]))) is Weight

    def test_refuse_what_an_operation_made(self, again):
        with pytest.raises(tw.GraphError, match="only a leaf"):
            again(tw.Tensor([1.0], requires_grad=True) * 2)


class Weight(tw.Tensor):
    __slots__ = ()


# ---------------------------------------------------------------- copies and files


AGAIN = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x))}
again = pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)


@again
@every_view
def test_a_copy_of_a_view_has_its_entries_and_memory_of_its_own(again, view):
    x = view(grid())
    twin = again(x)
    assert twin.tolist() == x.tolist()
    assert (twin.shape, twin.dtype) == (x.shape, x.dtype)
    twin.zero_()
    assert x.tolist() == view(grid()).tolist()


@again
def test_a_copy_of_a_view_can_be_trained(again):
    x = again(grid().T[1:]).requires_grad_()
    (x * x).sum().backward()
    assert x.grad.tolist() == (2 * x).tolist()


@again
def test_a_parameter_stays_one(again):
    parameter = nn.Parameter(tw.ones(2, 3).T)
    twin = again(parameter)
    assert type(twin) is nn.Parameter
    assert twin.requires_grad
    assert twin.tolist() == parameter.tolist()


@again
def test_a_module_is_copied_with_its_parameters(again):
    model = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1))
    twin = again(model)
    x = tw.randn(4, 2)
    assert twin(x).tolist() == model(x).tolist()
    twin(x).sum().backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(p.grad is not None for p in twin.parameters())


@again
def test_a_tensor_held_twice_is_copied_once(again):
    x = tw.ones(2, requires_grad=True)
    first, second = again([x, x])
    assert first is second


@again
def test_a_generator_goes_on_where_it_stood(again):
    g = tw.Generator(3)
    tw.rand(2, generator=g)
    assert tw.rand(3, generator=again(g)).tolist() == tw.rand(3, generator=g).tolist()


@again
def test_a_tensor_with_a_history_is_refused(again):
    with pytest.raises(tw.GraphError, match="leaf"):
        again(tw.ones(2, requires_grad=True) * 2)


@pytest.mark.filterwarnings("ignore:tinygrad_wtf.tensor is now:DeprecationWarning")
@pytest.mark.parametrize("before", [b"tinygrad_wtf.tensor", b"tinygrad_wtf.tensors.tensor"])
def test_a_file_that_was_written_before_the_class_was_divided_is_read(before):
    x = tw.tensor([1.0, 2.0], requires_grad=True, name="x")
    file = pickle.dumps(x, 0).replace(b"tinygrad_wtf.tensors.copying\n", before + b"\n")
    assert before + b"\n_unpickled" in file
    twin = pickle.loads(file.replace(b"tinygrad_wtf.tensors.tensor\nTensor", before + b"\nTensor"))
    assert (twin.tolist(), twin.requires_grad, twin.name) == ([1.0, 2.0], True, "x")


# ---------------------------------------------------------------- copy.copy, as in PyTorch: the same memory


class Named(tw.Tensor):
    """A tensor with attributes of its own."""


@every_view
def test_a_shallow_copy_lies_in_the_same_memory(view):
    x = view(grid())
    twin = copy.copy(x)
    assert twin is not x
    assert twin.tolist() == x.tolist()
    assert np.shares_memory(twin.numpy(), x.numpy()) or not x.numel()


def test_a_shallow_copy_is_a_leaf_of_its_own():
    x = tw.tensor([1.0, 2.0], requires_grad=True, name="x")
    (x * x).sum().backward()
    twin = copy.copy(x)
    assert (twin.requires_grad, twin.name, twin.grad) == (True, "x", None)
    (3 * twin).sum().backward()
    assert twin.grad.tolist() == [3.0, 3.0]
    assert x.grad.tolist() == [2.0, 4.0]


def test_a_tensor_with_a_history_is_not_copied_shallowly():
    with pytest.raises(tw.GraphError, match=r"copied.*detach"):
        copy.copy(tw.ones(2, requires_grad=True) * 2)


@pytest.mark.parametrize("again", [copy.copy, *AGAIN.values()], ids=["copy", *AGAIN])
def test_attributes_of_a_subclass_are_copied(again):
    x = Named([1.0, 2.0])
    x.classes = ["red", "blue"]
    twin = again(x)
    assert type(twin) is Named
    assert twin.classes == ["red", "blue"]
    assert (twin.classes is x.classes) == (again is copy.copy)
