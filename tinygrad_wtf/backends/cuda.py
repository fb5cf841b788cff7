"""Settings of computing on GPUs, of which there are none. What programs set is kept and has no effect."""

from types import SimpleNamespace

matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True)


def is_built() -> bool:
    """False: there is no code for GPUs here."""
    return False
