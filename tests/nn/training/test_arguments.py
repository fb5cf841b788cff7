"""What is wrong with an argument of a training is said with its name, before anything is trained."""

import functools
import math

import numpy as np
import pytest

from tinygrad_wtf import nn

X = np.ones((3, 2))
MODEL = nn.Sequential(nn.Linear(2, 1))


def fit(model=MODEL, loss=None, callbacks=()):
    optimizer = nn.optim.SGD(MODEL.parameters())
    return nn.fit(model, loss or nn.MSELoss(), optimizer, (X, X[:, :1]), 1, callbacks=callbacks)


NO_COUNTS = [0, -1, 2.5, "3", None, True, math.nan, [2]]


@pytest.mark.parametrize("given", [*NO_COUNTS, math.inf])
@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda given: nn.predict(MODEL, X, given), "predict: batch_size must be a whole number of at least 1, got"),
        (lambda given: nn.datasets.spirals(given), "spirals: n_per_class must be a whole number of at least 1, got"),
        (
            lambda given: nn.watch(MODEL, resolution=given),
            "watch: resolution must be a whole number of at least 2, got",
        ),
    ],
    ids=["predict", "spirals", "watch"],
)
def test_what_is_no_count_is_told(made, given, told):
    with pytest.raises(ValueError, match=told):
        made(given)


@pytest.mark.parametrize("given", [1, 2.5, "3", None, True, math.inf, [1.5], [-1], ["a"], []])
def test_snapshots_that_are_no_epochs_are_told(given):
    with pytest.raises(ValueError, match="watch: snapshots"):
        nn.watch(MODEL, snapshots=given)


@pytest.mark.parametrize(
    "given",
    [*({"patience": p} for p in NO_COUNTS[1:]), {"min_delta": math.nan}, {"min_delta": "3"}, {"min_delta": None}],
)
def test_early_stopping_refuses_what_is_no_number(given):
    with pytest.raises(ValueError, match=f"EarlyStopping: {next(iter(given))}"):
        nn.EarlyStopping(**given)


def test_early_stopping_may_wait_for_ever():
    assert nn.EarlyStopping(patience=math.inf).patience == math.inf
    assert nn.EarlyStopping(patience=4 / 2).patience == 2


class Two(nn.Module):
    """A model with two outputs."""

    def __init__(self):
        super().__init__()
        self.layer = MODEL[0]

    def forward(self, x):
        return self.layer(x), self.layer(x)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            lambda: fit(Two(), lambda a, y: (a[0] - a[1] - y).mean()),
            "fit: the model must return one Tensor, not a tuple",
        ),
        (lambda: nn.predict(Two(), X), r"predict: the model must return one Tensor, not a tuple.*tw\.cat"),
        (lambda: nn.evaluate(Two(), lambda a, y: a[0].mean(), (X, X)), "evaluate: the model must return one Tensor"),
        (lambda: fit(callbacks=nn.EarlyStopping("loss")), r"callbacks=\[EarlyStopping\(monitor='loss', patience=0\)\]"),
        (lambda: fit(callbacks=[nn.EarlyStopping]), r"the callback is the class EarlyStopping; make one of it"),
        (lambda: fit(callbacks=[print]), r"a callback is an nn\.Callback, not a builtin_function_or_method"),
        (lambda: fit(model=nn.Linear), "the model is the class Linear; make one of it"),
        (lambda: fit(model=lambda x: x), r"fit trains an nn\.Module, not a function"),
        (lambda: nn.predict(nn.Linear, X), r"an nn\.Module, not the class Linear: make one of it"),
        (lambda: nn.predict(print, X), r"an nn\.Module, not a builtin_function_or_method"),
        (lambda: nn.evaluate(MODEL, nn.MSELoss, (X, X[:, :1])), "the loss is the class MSELoss; make one of it"),
        (lambda: nn.evaluate(MODEL, "mse", (X, X[:, :1])), "evaluate: the loss is a function or a module.*not a str"),
        (lambda: fit(loss=lambda a, y: 1.0), "fit: the loss must return a Tensor, not a float"),
        (lambda: fit(loss=lambda a, y: None), "fit: the loss must return a Tensor, not a NoneType"),
        (lambda: fit(loss=lambda a, y: (a.numpy() - 1).mean()), "fit: the loss must return a Tensor, not a float32"),
        (lambda: nn.evaluate(MODEL, lambda a, y: None, (X, X[:, :1])), "evaluate: the loss must return a Tensor"),
        (lambda: nn.evaluate(MODEL, nn.MSELoss(), (X, X[:, :1]), 3), "metrics are names or functions, not 3"),
        (lambda: nn.evaluate(MODEL, nn.MSELoss(), (X, X[:, :1]), {1: max}), "metrics: a name is text, not 1"),
        (lambda: nn.fit(MODEL, nn.MSELoss(), nn.optim.SGD(MODEL.parameters()), X, X), r"data must be a pair \(X, y\)"),
    ],
)
def test_things_of_the_wrong_kind_are_told(wrong, told):
    with pytest.raises(TypeError, match=told):
        wrong()


def test_a_loss_without_a_reduction_is_told():
    with pytest.raises(ValueError, match=r"evaluate: the loss must be one number.*reduction='mean'"):
        nn.evaluate(MODEL, nn.MSELoss(reduction="none"), (X, X[:, :1]))


def test_a_callback_needs_the_methods_and_not_the_class():
    class Own:
        def __getattr__(self, name):
            return lambda *run: None

    assert fit(callbacks=[Own()]).epoch == [1]


def test_one_metric_may_stand_alone():
    def largest(prediction, target):
        return prediction.max()

    assert list(nn.evaluate(MODEL, nn.MSELoss(), (X, X[:, :1]), largest)) == ["loss", "largest"]


@pytest.mark.parametrize("p", [-0.1, 1.5, math.nan, "0.5", None])
def test_dropout_takes_a_probability(p):
    with pytest.raises(ValueError, match="Dropout: p is a probability, from 0 to 1, not"):
        nn.Dropout(p)


@pytest.mark.parametrize("groups", [0, -2, 3])
def test_channels_are_divided_into_groups(groups):
    with pytest.raises(ValueError, match=f"4 channels cannot be divided into {groups} groups"):
        nn.GroupNorm(groups, 4)


def error_of(y_true, y_pred):
    return (y_true - y_pred).mean()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: nn.evaluate(MODEL, nn.MSELoss(), (X, X[:, :1]), [error_of]),
        lambda: nn.evaluate(MODEL, nn.MSELoss(), (X, X[:, :1]), {"mine": functools.partial(error_of)}),
        lambda: nn.evaluate(MODEL, error_of, (X, X[:, :1])),
        lambda: fit(loss=error_of),
    ],
    ids=["metric", "partial", "evaluate", "fit"],
)
def test_functions_that_take_the_labels_first_are_refused(wrong):
    with pytest.raises(TypeError, match=r"error_of takes y_true first.*lambda a, y: error_of\(y, a\)"):
        wrong()
