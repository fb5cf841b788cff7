"""One row of tests for each row of the table: how to call it, where, and what its value and derivatives must be.

Closed forms are written in the arguments, never in the value, so that no test echoes the rule it checks.
"""

from tests.ops.cases import (
    activation,
    arithmetic,
    choice,
    comparison,
    convolution,
    elementary,
    extremes,
    indexing,
    joining,
    linalg,
    lookup,
    loss,
    normalization,
    padding,
    pooling,
    reduction,
    repeating,
    rounding,
    scan,
    scattering,
    shape,
    special,
    vectors,
)

PAGES = (
    arithmetic,
    rounding,
    choice,
    elementary,
    special,
    activation,
    vectors,
    loss,
    comparison,
    reduction,
    extremes,
    scan,
    shape,
    joining,
    repeating,
    padding,
    indexing,
    scattering,
    lookup,
    linalg,
    convolution,
    pooling,
    normalization,
)
CASES = [case for page in PAGES for case in page.CASES]
