"""`Sequential` and `ModuleList`."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def names(pairs):
    return [name for name, _ in pairs]


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
    assert names(part.named_parameters()) == ["2.weight", "2.bias"]  # as in PyTorch: those of the whole


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


def test_a_sequential_is_repeated_with_the_same_modules():
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    three = 3 * model
    assert list(three.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]
    assert three[4] is model[0]
    model *= 2
    assert len(model) == 4
    for wrong, error in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error):
            model * wrong


def test_pop_takes_one_out_and_numbers_the_rest_anew():
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    assert isinstance(model.pop(1), nn.Tanh)
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_module_list_grows_by_plus_and_by_plus_equals():
    modules = nn.ModuleList([nn.Tanh()])
    same = modules
    modules += [nn.ReLU()]
    assert same is modules
    assert [type(m).__name__ for m in modules + nn.ModuleList([nn.ELU()])] == ["Tanh", "ReLU", "ELU"]
    assert isinstance(modules.pop(-1), nn.ReLU)


def test_a_module_dict_is_a_dict_that_the_network_knows():
    modules = nn.ModuleDict({"a": nn.Linear(1, 1)})
    modules["b"] = nn.Tanh()
    modules.update([("c", nn.Linear(1, 2))])
    assert list(modules) == ["a", "b", "c"]
    assert list(modules.state_dict()) == ["a.weight", "a.bias", "c.weight", "c.bias"]
    assert isinstance(modules.pop("b"), nn.Tanh)
    del modules["a"]
    assert list(modules.items()) == [("c", modules["c"])]
    with pytest.raises(TypeError, match="pairs of names"):
        modules.update(["ab", 3])
    with pytest.raises(TypeError, match="class itself"):
        modules["d"] = nn.Tanh
    modules.clear()
    assert len(modules) == 0


def test_a_parameter_list_keeps_what_is_no_tensor_out_of_the_state():
    values = nn.ParameterList([tw.zeros(2)])
    values += [tw.ones(1), "text"]
    assert names(values.named_parameters()) == ["0", "1"]
    values[-2] = tw.ones(3)
    assert [p.shape for p in values[:2]] == [(2,), (3,)]
    assert list(values)[2] == "text"
    with pytest.raises(IndexError):
        values[3]


def test_a_parameter_dict_is_a_dict_that_the_network_knows():
    values = nn.ParameterDict({"a": tw.zeros(2)}) | {"b": tw.ones(1)}
    assert values.setdefault("c", tw.ones(3)).shape == (3,)
    assert names(values.named_parameters()) == ["a", "b", "c"]
    assert values.popitem()[0] == "c"
    assert values.get("c") is None
    assert "a" in values
    del values["a"]
    assert list(values.keys()) == ["b"]
    assert list(reversed(values.fromkeys("xy", 0))) == ["y", "x"]
    with pytest.raises(KeyError):
        values["a"]
