"""`grad_fn`: the recorded graph in PyTorch's words."""

import gc
import weakref

import tinygrad_wtf as tw


def test_it_leads_from_the_loss_to_the_leaves():
    w, x = tw.tensor([1.0, 2.0], requires_grad=True), tw.tensor([3.0, 4.0])
    loss = (w * x).exp().sum()
    names, step = [], loss.grad_fn
    while step.next_functions:
        names.append(step.name())
        step = step.next_functions[0][0]
    assert names == ["SumBackward0", "ExpBackward0", "MulBackward0"]
    assert (step.name(), step.variable) == ("AccumulateGrad", w)
    assert step.variable is w


def test_an_argument_without_a_gradient_has_no_step():
    w = tw.tensor([1.0], requires_grad=True)
    y = w * 2.0
    assert y.grad_fn.next_functions[1] == (None, 0)
    assert [number for _, number in y.grad_fn.next_functions] == [0, 0]
    assert (w * w).grad_fn.next_functions[0] == (w * 3.0).grad_fn.next_functions[0]


def test_leaves_and_what_is_not_recorded_have_none():
    w = tw.tensor([1.0], requires_grad=True)
    with tw.no_grad():
        free = w * 2
    assert w.grad_fn is free.grad_fn is w.detach().grad_fn is None


def test_it_is_the_same_step_each_time_and_named_by_its_class():
    w = tw.tensor([1.0], requires_grad=True)
    y = tw.log_softmax(w, 0)
    assert y.grad_fn == y.grad_fn
    assert len({y.grad_fn, y.grad_fn, (w + 1).grad_fn}) == 2
    assert type(y.grad_fn).__name__ == y.grad_fn.name() == "LogSoftmaxBackward0"
    assert repr(y.grad_fn) == "<LogSoftmaxBackward0>"


def test_it_does_not_keep_the_leaf():
    w = tw.tensor([1.0], requires_grad=True)
    end = (w * 2).grad_fn.next_functions[0][0]
    gone = weakref.ref(w)
    del w
    gc.collect()
    assert gone() is None
    assert end.variable is None
