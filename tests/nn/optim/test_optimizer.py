"""What all optimizers share: hooks, groups, states, a step of one's own, and what is refused."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

KINDS = ["SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "RMSprop", "Adagrad", "Adadelta", "Rprop", "ASGD"]


def trained(optimizer, w, steps=3):
    for _ in range(steps):
        optimizer.zero_grad()
        ((w - 1) ** 2).sum().backward()
        optimizer.step()
    return w.tolist()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copies_go_on_alike(name, copied):
    w = nn.Parameter([3.0, -1.0])
    optimizer = getattr(nn.optim, name)([w])
    trained(optimizer, w)
    v, other = copied((w, optimizer))
    assert trained(other, v) == trained(optimizer, w)


@pytest.mark.parametrize("name", KINDS)
def test_float32_stays_float32(name):
    w = nn.Parameter(np.array([3.0, -1.0], np.float32))
    optimizer = getattr(nn.optim, name)([w])
    trained(optimizer, w)
    compiled = tw.compile(lambda: trained_once(optimizer, w))
    for _ in range(3):
        compiled()
    assert all(t.dtype == tw.float32 for t in optimizer.state[w].values() if t.shape == w.shape)
    assert w.dtype == tw.float32


@pytest.mark.parametrize("name", KINDS)
def test_a_recorded_step_is_refused(name):
    with pytest.raises(tw.UnsupportedError, match="differentiable=True"):
        getattr(nn.optim, name)([nn.Parameter([1.0])], differentiable=True)


def test_settings_are_checked():
    w = nn.Parameter([1.0])
    for make, message in [
        (lambda: nn.optim.Adam([w], betas=(0.9, 1.0)), r"betas\[1\]"),
        (lambda: nn.optim.Adam([w], betas=0.9), "a pair of numbers"),
        (lambda: nn.optim.Adam([w], eps=-1), "eps"),
        (lambda: nn.optim.Rprop([w], etas=(1.5, 1.2)), "etas"),
        (lambda: nn.optim.Adadelta([w], rho=1.5), "rho"),
        (lambda: nn.optim.RMSprop([w], lr=float("nan")), "lr"),
        (lambda: nn.optim.LBFGS([w], line_search_fn="armijo"), "strong_wolfe"),
        (lambda: nn.optim.LBFGS([{"params": [w]}, {"params": [nn.Parameter([1.0])]}]), "one group"),
        (lambda: nn.optim.SGD([{"params": [w], "learning_rate": 0.1}]), "'lr' is meant"),
        (lambda: nn.optim.Adam([{"params": [w], "beta": (0.5, 0.9)}]), "'betas' is meant"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(RuntimeError, match="cannot both be True"):
        nn.optim.Adam([w], foreach=True, fused=True)


def test_groups_keep_entries_of_ones_own():
    optimizer = nn.optim.Adam([{"params": [nn.Parameter([1.0])], "name": "head", "depth": 3}])
    assert optimizer.param_groups[0]["name"] == "head"
    assert optimizer.state_dict()["param_groups"][0]["depth"] == 3


def test_lbfgs_is_not_compiled_and_needs_a_closure():
    w = nn.Parameter([1.0])
    optimizer = nn.optim.LBFGS([w])
    with pytest.raises(TypeError, match="closure"):
        optimizer.step()
    with pytest.raises(tw.TraceError, match="LBFGS decides by the numbers"):
        tw.compile(lambda: optimizer.step(lambda: (w * w).sum()))()


def test_lbfgs_finds_the_minimum_of_a_quadratic_at_once():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((4, 4))
    A, b = A @ A.T + np.eye(4), rng.standard_normal(4)
    w = nn.Parameter(np.zeros(4))
    optimizer = nn.optim.LBFGS([w], max_iter=50, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = 0.5 * (w @ tw.tensor(A) @ w) - tw.tensor(b) @ w
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(w.numpy(), np.linalg.solve(A, b), rtol=1e-4)  # the loss is exact to 1e-9
    restored = nn.optim.LBFGS([w])
    restored.load_state_dict(optimizer.state_dict())
    assert restored.state[w]["n_iter"] == optimizer.state[w]["n_iter"]


class TestHooks:
    def test_around_a_step(self):
        w, seen = nn.Parameter([3.0]), []
        optimizer = nn.optim.SGD([w], lr=0.25)
        first = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", w.item())))
        optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", w.item())))
        trained(optimizer, w, 1)
        first.remove()
        trained(optimizer, w, 1)
        assert seen == [("before", 3.0), ("after", 2.0), ("after", 1.5)]

    def test_of_all_optimizers(self):
        from tinygrad_wtf.nn.optim.optimizer import register_optimizer_step_post_hook

        w, seen = nn.Parameter([3.0]), []
        with register_optimizer_step_post_hook(lambda o, args, kwargs: seen.append(type(o).__name__)):
            trained(nn.optim.SGD([w]), w, 1)
            trained(nn.optim.Adam([w]), w, 1)
        trained(nn.optim.SGD([w]), w, 1)
        assert seen == ["SGD", "Adam"]

    def test_a_hook_changes_the_arguments_of_the_step(self):
        w, calls = nn.Parameter([3.0]), []
        optimizer = nn.optim.SGD([w])
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((), {"closure": lambda: calls.append(1)}))
        trained(optimizer, w, 1)
        assert calls == [1]
        optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(TypeError, match=r"None or a pair"):
            optimizer.step()

    def test_around_saving_and_loading(self):
        w = nn.Parameter([3.0])
        optimizer = nn.optim.SGD([w], lr=0.25)
        seen = []
        optimizer.register_state_dict_pre_hook(lambda o: seen.append("saving"))
        optimizer.register_state_dict_post_hook(lambda o, state: {**state, "note": 1})
        optimizer.register_load_state_dict_pre_hook(lambda o, state: {**state, "read": seen.append(state["note"])})
        optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
        optimizer.load_state_dict(optimizer.state_dict())
        assert seen == ["saving", 1, "loaded"]

    def test_a_compiled_step_sees_a_new_hook(self):
        w = nn.Parameter([3.0])
        optimizer = nn.optim.SGD([w], lr=0.25)
        step = tw.compile(lambda: trained_once(optimizer, w))
        step()

        def stop(optimizer, args, kwargs):
            w.grad.mul_(0)

        with optimizer.register_step_pre_hook(stop):
            step()
            assert w.item() == 2.0
        step()
        assert w.item() == 1.5


def trained_once(optimizer, w):
    optimizer.zero_grad()
    ((w - 1) ** 2).sum().backward()
    optimizer.step()


def test_an_optimizer_with_a_step_of_its_own_as_in_pytorch():
    class Heavy(nn.optim.Optimizer):
        def __init__(self, params, lr=0.1, momentum=0.9):
            super().__init__(params, {"lr": lr, "momentum": momentum})

        @tw.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if len(state) == 0:
                        state["velocity"] = tw.zeros_like(p)
                    state["velocity"].mul_(group["momentum"]).add_(p.grad)
                    p.sub_(state["velocity"], alpha=group["lr"])

    w, v = nn.Parameter([3.0, -1.0]), nn.Parameter([3.0, -1.0])
    seen = []
    heavy = Heavy([w])
    heavy.register_step_post_hook(lambda o, args, kwargs: seen.append(1))
    np.testing.assert_allclose(trained(heavy, w), trained(nn.optim.SGD([v], lr=0.1, momentum=0.9), v), rtol=1e-6)
    assert seen == [1, 1, 1]


def test_an_optimizer_that_says_nothing_is_told_so():
    class Nothing(nn.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

    w = nn.Parameter([1.0])
    with pytest.raises(NotImplementedError, match="give it a method update"):
        trained(Nothing([w]), w)


@pytest.mark.parametrize("name", KINDS)
def test_parameters_with_names(name):
    plain, named = nn.Linear(2, 3), nn.Linear(2, 3)
    named.load_state_dict(plain.state_dict())
    one = getattr(nn.optim, name)(plain.parameters(), lr=0.1)
    other = getattr(nn.optim, name)(named.named_parameters(), lr=0.1)
    assert other.param_groups[0]["param_names"] == ["weight", "bias"]
    step = tw.compile(lambda model, optimizer: summed(model, optimizer))
    for _ in range(3):
        summed(plain, one)
        step(named, other)
    for p, q in zip(plain.parameters(), named.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)
    state = other.state_dict()
    assert state["param_groups"][0]["param_names"] == ["weight", "bias"]
    one.load_state_dict(state)
    other.load_state_dict(state)


def summed(model, optimizer):
    optimizer.zero_grad()
    loss = (model(tw.tensor([[1.0, 2.0]])) ** 2).sum()
    loss.backward()
    optimizer.step()
    return loss


def test_groups_with_names():
    model = nn.Linear(2, 3)
    optimizer = nn.optim.SGD([{"params": [("weight", model.weight)], "lr": 0.2}], lr=0.1)
    optimizer.add_param_group({"params": [("bias", model.bias)]})
    assert [group["param_names"] for group in optimizer.param_groups] == [["weight"], ["bias"]]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (lambda m: [("weight", m.weight), m.bias], "1 has none"),
        (lambda m: [("weight", m.weight), ("weight", m.bias)], "two parameters are named 'weight'"),
        (lambda m: [{"params": [("weight", m.weight)]}, {"params": [m.bias]}], "all groups have names"),
    ],
)
def test_names_that_do_not_fit_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        nn.optim.SGD(params(nn.Linear(2, 3)), lr=0.1)
