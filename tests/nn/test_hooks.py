"""Forward hooks: what they see, what they may change, their order, and that compiled functions notice them."""

import copy

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

X = tw.tensor([[-1.0, 2.0]])


class Scaled(nn.Module):
    def forward(self, x, factor=1.0):
        return x * factor


def test_a_pre_hook_sees_the_arguments_and_may_replace_them():
    layer, seen = Scaled(), []
    layer.register_forward_pre_hook(lambda module, args: seen.append((module, args)))
    layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    assert layer(X, 2.0 * 1).tolist() == [[0.0, 3.0]]  # the second argument was replaced too: only x + 1 is left
    assert seen == [(layer, (X, 2.0))]


def test_a_hook_sees_the_output_and_may_replace_it():
    layer, seen = Scaled(), []
    layer.register_forward_hook(lambda module, args, output: seen.append((args, output.tolist())))
    layer.register_forward_hook(lambda module, args, output: output * 10)
    assert layer(X, 2.0).tolist() == [[-20.0, 40.0]]
    assert seen == [((X, 2.0), [[-2.0, 4.0]])]


def test_hooks_may_see_keywords():
    layer = Scaled()
    layer.register_forward_pre_hook(
        lambda module, args, kwargs: (args, {"factor": kwargs["factor"] + 1}), with_kwargs=True
    )
    layer.register_forward_hook(lambda module, args, kwargs, output: output + kwargs["factor"], with_kwargs=True)
    assert layer(X, factor=2.0).tolist() == [[0.0, 9.0]]


def test_hooks_run_in_order_and_prepend_puts_one_first():
    layer, order = Scaled(), []
    for number in (1, 2):
        layer.register_forward_hook(lambda *seen, number=number: order.append(number))
    layer.register_forward_hook(lambda *seen: order.append(0), prepend=True)
    layer(X)
    assert order == [0, 1, 2]


def test_a_handle_takes_its_hook_away_once():
    layer = Scaled()
    handle = layer.register_forward_hook(lambda *seen: seen[-1] * 10)
    with layer.register_forward_hook(lambda *seen: seen[-1] + 1):
        assert layer(X).tolist() == [[-9.0, 21.0]]
    assert layer(X).tolist() == [[-10.0, 20.0]]
    handle.remove()
    handle.remove()
    assert layer(X).tolist() == X.tolist()


def test_hooks_of_layers_in_a_container_run():
    net, seen = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid()), []
    for layer in net:
        layer.register_forward_hook(lambda module, args, output: seen.append((type(module).__name__, output.shape)))
    net(X)
    assert seen == [("Linear", (1, 3)), ("Sigmoid", (1, 3))]


def test_a_copy_has_the_hooks_and_its_own_handles():
    layer = Scaled()
    handle = layer.register_forward_hook(lambda *seen: seen[-1] * 10)
    other = copy.deepcopy(layer)
    handle.remove()
    assert layer(X).tolist() == X.tolist()
    assert other(X).tolist() == [[-10.0, 20.0]]


@pytest.mark.parametrize("register", ["register_forward_hook", "register_forward_pre_hook"])
def test_what_cannot_be_called_is_refused(register):
    layer = Scaled()
    with pytest.raises(TypeError, match="a hook is a function, not a int"):
        getattr(layer, register)(3)
    assert layer(X).tolist() == X.tolist()


def test_a_pre_hook_with_keywords_that_returns_no_pair_is_told():
    layer = Scaled()
    layer.register_forward_pre_hook(lambda module, args, kwargs: args[0], with_kwargs=True)
    with pytest.raises(TypeError, match=r"pair \(args, kwargs\), not a Tensor"):
        layer(X)


def test_a_compiled_function_notices_hooks_that_come_and_go():
    layer = Scaled()
    compiled = tw.compile(lambda x: layer(x).sum())
    for _ in range(3):
        assert compiled(X).item() == 1.0
    handle = layer.register_forward_hook(lambda module, args, output: output * 10)
    for _ in range(3):
        assert compiled(X).item() == 10.0
    handle.remove()
    before = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    for _ in range(3):
        assert compiled(X).item() == 3.0
    before.remove()
    assert compiled(X).item() == 1.0


def test_summary_and_the_search_for_numbers_that_are_not_finite_leave_no_hook():
    net = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    nn.summary(net, (1, 2))
    with pytest.raises(nn.NonFiniteError):
        nn.fit(net, lambda a, y: (a - y).mean() / 0.0, nn.optim.SGD(net.parameters()), (X, [[1.0]]), 1)
    assert not any(
        vars(module).get(name) for module in net.modules() for name in ("_forward_hooks", "_forward_pre_hooks")
    )


class Two(nn.Module):
    def forward(self, x, y):
        return x * y, x + y


