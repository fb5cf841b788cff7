"""What runs: memory that is written, updates side by side, buffers; and that a wrong pass does not go unseen."""

import contextlib
import dataclasses
import weakref

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.graphs import A, Hand, functions, interpreted
from tests.support.programs import Training, assert_same_state, points, small_network
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler.allocate import allocate
from tinygrad_wtf.compiler.executable import bind, executable
from tinygrad_wtf.compiler.hoist import hoist
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable
from tinygrad_wtf.compiler.passes.copy_outputs import copy_outputs
from tinygrad_wtf.compiler.passes.pack_updates import pack_updates
from tinygrad_wtf.compiler.passes.slices import Pack, Slice
from tinygrad_wtf.compiler.pipeline import PIPELINE, Options, optimize
from tinygrad_wtf.compiler.program import freeze
from tinygrad_wtf.compiler.references import references
from tinygrad_wtf.compiler.verify import check


def body_of(graph):
    """The results, and what is written, when the graph has run once."""
    made = executable(graph)
    return made.body(made.prepare([]), ())


def test_outputs_are_copied_if_they_lie_in_memory_that_is_written():
    w, v = A.copy(), A * 10
    hand = Hand()
    memory, other = hand.memory(w), hand.memory(v)
    view = hand.call(np.reshape, memory, (6,))
    hand.stores = {memory: hand.call(np.multiply, memory, 2.0), other: memory}
    results = body_of(copy_outputs(hand.returns(view, memory, other)))
    np.testing.assert_array_equal(results[0], A.reshape(-1))
    np.testing.assert_array_equal(results[1], A)
    np.testing.assert_array_equal(results[2], A * 10)
    np.testing.assert_array_equal(w, A * 2)
    np.testing.assert_array_equal(v, A)


def test_two_memories_change_places():
    w, v = A.copy(), A * 10
    hand = Hand()
    a, b = hand.memory(w), hand.memory(v)
    hand.stores = {a: b, b: a}
    body_of(copy_outputs(hand.returns()))
    np.testing.assert_array_equal(w, A * 10)
    np.testing.assert_array_equal(v, A)


@pytest.mark.parametrize("view", [lambda a: a, lambda a: a[1:], lambda a: a.T])
def test_memory_that_nobody_else_refers_to_becomes_constant(view):
    mine = A.copy()
    hand = Hand()
    kept = hand.new("memory", A, view(mine))
    free = hand.new("memory", A, view(A * 2))
    freeze(hand)
    assert [hand.values[v].kind for v in (kept, free)] == ["memory", "constant"]
    assert np.shares_memory(hand.values[kept].origin, mine)


def test_references_are_counted_whoever_asks():
    class Holder:
        def __init__(self, thing):
            self.thing = thing

    holder = Holder(np.ones(2))
    assert references(holder, "thing") == 1
    held = holder.thing
    assert references(holder, "thing") == 2
    view = held[:1]
    assert references(holder, "thing") == 3
    del held, view
    assert references(holder, "thing") == 1


def updating(tensors, step):
    """A graph that gives each tensor what `step` makes of its memory."""
    hand = Hand()
    for t in tensors:
        memory = hand.memory(t.value)
        hand.homes[memory] = t
        hand.stores[memory] = step(hand, memory)
    return hand


def test_the_same_updates_are_one():
    tensors = [tw.tensor(A), tw.tensor(A[0]), tw.tensor(A[:, :1])]

    def step(hand, memory):
        gradient = hand.argument(hand.sample(memory) * 0 + 1)
        return hand.call(np.add, memory, hand.call(np.multiply, 0.5, hand.call(np.negative, gradient)))

    before = [t.value for t in tensors]
    made = pack_updates(updating(tensors, step).returns())
    check(made)
    assert functions(made).count(np.add) == 1
    assert all(t.value is a for t, a in zip(tensors, before, strict=True))  # nothing is moved by a pass
    bind(made)
    assert len({id(t.value.base) for t in tensors}) == 1
    ready = executable(made)
    for turn in (1, 2):
        ready.body(ready.prepare([np.full(t.shape, 2.0) for t in tensors]), ())
        for t, a in zip(tensors, (A, A[0], A[:, :1]), strict=True):
            np.testing.assert_array_equal(t.numpy(), a - turn)


