"""Evaluation mode for the time of a block, and that compiled functions follow it there, and what else changes."""

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.modes import inference


class Mode(nn.Module):
    """Gives ten times its input in training, and adds `extra`."""

    def __init__(self):
        super().__init__()
        self.extra = 0.0

    def forward(self, x):
        return (10 * x if self.training else x) + self.extra


@pytest.fixture
def both():
    model = Mode()
    return model, tw.compile(lambda x: model(x)), tw.tensor(3.0)


def test_a_compiled_function_follows_the_mode_into_the_block_and_out_of_it(both):
    model, compiled, x = both
    for _ in range(3):
        for _ in range(3):
            assert compiled(x).item() == 30.0
        with inference(model):
            for _ in range(3):
                assert compiled(x).item() == 3.0
    assert compiled.traces == 2


def test_what_else_is_changed_inside_is_seen_afterwards(both):
    model, compiled, x = both
    assert compiled(x).item() == 30.0
    with inference(model):
        assert compiled(x).item() == 3.0
        model.extra = 1.0
        assert compiled(x).item() == 4.0
    for _ in range(2):
        assert compiled(x).item() == 31.0


def test_blocks_may_be_nested(both):
    model, compiled, x = both
    assert compiled(x).item() == 30.0
    with inference(model):
        with inference(model):
            assert compiled(x).item() == 3.0
        assert compiled(x).item() == 3.0
        model.train()
        assert compiled(x).item() == 30.0
    assert compiled(x).item() == 30.0


def test_changes_after_a_block_are_not_taken_for_those_inside(both):
    model, compiled, x = both
    assert compiled(x).item() == 30.0
    with inference(model):
        for _ in range(3):
            assert compiled(x).item() == 3.0
    for extra in range(1, 6):  # the count of changes moves again, to other numbers than it had inside
        model.extra = float(extra)
        assert compiled(x).item() == 30.0 + extra


def test_modes_and_recording_are_put_back_after_an_error(both):
    model, compiled, x = both
    model.extra = 2.0
    assert compiled(x).item() == 32.0
    with pytest.raises(ZeroDivisionError), inference(model):
        raise ZeroDivisionError
    assert model.training
    assert tw.is_grad_enabled()
    assert compiled(x).item() == 32.0
