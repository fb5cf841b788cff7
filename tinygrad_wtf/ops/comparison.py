"""Comparisons and logic: they give booleans, and no gradient passes through them."""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.ops.broadcasting import elementwise

eq = elementwise("eq", "{} = {}", np.equal, takes="numbers")
ne = elementwise("ne", "{} ≠ {}", np.not_equal, takes="numbers")
lt = elementwise("lt", "{} < {}", np.less, takes="numbers")
le = elementwise("le", "{} ≤ {}", np.less_equal, takes="numbers")
gt = elementwise("gt", "{} > {}", np.greater, takes="numbers")
ge = elementwise("ge", "{} ≥ {}", np.greater_equal, takes="numbers")

logical_and = elementwise("logical_and", "{} ∧ {}", np.logical_and, takes="anything")
logical_or = elementwise("logical_or", "{} ∨ {}", np.logical_or, takes="anything")
logical_xor = elementwise("logical_xor", "{} ⊻ {}", np.logical_xor, takes="anything")
logical_not = elementwise("logical_not", "¬{}", np.logical_not, takes="anything")

isnan = elementwise("isnan", "isnan({})", np.isnan, takes="numbers")
isinf = elementwise("isinf", "isinf({})", np.isinf, takes="numbers")
isfinite = elementwise("isfinite", "isfinite({})", np.isfinite, takes="numbers")