def test_a_backward_hook_sees_all_gradients_of_inputs_and_outputs():
    layer, seen = Two(), []
    layer.register_full_backward_hook(lambda module, gx, gy: seen.append([g.tolist() for g in (*gx, *gy)]))
    x, y = tw.tensor([2.0], requires_grad=True), tw.tensor([3.0], requires_grad=True)
    a, b = layer(x, y)
    (10 * a + b).sum().backward()
    assert seen == [[[31.0], [21.0], [10.0], [1.0]]]
    assert (x.grad.tolist(), y.grad.tolist()) == ([31.0], [21.0])


def test_what_backward_hooks_return_takes_the_gradients_place():
    layer = Scaled()
    layer.register_full_backward_pre_hook(lambda module, gy: (10 * gy[0],))
    layer.register_full_backward_hook(lambda module, gx, gy: (gx[0] + gy[0], None))
    x = tw.tensor([2.0], requires_grad=True)
    layer(x, 3.0).sum().backward()
    assert x.grad.tolist() == [40.0]  # 10 · 3, and the 10 that the pre-hook made of 1
    layer.register_full_backward_hook(lambda module, gx, gy: (gx[0], gx[0], None))
    with pytest.raises(RuntimeError, match="3 gradients in the place of 2"):
        layer(x, 3.0).sum().backward()


def test_a_backward_hook_is_called_without_inputs_that_require_gradients():
    layer, seen = nn.Linear(1, 1), []
    handle = layer.register_full_backward_hook(lambda module, gx, gy: seen.append((gx, gy[0].tolist())))
    layer(tw.ones(1, 1)).sum().backward()
    assert seen == [((None,), [[1.0]])]
    handle.remove()
    layer(tw.ones(1, 1)).sum().backward()
    assert len(seen) == 1


def test_hooks_of_all_modules_come_first_and_go():
    order, layer = [], nn.Sequential(nn.Tanh())
    layer[0].register_forward_hook(lambda *seen: order.append("own"))
    hook = nn.modules.module.register_module_forward_hook(lambda module, *seen: order.append(type(module).__name__))
    with hook, nn.modules.module.register_module_forward_pre_hook(lambda module, args: order.append("before")):
        layer(X)
    layer(X)
    assert order == ["before", "before", "Tanh", "own", "Sequential", "own"]


def test_hooks_of_all_modules_see_gradients():
    seen, module = [], nn.modules.module
    x = tw.tensor([1.0], requires_grad=True)
    with (
        module.register_module_full_backward_hook(lambda m, gx, gy: seen.append(gx[0].item())),
        module.register_module_full_backward_pre_hook(lambda m, gy: (2 * gy[0],)),
    ):
        Scaled()(x, 3.0).backward()
    assert seen == [6.0]


def test_registration_can_be_watched():
    seen, module = [], nn.modules.module
    with (
        module.register_module_parameter_registration_hook(lambda m, name, p: seen.append(name)),
        module.register_module_buffer_registration_hook(lambda m, name, b: seen.append(name)),
        module.register_module_module_registration_hook(lambda m, name, child: seen.append(name)),
    ):
        nn.Sequential(nn.BatchNorm1d(2, affine=False), nn.PReLU())
    nn.PReLU()
    assert [name for name in seen if name not in ("bias", "num_batches_tracked")] == [
        "weight", "running_mean", "running_var", "weight", "0", "1",
    ]  # fmt: skip


def test_a_hook_can_be_called_after_a_forward_that_raised():
    class Broken(nn.Module):
        def forward(self, x):
            raise ValueError("broken")

    layer, seen = Broken(), []
    layer.register_forward_hook(lambda module, args, output: seen.append(1))
    layer.register_forward_hook(lambda module, args, output: seen.append(output), always_call=True)
    with pytest.raises(ValueError, match="broken"):
        layer(X)
    assert seen == [None]


def test_compiled_backward_hooks_change_gradients_too():
    layer = nn.Linear(2, 1)
    layer.register_full_backward_pre_hook(lambda module, gy: (3 * gy[0],))

    def step(x):
        layer.zero_grad()
        layer(x).sum().backward()
        return layer.weight.grad

    compiled = tw.compile(step)
    for _ in range(3):
        assert compiled(X).tolist() == [[-3.0, 6.0]]


def test_a_backward_hook_sees_zeros_for_a_tensor_that_requires_no_gradient():
    class Product(nn.Module):
        def forward(self, a, b, factor):
            return a * b * factor

    seen = []
    layer = Product()
    layer.register_full_backward_hook(lambda module, inputs, outputs: seen.append(inputs))
    layer(tw.tensor([2.0], requires_grad=True), tw.tensor([5.0]), 3).sum().backward()
    ((a, b, factor),) = seen
    assert (a.tolist(), b.tolist(), factor) == ([15.0], [0.0], None)


def test_a_backward_hook_is_not_called_for_an_output_in_a_dictionary():
    class Named(nn.Module):
        def forward(self, x):
            return {"y": x * 2}

    seen = []
    layer, x = Named(), tw.ones(2, requires_grad=True)
    layer.register_full_backward_hook(lambda *gradients: seen.append(gradients))
    layer(x)["y"].sum().backward()
    assert seen == []
    assert x.grad.tolist() == [2.0, 2.0]
