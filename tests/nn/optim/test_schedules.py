"""Schedules against their formulas, and beside compiled steps."""

import math
import warnings

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.optim import lr_scheduler
from tinygrad_wtf.nn.optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn, update_bn

LR = 0.8


def an_optimizer(groups=1, kind=nn.optim.SGD, **settings):
    return kind([{"params": [tw.zeros(1, requires_grad=True)], "lr": LR / (g + 1)} for g in range(groups)], **settings)


def rates_of(schedule, optimizer, steps):
    seen = []
    for _ in range(steps):
        seen.append(float(optimizer.param_groups[-1]["lr"]))
        optimizer.step()
        schedule.step()
    return seen


def cosine(t, period, low=0.1):
    return low + (LR - low) * (1 + math.cos(math.pi * t / period)) / 2


CLOSED = {
    "StepLR": ({"step_size": 3, "gamma": 0.5}, lambda t: LR * 0.5 ** (t // 3)),
    "MultiStepLR": ({"milestones": [2, 5, 5], "gamma": 0.5}, lambda t: LR * 0.5 ** ((t >= 2) + 2 * (t >= 5))),
    "ExponentialLR": ({"gamma": 0.9}, lambda t: LR * 0.9**t),
    "ConstantLR": ({"factor": 0.25, "total_iters": 4}, lambda t: LR * (0.25 if t < 4 else 1)),
    "LinearLR": (
        {"start_factor": 0.25, "end_factor": 0.75, "total_iters": 4},
        lambda t: LR * (0.25 + 0.5 * min(t, 4) / 4),
    ),
    "PolynomialLR": ({"total_iters": 6, "power": 2.0}, lambda t: LR * (1 - min(t, 6) / 6) ** 2),
    "LambdaLR": ({"lr_lambda": lambda t: 1 / (1 + t)}, lambda t: LR / (1 + t)),
    "MultiplicativeLR": ({"lr_lambda": lambda t: 1 - 1 / (t + 1)}, lambda t: LR / (1 + t)),
    "CosineAnnealingLR": ({"T_max": 4, "eta_min": 0.1}, lambda t: cosine(t, 4)),
    "CosineAnnealingWarmRestarts": (
        {"T_0": 3, "T_mult": 2, "eta_min": 0.1},
        lambda t: cosine(t, 3) if t < 3 else cosine(t - 3, 6) if t < 9 else cosine(t - 9, 12),
    ),
    "CyclicLR": (
        {"base_lr": 0.2, "max_lr": 1.0, "step_size_up": 2, "step_size_down": 4, "cycle_momentum": False},
        lambda t: np.interp(t % 6, [0, 2, 6], [0.2, 1.0, 0.2]),
    ),
    "OneCycleLR": (
        {"max_lr": 1.0, "total_steps": 21, "anneal_strategy": "linear", "cycle_momentum": False, "div_factor": 10.0},
        lambda t: np.interp(t, [0, 0.3 * 21 - 1, 20], [0.1, 1.0, 0.1 / 1e4]),
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_it_follows_its_formula(name):
    settings, formula = CLOSED[name]
    optimizer = an_optimizer()
    schedule = getattr(lr_scheduler, name)(optimizer, **settings)
    np.testing.assert_allclose(rates_of(schedule, optimizer, 20), [formula(t) for t in range(20)], rtol=1e-9)
    assert schedule.get_last_lr() == [group["lr"] for group in optimizer.param_groups]


@pytest.mark.parametrize("name", CLOSED)
def test_a_loaded_schedule_goes_on(name):
    settings, _ = CLOSED[name]
    optimizer = an_optimizer(2)
    schedule = getattr(lr_scheduler, name)(optimizer, **settings)
    rates_of(schedule, optimizer, 4)
    saved = optimizer.state_dict(), schedule.state_dict()
    other = an_optimizer(2)
    resumed = getattr(lr_scheduler, name)(other, **settings)
    other.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    assert rates_of(resumed, other, 10) == rates_of(schedule, optimizer, 10)


@pytest.mark.parametrize("kind", [nn.optim.SGD, nn.optim.Adam])
def test_momentum_moves_against_the_rate(kind):
    optimizer = an_optimizer(kind=kind, **({"momentum": 0.5} if kind is nn.optim.SGD else {}))
    schedule = lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=11, pct_start=0.5, anneal_strategy="linear")
    group, seen = optimizer.param_groups[0], []
    for _ in range(10):
        seen.append(group["momentum"] if kind is nn.optim.SGD else group["betas"][0])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(seen, np.interp(range(10), [0, 4.5, 10], [0.95, 0.85, 0.95]), rtol=1e-9)


def test_a_plateau_makes_the_rate_smaller():
    optimizer = an_optimizer()
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=1, min_lr=0.3)
    seen = []
    for loss in [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]:
        optimizer.step()
        schedule.step(tw.tensor(loss))
        seen.append(optimizer.param_groups[0]["lr"])
    assert seen == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3]


def test_a_learning_rate_in_a_tensor_keeps_its_memory():
    rate = tw.tensor(0.8)
    optimizer = nn.optim.Adam([tw.zeros(1, requires_grad=True)], lr=rate)
    schedule = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    optimizer.step()
    schedule.step()
    assert rate.item() == pytest.approx(0.4)
    assert schedule.base_lrs[0].item() == pytest.approx(0.8)


def test_a_schedule_that_is_stepped_first_says_so():
    schedule = lr_scheduler.ExponentialLR(an_optimizer(), gamma=0.5)
    with pytest.warns(UserWarning, match="before optimizer.step"):
        schedule.step()


def test_get_lr_says_what_is_meant():
    with pytest.warns(UserWarning, match="get_last_lr"):
        lr_scheduler.ExponentialLR(an_optimizer(), gamma=0.5).get_lr()


@pytest.mark.parametrize("kind", [nn.optim.SGD, nn.optim.Adam])
def test_a_schedule_beside_a_compiled_step_costs_no_trace(kind):
    def trained(compile):
        w = nn.Parameter([1.0, -2.0])
        optimizer = kind([w], lr=0.1, **({"momentum": 0.5} if kind is nn.optim.SGD else {}))

        def step():
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

        run = tw.compile(step) if compile else step
        schedule = lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=20)
        for _ in range(20):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                run()
                schedule.step()
        return w.tolist(), run

    eager, _ = trained(False)
    compiled, run = trained(True)
    np.testing.assert_allclose(compiled, eager, rtol=1e-5)
    assert run.traces == 2


