"""What holds for a thread: recording or not, the open scopes, and the silence of arithmetic."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf._state import BUFFER, mode

SETTINGS = {
    "no_grad": (tw.no_grad, False),
    "enable_grad": (tw.enable_grad, True),
    "set_grad_enabled(False)": (lambda: tw.set_grad_enabled(False), False),
    "set_grad_enabled(True)": (lambda: tw.set_grad_enabled(True), True),
}
every_setting = pytest.mark.parametrize(("setting", "recording"), SETTINGS.values(), ids=SETTINGS)


def in_thread(function):
    """What the function returns in a thread of its own."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


# ---------------------------------------------------------------- recording


def test_recording_is_on_at_first():
    assert tw.is_grad_enabled()


def test_without_recording_nothing_requires_gradients():
    x = tw.Tensor([1.0], requires_grad=True)
    with tw.no_grad():
        y = x * 2
    assert not y.requires_grad
    assert y.is_leaf


def test_a_leaf_may_be_made_to_require_gradients_while_nothing_is_recorded():
    with tw.no_grad():
        assert tw.Tensor([1.0], requires_grad=True).requires_grad


@every_setting
def test_a_setting_holds_inside_its_block(setting, recording):
    with setting():
        assert tw.is_grad_enabled() is recording


@every_setting
@pytest.mark.parametrize("outside", [True, False])
def test_the_block_restores_what_was_before(setting, recording, outside):
    with tw.set_grad_enabled(outside):
        with setting():
            pass
        assert tw.is_grad_enabled() is outside


@every_setting
def test_an_exception_restores_what_was_before(setting, recording):
    with tw.set_grad_enabled(not recording):
        with pytest.raises(KeyError), setting():
            raise KeyError
        assert tw.is_grad_enabled() is not recording


@every_setting
def test_a_setting_decorates_a_function(setting, recording):
    @setting()
    def inside():
        return tw.is_grad_enabled()

    with tw.set_grad_enabled(not recording):
        assert inside() is recording
        assert tw.is_grad_enabled() is not recording


@every_setting
def test_a_decorator_acts_only_when_the_function_is_called(setting, recording):
    setting()(lambda: None)
    assert tw.is_grad_enabled()


@every_setting
def test_a_decorated_function_keeps_its_name_arguments_and_result(setting, recording):
    @setting()
    def power(base, *, exponent=2):
        """Raise."""
        return base**exponent

    assert power(3, exponent=3) == 27
    assert (power.__name__, power.__doc__) == ("power", "Raise.")


@pytest.mark.parametrize(("setting", "recording"), [(tw.no_grad, False), (tw.enable_grad, True)])
def test_the_parentheses_of_a_decorator_may_be_left_out(setting, recording):
    @setting
    def inside():
        return tw.is_grad_enabled()

    with tw.set_grad_enabled(not recording):
        assert inside() is recording


def test_a_decorated_function_may_call_itself():
    @tw.no_grad()
    def down(n):
        assert not tw.is_grad_enabled()
        if n:
            down(n - 1)
            assert not tw.is_grad_enabled()

    down(5)
    assert tw.is_grad_enabled()


def test_a_decorated_function_that_raises_restores_what_was_before():
    @tw.no_grad()
    def broken():
        raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert tw.is_grad_enabled()


def test_set_grad_enabled_acts_at_once_as_a_statement():
    tw.set_grad_enabled(False)
    try:
        assert not tw.is_grad_enabled()
    finally:
        tw.set_grad_enabled(True)


def test_one_object_may_be_entered_again_inside_itself():
    off = tw.no_grad()
    with off:
        with tw.enable_grad(), off:
            assert not tw.is_grad_enabled()
        assert not tw.is_grad_enabled()
    assert tw.is_grad_enabled()


@given(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=6))
def test_nested_settings_are_undone_in_reverse(names):
    def descend(rest):
        before = tw.is_grad_enabled()
        if rest:
            setting, recording = SETTINGS[rest[0]]
            with setting():
                assert tw.is_grad_enabled() is recording
                descend(rest[1:])
        assert tw.is_grad_enabled() is before

    descend(names)


