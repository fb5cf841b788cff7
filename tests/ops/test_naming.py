"""``axis=`` and ``keepdims=`` are the same as ``dim=`` and ``keepdim=``."""

import pytest

import tinygrad_wtf as tw

ONE = tw.zeros(2, 1, dtype=tw.int64)
CASES = {
    "argmin": ((), {"keepdim": True}),
    "argsort": ((), {}),
    "chunk": ((2,), {}),
    "count_nonzero": ((), {}),
    "cummax": ((), {}),
    "cumprod": ((), {}),
    "cumsum": ((), {}),
    "diff": ((), {}),
    "gather": ((), {"index": ONE}),
    "index_add": ((), {"index": tw.tensor([0]), "source": tw.ones(2, 1)}),
    "index_select": ((), {"index": tw.tensor([0])}),
    "log_softmax": ((), {}),
    "logsumexp": ((), {"keepdim": True}),
    "median": ((), {"keepdim": True}),
    "narrow": ((), {"start": 0, "length": 1}),
    "nanmean": ((), {}),
    "quantile": ((0.5,), {}),
    "repeat_interleave": ((2,), {}),
    "scatter": ((), {"index": ONE, "value": 3.0}),
    "select": ((), {"index": 0}),
    "softmax": ((), {}),
    "sort": ((), {"descending": True}),
    "topk": ((2,), {}),
    "unbind": ((), {}),
    "unsqueeze": ((), {}),
    "var": ((), {"keepdim": True}),
}


def numbers(found):
    return [y.tolist() for y in found] if isinstance(found, tuple) else found.tolist()


@pytest.mark.parametrize("name", CASES)
def test_numpy_names_mean_the_same(name):
    x = tw.tensor([[1.0, 3.0, 2.0], [4.0, 0.5, 6.0]])
    args, settings = CASES[name]
    numpy = {{"keepdim": "keepdims"}.get(key, key): value for key, value in settings.items()}
    expected = numbers(getattr(x, name)(*args, dim=1, **settings))
    assert numbers(getattr(x, name)(*args, axis=1, **numpy)) == expected
    assert numbers(getattr(tw, name)(x, *args, axis=1, **numpy)) == expected


@pytest.mark.parametrize("name", ["sort", "cumsum"])
def test_an_axis_is_given_once(name):
    with pytest.raises(TypeError, match=f"{name} takes dim= or axis=, not both"):
        getattr(tw.ones(2, 2), name)(dim=0, axis=1)
