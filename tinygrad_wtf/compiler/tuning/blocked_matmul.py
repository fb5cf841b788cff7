"""How a product of matrices is computed: at once, or piece by piece. Measured, once for each shape and layout.

Pieces are small products, which BLAS multiplies as they lie (`tiles`): some rows of the result each, or tiles that
have to be added up. Which way matrices lie is chosen in `layouts`, with the times that are measured here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.arrays import aligned
from tinygrad_wtf.compiler.hoist import held_variables
from tinygrad_wtf.compiler.ir import ArrayType, Builder, Graph, Instruction, Variable, is_product, is_transpose
from tinygrad_wtf.compiler.lower import RecordedArray, Recorder
from tinygrad_wtf.compiler.tuning.tiles import joined, left_tiles, right_tiles
from tinygrad_wtf.compiler.tuning.timing import best_times, first_best
from tinygrad_wtf.ops.rows.product import _is_for_matmul

WORTH_MEASURING = 200_000  # multiplications: below this, the overhead of a call is what counts
UNPACKED = 1_000_000  # multiplications: up to here, OpenBLAS multiplies without packing
LARGE = 1 << 20  # bytes: operands as large as this have left the cache when they are read again
SHORTEST = 64  # terms of a sum in a tile: fewer are not worth the adding up
UNCACHED = 1 << 25  # bytes: operands as large as this are in no cache, however they are copied
PATIENCE = 0.3  # seconds for the forms of a product: those that are not reached until then are not used


class Form(NamedTuple):
    """One way to compute a product whose result lies row after row.

    Attributes
    ----------
    rows : int
        The rows of the result in each piece; 0 when all are computed at once.
    order : str
        How the left operand is copied beforehand: row after row ("C"), column after column ("F"), or piece after piece
        ("P"); "" when it is read as it lies.
    upright : bool
        Whether the right operand, a small one, is copied row after row in every run.
    inner : int
        The terms of each sum that a tile adds up; 0 when all are.
    """

    rows: int = 0
    order: str = ""
    upright: bool = False
    inner: int = 0


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
    """A function: a left operand's pieces one after the other, each column after column; tiles row after row."""

    __name__ = "divided"

    def __init__(self, rows: int, inner: int) -> None:
        self.rows, self.inner = rows, inner

    def __call__(self, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Copy them; four-dimensional."""
        if self.inner:
            return np.ascontiguousarray(left_tiles(a, self.rows, self.inner, upright=True))
        pieces = left_tiles(a, self.rows, a.shape[1], upright=True)
        return np.ascontiguousarray(pieces.transpose(0, 1, 3, 2)).transpose(0, 1, 3, 2)

    def infer(self, a: ArrayType) -> ArrayType:
        """Shape and dtype of the copies."""
        return ArrayType(self(np.empty(a.shape, a.dtype)).shape, a.dtype)


def is_divided(graph: Graph) -> bool:
    """Whether a product reads a divided copy: these are read as one stream, and slow if they have left all caches."""
    return any(isinstance(i.function, Divided) for i in graph.instructions)


def is_worth_it(graph: Graph, instruction: Instruction, least: int) -> bool:
    """Whether an instruction is a product that takes longer than the call itself."""
    if not is_product(instruction, graph):
        return False
    a, b = (graph.sample(x) for x in instruction.args)
    return a.dtype == b.dtype and a.dtype.char in "fd" and a.size * b.shape[1] > least


def in_pieces(graph: Graph, forms: Forms, static: bool, divided: bool = True) -> Graph:
    """The graph with each large product in its fastest form.

    What the products read may be copied beforehand if it stays the same from run to run, as arguments do if `static`;
    in copies that are divided, piece after piece, if `divided`.
    """
    copied = held_variables(graph, arguments=static)
    writer = _Writer(graph)
    for instruction in graph.instructions:
        form, turned = Form(), graph.values[instruction.result].order == "F"
        if is_worth_it(graph, instruction, forms.least):
            shape = shape_of(graph, instruction)
            form, _ = forms.fastest(shape.turned if turned else shape, instruction.args[turned] in copied, divided)
        if form == Form():
            writer.edit.keep(instruction)
        else:
            writer.write(instruction, form, turned)
    return writer.edit.build()


def shape_of(graph: Graph, instruction: Instruction, orders: dict[Variable, str] | None = None) -> Shape:
    """The shape of a product; `orders` says otherwise how its operands lie."""
    a, b = instruction.args
    left, right = ((orders or {}).get(x, graph.values[x].order) for x in (a, b))
    (m, k), n = graph.sample(a).shape, graph.sample(b).shape[1]
    return Shape(m, k, n, graph.sample(a).dtype.char, left, right)


class _Writer:
    """Writes a product as instructions that compute it piece by piece."""

    def __init__(self, graph: Graph) -> None:
        self.edit, self.makers = Builder(graph), graph.makers()
        self.copies: dict[tuple[Variable, Form], Variable] = {}

    def write(self, product: Instruction, form: Form, turned: bool) -> None:
        """Write one product; `turned` says that its result lies column after column."""
        edit = self.edit
        left, right = product.args
        if turned:
            left, right = self.transposed(product, right), self.transposed(product, left)
        if form.order:
            left = self.copy(product, left, form)
        if form.upright:
            right = edit.add(np.copy, right, like=product)
        made = self.tiled(product, left, right, form) if form.rows else edit.add(np.dot, left, right, like=product)
        if turned:
            edit.add(np.transpose, made, (1, 0), like=product)
        last = edit.instructions.pop()
        edit.instructions.append(last.with_args(*last.args, result=product.result))

    def transposed(self, product: Instruction, a: Variable) -> Variable:
        """The transpose of a matrix, or what it is the transpose of."""
        maker = self.makers.get(a)
        if is_transpose(maker):
            return Variable(maker.args[0])
        order = "C" if self.order(a) == "F" else "F"
        return self.edit.add(np.transpose, a, (1, 0), like=product, order=order)

    def order(self, a: Variable) -> str:
        """How a value lies."""
        return self.edit.values[a].order

    def copy(self, product: Instruction, a: Variable, form: Form) -> Variable:
        """The copy of an operand, the same one for all products that want it in this form."""
        key = (a, form._replace(upright=False) if form.order == "P" else Form(order=form.order))
        if key not in self.copies:
            function = Divided(form.rows, form.inner) if form.order == "P" else np.copy
            self.copies[key] = self.edit.add(function, a, like=product, order=form.order)
        return self.copies[key]

    def tiled(self, product: Instruction, left: Variable, right: Variable, form: Form) -> Variable:
        """The product out of tiles: what makes them of arrays is run on recorded ones, which note its calls."""
        into = Recorder(self.edit, product, only_types=True)
        stand_ins = (np.empty(self.edit.sample(x).shape, self.edit.sample(x).dtype) for x in (left, right))
        a, b = (RecordedArray(into, x, stand_in) for x, stand_in in zip((left, right), stand_ins, strict=True))
        is_upright = form.upright or self.order(right) != "F"
        tiles = _tiles(a, form, self.order(left) != "F")
        made = joined(tiles @ right_tiles(b, tiles.shape[-1], is_upright))
        self.edit.instructions += into.instructions
        variable: Variable = made.variable
        return variable


def _tiles(a: Any, form: Form, upright: bool) -> Any:
    """The left operand as tiles, four-dimensional."""
    if form.order == "P":
        return a
    return left_tiles(a, form.rows, form.inner or a.shape[1], upright)


# -- measuring ------------------------------------------------------------------


class Forms:
    """The forms of products that were measured, once for each shape.

    Parameters
    ----------
    times : callable
        Measures runs, as `best_times` does.
    least : int
        The multiplications from which a product is worth it.
    """

    def __init__(self, times: Callable[..., list[float]] = best_times, least: int = WORTH_MEASURING) -> None:
        self.times, self.least = times, least
        self.measured: dict[Shape, dict[Form, float]] = {}  # by shape, whichever way the left operand lies
        self._tried: set[tuple[Shape, bool]] = set()

    def fastest(self, shape: Shape, is_copied: bool, divided: bool = True) -> tuple[Form, float]:
        """The form in which a product takes least time, and the seconds.

        `is_copied` allows to copy its left operand, `divided` to copy it piece after piece.
        """
        forms = _forms(shape, is_copied)
        measured = self.measured.setdefault(shape._replace(left=""), {})
        key = (shape._replace(left="") if is_copied else shape, is_copied)
        if key not in self._tried:
            self._measure(shape, [form for form in forms if form not in measured], measured)
            self._tried.add(key)
        forms = [form for form in forms if form in measured and (divided or form.order != "P")]
        if Form(0, shape.left) not in forms:  # it was not reached: who knows whether a copy pays?
            return Form(), measured[forms[0]]
        forms.sort(key=lambda form: form.order != shape.left)  # as it lies, if that is as fast
        seconds = [measured[form] for form in forms]
        at = first_best(seconds)
        form = forms[at]
        return form._replace(order="") if form.order == shape.left else form, seconds[at]

    def _measure(self, shape: Shape, forms: list[Form], measured: dict[Form, float]) -> None:
        """Note the seconds of these forms, as far as they are reached."""
        if forms:
            runs = Runs(shape)
            size = shape.m * (shape.k + shape.n) * np.dtype(shape.dtype).itemsize  # what the program reads meanwhile
            away = np.ones(size, np.uint8) if LARGE <= size < UNCACHED else None
            seconds = self.times((runs.run(form) for form in forms), away, PATIENCE)
            measured.update(zip(forms, seconds, strict=False))


def _forms(shape: Shape, is_copied: bool) -> list[Form]:
    """The forms to be measured, while `PATIENCE` lasts, the simplest first; each says how the left operand lies."""
    orders = ["C", "F"] if is_copied else [shape.left]
    ways = (False, True) if shape.right == "F" and 2 * shape.n <= shape.m else (False,)
    forms = [Form(0, order) for order in orders]
    is_small = shape.m * shape.k * np.dtype(shape.dtype).itemsize < UNCACHED
    pieces = orders[:1] + ["P"] * is_small if is_copied else orders  # columns of the whole were never the fastest
    for order in pieces:
        forms += [Form(rows, order, upright, inner) for rows, inner in _sizes(shape) for upright in ways]
    return forms


def _sizes(shape: Shape) -> list[tuple[int, int]]:
    """A few sizes of pieces that BLAS does not pack: rows, and the terms of a sum in a tile (0 for all of them)."""
    most = UNPACKED // (shape.k * shape.n)
    pieces = {(_divisor(shape.m, min(goal, most, shape.m - 1)), 0) for goal in (8, 16, 32, most)}
    return sorted(size for size in pieces if size[0] >= 4) + _tile_sizes(shape)


def _tile_sizes(shape: Shape) -> list[tuple[int, int]]:
    """The sizes of tiles, whose products take far less memory than the operands: they are written and read again."""
    m, k, n = shape[:3]
    inner = _divisor(k, min(512, k - 1))
    if inner < SHORTEST:
        return []
    sizes = {(_divisor(m, min(128, UNPACKED // (inner * n))), inner)}
    for goal in (32, 64, 128):
        rows = _divisor(m, goal)
        sizes.add((rows, _divisor(k, min(inner, UNPACKED // (rows * n)))))
    small = k * (m + n) // 2
    return sorted(
        (rows, inner) for rows, inner in sizes if rows >= 8 and inner >= SHORTEST and k // inner * m * n <= small
    )


def _divisor(n: int, most: int) -> int:
    """The largest divisor of `n` up to this; 0 if there is none."""
    return next((d for d in range(most, 0, -1) if n % d == 0), 0)


class Runs:
    """Products of one shape, to be timed."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.right, self.copy = (aligned((shape.k, shape.n), shape.dtype, order) for order in (shape.right, "C"))
        self.out = aligned((shape.m, shape.n), shape.dtype)
        self.right.fill(0.5)
        self.lefts: dict[str, np.ndarray[Any, Any]] = {}
        parts = max((shape.k // inner for _, inner in _sizes(shape) if inner), default=1)
        self.products = aligned((parts * shape.m * shape.n,), shape.dtype)  # of tiles, in the same memory for all forms

    def left(self, form: Form) -> np.ndarray[Any, Any]:
        """The left operand as it lies in this form."""
        name = f"P{form.rows} {form.inner}" if form.order == "P" else form.order
        if name not in self.lefts:
            whole = aligned((self.shape.m, self.shape.k), self.shape.dtype, form.order.replace("P", "C"))
            whole.fill(0.5)
            self.lefts[name] = Divided(form.rows, form.inner)(whole) if form.order == "P" else whole
        return self.lefts[name]

    def run(self, form: Form) -> Callable[[], object]:
        """The product in this form."""
        left, right, copy, out = self.left(form), self.right, self.copy, self.out
        if not form.rows:
            multiply = np.matmul if _is_for_matmul(left, right) else np.dot
            return partial(multiply, left, right, out)
        m, k, n = self.shape[:3]
        inner = form.inner or k
        left, upright = _tiles(left, form, form.order != "F"), form.upright or self.shape.right == "C"
        right = right_tiles(copy if form.upright else right, inner, upright)
        parts, total = self.products[: k // inner * m * n].reshape(k // inner, m * n), out.reshape(m * n)
        products = parts.reshape(k // inner, m // form.rows, form.rows, n)
        add_up = np.ones(k // inner, self.shape.dtype).dot

        def run() -> None:
            if form.upright:
                np.copyto(copy, self.right)
            np.matmul(left, right, products)
            if inner < k:
                add_up(parts, total)

        return run
