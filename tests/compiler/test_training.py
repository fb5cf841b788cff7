"""Training with a compiled step beside the ordinary one: parameters, gradients, the optimizer's memory, buffers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn

fewer = settings(max_examples=max(5, settings.default.max_examples // 2))
SETTINGS = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "momentum": st.sampled_from([0.0, 0.5, 0.9]),
            "dampening": st.sampled_from([0.0, 0.3]),
            "weight_decay": st.sampled_from([0.0, 0.1]),
            "l1": st.sampled_from([0.0, 0.01]),
            "maximize": st.booleans(),
        },
    ),
    st.just({"momentum": 0.9, "nesterov": True}),
)
BINARY = [nn.BCELoss(), nn.BCELoss(reduction="sum"), nn.MSELoss(), nn.L1Loss(), nn.HuberLoss(), nn.SmoothL1Loss()]


def side_by_side(training, batches, factor=1.0):
    """Train both; everything that can be seen agrees after each step."""
    compiled = training.compiled()
    for seed, batch in enumerate(batches):
        tw.manual_seed(seed)
        expected = training.run(*batch)
        tw.manual_seed(seed)
        assert_close(compiled.run(*batch), expected, factor)
        assert_same_state(compiled, training, factor)
    return compiled


@fewer
@given(
    widths=st.lists(st.integers(1, 7), max_size=4),
    sizes=st.lists(st.sampled_from([1, 2, 8]), min_size=3, max_size=6),
    loss=st.sampled_from(BINARY),
    activation=st.sampled_from([nn.Sigmoid, nn.Tanh, nn.ReLU, nn.SiLU]),
    settings=SETTINGS,
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_networks_of_any_depth(widths, sizes, loss, activation, settings, dtype):
    def model():
        layers = []
        for inputs, outputs in zip([2, *widths], [*widths, 1], strict=True):
            layers += [nn.Linear(inputs, outputs, dtype=dtype), activation()]
        return nn.Sequential(*layers[:-1], nn.Sigmoid())

    X, y = (t.to(dtype) for t in points())
    training = Training(model, loss, lr=0.1, **settings)
    compiled = side_by_side(training, [(X[:size], y[:size]) for size in sizes], factor=10)
    assert compiled.run.traces <= 2 * len(set(sizes))  # the second time, the optimizer has its memory


@pytest.mark.parametrize(
    "loss",
    [nn.BCEWithLogitsLoss(), nn.SoftMarginLoss(), nn.PoissonNLLLoss(), nn.MSELoss(reduction="sum"), nn.KLDivLoss()],
    ids=lambda loss: type(loss).__name__,
)
def test_losses_of_an_open_end(loss):
    X, y = points()
    side_by_side(Training(lambda: nn.Linear(2, 1), loss, momentum=0.5, lr=0.05), [(X, y)] * 4)


def test_losses_of_classes():
    X, _ = points()
    model = lambda: nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 3))  # noqa: E731
    batches = [(X, tw.randint(0, 3, (8,), generator=seed)) for seed in range(5)]
    compiled = side_by_side(Training(model, nn.CrossEntropyLoss(label_smoothing=0.1)), batches)
    assert compiled.run.traces == 1
    model = lambda: nn.Sequential(nn.Linear(2, 3), nn.LogSoftmax(1))  # noqa: E731
    side_by_side(Training(model, nn.NLLLoss(weight=[1.0, 2.0, 0.5])), batches)


def test_the_gaussian_loss_checks_variances_in_every_run():
    loss = tw.compile(lambda a, y, v: nn.functional.gaussian_nll_loss(a, y, v))
    a, y = points()[0], points(seed=1)[0]
    v = tw.ones(8, 2)
    for _ in range(2):
        assert_close(loss(a, y, v), nn.functional.gaussian_nll_loss(a, y, v))
    with pytest.raises(tw.SettingError, match="negative"):
        loss(a, y, -v)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: nn.BatchNorm1d(5),
        lambda: nn.BatchNorm1d(5, momentum=None),
        lambda: nn.BatchNorm1d(5, affine=False),
        lambda: nn.LayerNorm(5),
        lambda: nn.Dropout(0.4),
        lambda: nn.PReLU(5),
        nn.Softplus,
    ],
    ids=["batch norm", "batch norm of all batches", "without affine", "layer norm", "dropout", "prelu", "softplus"],
)
def test_layers_with_a_state(layer, training):
    def model():
        made = nn.Sequential(nn.Linear(2, 5), layer(), nn.Linear(5, 1), nn.Sigmoid())
        return made.train(training)

    side_by_side(Training(model, momentum=0.5), [points(6, seed) for seed in range(5)], factor=5)


def test_convolutions_and_pooling():
    def model():
        return nn.Sequential(
            nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(12, 1), nn.Sigmoid(),
        )  # fmt: skip

    images = [tw.rand(5, 1, 4, 4, generator=seed) for seed in range(4)]
    batches = [(x, (x[:, 0, 0, :1] > 0.5).float()) for x in images]
    side_by_side(Training(model, momentum=0.9, lr=0.1), batches, factor=10)


class Attention(nn.Module):
    """Words, each looking at the others."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(7, 4, padding_idx=0)
        self.query, self.key, self.value = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.norm, self.end = nn.LayerNorm(4), nn.Linear(4, 1)

    def forward(self, words):
        x = self.words(words)
        seen = nn.functional.scaled_dot_product_attention(
            self.query(x), self.key(x), self.value(x), dropout_p=0.2, is_causal=True
        )
        return self.end(self.norm(x + seen)).mean(1).sigmoid()


def test_attention_on_embeddings():
    words = [tw.randint(0, 7, (3, 5), generator=seed) for seed in range(4)]
    compiled = side_by_side(Training(Attention, momentum=0.5), [(w, (w[:, :1] > 3).float()) for w in words], factor=10)
    assert compiled.run.traces == 2
    with pytest.raises(tw.TinygradError, match="7"):
        compiled.run(words[0] + 7, words[0][:, :1].float() * 0)


def test_groups_with_settings_of_their_own():
    class Grouped(Training):
        def __init__(self):
            super().__init__(small_network)
            self.make = Grouped
            first, last = self.model[0], self.model[2]
            self.optimizer = nn.optim.SGD(
                [{"params": first.parameters(), "lr": 0.01, "momentum": 0.5}, {"params": last.parameters()}], lr=0.3
            )

    side_by_side(Grouped(), [points()] * 4)


def test_a_parameter_used_twice_and_one_not_used():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.idle = nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x):
            return self.a(self.a(x).tanh()).sum(1, keepdim=True).sigmoid()

    side_by_side(Training(Tied, momentum=0.5), [points()] * 4)


def test_gradients_that_add_up():
    """Without zero_grad, and with one optimizer step for two passes."""

    class Adding(Training):
        def __init__(self):
            super().__init__(small_network, momentum=0.5)
            self.make = Adding
            self.run = self.step

        def step(self, X, y):
            for half in (slice(0, 4), slice(4, 8)):
                self.loss(self.model(X[half]), y[half]).backward()
            self.optimizer.step()
            return self.model(X)

    side_by_side(Adding(), [points()] * 4)


def test_gradients_set_to_zero_in_place():
    class Zeroing(Training):
        def __init__(self):
            super().__init__(small_network)
            self.make = Zeroing
            self.run = self.step

        def step(self, X, y):
            self.optimizer.zero_grad(set_to_none=False)
            loss = self.loss(self.model(X), y)
            loss.backward()
            self.optimizer.step()
            return loss

    side_by_side(Zeroing(), [points()] * 4)
