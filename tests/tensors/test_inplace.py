"""Writes in place: what they do to memory, to history, to aliases, and what is refused. Gradients by closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf.core.memory import rebased


@pytest.fixture
def w():
    return tw.tensor([1.0, 2.0, 3.0], dtype=tw.float64, requires_grad=True)


# ---------------------------------------------------------------- where nothing is recorded


ALIASES = {
    "slice": lambda t: t[0:2], "reshape": lambda t: t.reshape(4), "T": lambda t: t.T, "row": lambda t: t[0],
    "unbind": lambda t: t.unbind()[0], "split": lambda t: t.split(1)[0], "iteration": lambda t: next(iter(t)),
    "detach": lambda t: t.detach(), "data": lambda t: t.data, "unsqueeze": lambda t: t.unsqueeze(0),
    "diagonal": lambda t: t.diagonal(), "view of a view": lambda t: t.T[0],
}  # fmt: skip


@pytest.mark.parametrize("alias", ALIASES.values(), ids=ALIASES)
def test_every_alias_sees_a_write_and_is_a_way_to_write(alias):
    t = tw.zeros(2, 2)
    part = alias(t)
    t += 5
    assert (part == 5).all()
    part.fill_(7)
    assert t[0, 0].item() == 7.0
    assert t.numpy()[0, 0] == 7.0


def test_what_users_write_under_no_grad_changes_memory():
    p, average = tw.ones(2, requires_grad=True), tw.zeros(2)
    held = average.numpy()
    with tw.no_grad():
        average *= 0.9
        average += 0.1 * p
        for row in p.reshape(2, 1):
            row += 1
    np.testing.assert_allclose(held, [0.1, 0.1], rtol=1e-6)
    assert p.tolist() == [2.0, 2.0]
    p.sum().backward()
    gradient = p.grad
    gradient *= 0.5
    assert p.grad.tolist() == [0.5, 0.5]


def test_a_training_loop_that_forgot_no_grad_is_told():
    p = tw.ones(2, requires_grad=True)
    (p * p).sum().backward()
    with pytest.raises(tw.GraphError, match="a leaf that requires gradients"):
        p -= 0.1 * p.grad


def test_a_write_keeps_dtype_and_shape():
    x = tw.zeros(3)
    x += tw.ones(3, dtype=tw.float64)
    assert x.dtype == tw.float32
    with pytest.raises(tw.ShapeError, match=r"\(2, 3\).*\(3,\)"):
        x += tw.ones(2, 3)
    mask = x > 5
    mask |= x == 1
    assert mask.tolist() == [True] * 3
    with pytest.raises(tw.DTypeError, match="can't be cast to bool"):
        mask += 1


# ---------------------------------------------------------------- history


def test_a_loop_that_fills_rows_is_recorded(w):
    out = tw.zeros(3, dtype=tw.float64)
    for i in range(3):
        out[i] = w[i] ** (i + 1)
    out.sum().backward(create_graph=True)
    assert w.grad.tolist() == [1.0, 4.0, 27.0]  # (i + 1) w^i
    assert tw.grad(w.grad.sum(), w)[0].tolist() == [0.0, 2.0, 18.0]


def test_a_write_after_use_leaves_what_was_computed(w):
    x = w * 2
    y = x + 1
    x += 10
    (x * y).sum().backward()
    assert y.tolist() == [3.0, 5.0, 7.0]
    np.testing.assert_allclose(w.grad.numpy(), 2 * (2 * w + 1 + 2 * w + 10).detach().numpy())


def test_a_write_through_a_view_is_a_step_of_the_base_and_of_its_other_views(w):
    x = w * 1
    other, part = x[1:], x.reshape(3, 1)[:2]
    part *= w[:2].reshape(2, 1)
    assert x.tolist() == [1.0, 4.0, 3.0]
    (other * tw.tensor([10.0, 100.0], dtype=tw.float64)).sum().backward()
    assert w.grad.tolist() == [0.0, 40.0, 100.0]


def test_a_write_to_the_base_is_a_step_of_its_views(w):
    x = tw.zeros(3, dtype=tw.float64)
    part = x[1:]
    x += w * w
    assert part.requires_grad
    part.sum().backward()
    assert w.grad.tolist() == [0.0, 4.0, 6.0]


def test_rows_change_places_by_assignment(w):
    x = tw.stack([w, 2 * w])
    x[0], x[1] = x[1].clone(), x[0].clone()
    (x * tw.tensor([[1.0], [10.0]], dtype=tw.float64)).sum().backward()
    assert w.grad.tolist() == [12.0, 12.0, 12.0]


def test_a_detached_alias_has_a_history_of_its_own(w):
    x = w * 1
    d = x.detach()
    d += w
    assert x.tolist() == d.tolist() == [2.0, 4.0, 6.0]
    (x + 10 * d).sum().backward()
    assert w.grad.tolist() == [11.0, 11.0, 11.0]


def test_masks_lists_and_mixed_indices_are_followed(w):
    x = tw.stack([w, w, w])
    x[x > 2.5] = 0.0
    x[[0, 1], [0, 1]] = w[:2] * 5
    x[0, :, None][2] = 1.0
    x[2, [0, 1]] = 3.0
    x.sum().backward()
    assert w.grad.tolist() == [6.0, 6.0, 0.0]


def test_the_old_value_that_a_derivative_needs_is_kept(w):
    x = w * 1
    x.mul_(w)  # the derivative with respect to w is what x was
    x.sin_()  # and here too
    x.sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), (2 * w * (w * w).cos()).detach().numpy())


def test_a_value_that_was_overwritten_is_named_with_the_line(w):
    x = (w * 1).exp_()
    x += 1
    with pytest.raises(tw.GraphError, match=r"^exp: .*shape \(3,\).*changed in place.*test_inplace.py, line \d+"):
        x.sum().backward()
    y = w.sin()
    z = y * y
    y.relu_()
    with pytest.raises(tw.GraphError, match=r"^mul: .*test_inplace.py, line \d+"):
        z.sum().backward()
    x = w * 1
    x.mul_(x)
    with pytest.raises(tw.GraphError, match=r"^mul"):
        x.sum().backward()


def test_an_optimizer_is_named_as_what_wrote(w):
    loss = (w * w).sum()
    w.grad = tw.ones(3, dtype=tw.float64)
    tw.nn.optim.SGD([w], lr=0.1).step()
    with pytest.raises(tw.GraphError, match=r"changed in place after it was used, by SGD\.update"):
        loss.backward()


def test_a_result_without_a_derivative_gives_0(w):
    x = w * 1
    x.sign_()
    x.fill_(3.0)
    x.normal_()
    assert x.requires_grad
    x.sum().backward()
    assert w.grad.tolist() == [0.0, 0.0, 0.0]


def test_name_and_retained_gradient_go_along(w):
    x = w * 1
    x.name = "x"
    x.retain_grad()
    x *= 3
    x.sum().backward()
    assert x.name == "x"
    assert x.grad.tolist() == [1.0, 1.0, 1.0]
    assert w.grad.tolist() == [3.0, 3.0, 3.0]


def test_detach_in_place(w):
    x = w * 1
    assert x.detach_() is x
    assert x.is_leaf
    assert not x.requires_grad
    with pytest.raises(tw.GraphError, match=r"detach\(\)"):
        x[:2].detach_()


def test_a_leaf_that_is_detached_in_place_and_recorded_again_is_the_same_leaf(w):
    y = (w * w).sum()
    assert w.detach_().requires_grad is False
    w.requires_grad_()
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_new_shape_on_the_same_memory(w):
    x = w * 1
    held = x.detach()
    x.unsqueeze_(0).transpose_(0, 1)
    assert x.shape == (3, 1)
    x *= 2
    assert held.tolist() == [2.0, 4.0, 6.0]
    x.sum().backward()
    assert w.grad.tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(tw.GraphError, match="leaf"):
        w.unsqueeze_(0)


def test_a_leaf_that_was_frozen_keeps_its_gradient_in_another_shape(w):
    (w * w).sum().backward()
    w.requires_grad_(False)
    w.unsqueeze_(0)
    assert w.shape == (1, 3)
    assert w.grad is not None
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_operators_of_whole_numbers_are_those_of_their_bits():
    x = tw.tensor([5, 8])
    x |= 3
    assert x.tolist() == [7, 11]
    x &= 6
    assert x.tolist() == [6, 2]
    x ^= tw.tensor([1, 2])
    assert x.tolist() == [7, 0]
    x <<= 2
    assert x.tolist() == [28, 0]
    x >>= 1
    assert x.tolist() == [14, 0]
    truth = tw.tensor([True, False])
    truth &= tw.tensor([True, True])
    truth |= tw.tensor([False, False])
    truth ^= tw.tensor([True, True])
    assert truth.tolist() == [False, True]


def test_what_was_expanded_says_that_its_entries_share_memory():
    with pytest.raises(tw.ShapeError, match=r"several entries lie in the same place.*cloned first"):
        tw.zeros(3).expand(2, 3).add_(1)
    with pytest.raises(tw.ShapeError, match=r"\(2,\) cannot be broadcast to the shape \(3,\)"):
        tw.zeros(2, 3)[0] = tw.ones(2)


def test_windows_without_a_common_entry_are_a_view(w):
    x = tw.cat([w * 1, w * 2])
    x.unfold(0, 2, 3)[1] *= tw.tensor([10.0, 100.0])
    assert x.tolist() == [1.0, 2.0, 3.0, 20.0, 400.0, 6.0]
    x.sum().backward()
    assert w.grad.tolist() == [21.0, 201.0, 3.0]


def test_what_was_noted_of_a_write_ends_with_its_tensor(w):
    before = len(rebased)
    x = w * 1
    x += 1
    assert len(rebased) == before + 1
    del x
    assert len(rebased) == before


def test_a_long_chain_of_views_is_no_recursion(w):
    x = w * 1
    v = x
    for _ in range(2000):
        v = v[:]
    x += 1
    v.sum().backward()
    assert w.grad.tolist() == [1.0, 1.0, 1.0]


# ---------------------------------------------------------------- what is refused


REFUSED = {
    "a leaf": (lambda w: w.add_(1), "a leaf that requires gradients"),
    "a view of a leaf": (lambda w: w[0].add_(1), "a view of a leaf"),
    "an entry of a leaf": (lambda w: w.__setitem__(0, 1.0), "a leaf"),
    "a row while iterating": (lambda w: [row.add_(1) for row in (w * 1).reshape(3, 1)], "several views"),
    "a part of several": (lambda w: (w * 1).split(1)[0].mul_(2), "several views"),
    "a view of such a part": (lambda w: (w * 1).reshape(3, 1).unbind()[0][:1].mul_(2), "several views"),
}


@pytest.mark.parametrize("action", REFUSED)
def test_what_pytorch_refuses_is_refused(action, w):
    change, reason = REFUSED[action]
    with pytest.raises(tw.GraphError, match=reason):
        change(w)
    assert w.tolist() == [1.0, 2.0, 3.0]


def test_a_view_made_under_no_grad_takes_no_history(w):
    x = w * 1
    with tw.no_grad():
        part = x[:2]
        part.zero_()
    assert x.tolist() == [0.0, 0.0, 3.0]
    with pytest.raises(tw.GraphError, match="made under no_grad"):
        part.add_(1)
    x += 1
    with pytest.raises(tw.GraphError, match="made under no_grad"):
        part * 2
    assert part.detach().tolist() == [1.0, 1.0]


def test_nor_does_a_view_of_it(w):
    x = w * 1
    with tw.no_grad():
        part = x[:2]
    entry = part[0]
    x += 1
    with tw.no_grad():
        entry.neg_()
        assert x.tolist() == [-2.0, 3.0, 4.0]
    with pytest.raises(tw.GraphError, match="made under no_grad"):
        entry * 2


def test_a_view_of_what_has_another_shape_now_is_refused(w):
    x = w * 1
    part = x[:2]
    x.unsqueeze_(0)
    with pytest.raises(tw.GraphError, match="another shape"):
        part * 2


# ---------------------------------------------------------------- any order of writes


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays("float64", 4, elements=st.floats(-2, 2)),
    st.lists(st.tuples(st.sampled_from("+*-="), st.integers(0, 3), st.integers(1, 4), st.floats(-2, 2)), max_size=6),
)
def test_writes_through_slices_have_the_gradient_of_the_straight_line(array, writes):
    """Every write is linear in w: entry i is a_i w_i + b_i, which plain arrays keep beside."""
    w = tw.tensor(array, requires_grad=True)
    x = w * 1
    views = [x, x.reshape(2, 2), x[:]]
    slope, offset = np.ones(4), np.zeros(4)
    for k, (kind, start, length, number) in enumerate(writes):
        flat = views[k % 3].reshape(4)
        part = flat[start : start + length]
        here = slice(start, start + length)
        if kind == "*":
            part *= number
            slope[here] *= number
            offset[here] *= number
        elif kind == "=":
            flat[here] = w[here] * number
            slope[here], offset[here] = number, 0
        else:
            part += number if kind == "+" else -number
            offset[here] += number if kind == "+" else -number
    np.testing.assert_allclose(x.detach().numpy(), slope * array + offset, atol=1e-9)
    views[1].sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), slope, atol=1e-12)
