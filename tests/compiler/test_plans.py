"""Plans: memory that is written, updates side by side, buffers; and that a pass with an error does not go unseen."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.codes import A, Hand, functions, interpreted
from tests.support.programs import Training, assert_same_state, points, small_network
from tinygrad_wtf.compiler import allocate as planning
from tinygrad_wtf.compiler import pipeline as optimizing
from tinygrad_wtf.compiler.allocate import plan
from tinygrad_wtf.compiler.ir import Instruction, Variable
from tinygrad_wtf.compiler.passes.exact import outputs_apart, with_constants
from tinygrad_wtf.compiler.passes.pack_parameters import fused_updates


def test_outputs_apart_copies_what_lies_in_memory_that_is_written():
    w, v = A.copy(), A * 10
    hand = Hand()
    memory, other = hand.memory(w), hand.memory(v)
    view = hand.call(np.reshape, memory, (6,))
    graph = hand.returns(view, memory, other)
    graph.stores = {memory: hand.call(np.multiply, memory, 2.0), other: memory}
    made = plan(outputs_apart(graph))
    results = made.body(made.prepare([]), ())
    np.testing.assert_array_equal(results[0], A.reshape(-1))
    np.testing.assert_array_equal(results[1], A)
    np.testing.assert_array_equal(results[2], A * 10)
    np.testing.assert_array_equal(w, A * 2)
    np.testing.assert_array_equal(v, A)


def test_two_memories_change_places():
    w, v = A.copy(), A * 10
    hand = Hand()
    a, b = hand.memory(w), hand.memory(v)
    graph = hand.returns()
    graph.stores = {a: b, b: a}
    made = plan(outputs_apart(graph))
    made.body(made.prepare([]), ())
    np.testing.assert_array_equal(w, A * 10)
    np.testing.assert_array_equal(v, A)


def test_with_constants_takes_memory_that_nobody_else_holds():
    mine = A.copy()
    hand = Hand()
    kept = hand.memory(mine)
    free = hand.graph.new("memory", A * 2, A * 2)
    graph = with_constants(hand.returns(kept, free))
    assert [graph.values[v].kind for v in (kept, free)] == ["memory", "constant"]
    assert graph.values[kept].origin is mine


def test_fused_updates_put_parameters_side_by_side():
    tensors = [tw.Tensor(A), tw.Tensor(A[0]), tw.Tensor(A[:, :1])]
    hand = Hand()
    homes, gradients = {}, []
    for t in tensors:
        memory = hand.graph.new("memory", t.value.copy(), t.value)
        gradient = hand.argument(t.value * 0 + 1)
        gradients.append(np.full(t.shape, 2.0))
        step = hand.call(np.multiply, 0.5, hand.call(np.negative, gradient))
        hand.graph.stores[memory] = hand.call(np.add, memory, step)
        homes[memory] = t
    made = fused_updates(hand.returns(), homes, {})
    assert functions(made).count(np.add) == 1
    bases = {id(t.value.base) for t in tensors}
    assert len(bases) == 1
    ready = plan(made)
    for turn in (1, 2):
        ready.body(ready.prepare(gradients), ())
        for t, a in zip(tensors, (A, A[0], A[:, :1]), strict=True):
            np.testing.assert_array_equal(t.numpy(), a - turn)


def test_fused_updates_leave_memory_that_somebody_looks_at():
    tensors = [tw.Tensor(A), tw.Tensor(A[0])]
    view = tensors[0].numpy()
    hand = Hand()
    homes = {}
    for t in tensors:
        memory = hand.graph.new("memory", t.value.copy(), t.value)
        hand.graph.stores[memory] = hand.call(np.add, memory, 1.0)
        homes[memory] = t
    ready = plan(fused_updates(hand.returns().copy(), homes, {}))
    ready.body(ready.prepare([]), ())
    np.testing.assert_array_equal(view, A + 1)


def test_a_plan_uses_few_buffers_and_gives_out_none():
    memory = np.ones(1000)
    hand = Hand()
    y = before = hand.memory(memory)
    for _ in range(20):
        y = hand.call(np.tanh, hand.call(np.add, hand.call(np.multiply, y, 3.0), y))
    graph = hand.returns(y)
    graph.stores = {before: hand.call(np.negative, y)}
    expected = interpreted(graph, [])[0][0]
    made = plan(outputs_apart(graph))
    assert made.buffers <= 5 * 8000
    first = made.body(made.prepare([]), ())[0]
    np.testing.assert_array_equal(first, expected)
    np.testing.assert_array_equal(memory, -expected)
    made.body(made.prepare([]), ())
    np.testing.assert_array_equal(first, expected)


# -- a pass with an error is caught ------------------------------------------------------------------------------------


def drops_a_call(graph):
    """Let the third elementwise call give its first argument on."""
    chosen = [c for c in graph.instructions if isinstance(c.function, np.ufunc) and isinstance(c.args[0], Variable)]
    chosen = [c for c in chosen if graph.sample(c.args[0]).shape == graph.sample(c.result).shape]
    dropped = chosen[2]
    return graph.with_instructions(
        [c for c in graph.instructions if c is not dropped], {dropped.result: dropped.args[0]}
    )


def shares_two_different_calls(graph):
    """Take one product for another of the same shape."""
    first = {}
    for call in graph.instructions:
        key = (call.function, graph.sample(call.result).shape)
        if call.function is np.multiply and key in first:
            kept = [c for c in graph.instructions if c is not call]
            return graph.with_instructions(kept, {call.result: first[key]})
        first.setdefault(key, call.result)
    return graph


def swaps_arguments(graph):
    calls = [
        Instruction(c.function, c.args[::-1], c.settings, c.result, c.label, c.scope)
        if c.function is np.subtract
        else c
        for c in graph.instructions
    ]
    return graph.with_instructions(calls)


def forgets_a_store(graph):
    made = graph.copy()
    made.stores.pop(next(iter(made.stores)))
    return made


@pytest.mark.parametrize("wrong", [drops_a_call, shares_two_different_calls, swaps_arguments, forgets_a_store])
def test_a_pass_with_an_error_is_caught(wrong, monkeypatch):
    passes = optimizing.PASSES
    monkeypatch.setattr(optimizing, "PASSES", (*passes[:-1], wrong, passes[-1]))
    with pytest.raises(AssertionError):
        train_side_by_side()


def test_a_buffer_given_back_too_early_is_caught(monkeypatch):
    def hasty(self, calls):
        first = {}
        for at, call in enumerate(calls):
            for a in call.reads:
                first.setdefault(self._root(a), at)
        return {root: at if at == planning.NEVER else first[root] for root, at in right(self, calls).items()}

    right = planning.Planner._last_reads
    monkeypatch.setattr(planning.Planner, "_last_reads", hasty)
    with pytest.raises(AssertionError):
        train_side_by_side()


def test_without_an_error_nothing_is_caught():
    train_side_by_side()


def train_side_by_side():
    X, y = points()
    expected, compiled = Training(small_network, momentum=0.5), Training(small_network, momentum=0.5).compiled()
    for _ in range(3):
        expected.run(X, y)
        compiled.run(X, y)
        assert_same_state(compiled, expected)


@pytest.mark.parametrize(
    ("m", "k", "n", "line"), [(200, 3, 200, "matmul("), (20, 3, 20, ".dot("), (200, 1, 200, ".dot(")]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_product_is_written_by_the_faster_of_two_functions(m, k, n, line, order):
    a, b = np.arange(m * k).reshape(m, k) / 7.0, np.arange(k * n).reshape(k, n) / 11.0
    hand = Hand()
    graph = hand.returns(hand.call(np.dot, hand.argument(a), hand.argument(b)))
    made = plan(graph, layouts={graph.results[0]: order})
    assert line in made.source
    np.testing.assert_allclose(made.body(made.prepare([a, b]), ())[0], a @ b, rtol=1e-12)
