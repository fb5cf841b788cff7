"""Labels as losses want them, and accuracy as they mean it: classes, one-hot rows, probabilities, logits, numbers."""

import functools

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

CLASSES = np.array([0, 1, 2, 1, 0, 2, 2, 1])
ONE_HOT = np.eye(3)[CLASSES]
SOFT = 0.8 * ONE_HOT + 0.2 / 3
# scores of which 6 of 8 have the largest number in the right place, though many single entries are on the wrong side
SCORES = np.array(
    [[3, 2, 1], [-3, -1, -2], [1, 2, 3], [2, 1, 0], [-1, -2, -3], [-3, -2, -1], [0.1, 0.2, 0.3], [3, 0, 4]], np.float32
)
RIGHT = 6 / 8


class Given(nn.Module):
    """A model whose first answers are given: it adds a learnt number to its input."""

    def __init__(self, start=0.0):
        super().__init__()
        self.shift = nn.Parameter([start])

    def forward(self, x):
        return x + self.shift


def fitted(loss, X, y, model=None, epochs=1, lr=0.0, **options):
    model = Given() if model is None else model
    return nn.fit(model, loss, nn.optim.SGD(model.parameters(), lr=lr), (X, y), epochs, **options)


CLASS_LOSSES = [
    nn.CrossEntropyLoss(),
    functional.cross_entropy,
    functools.partial(functional.cross_entropy, label_smoothing=0.1),
    nn.CrossEntropyLoss().forward,
]


