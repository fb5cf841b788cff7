"""How a product of matrices is computed: at once, or piece by piece. Measured, once for each shape and layout.

BLAS packs its operands before it multiplies, which takes longer than multiplying where one of them is tall and skinny.
Small products it multiplies as they lie, so a tall one is computed as many small ones, in a single call of `matmul`.
Which way matrices lie is chosen in `layouts`, with the times that are measured here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.program.arrays import aligned
from tinygrad_wtf.program.code import Call, Code, Ref, is_transpose
from tinygrad_wtf.program.passes import is_product
from tinygrad_wtf.program.plan import held_calls
from tinygrad_wtf.program.timing import best_times, first_best

WORTH_MEASURING = 200_000  # multiplications: below this, the overhead of a call is what counts
UNPACKED = 1_000_000  # multiplications: up to here, OpenBLAS multiplies without packing
LARGE = 1 << 20  # bytes: operands as large as this have left the cache when they are read again
AWAY = 1 << 24  # bytes that pass through the cache meanwhile, at most


class Form(NamedTuple):
    """One way to compute a product whose result lies row after row.

    Attributes
    ----------
    rows : int
        The rows of the result in each piece; 0 when all are computed at once.
    order : str
        How the left operand is copied beforehand: row after row ("C"), column after column ("F"), or each piece column
        after column ("P"); "" when it is read as it lies.
    upright : bool
        Whether the right operand, a small one, is copied row after row in every run.
    """

    rows: int = 0
    order: str = ""
    upright: bool = False


class Shape(NamedTuple):
    """What is multiplied: (m, k) by (k, n), and which way round the operands lie ("C" or "F")."""

    m: int
    k: int
    n: int
    dtype: str
    left: str
    right: str

    @property
    def turned(self) -> Shape:
        """The transposed product, whose operands are the transposes in the other order."""
        return Shape(self.n, self.k, self.m, self.dtype, "FC"[self.right == "F"], "FC"[self.left == "F"])


class Divided:
    """A function: the pieces of a matrix one after the other, each column after column."""

    __name__ = "divided"

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __call__(self, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Copy them."""
        pieces = a.reshape(-1, self.rows, a.shape[1])
        return np.ascontiguousarray(pieces.transpose(0, 2, 1)).transpose(0, 2, 1)


def is_worth_it(code: Code, call: Call) -> bool:
    """Whether a call is a product that takes longer than the call itself."""
    if not is_product(code, call):
        return False
    a, b = (code.values[x].sample for x in call.args)
    return a.dtype == b.dtype and a.dtype.char in "fd" and a.size * b.shape[1] > WORTH_MEASURING


def in_pieces(code: Code, layouts: dict[Ref, str], steady: bool) -> tuple[Code, dict[Ref, str]]:
    """The code with each large product in its fastest form, and how its values lie.

    What the products read may be copied beforehand if it stays the same from run to run, as arguments do if `steady`.
    """
    copied = held_calls(code, arguments=steady)[2]
    writer = _Writer(code, dict(layouts))
    for call in code.calls:
        form, turned = Form(), layouts.get(call.result) == "F"
        if is_worth_it(code, call):
            shape = shape_of(code, call, layouts)
            form, _ = fastest(shape.turned if turned else shape, call.args[turned] in copied)
        if form == Form():
            writer.calls.append(call)
        else:
            writer.write(call, form, turned)
    return code.with_calls(writer.calls), writer.layouts


def shape_of(code: Code, call: Call, layouts: dict[Ref, str]) -> Shape:
    """The shape of a product."""
    a, b = call.args
    (m, k), n = code.values[a].sample.shape, code.values[b].sample.shape[1]
    return Shape(m, k, n, code.values[a].sample.dtype.char, layouts.get(a, "C"), layouts.get(b, "C"))


