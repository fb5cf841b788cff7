"""Operations: the table, a page of rows for each kind, and the functions that are made of rows.

A *row* is an `Op`: its value and its derivative are written there (`ops.rows`) and nowhere else. What PyTorch calls an
operation is a row or a function of rows, with PyTorch's arguments and checks (`ops.functions`). Nothing here knows what
flows through it. `ops.public` lists what is public in `tinygrad_wtf`.
"""

from typing import Any

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import functions as functions
from tinygrad_wtf.ops import public as public
from tinygrad_wtf.ops import rows as rows

Op.built_in = frozenset(Op.table)
PUBLIC: dict[str, Any] = {name: value for name, value in vars(public).items() if not name.startswith("_")}
