"""A name of PyTorch that is not here says why, and what to use instead; other names are Python's to refuse."""

import pickle
from importlib import import_module

import pytest

import tinygrad_wtf as tw
from tests.docs.test_import import fresh
from tinygrad_wtf import absent, nn

PLACES = {
    "torch": (tw, "tinygrad_wtf"),
    "Tensor": (tw.tensor([1.0]), "Tensor"),
    "nn": (nn, "tinygrad_wtf.nn"),
    "nn.functional": (nn.functional, "tinygrad_wtf.nn.functional"),
    "nn.init": (nn.init, "tinygrad_wtf.nn.init"),
    "nn.utils": (nn.utils, "tinygrad_wtf.nn.utils"),
    "optim": (nn.optim, "tinygrad_wtf.optim"),
    "linalg": (tw.linalg, "tinygrad_wtf.linalg"),
    "special": (tw.special, "tinygrad_wtf.special"),
}
NOES = [(namespace, name) for namespace in PLACES for name in list(absent.names(namespace))[:6]]


@pytest.mark.parametrize(("namespace", "name"), [*NOES, ("torch", "compile_aot"), ("torch", "complex64")])
def test_a_documented_no_gives_its_reason_and_no_name_that_is_spelt_alike(namespace, name):
    place, owner = PLACES[namespace]
    assert not hasattr(place, name)
    with pytest.raises(AttributeError) as refused:
        getattr(place, name)
    assert str(refused.value) == f"{owner} has no {name!r}: {absent.reason(namespace, name)}"
    assert refused.value.obj is None  # of which Python would read other names


@pytest.mark.parametrize("namespace", PLACES)
def test_a_name_that_nobody_knows_is_refused_as_ever(namespace):
    place, owner = PLACES[namespace]
    with pytest.raises(AttributeError, match=f"'{owner}'( object)? has no attribute 'no_such_name'"):
        place.no_such_name


@pytest.mark.parametrize("namespace", absent.TABLES)
def test_each_reason_names_a_way_out_and_each_name_stands_once(namespace):
    names = [name for line in absent.TABLES[namespace].values() for name in line.split()]
    assert len(names) == len(set(names))
    for reason in absent.TABLES[namespace]:
        assert len(reason) < 130
        assert not reason.endswith(".")


@pytest.mark.parametrize("module", ["fft", "sparse", "distributed"])
def test_a_module_that_is_not_here_gives_its_reason(module):
    with pytest.raises(ModuleNotFoundError, match=f"tinygrad_wtf has no '{module}': there "):
        import_module(f"tinygrad_wtf.{module}")
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        import_module("tinygrad_wtf.no_such_module")


def test_the_table_is_read_only_when_a_name_is_not_found():
    use = "import tinygrad_wtf as tw, sys; from tinygrad_wtf import nn; nn.Linear(1, 1)(tw.ones(1, 1)).sum().backward()"
    assert fresh(f"{use}; print('tinygrad_wtf.absent' in sys.modules)") == ["False"]


def test_a_tensor_can_still_be_asked_for_what_it_has_not():
    t = tw.tensor([1.0])
    assert not hasattr(t, "_no_such_name")
    assert getattr(t, "to_sparse", 5) == 5
    assert pickle.loads(pickle.dumps(t)).tolist() == [1.0]


@pytest.mark.parametrize("wrong", ["a", None, {}])
def test_an_operation_says_what_it_cannot_take(wrong):
    with pytest.raises(tw.DTypeError, match=r"^exp: cannot take .* Give it a Tensor"):
        tw.exp(wrong)
    with pytest.raises(tw.DTypeError, match=r"^mul: cannot take .* Give it a Tensor"):
        tw.mul(tw.ones(2), wrong)
