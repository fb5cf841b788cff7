"""What changes during a training that is compiled is seen by the next step."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import points
from tinygrad_wtf import nn
from tinygrad_wtf.nn.training.step import Step

X, Y = (t.numpy() for t in points())


class Config:
    """A namespace."""

    scale = 1.0


def annealed(prediction, target):
    return nn.functional.mse_loss(prediction, target) * Config.scale


def helper(t):
    return t * SETTINGS["factor"]


SETTINGS = {"factor": 1.0}


class Changing(nn.Callback):
    """Makes a change after the fourth epoch."""

    def __init__(self, change):
        self.change = change

    def on_epoch_end(self, run):
        if run.epoch == 4:
            self.change(run)


def drop_first(run):
    run.optimizer.param_groups[0]["params"].pop(0)


def replace_groups(run):
    run.optimizer.param_groups = [{**dict(run.optimizer.param_groups[0]), "params": list(run.model.parameters())[2:]}]


def forget(run):
    for parameter in list(run.optimizer.state):
        del run.optimizer.state[parameter]


def set_memory(run):
    for parameter, memory in run.optimizer.state.items():
        memory["momentum_buffer"] = tw.ones_like(parameter) * 0.1


def pop_group(run):
    run.optimizer.param_groups.pop()
    run.optimizer.add_param_group({"params": [next(iter(run.model.parameters()))], "lr": 0.01})


CHANGES = {
    "a parameter taken out": drop_first,
    "groups replaced": replace_groups,
    "a group taken out": pop_group,
    "memory forgotten": forget,
    "memory set": set_memory,
    "a parameter frozen": lambda run: run.model[0].weight.requires_grad_(False),
    "a rate": lambda run: run.optimizer.param_groups[0].update(lr=0.02),
    "no momentum": lambda run: run.optimizer.param_groups[0].update(momentum=0.0),
    "a class attribute": lambda run: setattr(Config, "scale", 0.1),
    "an entry that a helper reads": lambda run: SETTINGS.update(factor=0.5),
    "a layer exchanged": lambda run: run.model.__setitem__(1, nn.Sigmoid()),
    "a hook": lambda run: run.model[0].weight.register_hook(lambda g: g * 0),
    "a forward hook": lambda run: run.model[1].register_forward_hook(lambda m, args, output: helper(output)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_between_epochs_is_seen_by_the_next_step(name):
    ends = []
    for compile in (True, False):
        Config.scale, SETTINGS["factor"] = 1.0, 1.0
        tw.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
        optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
        callbacks = [Changing(CHANGES[name])]
        settings = {"metrics": (), "progress": False, "callbacks": callbacks, "compile": compile}
        history = nn.fit(model, annealed, optimizer, (X, Y), 12, **settings)
        ends.append([np.array(history["loss"]), *(p.numpy().copy() for p in model.parameters())])
        assert history.not_compiled == ("" if compile else "compile=False")
    for found, expected in zip(*ends, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_rate_that_changes_in_each_epoch_needs_no_new_trace():
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.5, weight_decay=0.1)
    step, traces = Step(model, nn.MSELoss(), optimizer, True), []
    for number in range(30):
        optimizer.param_groups[0].update(
            lr=0.1 * 0.9**number, weight_decay=0.01 / (number + 1), momentum=0.5 + 0.01 * number
        )
        step(tw.tensor(X), tw.tensor(Y), number, False)
        traces.append(step.fast.traces)
    assert traces[-1] == traces[2] <= 2
    assert len(step.fast.programs) == 1
