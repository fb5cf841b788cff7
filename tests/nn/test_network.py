"""Convolution, pooling, normalisation, attention and their layers: conventions, edges and refusals.

Values and derivatives are tested row by row in `tests/cases`.
"""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

rng = np.random.default_rng(0)


def draw(*shape):
    return tw.tensor(rng.standard_normal(shape))


# -- convolution


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


# -- pooling


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


# -- normalisation


def test_a_layer_is_normalised_over_its_last_dimensions():
    y = nn.LayerNorm((3, 4), dtype=np.float64)(5 * draw(2, 3, 4) + 2).numpy()
    np.testing.assert_allclose(y.mean((1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std((1, 2)), 1, rtol=1e-5)


def test_far_from_zero_the_digits_are_kept():
    x = np.float32(4096) + np.arange(4, dtype=np.float32)
    inputs = tw.tensor(x, requires_grad=True)
    y = functional.layer_norm(inputs, 4)
    np.testing.assert_allclose(y.numpy(), (x - x.mean()) / x.std(), rtol=1e-5)
    y[0].backward()
    z = (x - x.mean()) / x.std()
    np.testing.assert_allclose(inputs.grad.numpy(), (np.eye(4)[0] - 0.25 - z[0] * z / 4) / x.std(), rtol=1e-4)


def test_groups_of_one_channel_and_of_all():
    x = draw(2, 4, 3)
    alone = functional.group_norm(x, 4).numpy()
    np.testing.assert_allclose(alone, functional.layer_norm(x, 3).numpy(), rtol=1e-12)
    np.testing.assert_allclose(
        nn.GroupNorm(1, 4, dtype=np.float64)(x).numpy(), functional.layer_norm(x, (4, 3)).numpy(), rtol=1e-12
    )


def test_a_batch_norm_remembers_and_uses_what_it_remembers():
    layer = nn.BatchNorm1d(2, momentum=0.25, dtype=np.float64)
    x = draw(5, 2)
    y = layer(x)
    np.testing.assert_allclose(y.numpy().mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.25 * x.numpy().mean(0), rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.75 + 0.25 * x.numpy().var(0, ddof=1), rtol=1e-12)
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    before = layer.running_mean.tolist()
    expected = (x.numpy() - layer.running_mean.numpy()) / np.sqrt(layer.running_var.numpy() + layer.eps)
    np.testing.assert_allclose(layer(x).numpy(), expected, rtol=1e-12)
    assert layer.running_mean.tolist() == before


@pytest.mark.parametrize("momentum", [0.25, None])
@pytest.mark.parametrize("compile", [True, False])
def test_a_memory_that_is_switched_off_later_stays_as_it_is(momentum, compile):
    layer = nn.BatchNorm1d(2, momentum=momentum, dtype=np.float64)
    run = tw.compile(lambda x: layer(x)) if compile else layer
    x = draw(5, 2)
    run(x)
    mean, variance = layer.running_mean.tolist(), layer.running_var.tolist()
    layer.track_running_stats = False
    own = draw(5, 2)
    y = run(own).numpy()
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-12)  # the batch's own statistics are used,
    assert (layer.running_mean.tolist(), layer.running_var.tolist()) == (mean, variance)  # and not remembered
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    expected = (own.numpy() - mean) / np.sqrt(np.array(variance) + layer.eps)
    np.testing.assert_allclose(run(own).numpy(), expected, rtol=1e-9)


def test_without_a_momentum_all_batches_count_alike():
    layer = nn.BatchNorm2d(3, momentum=None, dtype=np.float64)
    batches = [draw(2, 3, 4, 4) for _ in range(3)]
    for batch in batches:
        layer(batch)
    mean = np.mean([b.numpy().mean((0, 2, 3)) for b in batches], 0)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean, rtol=1e-9)


def test_the_memory_of_a_batch_norm_is_saved_and_loaded():
    layer, other = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    layer(tw.tensor([[1.0, 2.0], [3.0, 5.0]]))
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    other.load_state_dict(layer.state_dict())
    assert other.running_var.tolist() == layer.running_var.tolist()
    assert other.num_batches_tracked.item() == 1


