"""Each family: its density integrates to 1 and gives its moments, its draws have them, its gradients are right."""

import math

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import distributions as d

FLOAT = tw.float64
LINE = np.linspace(-60, 60, 240_001)


def t(*values):
    return tw.tensor(values if len(values) > 1 else values[0], dtype=FLOAT)


def parameters(*values):
    return [tw.tensor(float(v), dtype=FLOAT, requires_grad=True) for v in values]


REAL = {  # family, parameters, from where to where to integrate
    "Normal": (d.Normal, (0.3, 1.5), (-15, 15)),
    "LogNormal": (d.LogNormal, (0.1, 0.4), (1e-9, 12)),
    "HalfNormal": (d.HalfNormal, (1.5,), (0, 15)),
    "Laplace": (d.Laplace, (-0.2, 0.7), (-25, 25)),
    "Gumbel": (d.Gumbel, (0.5, 0.8), (-6, 35)),
    "Weibull": (d.Weibull, (1.5, 2.5), (1e-12, 12)),
    "InverseGamma": (d.InverseGamma, (9.0, 4.0), (1e-9, 30)),
    "Uniform": (d.Uniform, (-1.0, 2.5), (-1, 2.5 - 1e-9)),
    "Exponential": (d.Exponential, (1.7,), (0, 25)),
    "Gamma": (d.Gamma, (2.5, 1.3), (0, 40)),
    "Chi2": (d.Chi2, (5.0,), (0, 80)),
    "Beta": (d.Beta, (2.5, 3.5), (0, 1)),
    "StudentT": (d.StudentT, (9.0, 0.4, 1.2), (-80, 80)),
}
WHOLE = {
    "Bernoulli": (d.Bernoulli, (0.3,), 2),
    "Geometric": (d.Geometric, (0.3,), 200),
    "Poisson": (d.Poisson, (2.5,), 60),
    "Binomial": (lambda p, **k: d.Binomial(7, p, **k), (0.3,), 8),
}
real = pytest.mark.parametrize(("family", "given", "span"), REAL.values(), ids=REAL)
whole = pytest.mark.parametrize(("family", "given", "count"), WHOLE.values(), ids=WHOLE)


def close(found, wanted, **settings):
    np.testing.assert_allclose(np.asarray(found.detach().numpy()), wanted, **{"rtol": 1e-6, "atol": 1e-7, **settings})


@real
def test_a_density_integrates_to_1_and_has_the_moments_that_are_told(family, given, span):
    p = family(*map(t, given))
    x = np.linspace(*span, 200_001)
    density = np.exp(p.log_prob(tw.tensor(x)).numpy())
    assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-6)
    mean = np.trapezoid(x * density, x)
    close(p.mean, mean, rtol=1e-5, atol=1e-6)
    close(p.variance, np.trapezoid((x - mean) ** 2 * density, x), rtol=1e-4)
    close(p.stddev**2, p.variance.numpy())
    with np.errstate(all="ignore"):
        close(p.entropy(), -np.nansum(np.diff(x)[0] * density * np.log(density)), rtol=1e-4, atol=1e-5)


@real
def test_a_distribution_function_is_the_integral_and_its_inverse_undoes_it(family, given, span):
    p = family(*map(t, given))
    try:
        found = p.cdf(t(*np.linspace(*span, 7)[1:-1]))
    except NotImplementedError:
        return
    for x, value in zip(np.linspace(*span, 7)[1:-1], found.tolist(), strict=True):
        line = np.linspace(span[0], x, 100_001)
        assert value == pytest.approx(np.trapezoid(np.exp(p.log_prob(tw.tensor(line)).numpy()), line), abs=1e-6)
    part = t(0.1, 0.5, 0.9)
    if family not in (d.Gamma, d.Chi2):
        close(p.cdf(p.icdf(part)), part.numpy())


@whole
def test_probabilities_add_up_to_1_and_have_the_moments_that_are_told(family, given, count):
    p = family(*map(t, given))
    x = np.arange(count, dtype=float)
    chance = np.exp(p.log_prob(tw.tensor(x)).numpy())
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    close(p.mean, (x * chance).sum())
    close(p.variance, ((x - (x * chance).sum()) ** 2 * chance).sum())
    try:
        close(p.entropy(), -(chance * np.log(chance)).sum())
    except NotImplementedError:
        assert family is d.Poisson


