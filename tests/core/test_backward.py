"""The walk: the right numbers on shared, deep and repeated graphs, whose memory a gradient is, and what is freed."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.walk import propagate
from tinygrad_wtf.ops.rows.elementwise import FEW
from tinygrad_wtf.tensors.views import View

numbers = st.floats(-3, 3).map(lambda x: round(x, 3))
vectors = hnp.arrays("float64", st.integers(1, 5), elements=numbers)


def leaf(data, **settings):
    return tw.Tensor(data, requires_grad=True, **{"dtype": getattr(data, "dtype", None), **settings})


def double(data, **settings):
    return leaf(data, dtype=tw.float64, **settings)


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# ---------------------------------------------------------------- sharing and depth


def test_nodes_used_twice_in_a_row():
    x = leaf(1.0)
    a = 2 * x
    b = a + a
    c = b + b
    c.backward()
    assert x.grad.item() == 8.0


@given(st.integers(1, 12))
def test_a_tower_of_diamonds_doubles_at_each_storey(storeys):
    x = leaf(1.0)
    y = x
    for _ in range(storeys):
        left, right = y * 1.0, y + 0.0
        y = left + right
    y.backward()
    assert x.grad.item() == 2.0**storeys


def test_paths_of_different_length_meet():
    x = double(3.0)
    short = x
    long = ((x * x) * x) * x
    (short * long + short).backward()
    assert x.grad.item() == pytest.approx(5 * 3.0**4 + 1)


def test_the_same_tensor_as_both_arguments():
    x = double([2.0, 3.0])
    (x * x).sum().backward()
    assert x.grad.tolist() == [4.0, 6.0]


@given(st.data())
def test_random_graphs_with_sharing_agree_with_forward_mode(data):
    """The oracle carries the pair (value, slope) forward through the same random program."""
    start = data.draw(numbers)
    x = double(start)
    tensors, pairs = [x], [(start, 1.0)]
    for _ in range(data.draw(st.integers(1, 12))):
        i, j = data.draw(st.integers(0, len(pairs) - 1)), data.draw(st.integers(0, len(pairs) - 1))
        (a, da), (b, db) = pairs[i], pairs[j]
        kind = data.draw(st.sampled_from(["add", "sub", "mul", "sin", "tanh"]))
        if kind == "add":
            tensors.append(tensors[i] + tensors[j])
            pairs.append((a + b, da + db))
        elif kind == "sub":
            tensors.append(tensors[i] - tensors[j])
            pairs.append((a - b, da - db))
        elif kind == "mul":
            tensors.append((tensors[i] * tensors[j]).tanh())
            pairs.append((np.tanh(a * b), (da * b + a * db) / np.cosh(a * b) ** 2))
        elif kind == "sin":
            tensors.append(tensors[i].sin())
            pairs.append((np.sin(a), np.cos(a) * da))
        else:
            tensors.append(tensors[i].tanh())
            pairs.append((np.tanh(a), da / np.cosh(a) ** 2))
    tensors[-1].backward()
    slope = 0.0 if x.grad is None else x.grad.item()
    assert slope == pytest.approx(pairs[-1][1], rel=1e-9, abs=1e-9)


def test_a_chain_of_100_000_operations():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    assert y.item() == 100_001.0
    assert x.grad.item() == 1.0


def test_a_chain_of_100_000_operations_is_let_go_without_recursion():
    y = leaf(1.0)
    for _ in range(100_000):
        y = y * 1.0
    ends = weakref.ref(y.node)
    del y
    assert ends() is None


def test_a_tensor_used_10_000_times():
    x = leaf(1.0, dtype=tw.float64)
    total = x * 0
    for k in range(10_000):
        total = total + k * x
    total.backward()
    assert x.grad.item() == 10_000 * 9_999 / 2


# ---------------------------------------------------------------- where the pass starts


def test_gradient_is_the_cotangent_that_the_pass_starts_with():
    x = leaf([1.0, 2.0, 3.0])
    (x * x).backward(tw.Tensor([1.0, 10.0, 100.0]))
    assert x.grad.tolist() == [2.0, 40.0, 600.0]


@given(vectors)
def test_the_pass_is_linear_in_its_cotangent(v):
    x = double(np.ones(v.size))
    y = (x * 3.0).sin()
    y.backward(tw.tensor(v), retain_graph=True)
    np.testing.assert_allclose(x.grad.numpy(), v * 3 * np.cos(3.0), atol=1e-12)


def test_several_entries_need_a_direction():
    with pytest.raises(tw.GraphError, match=r"\(2,\) needs a direction.*\.mean\(\)"):
        (leaf([1.0, 2.0]) * 2).backward()


def test_one_entry_in_several_dimensions_needs_none():
    x = leaf([[2.0]])
    (x * x).backward()
    assert x.grad.tolist() == [[4.0]]


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(tw.ShapeError, match=r"\(2,\).*\(3,\)"):
        leaf([1.0, 2.0, 3.0]).exp().backward(tw.Tensor([1.0, 1.0]))


def test_a_gradient_that_is_no_tensor_is_refused():
    with pytest.raises(tw.DTypeError):
        leaf(1.0).exp().backward("1")


def test_a_leaf_can_be_where_the_pass_starts():
    x = leaf(5.0)
    x.backward()
    assert x.grad.item() == 1.0


def test_nothing_to_differentiate():
    with pytest.raises(tw.GraphError, match="requires_grad=True"):
        tw.Tensor(1.0).exp().backward()


def test_a_comparison_passes_no_gradient():
    assert not (leaf([1.0]) > 0).requires_grad


def test_integers_get_no_gradient():
    x = leaf([1.5, 2.5])
    assert not x.long().requires_grad
    assert not (x.long() * 2.0).requires_grad


def test_an_integer_factor_is_a_constant():
    x, n = leaf([1.0, 2.0]), tw.tensor([3, 4])
    (x * n).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert n.grad is None


# ---------------------------------------------------------------- adding up


def test_two_passes_add_up():
    x = leaf([1.0, 2.0])
    (3 * x).sum().backward()
    (4 * x).sum().backward()
    assert x.grad.tolist() == [7.0, 7.0]


def test_a_gradient_set_to_none_starts_anew():
    x = leaf([1.0])
    (3 * x).sum().backward()
    x.grad = None
    (4 * x).sum().backward()
    assert x.grad.tolist() == [4.0]


def test_a_gradient_is_not_recorded():
    x = leaf([1.0])
    for _ in range(2):
        (x * x).sum().backward()
        assert not x.grad.requires_grad


def test_only_leaves_get_a_gradient():
    x = leaf([1.0])
    h = x * 2
    h.sum().backward()
    with pytest.warns(UserWarning, match="retain_grad"):
        assert h.grad is None


def test_retain_grad_keeps_that_of_an_intermediate_tensor():
    x = leaf([1.0])
    h = x * 2
    h.retain_grad()
    (h * h).sum().backward()
    assert h.grad.tolist() == [4.0]
    assert x.grad.tolist() == [8.0]


def test_retain_grad_of_a_constant_is_refused():
    with pytest.raises(tw.GraphError):
        tw.Tensor([1.0]).retain_grad()


# ---------------------------------------------------------------- whose memory


@pytest.mark.parametrize("create_graph", [False, True])
def test_two_parameters_never_share_a_gradient(create_graph):
    w, b = leaf([1.0, 1.0]), leaf([1.0, 1.0])
    (w + b).sum().backward(create_graph=create_graph)
    with tw.no_grad():
        w.grad.zero_()
    assert b.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_grad_gives_each_input_memory_of_its_own(create_graph):
    w, b = leaf([1.0]), leaf([1.0])
    dw, db = tw.grad((w + b).sum(), [w, b], create_graph=create_graph)
    assert not np.shares_memory(dw.numpy(), db.numpy())


def test_grad_of_an_input_asked_for_twice_gives_two_memories():
    x = leaf([1.0])
    first, second = tw.grad(x * 1.0, [x, x])
    assert first.tolist() == second.tolist() == [1.0]
    assert not np.shares_memory(first.numpy(), second.numpy())


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("through", [lambda x: x, lambda x: x + 0], ids=["leaf", "add"])
def test_the_given_cotangent_stays_the_callers(through, create_graph):
    x, seed = leaf([1.0]), tw.Tensor([1.0])
    through(x).backward(seed, create_graph=create_graph)
    assert not np.shares_memory(x.grad.numpy(), seed.numpy())
    (found,) = tw.grad(through(x), x, seed, create_graph=create_graph)
    assert not np.shares_memory(found.numpy(), seed.numpy())


def test_a_gradient_is_writable_also_where_the_rule_broadcasts():
    x = leaf([1.0, 2.0])
    x.sum().backward()
    x.grad[0] = 5.0
    assert x.grad.tolist() == [5.0, 1.0]


def test_a_retained_gradient_is_not_that_of_the_leaf():
    x = leaf([1.0])
    h = x + 0
    h.retain_grad()
    h.sum().backward()
    h.grad.zero_()
    assert x.grad.tolist() == [1.0]


def test_an_earlier_gradient_is_not_changed_by_a_later_pass():
    x = leaf([1.0])
    x.sum().backward()
    kept = x.grad
    (x * 5).sum().backward()
    assert kept.tolist() == [1.0]


# ---------------------------------------------------------------- hooks


def test_a_hook_sees_the_complete_gradient_once():
    x, seen = leaf([1.0]), []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [[5.0]]


def test_what_a_hook_returns_takes_the_gradients_place():
    x = leaf([1.0])
    h = x * 2
    h.register_hook(lambda g: g * 10)
    (h * 3).sum().backward()
    assert x.grad.tolist() == [60.0]


def test_hooks_are_called_in_their_order():
    x = leaf([1.0])
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.sum().backward()
    assert x.grad.tolist() == [20.0]


def test_a_removed_hook_is_silent():
    x = leaf([1.0])
    x.register_hook(lambda g: g * 10).remove()
    x.sum().backward()
    assert x.grad.tolist() == [1.0]


def test_removing_a_hook_twice_leaves_the_same_function_registered_elsewhere():
    x = leaf([1.0])

    def tenfold(g):
        return g * 10

    first = x.register_hook(tenfold)
    x.register_hook(tenfold)
    first.remove()
    first.remove()
    x.sum().backward()
    assert x.grad.tolist() == [10.0]


def test_a_hook_runs_before_the_gradient_is_retained():
    x = leaf([1.0])
    h = x * 2
    h.retain_grad()
    h.register_hook(lambda g: g * 10)
    h.sum().backward()
    assert h.grad.tolist() == [10.0]


def test_a_tensor_that_a_hook_kept_is_not_the_gradient():
    x, kept = leaf([1.0]), []
    x.register_hook(kept.append)
    x.sum().backward()
    x.grad.zero_()
    assert kept[0].tolist() == [1.0]


def test_a_tensor_that_a_hook_returned_is_not_the_gradient():
    x, mask = leaf([1.0]), tw.Tensor([5.0])
    x.register_hook(lambda g: mask)
    x.sum().backward()
    x.grad.zero_()
    assert mask.tolist() == [5.0]


def test_a_hook_that_writes_into_its_argument_changes_no_other_gradient():
    for first in (True, False):
        w, b = leaf([1.0, 1.0]), leaf([1.0, 1.0])
        (w if first else b).register_hook(lambda g: g[0].zero_() is None or None)
        (w + b).sum().backward()
        changed, other = (w, b) if first else (b, w)
        assert changed.grad.tolist() == [0.0, 1.0]  # as in PyTorch
        assert other.grad.tolist() == [1.0, 1.0]


def test_what_a_hook_writes_into_its_argument_can_be_differentiated_through():
    x = leaf([3.0])
    h = x * 2
    h.register_hook(lambda g: g.mul_(5) is None or None)
    (slope,) = tw.grad((h**3).sum(), x, create_graph=True)
    assert slope.tolist() == [5 * 6 * 36.0]
    (curvature,) = tw.grad(slope.sum(), x)
    assert curvature.tolist() == [5 * 5 * 48 * 3.0]  # the way to x goes past the hook again


@pytest.mark.parametrize(
    "wrong", [lambda g: 3, lambda g: g.sum(), lambda g: g.double()], ids=["a number", "another shape", "another dtype"]
)
def test_a_hook_that_returns_something_else_is_refused(wrong):
    x = leaf([1.0, 2.0])
    x.register_hook(wrong)
    with pytest.raises(tw.ShapeError, match="a hook returned"):
        x.sum().backward()


def test_a_hook_on_a_constant_is_refused():
    with pytest.raises(tw.GraphError):
        tw.Tensor([1.0]).register_hook(print)


def test_a_hook_can_be_differentiated_through():
    x = double(2.0)
    h = x * 1.0
    handle = h.register_hook(lambda g: g * g)
    (slope,) = tw.grad(h * h * h, x, create_graph=True)  # (3 x²)²
    handle.remove()
    (curvature,) = tw.grad(slope, x)
    assert slope.item() == 144.0
    assert curvature.item() == 36 * 2.0**3


def test_an_error_in_a_hook_leaves_the_grad_mode_as_it_was():
    def broken(g):
        raise KeyError("hook")

    x = leaf([1.0])
    x.register_hook(broken)
    with pytest.raises(KeyError):
        x.sum().backward()
    assert tw.is_grad_enabled()


def test_an_interrupt_between_two_steps_leaves_the_grad_mode_as_it_was():
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as kept:  # keeps the traceback, and with it the suspended walk
        propagate([(leaf([1.0]).sum().node, np.ones(()))], None, False, interrupt)
    assert tw.is_grad_enabled()
    del kept


# ---------------------------------------------------------------- the graph's life


def test_a_second_pass_is_refused_and_the_first_one_named():
    y = leaf([1.0, 2.0]).exp().sum()
    y.backward()  # the first pass
    with open(__file__, encoding="utf-8") as source:
        line = next(n for n, text in enumerate(source, 1) if "y.backward()  # the first pass" in text)
    with pytest.raises(tw.GraphError, match=rf"test_backward\.py, line {line}\b.*retain_graph=True"):
        y.backward()


def test_a_freed_part_of_another_graph_is_refused_too():
    h = leaf([1.0]).exp()
    h.sum().backward()
    with pytest.raises(tw.GraphError, match="freed"):
        (h * h).sum().backward()


def test_retain_graph_allows_another_pass():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    with pytest.raises(tw.GraphError):
        y.backward()


def test_create_graph_retains_unless_told_otherwise():
    x = leaf([1.0])
    y = x.exp().sum()
    y.backward(create_graph=True)
    y.backward(create_graph=True, retain_graph=False)
    with pytest.raises(tw.GraphError, match="freed"):
        y.backward()


def test_create_graph_makes_gradients_that_can_be_differentiated():
    x = double([2.0, 3.0])
    (x**3).sum().backward(create_graph=True)
    (curvature,) = tw.grad(x.grad.sum(), x)
    assert curvature.tolist() == [12.0, 18.0]


def test_without_create_graph_they_cannot():
    x = double([2.0])
    (slope,) = tw.grad((x**3).sum(), x)
    assert not slope.requires_grad


@given(vectors, st.integers(1, 4))
def test_derivatives_of_every_order(v, order):
    """The k-th derivative of sin is sin(x + k π/2)."""
    x = double(v)
    y = x.sin()
    for _ in range(order):
        (y,) = tw.grad(y.sum(), x, create_graph=True)
    np.testing.assert_allclose(y.numpy(), np.sin(v + order * np.pi / 2), atol=1e-12)


def test_the_pass_is_recorded_under_no_grad_when_create_graph_asks():
    x = double(2.0)
    y = x**3
    with tw.no_grad():
        (slope,) = tw.grad(y, x, create_graph=True)
        assert not tw.is_grad_enabled()
    assert slope.requires_grad


# ---------------------------------------------------------------- grad()


def test_grad_touches_no_grad_attribute():
    x = leaf([1.0])
    tw.grad((x * x).sum(), x)
    assert x.grad is None


def test_grad_with_respect_to_an_intermediate_tensor():
    x = leaf([1.0, 2.0])
    h = x * 3
    (found,) = tw.grad((h * h).sum(), h)
    assert found.tolist() == [6.0, 12.0]


def test_grad_with_respect_to_a_tensor_and_to_what_it_was_made_of():
    x = leaf(2.0)
    h = x * 3
    dx, dh = tw.grad(h * h, (x, h))
    assert (dx.item(), dh.item()) == (36.0, 12.0)


def test_grad_of_several_outputs_is_that_of_their_weighted_sum():
    x = leaf([1.0, 2.0])
    (found,) = tw.grad([x.sum(), x * x], x, [tw.Tensor(10.0), tw.Tensor([1.0, 100.0])])
    assert found.tolist() == [12.0, 410.0]


def test_grad_when_one_output_was_made_of_another():
    x = leaf(2.0)
    a = x * 3
    (found,) = tw.grad([a, a * a], x)
    assert found.item() == 3 + 36


def test_grad_of_the_same_output_twice_counts_twice():
    x = leaf(2.0)
    y = x * 3
    assert tw.grad([y, y], x)[0].item() == 6.0


def test_grad_of_an_unused_input_is_refused():
    x, unused = leaf([1.0]), leaf([1.0, 2.0])
    with pytest.raises(tw.GraphError, match=r"input 1 was not used.*allow_unused"):
        tw.grad(x.sum(), [x, unused])


def test_grad_of_an_unused_input_is_none_when_allowed():
    x, unused = leaf([1.0]), leaf([1.0])
    found = tw.grad(x.sum(), [x, unused], allow_unused=True)
    assert found[0].tolist() == [1.0]
    assert found[1] is None


def test_a_gradient_of_zero_is_not_an_unused_input():
    x = leaf([1.0])
    assert tw.grad((x * 0).sum(), x)[0].tolist() == [0.0]


def test_grad_refuses_an_input_without_gradients():
    with pytest.raises(tw.GraphError, match="does not require gradients"):
        tw.grad(leaf(1.0), tw.Tensor(1.0))


def test_grad_refuses_what_is_no_tensor():
    with pytest.raises(tw.DTypeError):
        tw.grad(leaf(1.0), np.array(1.0))


def test_grad_refuses_another_number_of_cotangents():
    x = leaf(1.0)
    with pytest.raises(tw.ShapeError, match="2 grad_outputs were given for 1 outputs"):
        tw.grad(x * 1, x, [tw.Tensor(1.0), tw.Tensor(1.0)])


# ---------------------------------------------------------------- what is kept and what is freed


@pytest.mark.usefixtures("no_collector")
class TestReferenceCountsAlone:
    @pytest.mark.parametrize("step", [lambda y, x: y * x, lambda y, x: y + x, lambda y, x: y.tanh()])
    def test_a_step_is_two_objects_for_the_collector_at_most(self, step):
        y = x = leaf([1.0, 2.0])
        step(y, x)  # whatever is remembered of the row
        before = len(gc.get_objects())
        for _ in range(100):
            y = step(y, x)
        assert len(gc.get_objects()) - before <= 2 * 100 + 5

    def test_a_result_dies_with_its_node(self):
        x = leaf([1.0, 2.0])
        y = ((x * 2).exp() + x).sum()
        tensor, node = weakref.ref(y), weakref.ref(y.node)
        del y
        assert tensor() is None
        assert node() is None

    def test_a_result_dies_after_its_pass(self):
        x = leaf([1.0, 2.0])
        y = (x * x).sum()
        y.backward()
        tensor, node = weakref.ref(y), weakref.ref(y.node)
        del y
        assert tensor() is None
        assert node() is None

    def test_a_result_dies_after_a_pass_that_was_recorded(self):
        x = leaf([1.0, 2.0])
        y = (x * x).sum()
        (slope,) = tw.grad(y, x, create_graph=True)
        dead = [weakref.ref(y), weakref.ref(y.node), weakref.ref(slope), weakref.ref(slope.node)]
        del y, slope
        assert [ref() for ref in dead] == [None] * 4

    def test_a_hook_makes_no_cycle(self):
        y = leaf([1.0]) * 2
        handle = y.register_hook(lambda g: None)
        y.retain_grad()
        y.sum().backward()
        node = weakref.ref(y.node)
        del y
        assert node() is None
        handle.remove()

    def test_a_pass_lets_go_of_the_saved_arrays(self):
        x = leaf([1.0, 2.0])
        h = x * 3
        loss = (h * h).sum()
        array = weakref.ref(h.value)
        del h
        assert array() is not None
        loss.backward()
        assert array() is None

    def test_retain_graph_keeps_them(self):
        x = leaf([1.0, 2.0])
        h = x * 3
        loss = (h * h).sum()
        array = weakref.ref(h.value)
        del h
        loss.backward(retain_graph=True)
        assert array() is not None

    @pytest.mark.parametrize(
        "step",
        [lambda h: h + 1, lambda h: h - h, lambda h: h * 2, lambda h: -h, lambda h: h.sum(), lambda h: h.mean(0),
         lambda h: h.clone(), tw.sigmoid, tw.tanh, tw.exp, tw.sqrt],
    )  # fmt: skip
    def test_an_argument_that_no_derivative_reads_is_not_kept(self, step):
        h = leaf([1.0, 2.0]) + 1
        array = weakref.ref(h.value)
        y = step(h)
        del h
        assert array() is None
        del y

    @pytest.mark.parametrize("step", [tw.add, tw.sub])
    def test_sums_keep_no_arrays_at_all(self, step):
        y = step(leaf([1.0]), leaf([2.0]))
        assert not any(isinstance(kept, np.ndarray) for kept in y.node.saved)

    def test_sigmoid_keeps_its_output_alone(self):
        y = leaf([1.0]).sigmoid()
        assert [kept is y.value for kept in y.node.saved if isinstance(kept, np.ndarray)] == [True]

    def test_a_product_keeps_only_what_the_wanted_derivative_reads(self):
        x, w = tw.Tensor([1.0]), leaf([2.0])
        y = x * w
        assert [kept is x.value for kept in y.node.saved if isinstance(kept, np.ndarray)] == [True]

    def test_nothing_is_kept_without_a_gradient_to_come(self):
        h = tw.Tensor([1.0]) * 2
        y = h * h
        array = weakref.ref(h.value)
        del h
        assert array() is None
        assert y.node is None


# -- only the way to what was asked for ---------------------------------------------------------------------


def test_grad_leaves_what_lies_beyond_its_inputs_alone():
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    tw.grad((h * h).sum(), h)
    h.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_grad_calls_no_hook_beyond_its_inputs():
    called = []
    x = tw.Tensor([1.0], requires_grad=True)
    x.register_hook(called.append)
    h = x * 2
    tw.grad((h * h).sum(), h)
    assert not called


def test_grad_of_an_input_that_leads_to_another_input():
    x = tw.Tensor(3.0, requires_grad=True)
    h = x * x
    of_h, of_x = tw.grad(h * h + x, (h, x))
    assert (of_h.item(), of_x.item()) == (18.0, 4 * 27.0 + 1)


def test_a_rule_that_reads_only_the_shape_of_its_output_may():
    row = Op("shape_of_output", "f({})", lambda x: 2 * x, (lambda g, y, x: g * (2 * len(y.shape)),))
    try:
        x = tw.Tensor([1.0, 1.0], requires_grad=True)
        row(x).sum().backward()
        assert x.grad.tolist() == [2.0, 2.0]
        x = tw.Tensor([1.0, 1.0], requires_grad=True)
        assert tw.grad(row(x).sum(), x, create_graph=True)[0].tolist() == [2.0, 2.0]
    finally:
        del Op.table["shape_of_output"]


SETTINGS = {"elu": {"height": 1.0, "width": 1.0}, "softplus": {"beta": 1.0, "threshold": 20.0}, "sinc": {"order": 0}}


@pytest.mark.parametrize("name", [name for name, op in Op.table.items() if op.partials and op.arity in (1, 2)])
def test_local_derivatives_of_large_arrays_are_those_of_small_ones_and_overwrite_nothing(name):
    op, size = Op.table[name], 2 * FEW
    values = [np.linspace(low, low + 0.3, size) for low in (0.3, 0.6)[: op.arity]]

    def slopes(part):
        xs = [tw.tensor(v[part], requires_grad=True) for v in values]
        y = op(*xs, **SETTINGS.get(name, {}))
        before = [t.numpy().copy() for t in (y, *xs)]
        y.backward(tw.tensor(np.full(y.shape, 1.5)))
        for t, kept in zip((y, *xs), before, strict=True):
            np.testing.assert_array_equal(t.numpy(), kept)
        return [x.grad.numpy() if x.grad is not None else np.zeros(x.shape) for x in xs]

    halves = zip(slopes(slice(FEW)), slopes(slice(FEW, None)), strict=True)
    for whole, parts in zip(slopes(slice(None)), halves, strict=True):
        np.testing.assert_allclose(whole, np.concatenate(parts), rtol=1e-12)


# ---------------------------------------------------------------- rows of one's own


@pytest.fixture
def own_rows():
    """The table is afterwards what it was."""
    before = dict(Op.table)
    yield
    Op.table.clear()
    Op.table.update(before)


@pytest.mark.usefixtures("own_rows")
def test_a_rule_that_does_not_sum_a_stretched_axis_is_named():
    row = Op("plus under test", "{} ⊞ {}", np.add, (lambda g, y, a, b: g, lambda g, y, a, b: g))
    a, b = tw.ones(3, 2, requires_grad=True), tw.ones(2, requires_grad=True)
    with pytest.raises(
        tw.ShapeError, match=r"argument 1 of plus under test gave .* \(2,\) a gradient of shape \(3, 2\)"
    ):
        row(a, b).sum().backward()
    assert b.grad is None
    with pytest.raises(tw.ShapeError, match="argument 1 of plus under test"):
        tw.grad(row(a, b).sum(), b)


@pytest.mark.usefixtures("own_rows")
def test_a_rule_that_calls_numpy_is_told_what_to_write():
    row = Op("twice exp", "2exp({})", lambda x: 2 * np.exp(x), (lambda g, y, x: g * 2 * np.exp(x),))
    with pytest.raises(tw.DTypeError, match=r"twice exp: the rule of argument 0 .*NumPy.*x\.exp\(\)"):
        row(tw.ones(2, requires_grad=True))


@pytest.mark.usefixtures("own_rows")
def test_a_row_may_be_written_again_and_takes_the_place_of_the_first():
    rows = [Op("scaled under test", "{}", lambda x, k=k: k * x, (lambda g, y, x, k=k: k * g,)) for k in (2.0, 3.0)]
    assert Op.table["scaled under test"] is rows[1]
    x = tw.ones(1, requires_grad=True)
    (rows[0](x) + rows[1](x)).sum().backward()
    assert x.grad.tolist() == [5.0]


def test_a_row_of_the_library_keeps_its_name():
    with pytest.raises(ValueError, match="'exp' already"):
        Op("exp", "{}", lambda x: x)
    assert Op.table["exp"] is tw.exp


# ---------------------------------------------------------------- views

VIEWS = {
    "slice": lambda t: t[1:, 0], "reshape": lambda t: t.reshape(4), "T": lambda t: t.T,
    "expand": lambda t: t.expand(3, 2, 2),
    "diagonal": lambda t: t.diagonal(), "narrow": lambda t: t.narrow(0, 1, 1), "unsqueeze": lambda t: t.unsqueeze(0),
    "view of a view": lambda t: t.T[0],
}  # fmt: skip


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("show", VIEWS.values(), ids=VIEWS)
def test_a_view_knows_how_to_be_read_again(show, requires_grad):
    t = tw.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=requires_grad)
    v = show(t)
    base = v
    while hasattr(base, "_view"):
        view = View(*base._view)
        assert view.op(*view.args, **view.params).tolist() == base.tolist()
        base = view.base
    assert base is t
    with tw.no_grad():
        t.mul_(10.0)
    view = View(*v._view)
    assert view.op(*view.args, **view.params).tolist() == v.tolist()


@pytest.mark.parametrize("make", [lambda t: t + 1, lambda t: t.clone(), lambda t: t[[0, 1]], lambda t: t.sum(0)])
def test_new_memory_is_no_view(make):
    assert not hasattr(make(tw.ones(2, 2, requires_grad=True)), "_view")
