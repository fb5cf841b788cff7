"""Devices as habit: all can be named, the processor alone can be used, and the others are refused with the way out."""

import copy
import pickle
import warnings

import pytest

import tinygrad_wtf as tw
from tests.docs.test_import import fresh
from tinygrad_wtf import nn


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: tw.device("cpu"), "cpu"),
        (lambda: tw.device("cuda"), "cuda"),
        (lambda: tw.device("cuda:1"), "cuda:1"),
        (lambda: tw.device("cuda", 1), "cuda:1"),
        (lambda: tw.device(type="mps", index=0), "mps:0"),
        (lambda: tw.device(tw.device("cuda:2")), "cuda:2"),
    ],
)
def test_a_device_has_a_type_and_a_number(made, text):
    device = made()
    kind, _, number = text.partition(":")
    assert (str(device), device.type, device.index) == (text, kind, int(number) if number else None)
    assert eval(repr(device), {"device": tw.device}) == device == tw.device(text)
    assert {device: 1}[tw.device(text)] == 1
    assert pickle.loads(pickle.dumps(device)) == device == copy.deepcopy(device)


def test_devices_differ_by_type_and_number_and_are_no_texts():
    assert len({tw.device(d) for d in ("cpu", "cuda", "cuda:0", "cuda:1", "mps")}) == 5
    assert tw.device("cpu") != "cpu"
    with pytest.raises(AttributeError):
        tw.device("cpu").index = 1


@pytest.mark.parametrize("wrong", ["gpu", "cuda:", "cuda:x", "cuda:-1", "", None, 1.5])
def test_what_is_no_device_is_refused(wrong):
    with pytest.raises((tw.SettingError, RuntimeError)):
        tw.device(wrong)
    with pytest.raises(tw.SettingError):
        tw.device("cuda:0", 1)


CREATED = {
    "tensor": lambda **kw: tw.tensor([1.0], **kw),
    "as_tensor": lambda **kw: tw.as_tensor([1.0], **kw),
    "Tensor": lambda **kw: tw.Tensor([1.0], **kw),
    "zeros": lambda **kw: tw.zeros(2, **kw),
    "ones": lambda **kw: tw.ones(2, **kw),
    "empty": lambda **kw: tw.empty(2, **kw),
    "full": lambda **kw: tw.full((2,), 1.0, **kw),
    "eye": lambda **kw: tw.eye(2, **kw),
    "arange": lambda **kw: tw.arange(2, **kw),
    "linspace": lambda **kw: tw.linspace(0, 1, 3, **kw),
    "logspace": lambda **kw: tw.logspace(0, 1, 3, **kw),
    "tril_indices": lambda **kw: tw.tril_indices(2, 2, **kw),
    "triu_indices": lambda **kw: tw.triu_indices(2, 2, **kw),
    "rand": lambda **kw: tw.rand(2, **kw),
    "randn": lambda **kw: tw.randn(2, **kw),
    "randint": lambda **kw: tw.randint(3, (2,), **kw),
    "randperm": lambda **kw: tw.randperm(3, **kw),
    "normal": lambda **kw: tw.normal(0.0, 1.0, (2,), **kw),
    "zeros_like": lambda **kw: tw.zeros_like(tw.ones(2), **kw),
    "ones_like": lambda **kw: tw.ones_like(tw.ones(2), **kw),
    "empty_like": lambda **kw: tw.empty_like(tw.ones(2), **kw),
    "full_like": lambda **kw: tw.full_like(tw.ones(2), 3.0, **kw),
    "rand_like": lambda **kw: tw.rand_like(tw.ones(2), **kw),
    "randn_like": lambda **kw: tw.randn_like(tw.ones(2), **kw),
    "randint_like": lambda **kw: tw.randint_like(tw.ones(2), 3, **kw),
    "new_zeros": lambda **kw: tw.ones(2).new_zeros(2, **kw),
    "new_ones": lambda **kw: tw.ones(2).new_ones(2, **kw),
    "new_empty": lambda **kw: tw.ones(2).new_empty(2, **kw),
    "new_full": lambda **kw: tw.ones(2).new_full((2,), 1.0, **kw),
    "new_tensor": lambda **kw: tw.ones(2).new_tensor([1.0], **kw),
    "to": lambda **kw: tw.ones(2).to(**kw),
}


@pytest.mark.parametrize("make", CREATED.values(), ids=CREATED)
def test_a_tensor_is_made_on_the_processor_and_nowhere_else(make):
    for here in ("cpu", "cpu:0", tw.device("cpu"), None):
        assert make(device=here).device == tw.device("cpu")
    for elsewhere in ("cuda", "cuda:1", tw.device("mps"), 0):
        with pytest.raises(tw.UnsupportedError, match=r'there is no device .* here.*"cpu"'):
            make(device=elsewhere)


def test_pinned_memory_is_refused_as_in_pytorch_without_a_gpu():
    assert tw.zeros(2, pin_memory=False).shape == (2,)
    for pinned in (lambda: tw.zeros(2, pin_memory=True), lambda: tw.zeros(2).pin_memory()):
        with pytest.raises(tw.UnsupportedError, match="GPU"):
            pinned()