def test_a_rate_in_memory_is_read_in_every_run():
    """A number that is an input, as an optimizer's rate, goes into the one update of all parameters."""
    tensors, rate = [tw.tensor(A), tw.tensor(A[0])], np.array(0.5)
    hand = Hand()
    lr = hand.memory(rate)
    for t in tensors:
        memory = hand.memory(t.value)
        hand.homes[memory] = t
        hand.stores[memory] = hand.call(np.subtract, memory, hand.call(np.multiply, lr, memory))
    made = pack_updates(hand.returns())
    assert functions(made).count(np.subtract) == 1
    bind(made)
    ready = executable(made)
    for value in (0.5, 0.25):
        rate[...] = value
        before = [t.numpy().copy() for t in tensors]
        ready.body(ready.prepare([]), ())
        for t, b in zip(tensors, before, strict=True):
            np.testing.assert_array_equal(t.numpy(), b - value * b)


@pytest.mark.parametrize(
    "look", [lambda t: t.numpy(), lambda t: t.value, lambda t: t.detach(), lambda t: t.detach()[0]]
)
def test_memory_that_somebody_looks_at_is_not_moved(look):
    w, v = (tw.tensor(A, requires_grad=True) for _ in range(2))
    seen = look(w)

    @tw.compile
    def step():
        with tw.no_grad():
            w.mul_(2.0)
            v.mul_(2.0)

    memory = w.value
    step()
    assert w.value is memory
    np.testing.assert_array_equal(np.array(seen), (A * 2)[0] if np.ndim(seen) == 1 else A * 2)


def test_buffers_are_few_and_never_given_out():
    memory = np.ones(1000)
    hand = Hand()
    y = before = hand.memory(memory)
    for _ in range(20):
        y = hand.call(np.tanh, hand.call(np.add, hand.call(np.multiply, y, 3.0), y))
    hand.stores = {before: hand.call(np.negative, y)}
    graph = hand.returns(y)
    expected = interpreted(graph, [])[0][0]
    made = executable(copy_outputs(graph))
    assert made.buffers <= 5 * 8000
    first = made.body(made.prepare([]), ())[0]
    np.testing.assert_array_equal(first, expected)
    np.testing.assert_array_equal(memory, -expected)
    made.body(made.prepare([]), ())
    np.testing.assert_array_equal(first, expected)


@pytest.mark.parametrize("label", ["guard", "check"])
def test_nothing_is_written_before_a_guard_that_may_fail(label):
    """An update in place before it would be made twice: once by the program, and once by the function itself."""
    memory = np.ones(3)
    hand = Hand()
    w, v = hand.memory(memory), hand.memory(np.ones(3))
    hand.stores = {w: hand.call(np.multiply, w, 2.0), v: v}
    doubled = hand.call(np.add, v, v)

    def holds(y):
        if label == "check":
            raise ArithmeticError
        return False

    hand.call(lambda y: np.asarray(True), doubled, label=label, effect=True)
    hand.instructions[-1] = dataclasses.replace(hand.instructions[-1], function=holds)
    made = executable(hand.returns())
    with contextlib.suppress(ArithmeticError):
        assert made.body(made.prepare([]), ()) is None
    np.testing.assert_array_equal(memory, np.ones(3))


def test_what_runs_is_no_reference_cycle():
    memory = np.ones(3)
    hand = Hand()
    made = executable(hand.returns(hand.call(np.negative, hand.memory(memory))))
    gone = weakref.ref(memory)
    del memory, hand, made
    assert gone() is None


# -- a pass with an error is caught ------------------------------------------------------------------------------------


def drops_a_call(graph):
    """Let the third elementwise call give its first argument on."""
    chosen = [c for c in graph.instructions if isinstance(c.function, np.ufunc) and isinstance(c.args[0], Variable)]
    chosen = [c for c in chosen if graph.sample(c.args[0]).shape == graph.sample(c.result).shape]
    edit = Builder(graph)
    edit.replace(chosen[2].result, chosen[2].args[0])
    return edit.build(c for c in graph.instructions if c is not chosen[2])


def shares_two_different_calls(graph):
    """Take one product for another of the same shape."""
    first = {}
    for call in graph.instructions:
        key = (call.function, graph.sample(call.result).shape)
        if call.function is np.multiply and key in first:
            edit = Builder(graph)
            edit.replace(call.result, first[key])
            return edit.build(c for c in graph.instructions if c is not call)
        first.setdefault(key, call.result)
    return graph


