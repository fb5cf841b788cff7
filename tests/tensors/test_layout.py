"""What PyTorch's users ask of a tensor's memory and type, and the tensors that they make of its dtype."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw

SHORT = {tw.float: "float32", tw.double: "float64", tw.half: "float16", tw.int: "int32", tw.long: "int64",
         tw.short: "int16", tw.bool: "bool"}  # fmt: skip


def test_dtypes_have_pytorchs_short_names_and_kind():
    assert all(isinstance(dtype, tw.dtype) and dtype == np.dtype(name) for dtype, name in SHORT.items())
    assert tw.zeros(2, dtype=tw.long).dtype is tw.int64
    converted = [tw.ones(1).short(), tw.ones(1).char(), tw.ones(1).byte()]
    assert [t.dtype for t in converted] == [tw.int16, tw.int8, tw.uint8]


def test_constants():
    assert (tw.pi, tw.e, tw.inf) == (np.pi, np.e, np.inf)
    assert np.isnan(tw.nan)
    assert tw.ones(3)[:, tw.newaxis].shape == (3, 1)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.data())
def test_a_view_lies_where_its_strides_say(shape, data):
    t = tw.arange(int(np.prod(shape))).reshape(shape)  # each entry is the place where it lies
    view = t.permute(*data.draw(st.permutations(range(len(shape)))))[data.draw(st.integers(0, 1)) :]
    for at in np.ndindex(view.shape):
        assert view[at].item() == view.storage_offset() + sum(
            i * step for i, step in zip(at, view.stride(), strict=True)
        )
    assert view.is_contiguous() == view.numpy().flags.c_contiguous
    assert view.contiguous().is_contiguous()
    assert view.contiguous().tolist() == view.tolist()


def test_memory():
    t = tw.zeros(2, 3, dtype=tw.float64)
    assert (t.nelement(), t.ndimension(), t.element_size(), t.itemsize, t.nbytes) == (6, 2, 8, 8, 48)
    assert t[1].data_ptr() == t.data_ptr() + 24
    assert t.detach().data_ptr() == t.data_ptr() != t.clone().data_ptr()
    assert t[1, 1:].storage_offset() == 4
    assert not t.T.is_contiguous()
    assert t.T.contiguous().is_contiguous()
    with pytest.raises(tw.DimensionError):
        t.stride(2)
    with pytest.raises(tw.DimensionError):
        tw.tensor(0.0).stride(0)
    assert (t.is_shared(), t.is_pinned(), t.is_complex(), t.is_inference()) == (False,) * 4
    assert t.share_memory_() is t
    assert [tw.ones(1, dtype=d).is_signed() for d in (tw.float32, tw.int8, tw.uint8, tw.bool)] == [
        True,
        True,
        False,
        False,
    ]


def test_a_size_counts_its_entries():
    size = tw.zeros(2, 3).size()
    assert isinstance(size, tw.Size)
    assert (size.numel(), size[1:].numel(), (size + size).numel(), tw.Size([]).numel()) == (6, 3, 36, 1)
    assert size == (2, 3) == tw.zeros(2, 3).shape


def test_limits_are_pythons_numbers():
    f, i = tw.finfo(tw.float32), tw.iinfo(tw.int16)
    assert (f.bits, f.eps, f.max, f.min, f.tiny) == (32, 2.0**-23, (2 - 2.0**-23) * 2.0**127, -f.max, 2.0**-126)
    assert all(type(n) is float for n in (f.eps, f.max, f.min, f.tiny, f.smallest_normal, f.resolution))
    assert (i.bits, i.min, i.max, i.dtype) == (16, -32768, 32767, "int16")
    assert tw.finfo().dtype == "float32"
    with pytest.raises(tw.DTypeError, match="iinfo"):
        tw.finfo(tw.int64)
    with pytest.raises(tw.DTypeError, match="finfo"):
        tw.iinfo(tw.float64)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("Float", tw.float32), ("Double", tw.float64), ("Half", tw.float16), ("Long", tw.int64), ("Int", tw.int32),
     ("Short", tw.int16), ("Char", tw.int8), ("Byte", tw.uint8), ("Bool", tw.bool)],
)  # fmt: skip
def test_the_older_types_make_tensors_and_are_asked_for(name, dtype):
    kind = getattr(tw, f"{name}Tensor")
    for made in (
        kind([1, 0]),
        kind(2),
        kind(2, 1),
        kind(),
        tw.ones(2).type(kind),
        tw.ones(2).type(f"torch.{name}Tensor"),
    ):
        assert made.dtype is dtype
        assert made.type() == tw.typename(made) == f"tinygrad_wtf.{name}Tensor"
        assert isinstance(made, kind)
    assert kind([1, 0]).tolist() == [1, 0]
    assert kind(2, 3).shape == (2, 3)
    assert not isinstance(tw.zeros(1, dtype=tw.float32 if dtype != tw.float32 else tw.float64), kind)
    assert not isinstance([1], kind)


def test_a_tensor_of_sizes_is_to_be_filled():
    assert tw.Tensor(3, 4).shape == tw.Tensor(tw.Size([3, 4])).shape == (3, 4)
    assert tw.Tensor(3).shape == (3,)
    assert tw.Tensor().shape == (0,)
    assert tw.nn.Parameter(tw.Tensor(3, 4)).shape == (3, 4)
    assert tw.Tensor([3, 4]).tolist() == [3.0, 4.0]
    assert tw.Tensor(2.5).tolist() == 2.5
    assert tw.Tensor(3, 4, requires_grad=True).requires_grad
    for wrong in (([1.0], True), (3, 4.0), (3, -4), (2, "a")):
        with pytest.raises((tw.DataError, tw.ShapeError)):
            tw.Tensor(*wrong)


def test_new_tensors_have_the_dtype_of_the_old_one():
    t = tw.zeros(2, dtype=tw.float64)
    made = (
        t.new_zeros(2, 3),
        t.new_ones((2, 3)),
        t.new_empty(2, 3),
        t.new_full((2, 3), 7),
        t.new_tensor([[7] * 3] * 2),
    )
    assert all(new.dtype == tw.float64 and new.shape == (2, 3) for new in made)
    assert [new[0, 0].item() for new in made] == [0.0, 1.0, 0.0, 7.0, 7.0]
    assert t.new_zeros(2, dtype=tw.int64).dtype == tw.int64
    assert t.new_ones(2, requires_grad=True).requires_grad


def test_questions_are_functions_too():
    t = tw.tensor([[2.0]], requires_grad=True)
    assert tw.is_tensor(t)
    assert not tw.is_tensor(t.numpy())
    assert tw.is_floating_point(t)
    assert not tw.is_complex(t)
    assert tw.is_nonzero(t)
    assert tw.is_same_size(t, tw.zeros(1, 1))
    assert tw.numel(t) == 1
    assert tw.typename(tw.nn.Linear(1, 1)) == "tinygrad_wtf.nn.layers.linear.Linear"
    assert tw.clone(t).requires_grad
    assert not tw.detach(t).requires_grad
    with pytest.raises(tw.ShapeError):
        tw.is_nonzero(tw.zeros(2))
    for ask in (tw.is_floating_point, tw.is_complex, tw.is_nonzero, tw.numel, tw.clone, tw.detach):
        with pytest.raises(tw.DTypeError, match="takes a tensor"):
            ask([1.0])


def test_what_a_tensor_is_used_as_in_python():
    t = tw.tensor([3.0, 1.0, 2.0])
    assert f"{t[0]:.3f} {t.sum()}" == "3.000 6.0"
    assert [n.item() for n in sorted(t)] == [1.0, 2.0, 3.0]
    assert list(range(tw.tensor(3))) == [0, 1, 2]
    assert random.Random(0).choice(t).item() in {1.0, 2.0, 3.0}


def test_numpys_functions_without_an_operation_give_arrays_of_tensors_without_gradients(tmp_path):
    t, w = tw.tensor([3.0, 1.0, 1.0]), tw.tensor([3.0, 1.0, 1.0], requires_grad=True)
    np.save(tmp_path / "t.npy", t)
    assert np.load(tmp_path / "t.npy").tolist() == t.tolist()
    assert np.unique(t).tolist() == [1.0, 3.0]
    assert np.histogram(t, bins=2)[0].tolist() == [2, 1]
    assert np.median(t) == 1.0
    assert np.histogram(t, weights=[t[0], t[1], t[2]], bins=1)[0].tolist() == [5.0]
    for lost in (lambda: np.save(tmp_path / "w.npy", w), lambda: np.unique(w), lambda: np.histogram(t, weights=w)):
        with pytest.raises(tw.DTypeError, match=r"not recorded on tensors.*\.numpy\(\)"):
            lost()
    with tw.no_grad():
        assert np.median(w) == 1.0


def test_printing_follows_what_was_chosen():
    t = tw.tensor([3.14159265, 1234.5])
    before = repr(t)
    try:
        tw.set_printoptions(precision=2)
        assert "3.14," in repr(t)
        tw.set_printoptions(sci_mode=True)
        assert "3.14e+00" in repr(t)
        tw.set_printoptions(profile="short", sci_mode=False)
        assert "..." in repr(tw.zeros(2000))
        tw.set_printoptions(profile="full")
        assert "..." not in repr(tw.zeros(1001))
        with pytest.raises(tw.SettingError, match="short"):
            tw.set_printoptions(profile="long")
    finally:
        tw.tensors.printing._options.clear()
    assert repr(t) == before


def test_inference_mode_does_not_record():
    w = tw.tensor([1.0], requires_grad=True)
    with tw.inference_mode():
        assert tw.is_inference_mode_enabled()
        assert not (w * 2).requires_grad
        with tw.inference_mode(False):
            assert (w * 2).requires_grad
            assert not tw.is_inference_mode_enabled()
    assert (w * 2).requires_grad

    @tw.inference_mode()
    def double(x):
        return x * 2

    @tw.inference_mode
    def triple(x):
        return x * 3

    assert not double(w).requires_grad
    assert not triple(w).requires_grad


def test_settings_by_habit_are_remembered():
    try:
        tw.use_deterministic_algorithms(True, warn_only=True)
        assert tw.are_deterministic_algorithms_enabled()
        assert tw.is_deterministic_algorithms_warn_only_enabled()
        tw.set_float32_matmul_precision("medium")
        assert tw.get_float32_matmul_precision() == "medium"
        with pytest.raises(tw.SettingError, match="highest"):
            tw.set_float32_matmul_precision("low")
        with pytest.raises(tw.DTypeError):
            tw.use_deterministic_algorithms(1)
    finally:
        tw.use_deterministic_algorithms(False)
        tw.set_float32_matmul_precision("highest")


def test_the_default_generator_is_there():
    tw.manual_seed(3)
    first = tw.rand(2).tolist()
    assert tw.default_generator.initial_seed() == tw.random.initial_seed() == 3
    tw.default_generator.manual_seed(3)
    assert tw.rand(2).tolist() == first


def test_draws_inside_fork_rng_leave_no_trace():
    tw.manual_seed(1)
    with tw.random.fork_rng():
        inside = tw.rand(3).tolist()
    assert tw.rand(3).tolist() == inside
    with tw.random.fork_rng(enabled=False):
        moved = tw.rand(3).tolist()
    assert tw.rand(3).tolist() != moved