def test_running_statistics_receive_no_gradient():
    mean = tw.zeros(2, requires_grad=True)
    x = tw.ones(3, 2, requires_grad=True)
    functional.batch_norm(x, mean, tw.ones(2)).sum().backward()
    assert mean.grad is None


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (lambda: functional.layer_norm(tw.zeros(2, 3), 2), "does not end with"),
        (lambda: functional.layer_norm(tw.zeros(2, 3), 3, tw.zeros(2)), "weight has shape"),
        (lambda: functional.group_norm(tw.zeros(2, 3), 2), "2 groups"),
        (lambda: functional.group_norm(tw.zeros(1, 2), 2), "single value"),
        (lambda: functional.batch_norm(tw.zeros(1, 2), None, None, training=True), "two samples or more"),
        (lambda: functional.batch_norm(tw.zeros(2, 2), None, None), "training=True"),
        (lambda: functional.batch_norm(tw.zeros(2, 2), tw.zeros(3), tw.zeros(3)), "2 channels"),
        (lambda: functional.batch_norm(tw.zeros(2, 2), None, None, training=True, eps=0), "eps"),
        (lambda: nn.BatchNorm1d(2)(tw.zeros(2, 3)), r"\(N, C\) or \(N, C, L\) with C = 2"),
        (lambda: nn.BatchNorm2d(2)(tw.zeros(2, 2)), r"\(N, C, H, W\)"),
        (lambda: nn.GroupNorm(2, 3), "2 groups"),
    ],
)
def test_a_normalisation_that_does_not_fit_is_refused(action, text):
    with pytest.raises(ValueError, match=text):
        action()


# -- attention, embedding, two inputs


def test_attention_is_a_weighted_mean_of_the_values():
    q, k, v = draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 6)
    scores = np.exp(q.numpy() @ k.numpy().swapaxes(1, 2) / 2)
    expected = scores / scores.sum(-1, keepdims=True) @ v.numpy()
    np.testing.assert_allclose(functional.scaled_dot_product_attention(q, k, v).numpy(), expected, rtol=1e-9)


def test_causal_is_the_lower_triangle_and_booleans_are_minus_infinity():
    q, k, v = draw(3, 4), draw(5, 4), draw(5, 2)
    seen = np.tri(3, 5, dtype=bool)
    answers = [
        functional.scaled_dot_product_attention(q, k, v, is_causal=True),
        functional.scaled_dot_product_attention(q, k, v, tw.tensor(seen)),
        functional.scaled_dot_product_attention(q, k, v, tw.tensor(np.where(seen, 0.0, -np.inf))),
    ]
    np.testing.assert_array_equal(answers[0].numpy(), answers[1].numpy())
    np.testing.assert_array_equal(answers[0].numpy(), answers[2].numpy())
    np.testing.assert_allclose(answers[0].numpy()[0], v.numpy()[0], rtol=1e-12)


def test_a_query_that_sees_nothing_gets_nothing_and_teaches_nothing():
    q = tw.ones(1, 2, requires_grad=True)
    answer = functional.scaled_dot_product_attention(q, tw.ones(3, 2), tw.ones(3, 2), tw.zeros(1, 3).bool())
    answer.sum().backward()
    assert answer.tolist() == [[0.0, 0.0]]
    assert q.grad.tolist() == [[0.0, 0.0]]


def test_heads_share_their_keys():
    q, k, v = draw(4, 3, 2), draw(2, 3, 2), draw(2, 3, 2)
    shared = functional.scaled_dot_product_attention(q, k, v, enable_gqa=True).numpy()
    for head in range(4):
        alone = functional.scaled_dot_product_attention(q[head], k[head // 2], v[head // 2])
        np.testing.assert_allclose(shared[head], alone.numpy(), rtol=1e-12)


def test_attention_that_does_not_fit_is_refused():
    x = tw.zeros(3, 2)
    with pytest.raises(tw.ShapeError, match="do not fit"):
        functional.scaled_dot_product_attention(x, tw.zeros(3, 4), x)
    with pytest.raises(ValueError, match="is_causal"):
        functional.scaled_dot_product_attention(x, x, x, tw.ones(3, 3), is_causal=True)


def test_an_embedding_is_its_rows_and_padding_learns_nothing():
    layer = nn.Embedding(4, 3, padding_idx=-1, generator=0)
    assert layer.weight[3].tolist() == [0.0, 0.0, 0.0]
    layer(tw.tensor([1, 3, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[0.0] * 3, [2.0] * 3, [0.0] * 3, [0.0] * 3]
    fixed = nn.Embedding.from_pretrained(tw.tensor([[1.0], [2.0]]))
    assert fixed(tw.tensor([1])).tolist() == [[2.0]]
    assert not fixed.weight.requires_grad
    with pytest.raises(ValueError, match="padding_idx"):
        nn.Embedding(2, 3, padding_idx=2)


def test_bilinear_is_linear_in_each_of_two():
    layer = nn.Bilinear(2, 3, 4, dtype=np.float64, generator=0)
    x, y = draw(5, 2), draw(5, 3)
    expected = np.einsum("ni,oij,nj->no", x.numpy(), layer.weight.numpy(), y.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer(x, y).numpy(), expected, rtol=1e-12)
    with pytest.raises(tw.ShapeError, match="do not fit"):
        layer(x, x)


# -- together


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
