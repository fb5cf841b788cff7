"""Random whole graphs with sharing: reverse mode against forward mode, and first against second order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.forward_mode import OPERATIONS, Dual

RECORDED = {
    "add": tw.add,
    "sub": tw.sub,
    "mul": tw.mul,
    "div": lambda a, b: a / (2 + b**2),
    "maximum": tw.maximum,
    "tanh": tw.tanh,
    "sigmoid": tw.sigmoid,
    "sin": tw.sin,
    "softplus": tw.softplus,
    "sum": lambda x: x.sum(-1, keepdim=True),
    "transpose": lambda x: x.T,
    "logsumexp": lambda x: x.logsumexp(None),
    "outer": lambda a, b: a.reshape(-1, 1) @ b.reshape(1, -1),
    "reverse": lambda x: x[..., ::-1] if x.ndim else x,
}


@st.composite
def programs(draw):
    """A list of steps (operation, earlier results); any result may be used any number of times."""
    steps = []
    for position in range(3, 3 + draw(st.integers(1, 14))):
        name = draw(st.sampled_from(sorted(OPERATIONS)))
        count = OPERATIONS[name][0]
        steps.append((name, [draw(st.integers(0, position - 1)) for _ in range(count)]))
    return steps, draw(st.integers(0, 2**32 - 1))


def inputs(seed):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, shape) for shape in ((3,), (2, 3), (2, 1))], rng


def run(steps, values, operations):
    """All results; a step whose shapes do not fit, or that grows too large, passes its first argument on bounded."""
    results = list(values)
    for name, places in steps:
        chosen = [results[p] for p in places]
        shapes = [c.shape for c in chosen]
        try:
            fits = len(np.broadcast_shapes(*shapes)) < 3 or name == "outer"
        except ValueError:
            fits = name == "outer"
        if name in ("sum", "transpose", "reverse") and not shapes[0]:
            fits = False
        if name == "outer" and np.prod([max(1, int(np.prod(s))) for s in shapes]) > 64:
            fits = False
        # mul and outer stay bounded: their arguments go through tanh
        bounded = [operations["tanh"](c) for c in chosen] if name in ("mul", "outer", "logsumexp") else chosen
        results.append(operations[name](*bounded) if fits else operations["tanh"](chosen[0]))
    return results


def total(results, operations):
    """One number in which every result takes part."""
    result = None
    for r in results:
        reduced = operations["logsumexp"](operations["tanh"](r))
        result = reduced if result is None else operations["add"](result, operations["sin"](reduced))
    return result


@given(programs())
def test_reverse_mode_is_forward_mode(program):
    steps, seed = program
    arrays, rng = inputs(seed)
    direction = [rng.standard_normal(a.shape) for a in arrays]
    dual_operations = {name: operation for name, (_, operation) in OPERATIONS.items()}
    expected = total(
        run(steps, [Dual(a, d) for a, d in zip(arrays, direction, strict=True)], dual_operations), dual_operations
    )
    leaves = [tw.tensor(a, requires_grad=True) for a in arrays]
    loss = total(run(steps, leaves, RECORDED), RECORDED)
    np.testing.assert_allclose(loss.item(), expected.value, rtol=1e-12)
    loss.backward()
    slope = sum((leaf.grad.numpy() * d).sum() for leaf, d in zip(leaves, direction, strict=True))
    np.testing.assert_allclose(slope, expected.slope, rtol=1e-8, atol=1e-10)


@given(programs())
def test_a_recorded_pass_gives_the_same_numbers_as_a_plain_one(program):
    steps, seed = program
    leaves = [tw.tensor(a, requires_grad=True) for a in inputs(seed)[0]]
    plain = tw.grad(total(run(steps, leaves, RECORDED), RECORDED), leaves)
    recorded = tw.grad(total(run(steps, leaves, RECORDED), RECORDED), leaves, create_graph=True)
    for a, b in zip(plain, recorded, strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()


@given(programs())
def test_second_derivatives_of_whole_graphs_are_the_limits_of_differences(program):
    steps, seed = program
    arrays, rng = inputs(seed)
    direction = [rng.standard_normal(a.shape) for a in arrays]

    def slope(shift):
        leaves = [tw.tensor(a + shift * d, requires_grad=True) for a, d in zip(arrays, direction, strict=True)]
        found = tw.grad(total(run(steps, leaves, RECORDED), RECORDED), leaves, create_graph=True)
        along = sum((g * d).sum() for g, d in zip(found, direction, strict=True))
        return along, leaves

    along, leaves = slope(0.0)
    second = tw.grad(along, leaves, allow_unused=True)
    analytic = sum((g.numpy() * d).sum() for g, d in zip(second, direction, strict=True) if g is not None)
    step = 1e-5
    ahead, behind = slope(step)[0].item(), slope(-step)[0].item()
    numeric = (ahead - behind) / (2 * step)
    if (
        abs(slope(step / 8)[0].item() - slope(-step / 8)[0].item() - (ahead - behind) / 8) < 1e-8
    ):  # no kink within reach
        np.testing.assert_allclose(analytic, numeric, rtol=1e-4, atol=1e-5)
