"""What a call that repeats the last one still has to see: it takes the shortest way only while nothing has changed."""

import gc
import threading
import weakref

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.compiler.call_lock import CallLock
from tinygrad_wtf.compiler.fast_path import never
from tinygrad_wtf.core.memory import Clock

OFTEN = running.STATIC_AFTER + 2  # so many equal calls, and the next one is a replay
X = tw.tensor([1.0, 3.0])
LONG = np.ones(50_000)
RATE = 2.0


def trained():
    """A step that learns, and does not look at the old gradient, called until it is replayed."""
    w = tw.Tensor([1.0, 2.0], requires_grad=True)

    @tw.compile
    def step(x):
        w.grad = None
        loss = ((w * x) ** 2).sum()
        loss.backward()
        with tw.no_grad():
            w.sub_(w.grad * 0.01)
        return loss

    repeat(step, X)
    return w, step


def slope(w):
    """The gradient that the next step will give."""
    return pytest.approx(2 * w.value * X.numpy() ** 2)


def repeat(compiled, *args):
    """Call it so often with the same arguments that the next call is a replay."""
    for _ in range(OFTEN):
        result = compiled(*args)
    assert compiled._replay is not never
    return result


def is_replayed(compiled, *args):
    """Whether a call is a replay: nothing is looked up then."""
    run, compiled._run = compiled._run, lambda *_: pytest.fail("not replayed")
    try:
        compiled(*args)
    finally:
        compiled._run = run
    return True


def body_of(compiled):
    """The cell in which a replay finds the body of its program."""
    replay = compiled._replay
    return replay.__closure__[replay.__code__.co_freevars.index("body_")]


def change(w):
    """Other parameters, so that the next gradient is another one."""
    with tw.no_grad():
        w.mul_(3)


# -- gradients that somebody holds ------------------------------------------------------------------


@pytest.mark.parametrize("is_taken_away", [False, True])
@pytest.mark.parametrize(
    "hold",
    [
        lambda w: w.grad,
        lambda w: w.grad.detach(),
        lambda w: w.grad.numpy(),
        lambda w: w.grad.numpy()[:1],
        lambda w: memoryview(w.grad.numpy()),
        lambda w: [w.grad],
        lambda w: w.grad.T,
    ],
    ids=["tensor", "detached", "array", "view", "buffer", "in a list", "transposed"],
)
def test_a_gradient_that_is_held_is_not_overwritten(hold, is_taken_away):
    w, step = trained()
    held = hold(w)
    before = np.array(held[0].numpy() if isinstance(held, list) else held)
    if is_taken_away:
        w.grad = None
    x = tw.tensor([2.0, 5.0])  # other arguments, then those of the replay
    for arguments in (X, x, x, x, x, X, X):
        step(arguments)
        change(w)
    np.testing.assert_array_equal(np.array(held[0].numpy() if isinstance(held, list) else held), before)


@pytest.mark.parametrize("is_taken_away", [False, True])
def test_a_gradient_that_is_held_is_not_overwritten_by_a_replay(is_taken_away):
    """Nothing else has changed: parameters are changed behind the back of the program."""
    w, step = trained()
    held = w.grad
    before = held.tolist()
    if is_taken_away:
        w.grad = None
    w.value[:] = 7
    step(X)
    assert held.tolist() == before
    assert w.grad is not held
    assert w.grad.tolist() == [14, 126]


def test_a_gradient_that_is_put_elsewhere_is_not_overwritten():
    w, step = trained()
    other = tw.Tensor([0.0, 0.0], requires_grad=True)
    other.grad = w.grad
    before = other.grad.tolist()
    w.value[:] = 7
    step(X)
    assert other.grad.tolist() == before


def test_a_gradient_that_is_read_and_let_go_costs_nothing():
    w, step = trained()
    lent = id(w.grad)
    for _ in range(3):
        assert w.grad.sum().item() > 0
        assert is_replayed(step, X)
        assert id(w.grad) == lent


def test_a_gradient_that_was_taken_away_is_handed_out_again():
    w, step = trained()
    for stand_in in (None, tw.tensor([0.0, 0.0]), None):
        w.grad, expected = stand_in, slope(w)
        assert is_replayed(step, X)
        assert w.grad.numpy() == expected
    w.grad = None
    (w * 2).sum().backward()
    expected = slope(w)
    assert is_replayed(step, X)
    assert w.grad.numpy() == expected


