"""How a tensor is shown."""

import pytest

import tinygrad_wtf as tw


def test_repr_shows_values_dtype_name_and_that_it_requires_gradients():
    x = tw.Tensor([1.0, 2.5], requires_grad=True, name="w")
    assert repr(x) == "tensor([1. , 2.5], dtype=float32, name='w', requires_grad=True)"


def test_repr_shows_the_operation_that_made_it():
    assert "op=mul" in repr(tw.Tensor([1.0], requires_grad=True) * 2)


def test_repr_of_a_plain_tensor_says_nothing_of_gradients():
    assert repr(tw.tensor([1, 2])) == "tensor([1, 2], dtype=int64)"


def test_a_tensor_of_one_entry_takes_a_format():
    assert f"{tw.Tensor(1.25):.1f}|{tw.Tensor([[0.5]]):>5}" == "1.2|  0.5"


def test_without_a_format_it_is_shown_as_a_tensor():
    x = tw.Tensor([1.0, 2.0])
    assert f"{x}" == repr(x)


def test_a_format_for_many_entries_is_refused():
    with pytest.raises(tw.ShapeError):
        format(tw.Tensor([1.0, 2.0]), ".2f")


def test_the_name_can_be_given_and_changed():
    x = tw.Tensor(1.0, name="x")
    x.name = "y"
    assert x.name == "y"
    assert tw.Tensor(1.0).name is None