@pytest.mark.parametrize("loss", CLASS_LOSSES, ids=["module", "function", "partial", "method"])
@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_classes_stay_whole_and_the_largest_score_decides(loss, kind):
    y = CLASSES.astype(kind)
    expected = {"loss": loss(tw.tensor(SCORES), CLASSES).item(), "accuracy": RIGHT}
    assert fitted(loss, SCORES, y).last == pytest.approx(expected, rel=1e-6)
    assert nn.evaluate(Given(), loss, (SCORES, tw.tensor(y))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("y", [ONE_HOT, ONE_HOT.astype(int), ONE_HOT.astype(bool), SOFT, SOFT.astype(np.float32)])
@pytest.mark.parametrize("compile", [True, False])
def test_one_hot_rows_and_soft_labels_decide_by_their_largest_entry(y, compile):
    loss = nn.CrossEntropyLoss()
    expected = {"loss": loss(tw.tensor(SCORES), y.astype(np.float32)).item(), "accuracy": RIGHT}
    history = fitted(loss, SCORES, y, compile=compile, validation=(SCORES, y))
    assert {name: history.last[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert history.last["val_accuracy"] == RIGHT
    assert history.not_compiled == ("" if compile else "compile=False")


def test_logarithms_of_probabilities_take_classes_too():
    model = nn.Sequential(Given(), nn.LogSoftmax(-1))
    assert fitted(nn.NLLLoss(), SCORES, CLASSES, model).last["accuracy"] == RIGHT
    assert fitted(functional.nll_loss, SCORES, CLASSES, model).last["accuracy"] == RIGHT


def test_classes_of_pixels_are_decided_one_by_one():
    X = np.stack([SCORES.T, SCORES.T[::-1]])  # (2 images, 3 classes, 8 pixels)
    y = np.stack([CLASSES, CLASSES])
    expected = np.mean(X.argmax(1) == y)
    assert fitted(nn.CrossEntropyLoss(), X, y).last["accuracy"] == expected


def test_classes_that_are_ignored_do_not_count():
    y = CLASSES.copy()
    y[3] = y[0] = 9  # one that was wrong, one that was right
    for loss in (nn.CrossEntropyLoss(ignore_index=9), functools.partial(functional.cross_entropy, ignore_index=9)):
        assert nn.evaluate(Given(), loss, (SCORES, y))["accuracy"] == pytest.approx(5 / 6)
        # in batches with one, two, ... that count, the mean is over those that do
        history = fitted(loss, SCORES, y, batch_size=3, seed=0)
        assert history.last["accuracy"] == pytest.approx(5 / 6)


def test_networks_of_words_take_indices():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 5, (64, 3))
    y = X[:, 0]
    model = nn.Sequential(nn.Embedding(5, 8, generator=0), nn.Flatten(), nn.Linear(24, 5, generator=0))
    optimizer = nn.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
    history = nn.fit(model, nn.CrossEntropyLoss(), optimizer, (X, y), 60, batch_size=16, seed=0, validation=(X, y))
    assert history["val_accuracy"][-1] == 1.0
    assert (nn.predict(model, X).argmax(1) == y).all()


def test_a_frozen_table_of_whole_numbers_is_no_dtype_for_the_data():
    table = nn.Embedding.from_pretrained(tw.tensor([[1, 0], [0, 1]]))
    assert table(tw.tensor([1, 0])).tolist() == [[0, 1], [1, 0]]
    assert not table.weight.requires_grad
    assert table.weight.dtype == tw.int64

    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.linear = table, nn.Linear(2, 1)

        def forward(self, x):
            return self.linear(self.table(x).float())

    assert fitted(nn.MSELoss(), np.array([0, 1]), np.array([[0.5], [1.0]]), Counted()).epoch == [1]


# ------------------------------------------------------------------ two classes

Z = np.array([[-2.0], [0.25], [0.0], [3.0]], np.float32)
TWO = np.array([[0], [0], [1], [1]])


@pytest.mark.parametrize(
    ("loss", "X", "y", "right"),
    [
        (nn.BCEWithLogitsLoss(), Z, TWO, 3 / 4),
        (functional.binary_cross_entropy_with_logits, Z, TWO, 3 / 4),
        (nn.SoftMarginLoss(), Z, 2 * TWO - 1, 3 / 4),
        (functional.soft_margin_loss, Z, 2 * TWO - 1, 3 / 4),
        (nn.BCELoss(), 1 / (1 + np.exp(-Z)), TWO, 3 / 4),
        (functional.binary_cross_entropy, np.array([[0.1], [0.2], [0.4], [0.5]]), TWO, 3 / 4),
    ],
)
@pytest.mark.parametrize("kind", [float, int])
def test_logits_decide_by_sign_and_probabilities_by_one_half(loss, X, y, right, kind):
    assert fitted(loss, X, y.astype(kind)).last["accuracy"] == right
    assert nn.evaluate(Given(), loss, (X, y.astype(kind)))["accuracy"] == right


# ------------------------------------------------------------------ numbers, and functions of one's own

REGRESSIONS = [nn.MSELoss(), nn.L1Loss(), nn.HuberLoss(), nn.SmoothL1Loss(), nn.PoissonNLLLoss(), nn.KLDivLoss(),
               functional.mse_loss, functional.huber_loss]  # fmt: skip


@pytest.mark.parametrize("loss", REGRESSIONS)
def test_losses_of_numbers_have_no_accuracy(loss):
    history = fitted(loss, Z, TWO.astype(float), validation=(Z, TWO))
    assert list(history) == ["loss", "val_loss"]
    assert list(nn.evaluate(Given(), loss, (Z, TWO))) == ["loss"]


def own(z, y):
    return functional.cross_entropy(z, y)


@pytest.mark.parametrize("loss", [own, lambda z, y: functional.cross_entropy(z, y)])
def test_a_loss_of_ones_own_has_no_accuracy_unless_asked(loss):
    assert list(fitted(loss, SCORES, CLASSES)) == ["loss"]
    assert fitted(loss, SCORES, CLASSES, metrics=("accuracy",)).last["accuracy"] == RIGHT
    assert nn.evaluate(Given(), loss, (SCORES, CLASSES), "accuracy")["accuracy"] == RIGHT


def test_whole_labels_of_the_predictions_shape_are_numbers_for_a_loss_of_ones_own():
    y = np.array([[255], [0], [0], [1]], np.uint8)
    expected = float(np.mean((Z - y.astype(float)) ** 2) + y.mean())
    history = fitted(lambda a, y: (a - y).pow(2).mean() - (-y).mean(), Z, y)
    assert history.last == {"loss": pytest.approx(expected, rel=1e-6)}


def test_accuracy_that_was_asked_for_is_told_or_refused():
    probabilities = np.array([[0.1], [0.7], [0.4], [0.9]])
    for loss in (nn.MSELoss(), lambda a, y: ((a - y) ** 2).mean()):
        assert fitted(loss, probabilities, TWO, metrics="accuracy").last["accuracy"] == 2 / 4
    with pytest.raises(tw.DataError, match="labels are not all 0 or 1"):
        fitted(nn.MSELoss(), Z, 2 * TWO, metrics="accuracy")
    with pytest.raises(tw.DataError, match=r"from -2 to 3, are no probabilities.*z >= 0"):
        fitted(lambda a, y: ((a - y) ** 2).mean(), Z, TWO, metrics="accuracy")
    with pytest.raises(tw.DataError, match=r"nn\.class_accuracy"):
        fitted(lambda a, y: ((a - y) ** 2).mean(), SCORES, ONE_HOT, metrics="accuracy")
    assert fitted(nn.MSELoss(), SCORES, ONE_HOT, metrics=[nn.class_accuracy]).last["class_accuracy"] == RIGHT


def test_a_loss_of_ones_own_may_say_what_it_reads():
    class Focal(nn.Module):
        reads = "logits"

        def forward(self, z, y):
            return ((1 - tw.sigmoid(z)) * y + tw.sigmoid(z) * (1 - y)).pow(2).mean()

    assert fitted(Focal(), Z, TWO).last["accuracy"] == 3 / 4


def test_accuracy_refuses_classes_that_do_not_belong_to_the_scores():
    with pytest.raises(tw.ShapeError, match=r"\(8, 3\) and targets of shape \(8, 1\)"):
        nn.class_accuracy(SCORES, CLASSES.reshape(-1, 1))


def test_a_single_score_is_no_choice_among_classes():
    with pytest.raises(tw.ShapeError, match=r"\(4, 1\).*one class.*nn\.accuracy"):
        nn.class_accuracy(Z, TWO)
    with pytest.raises(tw.ShapeError, match=r"one class.*BCEWithLogitsLoss"):
        fitted(nn.CrossEntropyLoss(), Z, TWO)


def test_nn_accuracy_as_a_metric_follows_the_loss():
    for loss in (nn.BCEWithLogitsLoss(), nn.SoftMarginLoss()):
        y = TWO if isinstance(loss, nn.BCEWithLogitsLoss) else 2 * TWO - 1
        assert fitted(loss, 0.1 * Z, y, metrics=[nn.accuracy]).last["accuracy"] == 3 / 4


@pytest.mark.parametrize(("model", "y", "warns"), [((3, 1), (3,), True), ((3,), (3, 1), True), ((3, 1), (3, 1), False)])
def test_labels_that_would_broadcast_in_a_loss_of_ones_own_are_told_in_the_log(model, y, warns, caplog):
    fitted(lambda a, y: ((a - y) ** 2).mean(), np.ones(model), np.zeros(y), epochs=3, batch_size=2)
    told = [record.getMessage() for record in caplog.records if "every label" in record.getMessage()]
    assert len(told) == warns
    assert all(message.endswith(f"y.reshape({'-1, 1' if len(model) == 2 else '-1'})") for message in told)
    caplog.clear()
    fitted(lambda z, y: functional.cross_entropy(z, y), SCORES, CLASSES)
    assert "every label" not in caplog.text


def test_labels_of_0_and_1_are_refused_by_a_loss_that_reads_signs():
    loss = nn.SoftMarginLoss()
    for judged in (lambda: fitted(loss, Z, TWO), lambda: nn.evaluate(Given(), loss, (Z, TWO))):
        with pytest.raises(tw.DataError, match=r"labels are -1 and 1, and the one at \[0, 0\] is 0.*2 \* y - 1"):
            judged()


# ------------------------------------------------------------------ names of metrics


def loss(prediction, target):
    return 0.0


def val_loss(prediction, target):
    return 0.0


def accuracy(prediction, target):
    return 0.25


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ([loss], "none may be called 'loss'"),
        ({"loss": accuracy}, "none may be called 'loss'"),
        ([val_loss], "none may be called 'val_loss'"),
        (["accuracy", accuracy], "two are called 'accuracy'"),
        (["accuracy", "accuracy"], "two are called 'accuracy'"),
        ([lambda a, y: 1.0, lambda a, y: 2.0], "two are called '<lambda>'"),
        ([functools.partial(accuracy), accuracy], "two are called 'accuracy'"),
    ],
)
def test_names_that_are_taken_are_refused(metrics, told):
    for judged in (
        lambda: fitted(nn.BCEWithLogitsLoss(), Z, TWO, metrics=metrics),
        lambda: nn.evaluate(Given(), nn.BCEWithLogitsLoss(), (Z, TWO), metrics),
    ):
        with pytest.raises(ValueError, match=told):
            judged()