class TestDecoratedGenerator:
    @staticmethod
    @tw.no_grad()
    def echo(*values):
        received = []
        for value in values:
            received.append((yield value, tw.is_grad_enabled()))
        return received

    def test_each_piece_runs_in_the_setting(self):
        assert list(self.echo(1, 2)) == [(1, False), (2, False)]

    def test_between_the_pieces_the_callers_setting_holds(self):
        for _ in self.echo(1, 2):
            assert tw.is_grad_enabled()

    def test_what_is_sent_arrives(self):
        steps = self.echo(1, 2)
        next(steps)
        steps.send("a")
        with pytest.raises(StopIteration) as end:
            steps.send("b")
        assert end.value.value == ["a", "b"]

    def test_what_is_thrown_arrives(self):
        steps = self.echo(1, 2)
        next(steps)
        with pytest.raises(KeyError):
            steps.throw(KeyError())
        assert tw.is_grad_enabled()

    def test_it_can_be_closed(self):
        ended = []

        @tw.no_grad()
        def steps():
            try:
                yield 1
            finally:
                ended.append(tw.is_grad_enabled())

        running = steps()
        next(running)
        running.close()
        assert ended == [False]


def test_each_thread_has_a_mode_of_its_own():
    with tw.no_grad():
        assert in_thread(tw.is_grad_enabled)


def test_a_thread_changes_only_its_own_mode():
    in_thread(lambda: tw.set_grad_enabled(False))
    assert tw.is_grad_enabled()


