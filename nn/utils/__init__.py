"""What works on the parameters and gradients of whole networks, and on sequences (`nn.utils.rnn`).

``__all__`` follows from the imports.
"""

from typing import TYPE_CHECKING

from ..exports import exported as _exported
from . import rnn as rnn

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals(), "rnn")
