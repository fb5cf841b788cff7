"""The recorded graph in words and formulas: why each gradient is what it is.

`naming` says what tensors are called, `steps` takes the backward pass apart, `deriving` multiplies it together and
makes it short (with `simplify`, `algebra`, `definition` and `facts`), and `explaining` writes it all down. Users call
`tinygrad_wtf.explain` and `tinygrad_wtf.derive`.
"""

from tinygrad_wtf.explanation.derivation import Derivation, Equation
from tinygrad_wtf.explanation.deriving import derive
from tinygrad_wtf.explanation.explaining import Explanation, explain
from tinygrad_wtf.explanation.naming import names
from tinygrad_wtf.explanation.steps import Step, local_derivative, steps

__all__ = [
    "Derivation",
    "Equation",
    "Explanation",
    "Step",
    "derive",
    "explain",
    "local_derivative",
    "names",
    "steps",
]
