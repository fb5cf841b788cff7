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
