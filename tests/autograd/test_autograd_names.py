"""`tinygrad_wtf.autograd`: PyTorch's names, the products of Jacobians, and the search for nans."""

from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import autograd
from tinygrad_wtf.autograd import functional


def test_its_names_are_there():
    for name in autograd.__all__:
        assert getattr(autograd, name) is not None
    assert tw.autograd is autograd
    assert autograd.grad is tw.grad


class TestBackward:
    def test_several_tensors(self):
        x = tw.tensor([1.0, 2.0], requires_grad=True)
        autograd.backward([(x * x).sum(), x * 3], [None, tw.ones(2)])
        assert x.grad.tolist() == [5.0, 7.0]

    def test_only_some_inputs(self):
        x, y = (tw.tensor(2.0, requires_grad=True) for _ in range(2))
        for _ in range(2):
            autograd.backward(x * y, inputs=[x])
        assert x.grad.item() == 4.0
        assert y.grad is None

    def test_zeros_for_what_was_not_used(self):
        x, y = tw.tensor([1.0, 2.0], requires_grad=True), tw.tensor(1.0, requires_grad=True)
        first, second = tw.autograd.grad((x * 2).sum(), [x, y], materialize_grads=True)
        assert first.tolist() == [2.0, 2.0]
        assert second.item() == 0.0
        with pytest.raises(ValueError, match="contradict"):
            tw.autograd.grad((x * 2).sum(), [x, y], allow_unused=False, materialize_grads=True)

    @pytest.mark.parametrize("create_graph", [False, True])
    def test_many_cotangents(self, create_graph):
        x, y = tw.tensor([1.0, 2.0], requires_grad=True), tw.tensor(1.0, requires_grad=True)
        rows, none = tw.autograd.grad(
            x**2, [x, y], tw.eye(2), create_graph=create_graph, allow_unused=True, is_grads_batched=True
        )
        assert rows.tolist() == [[2.0, 0.0], [0.0, 4.0]]
        assert none is None
        assert rows.requires_grad == create_graph
        with pytest.raises(tw.ShapeError, match="first dimension"):
            tw.autograd.grad(x**2, x, tw.zeros(0, 2), is_grads_batched=True)

    def test_words_that_pytorch_gave_up(self):
        x = tw.tensor([1.0, 2.0], requires_grad=True)
        with pytest.warns(FutureWarning, match="only_inputs"):
            tw.autograd.grad((x * 2).sum(), x, only_inputs=False)
        with pytest.warns(FutureWarning, match="grad_variables"):
            tw.autograd.backward(x * 2, grad_variables=tw.ones(2))
        assert x.grad.tolist() == [2.0, 2.0]

    def test_a_method_with_some_inputs(self):
        x, y = tw.tensor([1.0, 2.0], requires_grad=True), tw.tensor(1.0, requires_grad=True)
        h = x * 2
        (h * h * y).sum().backward(inputs=[h])
        assert x.grad is None
        assert y.grad is None
        assert h.grad.tolist() == [4.0, 8.0]
        for _ in range(2):
            (x * y).sum().backward(inputs=x)
        assert x.grad.tolist() == [2.0, 2.0]
        with pytest.raises(tw.GraphError, match="empty"):
            (x * y).sum().backward(inputs=[])

    def test_cotangents_that_do_not_fit(self):
        with pytest.raises(tw.ShapeError, match="2 grad_tensors"):
            autograd.backward(tw.ones(1, requires_grad=True) * 1, [None, None])


def cube(x):
    return (x**3).sum()


