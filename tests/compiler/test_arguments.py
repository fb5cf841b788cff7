"""What goes into a compiled function and what comes out: nests of tensors, settings, the same tensor twice."""

from collections import namedtuple

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import assert_bits, assert_close
from tinygrad_wtf import nn

Pair = namedtuple("Pair", "left right")


def leaf(*numbers):
    return tw.Tensor(list(numbers), requires_grad=True)


def test_nests_go_in_and_come_out():
    def function(given, *, pair):
        return {"z": [given["x"] * 2, (pair.left * 1,)], "pair": Pair(pair.right + 1, None), "n": 3, "none": ()}

    compiled = tw.compile(function)
    for shift in range(3):
        args, pair = {"x": tw.ones(2) + shift}, Pair(tw.zeros(1) - shift, tw.ones(3))
        found, expected = compiled(args, pair=pair), function(args, pair=pair)
        assert found.keys() == expected.keys()
        assert isinstance(found["pair"], Pair)
        assert isinstance(found["z"], list)
        assert isinstance(found["z"][1], tuple)
        assert (found["n"], found["none"], found["pair"].right) == (3, (), None)
        for f, e in [
            (found["z"][0], expected["z"][0]),
            (found["z"][1][0], expected["z"][1][0]),
            (found["pair"].left, expected["pair"].left),
        ]:
            assert_bits(f, e)
    assert compiled.traces == 1


def test_the_containers_of_results_are_new_in_every_call():
    compiled = tw.compile(lambda x: {"parts": [x * 2]})
    first = compiled(tw.ones(1))
    first["parts"].append(None)
    assert len(compiled(tw.ones(1))["parts"]) == 1


def test_nothing_comes_out():
    w = leaf(1.0, 2.0)
    compiled = tw.compile(lambda x: (w * x).sum().backward())
    for _ in range(3):
        assert compiled(tw.ones(2)) is None
    assert w.grad.tolist() == [3, 3]


def test_an_argument_or_a_parameter_itself_comes_out():
    w, x = leaf(1.0), leaf(2.0)
    compiled = tw.compile(lambda x: (x, w, x.reshape(1)))
    for _ in range(3):
        a, b, c = compiled(x)
        assert (a is x, b is w) == (True, True)
        assert (a.requires_grad, b.requires_grad, c.requires_grad) == (True, True, True)
    plain = tw.ones(3)
    same = tw.compile(lambda x: x)
    assert all(same(plain) is plain for _ in range(3))


def test_the_same_tensor_twice():
    def step(a, b):
        loss = (a * b * b).sum()
        loss.backward()
        return loss

    compiled = tw.compile(step)
    for pattern in ((0, 1), (0, 0), (1, 0), (1, 1), (0, 1)):
        mine, theirs = [leaf(1.0, 2.0), leaf(3.0, 4.0)], [leaf(1.0, 2.0), leaf(3.0, 4.0)]
        for _ in range(2):
            assert_close(compiled(*(mine[i] for i in pattern)), step(*(theirs[i] for i in pattern)))
        for m, t in zip(mine, theirs, strict=True):
            assert_close(m.grad, t.grad)


def test_differentiated_outside_with_the_same_tensor_twice():
    compiled = tw.compile(lambda a, b: (a * b * b).sum())
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    for _ in range(2):
        assert [g.tolist() for g in tw.grad(compiled(a, b), [a, b])] == [[9, 16], [6, 16]]
        assert tw.grad(compiled(a, a), a)[0].tolist() == [3, 12]


def test_an_argument_that_the_function_also_knows():
    def make():
        w = leaf(1.0, 2.0)
        return w, lambda x: (w * x).sum().backward()

    (w, eager), (v, function) = make(), make()
    compiled = tw.compile(function)
    for x, y in ((tw.ones(2), tw.ones(2)), (w, v), (tw.ones(2), tw.ones(2)), (w, v)):
        eager(x)
        compiled(y)
        assert_close(v.grad, w.grad)


