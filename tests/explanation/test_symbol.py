"""Formulas tell the truth: what a rule writes when it meets symbols is what it computes when it meets numbers."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.ops.cases import CASES
from tests.support.formulas import Text, evaluate, from_latex
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.explanation import local_derivative
from tinygrad_wtf.explanation.definition import defined
from tinygrad_wtf.explanation.naming import computation_order, names
from tinygrad_wtf.explanation.steps import symbols, tidied
from tinygrad_wtf.explanation.symbol import Symbol, constant, named

every_differentiable_case = pytest.mark.parametrize("case", [c for c in CASES if c.differentiable], ids=str)
ENTRYWISE = {op.name for op in Op.table.values() if any(op.partials)}
WITH_SETTINGS = {"digamma", "elu", "i0", "i0e", "sinc", "softplus"}  # a notation does not say which
ROUNDED = {"gelu", "gelu_tanh"}  # in whose formulas constants are written with six digits
every_entrywise_case = pytest.mark.parametrize(
    "case", [c for c in CASES if c.differentiable and c.row in ENTRYWISE], ids=str
)


def recorded(case, arrays):
    """The nodes that a case records, and their names."""
    y = case.call(*(tw.tensor(a, dtype=np.float64, requires_grad=True) for a in arrays))
    root = node_of(y)
    called = names([root])
    return [n for n in computation_order([root]) if n.op is not None and n.requires_grad], called


def values_of(node, called):
    """The arrays that a step has kept, by the names of its tensors."""
    found = {}
    for n, a in zip((node, *node.inputs), node.saved, strict=True):
        if isinstance(a, np.ndarray) and not isinstance(n, np.ndarray | int | float):
            found[called[n]] = a
            if called[n].endswith("ᵀ") and n.op is not None:  # a formula may undo it, and name what it was made of
                found.setdefault(called[n.inputs[0]], a.transpose(np.argsort(n.params["dims"])))
    return found


def cotangent(node):
    return np.cos(1.0 + np.arange(node.size)).reshape(node.shape)


def with_rules(node):
    return [
        (i, node.op.vjp(i))
        for i, a in enumerate(node.inputs)
        if getattr(a, "requires_grad", False) and node.op.vjp(i) is not None
    ]


@every_differentiable_case
@given(data=st.data())
def test_a_rule_writes_what_it_computes(case, data):
    nodes, called = recorded(case, data.draw(case.inputs))
    for node in nodes:
        g, values = cotangent(node), values_of(node, called)
        shown = symbols(node, called)
        for _, rule in with_rules(node):
            with np.errstate(all="ignore"):
                computed = np.asarray(rule(g, *node.saved, **node.params))
            written = rule(named("ȳ", node.shape), *shown, **node.params)
            for formula in (written, tidied(written)):
                found = np.asarray(evaluate(formula, values | {"ȳ": g}))
                assert formula.shape == computed.shape
                np.testing.assert_allclose(np.broadcast_to(found, computed.shape), computed, rtol=1e-9, atol=1e-9)


@every_entrywise_case
@given(data=st.data())
def test_a_printed_derivative_is_the_derivative(case, data):
    nodes, called = recorded(case, data.draw(case.inputs))
    for node in nodes:
        if not node.op.partials or not node.size:
            continue
        values = {name: float(a.flat[0]) for name, a in values_of(node, called).items()}
        first = [a.flat[0] if isinstance(a, np.ndarray) else a for a in node.saved]
        if any(isinstance(a, np.ndarray) and a.size == 0 for a in node.saved):
            continue
        shown = symbols(node, called)
        scalars = [Symbol(s.name, np.float64(1)) if isinstance(s, Symbol) and s.name else s for s in shown]
        for i, _ in with_rules(node):
            partial = node.op.partials[i]
            with np.errstate(all="ignore"):
                computed = float(partial(*map(scalar, first), **node.params))
            formula = partial(*scalars, **node.params)
            formula = formula if isinstance(formula, Symbol) else constant(formula)
            for text in (str(formula), from_latex(formula.latex())):
                np.testing.assert_allclose(float(Text(text, values).number()), computed, rtol=1e-4, atol=1e-5)


def scalar(value):
    return np.asarray(value) if isinstance(value, np.generic) else value


@pytest.mark.parametrize("case", [c for c in CASES if c.row in ENTRYWISE], ids=str)
@given(data=st.data())
def test_a_notation_is_the_value(case, data):
    arrays = data.draw(case.inputs)
    op = Op.table[case.row]
    if len(arrays) != len(op.partials) or any(not a.size for a in arrays) or op.name in WITH_SETTINGS:
        return
    args = [np.asarray(a.flat[0]) for a in arrays]
    letters = "abcd"[: len(args)]
    with np.errstate(all="ignore"):
        computed = float(op.forward(*args))
    if not np.isfinite(computed):
        return  # the case does not call the row with these
    formula = op(*(Symbol(letter, 1.0) for letter in letters))
    values = dict(zip(letters, map(float, args), strict=True))
    digits = 1e-5 if op.name in ROUNDED else 1e-9
    for text in (str(formula), from_latex(formula.latex())):
        assert float(Text(text, values).number()) == pytest.approx(computed, rel=digits, abs=digits)
    assert float(evaluate(formula, values)) == pytest.approx(computed, rel=1e-9, abs=1e-9)
    definition = defined(op, formula.args) if formula.op is op else None  # else it was written by its meaning
    if definition is not None:
        assert float(evaluate(definition, values)) == pytest.approx(computed, rel=1e-9, abs=1e-9)


def test_rows_whose_notation_is_a_formula_are_looked_into():
    assert defined(Op.table["hypot"], (Symbol("a"), Symbol("b"))).unicode() == "√(a² + b²)"
    assert defined(Op.table["sigmoid"], (Symbol("z"),)) is None
    assert defined(Op.table["matmul"], (named("A", (2, 2)), named("B", (2, 2)))) is None


@pytest.mark.parametrize(
    ("formula", "text", "latex"),
    [
        (lambda a, b: a - (b - a), "a − (b − a)", r"a - \left(b - a\right)"),
        (lambda a, b: (a + b) * b, "(a + b) b", r"\left(a + b\right) b"),
        (lambda a, b: a / b, "a/b", r"\frac{a}{b}"),
        (lambda a, b: a / (b * a), "a / (b a)", r"\frac{a}{b a}"),
        (lambda a, b: (a / b) ** 2, "(a/b)²", r"\left(\frac{a}{b}\right)^{2}"),
        (lambda a, b: -(a + b), "−(a + b)", r"-\left(a + b\right)"),
        (lambda a, b: a + -b, "a + (−b)", r"a + \left(-b\right)"),
        (lambda a, b: (-a) ** 2, "(−a)²", r"\left(-a\right)^{2}"),
        (lambda a, b: -(a**2), "−a²", r"-a^{2}"),
        (lambda a, b: a * 3 * 2, "2 · 3 a", r"2 \cdot 3 a"),
        (lambda a, b: a**b, "a^b", r"a^{b}"),
        (lambda a, b: 2 ** (a + b), "2^(a + b)", r"2^{a + b}"),
        (lambda a, b: tw.sqrt(a * a), "√(a²)", r"\sqrt{a^{2}}"),
        (lambda a, b: tw.sqrt(a) ** 2, "(√a)²", r"\left(\sqrt{a}\right)^{2}"),
        (lambda a, b: (a > b) & (b > 0), "a > b ∧ b > 0", r"a > b \land b > 0"),
        (lambda a, b: a * 1e-12, "10⁻¹² a", r"10^{-12} a"),
    ],
)
def test_brackets_are_where_they_are_needed_and_nowhere_else(formula, text, latex):
    found = formula(Symbol("a", 1.0), Symbol("b", 1.0))
    assert found.unicode() == text
    assert found.latex() == latex


@pytest.mark.parametrize(
    ("formula", "text", "latex"),
    [
        (lambda A, W: A * A, "A1²", "A_{1}^{2}"),
        (lambda A, W: A * (1 - A), "A1 ∘ (1 − A1)", r"A_{1} \circ \left(1 - A_{1}\right)"),
        (lambda A, W: A @ W.T, "A1 Wᵀ", r"A_{1} W^{\top}"),
        (lambda A, W: (A @ W.T).T, "(A1 Wᵀ)ᵀ", r"\left(A_{1} W^{\top}\right)^{\top}"),
        (lambda A, W: A.sum(0), "Σ₀ A1", r"\sum_{0} A_{1}"),
        (lambda A, W: A.sum(), "Σ A1", r"\sum A_{1}"),
        (lambda A, W: A.mean(), "(Σ A1) / 12", r"\frac{\sum A_{1}}{12}"),
        (lambda A, W: tw.softmax(A, 1), "softmax(A1)", r"\operatorname{softmax}\left(A_{1}\right)"),
    ],
)
def test_matrices_are_told_from_numbers(formula, text, latex):
    found = formula(named("A1", (4, 3)), named("W", (2, 3)))
    assert found.unicode() == text
    assert found.latex() == latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("Z1", "Z_{1}"), ("dZ12", "dZ_{12}"), ("x", "x"), ("λ", r"\lambda"), ("theta_0", r"\mathrm{theta\_0}"),
        ("W1ᵀ", r"W_{1}^{\top}"), ("d(W1ᵀ)", r"d\left(W_{1}^{\top}\right)"), ("50% {a}", r"\mathrm{50\%\ \{a\}}"),
    ],
)  # fmt: skip
def test_names_are_written_as_mathematics_and_escaped(name, latex):
    assert Symbol(name).latex() == latex
    assert Symbol(name).unicode() == name


def test_no_big_product_is_computed_for_a_formula():
    big = named("A", (100_000, 50_000)) @ named("B", (50_000, 100_000))
    assert big.shape == (100_000, 100_000)
    assert (big * big + 1).sum(0).shape == (100_000,)
    assert big.value.strides == (0, 0)


def test_an_expression_of_any_depth_is_written():
    deep = Symbol("x")
    for _ in range(5000):
        deep = tw.sin(deep)
    assert "…" in str(deep)
    assert len(str(deep)) <= 1000


def test_a_local_derivative_is_in_the_names_of_the_tensors():
    a, b = (tw.tensor([1.0, 2.0], requires_grad=True, name=name) for name in "ab")
    y = a / b
    y.name = "q"
    assert str(local_derivative(y.node, 0)) == "1/b"
    assert str(local_derivative(y.node, 1)) == "−q/b"
    z = a @ b
    assert str(local_derivative(z.node, 0)).count("ȳ") == 1


def test_the_design_counts_rows_and_functions_as_they_are():
    docs = Path(__file__).resolve().parents[2] / "docs"
    design = docs.joinpath("design.md").read_text(encoding="utf-8")
    functions = re.findall(
        r"^Functions: (.*)\.$", docs.joinpath("operations.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    counts = len(Op.table), sum(row.differentiable for row in Op.table.values()), len(", ".join(functions).split(", "))
    said = re.search(r"(\d+) rows, (\d+) of them differentiable; (\d+) public functions", design)
    assert tuple(map(int, said.groups())) == counts
    listed = re.findall(r"^\| (`.*?) \|", design[design.index("| row | reason |") :], re.MULTILINE)
    assert {name for cell in listed for name in re.findall(r"`(\w+)`", cell)} <= set(Op.table)


def test_the_page_of_operations_is_made_of_the_rows():
    path = Path(__file__).resolve().parents[2] / "docs" / "make.py"
    spec = importlib.util.spec_from_file_location("make", path)
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    page = make.table()
    assert "| `sigmoid` | σ(x) | y (1 − y) |" in page
    assert "| `matmul` | a b | ∂a: ȳ bᵀ; ∂b: aᵀ ȳ |" in page
    assert page == path.with_name("operations.md").read_text(encoding="utf-8"), "run python docs/make.py"