@pytest.mark.parametrize("name", [*REAL, *WHOLE])
def test_draws_have_the_moments_that_are_told(name):
    family, given, _ = (REAL | WHOLE)[name]
    p = family(*map(t, given))
    tw.manual_seed(0)
    draws = p.sample((20_000,))
    assert draws.shape == (20_000,)
    assert draws.dtype == FLOAT
    assert not draws.requires_grad
    error = (p.variance.item() / 20_000) ** 0.5
    assert draws.mean().item() == pytest.approx(p.mean.item(), abs=5 * error)
    assert draws.var().item() == pytest.approx(p.variance.item(), rel=0.2)


@pytest.mark.parametrize("name", [*REAL, *WHOLE])
def test_the_slopes_of_log_prob_are_the_limits_of_differences(name):
    family, given, span = (REAL | WHOLE)[name]
    x = t(0.4, 0.7) if name in REAL else t(0.0, 1.0)
    assert span
    assert tw.gradcheck(lambda *p: family(*p, validate_args=False).log_prob(x), parameters(*given))
    assert tw.gradgradcheck(lambda *p: family(*p, validate_args=False).log_prob(x), parameters(*given))


@pytest.mark.parametrize("name", [n for n in REAL if n not in ("Gamma", "Chi2", "Beta", "StudentT", "InverseGamma")])
def test_the_slopes_of_a_draw_are_the_limits_of_differences(name):
    family, given, _ = REAL[name]

    def draw(*p):
        tw.manual_seed(3)
        return family(*p, validate_args=False).rsample((4,))

    assert tw.gradcheck(draw, parameters(*given))


def gamma_below(a, x):
    """The gamma distribution function, by integration."""
    s = np.linspace(0, x ** min(a, 1.0), 400_001)
    if a >= 1:
        return np.trapezoid(s ** (a - 1) * np.exp(-s), s) / math.gamma(a)
    return np.trapezoid(np.exp(-(s ** (1 / a))), s) / a / math.gamma(a)  # s = xᵃ takes the pole away


@pytest.mark.parametrize("a", [0.3, 0.9, 2.5, 8.0, 40.0])
def test_a_gamma_draw_moves_so_that_its_probability_stays(a):
    concentration = tw.tensor([a] * 5, dtype=FLOAT, requires_grad=True)
    tw.manual_seed(1)
    draws = d.Gamma(concentration, 1.0).rsample()
    draws.sum().backward()
    for x, slope in zip(draws.tolist(), concentration.grad.tolist(), strict=True):
        h = 1e-4 * a
        by_a = (gamma_below(a + h, x) - gamma_below(a - h, x)) / (2 * h)
        density = math.exp((a - 1) * math.log(x) - x - math.lgamma(a))
        assert slope == pytest.approx(-by_a / density, rel=2e-4)


def test_the_slope_of_a_mean_of_gamma_draws_is_1():
    concentration = tw.tensor(3.0, dtype=FLOAT, requires_grad=True)
    tw.manual_seed(0)
    d.Gamma(concentration, t(2.0)).rsample((20_000,)).mean().backward()
    assert concentration.grad.item() == pytest.approx(0.5, abs=0.02)


def test_a_second_derivative_of_a_gamma_draw_is_nan_and_not_0():
    a = tw.tensor(2.0, requires_grad=True)
    slope = tw.grad(d.Gamma(a, 1.0).rsample(), a, create_graph=True)[0]
    assert math.isnan(tw.grad(slope, a)[0].item())


def test_a_dirichlet_draw_is_a_vector_of_probabilities_with_gradients():
    a = tw.tensor([0.5, 2.0, 3.0], dtype=FLOAT, requires_grad=True)
    p = d.Dirichlet(a)
    tw.manual_seed(0)
    draws = p.rsample((5000,))
    close(draws.sum(-1), np.ones(5000))
    close(draws.mean(0), p.mean.detach().numpy(), atol=0.02, rtol=0)
    close(draws.var(0), p.variance.detach().numpy(), atol=0.01, rtol=0)
    draws.mean(0)[0].backward()
    total = 5.5  # d mean / d a
    close(a.grad, [5.0 / total**2, -0.5 / total**2, -0.5 / total**2], atol=0.02, rtol=0)


