"""What a compiled function knows besides its arguments: names, objects, arrays; changed between the calls."""

import functools
import threading
import types

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import assert_close
from tinygrad_wtf import nn

SCALE = 2.0
X = tw.tensor([1.0])


class Thing:
    """An object with attributes."""

    shared = 2.0

    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def scaled(self, x):
        return x * self.scale

    def __call__(self, x):
        return x * self.scale


class Slotted:
    """An object without a dict."""

    __slots__ = ("scale",)


def helper(x):
    return x * SCALE


def other_helper(x):
    return x * 3


def outer(x):
    return helper(x)


def changes():
    """Pairs of a function and what changes its factor from 2 to 3."""
    made = {}

    scale = 2.0

    def rebind():
        nonlocal scale
        scale = 3.0

    made["a closure's name"] = (lambda x: x * scale), rebind
    numbers = [2.0]
    made["a list"] = (lambda x: x * numbers[0]), lambda: numbers.__setitem__(0, 3.0)
    deep = {"a": [{"b": 2.0}]}
    made["a nest"] = (lambda x: x * deep["a"][0]["b"]), lambda: deep["a"][0].update(b=3.0)
    thing = Thing(scale=2.0)
    made["an attribute"] = (lambda x: x * thing.scale), lambda: setattr(thing, "scale", 3.0)
    bound = Thing(scale=2.0)
    made["a bound method"] = bound.scaled, lambda: setattr(bound, "scale", 3.0)
    inner = Thing(part=Thing(scale=2.0))
    made["a method of an attribute"] = (lambda x: inner.part.scaled(x)), lambda: setattr(inner.part, "scale", 3.0)
    callable_ = Thing(scale=2.0)
    made["a callable object"] = callable_, lambda: setattr(callable_, "scale", 3.0)
    slotted = Slotted()
    slotted.scale = 2.0
    made["an object with slots"] = (lambda x: x * slotted.scale), lambda: setattr(slotted, "scale", 3.0)
    classes = type("Other", (Thing,), {})()
    made["an attribute of the class"] = (lambda x: x * classes.shared), lambda: setattr(type(classes), "shared", 3.0)
    module = types.ModuleType("configuration")
    module.__file__, module.scale = "configuration.py", 2.0
    made["an attribute of a module"] = (lambda x: x * module.scale), lambda: setattr(module, "scale", 3.0)
    with_default = lambda x, scales=[2.0]: x * scales[0]  # noqa: E731
    made["a default"] = with_default, lambda: with_default.__defaults__[0].__setitem__(0, 3.0)
    parts = [2.0]
    made["a partial"] = functools.partial(lambda s, x: x * s[0], parts), lambda: parts.__setitem__(0, 3.0)
    array = np.full(1, 2.0, np.float32)
    made["an array"] = (lambda x: x * array), lambda: array.__setitem__(0, 3.0)
    held = Thing(array=np.full(1, 2.0, np.float32))
    made["an array in an object"] = (lambda x: x * held.array), lambda: held.array.__setitem__(0, 3.0)
    tensor = tw.tensor([2.0])
    made["a tensor"] = (lambda x: x * tensor), lambda: tensor.copy_(tw.tensor([3.0]))
    swapped = tw.tensor([2.0])
    made["a tensor's memory"] = (lambda x: x * swapped), lambda: setattr(swapped, "data", tw.tensor([3.0]))
    listed = [tw.tensor([2.0])]
    made["a tensor in a list"] = (lambda x: x * listed[0]), lambda: listed.__setitem__(0, tw.tensor([3.0]))
    members = {2.0}
    made["a set"] = (lambda x: x * max(members)), lambda: members.add(3.0)
    place, row = np.array([0]), tw.tensor([2.0, 3.0])
    made["an array that is an index"] = (lambda x: x * row[place]), lambda: place.__setitem__(0, 1)
    mask = np.array([True, False])
    made["an array that is a mask"] = (
        (lambda x: x * row[mask]),
        lambda: mask.__setitem__(slice(None), mask[::-1].copy()),
    )
    own = nn.Linear(1, 1)
    own.scale = 2.0
    made["an attribute of a layer"] = (lambda x: x * own.scale), lambda: setattr(own, "scale", 3.0)
    layer = type("Own", (nn.Module,), {})()
    layer.settings = {"scale": 2.0}
    made["a dict in a layer"] = (lambda x: x * layer.settings["scale"]), lambda: layer.settings.update(scale=3.0)
    activated = nn.Linear(1, 1)
    activated.activation = lambda x: x * 2.0
    made["a function in a layer"] = (
        lambda x: activated.activation(x),
        lambda: setattr(activated, "activation", lambda x: x * 3.0),
    )
    return made


