"""What a compiled function returns: passes through it, hooks, what it is like as an object, what it leaves behind."""

import copy
import functools
import gc
import pickle
import weakref
from collections import OrderedDict, defaultdict

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def leaf(*numbers):
    return tw.Tensor(list(numbers), requires_grad=True)


# -- hooks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_a_hook_of_a_leaf_is_called_once(given, create_graph):
    w, calls = leaf(3.0), []
    w.register_hook(lambda g: calls.append(1) or g * 10)
    compiled = tw.compile(lambda x, *_: w * x) if not given else tw.compile(lambda x, w: w * x)
    for turn in (1, 2, 3):
        compiled(tw.ones(1), w)[0].backward(create_graph=create_graph)
        assert (w.grad.item(), len(calls)) == (10 * turn, turn)


def test_retain_grad_inside_on_a_result_is_refused():
    w = leaf(3.0)

    def function(x):
        h = w * x
        h.retain_grad()
        return h

    with pytest.raises(tw.TraceError, match=r"retain_grad.*on the result"):
        tw.compile(function)(tw.ones(1))
    assert w.grad is None


# -- what a pass relies on --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changed", ["x", "b", "w", "unread"])
def test_a_pass_is_refused_when_eager_refuses_it(changed):
    w, x, b, unread = leaf(1.0, 2.0), tw.tensor([3.0, 4.0]), tw.tensor([2.0, 1.0]), leaf(1.0, 1.0)

    def function(x):
        return ((w * x) ** 2 * b + unread).sum()

    outcomes = []
    for run in (function, tw.compile(function)):
        y = run(x)
        with tw.no_grad():
            {"x": x, "b": b, "w": w, "unread": unread}[changed].mul_(2)
        try:
            outcomes.append(tw.grad(y, w)[0].tolist())
        except tw.GraphError as error:
            outcomes.append(str(error).split("changed in place")[1])
        with tw.no_grad():
            {"x": x, "b": b, "w": w, "unread": unread}[changed].div_(2)
    assert outcomes[0] == outcomes[1]


def test_a_second_derivative_is_refused_when_what_was_read_has_changed():
    w = leaf(1.0, 2.0)
    y = tw.compile(lambda x: (w * x).sum())(tw.ones(2))
    with tw.no_grad():
        w.mul_(2)
    assert tw.grad(y, w, retain_graph=True)[0].tolist() == [1, 1]
    with pytest.raises(tw.GraphError, match="cannot be run again"):
        tw.grad(y, w, create_graph=True)


def test_a_result_is_freed_by_its_reference_count():
    w = leaf(1.0, 2.0)
    compiled = tw.compile(lambda x: (w * x).sum())
    compiled(tw.ones(2))
    gc.collect()
    gc.disable()
    try:
        y = compiled(tw.ones(2))
        y.backward()
        gone = weakref.ref(y.node)
        del y
        assert gone() is None
    finally:
        gc.enable()


# -- containers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [dict, OrderedDict, functools.partial(defaultdict, list)])
def test_a_dict_comes_and_goes_as_what_it_is(make):
    seen = []

    def function(given):
        seen.append(type(given))
        if isinstance(given, defaultdict):
            assert given["absent"] == []
            del given["absent"]
        made = make()
        made["y"] = given["x"] * 2
        return made

    compiled, given = tw.compile(function), make()
    given["x"] = tw.ones(1)
    for _ in range(3):
        result = compiled(given)
        assert type(result) is type(given)
        assert result["y"].item() == 2
    assert set(seen) == {type(given)}


def test_nothing_is_kept_of_shapes_whose_programs_are_gone():
    compiled = tw.compile(lambda x: x * 2, cache_size=2)
    for size in range(1, 30):
        compiled(tw.ones(size))
    assert len(compiled.programs) == 2
    assert len(compiled._cache._bound) <= 2


# -- as an object -----------------------------------------------------------------------------------------------------


@tw.compile
def doubled(x):
    """A compiled function of a module."""
    return x * 2


def tripled(x):
    return x * 3


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
@pytest.mark.parametrize(("compiled", "factor"), [(doubled, 2), (tw.compile(tripled, cache_size=3), 3)])
def test_a_compiled_function_is_copied_and_pickled(compiled, factor, again):
    assert compiled(tw.ones(1)).item() == factor
    made = again(compiled)
    assert made.cache_size == compiled.cache_size
    for number in (1.0, 2.0, 3.0):
        assert made(tw.tensor([number])).item() == factor * number
    assert made is compiled or made.program is not compiled.program


def test_what_was_trained_by_a_compiled_step_is_copied_and_pickled():
    X, y = tw.rand(5, 2), tw.ones(5, 1)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def trained(model, optimizer, run):
        def step(X, y):
            optimizer.zero_grad()
            loss = ((model(X) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        step = run(step)
        for _ in range(4):
            step(X, y)
        return [p.tolist() for p in model.parameters()]

    trained(model, optimizer, tw.compile)
    for again in (copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))):
        ends = [trained(*again((model, optimizer)), run) for run in (tw.compile, tw.compile, lambda step: step)]
        assert ends[0] == ends[1]
        for found, expected in zip(ends[0], ends[2], strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_compiled_loss_is_shown_as_text():
    w = leaf(1.0, 2.0)
    loss = tw.compile(lambda x: (w * x).sum())(tw.ones(2))
    assert list(loss._repr_mimebundle_()) == ["text/plain"]
