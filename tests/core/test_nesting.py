"""Readings nest: a tensor may hold something else than an array, and recording, the walk and `.grad` carry it along."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.tensors.operators import Mathematics


class Traced(Mathematics):
    """The least that can flow through an operation: a value, and a note of each operation on it."""

    __slots__ = ("tape", "value")

    def __init__(self, value, tape):
        self.value, self.tape = np.asarray(value), tape

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)

    def copy(self):
        return Traced(self.value.copy(), self.tape)

    def record(self, op, args, params):
        self.tape.append(op.name)
        return Traced(op(*(a.value if isinstance(a, Traced) else a for a in args), **params), self.tape)


def network(X, y, W1, b1, W2, b2):
    hidden = tw.sigmoid(X @ W1.T + b1)
    return tw.binary_cross_entropy_with_logits(hidden @ W2.T + b2, y).mean()


def arrays():
    rng = np.random.default_rng(0)
    shapes = ((5, 2), (5, 1), (3, 2), (3,), (1, 3), (1,))
    made = [rng.standard_normal(shape) for shape in shapes]
    made[1] = (made[1] > 0).astype(float)
    return made


def gradients(tensors):
    for t in tensors[2:]:
        t.requires_grad_()
    network(*tensors).backward()
    return [t.grad for t in tensors[2:]]


def test_a_whole_step_is_traced_and_gives_the_same_gradients():
    expected = gradients([tw.tensor(a) for a in arrays()])
    tape = []
    found = gradients([wrap(Traced(a, tape), None) for a in arrays()])
    assert {"matmul", "sigmoid", "permute", "sum"} <= set(tape)
    for g, e in zip(found, expected, strict=True):
        assert isinstance(g.value, Traced)
        np.testing.assert_array_equal(g.value.value, e.numpy())


def test_asking_what_a_rule_reads_leaves_no_trace():
    op = tw.atan2
    op.reads.clear()
    op.keeps.clear()
    tape = []
    a = wrap(Traced(np.array([1.0]), tape), None).requires_grad_()
    tw.atan2(a, tw.Tensor([2.0], dtype=tw.float64))
    assert tape == ["atan2"]


@pytest.mark.parametrize("name", ["exp", "tanh", "relu", "logsumexp", "amax", "prod", "std", "softplus"])
def test_single_operations_nest(name):
    tape = []
    x = wrap(Traced(np.array([1.0, -2.0, 0.5]), tape), None).requires_grad_()
    result = getattr(tw, name)(x, 0) if name == "logsumexp" else getattr(tw, name)(x)
    result.sum().backward()
    plain = tw.Tensor([1.0, -2.0, 0.5], dtype=tw.float64, requires_grad=True)
    expected = getattr(tw, name)(plain, 0) if name == "logsumexp" else getattr(tw, name)(plain)
    expected.sum().backward()
    np.testing.assert_array_equal(x.grad.value.value, plain.grad.numpy())
