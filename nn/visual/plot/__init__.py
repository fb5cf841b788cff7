"""The guide's figures: points, learning curves, decision boundaries. Each returns its axes and never calls `show`.

matplotlib is imported when a function is called, so nothing else needs it. Colours are from the palette of Okabe and
Ito, which colour-blind readers can tell apart; the classes differ in the shape of their marks too.
"""

from typing import TYPE_CHECKING

from ...exports import exported as _exported
from .boundary import decision_boundary as decision_boundary
from .boundary import wall as wall
from .curves import learning_curves as learning_curves
from .pictures import images as images
from .points import scatter as scatter
from .points import sigmoid_points as sigmoid_points

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals())
