"""The data of the guide's practices: point clouds, cats and dogs, and handwritten digits that are always at hand.

Samples are rows: ``X`` is (m, n) and ``y`` is (m, 1), floating-point arrays of one dtype, ready for `nn.fit`.
Nothing here downloads anything; nothing here draws (see `nn.plot`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinygrad_wtf import TinygradError

from ..counts import count
from ..extras import require

__all__ = ["DatasetError", "Images", "Points", "blobs", "cats_and_dogs", "circles", "digits", "moons", "spirals"]

Array = NDArray[Any]
MOST_PACKED = 1032  # how many times smaller a file can be than its arrays: the limit of deflate


class DatasetError(TinygradError, OSError, ValueError):
    """A data file is missing, damaged, or does not hold what it should."""


class Points(NamedTuple):
    """Samples and labels; unpacks as ``X, y = moons()``."""

    X: Array
    """(m, n) samples, one per row."""
    y: Array
    """(m, 1) labels, 0 or 1."""


@dataclass(frozen=True, slots=True)
class Images:
    """A set of labelled grey images in two parts, flattened for a network, and as images."""

    name: str
    classes: tuple[str, str]
    train: Points
    test: Points
    images: Array
    """(m, height, width) training images as they came."""
    test_images: Array
    """(k, height, width) test images as they came."""

    def __repr__(self) -> str:
        """Say the name, the sizes and the classes, not the thousand images."""
        m, n = self.train.X.shape
        zero, one = self.classes
        return f"Images({self.name}: {m} to train, {len(self.test.X)} to test, {n} pixels, 0 = {zero}, 1 = {one})"


def blobs(
    n_samples: int = 100,
    cluster_std: float = 1.0,
    random_state: int | None = 0,
    dtype: DTypeLike = np.float32,
) -> Points:
    """Two round clouds of points: the toxic plants of practice 00.

    Parameters
    ----------
    n_samples : int
        Points in both clouds together.
    cluster_std : float
        How wide a cloud is. Practice 03 takes ``blobs(200, cluster_std=1.5, random_state=42)``.
    random_state : int or None
        Seed of scikit-learn's `make_blobs`; None draws other points each time.
    dtype : dtype
        Floating-point type of both arrays.

    Returns
    -------
    Points
        ``X`` (n_samples, 2) and ``y`` (n_samples, 1).

    Examples
    --------
    >>> X, y = blobs()
    >>> X.shape, y.shape, X.dtype.name
    ((100, 2), (100, 1), 'float32')
    """
    make = require("sklearn.datasets", "datasets.blobs").make_blobs
    X, y = make(n_samples=n_samples, n_features=2, centers=2, cluster_std=cluster_std, random_state=random_state)
    return _points(X, y, dtype)


def circles(
    n_samples: int = 100,
    noise: float | None = 0.1,
    factor: float = 0.3,
    random_state: int | None = 0,
    dtype: DTypeLike = np.float32,
) -> Points:
    """One ring inside another, of practices 02 and 03: no straight line separates them.

    Parameters
    ----------
    n_samples : int
        Points in both rings together.
    noise : float
        Standard deviation of what is added to each coordinate.
    factor : float
        Radius of the inner ring (class 1); the outer has radius 1.
    random_state : int or None
        Seed of scikit-learn's `make_circles`.
    dtype : dtype
        Floating-point type of both arrays.

    Returns
    -------
    Points
        ``X`` (n_samples, 2) and ``y`` (n_samples, 1).

    Examples
    --------
    >>> X, y = circles()
    >>> float(y.mean())
    0.5
    """
    make = require("sklearn.datasets", "datasets.circles").make_circles
    X, y = make(n_samples=n_samples, noise=noise, factor=factor, random_state=random_state)
    return _points(X, y, dtype)


def moons(
    n_samples: int = 1000,
    noise: float | None = 0.15,
    random_state: int | None = 0,
    dtype: DTypeLike = np.float32,
) -> Points:
    """Two interlocking half circles, of practice 03.

    Parameters
    ----------
    n_samples : int
        Points in both moons together.
    noise : float
        Standard deviation of what is added to each coordinate.
    random_state : int or None
        Seed of scikit-learn's `make_moons`.
    dtype : dtype
        Floating-point type of both arrays.

    Returns
    -------
    Points
        ``X`` (n_samples, 2) and ``y`` (n_samples, 1).

    Examples
    --------
    >>> moons(n_samples=6).X.shape
    (6, 2)
    """
    make = require("sklearn.datasets", "datasets.moons").make_moons
    X, y = make(n_samples=n_samples, noise=noise, random_state=random_state)
    return _points(X, y, dtype)


def spirals(
    n_per_class: int = 1000,
    noise: float = 0.2,
    degrees: float = 780.0,
    random_state: int | None = 0,
    dtype: DTypeLike = np.float32,
) -> Points:
    """Two arms that wind around each other, the hardest points of practice 03.

    One arm is (-cos t, sin t) t + noise U with t = sqrt(U) `degrees`, each U drawn afresh and uniform in [0, 1);
    the other is its mirror through the origin. Both axes are then standardised to mean 0 and deviation 1.

    Parameters
    ----------
    n_per_class : int
        Points on each arm; the first arm is class 0.
    noise : float
        Size of the uniform noise, in units of t in radians.
    degrees : float
        How far an arm winds: 780 degrees are a little over two turns.
    random_state : int or None
        Seed of the draw; None draws other points each time.
    dtype : dtype
        Floating-point type of both arrays.

    Returns
    -------
    Points
        ``X`` (2 n_per_class, 2) and ``y`` (2 n_per_class, 1).

    Examples
    --------
    >>> X, y = spirals(n_per_class=50)
    >>> X.shape, bool(abs(X.mean()) < 1e-6), bool(abs(X.std() - 1) < 1e-6)
    ((100, 2), True, True)
    """
    n_per_class = count("spirals", "n_per_class", n_per_class)
    draw = np.random.default_rng(random_state)
    t = np.sqrt(draw.random(n_per_class)) * np.radians(degrees)
    arm = np.column_stack([-np.cos(t), np.sin(t)]) * t[:, None] + noise * draw.random((n_per_class, 2))
    X = np.concatenate([arm, -arm])
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return _points(X, np.repeat([0, 1], n_per_class), dtype)


def digits(random_state: int = 0, dtype: DTypeLike = np.float32) -> Images:
    """Handwritten digits as a question with two answers: 0 to 4 is class 0, 5 to 9 is class 1.

    They come with scikit-learn (8 x 8 pixels, UCI "Optical Recognition of Handwritten Digits") and stand in for the
    cats and dogs where those files are not at hand, so they are dealt out alike: 1,000 images to train on and
    200 others to test on, half of each class.

    Parameters
    ----------
    random_state : int
        Seed of the deal.
    dtype : dtype
        Floating-point type of the arrays in `train` and `test`.

    Returns
    -------
    Images
        64 pixels each, divided by the largest of the training part.

    Examples
    --------
    >>> digits()
    Images(handwritten digits: 1000 to train, 200 to test, 64 pixels, 0 = 0 to 4, 1 = 5 to 9)
    """
    source = require("sklearn.datasets", "datasets.digits").load_digits()
    label = (source.target >= 5).astype(np.int64)
    draw = np.random.default_rng(random_state)
    low, high = (draw.permutation(np.flatnonzero(label == k)) for k in (0, 1))
    train, test = (
        draw.permutation(np.concatenate([low[part], high[part]])) for part in (slice(0, 500), slice(500, 600))
    )
    return _images(
        "handwritten digits",
        ("0 to 4", "5 to 9"),
        (source.images[train], label[train]),
        (source.images[test], label[test]),
        dtype,
    )


def cats_and_dogs(folder: str | os.PathLike[str] | None = None, dtype: DTypeLike = np.float32) -> Images:
    """The cats (0) and dogs (1) of practices 01 to 03: 1,000 grey photos of 64 x 64 to train, 200 to test.

    Parameters
    ----------
    folder : str or path, optional
        Where ``trainset.hdf5`` (``X_train``, ``Y_train``) and ``testset.hdf5`` (``X_test``, ``Y_test``) are.
        Without it the environment variable ``TGWTF_DATA`` says where.
    dtype : dtype
        Floating-point type of the arrays in `train` and `test`.

    Returns
    -------
    Images
        4,096 pixels each. Both parts are divided by the largest pixel of the *training* part: the network
        must see test photos on the scale it has learnt. (The guide divides each part by its own maximum.)

    Raises
    ------
    DatasetError
        No folder is given, or a file is missing, cannot be read, or holds other names, shapes or labels than these.
        It is an `OSError` and a `ValueError`.
    """
    where = folder if folder is not None else os.environ.get("TGWTF_DATA")
    if not where:
        raise DatasetError(
            "cats_and_dogs: no folder given. Pass folder=..., or set the environment variable TGWTF_DATA to the "
            "folder that holds trainset.hdf5 and testset.hdf5"
        )
    train = _read_photos(Path(where) / "trainset.hdf5", "X_train", "Y_train")
    test = _read_photos(Path(where) / "testset.hdf5", "X_test", "Y_test")
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DatasetError(
            f"cats_and_dogs: photos of {_by(train[0].shape[1:])} pixels in {Path(where) / 'trainset.hdf5'}, but of "
            f"{_by(test[0].shape[1:])} in {Path(where) / 'testset.hdf5'}. Both must have one size"
        )
    return _images("cats and dogs", ("cat", "dog"), train, test, dtype)


def _points(X: Array, y: Array, dtype: DTypeLike) -> Points:
    """Put samples and labels into one floating-point type, the labels as a column."""
    if not np.issubdtype(np.dtype(dtype), np.floating):
        raise ValueError(f"datasets: dtype must be a floating-point type, got {np.dtype(dtype).name}")
    return Points(np.ascontiguousarray(X, dtype=dtype), np.ascontiguousarray(y, dtype=dtype).reshape(-1, 1))


def _images(
    name: str, classes: tuple[str, str], train: tuple[Array, Array], test: tuple[Array, Array], dtype: DTypeLike
) -> Images:
    """Flatten the images, and scale both parts by the largest pixel of the training part."""
    scale = float(train[0].max())
    parts = [_points(pixels.reshape(len(pixels), -1) / scale, label, dtype) for pixels, label in (train, test)]
    return Images(name, classes, parts[0], parts[1], train[0], test[0])


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _read_photos(path: Path, pixels_key: str, labels_key: str) -> tuple[Array, Array]:
    """Read one HDF5 file and check everything that training relies on."""
    expected = (
        f"Expected an HDF5 file with '{pixels_key}', shape (m, height, width), numbers from 0 to 255, "
        f"and '{labels_key}', shape (m, 1), each 0 (cat) or 1 (dog)"
    )

    def wrong(what: str) -> DatasetError:
        return DatasetError(f"cats_and_dogs: {path}: {what}. {expected}")

    if not path.is_file():
        raise wrong("there is no such file")
    h5py = require("h5py", "datasets.cats_and_dogs")
    try:
        with h5py.File(path, "r") as file:
            absent = [key for key in (pixels_key, labels_key) if key not in file]
            if absent:
                raise wrong(f"no {' and no '.join(map(repr, absent))} in it, only {sorted(file)}")
            for key in (pixels_key, labels_key):
                if not isinstance(file[key], h5py.Dataset):
                    raise wrong(f"'{key}' is not an array")
                if file[key].nbytes > MOST_PACKED * path.stat().st_size:
                    raise wrong(f"'{key}' is said to have shape {file[key].shape}, more than the file can hold")
            pixels, labels = np.asarray(file[pixels_key][()]), np.asarray(file[labels_key][()])
    except DatasetError:
        raise
    except Exception as damaged:  # where bytes are damaged, h5py raises whatever they lead it to
        raise wrong(f"it cannot be read as HDF5 ({str(damaged) or type(damaged).__name__})") from damaged
    for key, array in ((pixels_key, pixels), (labels_key, labels)):
        if array.dtype.kind not in "uifb":
            raise wrong(f"'{key}' holds {array.dtype}, not numbers")
    if pixels.ndim != 3 or 0 in pixels.shape:
        raise wrong(f"'{pixels_key}' has shape {pixels.shape}")
    if labels.shape not in ((len(pixels), 1), (len(pixels),)):
        raise wrong(f"'{labels_key}' has shape {labels.shape} beside {len(pixels)} photos")
    if not np.isin(labels, (0, 1)).all():
        raise wrong(f"'{labels_key}' holds other labels than 0 and 1")
    if not np.isfinite(pixels).all() or pixels.min() < 0 or not 0 < pixels.max() <= 255:
        raise wrong(f"'{pixels_key}' holds values from {pixels.min()} to {pixels.max()}")
    return pixels, labels
