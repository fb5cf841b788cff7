"""`nn.datasets`: shapes, dtypes, seeds, and files that are not what they should be."""

import h5py
import numpy as np
import pytest

from tinygrad_wtf.nn import datasets


@pytest.mark.parametrize(
    ("make", "samples"),
    [(datasets.blobs, 100), (datasets.circles, 100), (datasets.moons, 1000), (datasets.spirals, 2000)],
)
def test_points_are_rows_and_labels_are_a_balanced_column_in_float32(make, samples):
    X, y = make()
    assert (X.shape, y.shape) == ((samples, 2), (samples, 1))
    assert X.dtype == y.dtype == np.float32
    assert set(np.unique(y)) == {0, 1}
    assert y.mean() == 0.5


@pytest.mark.parametrize("make", [datasets.blobs, datasets.circles, datasets.moons, datasets.spirals])
def test_the_same_seed_gives_the_same_points_and_another_seed_others(make):
    np.testing.assert_array_equal(make().X, make().X)
    assert not np.array_equal(make(random_state=1).X, make(random_state=2).X)


def test_dtype_is_as_asked():
    assert datasets.moons(dtype=np.float64).X.dtype == np.float64
    assert datasets.digits(dtype=np.float64).train.y.dtype == np.float64


def test_whole_number_dtype_is_refused():
    with pytest.raises(ValueError, match="floating-point"):
        datasets.moons(dtype=np.int64)


def test_blobs_are_those_of_the_guide():
    from sklearn.datasets import make_blobs

    X, y = make_blobs(n_samples=100, n_features=2, centers=2, random_state=0)
    np.testing.assert_array_equal(datasets.blobs(dtype=np.float64).X, X)
    np.testing.assert_array_equal(datasets.blobs().y[:, 0], y)


def test_spirals_without_noise_lie_on_the_curve_of_the_guide():
    X, _ = datasets.spirals(n_per_class=400, noise=0, dtype=np.float64)
    # undo the standardisation by what is known of the curve: its two arms mirror each other, so the mean is zero
    np.testing.assert_allclose(X[:400], -X[400:], atol=1e-12)
    draw = np.random.default_rng(0)
    t = np.sqrt(draw.random(400)) * 780 * np.pi / 180
    arm = np.stack([-np.cos(t) * t, np.sin(t) * t], axis=1)
    np.testing.assert_allclose(X[:400], arm / np.sqrt((arm**2).mean(axis=0)), rtol=1e-9)


def test_spirals_are_standardised_on_each_axis():
    X, _ = datasets.spirals(dtype=np.float64)
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(X.std(axis=0), 1)


def test_digits_are_dealt_out_like_the_cats_and_dogs():
    digits = datasets.digits()
    assert (digits.train.X.shape, digits.test.X.shape) == ((1000, 64), (200, 64))
    assert digits.train.y.mean() == digits.test.y.mean() == 0.5
    assert digits.images.shape == (1000, 8, 8)
    assert digits.train.X.max() == 1


def test_digits_to_train_and_to_test_are_different_images():
    digits = datasets.digits()
    both = np.concatenate([digits.train.X, digits.test.X])
    from sklearn.datasets import load_digits

    duplicates = 1797 - len(np.unique(load_digits().data, axis=0))
    assert len(np.unique(both, axis=0)) >= 1200 - duplicates


def test_digits_labels_say_five_and_more():
    from sklearn.datasets import load_digits

    digits, source = datasets.digits(), load_digits()
    known = {image.tobytes(): target for image, target in zip(source.images, source.target, strict=True)}
    right = [known[image.tobytes()] >= 5 for image in digits.test_images]
    np.testing.assert_array_equal(digits.test.y[:, 0], right)


def write_photos(folder, m=6, k=4, **change):
    """Two small files as they should be, but for `change`; None leaves a name out."""
    draw = np.random.default_rng(0)
    arrays = {
        "X_train": draw.integers(0, 200, (m, 5, 3), dtype=np.uint8),
        "Y_train": np.arange(m)[:, None] % 2.0,
        "X_test": draw.integers(0, 255, (k, 5, 3), dtype=np.uint8),
        "Y_test": np.arange(k)[:, None] % 2.0,
    } | change
    for name, keys in (("trainset", ("X_train", "Y_train")), ("testset", ("X_test", "Y_test"))):
        with h5py.File(folder / f"{name}.hdf5", "w") as file:
            for key in keys:
                if arrays[key] is not None:
                    file[key] = arrays[key]
    return arrays


def test_cats_and_dogs_are_flattened_and_scaled_by_the_training_photos(tmp_path):
    arrays = write_photos(tmp_path)
    pets = datasets.cats_and_dogs(tmp_path, dtype=np.float64)
    top = arrays["X_train"].max()
    np.testing.assert_allclose(pets.train.X, arrays["X_train"].reshape(6, 15) / top)
    np.testing.assert_allclose(pets.test.X, arrays["X_test"].reshape(4, 15) / top)
    np.testing.assert_array_equal(pets.images, arrays["X_train"])
    np.testing.assert_array_equal(pets.test.y, arrays["Y_test"])
    assert pets.classes == ("cat", "dog")


