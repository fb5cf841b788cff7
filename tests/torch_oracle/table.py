"""The table of all compared operations, by PyTorch's names."""

from __future__ import annotations

from tests.torch_oracle import (
    rows_composed,
    rows_creation,
    rows_elementwise,
    rows_factors,
    rows_functions,
    rows_indexing,
    rows_network,
    rows_recurrence,
    rows_reduction,
    rows_shape,
    rows_windows,
)
from tests.torch_oracle.row import Row

_pages = (
    rows_elementwise,
    rows_functions,
    rows_composed,
    rows_factors,
    rows_reduction,
    rows_shape,
    rows_windows,
    rows_indexing,
    rows_network,
    rows_recurrence,
    rows_creation,
)
TABLE: dict[str, Row] = {name: row for page in _pages for name, row in page.ROWS.items()}