class TestFunctional:
    x = tw.tensor([1.0, -2.0], dtype=tw.float64)
    v = tw.tensor([3.0, 5.0], dtype=tw.float64)

    def test_products(self):
        value, product = functional.vjp(lambda x: x * x, self.x, self.v)
        assert (value.tolist(), product.tolist()) == ([1.0, 4.0], [6.0, -20.0])
        value, product = functional.jvp(lambda x: x * x, self.x, self.v)
        assert (value.tolist(), product.tolist()) == ([1.0, 4.0], [6.0, -20.0])
        for both in (functional.hvp, functional.vhp):
            value, product = both(cube, self.x, self.v)
            assert (value.item(), product.tolist()) == (-7.0, [18.0, -60.0])

    def test_one_number_needs_no_vector(self):
        assert functional.vjp(cube, self.x)[1].tolist() == [3.0, 12.0]
        assert functional.jvp(lambda x: x * x, tw.tensor(3.0))[1].item() == 6.0
        with pytest.raises(tw.ShapeError, match="v is needed"):
            functional.vjp(lambda x: x * x, self.x)

    def test_arrangement_and_graph(self):
        x, y = (tw.tensor(2.0, requires_grad=True) for _ in range(2))
        value, product = functional.vjp(lambda x, y: x * x * y, (x, y), create_graph=True)
        assert [p.item() for p in product] == [8.0, 4.0]
        product[0].backward()
        assert (x.grad.item(), y.grad.item()) == (4.0, 4.0)
        assert not functional.vjp(lambda x, y: x * x * y, (x, y))[1][0].requires_grad
        assert value.requires_grad

    @pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
    def test_jacobian_and_hessian(self, strategy):
        found = functional.jacobian(lambda x: x * x, self.x, strategy=strategy)
        assert found.tolist() == [[2.0, 0.0], [0.0, -4.0]]
        both = functional.jacobian(lambda x, y: (x * y, x), (self.x, self.v), strategy=strategy)
        assert both[0][1].tolist() == [[1.0, 0.0], [0.0, -2.0]]
        assert both[1][1].tolist() == [[0.0, 0.0], [0.0, 0.0]]
        assert functional.hessian(cube, self.x).tolist() == [[6.0, 0.0], [0.0, -12.0]]

    def test_strictly(self):
        with pytest.raises(tw.GraphError, match="does not depend on input 1"):
            functional.jacobian(lambda x, y: x * 2, (self.x, self.v), strict=True)


class TestAnomaly:
    def test_the_operation_and_the_line_are_named(self):
        x = tw.tensor([0.0, 1.0], requires_grad=True)
        with autograd.detect_anomaly():
            y = tw.sqrt(x)  # the line
            z = (y * tw.tensor([0.0, 1.0])).sum()
            with pytest.raises(tw.GraphError) as caught:
                z.backward()
        line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "# the line" in text)
        assert "derivative of sqrt" in str(caught.value)
        assert f"test_autograd_names.py, line {line}" in str(caught.value)
        (tw.sqrt(x) * tw.tensor([0.0, 1.0])).sum().backward()
        assert np.isnan(x.grad.numpy()).any()

    def test_where_the_forward_pass_made_it(self):
        x = tw.tensor([-1.0], requires_grad=True)
        with autograd.detect_anomaly():
            y = tw.log(x) * 2
            with pytest.raises(tw.GraphError, match="first nan of the forward pass was made by log"):
                (y * y).sum().backward()

    def test_it_ends_and_nests(self):
        x = tw.tensor([0.0], requires_grad=True)

        def made():
            return (tw.sqrt(x) * 0).sum()

        with autograd.detect_anomaly():
            with autograd.set_detect_anomaly(False):
                made().backward()
            with autograd.detect_anomaly(check_nan=False):
                made().backward()
            with pytest.raises(tw.GraphError):
                made().backward()
        made().backward()
        assert tw.current_scope() == ()

    def test_as_a_switch(self):
        x = tw.tensor([0.0], requires_grad=True)
        autograd.set_detect_anomaly(True)
        try:
            with pytest.raises(tw.GraphError, match="derivative of sqrt"):
                (tw.sqrt(x) * 0).sum().backward()
        finally:
            autograd.set_detect_anomaly(False)
        (tw.sqrt(x) * 0).sum().backward()

    def test_ordinary_training_goes_on(self):
        x = tw.tensor([1.0, 2.0], requires_grad=True)
        with autograd.detect_anomaly():
            (x * x).sum().backward()
            step = tw.compile(lambda v: (v * 2).sum())
            assert step(tw.ones(2)).item() == 4.0
            assert not tw.is_compiling()
        assert x.grad.tolist() == [2.0, 4.0]
