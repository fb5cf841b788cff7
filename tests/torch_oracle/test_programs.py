"""Programs of PyTorch's users run here with only their import lines changed, and reach PyTorch's numbers."""

import os
import re

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import torch

import tinygrad_wtf as tw
from tests.torch_oracle.programs import FOLDER, NAMES, TOLERANCE, compared, missing_data, steps_of
from tests.torch_oracle.replay import Recorder, for_torch, load, replayed

SAMPLE = "TGWTF_ORACLE_EVERY" in os.environ  # a few steps of each: a sample for CI


@pytest.fixture(autouse=True)
def _one_thread():
    """PyTorch's sums in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", NAMES)
def test_losses_are_pytorchs(name, dtype):
    if reason := missing_data(name):
        pytest.skip(reason)
    count, difference = compared(name, dtype, steps_of(name, 4 if SAMPLE else 50))
    assert count >= 4
    assert difference <= TOLERANCE[dtype], f"largest relative difference {difference:.1e}"


@pytest.mark.parametrize("name", NAMES)
def test_only_import_lines_differ(name):
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    changed = [(a, b) for a, b in zip(source.splitlines(), for_torch(source).splitlines(), strict=True) if a != b]
    assert changed
    assert all(re.match(r"\s*(import|from) tinygrad_wtf", a) for a, _ in changed)
    assert "tinygrad_wtf" not in for_torch(source)


MODELS = {
    "digits_cnn": (lambda m: m["Net"](), (3, 1, 8, 8)),
    "residual_net": (lambda m: m["ResNet"](), (3, 1, 8, 8)),
    "segmentation": (lambda m: m["UNet"](), (2, 1, 8, 8)),
    "sine_wave": (lambda m: m["Forecaster"]("LSTM", num_layers=2), (2, 7, 1)),
    "tiny_gpt": (lambda m: m["GPT"](m["Config"](30)), None),
    "transformer": (lambda m: m["Sorter"](), None),
    "vae": (lambda m: m["VAE"](), None),
}


@pytest.mark.parametrize("name", MODELS)
def test_state_dicts_move_to_pytorch_and_back(name):
    make, _ = MODELS[name]
    ours, theirs = (make(load(FOLDER / f"{name}.py", library)) for library in (tw, torch))
    for p in ours.parameters():  # recognisable
        p.data = tw.randn(*p.shape)
    state = ours.state_dict()
    theirs.load_state_dict({key: torch.from_numpy(value.numpy().copy()) for key, value in state.items()})
    back = theirs.state_dict()
    assert list(back) == list(state)
    again = make(load(FOLDER / f"{name}.py", tw))
    again.load_state_dict({key: tw.from_numpy(value.numpy()) for key, value in back.items()})
    for key, value in again.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), state[key].numpy())


@pytest.mark.parametrize("name", [name for name, (_, shape) in MODELS.items() if shape])
def test_models_with_moved_weights_answer_alike(name):
    make, shape = MODELS[name]
    ours, theirs = (make(load(FOLDER / f"{name}.py", library)).eval() for library in (tw, torch))
    ours.load_state_dict({key: tw.from_numpy(value.numpy()) for key, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    with torch.no_grad():
        expected, found = theirs(torch.from_numpy(x)), ours(tw.from_numpy(x))
    expected, found = (out[0] if isinstance(out, tuple) else out for out in (expected, found))
    np.testing.assert_allclose(found.detach().numpy(), expected.numpy(), rtol=1e-4, atol=1e-5)


DRAWS = {  # what is drawn, in both libraries
    "rand": lambda t: t.rand(3),
    "randn": lambda t: t.randn(2, 2),
    "rand_like": lambda t: t.rand_like(t.zeros(3)),
    "randn_like": lambda t: t.randn_like(t.zeros(3)),
    "randint": lambda t: t.randint(3, 9, (4,)),
    "randperm": lambda t: t.randperm(5),
    "bernoulli": lambda t: t.bernoulli(t.tensor([0.2, 0.5, 0.9, 1.0, 0.0])),
    "normal": lambda t: t.normal(t.tensor([1.0, 2.0]), t.tensor([0.5, 3.0])),
    "multinomial": lambda t: t.multinomial(t.tensor([[0.2, 0.0, 0.8], [0.5, 0.3, 0.2]]), 5, replacement=True),
    "multinomial without replacement": lambda t: t.multinomial(t.tensor([0.2, 0.1, 0.3, 0.4]), 3),
    "dropout": lambda t: t.nn.functional.dropout(t.ones(12), 0.4),
    "uniform_": lambda t: t.nn.init.uniform_(t.zeros(3), -2, 5),
    "normal_": lambda t: t.nn.init.normal_(t.zeros(3), 1, 2),
    "xavier_uniform_": lambda t: t.nn.init.xavier_uniform_(t.zeros(3, 2)),
    "gumbel_softmax": lambda t: t.nn.functional.gumbel_softmax(t.tensor([0.1, 0.7, 0.2])),
    "Linear": lambda t: t.nn.Linear(3, 2).bias.detach(),
}


@pytest.mark.parametrize("name", DRAWS)
def test_replayed_draws_are_pytorchs(name):
    with Recorder() as recorder:
        expected = DRAWS[name](torch)
    with replayed(recorder.draws):
        found = DRAWS[name](tw)
    assert not recorder.draws
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5)


def test_another_order_of_draws_is_noticed():
    with Recorder() as recorder:
        torch.rand(2), torch.randn(2)
    with (
        replayed(recorder.draws),
        pytest.raises(AssertionError, match=r"standard_normal of \(2,\): PyTorch drew random"),
    ):
        tw.randn(2)
