"""Every operation against PyTorch's: on the project's samples and on PyTorch's own."""

import os

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

from tests.torch_oracle import names
from tests.torch_oracle.row import Row
from tests.torch_oracle.subject import FLOATS, REST, WHOLE, quiet_torch, run, subjects
from tests.torch_oracle.table import TABLE

MOST = 60  # of PyTorch's samples for each operation and dtype; the report runs them all
EVERY = int(os.environ.get("TGWTF_ORACLE_EVERY", "1"))  # 10 takes each tenth operation: a sample for CI


@pytest.mark.parametrize("subject", subjects()[::EVERY], ids=str)
def test_it_agrees_with_pytorch(subject, record_property):
    quiet_torch()
    own = subject.source == "table"
    outcome = run(subject, (*FLOATS, *WHOLE, *(REST if own else ())), 10**9 if own else MOST)
    record_property("torch_oracle", dict(outcome.count))
    lines = [f"{where} ({len(all_)}): {all_[0]}" for where, all_ in outcome.failures.items()]
    assert not lines, "\n" + "\n".join(lines[:12])


@pytest.mark.parametrize("name", [name for name in names.GROUP_OF if not name.startswith("__")])
def test_every_operation_is_in_the_table_with_twenty_samples_in_each_dtype(name):
    if name in names.ONLY_PYTORCHS_SAMPLES:
        pytest.skip("another name or form of an operation of the table")
    row: Row = TABLE[name]
    for dtype in FLOATS if row.floats else WHOLE[:1]:
        assert len(list(row.samples(name, dtype))) >= 20