def test_threads_train_at_the_same_time():
    def slope(at):
        def run():
            x = tw.tensor(at, requires_grad=True, dtype=tw.float64)
            for _ in range(50):
                x.grad = None
                (x * x * x).backward()
            results[at] = x.grad.item()

        return run

    results = {}
    threads = [threading.Thread(target=slope(float(at))) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {0.0: 0.0, 1.0: 3.0, 2.0: 12.0, 3.0: 27.0}


# ---------------------------------------------------------------- scopes


def test_no_scope_is_open_at_first():
    assert tw.current_scope() == ()


@given(st.lists(st.text(max_size=3), max_size=5))
def test_scopes_nest_in_their_order(names):
    def descend(rest, path):
        assert tw.current_scope() == path
        if rest:
            with tw.scope(rest[0]):
                descend(rest[1:], (*path, rest[0]))
            assert tw.current_scope() == path

    descend(names, ())


def test_a_scope_is_closed_by_an_exception():
    with pytest.raises(KeyError), tw.scope("layer"):
        raise KeyError
    assert tw.current_scope() == ()


def test_a_function_is_called_inside_a_scope():
    def failing(path, *, where):
        assert tw.current_scope() == ("outer", "inner") == (*path, where)
        raise ValueError("from within")

    with tw.scope("outer"):
        with pytest.raises(ValueError, match="from within"):
            tw.scope.call("inner", failing, (tw.current_scope(),), {"where": "inner"})
        assert tw.current_scope() == ("outer",)


def test_a_scope_decorates_a_function():
    @tw.scope("layer")
    def inside():
        return tw.current_scope()

    assert inside() == ("layer",)
    assert tw.current_scope() == ()


def test_a_thread_starts_outside_of_every_scope():
    with tw.scope("layer"):
        assert in_thread(tw.current_scope) == ()


def test_a_step_carries_the_scope_that_it_was_recorded_in():
    x = tw.Tensor([1.0], requires_grad=True)
    with tw.scope("model"), tw.scope("0: Linear"):
        y = x * 2
    assert y.node.scope == ("model", "0: Linear")
    assert (y * 2).node.scope == ()


def test_an_error_names_the_layer():
    with (
        tw.scope("model"),
        tw.scope("0: Linear"),
        pytest.raises(tw.ShapeError, match="in layer model / 0: Linear") as e,
    ):
        tw.zeros(2, 3) @ tw.zeros(2, 3)
    assert e.value.layer == "model / 0: Linear"


def test_an_error_of_the_pass_names_the_layer_of_its_step():
    x = tw.Tensor([1.0], requires_grad=True)
    with tw.scope("0: Linear"):
        y = x.exp()
    y.sum().backward()
    with tw.scope("elsewhere"), pytest.raises(tw.GraphError, match="in layer 0: Linear"):
        y.sum().backward()


# ---------------------------------------------------------------- silence

LOUD = {
    "divide": lambda x: x / 0,
    "log": lambda x: (x * 0).log(),
    "overflow": lambda x: (x * 1e30).exp(),
    "underflow": lambda x: (x * -1e3).exp() * 1e-30,
    "invalid": lambda x: (x * -1).sqrt(),
    "power": lambda x: (x * 0) ** -1,
}
every_loud_one = pytest.mark.parametrize("compute", LOUD.values(), ids=LOUD)


@every_loud_one
def test_operations_are_silent_where_numpy_would_raise(compute):
    with np.errstate(all="raise"):
        compute(tw.Tensor([1.0, 2.0]))


@every_loud_one
def test_the_pass_is_silent_where_numpy_would_raise(compute):
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    with np.errstate(all="raise"):
        compute(x).sum().backward()
    assert x.grad is not None


@every_loud_one
def test_the_recorded_pass_is_silent_where_numpy_would_raise(compute):
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    with np.errstate(all="raise"):
        compute(x).sum().backward(create_graph=True)
    assert x.grad is not None


def test_numpys_own_error_state_stays_the_users():
    with np.errstate(divide="raise", over="warn", under="print", invalid="call"):
        before = np.geterr()
        x = tw.Tensor([1.0], requires_grad=True)
        (x / 0).sum().backward()
        assert np.geterr() == before


def test_numpys_buffer_stays_the_users_and_is_smaller_inside():
    before, seen = np.getbufsize(), []
    x = tw.Tensor([1.0], requires_grad=True)
    x.register_hook(lambda g: seen.append(np.getbufsize()))
    (x * x).sum().backward()
    assert np.getbufsize() == before
    assert seen == [BUFFER]
    assert mode.silently(np.getbufsize) == BUFFER < before


def test_numpy_still_raises_between_operations():
    tw.Tensor([1.0]) / 0
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        np.array([1.0]) / 0


def test_the_users_error_state_holds_inside_a_hook_that_asks_for_it():
    x = tw.Tensor([1.0], requires_grad=True)
    x.register_hook(lambda g: np.geterr() and None)
    with np.errstate(all="raise"):
        x.sum().backward()
        assert set(np.geterr().values()) == {"raise"}


def test_a_new_thread_is_silent_too():
    def compute():
        with np.errstate(all="raise"):
            return (tw.Tensor([1.0]) / 0).item()

    assert in_thread(compute) == np.inf


def test_an_operation_may_be_computed_within_another():
    """As when the collector runs a destructor that computes, or a row's forward is made of other rows."""
    from tinygrad_wtf.core.op import Op

    nested = Op("nested", "nested({})", lambda x: x * tw.sigmoid(x))
    try:
        with np.errstate(all="raise"):
            assert nested(tw.Tensor([0.0, -1e4])).tolist() == [0.0, 0.0]
    finally:
        del Op.table["nested"]


def test_tensors_may_be_computed_within_an_operation():
    from tinygrad_wtf.core.op import Op

    nested = Op("nested", "nested({})", lambda x: x * (1 / tw.tensor(x)).numpy())
    try:
        assert nested(tw.Tensor([2.0, -4.0])).tolist() == [1.0, 1.0]
    finally:
        del Op.table["nested"]


def test_a_runtime_error_of_an_operation_is_not_computed_again():
    from tinygrad_wtf.core.op import Op

    calls = []

    def forward(x):
        calls.append(x)
        raise RuntimeError("once")

    broken = Op("broken", "broken({})", forward)
    try:
        with pytest.raises(RuntimeError, match="once"):
            broken(np.zeros(1))
    finally:
        del Op.table["broken"]
    assert len(calls) == 1


# -- updates by hand ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "expected"),
    [("w -= 0.5", 1.5), ("w += 0.5", 2.5), ("w *= 3", 6.0), ("w /= 2", 1.0)],
)
def test_a_leaf_is_updated_in_place_where_nothing_is_recorded(update, expected):
    w = tw.Tensor([2.0], requires_grad=True)
    names = {"w": w}
    with tw.no_grad():
        exec(update, names)
    assert names["w"] is w
    assert w.requires_grad
    assert w.tolist() == [expected]


@pytest.mark.parametrize("update", ["w -= 0.5", "w += 0.5", "w *= 3", "w /= 2", "w **= 2", "w[0] += 1", "w[:] = 0.0"])
def test_where_it_is_recorded_a_leaf_is_not_updated(update):
    w = tw.Tensor([2.0], requires_grad=True)
    with pytest.raises(tw.GraphError, match="a leaf that requires gradients is being used in an in-place operation"):
        exec(update, {"w": w})
    assert w.tolist() == [2.0]


def test_a_tensor_is_not_none():
    t = tw.Tensor([1.0])
    assert (t == None) is False  # noqa: E711
    assert (None != t) is True  # noqa: E711, SIM300
