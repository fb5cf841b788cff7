"""What may be given to an operation by name: its arguments `input` and `other`, and `out`, which takes the result."""

from __future__ import annotations

from typing import Any

NAMES = frozenset({"input", "other", "out"})


def call(op: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The operation on all arguments in their order."""
    if "out" in params:
        return params.pop("out")._take(op(*args, **params), op.name)
    first, second = ((params.pop(name),) if name in params else () for name in ("input", "other"))
    return op(*first, *args, *second, **params)
