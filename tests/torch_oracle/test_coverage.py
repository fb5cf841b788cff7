"""Each public name of PyTorch is here, or a documented no."""

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

from tests.torch_oracle.coverage import NAMESPACES, coverage


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_nothing_is_neither_here_nor_a_documented_no(namespace):
    found = coverage(namespace)
    assert found.neither == []
    assert found.stale == [], "they are here now: take them out of tinygrad_wtf/absent.py"
