"""What a compiled function does outside of its tensors: generators, what the caller handed over, interrupts, forks."""

import gc
import multiprocessing
import os
import sys
import threading

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler.pipeline import PIPELINE, Options

X, Y = points()
GENERATOR = tw.Generator(3)


def reseeded(x):
    tw.manual_seed(5)
    return x + tw.rand(3)


def own_generator(x):
    return x + tw.rand(3, generator=tw.Generator(7)) + tw.rand(3)


def handed_back(x):
    GENERATOR.manual_seed(1)
    y = x + tw.rand(3, generator=GENERATOR)
    GENERATOR.manual_seed(2)
    return y + tw.rand(3, generator=GENERATOR)


def state_set(x):
    before = tw.get_rng_state()
    y = x + tw.rand(3)
    tw.set_rng_state(before)
    return y + tw.rand(3)


@pytest.mark.parametrize("function", [reseeded, own_generator, handed_back])
def test_generators_start_again_in_each_run(function):
    outcomes = []
    for run in (lambda f: f, tw.compile):
        tw.manual_seed(0)
        GENERATOR.manual_seed(0)
        fast = run(function)
        drawn = [fast(tw.zeros(3)).tolist() for _ in range(5)]
        outcomes.append((drawn, tw.rand(2).tolist(), tw.rand(2, generator=GENERATOR).tolist()))
    assert outcomes[0] == outcomes[1]


def test_where_a_generator_stands_cannot_be_asked_inside():
    tw.manual_seed(0)
    before = tw.get_rng_state()
    with pytest.raises(tw.TraceError, match="where a generator stands"):
        tw.compile(state_set)(tw.zeros(3))
    assert tw.get_rng_state() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given.update(y=given["x"] * 2),
        lambda given: given.pop("x"),
        lambda given: given["list"].append(given["x"]),
        lambda given: given["list"].__setitem__(0, 3.0),
    ],
)
def test_what_was_handed_over_is_not_changed_unseen(change):
    def function(given):
        x = given["x"]
        change(given)
        return x * 2

    with pytest.raises(tw.TraceError, match="changes a list or a dict among its arguments"):
        tw.compile(function)({"x": tw.ones(1), "list": [1.0, 2.0]})


@pytest.mark.parametrize(
    "view", [lambda w: w[:2], lambda w: w.reshape(2, 2), lambda w: w.reshape(2, 2).T, lambda w: w[::2], lambda w: w[3]]
)
@pytest.mark.parametrize("read", ["before", "after", "both", "the whole"])
def test_a_view_made_outside_of_memory_that_is_written(view, read):
    outcomes = []
    for run in (lambda f: f, tw.compile):
        w = tw.arange(4.0)
        seen = view(w)

        @run
        def function(x, w=w, seen=seen):
            if read == "the whole":
                seen.mul_(2)
                return w * x
            before = seen * x if read != "after" else None
            w.mul_(2)
            after = seen * x if read != "before" else None
            return before, after, w * x

        results = [function(tw.ones(1)) for _ in range(5)]
        made = [r if isinstance(r, tuple) else (r,) for r in results]
        outcomes.append([[None if t is None else t.tolist() for t in r] for r in made] + [w.tolist(), seen.tolist()])
    assert outcomes[0] == outcomes[1]


