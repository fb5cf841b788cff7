"""`compile(module)` gives a module: over the same state, called as a program."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.compiled import CompiledModule


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh())
        self.head = nn.Linear(4, 1)
        self.scale = 2.0

    def forward(self, x, *, double=False):
        y = self.head(self.body(x)) * self.scale
        return y * 2 if double else y

    def width(self):
        return self.head.in_features


def pair():
    tw.manual_seed(0)
    model = Net()
    plain = copy.deepcopy(model)
    return model, tw.compile(model), plain


def test_it_computes_and_trains_as_the_module_does():
    model, fast, plain = pair()
    x = tw.randn(8, 3, generator=0)
    for net in (fast, plain):
        optimizer = tw.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            (net(x) ** 2).mean().backward()
            optimizer.step()
    assert fast.traces == 1
    for ours, theirs, of_model in zip(fast.parameters(), plain.parameters(), model.parameters(), strict=True):
        assert ours is of_model
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-7)
    for name, buffer in plain.named_buffers():
        np.testing.assert_allclose(dict(fast.named_buffers())[name].numpy(), buffer.numpy(), rtol=1e-5, atol=1e-7)


def test_attributes_state_and_methods_are_the_modules():
    model, fast, _ = pair()
    assert isinstance(fast, Net)
    assert isinstance(fast, CompiledModule)
    assert list(fast.state_dict()) == list(model.state_dict())
    assert [name for name, _ in fast.named_modules()] == [name for name, _ in model.named_modules()]
    assert fast.head is model.head
    assert fast.width() == 4
    fast.eval()
    assert not model.training
    assert not model.body[1].training
    fast.scale = 3.0
    assert model.scale == 3.0
    fast.load_state_dict({name: tw.zeros_like(value) for name, value in model.state_dict().items()})
    assert model.head.weight.abs().sum().item() == 0.0
    assert repr(fast) == repr(model)
    with pytest.raises(AttributeError, match="Net has no attribute 'tail'"):
        fast.tail


def test_what_is_changed_afterwards_is_seen():
    model, fast, _ = pair()
    x = tw.randn(8, 3, generator=0)
    fast.eval()
    for _ in range(3):
        before = fast(x)
    fast.scale = -2.0
    np.testing.assert_allclose(fast(x).detach().numpy(), -before.detach().numpy(), rtol=1e-6)
    model.head.bias.data.fill_(1.0)
    np.testing.assert_allclose(fast(x).detach().numpy(), model(x).detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(fast(x, double=True).detach().numpy(), 2 * fast(x).detach().numpy(), rtol=1e-6)


def test_hooks_run_once_when_it_is_traced():
    _, fast, _ = pair()
    seen = []
    fast.register_forward_hook(lambda module, args, output: seen.append(1))
    fast(tw.ones(2, 3))
    assert seen == [1]


def test_inside_another_module_and_another_compiled_function_it_is_a_part():
    _, fast, plain = pair()
    x = tw.randn(8, 3, generator=0)
    whole = nn.Sequential(fast, nn.Tanh())
    assert next(iter(whole.state_dict())) == "0.body.0.weight"
    expected = plain(x).tanh().detach().numpy()
    np.testing.assert_allclose(whole(x).detach().numpy(), expected, rtol=1e-5, atol=1e-7)
    fast.eval()
    step = tw.compile(lambda x: fast(x).tanh())
    np.testing.assert_allclose(step(x).detach().numpy(), whole(x).detach().numpy(), rtol=1e-5, atol=1e-7)


def test_copies_have_their_own_state_and_programs():
    _, fast, _ = pair()
    fast.eval()
    x = tw.ones(2, 3)
    for twin in (copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert isinstance(twin, CompiledModule)
        assert twin.head.weight is not fast.head.weight
        assert twin(x).tolist() == fast(x).tolist()
        assert twin.traces == 1


def test_compile_takes_pytorchs_arguments():
    model, x = nn.Linear(2, 1), tw.ones(1, 2)
    for settings in ({"mode": "reduce-overhead"}, {"mode": "default", "fullgraph": True}, {"backend": "eager"},
                     {"dynamic": True}, {"options": None}):  # fmt: skip
        assert tw.compile(model, **settings)(x).shape == (1, 1)
    assert tw.compile(model, disable=True) is model
    assert tw.compile(mode="default")(abs)(x).shape == (1, 2)
    with pytest.raises(tw.SettingError, match="reduce-overhead"):
        tw.compile(model, mode="fast")
    with pytest.raises(tw.SettingError, match="options"):
        tw.compile(model, options={"triton.cudagraphs": True})


def test_a_compiled_module_is_drawn_as_its_program():
    fast = tw.compile(nn.Linear(2, 1))
    fast(tw.ones(1, 2))
    assert type(tw.draw(fast)) is type(tw.draw(fast.program))


def test_a_module_is_compiled_in_place():
    model, _, plain = pair()
    before = model
    model.compile(mode="default")
    model.compile()
    x = tw.randn(8, 3, generator=0)
    for net in (model, plain):
        net.train()
        (net(x) ** 2).mean().backward()
    assert before is model
    assert isinstance(model, Net)
    assert model.traces == 1
    np.testing.assert_allclose(model.head.weight.grad.numpy(), plain.head.weight.grad.numpy(), rtol=1e-5, atol=1e-7)
    off = nn.Linear(2, 1)
    off.compile(disable=True)
    assert type(off) is nn.Linear
