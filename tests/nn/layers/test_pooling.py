"""Pooling against its definition: ties, padding, nan, windows at the edge."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

rng = np.random.default_rng(0)


def draw(*shape):
    return tw.tensor(rng.standard_normal(shape))


def test_the_first_of_equal_entries_receives_the_gradient():
    x = tw.ones(1, 1, 2, 2, requires_grad=True)
    functional.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1.0, 0.0], [0.0, 0.0]]]]


def test_indices_count_through_the_rows_of_an_image():
    x = tw.tensor(np.array([[[1.0, 9.0, 2.0], [7.0, 3.0, 8.0]]]))
    values, indices = nn.MaxPool2d((2, 1), return_indices=True)(x)
    assert values.tolist() == [[[7.0, 9.0, 8.0]]]
    assert indices.tolist() == [[[3, 1, 5]]]


def test_the_padding_of_a_maximum_is_never_the_largest():
    x = tw.tensor([[[-5.0, -6.0], [-7.0, -8.0]]])
    assert functional.max_pool2d(x, 2, 1, 1).tolist() == [[[-5.0, -5.0, -6.0], [-5.0, -5.0, -6.0], [-7.0, -7.0, -8.0]]]


def test_nan_is_the_largest():
    assert functional.max_pool2d(tw.tensor([[[1.0, np.nan], [2.0, 3.0]]]), 2).isnan().all()


def test_windows_that_reach_beyond_the_edge():
    x = tw.tensor([[[1.0, 2.0, 3.0]]])
    assert functional.max_pool2d(x, (1, 2)).tolist() == [[[2.0]]]
    assert functional.max_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[2.0, 3.0]]]
    assert functional.avg_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[1.5, 3.0]]]


def test_no_window_begins_in_the_padding():
    assert functional.max_pool2d(tw.zeros(1, 2, 2), 2, stride=3, padding=1, ceil_mode=True).shape == (1, 1, 1)


def test_pixels_that_no_window_sees_receive_no_gradient():
    x = tw.ones(1, 2, 3, requires_grad=True)
    functional.avg_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[0.25, 0.25, 0.0], [0.25, 0.25, 0.0]]]


def test_whether_padding_counts_in_a_mean():
    x = tw.ones(1, 1, 2)
    assert functional.avg_pool2d(x, (1, 2), 1, (0, 1)).tolist() == [[[0.5, 1.0, 0.5]]]
    assert functional.avg_pool2d(x, (1, 2), 1, (0, 1), count_include_pad=False).tolist() == [[[1.0, 1.0, 1.0]]]
    assert functional.avg_pool2d(x, (1, 2), divisor_override=4).tolist() == [[[0.5]]]


def test_one_infinite_pixel_spoils_its_own_windows_only():
    x = tw.tensor([[[np.inf, 1.0, 2.0, 4.0]]])
    assert nn.AvgPool2d((1, 2))(x).tolist() == [[[np.inf, 3.0]]]
    assert nn.AdaptiveAvgPool2d((1, 3))(x).tolist() == [[[np.inf, 1.5, 3.0]]]


def test_adaptive_means():
    x = draw(2, 3, 6, 4)
    np.testing.assert_allclose(
        nn.AdaptiveAvgPool2d((3, None))(x).numpy(), x.numpy().reshape(2, 3, 3, 2, 4).mean(3), rtol=1e-12
    )
    np.testing.assert_allclose(nn.AdaptiveAvgPool2d(1)(x).numpy()[..., 0, 0], x.numpy().mean((2, 3)), rtol=1e-12)


@pytest.mark.parametrize("pool", [functional.max_pool2d, functional.avg_pool2d])
@pytest.mark.parametrize(
    ("shape", "settings", "text"),
    [
        ((4, 4), {"kernel_size": 2}, "images"),
        ((1, 0, 4), {"kernel_size": 2}, "images"),
        ((1, 4, 4), {"kernel_size": 5}, "do not fit"),
        ((1, 4, 4), {"kernel_size": 0}, "kernel_size"),
        ((1, 4, 4), {"kernel_size": 2, "stride": 0}, "stride"),
        ((1, 4, 4), {"kernel_size": 2, "padding": 2}, "more than half"),
        ((1, 4, 4), {"kernel_size": 2, "padding": -1}, "padding"),
    ],
)
def test_a_pooling_that_does_not_fit_is_refused(pool, shape, settings, text):
    with pytest.raises(RuntimeError, match=text):
        pool(tw.zeros(shape), **settings)