def test_to_takes_dtypes_devices_and_tensors_in_pytorchs_orders():
    t, cpu = tw.tensor([1.0, 2.0]), tw.device("cpu")
    for same in (
        t.to("cpu"),
        t.to(cpu),
        t.to(cpu, non_blocking=True),
        t.to(tw.float32),
        t.to(t),
        t.to(device=cpu),
        t.cpu(),
    ):
        assert same is t
    wide = tw.zeros(1, dtype=tw.float64)
    wider = (t.to(tw.float64), t.to(cpu, tw.float64), t.to("cpu", dtype=tw.float64), t.to(wide), t.to("float64"))
    for converted in (*wider, t.to(other=wide), t.to(tw.double, True), t.to(dtype=float), t.type_as(wide)):
        assert (converted.dtype, converted.tolist()) == (tw.float64, [1.0, 2.0])
    for copied in (t.to("cpu", copy=True), t.to(tw.float32, False, True), t.to(tw.float32, copy=True)):
        assert copied is not t
        assert copied.data_ptr() != t.data_ptr()
    for elsewhere in (lambda: t.to("cuda"), lambda: t.to("mps:0", tw.float64), lambda: t.cuda(), lambda: t.to(0)):
        with pytest.raises(tw.UnsupportedError, match="there is no device"):
            elsewhere()
    with pytest.raises(tw.DTypeError, match="'cpo' is not a dtype"):
        t.to("cpo")


def test_gradients_pass_through_to():
    w = tw.tensor([1.0, 2.0], requires_grad=True)
    (w.to("cpu", tw.float64) * 3).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]
    assert w.grad.dtype == tw.float32


def test_a_module_is_moved_by_habit():
    model = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1)).double()
    for moved in (model.to("cpu"), model.to(tw.device("cpu"), non_blocking=True), model.cpu(), model.to(device="cpu")):
        assert moved is model
        assert model[0].weight.dtype == tw.float64
    assert model.to("cpu", tw.float32)[0].weight.dtype == tw.float32
    assert model.to(tw.zeros(1, dtype=tw.float64))[0].weight.dtype == tw.float64
    for elsewhere in (lambda: model.to("cuda"), lambda: model.cuda(), lambda: model.to(tw.device("cuda"), tw.float32)):
        with pytest.raises(tw.UnsupportedError, match="there is no device"):
            elsewhere()
    assert model[0].weight.dtype == tw.float64
    with pytest.raises(tw.DTypeError, match="int64"):
        model.to(tw.int64)
    assert model.to_empty(device="cpu") is model.share_memory() is model
    with pytest.raises(tw.UnsupportedError):
        model.to_empty(device="cuda")


def test_what_scripts_ask_of_gpus_is_answered_with_no():
    tw.cuda.manual_seed(0)
    tw.cuda.manual_seed_all(0)
    assert (tw.cuda.is_available(), tw.cuda.device_count(), tw.cuda.memory_allocated()) == (False, 0, 0)
    assert not any(getattr(tw.backends, name).is_available() for name in ("cudnn", "mps", "mkl", "mkldnn", "openmp"))
    tw.backends.cudnn.benchmark = True
    tw.backends.cuda.matmul.allow_tf32 = True
    assert fresh("import tinygrad_wtf.backends.cudnn as cudnn; print(cudnn.deterministic)") == ["False"]
    for refused in (tw.cuda.synchronize, tw.cuda.current_device, tw.cuda.get_device_name):
        with pytest.raises(tw.UnsupportedError, match="no GPU"):
            refused()
    with pytest.raises(AttributeError, match=r"tinygrad_wtf\.cuda has no 'Stream'"):
        tw.cuda.Stream
    assert not tw.ones(2).is_cuda
    assert tw.ones(2).get_device() == -1


def test_the_default_device_is_the_processor():
    tw.set_default_device("cpu")
    tw.set_default_device(None)
    with tw.device("cpu"):
        assert tw.get_default_device() == tw.zeros(2).device
    for elsewhere in (lambda: tw.set_default_device("cuda"), lambda: tw.device("cuda").__enter__()):
        with pytest.raises(tw.UnsupportedError, match="there is no device 'cuda' here"):
            elsewhere()


SAID = """
import warnings, tinygrad_wtf as tw
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    with tw.autocast("cuda", enabled=False):
        tw.GradScaler(enabled=False)
    print(len(said))
    for _ in range(2):
        with tw.amp.autocast("cpu", dtype=tw.float16), tw.cuda.amp.autocast():
            assert (tw.ones(2, 2) @ tw.ones(2, 2)).dtype == tw.float32
        tw.GradScaler(), tw.amp.GradScaler("cuda"), tw.cuda.amp.GradScaler()
    print(*sorted(str(w.message).split()[0] for w in said), *{w.filename for w in said})
"""


def test_mixed_precision_does_nothing_and_says_so_once():
    assert fresh(SAID) == ["0", "GradScaler", "autocast", "<string>"]


def test_a_scaler_takes_the_steps_of_the_optimizer():
    w = nn.Parameter(tw.tensor([1.0]))
    optimizer = tw.optim.SGD([w], lr=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scaler = tw.GradScaler()
    scaler.scale((w * w).sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    scaler.load_state_dict(scaler.state_dict())
    assert w.tolist() == [0.0]
    assert not scaler.is_enabled()


def test_autocast_is_a_decorator_too():
    @tw.autocast("cpu", enabled=False)
    def product(x):
        return x @ x

    assert product(tw.ones(2, 2)).tolist() == [[2.0, 2.0], [2.0, 2.0]]
