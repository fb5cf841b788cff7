"""`nn.Module` and its containers: names, order, state, modes, errors."""

from __future__ import annotations

import ast
import copy
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

ROOT = Path(__file__).parents[2]


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


# ---------------------------------------------------------------- names and order


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


# ---------------------------------------------------------------- attributes


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


# ---------------------------------------------------------------- state


def test_state_dict_has_parameters_and_persistent_buffers():
    assert list(Network().state_dict()) == [
        "scale", "mean", "second.weight", "second.bias", "first.weight", "first.bias",
    ]  # fmt: skip


def test_state_dict_shares_memory_and_needs_no_gradient():
    layer = nn.Linear(1, 1)
    state = layer.state_dict()
    nn.init.constant_(layer.weight, 7.0)
    assert state["weight"].item() == 7.0
    assert not state["weight"].requires_grad


def test_state_moves_between_networks():
    one, two = Network(), Network()
    assert two.load_state_dict(one.state_dict()) == ([], [])
    x = tw.tensor([[0.3, -1.0]])
    assert np.array_equal(one(x).numpy(), two(x).numpy())


def test_loading_keeps_the_parameters_and_their_dtype():
    layer = nn.Linear(1, 1, dtype=tw.float32)
    weight = layer.weight
    layer.load_state_dict({"weight": np.array([[0.5]]), "bias": [1]})
    assert layer.weight is weight
    assert weight.dtype == tw.float32
    assert weight.requires_grad
    assert (weight.item(), layer.bias.item()) == (0.5, 1.0)


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_loaded():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    before = {name: value.numpy().copy() for name, value in model.state_dict().items()}
    state = {
        "0.weight": np.ones((3, 2)),
        "0.bias": np.ones(4),
        "1.weight": np.array([["a", "b", "c"]]),
        "2.weight": np.ones(1),
    }
    with pytest.raises(RuntimeError) as caught:
        model.load_state_dict(state)
    message = str(caught.value)
    assert "missing: 1.bias" in message
    assert "unexpected: 2.weight" in message
    assert "0.bias: expected shape (3,), got (4,)" in message
    assert "1.weight: expected float32 values, got <U1" in message
    for name, value in model.state_dict().items():
        assert np.array_equal(value.numpy(), before[name])


def test_not_strict_loads_what_is_there_and_reports_the_rest():
    layer = nn.Linear(1, 1)
    result = layer.load_state_dict({"weight": [[3.0]], "other": [1.0]}, strict=False)
    assert layer.weight.item() == 3.0
    assert result.missing_keys == ["bias"]
    assert result.unexpected_keys == ["other"]


def test_not_strict_still_refuses_a_wrong_shape():
    with pytest.raises(RuntimeError, match="weight: expected shape"):
        nn.Linear(1, 1).load_state_dict({"weight": [3.0]}, strict=False)


def test_values_too_large_for_the_dtype_are_refused():
    with pytest.raises(RuntimeError, match="too large for float32"):
        nn.Linear(1, 1).load_state_dict({"weight": [[1e300]], "bias": [0.0]})


def test_real_numbers_do_not_go_into_a_buffer_of_whole_numbers():
    model = nn.Module()
    model.register_buffer("count", tw.tensor([1]))
    with pytest.raises(RuntimeError, match="count: expected int64 values, got float64"):
        model.load_state_dict({"count": [1.5]})


def test_a_state_that_swaps_two_parameters_swaps_them():
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    first, second = (p.numpy().copy() for p in model.parameters())
    state = model.state_dict()
    model.load_state_dict({"0.weight": state["1.weight"], "1.weight": state["0.weight"]})
    assert np.array_equal(model[0].weight.numpy(), second)
    assert np.array_equal(model[1].weight.numpy(), first)


def test_state_that_is_not_a_mapping_is_refused():
    with pytest.raises(TypeError, match="a mapping"):
        nn.Linear(1, 1).load_state_dict([1.0])


# ---------------------------------------------------------------- all at once


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