def test_a_student_draw_has_heavy_tails():
    tw.manual_seed(0)
    p = d.StudentT(t(9.0), t(1.0), t(2.0))
    assert p.sample((20_000,)).var().item() == pytest.approx(p.variance.item(), rel=0.2)
    assert math.isnan(d.StudentT(0.5).mean.item())
    assert d.StudentT(1.5).variance.item() == math.inf


# ---------------------------------------------------------------- classes and vectors


def test_a_categorical_by_probabilities_is_the_one_by_logits():
    weights = t(1.0, 2.0, 5.0)
    one, other = d.Categorical(weights), d.Categorical(logits=weights.log() + 3)
    close(one.probs, [0.125, 0.25, 0.625])
    close(other.probs, one.probs.numpy())
    close(one.logits, other.logits.numpy())
    close(one.entropy(), -sum(p * math.log(p) for p in (0.125, 0.25, 0.625)))
    close(one.log_prob(tw.tensor([0, 2])), np.log([0.125, 0.625]))
    assert one.mode.item() == 2
    assert one.enumerate_support().tolist() == [0, 1, 2]
    tw.manual_seed(0)
    counts = tw.bincount(one.sample((8000,)), minlength=3)
    close(counts / 8000, [0.125, 0.25, 0.625], atol=0.02, rtol=0)


def test_the_gradient_of_reinforce_points_to_the_rewarded_action():
    logits = tw.zeros(3, requires_grad=True)
    tw.manual_seed(0)
    policy = d.Categorical(logits=logits.expand(2000, 3))
    actions = policy.sample()
    (policy.log_prob(actions) * (actions == 1)).mean().backward()
    close(logits.grad, [-1 / 9, 2 / 9, -1 / 9], atol=0.03, rtol=0)


def test_batches_have_their_shapes():
    p = d.Categorical(logits=tw.zeros(4, 2, 3))
    assert (p.batch_shape, p.event_shape) == ((4, 2), ())
    assert p.sample((5,)).shape == (5, 4, 2)
    assert p.log_prob(p.sample((5,))).shape == (5, 4, 2)
    hot = d.OneHotCategorical(logits=tw.zeros(4, 3))
    assert (hot.batch_shape, hot.event_shape) == ((4,), (3,))
    assert hot.sample((5,)).sum(-1).tolist() == [[1.0] * 4] * 5
    assert hot.log_prob(hot.sample()).shape == (4,)
    both = d.Independent(d.Normal(tw.zeros(4, 3), 1.0), 1)
    assert both.log_prob(both.rsample((2,))).shape == (2, 4)
    assert both.expand((6, 4)).sample().shape == (6, 4, 3)
    assert d.Normal(tw.zeros(3), tw.ones(2, 1)).sample((0,)).shape == (0, 2, 3)
    assert d.Gamma(tw.ones(2), 1.0).expand((3, 2)).sample().shape == (3, 2)


def test_a_multinomial_counts_a_categoricals_draws():
    p = d.Multinomial(6, t(1.0, 3.0))
    tw.manual_seed(0)
    draws = p.sample((2000,))
    assert draws.sum(-1).eq(6).all()
    close(draws.mean(0), [1.5, 4.5], atol=0.1, rtol=0)
    every = t(*([k, 6.0 - k] for k in range(7)))
    close(p.log_prob(every).exp().sum(), 1)
    with pytest.raises(ValueError, match="Multinomial"):
        p.log_prob(t(1.0, 2.0))


def test_a_multivariate_normal_by_each_of_its_forms():
    cov = np.array([[2.0, 0.6], [0.6, 0.5]])
    loc, x = t(0.5, -1.0), t(0.1, 0.2)
    away = np.array([0.1 - 0.5, 1.2])
    wanted = -0.5 * away @ np.linalg.inv(cov) @ away - 0.5 * np.log(np.linalg.det(cov)) - np.log(2 * np.pi)
    forms = {
        "covariance_matrix": cov,
        "precision_matrix": np.linalg.inv(cov),
        "scale_tril": np.linalg.cholesky(cov),
    }
    for name, matrix in forms.items():
        p = d.MultivariateNormal(loc, **{name: tw.tensor(matrix)})
        close(p.log_prob(x), wanted)
        close(p.covariance_matrix, cov)
        close(p.precision_matrix, np.linalg.inv(cov))
        close(p.entropy(), 0.5 * np.log(np.linalg.det(2 * np.pi * np.e * cov)))
        close(p.variance, [2.0, 0.5])
    tw.manual_seed(0)
    close(tw.cov(p.sample((20_000,)).mT), cov, atol=0.06, rtol=0)
    with pytest.raises(ValueError, match="takes one of"):
        d.MultivariateNormal(loc, tw.eye(2), scale_tril=tw.eye(2))


