"""Losses and the layers of networks."""

from __future__ import annotations

import itertools

import torch

from tests.torch_oracle.make import SMOOTH
from tests.torch_oracle.row import Row

REDUCTIONS = ("mean", "sum", "none")
WELL = ("normal", "ties", "strided", "grid", "zeros")
f = "nn.functional."


def _loss(*kws, domain="real", target="real", shapes=((3, 4), (5,), ()), patterns=WELL, wrong=(), grad=True):
    def build(s, kw):
        return lambda m: (m(*s, domain=domain), m(*s, domain=target, grad=grad), kw)

    kws = [{**kw, "reduction": r} for kw in kws for r in REDUCTIONS]
    calls = [build(s, kw) for s in shapes for kw in kws] + [
        build((0, 2), {"reduction": r}) for r in ("none", "sum", "mean")
    ]
    unknown = lambda m: (m(3, domain=domain), m(3, domain=target), {"reduction": "median"})  # noqa: E731
    return Row(
        tuple(calls),
        patterns,
        mixes=True,
        wrong=(unknown, lambda m: (m(3, domain=domain), m(2, domain=target)), *wrong),
    )


def _weighted(*names):
    return tuple(
        lambda m, n=n, r=r: (
            m(3, 4),
            m(3, 4, domain="probability"),
            {n: m(4, domain="positive", grad=False), "reduction": r},
        )
        for n in names
        for r in REDUCTIONS
    )


def _more(row, *calls):
    row.calls = (*row.calls, *calls)
    return row


def _classes(m, *shape, n=4):
    return m.whole(*shape, low=0, high=n)


_kinds = [{"reduction": r} for r in REDUCTIONS]
_class_shapes = (((5, 4), (5,)), ((4,), ()), ((2, 4, 3), (2, 3)), ((0, 4), (0,)))


def _by_class(*kws):
    return tuple(
        lambda m, s=s, t=t, kw=kw: (m(*s), _classes(m, *t), {**kw}) for s, t in _class_shapes for kw in kws
    ) + tuple(
        lambda m, r=r, kw=kw: (
            m(5, 4),
            _classes(m, 5),
            {**kw, "weight": m(4, domain="positive", grad=False), "reduction": r},
        )
        for r in REDUCTIONS
        for kw in kws[:1]
    )


_bad_classes = (
    lambda m: (m(5, 4), _classes(m, 3)),
    lambda m: (m(5, 4), torch.tensor([0, 1, 2, 3, 4])),
    lambda m: (m(5, 4), torch.tensor([0, 1, 2, 3, -1])),
    lambda m: (m(5, 4), _classes(m, 5), {"weight": torch.ones(3)}),
    lambda m: (m(5, 4), _classes(m, 5), {"reduction": "median"}),
    lambda m: (m(5, 4), torch.ones(5)),
)