def test_a_dict_gives_metrics_names():
    metrics = {"mine": accuracy, "largest": lambda a, y: a.max()}
    last = fitted(nn.BCEWithLogitsLoss(), Z, TWO, metrics=metrics, validation=(Z, TWO)).last
    assert list(last) == ["loss", "mine", "largest", "val_loss", "val_mine", "val_largest"]
    assert (last["mine"], last["val_largest"]) == (0.25, 3.0)


def test_a_metric_that_gives_no_number_is_named():
    with pytest.raises(TypeError, match="'wrong' must return a number, not a ndarray"):
        fitted(nn.BCEWithLogitsLoss(), Z, TWO, metrics={"wrong": lambda a, y: a})


def test_early_stopping_and_the_page_follow_the_accuracy_of_classes(tmp_path):
    model = Given()
    stopping = nn.EarlyStopping("val_accuracy", patience=2)
    page = nn.watch(model, tmp_path / "page.html", data=(SCORES[:, :2], CLASSES % 2))
    history = fitted(
        nn.CrossEntropyLoss(), SCORES, CLASSES, model, 50, validation=(SCORES, CLASSES), callbacks=[stopping, page]
    )
    assert (stopping.best, history.epoch[-1]) == (RIGHT, 3)
    assert '"name":"accuracy"' in page.path.read_text(encoding="utf-8")


