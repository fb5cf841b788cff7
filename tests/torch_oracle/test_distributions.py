"""Distributions against PyTorch's: log_prob, entropy, moments, divergences and their gradients."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import tinygrad_wtf as tw  # noqa: E402
from tinygrad_wtf import distributions as mine  # noqa: E402
from tinygrad_wtf.ops.rows.special import gamma_slope  # noqa: E402

RANDOM = np.random.default_rng(0)


def positive(*shape):
    return np.abs(RANDOM.normal(size=shape)) + 0.3


def chances(*shape):
    return 1 / (1 + np.exp(-RANDOM.normal(size=shape)))


def simplex(*shape):
    weights = positive(*shape)
    return weights / weights.sum(-1, keepdims=True)


def definite(n):
    a = RANDOM.normal(size=(n, n))
    return a @ a.T + np.eye(n)


def values(kind, shape):
    return {
        "real": lambda: RANDOM.normal(size=shape),
        "positive": lambda: positive(*shape),
        "unit": lambda: chances(*shape),
        "count": lambda: RANDOM.integers(0, 5, shape).astype(float),
        "bit": lambda: RANDOM.integers(0, 2, shape).astype(float),
    }[kind]()


LOC, SCALE = RANDOM.normal(size=(2, 3)), positive(2, 3)
# family, parameters by name, values
FAMILIES = [
    ("Normal", {"loc": LOC, "scale": SCALE}, values("real", (4, 2, 3))),
    ("LogNormal", {"loc": LOC, "scale": SCALE}, values("positive", (4, 2, 3))),
    ("Laplace", {"loc": LOC, "scale": SCALE}, values("real", (4, 2, 3))),
    ("Cauchy", {"loc": LOC, "scale": SCALE}, values("real", (4, 2, 3))),
    ("Gumbel", {"loc": LOC, "scale": SCALE}, values("real", (4, 2, 3))),
    ("HalfNormal", {"scale": SCALE}, values("positive", (4, 2, 3))),
    ("HalfCauchy", {"scale": SCALE}, values("positive", (4, 2, 3))),
    ("Pareto", {"scale": SCALE, "alpha": positive(2, 3) + 2}, SCALE + values("positive", (4, 2, 3))),
    ("Weibull", {"scale": SCALE, "concentration": positive(2, 3) + 1}, values("positive", (4, 2, 3))),
    ("InverseGamma", {"concentration": positive(2, 3) + 2, "rate": SCALE}, values("positive", (4, 2, 3))),
    ("Uniform", {"low": -SCALE, "high": SCALE + 2}, values("unit", (4, 2, 3))),
    ("Exponential", {"rate": SCALE}, values("positive", (4, 2, 3))),
    ("Gamma", {"concentration": SCALE, "rate": positive(2, 1)}, values("positive", (4, 2, 3))),
    ("Chi2", {"df": SCALE}, values("positive", (4, 2, 3))),
    ("Beta", {"concentration1": SCALE, "concentration0": positive(3)}, values("unit", (4, 2, 3))),
    ("StudentT", {"df": SCALE + 3, "loc": LOC, "scale": SCALE}, values("real", (4, 2, 3))),
    ("Dirichlet", {"concentration": SCALE}, simplex(4, 2, 3)),
    ("Bernoulli", {"probs": chances(2, 3)}, values("bit", (4, 2, 3))),
    ("Bernoulli", {"logits": LOC}, values("bit", (4, 2, 3))),
    ("Geometric", {"probs": chances(2, 3)}, values("count", (4, 2, 3))),
    ("Geometric", {"logits": LOC}, values("count", (4, 2, 3))),
    ("Poisson", {"rate": SCALE}, values("count", (4, 2, 3))),
    ("Binomial", {"total_count": np.full((2, 3), 5.0), "probs": chances(2, 3)}, values("count", (4, 2, 3))),
    ("Binomial", {"total_count": np.full((2, 3), 5.0), "logits": LOC}, values("count", (4, 2, 3))),
    ("Categorical", {"probs": positive(2, 3)}, RANDOM.integers(0, 3, (4, 2))),
    ("Categorical", {"logits": LOC}, RANDOM.integers(0, 3, (4, 2))),
    ("OneHotCategorical", {"logits": LOC}, np.eye(3)[RANDOM.integers(0, 3, (4, 2))]),
    ("MultivariateNormal", {"loc": LOC, "covariance_matrix": definite(3)}, values("real", (4, 2, 3))),
    ("MultivariateNormal", {"loc": LOC, "precision_matrix": definite(3)}, values("real", (4, 2, 3))),
    ("MultivariateNormal", {"loc": LOC, "scale_tril": np.linalg.cholesky(definite(3))}, values("real", (4, 2, 3))),
]
ids = [f"{name}-{'-'.join(given)}" for name, given, _ in FAMILIES]
every = pytest.mark.parametrize(("name", "given", "x"), FAMILIES, ids=ids)


def both(name, given):
    made = []
    for library, families in ((torch, torch.distributions), (tw, mine)):
        parameters = {}
        for key, value in given.items():
            tensor = library.tensor(value)
            parameters[key] = tensor if key == "total_count" else tensor.requires_grad_()
        made.append((getattr(families, name)(**parameters), [p for p in parameters.values() if p.requires_grad]))
    return made


def numbers(x):
    return x.detach().numpy()


def same(wanted, found, leaves, own):
    """The same numbers, and the same first and second derivatives."""
    np.testing.assert_allclose(numbers(found), numbers(wanted), rtol=1e-9, atol=1e-10)
    assert str(found.dtype) == str(wanted.dtype)[6:]
    assert found.requires_grad == wanted.requires_grad
    if not wanted.requires_grad:
        return
    weight = np.cos(np.arange(wanted.numel())).reshape(tuple(wanted.shape))
    first = torch.autograd.grad((wanted * torch.tensor(weight)).sum(), leaves, create_graph=True, allow_unused=True)
    mine_ = tw.grad((found * tw.tensor(weight)).sum(), own, create_graph=True, allow_unused=True)
    for a, b in zip(first, mine_, strict=True):
        np.testing.assert_allclose(0 if b is None else numbers(b), 0 if a is None else numbers(a), rtol=1e-8, atol=1e-9)
    slopes = [(a, b) for a, b in zip(first, mine_, strict=True) if a is not None and a.requires_grad]
    if not slopes:
        return
    second = torch.autograd.grad(sum(a.cos().sum() for a, _ in slopes), leaves, allow_unused=True)
    curved = [b for _, b in slopes if b.requires_grad]
    own_second = tw.grad(sum(b.cos().sum() for b in curved), own, allow_unused=True) if curved else [None] * len(own)
    for a, b in zip(second, own_second, strict=True):
        np.testing.assert_allclose(0 if b is None else numbers(b), 0 if a is None else numbers(a), rtol=1e-7, atol=1e-8)


@every
def test_log_prob_and_its_gradients_are_pytorchs(name, given, x):
    (theirs, leaves), (ours, own) = both(name, given)
    assert (ours.batch_shape, ours.event_shape) == (tuple(theirs.batch_shape), tuple(theirs.event_shape))
    same(theirs.log_prob(torch.tensor(x)), ours.log_prob(tw.tensor(x)), leaves, own)


@every
@pytest.mark.parametrize("what", ["entropy", "mean", "variance", "stddev", "mode", "perplexity"])
def test_a_moment_and_its_gradients_are_pytorchs(name, given, x, what):
    (theirs, leaves), (ours, own) = both(name, given)
    try:
        wanted = getattr(theirs, what)
        wanted = wanted() if callable(wanted) else wanted
    except NotImplementedError:
        return
    try:
        found = getattr(ours, what)
    except tw.UnsupportedError:
        assert (name, what) in {("Dirichlet", "mode"), ("Beta", "mode")}
        return
    found = found() if callable(found) else found
    if not wanted.dtype.is_floating_point or wanted.isnan().any() or what == "mode":
        np.testing.assert_allclose(numbers(found), numbers(wanted))
        return
    same(wanted, found, leaves, own)


@every
def test_a_distribution_function_is_pytorchs(name, given, x):
    (theirs, leaves), (ours, own) = both(name, given)
    try:
        wanted, found = theirs.cdf(torch.tensor(x)), ours.cdf(tw.tensor(x))
    except (NotImplementedError, RuntimeError):
        return
    if name in ("Gamma", "Chi2"):  # PyTorch has no derivative by the concentration
        np.testing.assert_allclose(numbers(found), numbers(wanted), rtol=1e-9)
        return
    same(wanted, found, leaves, own)
    (theirs, leaves), (ours, own) = both(name, given)
    part = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
    same(theirs.icdf(part), ours.icdf(tw.tensor(part.numpy())), leaves, own)


@every
def test_shapes_of_draws_and_of_expanded_distributions_are_pytorchs(name, given, x):
    (theirs, _), (ours, _) = both(name, given)
    for shape in ((), (5,), (2, 3)):
        assert tuple(theirs.sample(shape).shape) == ours.sample(shape).shape
    assert str(ours.sample().dtype) == str(theirs.sample().dtype)[6:]
    wider = (7, *ours.batch_shape)
    wanted, found = theirs.expand(wider), ours.expand(wider)
    assert (found.batch_shape, found.event_shape) == (tuple(wanted.batch_shape), tuple(wanted.event_shape))
    np.testing.assert_allclose(
        numbers(found.log_prob(tw.tensor(x[:1]))), numbers(wanted.log_prob(torch.tensor(x[:1]))), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pair
        for pair in itertools.product(FAMILIES, repeat=2)
        if pair[0][0] == pair[1][0] and pair[0][0] not in ("Cauchy", "StudentT", "Chi2", "OneHotCategorical", "Weibull")
    ],
    ids=lambda family: f"{family[0]}-{'-'.join(family[1])}",
)
def test_a_divergence_and_its_gradients_are_pytorchs(one, other):
    moved = {k: v * 1.25 if k not in ("total_count", "probs", "loc", "logits") else v for k, v in other[1].items()}
    (p, leaves), (p_, own) = both(one[0], one[1])
    (q, more), (q_, own_more) = both(one[0], moved)
    wanted, found = torch.distributions.kl_divergence(p, q), mine.kl_divergence(p_, q_)
    if not torch.isfinite(wanted).all():
        np.testing.assert_allclose(numbers(found), numbers(wanted))
        return
    same(wanted, found, [*leaves, *more], [*own, *own_more])


@every
def test_what_pytorch_refuses_is_refused(name, given, x):
    for key in given:
        if key in ("loc", "logits", "low") or name == "Categorical":  # whose weights are divided by their sum
            continue
        bad = {**given, key: -np.abs(given[key])}
        with pytest.raises(ValueError, match=r"\w"):
            both(name, bad)
        made = {k: tw.tensor(v) for k, v in bad.items()}
        with pytest.raises(ValueError, match=r"\w"):
            getattr(mine, name)(**made)


@pytest.mark.parametrize("a", [0.05, 0.4, 1.0, 3.0, 20.0, 200.0])
def test_the_slope_of_a_gamma_draw_is_pytorchs_as_far_as_that_is_exact(a):
    concentration = torch.full((200,), a, dtype=torch.float64, requires_grad=True)
    draws = torch.distributions.Gamma(concentration, 1.0).rsample()
    (wanted,) = torch.autograd.grad(draws.sum(), concentration)
    found = tw.tensor(np.full(200, a), requires_grad=True)
    slope = gamma_slope(found.detach(), tw.tensor(numbers(draws)))
    np.testing.assert_allclose(slope.numpy(), wanted.numpy(), rtol=2e-3)


def composed(d, t, loc, scale):
    """What is made of other distributions, in either library."""
    normal = d.Normal(loc, scale)
    chances = d.Categorical(logits=loc)
    return {
        "exp": d.TransformedDistribution(normal, [d.ExpTransform()]),
        "squashed": d.TransformedDistribution(normal, [d.TanhTransform(cache_size=1), d.AffineTransform(0.5, -2.0)]),
        "logistic": d.TransformedDistribution(
            d.Uniform(t.zeros(2, 3, dtype=t.float64), t.ones(2, 3, dtype=t.float64)),
            [d.SigmoidTransform().inv, d.AffineTransform(loc, scale)],
        ),
        "softplus": d.TransformedDistribution(normal, [d.SoftplusTransform(), d.PowerTransform(2.0)]),
        "vector": d.TransformedDistribution(normal, [d.AffineTransform(loc, scale, event_dim=1)]),
        "wider": d.TransformedDistribution(d.Normal(loc[0], scale[0]), [d.AffineTransform(loc, 2.0)]),
        "composed": d.TransformedDistribution(
            normal, d.ComposeTransform([d.AffineTransform(loc, scale, 1), d.ExpTransform()])
        ),
        "of vectors": d.TransformedDistribution(d.Independent(normal, 1), [d.ExpTransform()]),
        "mixture": d.MixtureSameFamily(chances, normal),
        "one choice": d.MixtureSameFamily(d.Categorical(logits=loc[0]), normal),
        "mixed vectors": d.MixtureSameFamily(
            d.Categorical(logits=loc[0]), d.Independent(d.Normal(t.stack([loc[0], loc[1], loc[0]]), 1.5), 1)
        ),
    }


COMPOSED = ["exp", "squashed", "logistic", "softplus", "vector", "wider", "composed", "of vectors"]
MIXED = ["mixture", "one choice", "mixed vectors"]


@pytest.mark.parametrize("name", [*COMPOSED, *MIXED])
def test_what_is_made_of_distributions_is_pytorchs(name):
    shape = (4, 2, 3) if name not in MIXED else (4, 3) if name == "mixed vectors" else (4, 2)
    x = 0.3 + 0.2 * chances(*shape)

    def compared(ask):
        leaves, own = ([f(LOC).requires_grad_(), f(SCALE).requires_grad_()] for f in (torch.tensor, tw.tensor))
        theirs, ours = composed(torch.distributions, torch, *leaves)[name], composed(mine, tw, *own)[name]
        same(ask(theirs, torch), ask(ours, tw), leaves, own)

    theirs = composed(torch.distributions, torch, torch.tensor(LOC), torch.tensor(SCALE))[name]
    ours = composed(mine, tw, tw.tensor(LOC), tw.tensor(SCALE))[name]
    assert (ours.batch_shape, ours.event_shape) == (tuple(theirs.batch_shape), tuple(theirs.event_shape))
    assert ours.has_rsample == theirs.has_rsample
    compared(lambda p, t: p.log_prob(t.tensor(x)))
    if not theirs.event_shape:
        compared(lambda p, t: p.cdf(t.tensor(x)))
    if name in MIXED:
        compared(lambda p, t: p.mean)
        compared(lambda p, t: p.variance)
    elif not theirs.event_shape:
        compared(lambda p, t: p.icdf(t.tensor([0.1, 0.5, 0.9], dtype=t.float64)))
    whole = (*ours.batch_shape, *ours.event_shape)
    assert ours.sample((5,)).shape == (5, *whole)
    assert ours.expand((7, *ours.batch_shape)).sample().shape == (7, *whole)
