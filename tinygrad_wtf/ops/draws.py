"""Random draws inside operations and creation: made now, or, in a function that is being compiled, in every run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.random import RandomSource


def drawn(source: RandomSource, draw: Callable[[np.random.Generator], Any]) -> Any:
    """What `draw` makes of the generator."""
    return mode.recorder.draw(source, draw)
