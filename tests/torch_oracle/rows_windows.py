"""What looks at windows of signals, images and volumes, and what makes them larger."""

from __future__ import annotations

from itertools import product

import torch

from tests.torch_oracle.row import Row

f = "nn.functional."
TIMES = ("normal", "strided", "ties", "zeros")
LARGEST = ("normal", "strided", "ties", "zeros", "not finite")
SIGNALS, VOLUMES = ((2, 3, 7), (3, 7)), ((1, 2, 4, 5, 4), (2, 4, 4, 5))


def _calls(shapes, *kws):
    return tuple(lambda m, s=s, kw=kw: (m(*s), kw) for s in shapes for kw in kws)


def _pooling(shapes, *kws, wrong=(), patterns=TIMES):
    return Row(_calls(shapes, *kws), patterns, mixes=patterns is TIMES, wrong=wrong)


def _transposed(n, *given):
    def build(x, w, kw, bias):
        filters = w[1] * kw.get("groups", 1)
        return lambda m: (m(*x), m(*w), m(filters) if bias else None, kw)

    return tuple(build(x, w, kw, i % 2 == 0) for i, (x, w, kw) in enumerate(given))


POOLS = (
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 2, "ceil_mode": True},
)
SAMPLED = ("mode", "padding_mode", "align_corners")
RESIZED = (
    {"size": 5},
    {"size": 3, "mode": "nearest-exact"},
    {"scale_factor": 2},
    {"scale_factor": 1.7},
    {"scale_factor": 2.3, "recompute_scale_factor": True},
    {"size": 4, "mode": "area"},
)

