"""One row of tests for each row of the table: how to call it, where, and what its value and derivatives must be.

Closed forms are written in the arguments, never in the value, so that no test echoes the rule it checks.
"""

from tests.cases import activation, arithmetic, comparison, elementary, indexing, linalg, loss, reduction, shape

ROOMS = (arithmetic, elementary, activation, loss, comparison, reduction, shape, indexing, linalg)
CASES = [case for room in ROOMS for case in room.CASES]