def test_two_writes_into_one_memory_are_refused():
    w = tw.arange(4.0)
    part = w[:2]

    def function(x):
        w.mul_(2)
        part.add_(x)
        return w * 1

    with pytest.raises(tw.TraceError, match="several tensors share"):
        tw.compile(function)(tw.ones(1))
    assert w.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_an_interrupt_before_there_is_a_program_leaves_no_mark(momentum):
    expected, training = Training(small_network, momentum=momentum), Training(small_network, momentum=momentum)
    interrupts = [KeyboardInterrupt]

    def interrupted(graph):
        if interrupts:
            raise interrupts.pop()
        return graph

    compiled = Compiled(training.step, options=Options(pipeline=(*PIPELINE, interrupted)))
    with pytest.raises(KeyboardInterrupt):
        compiled(X, Y)
    assert_same_state(training, expected)
    assert not training.optimizer.state
    for _ in range(3):
        assert_close(compiled(X, Y), expected.step(X, Y))
    assert_same_state(training, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_another_thread_runs_the_function():
    inside, done = threading.Event(), threading.Event()

    @tw.compile
    def function(x):
        if x.shape == (2,):
            inside.set()
            done.wait(20)
        return x * 2

    function(tw.ones(1))
    thread = threading.Thread(target=lambda: function(tw.ones(2)))
    thread.start()
    inside.wait(20)
    child = os.fork()
    if child == 0:
        os._exit(0 if function(tw.ones(1)).item() == 2 else 1)
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_an_error_half_way_leaves_the_parameters_as_before_the_call():
    """As `docs/compiling.md` says; of the gradients it promises nothing."""

    class TooLargeError(Exception):
        pass

    def check(gradient):
        if gradient[0] > 5:
            raise TooLargeError

    w = tw.ones(2, requires_grad=True)

    @tw.compile
    def step(x):
        w.grad = None
        (w * w * x).sum().backward()
        tw.check_values(check, w.grad)
        with tw.no_grad():
            w.sub_(w.grad * 0.01)

    for _ in range(5):
        step(tw.ones(2))
    before = w.tolist()
    with pytest.raises(TooLargeError):
        step(tw.ones(2) * 7)
    assert w.tolist() == before


class interrupted_at:  # noqa: N801
    """Inside the block, an interrupt comes with this call, before it is made."""

    def __init__(self, is_it):
        self.is_it = is_it

    def __enter__(self):
        def event(frame, kind, called):
            if self.is_it(frame, kind, called):
                raise KeyboardInterrupt

        sys.setprofile(event)

    def __exit__(self, *problem):
        sys.setprofile(None)


def test_an_interrupt_while_a_setting_changes_leaves_nothing_locked():
    with pytest.raises(KeyboardInterrupt), interrupted_at(lambda f, k, c: k == "c_call" and f.f_code.co_name == "note"):
        tw.settings_changed()
    thread = threading.Thread(target=tw.settings_changed, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_an_interrupt_in_a_trace_comes_to_no_later_end():
    """What it keeps from its end must not come to it when the traceback goes, and put a recorder back."""

    def is_left(frame, kind, called):
        return kind == "call" and frame.f_code.co_name == "__exit__" and frame.f_back.f_code.co_name == "step"

    with pytest.raises(KeyboardInterrupt) as kept, interrupted_at(is_left):
        tw.compile(lambda x: x * 2)(tw.ones(2))
    assert mode.recorder is mode.eager
    del kept
    gc.collect()
    assert mode.recorder is mode.eager


def test_an_interrupt_at_the_very_end_of_a_trace_leaves_the_thread_as_it_was():
    """It prevents the call by which a context is left; the traceback, which somebody keeps, keeps the context."""
    was_left = []

    def is_left(frame, kind, called):
        if kind == "call" and frame.f_code.co_name == "__exit__" and frame.f_back.f_code.co_name == "_trace":
            was_left.append(mode.recorder is not mode.eager)
        return any(was_left)

    w = tw.ones(2, requires_grad=True)
    with pytest.raises(KeyboardInterrupt) as kept, interrupted_at(is_left):
        tw.compile(lambda: (w * w).sum().backward())()
    assert was_left == [True]
    assert mode.recorder is mode.eager
    (w * 3).sum().backward()
    del kept
    assert w.grad.tolist() == [3.0, 3.0]


def in_another_process(given):
    """Train on with what was handed over."""
    model, optimizer, step = given
    return [step(model, optimizer).item() for _ in range(4)]


@tw.compile
def trained_once(model, optimizer):
    """A compiled function of a module."""
    optimizer.zero_grad()
    loss = ((model(X) - Y) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss


def test_all_is_handed_to_a_process_that_is_spawned():
    model = small_network()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    trained_once(model, optimizer)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        theirs = pool.apply(in_another_process, ((model, optimizer, trained_once),))
    mine = in_another_process((model, optimizer, trained_once))
    np.testing.assert_allclose(theirs, mine, rtol=1e-5)


def test_models_are_trained_in_a_child():
    """What a fork copies goes on by itself."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    training = Training(small_network, momentum=0.5).compiled()
    for _ in range(4):
        training.run(X, Y)
    child = os.fork()
    if child == 0:
        before = training.model[0].weight.numpy().copy()
        training.run(X, Y)
        moved = np.any(before != training.model[0].weight.numpy())
        os._exit(0 if moved and np.isfinite(training.model[0].weight.numpy()).all() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert nn.Linear(1, 1)(tw.ones(1)).shape == (1,)
