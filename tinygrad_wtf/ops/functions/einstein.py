"""Einstein's sums: products over named axes, of which those missing from the result are summed.

`einsum` first makes its operands plain: diagonals are taken, axes that nothing else names are summed, sizes of 1 that
would be stretched are dropped. What is left is a row whose derivatives are the same row with other names.
"""

from __future__ import annotations

import builtins
import string
from typing import Any

from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.functions.diagonals import diagonal
from tinygrad_wtf.ops.functions.product import _alike
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.functions.shape import permute
from tinygrad_wtf.ops.rows import product as rows
from tinygrad_wtf.ops.rows.shape import reshaped

LETTERS = string.ascii_uppercase + string.ascii_lowercase  # in the order in which a result names them by itself


def _wrong(message: str, operands: Any) -> ShapeError:
    return ShapeError(message, op="einsum", shapes=[x.shape for x in operands], hint="Each axis needs one letter")


def _letters(listed: Any) -> str:
    """Axes given as numbers, by their letters."""
    try:
        return "".join("..." if n is Ellipsis else LETTERS[range(52)[n]] for n in listed)
    except (IndexError, TypeError):
        raise ShapeError(f"axes are named by numbers from 0 to 51 and ..., not {listed!r}", op="einsum") from None


def _formula(equation: Any, operands: tuple[Any, ...]) -> tuple[list[str], str | None, tuple[Any, ...]]:
    """The names of the operands' axes, those of the result unless they are left out, and the operands."""
    if not isinstance(equation, str):  # the operands, each followed by the numbers of its axes
        given = (equation, *operands)
        paired = len(given) // 2 * 2
        for x in given[:paired:2]:
            taken("einsum", x)
        result = _letters(given[-1]) if len(given) > paired else None
        return [_letters(listed) for listed in given[1:paired:2]], result, tuple(given[:paired:2])
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    left, arrow, right = equation.replace(" ", "").partition("->")
    return left.split(","), right if arrow else None, operands


def _expanded(names: str, count: int, free: str, operands: Any) -> str:
    """The names with letters in place of the dots, for as many axes as they stand for."""
    before, dots, after = names.partition("...")
    if not all(name in LETTERS for name in before + after):
        raise _wrong(f"axes are named by letters and ..., not {names!r}", operands)
    return before + (free[len(free) - count :] if dots and count else "") + after


def _named(equation: Any, given: tuple[Any, ...]) -> tuple[list[Any], list[str], str]:
    """The operands, a letter for each of their axes, and those of the result."""
    terms, result, operands = _formula(equation, given)
    for x in operands:
        taken("einsum", x)
    if len(terms) != len(operands) or not operands:
        raise _wrong(f"{len(terms)} terms were written for {len(operands)} operands", operands)
    hidden = [x.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands, strict=True)]
    for term, x, more in zip(terms, operands, hidden, strict=True):
        if more < 0 or (more and "..." not in term):
            raise _wrong(f"{term!r} names another number of axes than {x.ndim}", operands)
    used = "".join(terms) + (result or "")
    most = max(hidden)
    free = "".join(name for name in LETTERS if name not in used)[:most]
    if len(free) < most:
        raise _wrong("there are more axes than letters", operands)
    names = [_expanded(term, more, free, operands) for term, more in zip(terms, hidden, strict=True)]
    if result is None:
        whole = "".join(names)
        out = free + "".join(name for name in LETTERS if whole.count(name) == 1 and name not in free)
    else:
        out = _expanded(result, most, free, operands)
        for name in out:
            if out.count(name) > 1 or not builtins.any(name in term for term in names):
                raise _wrong(f"the result's axis {name!r} must be in a term, and once in the result", operands)
    return list(operands), names, out


def _without_repeats(x: Any, names: str, operands: Any) -> tuple[Any, str]:
    """The diagonal along axes of one name."""
    for name in names:
        while names.count(name) > 1:
            first, second = names.index(name), names.rindex(name)
            if x.shape[first] != x.shape[second]:
                raise _wrong(f"axes of one name, {name!r}, have sizes {x.shape[first]}, {x.shape[second]}", operands)
            x = diagonal(x, 0, first, second)
            names = names[:first] + names[first + 1 : second] + names[second + 1 :] + name
    return x, names