LOSSES = {
    f + "binary_cross_entropy": _more(
        _loss(
            {},
            domain="probability",
            target="probability",
            wrong=(lambda m: (m(2) * 0 + 1.5, m(2, domain="probability")),),
            patterns=("normal", "strided", "small"),
            grad=False,
        ),
        *(
            lambda m, r=r: (
                m(3, 4, domain="probability"),
                m.truth(3, 4).to(m.dtype),
                {"weight": m(4, domain="positive", grad=False), "reduction": r},
            )
            for r in REDUCTIONS
        ),
        lambda m: (
            torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=m.dtype, requires_grad=True),
            torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=m.dtype),
            {"reduction": "none"},
        ),
    ),
    f + "binary_cross_entropy_with_logits": _more(
        _loss({}, target="probability", patterns=("normal", "strided", "wide", "small")),
        *_weighted("weight", "pos_weight"),
    ),
    f + "cross_entropy": Row(
        (
            *_by_class(*_kinds, *({"label_smoothing": 0.2, **k} for k in _kinds)),
            *(lambda m, r=r: (m(5, 4), torch.tensor([0, -100, 2, 3, -100]), {"reduction": r}) for r in REDUCTIONS),
            *(
                lambda m, r=r: (
                    m(5, 4),
                    torch.tensor([0, 1, 2, 1, 1]),
                    {"ignore_index": 1, "label_smoothing": 0.1, "reduction": r},
                )
                for r in REDUCTIONS
            ),
            *(
                lambda m, r=r, s=s: (
                    m(5, 4),
                    m(5, 4).detach().softmax(1).requires_grad_(),
                    {"reduction": r, "label_smoothing": s},
                )
                for r in REDUCTIONS
                for s in (0.0, 0.3)
            ),
        ),
        ("normal", "ties", "strided", "wide"),
        mixes=True,
        wrong=(*_bad_classes, lambda m: (m(5, 4), _classes(m, 5), {"label_smoothing": 1.5})),
    ),
    f + "nll_loss": Row(
        (
            *_by_class(*_kinds),
            *(lambda m, r=r: (m(5, 4), torch.tensor([0, -100, 2, 3, -100]), {"reduction": r}) for r in REDUCTIONS),
            *(
                lambda m, r=r: (m(5, 4), torch.tensor([0, 1, 2, 1, 1]), {"ignore_index": 1, "reduction": r})
                for r in REDUCTIONS
            ),
        ),
        WELL,
        mixes=True,
        wrong=_bad_classes,
    ),
    f + "mse_loss": _loss({}),
    f + "l1_loss": _loss({}),
    f + "smooth_l1_loss": _loss({}, {"beta": 0.5}, {"beta": 2.0}, wrong=(lambda m: (m(3), m(3), {"beta": -1.0}),)),
    f + "huber_loss": _loss(
        {},
        {"delta": 0.5},
        {"delta": 2.0},
        wrong=(lambda m: (m(3), m(3), {"delta": -1.0}), lambda m: (m(3), m(3), {"delta": 0.0})),
    ),
    f + "kl_div": _more(
        _loss({}, target="positive", patterns=("normal", "ties", "strided", "zeros")),
        *(
            lambda m, r=r, lt=lt: (
                m(3, 4),
                m(3, 4, domain="real" if lt else "positive"),
                {"reduction": r, "log_target": lt},
            )
            for r in (*REDUCTIONS, "batchmean")
            for lt in (True, False)
        ),
    ),
    f + "poisson_nll_loss": _loss(
        {},
        {"log_input": False},
        {"full": True},
        {"log_input": False, "full": True, "eps": 1e-4},
        domain="positive",
        target="positive",
        patterns=("normal", "ties", "strided", "grid"),
    ),
    f + "gaussian_nll_loss": Row(
        tuple(
            lambda m, s=s, v=v, kw=kw: (m(*s), m(*s), m(*v, domain="positive"), kw)
            for s, v in (((3, 4), (3, 4)), ((3, 4), (3, 1)), ((3, 4), (3,)), ((5,), (5,)))
            for kw in (*_kinds, {"full": True}, {"eps": 0.5})
        ),
        ("normal", "ties", "strided"),
        mixes=True,
        wrong=(
            lambda m: (m(3), m(3), -m(3, domain="positive")),
            lambda m: (m(3, 4), m(3, 4), m(2, domain="positive")),
            lambda m: (m(3), m(3), m(3, domain="positive"), {"reduction": "median"}),
        ),
    ),
    f + "soft_margin_loss": _loss({}, patterns=("normal", "ties", "strided", "zeros", "grid"), grad=False),
    f + "triplet_margin_loss": Row(
        tuple(
            lambda m, kw=kw, s=s: (m(*s), m(*s), m(*s), kw)
            for s in ((3, 4), (4,), (1, 2))
            for kw in (
                *_kinds,
                {"margin": 0.3},
                {"p": 1.0},
                {"p": 3},
                {"swap": True},
                {"swap": True, "reduction": "none"},
                {"eps": 0.1},
            )
        ),
        ("normal", "ties", "strided"),
        mixes=True,
        wrong=(
            lambda m: (m(3, 4), m(3, 4), m(4)),
            lambda m: (m(3, 4), m(3, 4), m(3, 4), {"reduction": "median"}),
            lambda m: (m(3, 4), m(3, 4), m(3, 4), {"margin": -1.0}),
        ),
    ),
}

TIMES = ("normal", "strided", "ties", "zeros")


