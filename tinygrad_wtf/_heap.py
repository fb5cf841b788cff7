"""Memory while the package is imported, and after: the cyclic collector, and what the system's heap keeps for reuse.

Importing makes many objects and no garbage, and the collector would look at them all again and again: a seventh of the
import's time. It rests until the end.

glibc hands arrays above 128 KiB back to the system and fetches the next ones page by page. Freeing one large array,
never touched, raises that limit to its size, so the arrays of a training step are reused: without it an eager step of
[2, 64, 64, 1] on 1,000 samples takes twice as long.
"""

import gc

import numpy as np

_collects = gc.isenabled()
gc.disable()


def imported() -> None:
    """Let the collector go on as it was, and look at what was imported only when it looks at everything."""
    if _collects:
        if gc.get_freeze_count() == 0:  # what others have frozen stays so
            gc.freeze()
            gc.unfreeze()
        gc.enable()


def keep_arrays() -> None:
    """Raise the limit, where there is one, to 32 MiB."""
    np.empty(2**25 - 2**16, np.uint8)
