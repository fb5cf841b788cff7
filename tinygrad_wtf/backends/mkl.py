"""Intel's library: not used here, NumPy computes."""


def is_available() -> bool:
    """False: NumPy computes."""
    return False