# ---------------------------------------------------------------- divergences

PAIRS = {
    "Normal": (d.Normal(t(0.3), t(1.5)), d.Normal(t(-0.4), t(0.9)), (-15, 15)),
    "LogNormal": (d.LogNormal(t(0.1), t(0.4)), d.LogNormal(t(0.3), t(0.6)), (1e-9, 15)),
    "HalfNormal": (d.HalfNormal(t(1.5)), d.HalfNormal(t(0.9)), (0, 15)),
    "Laplace": (d.Laplace(t(-0.2), t(0.7)), d.Laplace(t(0.5), t(1.1)), (-25, 25)),
    "Gumbel": (d.Gumbel(t(0.5), t(0.8)), d.Gumbel(t(-0.1), t(1.2)), (-4, 35)),
    "Uniform": (d.Uniform(t(0.0), t(1.0)), d.Uniform(t(-1.0), t(3.0)), (0, 1 - 1e-9)),
    "Exponential": (d.Exponential(t(1.7)), d.Exponential(t(0.6)), (0, 25)),
    "Gamma": (d.Gamma(t(2.5), t(1.3)), d.Gamma(t(1.5), t(0.7)), (1e-9, 60)),
    "Beta": (d.Beta(t(2.5), t(3.5)), d.Beta(t(1.5), t(2.0)), (1e-9, 1 - 1e-9)),
}
COUNTED = {
    "Bernoulli": (d.Bernoulli(t(0.3)), d.Bernoulli(t(0.6)), 2),
    "Geometric": (d.Geometric(t(0.3)), d.Geometric(t(0.5)), 200),
    "Poisson": (d.Poisson(t(2.5)), d.Poisson(t(4.0)), 60),
    "Binomial": (d.Binomial(7, t(0.3)), d.Binomial(7, t(0.6)), 8),
    "Categorical": (d.Categorical(t(0.2, 0.8)), d.Categorical(t(0.5, 0.5)), 2),
}


@pytest.mark.parametrize(("p", "q", "span"), PAIRS.values(), ids=PAIRS)
def test_a_divergence_is_the_integral(p, q, span):
    x = np.linspace(*span, 200_001)
    one, other = (r.log_prob(tw.tensor(x)).numpy() for r in (p, q))
    close(d.kl_divergence(p, q), np.trapezoid(np.exp(one) * (one - other), x), rtol=1e-4, atol=1e-5)
    close(d.kl_divergence(p, p), 0.0)


@pytest.mark.parametrize(("p", "q", "count"), COUNTED.values(), ids=COUNTED)
def test_a_divergence_is_the_sum(p, q, count):
    x = tw.arange(count, dtype=FLOAT)
    one, other = p.log_prob(x).numpy(), q.log_prob(x).numpy()
    close(d.kl_divergence(p, q), (np.exp(one) * (one - other)).sum())


def test_divergences_of_vectors():
    p, q = d.Dirichlet(t(1.0, 2.0, 3.0)), d.Dirichlet(t(2.0, 1.0, 1.5))
    tw.manual_seed(0)
    draws = p.sample((40_000,))
    close(d.kl_divergence(p, q), (p.log_prob(draws) - q.log_prob(draws)).mean().numpy(), atol=0.03, rtol=0)
    diagonal = d.MultivariateNormal(t(0.0, 1.0), tw.tensor(np.diag([1.0, 4.0])))
    other = d.MultivariateNormal(t(1.0, 0.0), tw.tensor(np.diag([2.0, 1.0])))
    each = d.kl_divergence(d.Normal(t(0.0, 1.0), t(1.0, 2.0)), d.Normal(t(1.0, 0.0), t(2.0**0.5, 1.0)))
    close(d.kl_divergence(diagonal, other), each.sum().numpy())
    both = [d.Independent(d.Normal(t(0.0, 1.0), t(s)), 1) for s in (1.0, 2.0)]
    close(d.kl_divergence(*both), 2 * d.kl_divergence(d.Normal(t(0.0), t(1.0)), d.Normal(t(0.0), t(2.0))).numpy())
    with pytest.raises(NotImplementedError, match="not known"):
        d.kl_divergence(diagonal, p)