def test_early_stopping_says_how_to_get_an_accuracy():
    with pytest.raises(ValueError, match=r"only loss.*metrics=\('accuracy',\)"):
        fitted(nn.MSELoss(), Z, TWO, callbacks=[nn.EarlyStopping("accuracy")])


# ------------------------------------------------------------------ modes


@pytest.mark.parametrize("compile", [True, False])
def test_a_frozen_normalisation_stays_frozen(compile):
    frozen, free = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    model = nn.Sequential(frozen, free, nn.Linear(2, 1))
    frozen.eval()
    X = np.random.default_rng(0).normal(5.0, 2.0, (20, 2))
    fitted(nn.MSELoss(), X, X[:, :1], model, 3, validation=(X, X[:, :1]), compile=compile, batch_size=8)
    assert (frozen.running_mean.tolist(), frozen.num_batches_tracked.item()) == ([0.0, 0.0], 0)
    assert free.num_batches_tracked.item() == 9
    assert (model.training, frozen.training, free.training) == (True, False, True)


def test_a_model_in_evaluation_mode_stays_in_it_and_the_log_says_so(caplog):
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)).eval()
    X = np.ones((4, 2))
    fitted(nn.MSELoss(), X, X[:, :1], model)
    assert model[0].num_batches_tracked.item() == 0
    assert not model.training
    assert "evaluation mode" in caplog.text


# ------------------------------------------------------------------ data that are none


@pytest.mark.parametrize(
    ("X", "y", "told"),
    [
        (Z + 1j, TWO, "data: X holds complex64, not real numbers"),
        (Z, TWO * 1j, "data: y holds complex128, not real numbers"),
        ([["a"], ["b"]], [[0], [1]], "data: X holds text"),
        (
            Z,
            ["cat", "dog", "cat", "dog"],
            r"data: y holds text, not real numbers.*np\.unique\(y, return_inverse=True\)",
        ),
        (Z, np.array(["cat", "dog", "cat", "dog"], object), r"data: y holds objects.*such as 'cat'.*np\.unique"),
        (np.ma.masked_less(Z, 0), TWO, "data: X has masked entries"),
        ([[1.0], [1.0, 2.0]], [[0], [1]], "data: X is no array: its rows differ in length"),
        ([[None], [1.0]], [[0], [1]], r"data: X holds objects, such as None, not real numbers"),
        (np.array([[1e300]]), [[0]], r"data: X holds numbers that are too large.*model\.double"),
    ],
)
def test_data_that_are_no_real_numbers_are_told(X, y, told):
    with pytest.raises(tw.DTypeError, match=told):
        fitted(nn.MSELoss(), X, y)


@pytest.mark.parametrize("name", ["epochs", "batch_size", "record_every"])
@pytest.mark.parametrize("count", [float("inf"), float("nan"), "3", 2.5, True, 0, [3]])
def test_counts_that_are_none_are_told(name, count):
    with pytest.raises(ValueError, match=f"fit: {name} must be a whole number of at least 1, got"):
        fitted(nn.MSELoss(), Z, TWO, **{"epochs": 1, name: count})


def test_a_count_may_come_from_numpy_or_a_division():
    assert fitted(nn.MSELoss(), Z, TWO, epochs=6 / 2, batch_size=np.int32(2)).epoch == [1, 2, 3]
