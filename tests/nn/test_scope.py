"""How layers are named where operations are recorded, in errors and pictures."""

from __future__ import annotations

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


class Spy(nn.Module):
    def forward(self, x):
        self.__dict__.setdefault("seen", []).append(tw.current_scope())
        return x


def test_a_sequential_names_its_modules_by_their_place():
    spy = Spy()
    nn.Sequential(nn.Sigmoid(), spy)(tw.zeros(1))
    assert spy.seen == [("Sequential", "1: Spy")]


def test_an_attributes_name_is_the_modules_name():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Spy()

        def forward(self, x):
            return self.inner(x)

    outer = Outer()
    outer(tw.zeros(1))
    assert outer.inner.seen == [("Outer", "inner: Spy")]


def test_a_root_is_named_by_its_class():
    spy = Spy()
    spy(tw.zeros(1))
    assert spy.seen == [("Spy",)]


def test_modules_of_two_lists_have_different_names():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.ModuleList([Spy()])
            self.down = nn.ModuleList()
            self.down.append(Spy())

        def forward(self, x):
            return self.down[0](self.up[0](x))

    outer = Outer()
    outer(tw.zeros(1))
    assert outer.up[0].seen == [("Outer", "up.0: Spy")]
    assert outer.down[0].seen == [("Outer", "down.0: Spy")]


def test_a_slice_keeps_the_names_of_the_whole():
    spy = Spy()
    model = nn.Sequential(nn.Sigmoid(), spy)
    model[1:](tw.zeros(1))
    model(tw.zeros(1))
    assert spy.seen == [("Sequential", "1: Spy"), ("Sequential", "1: Spy")]


def test_a_module_of_a_slice_is_still_known_by_its_name_in_the_whole():
    spy = Spy()
    model = nn.Sequential(nn.Sigmoid(), spy)
    _ = model[1:] + model[:1]
    spy(tw.zeros(1))
    assert spy.seen == [("1: Spy",)]


def test_a_shape_error_names_the_layer():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(4, 1))
    with pytest.raises(tw.ShapeError, match="Sequential / 2: Linear"):
        model(tw.zeros(5, 2))


def test_the_scope_is_closed_after_an_error():
    with pytest.raises(tw.ShapeError):
        nn.Linear(2, 3)(tw.zeros(5, 7))
    assert tw.current_scope() == ()
