"""Each public name of PyTorch is here, or a documented no."""

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

from tests.torch_oracle import signatures
from tests.torch_oracle.coverage import NAMESPACES, coverage


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_nothing_is_neither_here_nor_a_documented_no(namespace):
    found = coverage(namespace)
    assert found.neither == []
    assert found.stale == [], "they are here now: take them out of tinygrad_wtf/absent.py"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_arguments_and_defaults_are_pytorchs(namespace):
    found = signatures.compared(namespace)
    wrong = {f"{namespace}.{name}": how for name, how in found.items() if how}
    assert {name: how for name, how in wrong.items() if name not in signatures.DIFFERENT} == {}
    listed = {name for name in signatures.DIFFERENT if name.rpartition(".")[0] == namespace}
    assert {name for name in listed if name not in wrong} == set(), "they agree now: take them out of the list"
