"""Writes in place inside compiled functions: what they do as they are, or a refusal that says so."""

import numpy as np
import pytest

import tinygrad_wtf as tw


def after_use(x):
    h = x * 2
    y = h + 1
    h += 1
    return h * y


def through_a_view(x):
    h = x * 2
    v = h[:1]
    v *= 3
    return h * h


def through_a_view_of_a_view(x):
    h = x * 2
    t = h.reshape(1, 2).T
    t[0] = 5.0
    return h * x


def seen_by_a_view(x):
    h = x * 2
    v = h[:1]
    h *= 3
    return v + v


def filled_row_by_row(x):
    out = tw.zeros(2)
    for i in range(2):
        out[i] = x[i] * x[i]
    return out


def rows_changing_places(x):
    h = tw.stack([x, x * 2])
    h[0], h[1] = h[1].clone(), h[0].clone()
    return h * tw.tensor([[1.0, 2.0], [3.0, 4.0]])


def by_methods(x):
    h = x * 1
    h.sin_().mul_(x).add_(1.0)
    h.clamp_(max=1.5)
    return h


def by_operators(x):
    h = x * 1
    h += h
    h -= x
    h /= 2
    h **= 2
    return h


def by_a_mask(x):
    h = x * 2
    h[h > 3] = 0.0
    return h * x


def of_the_argument(x):
    with tw.no_grad():
        x[0] += 1
        x.reshape(2, 1)[1] *= 2
    return x * x


def of_a_detached_alias(x):
    d = x.detach()
    d += 1
    return x * x


def while_iterating(x):
    h = x.detach().clone()
    for row in h.reshape(2, 1):
        row += 1
    return h * x


def inplace_activation(x):
    return tw.nn.functional.leaky_relu(x * 1, 0.5, inplace=True)