def swaps_arguments(graph):
    swapped = (c.with_args(*c.args[::-1]) if c.function is np.subtract else c for c in graph.instructions)
    return Builder(graph).build(swapped)


def forgets_a_store(graph):
    edit = Builder(graph)
    edit.stores.pop(next(iter(edit.stores)))
    return edit.build(graph.instructions)


WRONG = [drops_a_call, shares_two_different_calls, swaps_arguments, forgets_a_store]


def broken(wrong, verify):
    """Options with a wrong pass before parameters are packed."""
    at = PIPELINE.index(pack_updates)
    return Options(pipeline=(*PIPELINE[:at], wrong, *PIPELINE[at:]), verify=verify)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_pass_with_an_error_is_caught_by_the_verifier(wrong):
    with pytest.raises(AssertionError, match=wrong.__name__):
        train_side_by_side(broken(wrong, verify=True))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_pass_with_an_error_is_caught_by_training_side_by_side(wrong):
    with pytest.raises(AssertionError):
        train_side_by_side(broken(wrong, verify=False))


def test_a_value_that_is_still_read_is_not_overwritten():
    hand = Hand()
    moving = hand.memory(A.copy())
    a = hand.call(np.exp, moving)
    b = hand.call(np.sin, a)
    c = hand.call(np.cos, b)
    d = hand.call(np.multiply, c, a)
    hand.stores = {moving: hand.call(np.add, moving, 1.0)}
    graph = copy_outputs(hand.returns(d))
    arrays = allocate(graph, hoist(graph)).arrays
    assert not np.shares_memory(arrays[a], arrays[b])
    assert np.shares_memory(arrays[b], arrays[c])  # b is read for the last time where c is made
    assert not np.shares_memory(arrays[a], arrays[c])


def test_without_an_error_nothing_is_caught():
    train_side_by_side(Options(verify=True))
    train_side_by_side(Options(verify=False))


def train_side_by_side(options):
    X, y = points()
    expected, twin = Training(small_network, momentum=0.5), Training(small_network, momentum=0.5)
    twin.run = Compiled(twin.step, options=options)
    for _ in range(3):
        expected.run(X, y)
        twin.run(X, y)
        assert_same_state(twin, expected)


def test_a_graph_prints_and_is_not_changed_by_passes():
    hand = Hand()
    x = hand.argument()
    graph = hand.returns(hand.call(tw.sigmoid.forward, x), hand.call(np.multiply, x, hand.constant(np.ones(3))))
    before = str(graph)
    assert "v0: argument (2, 3)" in before
    made = optimize(graph, verify=True)
    assert str(graph) == before
    assert isinstance(made, Graph)
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.instructions = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.instructions[0].label = "another"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda g, i: (i[1], i[0]), "before it is made"),
        (lambda g, i: (i[0], i[0], i[1]), "made twice"),
        (lambda g, i: (i[0],), "never made"),
    ],
)
def test_a_graph_that_is_not_well_formed_is_refused(wrong, said):
    hand = Hand()
    graph = hand.returns(hand.call(np.exp, hand.call(np.negative, hand.argument())))
    with pytest.raises(AssertionError, match=said):
        check(dataclasses.replace(graph, instructions=wrong(graph, graph.instructions)))


def test_an_instruction_keeps_what_is_not_an_argument():
    i = Instruction(np.add, (1, 2), {}, Variable(3), "add", ("layer",))
    assert i.with_args(2, 1) == Instruction(np.add, (2, 1), {}, Variable(3), "add", ("layer",))


@pytest.mark.parametrize(
    ("m", "k", "n", "line"), [(200, 3, 200, "matmul("), (20, 3, 20, ".dot("), (200, 1, 200, ".dot(")]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_product_is_written_by_the_faster_of_two_functions(m, k, n, line, order):
    a, b = np.arange(m * k).reshape(m, k) / 7.0, np.arange(k * n).reshape(k, n) / 11.0
    hand = Hand()
    product = hand.call(np.dot, hand.argument(a), hand.argument(b))
    packed = hand.call(Pack([Slice(0, (m, n), order)]), product)  # the product is written there
    made = executable(hand.returns(product, packed))
    assert made.arrays[product].flags[f"{order}_CONTIGUOUS"]
    assert line in made.source
    np.testing.assert_allclose(made.body(made.prepare([a, b]), ())[0], a @ b, rtol=1e-12)
