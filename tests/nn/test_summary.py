"""`nn.summary`: the table of a network."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()))


def test_every_layer_has_a_line_with_its_output_and_its_own_parameters() -> None:
    lines = [(line.path, line.kind, line.output, line.parameters) for line in nn.summary(network(), (5, 2)).lines]
    assert lines == [
        ("", "Sequential", "(5, 3)", 0),
        ("0", "Linear", "(5, 4)", 12),
        ("1", "Dropout", "(5, 4)", 0),
        ("2", "Sequential", "(5, 3)", 0),
        ("2.0", "Linear", "(5, 3)", 15),
        ("2.1", "Sigmoid", "(5, 3)", 0),
    ]


def test_totals_tell_what_learns_and_what_is_frozen() -> None:
    net = network()
    net[0].weight.requires_grad_(False)
    found = nn.summary(net, (5, 2))
    assert (found.parameters, found.learnt) == (27, 19)
    assert str(found).endswith("27 parameters, 19 learnt, 8 frozen")


def test_a_shared_layer_is_counted_once() -> None:
    layer = nn.Linear(2, 2)
    assert nn.summary(nn.Sequential(layer, layer), (1, 2)).parameters == 6


def test_a_shared_parameter_is_counted_once() -> None:
    one, other = nn.Linear(2, 2), nn.Linear(2, 2)
    other.weight = one.weight
    assert nn.summary(nn.Sequential(one, other), (1, 2)).parameters == 8


def test_a_layer_that_was_not_called_says_so() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.spare = nn.Linear(1, 1)

        def forward(self, x: tw.Tensor) -> tw.Tensor:
            return x

    assert [line.output for line in nn.summary(Idle(), (1, 1)).lines] == ["(1, 1)", "not called"]


def test_the_network_is_left_as_it_was() -> None:
    net = network()
    net[1].eval()
    before = tw.get_rng_state()
    nn.summary(net, (5, 2))
    assert [module.training for module in net.modules()] == [True, True, False, True, True, True]
    assert not any("forward" in vars(module) for module in net.modules())
    assert str(tw.get_rng_state()) == str(before)


def test_the_network_is_left_as_it_was_when_it_fails() -> None:
    net = network()
    with pytest.raises(tw.ShapeError):
        nn.summary(net, (5, 7))
    assert net.training
    assert not any("forward" in vars(module) for module in net.modules())


def test_the_table_is_aligned() -> None:
    lines = str(nn.summary(network(), (5, 2))).splitlines()
    assert len({len(line) for line in lines[:-1]}) == 1


def test_html_is_a_table_that_escapes_names() -> None:
    net = nn.Sequential({"<b>": nn.Linear(2, 1)})
    table = ElementTree.fromstring(nn.summary(net, (1, 2))._repr_html_())
    assert table.tag == "table"
    assert "  <b>" in {cell.text for cell in table.iter("th")}


def test_only_modules_are_described() -> None:
    with pytest.raises(TypeError, match="summary describes a Module, not a list"):
        nn.summary([], (1, 2))  # type: ignore[arg-type]


def test_a_shape_holds_whole_numbers() -> None:
    with pytest.raises(tw.SettingError, match="input_shape holds whole numbers"):
        nn.summary(network(), (1, 2.5))  # type: ignore[arg-type]
