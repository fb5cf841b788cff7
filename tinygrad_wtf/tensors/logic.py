"""`&`, `|`, `^`, `~` of tensors: of booleans alone. Of integers they would be bits elsewhere, so they are refused."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.rows.comparison import logical_and, logical_not, logical_or, logical_xor
from tinygrad_wtf.tensors.operators import _answers
from tinygrad_wtf.tensors.promotion import described


def _of_booleans(sign: str, row: Op, reflected: bool = False) -> Any:
    name = {"&": "and", "|": "or", "^": "xor"}.get(sign, "")
    name = f"__{name}__" if reflected else f"__r{name}__"

    def method(self: TensorBase, *others: Any) -> Any:
        operands = (*others, self) if reflected else (self, *others)
        if others and _answers(others[0], name):
            return NotImplemented
        for a in operands:
            if not isinstance(a, bool) and getattr(a, "dtype", None) != dtypes.bool:
                raise DTypeError(
                    f"takes booleans, not {getattr(a, 'dtype', None) or described(a)}",
                    op=sign,
                    hint=f"Compare first, as in (x > 0), or use {row.name}",
                )
        return row(*operands)

    return method


class Logic(TensorBase):
    """The logical operators."""

    __slots__ = ()

    __and__ = _of_booleans("&", logical_and)
    __rand__ = _of_booleans("&", logical_and, reflected=True)
    __or__ = _of_booleans("|", logical_or)
    __ror__ = _of_booleans("|", logical_or, reflected=True)
    __xor__ = _of_booleans("^", logical_xor)
    __rxor__ = _of_booleans("^", logical_xor, reflected=True)
    __invert__ = _of_booleans("~", logical_not)