def _conv(n, *given):
    def build(x, w, bias, kw):
        return lambda m: (m(*x), m(*w), m(w[0]) if bias else None, kw)

    return tuple(build(x, w, bias, kw) for (x, w, kw), bias in zip(given, itertools.cycle((True, False))))


NETWORK = {
    f + "linear": Row(
        (
            lambda m: (m(2, 3), m(4, 3), m(4)),
            lambda m: (m(2, 3), m(4, 3)),
            lambda m: (m(3), m(4, 3), m(4)),
            lambda m: (m(2, 2, 3), m(4, 3), m(4)),
            lambda m: (m(0, 3), m(4, 3), m(4)),
            lambda m: (m(2, 3), m(3)),
            lambda m: (m(2, 0), m(4, 0), m(4)),
        ),
        SMOOTH,
        mixes=True,
        wrong=(lambda m: (m(2, 3), m(4, 2)), lambda m: (m(2, 3), m(4, 3), m(3)), lambda m: (m(2, 3), m(3, 4))),
    ),
    f + "bilinear": Row(
        (
            lambda m: (m(2, 3), m(2, 4), m(5, 3, 4), m(5)),
            lambda m: (m(2, 3), m(2, 4), m(5, 3, 4)),
            lambda m: (m(3), m(4), m(5, 3, 4), m(5)),
            lambda m: (m(2, 2, 3), m(2, 2, 4), m(1, 3, 4)),
            lambda m: (m(0, 3), m(0, 4), m(5, 3, 4)),
        ),
        SMOOTH,
        mixes=True,
        wrong=(
            lambda m: (m(2, 3), m(2, 4), m(5, 4, 3)),
            lambda m: (m(2, 3), m(3, 4), m(5, 3, 4)),
            lambda m: (m(2, 3), m(2, 4), m(5, 3, 4), m(4)),
        ),
    ),
    f + "conv1d": Row(
        _conv(
            1,
            ((2, 3, 7), (4, 3, 3), {}),
            ((3, 7), (4, 3, 3), {}),
            ((2, 4, 7), (4, 2, 3), {"groups": 2}),
            ((1, 2, 8), (3, 2, 2), {"stride": 2, "padding": 1}),
            ((1, 2, 8), (3, 2, 3), {"padding": "same"}),
            ((1, 2, 8), (3, 2, 4), {"padding": "same", "dilation": 2}),
            ((1, 2, 8), (3, 2, 3), {"padding": "valid"}),
            ((1, 2, 8), (3, 2, 3), {"stride": (2,), "dilation": (2,), "padding": (3,)}),
            ((0, 3, 7), (4, 3, 3), {}),
            ((2, 3, 7), (6, 1, 3), {"groups": 3}),
        ),
        TIMES,
        mixes=True,
        wrong=(
            lambda m: (m(2, 3, 7), m(4, 2, 3)),
            lambda m: (m(2, 3, 2), m(4, 3, 3)),
            lambda m: (m(2, 3, 7), m(4, 3, 3), {"stride": 0}),
            lambda m: (m(2, 3, 7), m(4, 3, 3), {"padding": -1}),
            lambda m: (m(2, 3, 7), m(4, 3, 3), m(3)),
            lambda m: (m(2, 3, 7), m(4, 3, 3), {"groups": 2}),
            lambda m: (m(2, 3, 7), m(4, 3, 3), {"padding": "same", "stride": 2}),
            lambda m: (m(7), m(4, 3, 3)),
            lambda m: (m(2, 3, 7), m(4, 3)),
            lambda m: (m(2, 3, 7), m(4, 3, 3), {"padding": "some"}),
            lambda m: (m(2, 3, 7), m(4, 3, 3), {"dilation": 0}),
        ),
    ),
    f + "conv2d": Row(
        _conv(
            2,
            ((2, 3, 5, 6), (4, 3, 3, 3), {}),
            ((3, 5, 6), (4, 3, 3, 2), {}),
            ((2, 4, 5, 5), (4, 2, 3, 3), {"groups": 2}),
            ((1, 2, 6, 5), (3, 2, 2, 3), {"stride": 2, "padding": 1}),
            ((1, 2, 6, 6), (3, 2, 3, 3), {"padding": "same"}),
            ((1, 2, 6, 5), (3, 2, 4, 2), {"padding": "same", "dilation": (1, 2)}),
            ((1, 2, 6, 6), (3, 2, 3, 3), {"padding": "valid", "stride": 3}),
            ((1, 2, 7, 7), (3, 2, 3, 3), {"stride": (2, 1), "dilation": (2, 1), "padding": (1, 2)}),
            ((0, 3, 5, 5), (4, 3, 3, 3), {}),
            ((2, 3, 5, 5), (3, 1, 3, 3), {"groups": 3}),
            ((1, 1, 4, 4), (1, 1, 1, 1), {}),
        ),
        TIMES,
        mixes=True,
        wrong=(
            lambda m: (m(2, 3, 7, 7), m(4, 2, 3, 3)),
            lambda m: (m(2, 3, 2, 7), m(4, 3, 3, 3)),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3, 3), {"stride": 0}),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3, 3), m(3)),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3, 3), {"groups": 2}),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3, 3), {"padding": "same", "stride": 2}),
            lambda m: (m(7, 7), m(4, 3, 3, 3)),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3)),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3, 3), {"padding": (1, 1, 1)}),
            lambda m: (m(2, 3, 7, 7), m(4, 3, 3, 3), {"stride": (1, 1, 1)}),
        ),
    ),
    f + "max_pool2d": Row(
        (
            *(
                lambda m, s=s, kw=kw: (m(*s), kw)
                for s in ((2, 3, 6, 5), (3, 6, 5))
                for kw in (
                    {"kernel_size": 2},
                    {"kernel_size": (3, 2), "stride": 1},
                    {"kernel_size": 3, "stride": 2, "padding": 1},
                    {"kernel_size": 2, "dilation": 2},
                    {"kernel_size": 2, "ceil_mode": True},
                    {"kernel_size": 2, "return_indices": True},
                )
            ),
            lambda m: (m(0, 3, 4, 4), 2),
        ),
        ("normal", "strided", "ties", "zeros", "not finite"),
        mixes=False,
        wrong=(
            lambda m: (m(4, 4), 2),
            lambda m: (m(1, 1, 4, 4), 5),
            lambda m: (m(1, 1, 4, 4), 2, {"padding": 2}),
            lambda m: (m(1, 1, 4, 4), 0),
            lambda m: (m(1, 1, 4, 4), (2, 2, 2)),
            lambda m: (m(1, 1, 4, 4), 2, 0),
        ),
    ),
    f + "avg_pool2d": Row(
        (
            *(
                lambda m, s=s, kw=kw: (m(*s), kw)
                for s in ((2, 3, 6, 5), (3, 6, 5))
                for kw in (
                    {"kernel_size": 2},
                    {"kernel_size": (3, 2), "stride": 1},
                    {"kernel_size": 3, "stride": 2, "padding": 1},
                    {"kernel_size": 3, "padding": 1, "count_include_pad": False},
                    {"kernel_size": 2, "ceil_mode": True},
                    {"kernel_size": 2, "divisor_override": 3},
                    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
                )
            ),
            lambda m: (m(0, 3, 4, 4), 2),
        ),
        ("normal", "strided", "ties", "zeros"),
        mixes=True,
        wrong=(
            lambda m: (m(1, 1, 4, 4), 5),
            lambda m: (m(1, 1, 4, 4), 2, {"padding": 2}),
            lambda m: (m(1, 1, 4, 4), 0),
            lambda m: (m(1, 1, 4, 4), 2, {"divisor_override": 0}),
            lambda m: (m(1, 1, 4, 4), 2, 0),
        ),
    ),
    f + "adaptive_avg_pool2d": Row(
        tuple(
            lambda m, s=s, o=o: (m(*s), o)
            for s in ((2, 3, 6, 5), (3, 6, 5), (0, 2, 3, 3))
            for o in (1, 2, (3, 2), (None, 2), (5, 7))
        ),
        ("normal", "strided", "ties", "zeros"),
        mixes=True,
        wrong=(lambda m: (m(4, 4), 2), lambda m: (m(1, 1, 4, 4), (1, 2, 3)), lambda m: (m(1, 1, 4, 4), -1)),
    ),
    f + "layer_norm": Row(
        (
            lambda m: (m(3, 4), (4,), m(4), m(4)),
            lambda m: (m(3, 4), [4]),
            lambda m: (m(2, 3, 4), (3, 4), m(3, 4), m(3, 4)),
            lambda m: (m(2, 3, 4), (4,), m(4), None, 0.1),
            lambda m: (m(4), (4,), {"bias": m(4)}),
            lambda m: (m(0, 4), (4,), m(4), m(4)),
        ),
        ("normal", "strided", "ties", "grid"),
        mixes=True,
        loosened=10,
        wrong=(
            lambda m: (m(3, 4), (3,)),
            lambda m: (m(3, 4), (4,), m(3)),
            lambda m: (m(3, 4), (4,), m(4), m(3)),
            lambda m: (m(3, 4), ()),
        ),
    ),
    f + "batch_norm": Row(
        (
            lambda m: (m(3, 4), m(4, grad=False), m(4, domain="positive", grad=False), m(4), m(4)),
            lambda m: (m(3, 4), m(4, grad=False), m(4, domain="positive", grad=False), m(4), m(4), True),
            lambda m: (m(3, 4), None, None, None, None, True),
            lambda m: (m(3, 4, 2), m(4, grad=False), m(4, domain="positive", grad=False), m(4), m(4), True, 0.3, 0.1),
            lambda m: (
                m(2, 4, 3, 2),
                m(4, grad=False),
                m(4, domain="positive", grad=False),
                {"weight": m(4), "training": True},
            ),
            lambda m: (m(2, 4, 3, 2), m(4, grad=False), m(4, domain="positive", grad=False), {"bias": m(4)}),
        ),
        ("normal", "strided", "ties", "grid"),
        mixes=True,
        loosened=10,
        wrong=(
            lambda m: (m(3, 4), None, None),
            lambda m: (m(3, 4), m(3, grad=False), m(3, domain="positive", grad=False)),
            lambda m: (m(1, 4), None, None, None, None, True),
            lambda m: (m(3, 4), None, None, m(3), None, True),
        ),
    ),
    f + "group_norm": Row(
        (
            lambda m: (m(2, 4), 2),
            lambda m: (m(2, 4, 3), 2, m(4), m(4)),
            lambda m: (m(2, 4, 3, 2), 4, m(4), None, 0.1),
            lambda m: (m(2, 4, 3, 2), 1, {"bias": m(4)}),
            lambda m: (m(0, 4, 3), 2, m(4), m(4)),
        ),
        ("normal", "strided", "ties", "grid"),
        mixes=True,
        loosened=10,
        wrong=(
            lambda m: (m(2, 4, 3), 3),
            lambda m: (m(2, 4, 3), 2, m(3)),
            lambda m: (m(4), 2),
            lambda m: (m(2, 4, 3), 0),
        ),
    ),
    f + "scaled_dot_product_attention": Row(
        (
            lambda m: (m(2, 3, 4), m(2, 5, 4), m(2, 5, 6)),
            lambda m: (m(1, 2, 3, 4), m(1, 2, 3, 4), m(1, 2, 3, 4), {"is_causal": True}),
            lambda m: (
                m(2, 3, 4),
                m(2, 5, 4),
                m(2, 5, 6),
                {"attn_mask": torch.tensor([[True, False, True, True, False]] * 3)},
            ),
            lambda m: (m(2, 3, 4), m(2, 5, 4), m(2, 5, 6), {"attn_mask": m(3, 5)}),
            lambda m: (m(2, 3, 4), m(2, 5, 4), m(2, 5, 6), {"scale": 0.3}),
            lambda m: (m(3, 4), m(5, 4), m(5, 6)),
        ),
        ("normal", "strided", "ties", "zeros"),
        mixes=True,
        wrong=(
            lambda m: (m(2, 3, 4), m(2, 5, 3), m(2, 5, 6)),
            lambda m: (m(2, 3, 4), m(2, 5, 4), m(2, 4, 6)),
            lambda m: (m(2, 3, 4), m(2, 5, 4), m(2, 5, 6), {"attn_mask": m(2, 2)}),
            lambda m: (m(2, 3, 4), m(2, 3, 4), m(2, 3, 4), {"attn_mask": m(3, 3), "is_causal": True}),
        ),
    ),
}
ROWS = {**LOSSES, **NETWORK}