ROWS = {
    f + "conv3d": Row(
        tuple(
            lambda m, x=x, w=w, kw=kw, b=b: (m(*x), m(*w), m(w[0]) if b else None, kw)
            for x, w, kw, b in (
                ((1, 2, 4, 4, 5), (3, 2, 2, 3, 2), {}, True),
                ((2, 3, 4, 4), (2, 2, 2, 2, 2), {}, False),
                ((2, 4, 3, 4, 4), (4, 2, 2, 2, 2), {"groups": 2, "stride": (1, 2, 1)}, True),
                ((1, 2, 4, 4, 4), (2, 2, 2, 2, 2), {"padding": (1, 0, 1), "dilation": (2, 1, 1)}, True),
                ((1, 1, 4, 3, 3), (1, 1, 3, 2, 3), {"padding": "same"}, False),
            )
        ),
        TIMES,
        mixes=True,
        wrong=(
            lambda m: (m(1, 2, 4, 4, 5), m(3, 3, 2, 3, 2)),
            lambda m: (m(1, 2, 1, 4, 5), m(3, 2, 2, 3, 2)),
            lambda m: (m(4, 4, 5), m(3, 2, 2, 3, 2)),
            lambda m: (m(1, 2, 4, 4, 5), m(3, 2, 2, 3, 2), {"stride": 0}),
        ),
    ),
    f + "conv_transpose1d": Row(
        _transposed(
            1,
            ((2, 3, 5), (3, 4, 3), {}),
            ((3, 5), (3, 2, 2), {"stride": 2}),
            ((1, 4, 4), (4, 2, 3), {"groups": 2, "padding": 1}),
            ((1, 2, 4), (2, 1, 3), {"stride": 3, "padding": 1, "output_padding": 2}),
            ((1, 2, 4), (2, 1, 3), {"dilation": 2, "output_padding": 1}),
        ),
        TIMES,
        mixes=True,
        wrong=(
            lambda m: (m(2, 3, 5), m(4, 3, 3)),
            lambda m: (m(2, 3, 5), m(3, 4, 3), {"output_padding": 1}),
            lambda m: (m(2, 3, 5), m(3, 4, 3), m(3)),
            lambda m: (m(5), m(3, 4, 3)),
        ),
    ),
    f + "conv_transpose2d": Row(
        _transposed(
            2,
            ((2, 3, 3, 4), (3, 4, 3, 2), {}),
            ((3, 3, 4), (3, 2, 2, 2), {"stride": 2}),
            ((1, 4, 3, 3), (4, 2, 3, 3), {"groups": 2, "padding": (1, 0)}),
            ((1, 2, 3, 4), (2, 1, 3, 2), {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2)}),
            ((1, 2, 3, 3), (2, 1, 2, 2), {"dilation": (2, 3), "output_padding": 1}),
        ),
        TIMES,
        mixes=True,
        wrong=(
            lambda m: (m(2, 3, 5, 5), m(4, 3, 3, 3)),
            lambda m: (m(2, 3, 5, 5), m(3, 4, 3, 3), {"output_padding": 1}),
            lambda m: (m(2, 3, 5, 5), m(3, 4, 3, 3), m(3)),
            lambda m: (m(2, 3, 5, 5), m(3, 4, 3, 3), {"stride": 0}),
        ),
    ),
    f + "conv_transpose3d": Row(
        _transposed(
            3,
            ((1, 2, 2, 3, 2), (2, 3, 2, 2, 2), {}),
            ((2, 2, 3, 2), (2, 2, 2, 1, 2), {"stride": 2}),
            ((1, 4, 2, 2, 2), (4, 1, 2, 3, 2), {"groups": 2, "padding": (1, 1, 0)}),
            ((1, 2, 2, 2, 2), (2, 1, 3, 2, 2), {"stride": (2, 3, 1), "output_padding": (1, 2, 0)}),
            ((1, 1, 2, 2, 2), (1, 1, 2, 2, 2), {"dilation": (2, 1, 2), "output_padding": (1, 0, 1)}),
        ),
        TIMES,
        mixes=True,
        wrong=(lambda m: (m(1, 2, 2, 3, 2), m(3, 3, 2, 2, 2)), lambda m: (m(2, 3, 2), m(2, 3, 2, 2, 2))),
    ),
    f + "max_pool1d": _pooling(
        SIGNALS,
        *POOLS,
        {"kernel_size": 2, "dilation": 2},
        {"kernel_size": 2, "return_indices": True},
        patterns=LARGEST,
        wrong=(lambda m: (m(7), 2), lambda m: (m(1, 1, 4), 5), lambda m: (m(1, 1, 4), 2, {"padding": 2})),
    ),
    f + "max_pool3d": _pooling(
        VOLUMES,
        *POOLS,
        {"kernel_size": (1, 2, 3), "return_indices": True},
        {"kernel_size": 2, "dilation": (1, 2, 1)},
        patterns=LARGEST,
        wrong=(lambda m: (m(4, 4), 2), lambda m: (m(1, 1, 4, 4, 4), 5)),
    ),
    f + "avg_pool1d": _pooling(
        SIGNALS,
        *POOLS,
        {"kernel_size": 3, "padding": 1, "count_include_pad": False},
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        wrong=(lambda m: (m(1, 1, 4), 5), lambda m: (m(1, 1, 4), 2, {"padding": 2})),
    ),
    f + "avg_pool3d": _pooling(
        VOLUMES,
        *POOLS,
        {"kernel_size": 3, "padding": 1, "count_include_pad": False},
        {"kernel_size": 2, "divisor_override": 3},
        wrong=(lambda m: (m(4, 4), 2), lambda m: (m(1, 1, 4, 4, 4), 5)),
    ),
    f + "adaptive_avg_pool1d": _pooling(
        SIGNALS, *({"output_size": n} for n in (1, 2, 3, 7, 9)), wrong=(lambda m: (m(7), 2), lambda m: (m(1, 7), -1))
    ),
    f + "adaptive_avg_pool3d": _pooling(
        VOLUMES, *({"output_size": n} for n in (1, 2, 3, (1, None, 2), (5, 2, 3))), wrong=(lambda m: (m(7), 2),)
    ),
    f + "adaptive_max_pool1d": _pooling(
        SIGNALS,
        *({"output_size": n} for n in (1, 2, 3, 7, 9)),
        {"output_size": 2, "return_indices": True},
        wrong=(lambda m: (m(7), 2),),
    ),
    f + "adaptive_max_pool2d": _pooling(
        ((2, 3, 5, 4), (3, 4, 5)),
        *({"output_size": n} for n in (1, 2, 3, (1, None), (6, 2))),
        {"output_size": 2, "return_indices": True},
        wrong=(lambda m: (m(7), 2),),
    ),
    f + "adaptive_max_pool3d": _pooling(
        VOLUMES,
        *({"output_size": n} for n in (1, 2, (1, None, 2))),
        {"output_size": 3, "return_indices": True},
        wrong=(lambda m: (m(7), 2),),
    ),
    f + "interpolate": Row(
        (
            *_calls(((1, 2, 3),), *RESIZED, {"size": 7, "mode": "linear"}),
            *_calls(
                ((1, 2, 3, 4),),
                *RESIZED[:4],
                *(
                    {"mode": mode, "align_corners": corners, **how}
                    for mode in ("bilinear", "bicubic")
                    for corners in (False, True)
                    for how in ({"size": (5, 2)}, {"scale_factor": (1.5, 2)})
                ),
            ),
            *_calls(((1, 1, 2, 3, 2),), *RESIZED[:2], {"size": 3, "mode": "trilinear"}),
        ),
        TIMES,
        mixes=True,
        wrong=(
            lambda m: (m(1, 2, 3), {"size": 2, "scale_factor": 2}),
            lambda m: (m(1, 2, 3),),
            lambda m: (m(1, 2, 3), 5, {"mode": "bilinear"}),
            lambda m: (m(1, 2, 3), 5, {"mode": "bicubic"}),
            lambda m: (m(1, 2, 3), 5, {"align_corners": True}),
            lambda m: (m(2, 3), 5),
        ),
    ),
    f + "affine_grid": Row(
        (
            *(lambda m, c=c: (m(2, 2, 3), (2, 1, 3, 4), {"align_corners": c}) for c in (False, True)),
            *(lambda m, c=c: (m(1, 3, 4), (1, 2, 2, 1, 3), {"align_corners": c}) for c in (False, True)),
            lambda m: (m(1, 2, 3), (1, 1, 5, 2)),
            lambda m: (m(2, 3, 4), (2, 1, 1, 2, 2)),
        ),
        TIMES,
        wrong=(lambda m: (m(2, 2, 3), (1, 1, 3, 4)), lambda m: (m(2, 3, 3), (2, 1, 3, 4))),
    ),
    f + "grid_sample": Row(
        (
            *(
                lambda m, how=how: (m(2, 3, 4, 5), m(2, 3, 2, 2), dict(zip(SAMPLED, how, strict=True)))
                for how in product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (False, True))
            ),
            *(
                lambda m, how=how: (m(1, 2, 2, 3, 4), m(1, 2, 1, 3, 3), dict(zip(SAMPLED, how, strict=True)))
                for how in product(("bilinear", "nearest"), ("zeros", "border", "reflection"), (False, True))
            ),
            lambda m: (m(1, 1, 1, 1), m(1, 2, 2, 2), {"padding_mode": "reflection", "align_corners": True}),
        ),
        TIMES,
        loosened=4,
        wrong=(
            lambda m: (m(2, 3, 4, 5), m(1, 3, 2, 2)),
            lambda m: (m(2, 3, 4, 5), m(2, 3, 2, 3)),
            lambda m: (m(2, 3, 4, 5), m(2, 3, 2, 2), {"mode": "cubic"}),
            lambda m: (m(1, 2, 2, 3, 4), m(1, 2, 1, 3, 3), {"mode": "bicubic"}),
        ),
    ),
    f + "unfold": _pooling(
        ((2, 3, 5, 4), (3, 4, 5)),
        {"kernel_size": 2},
        {"kernel_size": (2, 3), "padding": 1},
        {"kernel_size": 2, "stride": 2},
        {"kernel_size": 2, "dilation": 2, "padding": (0, 1), "stride": (1, 2)},
        wrong=(lambda m: (m(4, 4), 2), lambda m: (m(1, 1, 4, 4), 5)),
    ),
    f + "fold": Row(
        (
            lambda m: (m(2, 8, 12), (4, 5), 2),
            lambda m: (m(8, 12), (4, 5), (2, 2)),
            lambda m: (m(2, 12, 20), 4, (2, 3), {"padding": 1}),
            lambda m: (m(1, 4, 4), 4, 2, {"stride": 2}),
            lambda m: (m(1, 4, 4), (4, 4), 2, 2),
        ),
        TIMES,
        mixes=True,
        wrong=(lambda m: (m(2, 8, 11), (4, 5), 2), lambda m: (m(2, 7, 12), (4, 5), 2)),
    ),
    f + "pixel_shuffle": Row(
        tuple(lambda m, s=s, r=r: (m(*s), r) for s, r in (((2, 8, 2, 3), 2), ((9, 2, 1), 3), ((2, 1, 4, 1, 1), 1))) * 2,
        TIMES,
        wrong=(lambda m: (m(3, 2, 2), 2),),
    ),
    f + "pixel_unshuffle": Row(
        tuple(lambda m, s=s, r=r: (m(*s), r) for s, r in (((2, 2, 4, 6), 2), ((1, 3, 6), 3), ((2, 1, 4, 1, 1), 1))) * 2,
        TIMES,
        wrong=(lambda m: (m(3, 3, 2), 2),),
    ),
    f + "instance_norm": Row(
        (
            lambda m: (m(2, 3, 4),),
            lambda m: (m(2, 3, 4), {"weight": m(3), "bias": m(3)}),
            lambda m: (m(2, 3, 2, 2), m(3, grad=False), m(3, domain="positive", grad=False), m(3), m(3), True, 0.3),
            lambda m: (m(2, 3, 2, 2), m(3, grad=False), m(3, domain="positive", grad=False), m(3), m(3), False),
            lambda m: (m(1, 2, 2, 1, 2), {"eps": 0.1}),
        ),
        ("normal", "strided", "ties", "grid"),
        mixes=True,
        loosened=10,
        wrong=(lambda m: (m(2, 3, 1),), lambda m: (m(2, 3, 4), {"use_input_stats": False})),
    ),
    f + "rms_norm": Row(
        (
            lambda m: (m(3, 4), (4,)),
            lambda m: (m(3, 4), [4], m(4)),
            lambda m: (m(2, 3, 4), (3, 4), m(3, 4), 0.1),
            lambda m: (m(4), (4,), None, 1e-5),
            lambda m: (m(2, 3, 4), (4,), {"eps": 0.01}),
        ),
        ("normal", "strided", "ties", "grid"),
        mixes=True,
        loosened=10,
        wrong=(lambda m: (m(3, 4), (3,)), lambda m: (m(3, 4), (4,), m(3))),
    ),
    f + "pairwise_distance": Row(
        tuple(
            lambda m, kw=kw, s=s: (m(*s), m(*s), kw)
            for s in ((3, 4), (4,))
            for kw in ({}, {"p": 1.0}, {"p": 3.0, "keepdim": True}, {"eps": 0.1})
        ),
        ("normal", "strided", "ties"),
        mixes=True,
        wrong=(lambda m: (m(3, 4), m(3, 2)),),
    ),
    f + "embedding_bag": Row(
        (
            *(
                lambda m, kw=kw: (m.whole(2, 4, low=0, high=5), m(5, 3), kw)
                for kw in ({}, {"mode": "sum"}, {"mode": "max"}, {"padding_idx": 1}, {"mode": "max", "padding_idx": -1})
            ),
            lambda m: (m.whole(6, low=0, high=5), m(5, 3), torch.tensor([0, 2, 2])),
            lambda m: (m.whole(6, low=0, high=5), m(5, 3), torch.tensor([0, 4, 6]), {"include_last_offset": True}),
            lambda m: (m.whole(2, 3, low=0, high=5), m(5, 3), {"mode": "sum", "per_sample_weights": m(2, 3)}),
        ),
        ("normal", "strided", "ties"),
        mixes=True,
        wrong=(
            lambda m: (m.whole(6, low=0, high=5), m(5, 3)),
            lambda m: (m.whole(2, 3, low=0, high=5), m(5, 3), {"mode": "median"}),
        ),
    ),
}