def test_an_argument_that_shares_memory_with_what_the_function_knows():
    w = leaf(1.0, 2.0)

    def step(x):
        with tw.no_grad():
            w.add_(x)
        return x * 1

    compiled = tw.compile(step)
    assert compiled(tw.ones(2)).tolist() == [1, 1]
    assert compiled(w.detach()).tolist() == [4, 6]
    assert w.tolist() == [4, 6]


def test_arguments_are_changed_in_place():
    def step(x, v):
        x.add_(1)
        v.grad = None
        (v * v * x).sum().backward()
        with tw.no_grad():
            v.sub_(0.1 * v.grad)
        return x * 2

    compiled = tw.compile(step)
    mine, theirs = (tw.ones(2), leaf(1.0, 2.0)), (tw.ones(2), leaf(1.0, 2.0))
    for _ in range(4):
        assert_close(compiled(*mine), step(*theirs))
        for m, t in zip(mine, theirs, strict=True):
            assert_close(m, t)
        assert_close(mine[1].grad, theirs[1].grad)


def test_arguments_that_an_operation_made():
    compiled = tw.compile(lambda x: (x * x).sum())
    w = leaf(1.0, 2.0)
    for _ in range(3):
        assert tw.grad(compiled(w * 3), w)[0].tolist() == [18, 36]


def test_arguments_swapped():
    compiled = tw.compile(lambda a, b: a - b)
    a, b = tw.tensor([3.0]), tw.tensor([1.0])
    assert [compiled(*pair).item() for pair in ((a, b), (b, a), (a, b), (a, a), (b, a))] == [2, -2, 2, 0, -2]
    assert compiled(b=a, a=b).item() == -2


def test_settings_have_programs_of_their_own():
    def function(x, k=2, *, shift=3):
        return x * k + shift

    compiled = tw.compile(function)
    x = tw.tensor([1.0])
    for args, kwargs in [((), {}), ((3,), {}), ((), {"k": 3}), ((3.5,), {"shift": 1}), ((True,), {}), ((1,), {})] * 2:
        assert_bits(compiled(x, *args, **kwargs), function(x, *args, **kwargs))


def test_signed_zeros_and_nan_as_settings():
    compiled = tw.compile(lambda x, k: x / k)
    x = tw.tensor([1.0])
    assert [compiled(x, k).item() for k in (0.0, -0.0, 0.0)] == [np.inf, -np.inf, np.inf]
    traces = compiled.traces
    for _ in range(3):
        assert np.isnan(compiled(x, float("nan")).item())
    assert compiled.traces == traces + 1


def test_true_and_one_are_different_settings():
    compiled = tw.compile(lambda x, k: x if k is True else x * 5)
    assert [compiled(tw.ones(1), k).item() for k in (1, True, 1.0)] == [5, 1, 5]


def test_shapes_dtypes_and_the_grad_mode():
    w = leaf(2.0)
    compiled = tw.compile(lambda x: x * w)
    assert [compiled(tw.ones(n)).shape for n in (1, 2, 3, 1)] == [(1,), (2,), (3,), (1,)]
    assert compiled(tw.ones(2, dtype=tw.float64)).dtype == tw.float64
    seen = []
    for recording in (True, False, True):
        with tw.set_grad_enabled(recording):
            seen += [compiled(tw.ones(1)).requires_grad, compiled(tw.ones(1)).requires_grad]
    assert seen == [True, True, False, False, True, True]


def test_whether_an_argument_requires_gradients():
    compiled = tw.compile(lambda x: x * 2)
    x = tw.ones(2)
    for wanted in (False, True, False, True):
        x.requires_grad_(wanted)
        for _ in range(3):
            assert compiled(x).requires_grad == wanted


def test_the_default_dtype():
    compiled = tw.compile(lambda x: x + tw.ones(1))
    x = tw.ones(1)
    seen = []
    try:
        for dtype in (tw.float32, tw.float64, tw.float32):
            tw.set_default_dtype(dtype)
            seen += [compiled(x).dtype, compiled(x).dtype]
    finally:
        tw.set_default_dtype(tw.float32)
    assert seen == [tw.float32] * 2 + [tw.float64] * 2 + [tw.float32] * 2