class TestInFit:
    X = np.arange(8.0).reshape(8, 1)

    def fitted(self, scheduled, epochs, **settings):
        model = nn.Linear(1, 1)
        optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
        callback = scheduled(optimizer)
        callbacks = {"callbacks": [callback], "progress": False, **settings}
        nn.fit(model, nn.MSELoss(), optimizer, (self.X, 2 * self.X), epochs=epochs, **callbacks)
        return optimizer.param_groups[0]["lr"]

    def test_a_schedule_is_stepped_after_each_epoch(self):
        assert self.fitted(lambda o: nn.ScheduleLR(lr_scheduler.StepLR(o, step_size=5, gamma=0.5)), 10) == 0.025

    @pytest.mark.parametrize(("threshold", "rate"), [(1e9, 0.1 / 4), (0.0, 0.1)])
    def test_a_plateau_is_given_the_loss(self, threshold, rate):
        def scheduled(optimizer):
            plateau = lr_scheduler.ReduceLROnPlateau(
                optimizer, factor=0.5, patience=1, threshold=threshold, threshold_mode="abs"
            )
            return nn.ScheduleLR(plateau)

        assert self.fitted(scheduled, 5) == rate

    def test_epochs_that_are_not_recorded_are_told(self):
        with pytest.raises(ValueError, match="record_every=1"):
            self.fitted(lambda o: nn.ScheduleLR(lr_scheduler.StepLR(o, 5)), 9, record_every=3)

    def test_what_is_no_schedule_is_refused(self):
        with pytest.raises(TypeError, match="takes a schedule"):
            nn.ScheduleLR(0.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: lr_scheduler.StepLR(o, 0), "step_size"),
        (lambda o: lr_scheduler.ConstantLR(o, factor=2), "factor"),
        (lambda o: lr_scheduler.LinearLR(o, start_factor=0), "start_factor"),
        (lambda o: lr_scheduler.LambdaLR(o, [lambda t: 1, lambda t: 1]), "2 entries for 1 groups"),
        (lambda o: lr_scheduler.OneCycleLR(o, max_lr=1), "total_steps"),
        (lambda o: lr_scheduler.CyclicLR(o, 0.1, 1, mode="square"), "mode"),
        (lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 0), "T_0"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=1.0), "factor"),
        (lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 1)], [3]), "0 milestones"),
        (lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(an_optimizer(), 1)], o), "another optimizer"),
        (lambda o: SWALR(o, 0.1, anneal_strategy="square"), "anneal_strategy"),
        (lambda o: lr_scheduler.OneCycleLR(an_optimizer(kind=nn.optim.Adagrad), 1, 10), "neither momentum nor betas"),
    ],
)
def test_wrong_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(an_optimizer())


