"""A change is told when it has been made: a thread that runs a program in between looks again afterwards."""

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import tree
from tinygrad_wtf.nn.optim import group, optimizer


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = 2.0

    def forward(self, x):
        return x * self.factor


def set_factor(layer, descent):
    layer.factor = 5.0


def set_attribute(layer, descent):
    descent.note = 5.0


def set_entry(layer, descent):
    descent.param_groups[0]["note"] = 5.0


@pytest.mark.parametrize("change", [set_factor, set_attribute, set_entry])
def test_the_last_notice_comes_after_the_change(change, monkeypatch):
    layer = Scaled()
    descent = nn.optim.SGD([nn.Parameter(tw.ones(1))], lr=0.1)
    seen = []

    def noticed(*args, **kwargs):
        seen.append(
            (getattr(layer, "factor", None), vars(descent).get("note"), dict(descent.param_groups[0]).get("note"))
        )
        tw.settings_changed(*args, **kwargs)

    for module in (tree, group, optimizer):
        monkeypatch.setattr(module, "settings_changed", noticed)
    change(layer, descent)
    assert 5.0 in seen[-1]