# ---------------------------------------------------------------- what is refused, and compiled functions

REFUSED = {
    "a negative scale": lambda: d.Normal(0.0, -1.0),
    "a rate of nan": lambda: d.Exponential(math.nan),
    "a probability above 1": lambda: d.Bernoulli(1.5),
    "no parameter": lambda: d.Bernoulli(),
    "two parameters": lambda: d.Categorical(tw.ones(2), tw.ones(2)),
    "an empty interval": lambda: d.Uniform(1.0, 1.0),
    "a value that is no class": lambda: d.Categorical(tw.ones(2)).log_prob(tw.tensor(2)),
    "a value out of the support": lambda: d.Gamma(1.0, 1.0).log_prob(tw.tensor(-1.0)),
    "a value of another size": lambda: d.Normal(tw.zeros(3), 1.0).log_prob(tw.zeros(2)),
    "a vector of another size": lambda: d.Dirichlet(tw.ones(3)).log_prob(tw.tensor([0.5, 0.5])),
    "an asymmetric covariance": lambda: d.MultivariateNormal(tw.zeros(2), tw.tensor([[1.0, 0.5], [0.0, 1.0]])),
    "a covariance that is none": lambda: d.MultivariateNormal(tw.zeros(2), -tw.eye(2)),
    "more axes than a batch has": lambda: d.Independent(d.Normal(0.0, 1.0), 1),
}


@pytest.mark.parametrize("action", REFUSED.values(), ids=REFUSED)
def test_what_is_no_distribution_or_no_value_is_refused(action):
    with pytest.raises(ValueError, match=r"\w"):
        action()


def test_nothing_is_checked_without_validation():
    assert math.isnan(d.Normal(0.0, -1.0, validate_args=False).log_prob(tw.tensor(1.0)).item())
    d.Distribution.set_default_validate_args(False)
    try:
        d.Normal(0.0, -1.0)
    finally:
        d.Distribution.set_default_validate_args(True)


def test_a_draw_without_a_derivative_says_so():
    with pytest.raises(NotImplementedError, match="REINFORCE"):
        d.Bernoulli(0.5).rsample()


@pytest.mark.parametrize(
    "family",
    [
        lambda a: d.Normal(a, 1.0),
        lambda a: d.Gamma(a.exp(), 1.0),
        lambda a: d.Beta(a.exp(), 2.0),
        lambda a: d.Exponential(a.exp()),
        lambda a: d.Bernoulli(logits=a),
        lambda a: d.Categorical(logits=tw.stack([a, -a], -1)),
        lambda a: d.Poisson(a.exp()),
    ],
)
def test_a_compiled_function_draws_anew_in_each_run_what_eager_draws(family):
    def step(a):
        p = family(a)
        x = p.rsample() if p.has_rsample else p.sample()
        return x, p.log_prob(x)

    compiled, a = tw.compile(step), tw.tensor([0.3, -0.2, 0.9])
    tw.manual_seed(5)
    eager = [step(a) for _ in range(3)]
    tw.manual_seed(5)
    for x, chance in eager:
        y, found = compiled(a)
        np.testing.assert_allclose(y.numpy(), x.numpy(), rtol=1e-6)
        np.testing.assert_allclose(found.numpy(), chance.numpy(), rtol=1e-5)


def test_a_compiled_draw_of_gamma_has_its_gradient():
    def loss(a):
        return d.Gamma(a, 1.0).rsample().sum()

    a, b = (tw.tensor([0.5, 3.0], requires_grad=True) for _ in range(2))
    compiled = tw.compile(loss)
    for _ in range(3):
        for run, x in ((loss, a), (compiled, b)):
            tw.manual_seed(2)
            x.grad = None
            run(x).backward()
        np.testing.assert_allclose(b.grad.numpy(), a.grad.numpy(), rtol=1e-6)


def test_a_distribution_tells_its_parameters():
    assert repr(d.Normal(0.0, 1.0)) == "Normal(loc: 0.0, scale: 1.0)"
    assert repr(d.Normal(tw.zeros(2), 1.0)) == "Normal(loc: (2,), scale: (2,))"