def test_the_graph_of_an_accumulated_gradient_keeps_its_numbers():
    w, step = trained()
    ((w * 3).sum()).backward(create_graph=True)
    summed, before = w.grad, w.grad.tolist()
    w.value[:] = 7
    step(X)
    assert summed.tolist() == before


def test_a_gradient_that_was_taken_from_the_node_and_replaced():
    """Nobody asked for it; but where it lay there is something else now."""
    w, step = trained()
    held = w.node.grad
    w.grad = None
    before = held.tolist()
    w.value[:] = 7
    step(X)
    assert held.tolist() == before


def test_gradients_are_asked_for_in_another_thread():
    w, step = trained()
    found = []
    thread = threading.Thread(target=lambda: found.append(w.grad))
    thread.start()
    thread.join()
    before = found[0].tolist()
    w.value[:] = 7
    step(X)
    assert found[0].tolist() == before


def test_a_program_is_freed_without_the_collector():
    """What a leaf knows of the program that lends it a gradient does not keep the program."""
    w, step = trained()
    buffers = weakref.ref(step.program.gradient_buffers.watch)
    assert w.node.watch is buffers()
    lent = weakref.ref(step.program.gradient_buffers)
    gc.disable()
    try:
        step.clear()
        assert lent() is None
    finally:
        gc.enable()
    assert w.grad is not None


# -- the order of a step ------------------------------------------------------------------


def test_gradients_that_the_step_clears_at_its_end():
    w = tw.Tensor([1.0, 2.0], requires_grad=True)

    def step(x):
        loss = ((w * x) ** 2).sum()
        loss.backward()
        w.grad = None
        return loss

    compiled = tw.compile(step)
    repeat(compiled, X)
    assert is_replayed(compiled, X)
    assert w.grad is None
    w.grad = tw.tensor([1.0, 1.0])
    compiled(X)
    assert w.grad is None


def test_gradients_that_the_step_clears_without_looking():
    w = tw.Tensor([1.0, 2.0], requires_grad=True)
    w.grad = tw.tensor([1.0, 1.0])

    @tw.compile
    def step(x):
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        w.grad = None
        return loss

    repeat(step, X)
    w.grad = tw.tensor([1.0, 1.0])
    assert is_replayed(step, X)
    assert w.grad is None


def test_gradients_that_add_up():
    w = tw.Tensor([1.0, 2.0], requires_grad=True)
    compiled = tw.compile(lambda x: (w * x).sum().backward())
    for turn in range(1, OFTEN + 4):
        compiled(X)
        assert w.grad.tolist() == [turn, 3 * turn]
    w.grad = None
    for turn in range(1, OFTEN + 4):
        compiled(X)
        assert w.grad.tolist() == [turn, 3 * turn]


def test_a_function_that_returns_nothing_runs_once():
    w = tw.Tensor([1.0], requires_grad=True)

    @tw.compile
    def step():
        with tw.no_grad():
            w.add_(1)

    for turn in range(OFTEN + 3):
        assert step() is None
        assert w.item() == turn + 2


# -- arguments and surroundings ------------------------------------------------------------------


def test_other_arguments_and_other_numbers_of_them():
    compiled = tw.compile(lambda *parts: sum(parts[1:], parts[0]))
    a, b = tw.tensor([1.0]), tw.tensor([2.0])
    assert repeat(compiled, a, b).item() == 3
    assert [compiled(a).item(), compiled(b, a).item(), compiled(a, b, b).item(), compiled(b, b).item()] == [1, 3, 5, 4]
    assert repeat(compiled, a, b).item() == 3
    assert compiled(a, a).item() == 2


def test_a_list_that_is_an_argument_is_changed_inside():
    compiled = tw.compile(lambda parts: parts[0] * 2)
    parts = [tw.tensor([1.0])]
    for _ in range(OFTEN):
        assert compiled(parts).item() == 2
    parts[0] = tw.tensor([5.0])
    assert compiled(parts).item() == 10


