"""Modules: names and order, attributes, what changes all at once, the repr."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.second = nn.Linear(3, 1)
        self.first = nn.Linear(2, 3)
        self.scale = nn.Parameter([2.0])
        self.register_buffer("mean", tw.tensor([0.5, 0.5]))
        self.register_buffer("scratch", tw.tensor([1.0]), persistent=False)

    def forward(self, x):
        return self.second(self.first(x - self.mean).sigmoid()) * self.scale


def names(pairs):
    return [name for name, _ in pairs]


def test_parameters_come_in_the_order_of_assignment_own_ones_first():
    expected = ["scale", "second.weight", "second.bias", "first.weight", "first.bias"]
    assert names(Network().named_parameters()) == expected


def test_named_modules_walks_parents_first():
    model = nn.Sequential(nn.Sequential(nn.Linear(1, 1)), nn.Sigmoid())
    assert names(model.named_modules()) == ["", "0", "0.0", "1"]


def test_children_are_only_the_direct_ones():
    inner = nn.Sequential(nn.Sigmoid())
    model = nn.Sequential(inner, nn.Tanh())
    assert next(model.children()) is inner
    assert names(model.named_children()) == ["0", "1"]


def test_a_shared_module_counts_once():
    shared = nn.Linear(2, 2)
    model = nn.Sequential(shared, nn.Sigmoid(), shared)
    assert names(model.named_parameters()) == ["0.weight", "0.bias"]
    assert len(list(model.modules())) == 3
    assert len(list(model.children())) == 2


def test_a_shared_parameter_counts_once_and_is_saved_under_both_names():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    assert names(model.named_parameters()) == ["0.weight", "0.bias", "1.bias"]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_shared_module_is_saved_under_both_names():
    shared = nn.Linear(1, 1)
    state = nn.Sequential(shared, shared).state_dict()
    assert list(state) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_without_recurse_only_the_modules_own_parameters_come():
    assert names(Network().named_parameters(recurse=False)) == ["scale"]


def test_a_prefix_stands_before_every_path():
    assert names(nn.Linear(1, 1).named_parameters(prefix="head")) == ["head.weight", "head.bias"]


def test_buffers_are_named_and_are_not_parameters():
    model = Network()
    assert names(model.named_buffers()) == ["mean", "scratch"]
    assert not any(parameter is model.mean for parameter in model.parameters())


def test_an_unnamed_parameter_takes_the_attributes_name():
    model = Network()
    assert model.scale.name == "scale"
    assert model.first.weight.name == "weight"


def test_get_submodule_follows_a_path():
    model = nn.Sequential(nn.Sequential(nn.Sigmoid()))
    assert model.get_submodule("0.0") is model[0][0]
    with pytest.raises(AttributeError, match="no module '3' in 0"):
        model.get_submodule("0.3")


def test_deleting_a_parameter_takes_it_out():
    model = Network()
    del model.scale
    assert "scale" not in names(model.named_parameters())
    with pytest.raises(AttributeError, match="has no attribute 'scale'"):
        _ = model.scale


def test_deleting_a_module_takes_its_parameters_out():
    model = Network()
    del model.first
    assert not any(name.startswith("first") for name in names(model.named_parameters()))


def test_a_name_can_change_from_plain_value_to_module_and_back_by_deletion():
    model = Network()
    model.extra = 3
    model.extra = nn.Sigmoid()
    assert isinstance(model.extra, nn.Sigmoid)
    assert "extra" in names(model.named_children())
    del model.extra
    model.extra = 4
    assert model.extra == 4


def test_none_keeps_the_name_of_a_parameter():
    model = nn.Linear(2, 1)
    model.bias = None
    assert model.bias is None
    assert names(model.named_parameters()) == ["weight"]
    assert model(tw.zeros(1, 2)).tolist() == [[0.0]]


def test_a_plain_tensor_is_an_attribute_and_not_a_parameter():
    model = Network()
    model.note = tw.tensor([1.0], requires_grad=True)
    assert "note" not in names(model.named_parameters())


def test_a_tensor_cannot_replace_a_parameter():
    with pytest.raises(TypeError, match=r"Tensor in the place of the parameter 'weight' of Linear.*nn\.Parameter"):
        nn.Linear(2, 1).weight = tw.zeros(1, 2)


def test_a_buffer_can_be_assigned_a_tensor_only():
    model = Network()
    model.mean = tw.tensor([1.0, 1.0])
    assert model.state_dict()["mean"].tolist() == [1.0, 1.0]
    with pytest.raises(TypeError, match="buffer 'mean'"):
        model.mean = 3


@pytest.mark.parametrize("value", [nn.Linear(1, 1), nn.Parameter([1.0])])
def test_a_forgotten_super_init_is_said(value):
    class Forgetful(nn.Module):
        def __init__(self):
            self.inner = value

    with pytest.raises(AttributeError, match=r"call super\(\).__init__\(\) first in Forgetful.__init__"):
        Forgetful()


def test_a_forgotten_super_init_is_said_on_the_call_too():
    class Forgetful(nn.Module):
        def __init__(self):
            self.size = 3

        def forward(self, x):
            return x

    with pytest.raises(AttributeError, match=r"call super\(\).__init__\(\) first"):
        Forgetful()(1)


def test_a_missing_forward_is_said():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no forward"):
        Empty()(1)


@pytest.mark.parametrize("name", ["", "a.b", "train", "training", "_modules"])
def test_unusable_names_are_refused(name):
    with pytest.raises(KeyError):
        nn.Module().add_module(name, nn.Sigmoid())
    with pytest.raises(KeyError):
        setattr(nn.Module(), name, nn.Sigmoid())


def test_a_taken_name_is_refused_by_the_register_methods():
    model = Network()
    with pytest.raises(KeyError, match="already has an attribute 'first'"):
        model.register_parameter("first", nn.Parameter([1.0]))


def test_a_module_cannot_hold_itself():
    model = Network()
    with pytest.raises(ValueError, match="its own child"):
        model.me = model


def test_registering_the_wrong_kind_says_what_to_do():
    with pytest.raises(TypeError, match=r"nn\.Parameter"):
        nn.Module().register_parameter("w", tw.zeros(2))
    with pytest.raises(TypeError, match="make it a tensor"):
        nn.Module().register_buffer("m", [1.0])
    with pytest.raises(TypeError, match=r"write Sigmoid\(\.\.\.\)"):
        nn.Module().add_module("a", nn.Sigmoid)


def test_dir_lists_parameters_and_modules():
    assert {"first", "scale", "mean"} <= set(dir(Network()))


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(nn.Sequential(nn.Sigmoid()), nn.Linear(1, 1))
    assert all(module.training for module in model.modules())
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert all(module.training for module in model.train().modules())
    with pytest.raises(ValueError, match="True or False"):
        model.train("yes")


def test_zero_grad_forgets_or_zeroes():
    layer = nn.Linear(2, 1)
    layer(tw.ones(3, 2)).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad.tolist() == [[0.0, 0.0]]
    layer.zero_grad()
    assert layer.weight.grad is None


def test_zero_grad_of_a_gradient_with_a_graph():
    layer = nn.Linear(1, 1)
    (layer(tw.ones(1, 1)) ** 3).sum().backward(create_graph=True)
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad.tolist() == [[0.0]]
    assert not layer.weight.grad.requires_grad


def test_requires_grad_freezes():
    layer = nn.Linear(2, 1).requires_grad_(False)
    assert not any(parameter.requires_grad for parameter in layer.parameters())
    assert not layer(tw.ones(1, 2)).requires_grad


def test_apply_reaches_children_before_parents():
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Tanh()))
    seen = []
    model.apply(seen.append)
    assert [type(module).__name__ for module in seen] == ["Linear", "Tanh", "Sequential", "Sequential"]
    assert seen[-1] is model


def test_double_converts_parameters_gradients_and_buffers_in_place():
    model = Network()
    weight = model.first.weight
    before = weight.numpy().copy()
    model(tw.ones(1, 2)).sum().backward()
    assert model.double() is model
    assert model.first.weight is weight
    assert weight.dtype == tw.float64
    assert weight.grad.dtype == tw.float64
    assert np.array_equal(weight.numpy(), before)
    assert model.mean.dtype == tw.float64
    assert model(tw.ones(1, 2, dtype=tw.float64)).dtype == tw.float64
    assert model.float().first.weight.dtype == tw.float32


def test_parameters_do_not_become_whole_numbers():
    with pytest.raises(tw.DTypeError, match="int64"):
        nn.Linear(1, 1).to(np.int64)


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps"])
@pytest.mark.parametrize("thing", [nn.Linear(1, 1), tw.ones(2)], ids=["module", "tensor"])
def test_another_device_than_the_processor_is_refused(thing, device):
    assert thing.to("cpu") is thing
    with pytest.raises(tw.DTypeError, match=rf"there is no device '{device}' here\. Leave it out"):
        thing.to(device)


def test_deepcopy_is_independent_and_keeps_sharing():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    twin = copy.deepcopy(model)
    assert twin[1].weight is twin[0].weight
    nn.init.zeros_(twin[0].weight)
    assert model[0].weight.numpy().any()


def test_repr_is_a_tree():
    assert repr(nn.Sequential(nn.Linear(2, 1), nn.Sequential(nn.Sigmoid()))) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=1, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): Sigmoid()\n"
        "  )\n"
        ")"
    )


def test_repr_of_leaves():
    assert repr(nn.Linear(2, 3, bias=False)) == "Linear(in_features=2, out_features=3, bias=False)"
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
    assert repr(nn.Sequential()) == "Sequential()"


def test_a_parameter_is_a_leaf_that_copies_its_data():
    data = np.ones(2)
    parameter = nn.Parameter(data)
    data[0] = 5.0
    assert parameter.tolist() == [1.0, 1.0]
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert isinstance(parameter, tw.Tensor)


def test_a_deep_copy_has_no_gradients():
    layer = nn.Linear(2, 1)
    layer(tw.ones(1, 2)).sum().backward()
    assert copy.deepcopy(layer).weight.grad is None
    assert layer.weight.grad is not None


def test_identity_takes_the_arguments_of_the_layer_it_stands_for():
    assert nn.Identity(54, unused=0.1)(tw.ones(2)).tolist() == [1.0, 1.0]
