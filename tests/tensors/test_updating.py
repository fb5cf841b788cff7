"""`update_values`: several tensors changed in place by one rule, eager and compiled."""

import numpy as np
import pytest

import tinygrad_wtf as tw


def moved(w, v, g, rate):
    v = 0.5 * v + g
    w -= rate * v
    return w, v


def test_the_rule_changes_the_memory_that_others_see():
    w, v = tw.tensor([1.0, 2.0], requires_grad=True), tw.zeros(2)
    view, memory = w.detach(), v.detach()
    tw.update_values(moved, (w, v), tw.tensor([1.0, 1.0]), rate=0.5)
    assert view.tolist() == [0.5, 1.5]
    assert memory.tolist() == [1.0, 1.0]
    assert w.is_leaf
    assert w.requires_grad


def test_in_a_compiled_function_it_is_part_of_the_program():
    twins = [(tw.tensor([1.0, 2.0], requires_grad=True), tw.zeros(2)) for _ in range(2)]
    step = tw.compile(lambda g: tw.update_values(moved, twins[0], g, rate=0.5))
    for n in range(4):
        g = tw.tensor([1.0, float(n)])
        step(g)
        tw.update_values(moved, twins[1], g, rate=0.5)
        for one, other in zip(*twins, strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6)
    assert step.traces == 1


def test_what_backward_still_needs_is_not_changed_silently():
    w = tw.tensor([3.0], requires_grad=True)
    loss = (w * w).sum()
    tw.update_values(moved, (w, tw.zeros(1)), tw.tensor([1.0]), rate=0.5)
    with pytest.raises(tw.GraphError, match="changed in place"):
        loss.backward()


def test_a_computed_tensor_is_refused():
    w = tw.tensor([3.0], requires_grad=True)
    with pytest.raises(tw.GraphError, match="computed tensor"):
        tw.update_values(moved, (2 * w, tw.zeros(1)), tw.tensor([1.0]), rate=0.5)


def test_expanded_memory_is_refused():
    with pytest.raises(tw.ShapeError, match="cannot be written to"):
        tw.update_values(lambda a: (a + 1,), (tw.zeros(1).expand(3),))


def test_values_of_another_shape_are_refused():
    with pytest.raises(tw.ShapeError, match="another shape"):
        tw.update_values(lambda a: (a[:2],), (tw.zeros(3),))
    with pytest.raises(ValueError, match="zip"):
        tw.update_values(lambda a: (a, a), (tw.zeros(3),))
