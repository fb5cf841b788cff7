"""Arguments by PyTorch's names: ``exp(input=x)``, ``atan2(x, other=y)``."""

import pytest

import tinygrad_wtf as tw


def test_a_row_takes_its_arguments_by_name():
    x, y = tw.tensor([3.0, 4.0], requires_grad=True), tw.tensor([4.0, 3.0])
    assert tw.exp(input=x).tolist() == tw.exp(x).tolist()
    assert tw.atan2(x, other=y).tolist() == tw.atan2(other=y, input=x).tolist() == tw.atan2(x, y).tolist()
    assert x.atan2(other=y).tolist() == tw.atan2(x, y).tolist()
    tw.maximum(input=x, other=y).sum().backward()
    assert x.grad.tolist() == [0.0, 1.0]
    with pytest.raises(TypeError, match="exp takes 1"):
        tw.exp(x, input=x)


def test_functions_take_their_arguments_by_name():
    x = tw.tensor([[3.0, 1.0], [2.0, 4.0]])
    assert tw.sum(input=x, dim=1).tolist() == [4.0, 6.0]
    assert tw.argmax(input=x, dim=1).tolist() == [0, 1]
    assert tw.topk(input=x, k=1).values.tolist() == [[3.0], [4.0]]
    assert tw.reshape(input=x, shape=(4,)).tolist() == [3.0, 1.0, 2.0, 4.0]
    assert [part.tolist() for part in tw.split(tensor=x, split_size_or_sections=1)] == [[[3.0, 1.0]], [[2.0, 4.0]]]
