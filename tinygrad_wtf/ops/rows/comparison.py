"""Comparisons and logic: they give booleans, and no gradient passes through them."""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops.notation import AND, COMPARED, NOT, OR
from tinygrad_wtf.ops.rows.elementwise import elementwise

eq = elementwise("eq", "{} = {}", np.equal, takes="numbers", binding=COMPARED)
ne = elementwise("ne", "{} ≠ {}", np.not_equal, takes="numbers", binding=COMPARED)
lt = elementwise("lt", "{} < {}", np.less, takes="numbers", binding=COMPARED)
le = elementwise("le", "{} ≤ {}", np.less_equal, takes="numbers", binding=COMPARED)
gt = elementwise("gt", "{} > {}", np.greater, takes="numbers", binding=COMPARED)
ge = elementwise("ge", "{} ≥ {}", np.greater_equal, takes="numbers", binding=COMPARED)
logical_and = elementwise("logical_and", "{} ∧ {}", np.logical_and, takes="anything", sign="and", binding=AND)
logical_or = elementwise("logical_or", "{} ∨ {}", np.logical_or, takes="anything", sign="or", binding=OR)
logical_xor = elementwise("logical_xor", "{} ⊻ {}", np.logical_xor, takes="anything", sign="xor", binding=AND)
logical_not = elementwise("logical_not", "¬{}", np.logical_not, takes="anything", binding=NOT)
# Of booleans the same, of integers bit by bit; other numbers have no bits to speak of.
bitwise_and = elementwise("bitwise_and", "{} & {}", np.bitwise_and, takes="numbers", binding=AND)
bitwise_or = elementwise("bitwise_or", "{} | {}", np.bitwise_or, takes="numbers", binding=OR)
bitwise_xor = elementwise("bitwise_xor", "{} ^ {}", np.bitwise_xor, takes="numbers", binding=AND)
bitwise_not = elementwise("bitwise_not", "~{}", np.bitwise_not, takes="numbers", binding=NOT)
isnan = elementwise("isnan", "isnan({})", np.isnan, takes="numbers")
isinf = elementwise("isinf", "isinf({})", np.isinf, takes="numbers")
isfinite = elementwise("isfinite", "isfinite({})", np.isfinite, takes="numbers")
is_among = Op("is_among", "{} ∈ {}", np.isin, takes="numbers", sign="isin", binding=COMPARED)
