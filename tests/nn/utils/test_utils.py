"""What works on parameters and gradients: clipping, vectors, computed weights, initial matrices."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.utils import parametrize

NORMS = [1.0, 2.0, 3.0, np.inf]


def with_gradients():
    rng, layer = np.random.default_rng(0), nn.Linear(3, 2).double()
    for p in layer.parameters():
        p.grad = tw.tensor(rng.standard_normal(p.shape))
    return layer


@pytest.mark.parametrize("p", NORMS)
def test_gradients_are_shortened_together_to_the_norm(p):
    layer = with_gradients()
    before = np.concatenate([q.grad.numpy().ravel() for q in layer.parameters()])
    total = nn.utils.clip_grad_norm_(layer.parameters(), 0.5, p)
    after = np.concatenate([q.grad.numpy().ravel() for q in layer.parameters()])
    assert total.item() == pytest.approx(np.linalg.norm(before, p))
    assert np.linalg.norm(after, p) == pytest.approx(0.5, rel=1e-5)
    np.testing.assert_allclose(after / np.linalg.norm(after), before / np.linalg.norm(before))
    nn.utils.clip_grad_norm_(layer.parameters(), 1e9, p)  # short enough
    np.testing.assert_allclose(np.concatenate([q.grad.numpy().ravel() for q in layer.parameters()]), after, rtol=1e-12)


def test_the_length_of_gradients_has_a_gradient_and_float16_does_not_overflow():
    x = tw.tensor([3.0, 4.0], requires_grad=True)
    total = nn.utils.get_total_norm([x, tw.tensor([12.0])])
    total.backward()
    assert total.item() == 13.0
    np.testing.assert_allclose(x.grad.numpy(), [3 / 13, 4 / 13], rtol=1e-6)
    zero = tw.zeros(2, requires_grad=True)
    nn.utils.get_total_norm([zero]).backward()
    assert zero.grad.tolist() == [0.0, 0.0]
    large = tw.full((2,), 300.0, dtype=tw.float16)
    assert nn.utils.get_total_norm(large).item() == pytest.approx(300 * 2**0.5, rel=1e-3)


def test_entries_of_gradients_are_kept_between_two_values():
    layer = with_gradients()
    wanted = [np.clip(p.grad.numpy(), -0.3, 0.3) for p in layer.parameters()]
    nn.utils.clip_grad_value_(layer.parameters(), 0.3)
    assert all((p.grad.numpy() == w).all() for p, w in zip(layer.parameters(), wanted, strict=True))
    with pytest.raises(ValueError, match="cannot be -1"):
        nn.utils.clip_grad_value_(layer.parameters(), -1)


def test_a_norm_that_is_not_finite_is_told_when_asked():
    layer = with_gradients()
    layer.weight.grad = tw.full((2, 3), np.nan, dtype=tw.float64)
    with pytest.raises(RuntimeError, match="is nan"):
        nn.utils.clip_grad_norm_(layer.parameters(), 1.0, error_if_nonfinite=True)
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0.0


def test_a_compiled_step_clips():
    layers = [nn.Linear(3, 1, generator=0) for _ in range(2)]
    x = tw.randn(4, 3, generator=0)

    def step(layer, x):
        layer.zero_grad()
        (layer(x) ** 2).sum().backward()
        total = nn.utils.clip_grad_norm_(layer.parameters(), 0.1)
        nn.utils.clip_grad_value_(layer.parameters(), 0.05)
        with tw.no_grad():
            for p in layer.parameters():
                p.sub_(p.grad)
        return total

    compiled = tw.compile(lambda x: step(layers[0], x))
    for _ in range(4):
        assert compiled(x).item() == pytest.approx(step(layers[1], x).item(), rel=1e-6)
    np.testing.assert_allclose(layers[0].weight.numpy(), layers[1].weight.numpy(), rtol=1e-5)


def test_parameters_become_a_vector_and_back():
    one, two = nn.Linear(3, 2), nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(one.parameters())
    assert vector.requires_grad
    nn.utils.vector_to_parameters(vector, two.parameters())
    assert all((a.numpy() == b.numpy()).all() for a, b in zip(one.parameters(), two.parameters(), strict=True))
    with pytest.raises(tw.ShapeError, match="does not fill 8 entries"):
        nn.utils.vector_to_parameters(vector[:7], two.parameters())


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).T

    def right_inverse(self, a):
        return a.triu()


class Doubled(nn.Module):
    def forward(self, x):
        return 2 * x

    def right_inverse(self, a):
        return a / 2


def test_a_parametrized_weight_is_computed_at_each_use_and_learns():
    layer = nn.Linear(3, 3).double()
    parametrize.register_parametrization(layer, "weight", Symmetric())
    start = layer.weight.numpy().copy()
    assert (start == start.T).all()
    parametrize.register_parametrization(layer, "weight", Doubled())
    np.testing.assert_allclose(layer.weight.numpy(), start)
    optimizer = nn.optim.SGD(layer.parameters(), lr=0.1)
    x = tw.randn(4, 3, dtype=tw.float64, generator=0)
    (layer(x) ** 2).sum().backward()
    optimizer.step()
    after = layer.weight.numpy()
    assert (after == after.T).all()
    assert (after != start).any()
    layer.weight = tw.eye(3, dtype=tw.float64)
    assert layer.weight.tolist() == np.eye(3).tolist()


def test_a_parametrized_layer_is_copied_compiled_and_loaded_but_not_pickled():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)).double()
    twin, x = copy.deepcopy(layer), tw.ones(1, 3, dtype=tw.float64)
    with tw.no_grad():
        twin.parametrizations.weight.original0.mul_(2.0)
    np.testing.assert_allclose(twin.weight.numpy(), 2 * layer.weight.numpy())
    compiled = tw.compile(lambda x: layer(x).sum())
    for _ in range(3):
        np.testing.assert_allclose(compiled(x).numpy(), layer(x).sum().numpy())
    twin.load_state_dict(layer.state_dict())
    np.testing.assert_allclose(twin(x).numpy(), layer(x).numpy())
    with pytest.raises(RuntimeError, match="save its state_dict"):
        pickle.dumps(layer)


def test_removing_leaves_the_computed_weight():
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).eval()
    weight = layer.weight.numpy()
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear
    np.testing.assert_array_equal(layer.weight.numpy(), weight)
    assert isinstance(layer.weight, nn.Parameter)
    with pytest.raises(ValueError, match="is not parametrized"):
        parametrize.remove_parametrizations(layer, "weight")


def test_a_parametrization_that_changes_the_shape_is_refused():
    class Wider(nn.Module):
        def forward(self, x):
            return tw.cat([x, x])

    layer = nn.Linear(2, 2)
    with pytest.raises(tw.ShapeError, match="unsafe=True"):
        parametrize.register_parametrization(layer, "weight", Wider())
    with pytest.raises(ValueError, match="no parameter or buffer 'w'"):
        parametrize.register_parametrization(layer, "w", Symmetric())
    assert type(layer) is nn.Linear


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (2, 3, 2)])
def test_orthogonal_matrices_keep_lengths(shape):
    w = nn.init.orthogonal_(tw.zeros(*shape, dtype=tw.float64), gain=2.0, generator=0).numpy().reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-12)


def test_a_dirac_convolution_passes_its_channels_on():
    layer, x = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False), tw.randn(1, 4, 5, 5, generator=0)
    nn.init.dirac_(layer.weight, groups=2)
    wanted = x.numpy().copy()
    wanted[:, 2:4], wanted[:, 0:2] = x.numpy()[:, 2:4], x.numpy()[:, 0:2]
    np.testing.assert_array_equal(layer(x).numpy(), wanted)


def test_truncated_draws_have_the_distribution_between_the_bounds():
    draws = nn.init.trunc_normal_(tw.zeros(20_000, dtype=tw.float64), 1.0, 2.0, 0.0, 3.0, generator=0).numpy()
    grid = np.linspace(0.0, 3.0, 4000)
    density = np.exp(-(((grid - 1.0) / 2.0) ** 2) / 2)
    wanted = np.cumsum(density) / density.sum()
    found = np.searchsorted(np.sort(draws), grid) / draws.size
    assert np.abs(found - wanted).max() < 0.012
    far = nn.init.trunc_normal_(tw.zeros(1000, dtype=tw.float64), a=-9.0, b=-6.0, generator=0).numpy()
    assert ((far >= -9) & (far <= -6)).all()
    with pytest.raises(ValueError, match="a below b"):
        nn.init.trunc_normal_(tw.zeros(2), a=1.0, b=0.0)


@pytest.mark.parametrize("fill", ["eye_", "dirac_", "orthogonal_", "sparse_"])
def test_initial_matrices_refuse_other_shapes(fill):
    arguments = (0.5,) if fill == "sparse_" else ()
    with pytest.raises(tw.ShapeError, match=r"\(3,\)"):
        getattr(nn.init, fill)(tw.zeros(3), *arguments)


@pytest.mark.parametrize("sizes", [(3, 3), (4, 2), (2, 4)])
@pytest.mark.parametrize("how", ["matrix_exp", "cayley", "householder"])
def test_orthogonal_weights_stay_orthogonal(sizes, how):
    layer = nn.Linear(*sizes).double()
    orthogonal = nn.utils.parametrizations.orthogonal(layer, orthogonal_map=how)
    assert orthogonal is layer
    optimizer = nn.optim.SGD(layer.parameters(), lr=0.5)
    before = layer.weight.detach().clone()
    for _ in range(3):
        optimizer.zero_grad()
        ((layer(tw.ones(1, sizes[0], dtype=tw.float64)) - 1) ** 2).sum().backward()
        optimizer.step()
    short = min(sizes)
    weight = layer.weight if layer.weight.shape[0] >= layer.weight.shape[1] else layer.weight.T
    np.testing.assert_allclose((weight.T @ weight).detach().numpy(), np.eye(short), atol=1e-12)
    assert not np.allclose(before.numpy(), layer.weight.detach().numpy())
    layer.weight = before  # assigned, and near to what it was
    np.testing.assert_allclose(layer.weight.detach().numpy(), before.numpy(), atol=1e-12)


def test_what_cannot_be_orthogonal_is_refused():
    orthogonal = nn.utils.parametrizations.orthogonal
    for arguments, message in [
        ((nn.Linear(2, 2), "weights"), "no parameter or buffer 'weights'"),
        ((nn.Linear(2, 2), "bias"), "has 1 dimensions"),
        ((nn.Linear(2, 2), "weight", "qr"), "orthogonal_map is one of"),
    ]:
        with pytest.raises(ValueError, match=message):
            orthogonal(*arguments)
    layer = orthogonal(nn.Linear(2, 2), orthogonal_map="cayley", use_trivialization=False)
    with pytest.raises(NotImplementedError, match="cannot be assigned"):
        layer.weight = tw.eye(2)
    with pytest.raises(ValueError, match="cannot become one"):
        orthogonal(nn.Linear(2, 3)).weight = tw.eye(2)
