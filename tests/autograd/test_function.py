"""Steps of one's own: forward and backward that the user writes, in every way that a graph is used."""

from __future__ import annotations

import gc
import re
import weakref

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf.autograd import Function


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


class Exp(Function):
    """Saves its own result."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


class InNumPy(Function):
    """A linear layer whose mathematics is NumPy's."""

    @staticmethod
    def forward(ctx, x, w, scale):
        ctx.save_for_backward(x, w)
        ctx.scale = scale
        return tw.from_numpy(scale * x.numpy() @ w.numpy())

    @staticmethod
    def backward(ctx, g):
        x, w = (t.numpy() for t in ctx.saved_tensors)
        given = g.numpy()
        return tw.from_numpy(ctx.scale * given @ w.T), tw.from_numpy(ctx.scale * x.T @ given), None


class SumAndProduct(Function):
    @staticmethod
    def forward(a, b):
        return a + b, a * b, (a > b)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.mark_non_differentiable(output[2])

    @staticmethod
    def backward(ctx, of_sum, of_product, of_test):
        a, b = ctx.saved_tensors
        return of_sum + b * of_product, of_sum + a * of_product


def leaf(*numbers):
    return tw.tensor(numbers, dtype=tw.float64, requires_grad=True)


def test_it_is_a_step_of_the_graph():
    x = leaf(1.0, 2.0)
    y = Cube.apply(2 * x)
    y.sum().backward()
    assert y.tolist() == [8.0, 64.0]
    assert x.grad.tolist() == [24.0, 96.0]
    assert y.node.op.name == "Cube"


@pytest.mark.parametrize("function", [Cube, Exp])
def test_first_and_second_derivatives_are_right(function):
    assert tw.gradcheck(function.apply, leaf(0.5, -1.0, 2.0))
    assert tw.gradgradcheck(function.apply, leaf(0.5, -1.0, 2.0))
    assert tw.gradcheck(lambda x: function.apply(x) * function.apply(x * x), leaf(0.5, -1.0))


def test_third_derivative():
    x = leaf(2.0)
    (d1,) = tw.grad(Cube.apply(x).sum(), x, create_graph=True)
    (d2,) = tw.grad(d1.sum(), x, create_graph=True)
    (d3,) = tw.grad(d2.sum(), x)
    assert (d1.item(), d2.item(), d3.item()) == (12.0, 12.0, 6.0)


def test_several_arguments_constants_and_numpy():
    x, w = tw.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True), tw.tensor(np.ones((3, 2)), requires_grad=True)
    assert tw.gradcheck(lambda x, w: InNumPy.apply(x, w, 3.0), (x, w))
    w.requires_grad_(False)
    InNumPy.apply(x, w, 3.0).sum().backward()
    assert x.grad.tolist() == [[6.0] * 3] * 2