class _Writer:
    """Writes a product as calls that compute it piece by piece."""

    def __init__(self, code: Code, layouts: dict[Ref, str]) -> None:
        self.code, self.layouts = code, layouts
        self.calls: list[Call] = []
        self.copies: dict[tuple[Ref, Form], Ref] = {}
        self.about: tuple[str, tuple[str, ...]] = ("", ())

    def write(self, call: Call, form: Form, turned: bool) -> None:
        """Write one product; `turned` says that its result lies column after column."""
        self.about = (call.label, call.scope)
        left, right = (Ref(a) for a in call.args)
        if turned:
            left, right = self.transposed(right), self.transposed(left)
        (m, k), n = self.code.values[left].sample.shape, self.code.values[right].sample.shape[1]
        if form.order:
            left = self.copy(left, form)
        if form.upright:
            right = self.call(np.copy, right)
        if form.rows:
            made = self.call(np.matmul, self.divided(left, form, m, k), right)
            made = self.call(np.reshape, made, (m, n))
        else:
            made = self.call(np.dot, left, right)
        if turned:
            made = self.call(np.transpose, made, (1, 0))
        last = self.calls.pop()
        self.calls.append(Call(last.function, last.args, {}, call.result, *self.about))

    def call(self, function: Callable[..., Any], *args: Any) -> Ref:
        """One more call; its result."""
        made = self.code.new("computed", function(*(self.code.sample(a) for a in args)))
        self.calls.append(Call(function, args, {}, made, *self.about))
        return made

    def transposed(self, a: Ref) -> Ref:
        """The transpose of a matrix, or what it is the transpose of."""
        maker = next((call for call in self.calls if call.result == a), None)
        if is_transpose(maker):
            return Ref(maker.args[0])
        turned = self.call(np.transpose, a, (1, 0))
        if self.layouts.get(a) != "F":
            self.layouts[turned] = "F"
        return turned

    def copy(self, a: Ref, form: Form) -> Ref:
        """The copy of an operand, the same one for all products that want it in this form."""
        key = (a, Form(form.rows if form.order == "P" else 0, form.order))
        if key not in self.copies:
            self.copies[key] = made = self.call(Divided(form.rows) if form.order == "P" else np.copy, a)
            self.layouts[made] = form.order
        return self.copies[key]

    def divided(self, a: Ref, form: Form, m: int, k: int) -> Ref:
        """A view of an operand, piece by piece."""
        if form.order == "P":
            return a
        if self.layouts.get(a) != "F":
            return self.call(np.reshape, a, (m // form.rows, form.rows, k))
        columns = self.call(np.reshape, self.transposed(a), (k, m // form.rows, form.rows))
        return self.call(np.transpose, columns, (1, 2, 0))


# -- measuring ------------------------------------------------------------------

_measured: dict[tuple[Shape, bool], dict[Form, float]] = {}


def fastest(shape: Shape, is_copied: bool) -> tuple[Form, float]:
    """The form in which a product takes least time, and the seconds; `is_copied` allows to copy its left operand."""
    key = (shape._replace(left="C") if is_copied else shape, is_copied)
    if key not in _measured:
        forms = _forms(*key)
        away = np.zeros(min(AWAY, shape.m * (shape.k + shape.n) * np.dtype(shape.dtype).itemsize), np.uint8)
        runs = _Runs(key[0])
        seconds = best_times([runs.run(form) for form in forms], away if away.size >= LARGE else None)
        _measured[key] = dict(zip(forms, seconds, strict=True))
    forms = sorted(_measured[key], key=lambda form: form.order != shape.left)  # as it lies, if that is as fast
    seconds = [_measured[key][form] for form in forms]
    at = first_best(seconds)
    form = forms[at]
    return form._replace(order="") if form.order == shape.left else form, seconds[at]


def _forms(shape: Shape, is_copied: bool) -> list[Form]:
    """The forms to be measured, the simplest first; each says how the left operand lies."""
    orders = ["C", "F"] if is_copied else [shape.left]
    ways = (False, True) if shape.right == "F" and 2 * shape.n <= shape.m else (False,)
    forms = [Form(0, order) for order in orders]
    for rows in _piece_sizes(shape):
        forms += [Form(rows, order, upright) for order in [*orders, *("P" * is_copied)] for upright in ways]
    return forms


def _piece_sizes(shape: Shape) -> list[int]:
    """A few sizes into which the rows can be divided, and which BLAS does not pack."""
    most = UNPACKED // (shape.k * shape.n)
    sizes = [n for n in range(4, min(most, shape.m - 1) + 1) if shape.m % n == 0]
    return sorted({max((n for n in sizes if n <= goal), default=0) for goal in (8, 16, 32, most)} - {0})


class _Runs:
    """Products of one shape, to be timed."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.right, self.copy = (aligned((shape.k, shape.n), shape.dtype, order) for order in (shape.right, "C"))
        self.out = aligned((shape.m, shape.n), shape.dtype)
        self.right.fill(0.5)
        self.lefts: dict[str, np.ndarray[Any, Any]] = {}

    def left(self, form: Form) -> np.ndarray[Any, Any]:
        """The left operand as it lies in this form."""
        name = f"{form.order}{form.rows if form.order == 'P' else ''}"
        if name not in self.lefts:
            whole = aligned((self.shape.m, self.shape.k), self.shape.dtype, form.order.replace("P", "C"))
            whole.fill(0.5)
            self.lefts[name] = Divided(form.rows)(whole) if form.order == "P" else whole
        left, (m, k) = self.lefts[name], (self.shape.m, self.shape.k)
        if not form.rows or form.order == "P":
            return left
        if form.order == "C":
            return left.reshape(-1, form.rows, k)
        return left.T.reshape(k, m // form.rows, form.rows).transpose(1, 2, 0)

    def run(self, form: Form) -> Callable[[], None]:
        """The product in this form."""
        left, right, copy, out = self.left(form), self.right, self.copy, self.out
        function: Callable[..., Any] = np.dot
        if form.rows:
            function, out = np.matmul, out.reshape(-1, form.rows, self.shape.n)

        def run() -> None:
            if form.upright:
                np.copyto(copy, right)
            function(left, copy if form.upright else right, out)

        return run
