"""Linear algebra in the names of `torch.linalg`; products of matrices are in `tinygrad_wtf` itself.

Examples
--------
>>> import tinygrad_wtf as tw
>>> A = tw.Tensor([[2.0, 1.0], [1.0, 3.0]], dtype=tw.float64, requires_grad=True)
>>> tw.linalg.solve(A, tw.Tensor([3.0, 4.0], dtype=tw.float64))
tensor([1., 1.], dtype=float64, op=reshape, requires_grad=True)
>>> tw.linalg.det(A).backward()  # the gradient of a determinant: the cofactors
>>> A.grad
tensor([[ 3., -1.],
        [-1.,  2.]], dtype=float64)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import LinAlgError as LinAlgError
from tinygrad_wtf.ops.functions import diagonals
from tinygrad_wtf.ops.functions.combining import linalg_vander as vander
from tinygrad_wtf.ops.functions.factors import (
    cond,
    eigh,
    eigvalsh,
    lstsq,
    matrix_exp,
    matrix_rank,
    pinv,
    svdvals,
)
from tinygrad_wtf.ops.functions.factors import linalg_qr as qr
from tinygrad_wtf.ops.functions.factors import linalg_svd as svd
from tinygrad_wtf.ops.functions.geometry import linalg_cross as cross
from tinygrad_wtf.ops.functions.geometry import vecdot
from tinygrad_wtf.ops.functions.linalg import (
    cholesky,
    det,
    inv,
    matrix_power,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from tinygrad_wtf.ops.functions.norms import linalg_norm as norm
from tinygrad_wtf.ops.functions.norms import matrix_norm, vector_norm
from tinygrad_wtf.ops.functions.product import matmul, multi_dot

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]


def diagonal(A: Value, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of the matrices along two axes, the last ones by default."""
    return diagonals.diagonal(A, offset, dim1, dim2)


if not TYPE_CHECKING:  # a name that is not there is an error to type checkers too

    def __getattr__(name: str) -> Any:
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.linalg", "linalg", name)
