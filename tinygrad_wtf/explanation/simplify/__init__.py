"""Expressions made short: the elementwise part by school algebra, products of matrices and sums by their own laws.

Each law holds whatever the expression is of; none knows a layer, a loss or the guide. `simplifier` has the state,
`laws` the table, `elementwise`, `choices` and `arrays` the laws themselves, and `writing` makes expressions again. What
is read more simply than it is computed (a bound that keeps a logarithm finite, say) is said in the notes.
"""

from tinygrad_wtf.explanation.simplify.simplifier import Simplifier

__all__ = ["Simplifier"]
