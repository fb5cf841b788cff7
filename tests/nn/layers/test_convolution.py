"""Convolutions: padding, groups, initial values, dtypes, what is refused; and a small network of them."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

rng = np.random.default_rng(0)


def draw(*shape):
    return tw.tensor(rng.standard_normal(shape))


@pytest.mark.parametrize(("layer", "size"), [(nn.Conv1d, (9,)), (nn.Conv2d, (9, 7))])
def test_one_sample_is_convolved_as_a_batch_of_one(layer, size):
    conv = layer(3, 4, 3, stride=2, padding=1, dtype=np.float64, generator=0)
    x = draw(3, *size)
    np.testing.assert_array_equal(conv(x).numpy(), conv(x.unsqueeze(0)).numpy()[0])


@pytest.mark.parametrize("kernel", [1, 2, 3, (4, 3)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_padding_same_keeps_the_size(kernel, dilation):
    conv = nn.Conv2d(2, 5, kernel, padding="same", dilation=dilation, generator=0)
    assert conv(tw.zeros(1, 2, 6, 7)).shape == (1, 5, 6, 7)


def test_padding_same_of_an_even_kernel_adds_the_odd_zero_behind():
    y = functional.conv1d(tw.tensor([[1.0, 2.0, 3.0]]), tw.tensor([[[10.0, 1.0]]]), padding="same")
    assert y.tolist() == [[12.0, 23.0, 30.0]]


def test_padding_may_be_wider_than_the_kernel():
    x = tw.tensor([[[1.0, 2.0]]], requires_grad=True)
    y = functional.conv2d(x, tw.tensor([[[[3.0]]]]), padding=2)
    y.backward(tw.tensor(np.arange(30, dtype=np.float32).reshape(1, 5, 6)))
    assert y[0, 2].tolist() == [0.0, 0.0, 3.0, 6.0, 0.0, 0.0]
    assert x.grad.tolist() == [[[42.0, 45.0]]]


def test_groups_are_convolutions_side_by_side():
    x, w = draw(2, 4, 5, 5), draw(6, 2, 3, 3)
    halves = [functional.conv2d(x[:, 2 * i : 2 * i + 2], w[3 * i : 3 * i + 3]) for i in range(2)]
    np.testing.assert_allclose(functional.conv2d(x, w, groups=2).numpy(), tw.cat(halves, 1).numpy(), rtol=1e-12)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_other_paddings_than_zeros(mode):
    conv = nn.Conv2d(1, 1, 3, padding=(1, 2), padding_mode=mode, dtype=np.float64, generator=0)
    x = draw(1, 1, 4, 5)
    names = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    around = tw.tensor(np.pad(x.numpy(), ((0, 0), (0, 0), (1, 1), (2, 2)), names[mode]))
    expected = functional.conv2d(around, conv.weight, conv.bias)
    np.testing.assert_allclose(conv(x).numpy(), expected.numpy(), rtol=1e-12)


def test_the_initial_filters_are_pytorchs():
    conv = nn.Conv2d(3, 64, 5, generator=0)
    bound = (3 * 25) ** -0.5
    for parameter in (conv.weight, conv.bias):
        assert parameter.abs().max().item() <= bound
        assert parameter.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)
    assert list(conv.state_dict()) == ["weight", "bias"]


@pytest.mark.parametrize(
    ("x", "w", "settings", "text"),
    [
        ((1, 3, 5, 5), (2, 4, 3, 3), {}, "3 channels, and the weight"),
        ((1, 5, 5, 3), (2, 3, 3, 3), {}, r"movedim\(-1, 1\)"),
        ((5, 5), (2, 1, 3, 3), {}, r"unsqueeze\(-3\)"),
        ((1, 3, 5, 5), (2, 3, 3), {}, "4 dimensions"),
        ((1, 3, 2, 5), (2, 3, 3, 3), {}, "does not fit"),
        ((1, 3, 5, 5), (2, 3, 3, 3), {"stride": 0}, "stride must be at least 1"),
        ((1, 3, 5, 5), (2, 3, 3, 3), {"padding": -1}, "padding cannot be negative"),
        ((1, 3, 5, 5), (2, 3, 3, 3), {"padding": "around"}, "'same', 'valid' or numbers"),
        ((1, 3, 5, 5), (2, 3, 3, 3), {"padding": "same", "stride": 2}, "stride"),
        ((1, 3, 5, 5), (2, 3, 3, 3), {"groups": 3}, "3 groups"),
        ((1, 3, 5, 5), (2, 3, 3, 3), {"stride": (1, 1, 1)}, "one number or 2"),
    ],
)
def test_a_convolution_that_does_not_fit_is_refused(x, w, settings, text):
    with pytest.raises(RuntimeError, match=text):
        functional.conv2d(tw.zeros(x), tw.zeros(w), **settings)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"groups": 2}, "divisible"),
        ({"padding": "around"}, "padding"),
        ({"padding": "same", "stride": 2}, "stride"),
        ({"padding_mode": "mirror"}, "padding_mode"),
    ],
)
def test_a_layer_refuses_its_settings_when_it_is_made(settings, text):
    with pytest.raises(ValueError, match=text):
        nn.Conv2d(3, 4, 3, **settings)


def test_convolution_takes_one_dtype():
    with pytest.raises(TypeError, match="one dtype"):
        functional.conv2d(tw.zeros(1, 1, 3, 3), tw.zeros(1, 1, 2, 2, dtype=tw.float64))


def test_float16_is_summed_in_float32():
    x = tw.full((1, 1, 1, 4096), 1.0, dtype=tw.float16)
    y = functional.conv2d(x, tw.ones(1, 1, 1, 4096, dtype=tw.float16))
    assert (y.item(), y.dtype) == (4096.0, tw.float16)  # one by one it would stop at 2048


def test_a_small_convolutional_network_learns():
    images = tw.tensor(rng.standard_normal((16, 1, 8, 8)).astype(np.float32))
    classes = (images.numpy()[:, 0, :4].mean((1, 2)) > images.numpy()[:, 0, 4:].mean((1, 2))).astype(int)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same", generator=0),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 2, generator=1),
    )
    criterion, descent = nn.CrossEntropyLoss(), nn.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(30):
        loss = criterion(model(images), classes)
        descent.zero_grad()
        loss.backward()
        descent.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


def test_layers_say_their_settings():
    assert repr(nn.Conv2d(1, 2, 3, padding=1)) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
    assert repr(nn.MaxPool2d(2)) == "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
    assert repr(nn.LayerNorm(3)) == "LayerNorm((3,), eps=1e-05, elementwise_affine=True)"
    assert repr(nn.Embedding(2, 3)) == "Embedding(2, 3)"


def test_a_batch_of_no_volumes_keeps_its_shape():
    assert nn.Conv3d(2, 3, 2, stride=2)(tw.zeros(0, 2, 6, 5, 7)).shape == (0, 3, 3, 2, 3)