def test_a_cached_transform_gives_back_what_it_got():
    t = d.TanhTransform(cache_size=1)
    x = tw.tensor([20.0], dtype=FLOAT)  # tanh(20) is 1 in double precision
    y = t(x)
    assert t.inv(y) is x
    assert t.inv.inv is t
    assert np.isinf(d.TanhTransform().inv(y).numpy()).all()


@pytest.mark.parametrize(
    "transform",
    [
        d.ExpTransform(),
        d.AffineTransform(1.0, -2.0),
        d.SigmoidTransform(),
        d.TanhTransform(),
        d.SoftplusTransform(),
        d.ComposeTransform([d.TanhTransform(), d.AffineTransform(0.0, 3.0)]),
        d.ComposeTransform([d.ExpTransform(), d.PowerTransform(-1.5)]),
        d.ExpTransform().inv.inv,
    ],
    ids=str,
)
def test_a_transforms_slope_and_inverse_are_right(transform):
    x = tw.tensor(np.linspace(-2, 2, 9), requires_grad=True)
    y = transform(x)
    close(transform.inv(y), x.detach().numpy(), rtol=1e-9)
    slope = tw.grad(y.sum(), x)[0].numpy()
    close(transform.log_abs_det_jacobian(x, y), np.log(np.abs(slope)), rtol=1e-9)
    close(transform.inv.log_abs_det_jacobian(y, x), -np.log(np.abs(slope)), rtol=1e-9)
    assert transform == transform.inv.inv
    assert np.all(np.sign(slope) == transform.sign)


def test_draws_of_mixtures_and_transformed_distributions_have_their_moments():
    tw.manual_seed(0)
    p = d.MixtureSameFamily(d.Categorical(t(0.25, 0.75)), d.Normal(t(-2.0, 1.0), t(0.5, 1.0)))
    x = p.sample((40_000,)).numpy()
    assert x.mean() == pytest.approx(p.mean.item(), abs=0.03)
    assert x.var() == pytest.approx(p.variance.item(), rel=0.03)
    q = d.TransformedDistribution(d.Normal(t(0.1), t(0.4)), [d.ExpTransform()])
    y = q.rsample((40_000,)).numpy()
    assert y.mean() == pytest.approx(d.LogNormal(t(0.1), t(0.4)).mean.item(), rel=0.02)


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(tw.SettingError, match="takes transforms"):
        d.TransformedDistribution(d.Normal(0.0, 1.0), [tw.exp])
    with pytest.raises(tw.SettingError, match="do not fit"):
        d.MixtureSameFamily(d.Categorical(tw.ones(3)), d.Normal(tw.zeros(2), 1.0))
    with pytest.raises(tw.SettingError, match="last batch axis"):
        d.MixtureSameFamily(d.Categorical(tw.ones(3)), d.Normal(0.0, 1.0))
    with pytest.raises(tw.SettingError, match="cache_size"):
        d.ExpTransform(cache_size=2)
    with pytest.raises(tw.SettingError, match="GreaterThanEq"):
        d.Pareto(1.0, 2.0).log_prob(tw.tensor(0.5))


def test_the_same_change_of_variables_leaves_the_divergence():
    p, q = (d.TransformedDistribution(d.Normal(t(m), t(1.0)), [d.TanhTransform()]) for m in (0.0, 1.0))
    assert d.kl_divergence(p, q).item() == 0.5
    with pytest.raises(tw.UnsupportedError, match="different functions"):
        d.kl_divergence(p, d.TransformedDistribution(d.Normal(t(0.0), t(1.0)), [d.ExpTransform()]))


def test_the_support_of_independent_distributions_is_asked_of_whole_events():
    inside = tw.distributions.Independent(tw.distributions.Exponential(tw.ones(2)), 1).support
    assert inside.check(tw.tensor([[1.0, 2.0], [1.0, -2.0]])).tolist() == [True, False]
    assert (inside.event_dim, repr(inside)) == (1, "IndependentConstraint(Nonnegative(), 1)")


def test_a_mode_that_is_always_0_has_no_gradient():
    rate = tw.ones(2, requires_grad=True)
    for family in (tw.distributions.Exponential, tw.distributions.HalfNormal):
        assert family(rate).mode.tolist() == [0.0, 0.0]
        assert not family(rate).mode.requires_grad
    assert not tw.distributions.Geometric(rate / 2).mode.requires_grad
