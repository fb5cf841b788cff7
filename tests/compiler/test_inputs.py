"""A bias as one more row of the weights: where that happens, where it must not, and that nothing is seen of it."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.compiler.passes.fold_bias import with_ones


def repeated(training, X, y, times=running.STATIC_AFTER + 3):
    """The program of a step that ran on the same arguments until they are taken for steady; the twin's state agrees."""
    compiled = training.compiled()
    for _ in range(times):
        assert_close(compiled.run(X, y), training.run(X, y), factor=10)
    assert_same_state(compiled, training, factor=10)
    return compiled, compiled.run.program


def test_a_column_of_ones():
    np.testing.assert_array_equal(with_ones(np.array([[2.0], [3.0]])), [[2, 1], [3, 1]])
    assert with_ones(np.zeros((0, 2), np.float32)).shape == (0, 3)
    assert with_ones(np.zeros((1, 2), np.float32)).dtype == np.float32


def test_the_first_layer_and_its_gradients_are_two_products():
    X, y = points(20)
    compiled, program = repeated(Training(small_network), X, y)
    before, body = program.source.split("def body")
    assert "with_ones" in before
    first = body.split("# Sequential / 1: Tanh")[0]
    assert first.count(".dot(") == 1
    assert "add(" not in first
    weight, bias = compiled.model[0].weight, compiled.model[0].bias
    assert weight.numpy().shape == weight.grad.numpy().shape == (5, 2)
    assert bias.numpy().shape == bias.grad.numpy().shape == (5,)


def test_while_arguments_change_each_batch_gets_its_column_of_ones():
    training = Training(small_network)
    compiled = training.compiled()
    for seed in range(running.STATIC_AFTER + 3):
        batch = points(20, seed)
        assert_close(compiled.run(*batch), training.run(*batch), factor=10)
    assert compiled.run.traces == 1


def test_a_wide_input_is_not_copied_for_the_bias():
    """The copy would take longer than adding the bias."""
    training = Training(lambda: nn.Sequential(nn.Linear(30, 5), nn.Tanh(), nn.Linear(5, 1), nn.Sigmoid()))
    X = tw.rand(20, 30, generator=1)
    _, program = repeated(training, X, (X[:, :1] > 0.5).float())
    assert "with_ones" not in program.source


@pytest.mark.parametrize(
    "settings",
    [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"weight_decay": 0.1}, {"maximize": True}],
    ids=str,
)
def test_every_kind_of_update(settings):
    repeated(Training(small_network, **settings), *points(20))


def frozen(part):
    def network():
        model = small_network()
        getattr(model[0], part).requires_grad_(False)
        return model

    return network


@pytest.mark.parametrize("part", ["weight", "bias"])
def test_a_layer_of_which_only_a_part_learns(part):
    _, program = repeated(Training(frozen(part)), *points(20))
    assert "with_ones" not in program.source


def test_a_gradient_that_is_read_in_the_step_is_made_on_its_own():
    class Clipping(Training):
        def step(self, X, y):
            self.optimizer.zero_grad()
            loss = self.loss(self.model(X), y)
            loss.backward()
            weight = self.model[0].weight
            weight.grad.copy_(weight.grad.clamp(-0.01, 0.01))
            self.optimizer.step()
            return loss

    training, twin = Clipping(small_network), Clipping(small_network)
    compiled, (X, y) = tw.compile(twin.step), points(20)
    for _ in range(running.STATIC_AFTER + 3):
        assert_close(compiled(X, y), training.step(X, y), factor=10)
    assert_same_state(twin, training, factor=10)


def test_an_input_with_other_sizes_and_one_without_samples():
    training = Training(lambda: nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()))
    for samples in (1, 2, 20):
        X = tw.rand(samples, 3, generator=1)
        repeated(training.make(), X, (X[:, :1] > 0.5).float())


def test_input_that_is_written_in_place_is_read_anew():
    training = Training(small_network)
    X, y = points(20)
    compiled, _ = repeated(training, X, y)
    with tw.no_grad():
        X.mul_(0.5)
        y.copy_(1 - y)
    for _ in range(3):
        assert_close(compiled.run(X, y), training.run(X, y), factor=10)
    assert_same_state(compiled, training, factor=20)


def test_both_gradients_of_a_single_layer_come_out_of_one_product():
    training = Training(lambda: nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()))
    compiled, program = repeated(training, *points(20))
    body = program.source.split("def body")[1]
    assert body.count(".dot(") == 3  # the logits, the loss, and the gradients
    held = [p.grad for p in compiled.model.parameters()]
    before = [g.numpy().copy() for g in held]
    compiled.run(*points(20))
    for g, numbers in zip(held, before, strict=True):  # what somebody holds is theirs
        np.testing.assert_array_equal(g.numpy(), numbers)


def test_the_update_of_a_single_layer_with_momentum_and_decay():
    network = lambda: nn.Sequential(nn.Linear(2, 3), nn.Sigmoid())  # noqa: E731
    X, y = points(20)
    y = tw.cat([y, 1 - y, y], 1)
    for settings in ({}, {"momentum": 0.9}, {"weight_decay": 0.1}, {"lr": 0.0}):
        repeated(Training(network, **settings), X, y)