def test_cats_and_dogs_folder_comes_from_the_environment(tmp_path, monkeypatch):
    write_photos(tmp_path)
    monkeypatch.setenv("TGWTF_DATA", str(tmp_path))
    assert datasets.cats_and_dogs().train.X.shape == (6, 15)


def test_no_folder_names_the_argument_and_the_variable(monkeypatch):
    monkeypatch.delenv("TGWTF_DATA", raising=False)
    with pytest.raises(datasets.DatasetError, match=r"folder=.*TGWTF_DATA"):
        datasets.cats_and_dogs()


def test_missing_file_is_named_with_what_was_expected(tmp_path):
    with pytest.raises(OSError, match=r"trainset\.hdf5: there is no such file.*'X_train', shape \(m, height, width\)"):
        datasets.cats_and_dogs(tmp_path)


def test_truncated_file_is_named(tmp_path):
    write_photos(tmp_path)
    path = tmp_path / "testset.hdf5"
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(datasets.DatasetError, match=r"testset\.hdf5: it cannot be read as HDF5"):
        datasets.cats_and_dogs(tmp_path)


def test_file_cut_inside_the_pixels_is_named(tmp_path):
    write_photos(tmp_path, m=4000)
    path = tmp_path / "trainset.hdf5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(datasets.DatasetError, match=r"trainset\.hdf5"):
        datasets.cats_and_dogs(tmp_path)


def test_file_of_another_kind_is_named(tmp_path):
    write_photos(tmp_path)
    (tmp_path / "trainset.hdf5").write_text("cats, dogs")
    with pytest.raises(ValueError, match=r"trainset\.hdf5: it cannot be read as HDF5"):
        datasets.cats_and_dogs(tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"X_train": None}, r"trainset\.hdf5: no 'X_train' in it, only \['Y_train'\]"),
        ({"Y_test": None}, r"testset\.hdf5: no 'Y_test'"),
        ({"X_train": np.ones((6, 15))}, r"'X_train' has shape \(6, 15\)"),
        ({"Y_train": np.zeros((5, 1))}, r"'Y_train' has shape \(5, 1\) beside 6 photos"),
        ({"Y_train": np.float64(1)}, r"'Y_train' has shape \(\)"),
        ({"Y_train": np.full((6, 1), 2.0)}, "other labels than 0 and 1"),
        ({"X_train": np.full((6, 5, 3), np.nan)}, "holds values from nan"),
        ({"X_train": np.zeros((6, 5, 3))}, "holds values from 0.0 to 0.0"),
        ({"X_train": np.full((6, 5, 3), 256)}, "holds values from 256 to 256.*numbers from 0 to 255"),
        ({"X_test": np.full((4, 5, 3), -1.0)}, "holds values from -1.0"),
        ({"X_train": np.full((6, 5, 3), b"cat")}, "not numbers"),
        ({"X_test": np.ones((4, 5, 4))}, r"5 x 3 pixels.*5 x 4"),
    ],
)
def test_wrong_contents_are_told(tmp_path, change, told):
    write_photos(tmp_path, **change)
    with pytest.raises(datasets.DatasetError, match=told):
        datasets.cats_and_dogs(tmp_path)


def hollow(file, key):
    """An array that is said to be a million times larger than the file."""
    del file[key]
    file.create_dataset(key, shape=(6, 2**30, 2**20), dtype=np.uint8, chunks=(1, 64, 64))


def of_another_type(file, key):
    """An array of moments in time, for which NumPy has no type."""
    del file[key]
    h5py.h5d.create(file.id, key.encode(), h5py.h5t.UNIX_D32LE, h5py.h5s.create_simple((6, 1)))


def elsewhere(file, key):
    """A name that leads into a file that is gone."""
    del file[key]
    file[key] = h5py.ExternalLink("gone.hdf5", "/pixels")


@pytest.mark.parametrize("damage", [hollow, of_another_type, elsewhere])
@pytest.mark.parametrize("key", ["X_train", "Y_train"])
def test_damaged_contents_are_told(tmp_path, damage, key):
    write_photos(tmp_path)
    with h5py.File(tmp_path / "trainset.hdf5", "a") as file:
        damage(file, key)
    with pytest.raises(datasets.DatasetError, match=r"trainset\.hdf5: .*Expected an HDF5 file with 'X_train'"):
        datasets.cats_and_dogs(tmp_path)


def test_missing_library_names_the_extra(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"datasets\.moons needs sklearn.*pip install 'tinygrad_wtf\[examples\]'"):
        datasets.moons()


def test_repr_of_images_is_one_line():
    assert repr(datasets.digits()).count("\n") == 0
