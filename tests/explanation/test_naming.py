"""What tensors are called in pictures and explanations."""

import tinygrad_wtf as tw
from tests.support.guide import guides_network
from tinygrad_wtf import nn
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.explanation import names


def test_tensors_are_called_by_their_part_in_the_network():
    loss, _, _ = guides_network(2)
    called = set(names([node_of(loss)]).values())
    assert called >= {"X", "y", "W1", "b1", "Z1", "A1", "W2", "b2", "Z2", "A2", "L"}


def test_a_users_name_comes_first_and_no_two_are_alike():
    x = tw.tensor([1.0], requires_grad=True, name="x")
    other = tw.tensor([1.0], requires_grad=True, name="x")
    strange = tw.tensor([1.0], requires_grad=True, name="two\nlines")
    called = list(names([node_of((x * other * strange).sum())]).values())
    assert {"x", "x_2", "two\\nlines", "L"} < set(called)
    assert len(called) == len(set(called))


def test_modules_of_several_steps_have_one_result():
    net = nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(), nn.Linear(3, 1))
    called = names([node_of((net(tw.ones(4, 2)) ** 2).mean())])
    by_name = {name: node for node, name in called.items()}
    assert by_name["A1"].scope[-1] == "1: LeakyReLU"
    assert by_name["Z2"].shape == (4, 1)


def test_equal_graphs_have_equal_names():
    first, second = (list(names([node_of(guides_network(2)[0])]).values()) for _ in range(2))
    assert first == second
