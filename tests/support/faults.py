"""Rows with a planted fault, to see that a test or a picture would show it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tinygrad_wtf.core.op import Op


@contextmanager
def wrong_sign(name: str, i: int = 0) -> Iterator[None]:
    """The row of this name with the wrong sign in its derivative by argument `i`."""
    row = Op.table[name]
    rules, partials = row.vjps, row.partials
    assert isinstance(rules, tuple)
    right = rules[i]
    assert right is not None
    row.vjps = (*rules[:i], lambda *args, **params: -right(*args, **params), *rules[i + 1 :])
    if partials and (partial := partials[i]) is not None:
        row.partials = (*partials[:i], lambda *args, **params: -partial(*args, **params), *partials[i + 1 :])
    try:
        yield
    finally:
        row.vjps, row.partials = rules, partials
