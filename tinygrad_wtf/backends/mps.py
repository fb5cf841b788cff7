"""Apple's GPUs: not used here, NumPy computes."""


def is_available() -> bool:
    """False: NumPy computes."""
    return False


def is_built() -> bool:
    """False: there is no code for GPUs here."""
    return False