def test_deepcopy_is_independent_and_keeps_sharing():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    twin = copy.deepcopy(model)
    assert twin[1].weight is twin[0].weight
    nn.init.zeros_(twin[0].weight)
    assert model[0].weight.numpy().any()


# ---------------------------------------------------------------- scope


class Spy(nn.Module):
    def forward(self, x):
        self.__dict__.setdefault("seen", []).append(tw.current_scope())
        return x


def test_a_sequential_names_its_modules_by_their_place():
    spy = Spy()
    nn.Sequential(nn.Sigmoid(), spy)(tw.zeros(1))
    assert spy.seen == [("Sequential", "1: Spy")]


def test_an_attributes_name_is_the_modules_name():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Spy()

        def forward(self, x):
            return self.inner(x)

    outer = Outer()
    outer(tw.zeros(1))
    assert outer.inner.seen == [("Outer", "inner: Spy")]


def test_a_root_is_named_by_its_class():
    spy = Spy()
    spy(tw.zeros(1))
    assert spy.seen == [("Spy",)]


def test_modules_of_two_lists_have_different_names():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.ModuleList([Spy()])
            self.down = nn.ModuleList()
            self.down.append(Spy())

        def forward(self, x):
            return self.down[0](self.up[0](x))

    outer = Outer()
    outer(tw.zeros(1))
    assert outer.up[0].seen == [("Outer", "up.0: Spy")]
    assert outer.down[0].seen == [("Outer", "down.0: Spy")]


def test_a_slice_names_by_its_own_places_and_leaves_the_whole_alone():
    spy = Spy()
    model = nn.Sequential(nn.Sigmoid(), spy)
    model[1:](tw.zeros(1))
    model(tw.zeros(1))
    assert spy.seen == [("Sequential", "0: Spy"), ("Sequential", "1: Spy")]


def test_a_module_of_a_slice_is_still_known_by_its_name_in_the_whole():
    spy = Spy()
    model = nn.Sequential(nn.Sigmoid(), spy)
    _ = model[1:] + model[:1]
    spy(tw.zeros(1))
    assert spy.seen == [("1: Spy",)]


def test_a_shape_error_names_the_layer():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(4, 1))
    with pytest.raises(tw.ShapeError, match="Sequential / 2: Linear"):
        model(tw.zeros(5, 2))


def test_the_scope_is_closed_after_an_error():
    with pytest.raises(tw.ShapeError):
        nn.Linear(2, 3)(tw.zeros(5, 7))
    assert tw.current_scope() == ()


# ---------------------------------------------------------------- repr


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


# ---------------------------------------------------------------- Sequential


def letters():
    return nn.Sequential(nn.Linear(1, 2), nn.Sigmoid(), nn.Linear(2, 3), nn.Tanh())


def test_sequential_runs_in_order():
    x = tw.tensor([[0.3]])
    model = letters()
    by_hand = x
    for module in model:
        by_hand = module(by_hand)
    assert np.array_equal(model(x).numpy(), by_hand.numpy())


def test_sequential_counts_from_both_ends():
    model = letters()
    assert len(model) == 4
    assert model[-1] is model[3]
    with pytest.raises(IndexError, match="index 4 is out of range: this Sequential has 4 modules"):
        model[4]
    with pytest.raises(TypeError, match="whole numbers and slices"):
        model["0"]


def test_a_slice_is_a_sequential_of_the_same_modules():
    model = letters()
    part = model[1:3]
    assert isinstance(part, nn.Sequential)
    assert part[0] is model[1]
    assert part[1] is model[2]
    assert names(part.named_parameters()) == ["1.weight", "1.bias"]


def test_append_extend_and_insert_return_the_sequential():
    model = nn.Sequential()
    assert model.append(nn.Linear(1, 1)).extend([nn.Tanh(), nn.Tanh()]).insert(1, nn.Sigmoid()) is model
    assert [type(m).__name__ for m in model] == ["Linear", "Sigmoid", "Tanh", "Tanh"]
    assert names(model.named_children())[:2] == ["0", "1"]