def _sizes(operands: list[Any], terms: list[str]) -> dict[str, int]:
    size: dict[str, int] = {}
    for x, term in zip(operands, terms, strict=True):
        for name, n in zip(term, x.shape, strict=True):
            known = size.setdefault(name, n)
            if known == 1:
                size[name] = n
            elif n not in (1, known):
                raise _wrong(f"the axis {name!r} has sizes {known} and {n}", operands)
    return size


def einsum(*args: Any) -> Any:
    """The sum of products that a formula such as ``"ij,jk->ik"`` names; every axis not in the result is summed.

    Dots stand for any axes, a repeated letter for a diagonal; without an arrow the result has the letters that occur
    once, in alphabetical order. Operands may be followed each by the numbers of its axes, instead of the formula.
    """
    if len(args) < 2:
        raise _wrong("takes a formula and at least one operand", ())
    given, names, result = _named(args[0], args[1:])
    plain = [_without_repeats(x, term, given) for x, term in zip(given, names, strict=True)]
    xs, terms = [x for x, _ in plain], [term for _, term in plain]
    size = _sizes(xs, terms)
    for k, x in enumerate(xs):  # what would be stretched is left out
        kept = [axis for axis, name in enumerate(terms[k]) if x.shape[axis] == size[name]]
        xs[k] = reshaped(x, tuple(x.shape[axis] for axis in kept))
        terms[k] = "".join(terms[k][axis] for axis in kept)
    for k in range(len(xs)):
        others = result + "".join(terms[:k] + terms[k + 1 :])
        alone = tuple(axis for axis, name in enumerate(terms[k]) if name not in others)
        if alone:
            xs[k] = sum(xs[k], alone)
            terms[k] = "".join(name for name in terms[k] if name in others)
    if len(xs) == 1:
        return permute(xs[0], tuple(terms[0].index(name) for name in result))
    if not set("".join(terms)) <= set(result):
        _alike("einsum", *xs)
    return rows.einsum(*xs, terms=tuple(terms), result=result)


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Sum products over pairs of axes: the last `dims` of `a` with the first of `b`, or those that two lists name."""
    _alike("tensordot", a, b)
    shapes = (a.shape, b.shape)
    listed = dims.tolist() if hasattr(dims, "tolist") else dims
    if isinstance(listed, int):
        if not 0 <= listed <= min(a.ndim, b.ndim):
            raise ShapeError(f"dims={listed} axes are not in both", op="tensordot", shapes=shapes)
        listed = (range(a.ndim - listed, a.ndim), range(listed))
    first, second = ([d] if isinstance(d, int) else list(d) for d in listed)
    if len(first) != len(second):
        raise ShapeError("both lists of dims must be as long", op="tensordot", shapes=shapes)
    left, right = LETTERS[: a.ndim], list(LETTERS[a.ndim : a.ndim + b.ndim])
    pairs = [
        (one_axis("tensordot", i, a.ndim, a.shape), one_axis("tensordot", j, b.ndim, b.shape))
        for i, j in zip(first, second, strict=True)
    ]
    for i, j in pairs:
        n, m = a.shape[i], b.shape[j]
        if n != m and 1 not in (n, m):
            raise ShapeError(
                f"axis {i} of {shapes[0]} and axis {j} of {shapes[1]} differ", op="tensordot", shapes=shapes
            )
        if n != m:  # one of them is stretched: what it meets is summed
            a, b = (sum(a, i, True, dtype=a.dtype), b) if m == 1 else (a, sum(b, j, True, dtype=b.dtype))
        right[j] = left[i]
    summed = {left[i] for i, _ in pairs}
    if len(summed) < len(pairs) or len({j for _, j in pairs}) < len(pairs):
        raise ShapeError(f"dims {listed!r} name an axis twice", op="tensordot", shapes=shapes)
    result = "".join(name for name in (*left, *right) if name not in summed)
    return einsum(f"{left},{''.join(right)}->{result}", a, b)