class TestSeveralResults:
    def test_derivatives(self):
        a, b = leaf(1.0, 2.0), leaf(3.0, -1.0)
        assert tw.gradcheck(lambda a, b: SumAndProduct.apply(a, b)[:2], (a, b))
        assert tw.gradgradcheck(lambda a, b: SumAndProduct.apply(a, b)[:2], (a, b))

    def test_one_that_is_not_used(self):
        a, b = leaf(1.0, 2.0), leaf(3.0, -1.0)
        total, product, test = SumAndProduct.apply(a, b)
        assert not test.requires_grad
        product.sum().backward()
        assert a.grad.tolist() == [3.0, -1.0]
        assert b.grad.tolist() == [1.0, 2.0]
        del total

    def test_one_that_is_used_twice(self):
        a, b = leaf(1.0), leaf(3.0)
        total, product, _ = SumAndProduct.apply(a, b)
        (total * total + product * 2).sum().backward()
        assert a.grad.item() == 2 * 4 + 2 * 3

    @pytest.mark.parametrize("materializes", [True, False])
    def test_what_backward_gets_for_an_unused_result(self, materializes):
        seen = []

        class Two(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.set_materialize_grads(materializes)
                return x * 1, x * 2

            @staticmethod
            def backward(ctx, first, second):
                seen.append((first, second))
                return second * 2

        x = leaf(1.0, 2.0)
        Two.apply(x)[1].sum().backward()
        (first, second), *_ = seen
        assert first.tolist() == [0.0, 0.0] if materializes else first is None
        assert second.tolist() == [1.0, 1.0]
        assert x.grad.tolist() == [2.0, 2.0]


def test_what_is_needed_is_said():
    seen = []

    class Product(Function):
        @staticmethod
        def forward(ctx, a, b, n):
            ctx.save_for_backward(a, None, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            _, nothing, b = ctx.saved_tensors
            seen.append((ctx.needs_input_grad, nothing))
            return g * b, None, None

    a = leaf(2.0)
    Product.apply(a, tw.tensor([3.0]), 1).sum().backward()
    assert seen == [((True, False, False), None)]
    assert a.grad.item() == 3.0


def test_backward_is_called_once_a_pass():
    calls = []

    class Sum(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            calls.append(g.item())
            return g, g

    a, b = leaf(1.0), leaf(2.0)
    y = Sum.apply(a, b)
    for direction in (1.0, 5.0):
        y.backward(tw.tensor([direction], dtype=tw.float64), retain_graph=True)
    assert calls == [1.0, 5.0]
    direction = tw.tensor([2.0], dtype=tw.float64)
    assert tw.grad(y, a, direction, retain_graph=True)[0].item() == 2.0
    direction.fill_(3.0)
    assert tw.grad(y, a, direction, retain_graph=True)[0].item() == 3.0


def test_a_gradient_is_the_users_to_change():
    x = leaf(1.0, 2.0)
    y = Exp.apply(x)
    before = y.tolist()
    y.backward(tw.ones(2, dtype=tw.float64), retain_graph=True)
    x.grad.zero_()
    assert y.tolist() == before

    class Saved(Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(w)
            return (x * w).sum()

        @staticmethod
        def backward(ctx, g):
            return ctx.saved_tensors[0], None

    w = tw.tensor([3.0, 4.0], dtype=tw.float64)
    Saved.apply(x, w).backward()
    x.grad.zero_()
    assert w.tolist() == [3.0, 4.0]


def test_a_broadcast_gradient_is_summed():
    class Add(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            return g, g

    a, b = tw.ones(2, 3, requires_grad=True), tw.ones(3, requires_grad=True)
    Add.apply(a, b).sum().backward()
    assert b.grad.tolist() == [2.0, 2.0, 2.0]


def test_without_recording_nothing_is_recorded():
    with tw.no_grad():
        assert not Cube.apply(leaf(1.0)).requires_grad
    assert not Cube.apply(tw.tensor([1.0])).requires_grad
    x = leaf(1.0)
    assert Cube.apply(x).requires_grad


def test_its_result_is_freed_at_once():
    gc.disable()
    try:
        y = Exp.apply(leaf(1.0) * 2)
        alive = weakref.ref(y.node)
        del y
        assert alive() is None
    finally:
        gc.enable()


def test_freed_graphs_and_changed_tensors_are_told():
    x = leaf(1.0)
    y = Cube.apply(x * 1)
    y.sum().backward()
    with pytest.raises(tw.GraphError, match="Cube: its saved arrays were freed"):
        y.sum().backward()
    w = tw.tensor([2.0], dtype=tw.float64)

    class Times(Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(w)
            return x * w

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0], None

    y = Times.apply(x, w)
    w.add_(1)
    with pytest.raises(tw.GraphError, match=r"Times: .* was changed in place"):
        y.sum().backward()


class Wrong(Function):
    given = None

    @staticmethod
    def forward(ctx, x, n):
        return x * n

    @staticmethod
    def backward(ctx, g):
        return Wrong.given


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((None,), tw.GraphError, "Wrong: backward returned 1 gradients for 2 arguments"),
        ((None, tw.ones(1)), tw.GraphError, "argument 1, which is no Tensor"),
        ((tw.ones(3), None), tw.ShapeError, r"shape \(3,\) for argument 0 of shape \(2,\)"),
        ((2.0, None), tw.DTypeError, "not a float"),
    ],
)
def test_what_backward_returns_is_checked(given, error, message):
    Wrong.given = given
    with pytest.raises(error, match=message):
        Wrong.apply(leaf(1.0, 2.0), 2).sum().backward()


def test_what_is_not_here_is_refused():
    class Dirty(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)

    with pytest.raises(tw.UnsupportedError, match="mark_dirty"):
        Dirty.apply(leaf(1.0))
    with pytest.raises(NotImplementedError, match="static method forward"):
        Function.apply(leaf(1.0))
    with pytest.raises(tw.DTypeError, match="attributes"):
        tw.autograd.function.FunctionCtx().save_for_backward(3)


class TestCompiled:
    @pytest.mark.parametrize("function", [Cube, Exp, lambda x: SumAndProduct.apply(x, x * 2)[1]])
    def test_a_step_with_it(self, function):
        apply = getattr(function, "apply", function)
        w = [tw.tensor([0.5, -0.25], requires_grad=True) for _ in range(2)]
        optimizers = [tw.optim.SGD([v], lr=0.1) for v in w]

        def step(which, x):
            optimizers[which].zero_grad()
            loss = apply(w[which] * x).sum()
            loss.backward()
            optimizers[which].step()
            return loss.detach()

        compiled = tw.compile(lambda x: step(0, x))
        for n in range(5):
            x = tw.tensor([1.0, 0.1 * n])
            np.testing.assert_allclose(compiled(x).numpy(), step(1, x).numpy(), rtol=1e-5)
            np.testing.assert_allclose(w[0].numpy(), w[1].numpy(), rtol=1e-5)
        assert compiled.traces == 1

    def test_the_program_names_it(self):
        program = tw.compile(lambda x: Cube.apply(x).sum())
        program(tw.ones(3))
        assert "Cube" in str(program.program)

    def test_numpy_inside_is_refused(self):
        x = tw.ones(2, 2, requires_grad=True)
        with pytest.raises(tw.TraceError):
            tw.compile(lambda w: InNumPy.apply(x, w, 2.0))(tw.ones(2, 2))


class TestShown:
    def test_explained_by_name(self):
        x = leaf(2.0)
        x.name = "x"
        text = str(tw.explain(Cube.apply(x).sum()))
        assert "Cube.backward" in text

    def test_drawn_as_one_step(self):
        a, b = leaf(1.0), leaf(3.0)
        total, product, _ = SumAndProduct.apply(a, b)
        for loss in (Cube.apply(a).sum(), (total * product).sum()):
            assert re.search("Cube|SumAndProduct", tw.draw(loss).source)
            assert "backward" in tw.draw(loss).svg()


class SecondOnly(Function):
    """A product whose backward knows the gradient of its second factor only."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a)
        return a * b

    @staticmethod
    def backward(ctx, g):
        return None, g * ctx.saved_tensors[0]


def test_no_gradient_is_none_and_not_zero():
    a, b = leaf(3.0), leaf(2.0)
    SecondOnly.apply(a, b).sum().backward()
    assert a.grad is None
    assert b.grad.tolist() == [3.0]
    assert tw.grad(SecondOnly.apply(a * 2, b), a, allow_unused=True) == (None,)
    assert tw.grad(SecondOnly.apply(a * 2, b), a, create_graph=True, allow_unused=True) == (None,)
    with pytest.raises(tw.GraphError, match="not used"):
        tw.grad(SecondOnly.apply(a * 2, b), a)
    c = a * 2
    (SecondOnly.apply(c, b) + c).sum().backward()  # another way still gives one
    assert a.grad.tolist() == [2.0]
    (curvature,) = tw.grad(tw.grad(SecondOnly.apply(a, b) ** 2, b, create_graph=True)[0], b)
    assert curvature.tolist() == [18.0]


def test_no_gradient_has_a_picture(tmp_path):
    a, b = leaf(3.0), leaf(2.0)
    loss = SecondOnly.apply(a, b).sum()
    assert "SecondOnly" in str(tw.explain(loss))
    tw.draw(loss, values=True).save(tmp_path / "graph.dot")
    assert "SecondOnly" in (tmp_path / "graph.dot").read_text()


def test_no_gradient_is_none_when_compiled():
    a, b = leaf(3.0), leaf(2.0)

    @tw.compile
    def step():
        a.grad = b.grad = None
        loss = SecondOnly.apply(a, b).sum()
        loss.backward()
        return loss

    for _ in range(3):
        step()
        assert a.grad is None
        assert b.grad.tolist() == [3.0]


class First(tw.autograd.Function):
    @staticmethod
    def forward(ctx, x, whole):
        return x if whole else x[:1]

    @staticmethod
    def backward(ctx, g):
        return tw.cat([g, tw.zeros(2 - g.shape[0])]), None


@pytest.mark.parametrize("whole", [True, False])
def test_a_result_in_the_memory_of_an_argument_is_not_written_to_where_that_is_recorded(whole):
    """The argument would change, and its history would not know."""
    a = leaf(1.0, 2.0)
    x = a * 1
    y = First.apply(x, whole)
    with pytest.raises(tw.GraphError, match=r"written to where the write is recorded"):
        y *= 3
    with pytest.raises(tw.GraphError, match=r"a view of a leaf"):
        First.apply(a, whole).mul_(3)
    assert x.tolist() == a.tolist() == [1.0, 2.0]
    (y * y).sum().backward()
    assert a.grad.tolist() == [2.0, 4.0 * whole]
