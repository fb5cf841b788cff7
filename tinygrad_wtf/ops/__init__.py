"""The table of operations, one room for each kind.

A *row* is an `Op`: its value and its derivative are written there and nowhere else. Every other public function of
these rooms is a composition of rows. Nothing here knows what flows through it. What a room defines under a public
name is public in `tinygrad_wtf` too.
"""

from types import FunctionType, ModuleType
from typing import Any

from tinygrad_wtf.op import Op
from tinygrad_wtf.ops import activation, arithmetic, comparison, elementary, indexing, linalg, loss, reduction, shape
from tinygrad_wtf.ops.activation import *
from tinygrad_wtf.ops.arithmetic import *
from tinygrad_wtf.ops.comparison import *
from tinygrad_wtf.ops.elementary import *
from tinygrad_wtf.ops.indexing import *
from tinygrad_wtf.ops.linalg import *
from tinygrad_wtf.ops.loss import *
from tinygrad_wtf.ops.reduction import *
from tinygrad_wtf.ops.shape import *

ROOMS = (arithmetic, elementary, activation, loss, comparison, reduction, shape, indexing, linalg)


def _defined(room: ModuleType) -> dict[str, Any]:
    """The operations that a room defines, by public name; not what it imports from others."""
    return {
        name: value
        for name, value in vars(room).items()
        if name[0] != "_"
        and ((isinstance(value, FunctionType) and value.__module__ == room.__name__) or isinstance(value, Op))
    }


PUBLIC = {name: value for room in ROOMS for name, value in _defined(room).items()}
globals()["__all__"] = list(PUBLIC)  # written so that type checkers, who cannot run it, take all names as public
