"""Rows of tests: convolution, its two gradients, and what is made of it."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers
from tinygrad_wtf.core.op import Op

PLAIN = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
FAR = {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2), "groups": 2}
WIDE_AROUND = {"stride": (1, 1), "padding": ((0, 2), (1, 1)), "dilation": (2, 1), "groups": 2}
SETTINGS = {"plain": PLAIN, "strided and wide": FAR, "wide": WIDE_AROUND}
KERNEL = (2, 2)


def arrays(*shapes):
    return st.tuples(*(hnp.arrays(np.float64, shape, elements=numbers(WIDE)) for shape in shapes))


def output_size(how, size):
    return tuple(
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(size, how["padding"], how["dilation"], KERNEL, how["stride"], strict=True)
    )


@st.composite
def images_and(draw, how, kind):
    """Images with a kernel, or with a cotangent of their convolution's size."""
    n, *size = draw(
        st.sampled_from([(1, 2, 2), (1, 3, 2), (1, 2, 3), (2, 2, 2)])
    )  # few entries: each costs a test a call
    x, w = (n, 2, *size), (2, 2 // how["groups"], *KERNEL)
    g = (n, 2, *output_size(how, size))
    return draw(arrays(*{"output": (x, w), "input": (g, w), "kernel": (g, x)}[kind]))


def taps(how, x_shape, o):
    """For each tap of the kernel: which rows and columns of the padded images it reads, and which channels meet."""
    rows, columns = output_size(how, x_shape[2:])
    per_group = x_shape[1] // how["groups"]
    for i in range(KERNEL[0]):
        for j in range(KERNEL[1]):
            at = np.ix_(
                i * how["dilation"][0] + how["stride"][0] * np.arange(rows),
                j * how["dilation"][1] + how["stride"][1] * np.arange(columns),
            )
            for k in range(o):
                group = k // (o // how["groups"])
                for c in range(per_group):
                    yield i, j, at, k, c, group * per_group + c


def padded(how, x):
    return np.pad(x, ((0, 0), (0, 0), *how["padding"]))


def output(how, x, w):
    big = padded(how, x)
    y = np.zeros((len(x), len(w), *output_size(how, x.shape[2:])))
    for i, j, at, k, c, channel in taps(how, x.shape, len(w)):
        y[:, k] += big[:, channel][:, *at] * w[k, c, i, j]
    return y


def input_gradient(how, size, g, w):
    shape = (len(g), 2, *size)
    big = padded(how, np.zeros(shape))
    for i, j, at, k, c, channel in taps(how, shape, len(w)):
        big[:, channel][:, *at] += g[:, k] * w[k, c, i, j]
    (top, _), (left, _) = how["padding"]
    return big[:, :, top : top + size[0], left : left + size[1]]


def kernel_gradient(how, g, x):
    big = padded(how, x)
    w = np.zeros((g.shape[1], 2 // how["groups"], *KERNEL))
    for i, j, at, k, c, channel in taps(how, x.shape, g.shape[1]):
        w[k, c, i, j] += (big[:, channel][:, *at] * g[:, k]).sum()
    return w


def largest_input(how, g):
    """A size of images from which an output of this size comes; other sizes are tried through the gradients."""
    return tuple(
        (n - 1) * s - sum(p) + d * (k - 1) + 1
        for n, s, p, d, k in zip(g.shape[2:], how["stride"], how["padding"], how["dilation"], KERNEL, strict=True)
    )


CASES = []
for name, how in SETTINGS.items():
    CASES += [
        Case(
            "conv2d",
            lambda x, w, how=how: Op.table["conv2d"](x, w, **how),
            lambda x, w, how=how: output(how, x, w),
            images_and(how, "output"),
            label=f"conv2d, {name}",
        ),
        Case(
            "conv2d_input",
            lambda g, w, how=how: Op.table["conv2d_input"](g, w, size=largest_input(how, g), **how),
            lambda g, w, how=how: input_gradient(how, largest_input(how, g), g, w),
            images_and(how, "input"),
            label=f"conv2d_input, {name}",
        ),
        Case(
            "conv2d_kernel",
            lambda g, x, how=how: Op.table["conv2d_kernel"](g, x, kernel=KERNEL, **how),
            lambda g, x, how=how: kernel_gradient(how, g, x),
            images_and(how, "kernel"),
            label=f"conv2d_kernel, {name}",
        ),
    ]
CASES += [
    Case(
        "conv2d",
        lambda x, w, b: tw.conv1d(x, w, b, stride=2, padding=1),
        lambda x, w, b: np.stack(
            [np.convolve(np.pad(x[0, 0], 1), v[0, ::-1], "valid")[::2] + c for v, c in zip(w, b, strict=True)]
        )[None],
        arrays((1, 1, 4), (2, 1, 3), (2,)),
        label="conv1d",
    ),
    Case(
        "conv2d",
        lambda x: tw.avg_pool2d(x, (1, 2)),
        lambda x: (x[..., ::2] + x[..., 1::2]) / 2,
        arrays((1, 2, 2, 4)),
        label="avg_pool2d",
    ),
]