@pytest.mark.parametrize("calls", [1, 2, 4])
@pytest.mark.parametrize("name", changes())
def test_changes_are_seen(name, calls):
    function, change = changes()[name]
    compiled = tw.compile(function)
    assert [compiled(X).item() for _ in range(calls)] == [2] * calls
    change()
    assert [compiled(X).item() for _ in range(3)] == [3, 3, 3]
    assert compiled.traces <= 3


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_globals_are_seen(calls, monkeypatch):
    for function, name, value in ((helper, "SCALE", 3.0), (outer, "SCALE", 3.0), (outer, "helper", other_helper)):
        compiled = tw.compile(function)
        assert [compiled(X).item() for _ in range(calls)] == [2] * calls
        with monkeypatch.context() as patch:
            patch.setitem(globals(), name, value)
            assert [compiled(X).item() for _ in range(2)] == [3, 3]
        assert compiled(X).item() == 2


def test_an_object_in_the_place_of_another_at_the_same_address():
    holder = Thing(function=lambda x: x * 0)
    compiled = tw.compile(lambda x: holder.function(x))
    for factor in range(1, 30):
        holder.function = None  # the function before is gone, and its address is free
        exec(f"holder.function = lambda x: x * {factor}", {"holder": holder})
        assert compiled(X).item() == factor


def test_methods_know_their_own_object():
    class Model:
        def __init__(self, scale):
            self.scale = scale

        @tw.compile
        def scaled(self, x):
            return x * self.scale

    a, b = Model(2.0), Model(3.0)
    for _ in range(3):
        assert (a.scaled(X).item(), b.scaled(X).item()) == (2, 3)
    a.scale = 5.0
    assert [a.scaled(X).item(), b.scaled(X).item()] == [5, 3]


def test_a_compiled_forward_follows_the_layer():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.drop, self.scale = nn.Linear(2, 3), nn.Dropout(0.5), 2.0

        @tw.compile
        def forward(self, x):
            return self.drop(self.linear(x)) * self.scale

    net, x = Net().eval(), tw.rand(4, 2)
    for scale in (2.0, 3.0, 2.0):
        net.scale = scale
        for _ in range(3):
            assert_close(net(x), net.linear(x) * scale)
    with tw.no_grad():
        net.linear.weight.mul_(2)
    assert_close(net(x), net.linear(x) * 2)
    net.train()
    assert (net(x).numpy() == 0).any()
    net.linear = nn.Linear(2, 3)
    assert_close(net.eval()(x), net.linear(x) * 2)


def test_dropout_and_other_settings_of_layers():
    layer, x = nn.Dropout(0.5), tw.ones(1000)
    compiled = tw.compile(lambda x: layer(x))
    for _ in range(3):
        assert 300 < (compiled(x).numpy() == 0).sum() < 700
    layer.p = 0.0
    assert compiled(x).sum().item() == 1000
    layer.p = 1.0
    assert compiled(x).sum().item() == 0
    layer.eval()
    assert compiled(x).sum().item() == 1000


def test_a_hook_registered_between_the_calls():
    w = tw.Tensor([2.0], requires_grad=True)
    compiled = tw.compile(lambda: (w * w).sum().backward())
    compiled()
    compiled()
    w.grad = None
    handle = w.register_hook(lambda g: g * 10)
    compiled()
    assert w.grad.item() == 40
    handle.remove()
    compiled()
    assert w.grad.item() == 44


def test_threads_call_one_function_at_once():
    w = tw.tensor(np.linspace(0, 1, 50, dtype=np.float32), requires_grad=True)
    compiled = tw.compile(lambda x: ((w * x).sin().sum(), x * w))
    problems = []

    def work(number):
        for turn in range(25):
            x = tw.tensor(np.full(50, number + turn / 100, np.float32))
            total, product = compiled(x)
            expected = w.numpy() * x.numpy()
            if not np.array_equal(product.numpy(), expected):
                problems.append("product")
            if abs(total.item() - np.sin(expected).sum()) > 1e-3:
                problems.append("sum")
            (slope,) = tw.grad(total, w)
            if not np.allclose(slope.numpy(), np.cos(expected) * x.numpy(), atol=1e-5):
                problems.append("slope")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert compiled.traces <= 4


def test_a_thread_traces_while_another_computes():
    """What one thread traces is not mixed with what another computes."""
    inside, outside = threading.Event(), threading.Event()
    found = []

    @tw.compile
    def slow(x):
        if not inside.is_set():
            inside.set()
            outside.wait(10)
        return x * 2

    def beside():
        inside.wait(10)
        found.append((tw.ones(2) * 5).tolist())
        outside.set()

    thread = threading.Thread(target=beside)
    thread.start()
    assert slow(tw.ones(1)).item() == 2
    thread.join()
    assert found == [[5, 5]]


def test_what_a_hook_reads_is_looked_up_each_time():
    w, factor = tw.Tensor([3.0], requires_grad=True), {"is": 10.0}
    w.register_hook(lambda g: g * factor["is"])

    @tw.compile
    def step(x):
        w.grad = None
        (w * x).sum().backward()
        return w.grad * 1

    for number in (10.0, 10.0, 10.0, 20.0, 30.0):
        factor["is"] = number
        assert step(tw.ones(1)).item() == number
