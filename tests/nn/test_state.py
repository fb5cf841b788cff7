"""The saved form of a module, and what is refused when it is loaded."""

from __future__ import annotations

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


class Counted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(1, 1)
        self.steps = 0

    def get_extra_state(self):
        return {"steps": self.steps}

    def set_extra_state(self, state):
        self.steps = state["steps"]


def test_extra_state_is_saved_beside_the_tensors():
    one, two = nn.Sequential(Counted()), nn.Sequential(Counted())
    one[0].steps = 5
    assert list(one.state_dict()) == ["0._extra_state", "0.inner.weight", "0.inner.bias"]
    two.load_state_dict(one.state_dict())
    assert two[0].steps == 5
    state = one.state_dict()
    del state["0._extra_state"]
    with pytest.raises(RuntimeError, match=r"missing: 0\._extra_state"):
        two.load_state_dict(state)


def test_hooks_change_what_is_saved_and_loaded():
    layer, seen = nn.Linear(1, 1), []
    layer.register_state_dict_pre_hook(lambda module, prefix, keep_vars: seen.append((prefix, keep_vars)))
    layer.register_state_dict_post_hook(lambda module, state, prefix, meta: state.update({prefix + "more": 1}))
    model = nn.Sequential(layer)
    state = model.state_dict(keep_vars=True)
    assert seen == [("0.", True)]
    assert state["0.weight"] is layer.weight
    assert state["0.more"] == 1

    def rename(module, state, prefix, meta, strict, missing, unexpected, errors):
        state[prefix + "weight"] = state.pop(prefix + "old")
        del state[prefix + "more"]

    layer.register_load_state_dict_pre_hook(rename)
    given = {"0.old": [[7.0]], "0.bias": [0.0], "0.more": 1}
    model.load_state_dict(given)
    assert layer.weight.item() == 7.0
    assert "0.old" in given
    layer.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    assert model.load_state_dict({"0.old": [[8.0]], "0.more": 1}) == ([], [])


def test_assigning_puts_other_tensors_in_the_place():
    layer = nn.Linear(1, 1)
    before = layer.weight
    layer.load_state_dict({"weight": tw.tensor([[2.0]], dtype=tw.float64), "bias": np.zeros(1)}, assign=True)
    assert layer.weight is not before
    assert (layer.weight.dtype, layer.weight.item(), layer.weight.requires_grad) == (tw.float64, 2.0, True)


def test_members_are_found_by_path():
    model = nn.Sequential(nn.BatchNorm1d(2))
    assert model.get_parameter("0.weight") is model[0].weight
    assert model.get_buffer("0.running_mean") is model[0].running_mean
    for call in (lambda: model.get_parameter("0.nothing"), lambda: model.get_buffer("0.weight")):
        with pytest.raises(AttributeError, match="0: it has"):
            call()
    model.set_submodule("0", nn.Tanh())
    assert isinstance(model[0], nn.Tanh)
    with pytest.raises(AttributeError, match="to replace"):
        model.set_submodule("5", nn.Tanh(), strict=True)


def test_a_buffer_registers_itself():
    class Shifted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mean = nn.Buffer(tw.tensor([0.5]))
            self.scratch = nn.Buffer(tw.tensor([0.5]), persistent=False)

    module = Shifted()
    assert [name for name, _ in module.named_buffers()] == ["mean", "scratch"]
    assert list(module.state_dict()) == ["mean"]


@pytest.mark.parametrize("name", ["modules", "parameters", "children"])
def test_an_attribute_that_would_hide_a_walk_is_refused(name):
    class Wrong(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            setattr(self, name, [nn.Tanh()])

    with pytest.raises(AttributeError, match=f"'{name}' of Wrong would hide the method of that name, which train"):
        Wrong()


def test_assigning_keeps_the_dtype_of_buffers():
    norm = nn.BatchNorm1d(2)
    state = {name: value.numpy().copy() for name, value in norm.state_dict().items()}
    norm.load_state_dict(state, assign=True)
    assert norm.num_batches_tracked.dtype == tw.int64