def test_the_cache_is_bounded_and_counted():
    compiled = tw.compile(lambda x: x * 2, cache_size=2)
    for n in (1, 2, 2, 1, 3, 1):
        assert compiled(tw.ones(n)).shape == (n,)
    assert compiled.traces == 3
    compiled(tw.ones(2))  # gave way to 3
    assert compiled.traces == 4


def test_refused_settings():
    with pytest.raises(ValueError, match="cache_size"):
        tw.compile(lambda x: x, cache_size=0)
    with pytest.raises(TypeError, match="takes a function"):
        tw.compile(3)


def test_inside_another_compiled_function():
    inner = tw.compile(lambda x: x * 2)
    outer = tw.compile(lambda x: inner(x) + inner(x + 1))
    assert [outer(tw.tensor([n])).item() for n in (1.0, 2.0)] == [6, 10]
    assert [inner(tw.tensor([n])).item() for n in (1.0, 2.0)] == [2, 4]


def test_recursion():
    @tw.compile
    def power(x, n):
        return x if n == 0 else power(x * 2, n - 1)

    assert power(tw.ones(1), 50).item() == 2.0**50


def test_without_arguments():
    w = leaf(2.0)
    compiled = tw.compile(lambda: w * 2)
    seen = [compiled().item(), compiled().item()]
    w.data = tw.tensor([3.0])
    seen.append(compiled().item())
    with tw.no_grad():
        w.add_(1)
    assert [*seen, compiled().item()] == [4, 4, 6, 8]


def test_a_module_itself():
    tw.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.9), nn.Linear(3, 1)).eval()
    compiled, x = tw.compile(model), tw.rand(4, 2)
    assert_close(compiled(x), model(x))
    model.train()
    assert (compiled(x).numpy() != model.eval()(x).numpy()).any()


def test_an_argument_may_be_a_view_of_one_that_is_changed():
    def add(x, y):
        x.add_(1.0)
        return y * 2

    compiled = tw.compile(add)
    for _ in range(4):
        outcomes = []
        for function in (add, compiled):
            x, z = tw.arange(4.0), tw.arange(2.0)
            outcomes.append([function(x, x[1:3]).tolist(), function(x, z).tolist(), function(x, x[1:3]).tolist()])
        assert outcomes[0] == outcomes[1]


def test_an_argument_may_be_a_view_of_a_parameter_that_is_changed():
    outcomes = []
    for change in (lambda function: function, tw.compile):
        weight = tw.arange(4.0)

        def step(x, weight=weight):
            weight.mul_(2.0)
            doubled = x * 2
            weight.add_(1.0)
            return doubled

        function = change(step)
        outcomes.append([function(x).tolist() for x in (tw.ones(4), tw.ones(4), weight.view(4), tw.ones(4))])
    assert outcomes[0] == outcomes[1]


def test_a_tensor_that_is_returned_twice_is_one_tensor():
    def twice(x):
        y = x * 2
        return [y, (y**2).sum(), y]

    compiled = tw.compile(twice)
    x = leaf(1.0, 2.0)
    for _ in range(4):
        first, total, last = compiled(x)
        assert first is last
        (gradient,) = tw.grad(total, x, create_graph=True)
        assert gradient.tolist() == [8.0, 16.0]
        assert tw.grad(gradient.sum(), x)[0].tolist() == [8.0, 8.0]


def test_an_array_that_is_returned_belongs_to_the_caller():
    found = np.zeros(2)
    compiled = tw.compile(lambda x: (np.ones(2), {"found": found}, x))
    for _ in range(4):
        made, nest, _ = compiled(tw.ones(1))
        assert made.tolist() == [1.0, 1.0]
        assert nest["found"] is found
        made[0] = 9.0
