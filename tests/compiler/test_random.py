"""Random whole graphs, compiled: values, gradients and second derivatives are those of the eager run."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.core.test_graphs import RECORDED, programs, run, total
from tests.support.programs import assert_close


def leaves_of(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [tw.tensor(rng.uniform(-1, 1, shape), dtype=dtype, requires_grad=True) for shape in ((3,), (2, 3), (2, 1))]


def computed(steps):
    """The graph of these steps as a function."""
    return lambda *leaves: total(run(steps, leaves, RECORDED), RECORDED)


@given(programs(), st.sampled_from([np.float32, np.float64]))
def test_values_and_gradients(program, dtype):
    steps, seed = program
    function = computed(steps)
    compiled = tw.compile(function)
    for shift in range(3):
        xs, zs = leaves_of(seed + shift, dtype), leaves_of(seed + shift, dtype)
        expected, found = function(*xs), compiled(*zs)
        assert_close(found, expected)
        expected.backward()
        found.backward()
        for x, z in zip(xs, zs, strict=True):
            assert_close(z.grad, x.grad)


@given(programs())
def test_the_pass_inside(program):
    steps, seed = program
    function = computed(steps)

    def step(*leaves):
        function(*leaves).backward()

    compiled = tw.compile(step)
    for shift in range(2):
        xs, zs = leaves_of(seed + shift), leaves_of(seed + shift)
        for _ in range(2):  # gradients add up
            step(*xs)
            compiled(*zs)
        for x, z in zip(xs, zs, strict=True):
            assert_close(z.grad, x.grad)


@given(programs())
def test_second_derivatives(program):
    steps, seed = program
    function = computed(steps)

    def slopes(*leaves):
        found = tw.grad(function(*leaves), leaves, create_graph=True)
        return sum((g * g).sum() for g in found)

    inside, compiled = tw.compile(slopes), tw.compile(function)

    def through(*leaves):
        found = tw.grad(compiled(*leaves), leaves, create_graph=True)
        return sum((g * g).sum() for g in found)

    for shift in range(2):
        xs = leaves_of(seed + shift)
        expected = tw.grad(slopes(*xs), xs)
        for way in (inside, through):
            zs = leaves_of(seed + shift)
            for found, e in zip(tw.grad(way(*zs), zs), expected, strict=True):
                assert_close(found, e, factor=10)


@given(programs(), st.integers(0, 2))
def test_parameters_changed_by_the_step_itself(program, kept):
    """A step that writes over what it read, and gives out an earlier result too."""
    steps, seed = program
    function = computed(steps)

    def training(leaves):
        def step():
            for leaf in leaves:
                leaf.grad = None
            before = leaves[kept].detach().clone().reshape(-1)
            value = function(*leaves)
            value.backward()
            with tw.no_grad():
                for leaf in leaves:
                    leaf.sub_(0.1 * leaf.grad)
                    leaf.mul_(0.9)
            return value, before, leaves[kept] * 2

        return step

    xs, zs = leaves_of(seed), leaves_of(seed)
    eager, compiled = training(xs), tw.compile(training(zs))
    for _ in range(4):
        for found, expected in zip(compiled(), eager(), strict=True):
            assert_close(found, expected)
        for x, z in zip(xs, zs, strict=True):
            assert_close(z, x)
            assert_close(z.grad, x.grad)
