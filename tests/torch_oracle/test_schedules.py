"""Every schedule sets PyTorch's rates, epoch for epoch, and their states are exchanged."""

import warnings

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import torch

import tinygrad_wtf as tw
from tinygrad_wtf import nn

SCHEDULES = {
    "step": lambda s, o: s.StepLR(o, 3, 0.7),
    "milestones": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 11], 0.5),
    "constant": lambda s, o: s.ConstantLR(o, 0.4, 6),
    "linear": lambda s, o: s.LinearLR(o, 0.2, 0.9, 7),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.93),
    "polynomial": lambda s, o: s.PolynomialLR(o, 9, 1.7),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 6, 0.01),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, 2, 0.01),
    "lambda": lambda s, o: s.LambdaLR(o, [lambda t: 1 / (1 + t), lambda t: 0.9**t]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda t: 0.95),
    "triangular": lambda s, o: s.CyclicLR(o, 0.01, [0.3, 0.5], 3, 4),
    "triangular2": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 4, mode="triangular2"),
    "range": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 4, mode="exp_range", gamma=0.97, cycle_momentum=False),
    "scaled": lambda s, o: s.CyclicLR(
        o, 0.01, 0.3, 4, scale_fn=lambda x: 1 / (5 ** (x * 0.0001)), scale_mode="iterations"
    ),
    "one cycle": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=30),
    "three phases": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.2], epochs=6, steps_per_epoch=5, three_phase=True, anneal_strategy="linear"
    ),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)]),
    "sequential": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=4), s.CosineAnnealingLR(o, 8), s.StepLR(o, 3)], [4, 15]
    ),
    "nested": lambda s, o: s.ChainedScheduler([s.SequentialLR(o, [s.ConstantLR(o, 0.1, 3), s.StepLR(o, 3)], [5])]),
}


def pair(kind):
    made = []
    for library, package in ((tw, nn.optim), (torch, torch.optim)):
        groups = [{"params": [library.zeros(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.2)]
        made.append(getattr(package, kind)(groups, **({"momentum": 0.5} if kind == "SGD" else {})))
    return made


def compare(ours, theirs):
    for mine, its in zip(ours.param_groups, theirs.param_groups, strict=True):
        for name in ("lr", "momentum", "betas"):
            if name in its:
                np.testing.assert_allclose(mine[name], its[name], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.filterwarnings("ignore")
def test_the_rates_are_pytorchs(name, kind):
    optimizers = pair(kind)
    ours, theirs = (
        SCHEDULES[name](s, o)
        for s, o in zip((nn.optim.lr_scheduler, torch.optim.lr_scheduler), optimizers, strict=True)
    )
    for epoch in range(29):
        compare(*optimizers)
        np.testing.assert_allclose(ours.get_last_lr(), theirs.get_last_lr(), rtol=1e-9, atol=1e-15)
        for optimizer, schedule in zip(optimizers, (ours, theirs), strict=True):
            optimizer.step()
            schedule.step()
        if epoch == 10 and name not in ("lambda", "multiplicative", "scaled"):
            ours.load_state_dict(theirs.state_dict())


@pytest.mark.parametrize(
    "settings", [{}, {"mode": "max"}, {"threshold_mode": "abs", "threshold": 0.3}, {"cooldown": 3}]
)
def test_a_plateau_is_seen_where_pytorch_sees_it(settings):
    optimizers = pair("SGD")
    schedules = [
        s.ReduceLROnPlateau(o, patience=2, factor=0.5, min_lr=[0.02, 0.01], **settings)
        for s, o in zip((nn.optim.lr_scheduler, torch.optim.lr_scheduler), optimizers, strict=True)
    ]
    rng = np.random.default_rng(0)
    for _ in range(60):
        loss = rng.random()
        for schedule in schedules:
            schedule.step(loss)
        compare(*optimizers)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 5])
@pytest.mark.filterwarnings("ignore")
def test_swalr(strategy, epochs):
    optimizers = pair("SGD")
    swa = [
        package.swa_utils.SWALR(o, [0.05, 0.01], epochs, strategy)
        for package, o in zip((nn.optim, torch.optim), optimizers, strict=True)
    ]
    for _ in range(10):
        compare(*optimizers)
        for schedule in swa:
            schedule.step()


@pytest.mark.parametrize("average", ["swa", "ema"])
def test_averaged_models_and_their_statistics(average):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 3)).astype(np.float32)
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    ours = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    found = []
    for library, package, model in ((tw, nn, ours), (torch, torch, theirs)):
        utils = package.optim.swa_utils
        averaged = utils.AveragedModel(model, avg_fn=utils.get_ema_avg_fn(0.8) if average == "ema" else None)
        optimizer = package.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(5):
            optimizer.zero_grad()
            (model(library.tensor(X)) ** 2).mean().backward()
            optimizer.step()
            averaged.update_parameters(model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            utils.update_bn([library.tensor(X[:6]), library.tensor(X[6:])], averaged)
        found.append({name: value.detach().numpy().copy() for name, value in averaged.state_dict().items()})
    assert found[0].keys() == found[1].keys()
    for name, value in found[1].items():
        np.testing.assert_allclose(found[0][name], value, rtol=2e-4, atol=1e-5, err_msg=name)
