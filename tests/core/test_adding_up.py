"""Gradients of what is read many times: added up in the memory of one array, which nobody else sees change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops.rows import indexing

SHAPE = (3, 4)
MASK = np.arange(12).reshape(SHAPE) % 3 == 0
INDICES = [
    0, -1, (1, 2), slice(1, 3), (slice(None), 2), (..., None, 1), [0, 0, 2], ([1, 1], [3, 3]), MASK,
    (slice(None), [1, 1, 0]), (0, [2, 2]),
]  # fmt: skip
indices = st.lists(st.sampled_from(INDICES), min_size=1, max_size=6)


@given(indices, st.booleans(), st.booleans())
def test_what_is_read_in_parts_receives_all_their_gradients(where, whole_first, create_graph):
    x = tw.tensor(np.arange(12.0).reshape(SHAPE), dtype=tw.float64, requires_grad=True)
    expected, y = np.zeros(SHAPE), tw.zeros(SHAPE, dtype=tw.float64)
    z = x * 1.0  # no leaf: its cotangent is passed on
    if whole_first:
        y = y + z
    total = tw.tensor(0.0, dtype=tw.float64)
    for k, index in enumerate(where):
        total = total + (k + 1) * z[index].sum()
        np.add.at(expected, index, k + 1.0)
    if not whole_first:
        y = y + z
    (g,) = tw.grad(total + y.sum(), x, create_graph=create_graph)
    np.testing.assert_array_equal(g.detach().numpy(), expected + 1)


@given(st.permutations(range(4)))
def test_a_cotangent_that_two_share_is_not_added_to(order):
    a, b = (tw.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    p, q = a * 1, b * 1
    terms = [lambda: (p + q).sum(), lambda: 10 * p[0], lambda: 100 * p[0], lambda: 1000 * q[1]]
    total = tw.tensor(0.0)
    for k in order:
        total = total + terms[k]()
    p.retain_grad()
    total.backward()
    assert a.grad.tolist() == p.grad.tolist() == [111, 1]
    assert b.grad.tolist() == [1, 1001]


def test_a_loop_over_steps_makes_one_array_of_zeros():
    made = []
    row = Op.table["add_into_zeros"]
    forward, row.forward = row.forward, lambda *args, **settings: made.append(args) or forward(*args, **settings)
    try:
        x = tw.zeros(20, 3, requires_grad=True)
        sum((t + 1) * x[t].sum() for t in range(20)).backward()
    finally:
        row.forward = forward
    assert len(made) == 1
    assert x.grad[:, 0].tolist() == list(range(1, 21))


def test_both_ways_to_add_give_the_same():
    for index, arrays in [
        ((slice(1, 3),), ()),
        ((indexing.HOLE,), (np.array([0, 2, 2]),)),
        ((indexing.HOLE,), (MASK,)),
    ]:
        g = np.ones_like(indexing._read(np.zeros(SHAPE), *arrays, index=index))
        for order in "CF":
            into = np.zeros(SHAPE, order=order)
            indexing._add_at(into, g, *arrays, index=index)
            np.testing.assert_array_equal(into, indexing._add_into_zeros(g, *arrays, index=index, shape=SHAPE))