def test_a_closure_is_rebound_and_a_name_unbound():
    rate = 2.0
    compiled = tw.compile(lambda x: x * rate)  # noqa: F821 - it is deleted below
    assert repeat(compiled, X).tolist() == [2, 6]
    rate = 3.0
    assert compiled(X).tolist() == [3, 9]
    repeat(compiled, X)
    del rate
    with pytest.raises(NameError):
        compiled(X)


def test_globals_are_rebound_and_deleted(monkeypatch):
    compiled = tw.compile(lambda x: x * RATE)
    repeat(compiled, X)
    monkeypatch.setitem(globals(), "RATE", 3.0)
    assert compiled(X).tolist() == [3, 9]
    repeat(compiled, X)
    monkeypatch.delitem(globals(), "RATE")
    with pytest.raises(NameError):
        compiled(X)


def test_globals_of_several_modules_and_names_that_are_none():
    spaces = [{"factor": 2.0, "@odd": 1}, {"factor": 5.0}]
    functions = [eval("lambda x: x * factor", space) for space in spaces]
    odd = eval("lambda x: x", spaces[0])
    odd.__code__ = odd.__code__.replace(co_names=("@odd",))
    first, second = functions
    compiled = tw.compile(lambda x: odd(first(second(x))))
    assert repeat(compiled, X).tolist() == [10, 30]
    assert is_replayed(compiled, X)
    for space, expected in ((spaces[0], 15), (spaces[1], 9)):
        space["factor"] = 3.0
        assert compiled(X).tolist() == [expected, 3 * expected]
        repeat(compiled, X)
    del spaces[1]["factor"]
    with pytest.raises(NameError):
        compiled(X)


def test_a_list_that_grows():
    rates = [2.0]
    compiled = tw.compile(lambda x: x * sum(rates))
    assert repeat(compiled, X).tolist() == [2, 6]
    rates.append(3.0)
    assert compiled(X).tolist() == [5, 15]
    repeat(compiled, X)
    rates[:] = [1.0, 3.0]
    assert compiled(X).tolist() == [4, 12]


def test_many_replays_share_their_code():
    def scaled(scale):
        return tw.compile(lambda x: x * scale)

    compiled = [scaled(2.0), scaled(3.0)]
    for function in compiled:
        repeat(function, X)
    assert compiled[0]._replay.__code__ is compiled[1]._replay.__code__
    assert [function(X).tolist() for function in compiled] == [[2, 6], [3, 9]]


def test_globals_that_are_called_as_what_a_replay_uses():
    names = ["clock_", "time_", "args_", "here_", "cell_0_", "results_", "len", "Tensor", "again", "program"]
    for name in names:
        space = {name: 2.0}
        compiled = tw.compile(eval(f"lambda x: x * {name}", space))
        assert repeat(compiled, X).tolist() == [2, 6]
        assert is_replayed(compiled, X)
        space[name] = 3.0
        assert compiled(X).tolist() == [3, 9]


def test_memory_written_in_place_and_exchanged():
    scale = tw.tensor([2.0])
    x = tw.tensor([1.0])
    compiled = tw.compile(lambda x: (x + 1) * scale)
    assert repeat(compiled, x).item() == 4
    x.copy_(tw.tensor([2.0]))
    assert compiled(x).item() == 6
    repeat(compiled, x)
    scale.data = tw.tensor([5.0])
    assert compiled(x).item() == 15
    repeat(compiled, x)
    x.data = tw.tensor([0.0])
    assert compiled(x).item() == 5


def test_the_mode_of_the_thread():
    w = tw.Tensor([2.0], requires_grad=True)
    compiled = tw.compile(lambda x: (x * w).sum())
    assert repeat(compiled, X).requires_grad
    with tw.no_grad():
        assert not compiled(X).requires_grad
        assert not repeat(compiled, X).requires_grad
        found = []
        thread = threading.Thread(target=lambda: found.append(compiled(X).requires_grad))  # a mode of its own
        thread.start()
        thread.join()
        assert found == [True]
    assert compiled(X).requires_grad


def test_a_replay_inside_another_compiled_function_is_a_part_of_it():
    inner = tw.compile(lambda x: x * 2)
    repeat(inner, X)
    outer = tw.compile(lambda x: inner(x) + 1)
    assert repeat(outer, X).tolist() == [3, 7]
    assert "add" in str(outer.program)
    assert "mul" in str(outer.program)