def test_something_else_than_an_optimizer_is_refused():
    with pytest.raises(TypeError, match="takes an optimizer"):
        lr_scheduler.StepLR(nn.Linear(1, 1), 3)


class TestAverages:
    def test_the_default_is_the_mean_of_all(self):
        model = nn.Linear(2, 1)
        averaged, seen = AveragedModel(model), []
        for n in range(4):
            nn.init.constant_(model.weight, n**2)
            seen.append(model.weight.numpy().copy())
            averaged.update_parameters(model)
        np.testing.assert_allclose(averaged.module.weight.numpy(), np.mean(seen, 0), rtol=1e-6)
        assert averaged.n_averaged.item() == 4
        assert averaged(tw.ones(1, 2)).shape == (1, 1)

    def test_an_exponential_average(self):
        model = nn.Linear(1, 1, bias=False)
        averaged, expected = AveragedModel(model, avg_fn=get_ema_avg_fn(0.75)), None
        for n in range(4):
            nn.init.constant_(model.weight, n)
            averaged.update_parameters(model)
            expected = n if expected is None else 0.75 * expected + 0.25 * n
        assert averaged.module.weight.item() == pytest.approx(expected)

    def test_buffers_are_the_last_ones_or_averaged(self):
        model = nn.BatchNorm1d(1)
        last, mean = AveragedModel(model), AveragedModel(model, use_buffers=True)
        for n in (1.0, 3.0):
            model.running_mean.fill_(n)
            last.update_parameters(model)
            mean.update_parameters(model)
        assert last.module.running_mean.item() == 3.0
        assert mean.module.running_mean.item() == 2.0

    def test_update_bn_measures_all_batches_equally(self):
        rng = np.random.default_rng(0)
        batches = [tw.tensor(rng.standard_normal((5, 3))) for _ in range(4)]
        model = nn.Sequential(nn.BatchNorm1d(3, dtype=tw.float64), nn.ReLU()).eval()
        update_bn([(batch, None) for batch in batches], model)
        expected = np.mean([batch.numpy().mean(0) for batch in batches], 0)
        np.testing.assert_allclose(model[0].running_mean.numpy(), expected, rtol=1e-9)
        expected = np.mean([batch.numpy().var(0, ddof=1) for batch in batches], 0)
        np.testing.assert_allclose(model[0].running_var.numpy(), expected, rtol=1e-9)
        assert not model.training
        assert model[0].momentum == 0.1
