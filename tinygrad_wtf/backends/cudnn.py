"""cuDNN, which is not here. What programs set (`benchmark`, `deterministic`, ...) is kept and has no effect."""

enabled = True
benchmark = False
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False: cuDNN is for GPUs."""
    return False


def version() -> None:
    """None: there is no cuDNN."""