def test_a_replay_is_seen_by_what_relies_on_the_memory():
    w, x = tw.Tensor([1.0], requires_grad=True), tw.tensor([1.0])

    @tw.compile
    def step(x):
        with tw.no_grad():
            w.add_(x)
        return w.sum()

    repeat(step, x)
    loss = (w * w).sum()
    assert is_replayed(step, x)
    with pytest.raises(tw.GraphError, match="changed in place"):
        loss.backward()
    reader = tw.compile(lambda: w * 10)
    for _ in range(OFTEN):
        assert reader().item() == 10 * w.item()
        step(x)


def test_what_others_write_during_a_replay_is_seen_afterwards():
    """A program counts its own writes on the clock, and no others: those that came in between are not skipped."""
    w, x = tw.Tensor([1.0], requires_grad=True), tw.tensor([1.0])

    @tw.compile
    def step(x):
        with tw.no_grad():
            w.add_((x + 1) * (x + 1))
        return w.sum()

    repeat(step, x)
    meanwhile = [lambda: x.copy_(tw.tensor([0.0]))]
    cell = body_of(step)
    body = cell.cell_contents

    def disturbed(*args):
        results = body(*args)
        meanwhile.pop()()
        return results

    cell.cell_contents = disturbed
    before = step(x).item()
    cell.cell_contents = body
    assert not meanwhile
    assert step(x).item() == before + 1


def test_stamps_are_one_for_each_memory():
    books, whole = Clock(), np.zeros(4)
    stamps = books.stamps([whole[:2], whole[2:]])
    assert len(stamps) == 1
    before = books.time
    books.stamped(stamps)
    assert books.time == before + 1
    assert books.changed_since(whole, before)
    assert not books.changed_since(whole, before + 1)
    books.written(whole[1:])
    assert books.changed_since(whole, before + 1)
    books.stamped(stamps)
    assert books.changed_since(whole, before + 2)


# -- turns ------------------------------------------------------------------


def test_one_thread_at_a_time():
    turn, inside, most = CallLock(), [], []

    def alone():
        inside.append(1)
        most.append(len(inside))
        LONG.cumsum()  # NumPy lets other threads run meanwhile
        inside.pop()

    def work():
        for _ in range(200):
            turn.run(alone)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert max(most) == 1
    assert len(most) == 1200
    assert turn.free == [True]
    assert turn.holder is None


def test_threads_replay_one_program_at_once():
    """All steps are made, one after another."""
    w, x = tw.tensor(np.zeros(20_000, np.float32), requires_grad=True), tw.ones(20_000)

    @tw.compile
    def step(x):
        with tw.no_grad():
            w.add_(x)
        return w.sum()

    repeat(step, x)
    seen = []

    def work():
        for _ in range(50):
            seen.append(step(x).item())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert sorted(seen) == [20_000 * (OFTEN + i) for i in range(1, 201)]


def test_threads_wait_for_a_replay():
    _, step = trained()
    cell, inside, most = body_of(step), [], []
    body = cell.cell_contents

    def slow(*args):
        inside.append(1)
        most.append(len(inside))
        for _ in range(20):
            LONG.cumsum()  # NumPy lets other threads run meanwhile
        inside.pop()
        return body(*args)

    cell.cell_contents = slow
    threads = [threading.Thread(target=step, args=(X,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert most == [1] * 5


def test_a_turn_is_given_back_after_an_error():
    compiled = tw.compile(lambda x: x if x.sum() > 0 else -x)
    for _ in range(2):
        with pytest.raises(tw.TraceError):
            compiled(X)
    assert compiled._lock.free == [True]


def test_called_from_within_itself():
    """As a finalizer may: it computes as the ordinary function does, and waits for nobody."""
    compiled = tw.compile(lambda x: x * 2)
    repeat(compiled, X)

    def meanwhile():
        assert compiled(X).tolist() == [2, 6]
        compiled.clear()

    compiled._lock.run(meanwhile)
    assert compiled.program is None
    assert compiled(X).tolist() == [2, 6]
    assert compiled.traces == 2


def test_cleared_while_it_is_traced():
    calls = []

    @tw.compile
    def step(x):
        calls.append(1)
        step.clear()
        return x * 2

    assert [step(X).tolist() for _ in range(3)] == [[2, 6]] * 3