FUNCTIONS = [
    after_use, through_a_view, through_a_view_of_a_view, seen_by_a_view, filled_row_by_row, rows_changing_places,
    by_methods, by_operators, by_a_mask, of_the_argument, of_a_detached_alias, while_iterating, inplace_activation,
]  # fmt: skip


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_compiled_function_writes_as_the_function_itself(function, requires_grad):
    compiled = tw.compile(function)
    for run in range(3):
        outcomes = []
        for f in (function, compiled):
            x = tw.tensor(np.array([1.0 + run, 2.0]), dtype=tw.float32, requires_grad=requires_grad)
            y = f(x)
            if requires_grad:
                y.sum().backward()
            outcomes.append([y.detach().numpy(), x.detach().numpy(), *([x.grad.numpy()] if requires_grad else [])])
        for found, expected in zip(*reversed(outcomes), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_tensor_made_inside_begins_anew_in_every_run():
    @tw.compile
    def total(x):
        sums = tw.zeros(1)
        sums[0] = sums[0] + x.sum()
        return sums

    assert [total(tw.ones(2)).tolist() for _ in range(3)] == [[2.0]] * 3


def test_memory_is_written_through_its_views():
    w = tw.ones(2, 2, requires_grad=True)

    def step(w, x):
        (w * x).sum().backward()
        with tw.no_grad():
            w[0] -= 0.5 * w.grad[0]
            w.T[1] *= 2
        w.grad = None

    compiled, theirs = tw.compile(lambda x: step(w, x)), tw.ones(2, 2, requires_grad=True)
    for _ in range(3):
        compiled(tw.ones(2, 2))
        step(theirs, tw.ones(2, 2))
        assert w.tolist() == theirs.tolist()


def test_what_an_alias_would_show_is_refused():
    def function(x):
        h = x * 1
        d = h.detach()
        h += 1
        return d * x

    with pytest.raises(tw.TraceError, match="taken over its memory"):
        tw.compile(function)(tw.ones(2))


def test_a_saved_value_that_was_overwritten_is_refused():
    def function(x):
        h = x * 2
        y = h * h
        h += 1
        return y

    with pytest.raises(tw.TraceError, match="changed in place"):
        tw.compile(function)(tw.ones(2, requires_grad=True)).sum().backward()


def test_memory_from_outside_takes_on_no_history():
    buffer = tw.zeros(2)
    with pytest.raises(tw.TraceError, match="did not make is changed in place by what requires gradients"):
        tw.compile(lambda x: buffer.add_(x) * 2)(tw.ones(2, requires_grad=True))
    assert buffer.is_leaf
    assert buffer.tolist() == [0.0, 0.0]
    with pytest.raises(tw.GraphError, match="a leaf that requires gradients"):
        tw.compile(lambda x: x.add_(1))(tw.ones(2, requires_grad=True))


def after_a_write_through_the_transpose():
    x = tw.zeros(2, 3)
    x.T[0] = 1.0
    x.reshape(6)[3] = -1.0  # a view: x still lies row after row
    return x


def after_another_order_was_copied():
    x = tw.zeros(2, 3)
    x.copy_(tw.arange(6.0).reshape(3, 2).T * 2)
    x.reshape(6)[0] = 77.0
    return x


def of_what_lies_column_after_column():
    x = tw.arange(6.0).reshape(3, 2).T * 1
    x[x > 3] = 0.0
    x.reshape(6)[0] = 77.0  # a copy
    x += 1
    x.T.reshape(6)[1] = 8.0  # a view
    return x


def with_another_shape_on_the_same_memory():
    x = tw.arange(6.0).reshape(2, 3)
    y = x.reshape(6)
    y.unsqueeze_(1).transpose_(0, 1)
    x = x * 2
    return x.t_().squeeze_() + y.reshape(3, 2)


def of_a_value_with_more_axes():
    x = tw.zeros(2, 3)
    x[...] = tw.ones(1, 1, 3)
    x += tw.ones(3)
    return x


@pytest.mark.parametrize(
    "function",
    [
        after_a_write_through_the_transpose,
        after_another_order_was_copied,
        of_what_lies_column_after_column,
        with_another_shape_on_the_same_memory,
        of_a_value_with_more_axes,
    ],
)
def test_memory_keeps_its_order_and_its_shape(function):
    """Whether `reshape` is a view of memory that was written to, depends on the order that it lies in."""
    step = tw.compile(function)
    for _ in range(2):
        assert step().tolist() == function().tolist()


def test_memory_that_was_found_keeps_its_order():
    outcomes = []
    for compiled in (False, True):
        x = tw.arange(6.0).reshape(3, 2).T * 1

        def step(x=x):
            x.reshape(6)[0] = 77.0  # a copy
            x[0, 1] = 5.0
            x.T.reshape(6)[3] = 55.0  # a view

        (tw.compile(step) if compiled else step)()
        outcomes.append(x.tolist())
    assert outcomes[1] == outcomes[0] == [[0.0, 5.0, 4.0], [1.0, 55.0, 5.0]]


def test_a_leaf_made_inside_does_not_lose_its_gradient_unsaid():
    def step():
        w = tw.tensor(2.0, requires_grad=True)
        (w * w).backward()
        return w

    with pytest.raises(tw.TraceError, match="given a gradient in it"):
        tw.compile(step)()

    def gradient():
        w = tw.tensor(2.0, requires_grad=True)
        (w * w).backward()
        return w.detach(), w.grad

    assert [t.item() for t in tw.compile(gradient)()] == [2.0, 4.0]


def test_what_was_made_contiguous_lies_row_after_row():
    def step():
        x = tw.arange(6.0).reshape(2, 3)
        assert x.contiguous() is x
        assert not x.T.is_contiguous()
        y = x.T.contiguous()
        y.view(6)[1] = 50.0
        return x, y

    for mine, compiled in zip(step(), tw.compile(step)(), strict=True):
        assert mine.tolist() == compiled.tolist()
    w = tw.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    loss = tw.compile(lambda: (w.T.contiguous().view(4) * tw.arange(4.0)).sum())
    loss().backward()
    assert w.grad.tolist() == [[0.0, 2.0], [1.0, 3.0]]


@pytest.mark.parametrize("ending", ["data += 1", "data = w.data + 1"])
def test_other_numbers_by_data(ending):
    w = tw.tensor([1.0, 2.0], requires_grad=True)

    def add():
        if ending == "data += 1":
            w.data += 1
        else:
            w.data = w.data + 1

    for _ in range(2):  # the program of the first holds on to what it has written through
        step = tw.compile(lambda: add())
        step()
        step()
    assert w.tolist() == [5.0, 6.0]
