"""Formulas as MathML: well-formed, made of what browsers know, and saying the same as the printed formula."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.explanation.test_symbol import every_entrywise_case, recorded, scalar, values_of, with_rules
from tests.support.formulas import LOWERED, Text
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.explanation.mathml import APPLIED, LETTERS, TIMES, mathml
from tinygrad_wtf.explanation.steps import symbols, tidied
from tinygrad_wtf.explanation.symbol import Symbol, constant, named
from tinygrad_wtf.ops.rows.reduction import sum as summed

CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "mi": 0, "mn": 0, "mo": 0}
BACK = {TIMES: " ", APPLIED: "", "∑": "Σ", "⊤": "ᵀ", "¯": "̄"}


def read(markup):
    """The formula as a browser's XML parser sees it, checked against the elements that there are."""
    root = ElementTree.fromstring(markup)
    assert root.tag == "math"
    for part in root.iter():
        assert part.tag in {"math", "mrow", "msqrt", *CHILDREN}
        assert len(part) == CHILDREN.get(part.tag, len(part)), ElementTree.tostring(part)
        assert part.tag not in ("mi", "mn", "mo") or part.text
    return root


def text_of(part):
    """The same formula in a line, with brackets where MathML needs none."""
    if part.tag in ("mi", "mn", "mo"):
        return BACK.get(part.text, part.text)
    inner = [text_of(child) for child in part]
    if part.tag == "mfrac":
        return "(({}) / ({}))".format(*inner)
    if part.tag == "msqrt":
        return f"(√({''.join(inner)}))"
    if part.tag in ("msub", "munder"):
        return inner[0] + (inner[1].translate(LOWERED) if inner[0] in ("Σ", "log") else inner[1])
    if part.tag in ("msup", "msubsup"):
        base, above = "".join(inner[:-1]), inner[-1]
        return base + (above if above in "ᵀ′" else f"^({above})")
    if part.tag == "mover":
        return "ȳ"
    return "".join(inner)


@every_entrywise_case
@given(data=st.data())
def test_a_typeset_derivative_is_the_derivative(case, data):
    nodes, called = recorded(case, data.draw(case.inputs))
    for node in nodes:
        if not node.op.partials or any(isinstance(a, np.ndarray) and a.size == 0 for a in (*node.saved, np.ones(1))):
            continue
        values = {name: float(a.flat[0]) for name, a in values_of(node, called).items()}
        first = [a.flat[0] if isinstance(a, np.ndarray) else a for a in node.saved]
        scalars = [Symbol(s.name, 1.0) if isinstance(s, Symbol) and s.name else s for s in symbols(node, called)]
        for i, _ in with_rules(node):
            partial = node.op.partials[i]
            with np.errstate(all="ignore"):
                computed = float(partial(*map(scalar, first), **node.params))
            formula = partial(*scalars, **node.params)
            formula = formula if isinstance(formula, Symbol) else constant(formula)
            found = float(Text(text_of(read(formula.mathml())), values).number())
            np.testing.assert_allclose(found, computed, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("op", [op for op in Op.table.values() if any(op.partials)], ids=lambda op: op.name)
def test_every_row_has_a_formula_without_a_trace_of_latex(op):
    letters = [named(letter) for letter in "abcdefgh"[: len(op.partials)]]
    settings = {"sinc": {"order": 0}, "softplus": {"beta": 1, "threshold": np.inf}, "elu": {"height": 1, "width": 1}}
    for s in (op(*letters, **settings.get(op.name, {})), tidied(op(*letters, **settings.get(op.name, {})))):
        words = "".join(read(s.mathml()).itertext())
        assert "\\" not in words
        assert not any(command in words for command in ("left", "right", "operatorname", "mathrm", "frac"))


def test_known_letters_stay_letters():
    assert [text_of(read(mathml(command))) for command in (r"\sigma", r"\alpha")] == ["σ", "α"]
    assert len(set(LETTERS.values())) == len(LETTERS)


@given(name=st.text(min_size=1, max_size=30))
def test_any_name_comes_out_as_it_was_given(name):
    name = "".join(sign for sign in name if sign.isprintable()).strip()
    if not name:
        return
    shown = "".join(read(Symbol(f"{name} one", 1.0).mathml()).itertext())
    assert shown == f"{name} one"


@pytest.mark.parametrize("name", ["</script><img onerror=alert(1)>", "a&b", '"', "\\frac{1}{2}", "^~{}$#%_"])
def test_names_are_text_and_nothing_else(name):
    root = read((Symbol(name, 1.0) + named("b")).mathml())
    assert "".join(root.itertext()) == f"{name}+b"
    assert not root.findall(".//img")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (named("W1ᵀ", (2, 2)), "<msubsup><mi>W</mi><mn>1</mn><mi>⊤</mi></msubsup>"),
        (named("ȳ"), '<mover accent="true"><mi>y</mi><mo>¯</mo></mover>'),
        (
            summed(named("A", (2, 2)), dim=(0,), keepdim=False),
            "<munder><mo>∑</mo><mn>0</mn></munder><mi>A</mi>",
        ),
        (named("x") ** 2, "<msup><mi>x</mi><mn>2</mn></msup>"),
        (named("A", (2,)) * named("B", (2,)), "<mi>A</mi><mo>∘</mo><mi>B</mi>"),
        (named("x") - 1, "<mi>x</mi><mo>−</mo><mn>1</mn>"),
    ],
)
def test_it_is_typeset_as_one_writes_it(formula, said):
    assert formula.mathml() == f"<math>{said}</math>"


def test_a_product_is_meant_where_none_is_written():
    assert text_of(read((named("a") * named("b")).mathml())) == "a b"
    assert TIMES in (named("a") * named("b")).mathml()
    assert APPLIED in named("a").exp().mathml()


def test_a_formula_on_a_line_of_its_own():
    assert mathml("x", block=True) == '<math display="block"><mi>x</mi></math>'


def test_the_formulas_of_a_tensor_are_those_of_its_symbol():
    x = tw.tensor(0.5, requires_grad=True, name="x")
    local = tw.explanation.local_derivative(x.tanh().node, 0)
    assert read(local.mathml()) is not None
    assert "y" in local.mathml() or "L" in local.mathml()