def test_insert_refuses_a_place_outside():
    with pytest.raises(IndexError, match="cannot insert at 3"):
        nn.Sequential(nn.Tanh()).insert(3, nn.Tanh())


def test_deleting_numbers_the_rest_anew():
    model = letters()
    del model[0]
    assert names(model.named_parameters()) == ["1.weight", "1.bias"]
    del model[1:]
    assert [type(m).__name__ for m in model] == ["Sigmoid"]


def test_replacing_keeps_the_place():
    model = letters()
    model[1] = nn.ReLU()
    assert isinstance(model[1], nn.ReLU)
    assert len(model) == 4


def test_sum_of_two_sequentials():
    one, two = nn.Sequential(nn.Tanh()), letters()
    both = one + two
    assert len(both) == 5
    assert both[1] is two[0]
    assert len(one) == 1


def test_names_come_from_a_dict():
    model = nn.Sequential({"hidden": nn.Linear(2, 3), "squash": nn.Sigmoid()})
    assert names(model.named_parameters()) == ["hidden.weight", "hidden.bias"]
    assert model.squash is model[1]
    assert names(model[:1].named_parameters()) == ["hidden.weight", "hidden.bias"]
    with pytest.raises(ValueError, match="names of their own"):
        model.insert(0, nn.Tanh())
    del model[0]
    assert names(model.named_children()) == ["squash"]


@pytest.mark.parametrize("wrong", [[nn.Tanh()], None, np.tanh, nn.Tanh, 3])
def test_sequential_refuses_what_is_not_a_module(wrong):
    with pytest.raises(TypeError):
        nn.Sequential(nn.Tanh(), wrong)


def test_membership_is_identity():
    model = letters()
    assert model[1] in model
    assert nn.Sigmoid() not in model


def test_a_module_list_is_not_called():
    with pytest.raises(NotImplementedError, match="run its modules"):
        nn.ModuleList([nn.Tanh()])(1)


def test_a_module_list_registers_its_parameters():
    assert names(nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1)]).named_parameters()) == [
        "0.weight", "0.bias", "1.weight", "1.bias",
    ]  # fmt: skip
    assert isinstance(nn.ModuleList([nn.Tanh()])[:1], nn.ModuleList)


def test_a_parameter_is_a_leaf_that_copies_its_data():
    data = np.ones(2)
    parameter = nn.Parameter(data)
    data[0] = 5.0
    assert parameter.tolist() == [1.0, 1.0]
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert isinstance(parameter, tw.Tensor)


def test_nn_is_reached_from_the_engine():
    from tinygrad_wtf import nn as through_the_engine

    assert through_the_engine is nn
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        nn.nothing


def test_fit_and_evaluate_stay_functions_when_their_files_are_imported():
    importlib.import_module("tinygrad_wtf.nn.training.fit")
    importlib.import_module("tinygrad_wtf.nn.training.evaluate")
    assert callable(nn.fit)
    assert callable(nn.evaluate)


def test_everything_exported_is_there():
    assert all(hasattr(nn, name) for name in nn.__all__)


def test_importing_nn_imports_no_extra():
    heavy = "'tqdm', 'matplotlib', 'sklearn', 'h5py', 'graphviz'"
    code = f"import nn, sys; sys.exit(','.join({{{heavy}}} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_nn_imports_only_the_engines_public_names():
    strangers = []
    for path in (ROOT / "nn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tinygrad_wtf"):
                public = node.module == "tinygrad_wtf"
                strangers += [(path.name, a.name) for a in node.names if not public or a.name not in tw.__all__]
            elif isinstance(node, ast.Import):
                strangers += [(path.name, a.name) for a in node.names if a.name.startswith("tinygrad_wtf.")]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tw":
                strangers += [(path.name, node.attr)] if node.attr not in tw.__all__ else []
    assert strangers == []
