"""The table of operations, one room for each kind.

A *row* is an `Op`: its value and its derivative are written there and nowhere else. Every other public function of
these rooms is a composition of rows. Nothing here knows what flows through it. What a room defines under a public
name is public in `tinygrad_wtf` too.
"""

from types import FunctionType, ModuleType
from typing import Any

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import sum_to as sum_to
from tinygrad_wtf.ops import (
    activation,
    arithmetic,
    choice,
    comparison,
    convolution,
    diagonals,
    einstein,
    elementary,
    extremes,
    indexing,
    joining,
    lookup,
    loss,
    normalization,
    padding,
    pooling,
    product,
    reduction,
    repeating,
    rounding,
    scan,
    scattering,
    shape,
    sorting,
    special,
    vectors,
)
from tinygrad_wtf.ops.activation import *
from tinygrad_wtf.ops.arithmetic import *
from tinygrad_wtf.ops.choice import *
from tinygrad_wtf.ops.comparison import *
from tinygrad_wtf.ops.convolution import *
from tinygrad_wtf.ops.diagonals import *
from tinygrad_wtf.ops.einstein import *
from tinygrad_wtf.ops.elementary import *
from tinygrad_wtf.ops.extremes import *
from tinygrad_wtf.ops.indexing import *
from tinygrad_wtf.ops.joining import *
from tinygrad_wtf.ops.linalg import det as det
from tinygrad_wtf.ops.linalg import inverse as inverse
from tinygrad_wtf.ops.linalg import logdet as logdet
from tinygrad_wtf.ops.linalg import matrix_power as matrix_power
from tinygrad_wtf.ops.linalg import slogdet as slogdet
from tinygrad_wtf.ops.lookup import *
from tinygrad_wtf.ops.loss import *
from tinygrad_wtf.ops.normalization import *
from tinygrad_wtf.ops.norms import norm as norm
from tinygrad_wtf.ops.padding import *
from tinygrad_wtf.ops.pooling import *
from tinygrad_wtf.ops.product import *
from tinygrad_wtf.ops.reduction import *
from tinygrad_wtf.ops.repeating import *
from tinygrad_wtf.ops.rounding import *
from tinygrad_wtf.ops.scan import *
from tinygrad_wtf.ops.scattering import *
from tinygrad_wtf.ops.shape import *
from tinygrad_wtf.ops.sorting import *
from tinygrad_wtf.ops.special import *
from tinygrad_wtf.ops.vectors import *

ROOMS = (
    arithmetic,
    rounding,
    choice,
    elementary,
    special,
    activation,
    vectors,
    loss,
    comparison,
    reduction,
    extremes,
    scan,
    sorting,
    shape,
    joining,
    repeating,
    padding,
    indexing,
    scattering,
    lookup,
    product,
    einstein,
    diagonals,
    convolution,
    pooling,
    normalization,
)


def _defined(room: ModuleType) -> dict[str, Any]:
    """The operations that a room defines, by public name; not what it imports from others."""
    return {
        name: value
        for name, value in vars(room).items()
        if name[0] != "_"
        and ((isinstance(value, FunctionType) and value.__module__ == room.__name__) or isinstance(value, Op))
    }


PUBLIC = {name: value for room in ROOMS for name, value in _defined(room).items()}
# Of the rooms that `tinygrad_wtf.linalg` shows, what PyTorch has outside too.
PUBLIC |= {"det": det, "inverse": inverse, "logdet": logdet, "matrix_power": matrix_power, "slogdet": slogdet}
PUBLIC |= {"norm": norm}
globals()["__all__"] = list(PUBLIC)  # written so that type checkers, who cannot run it, take all names as public
