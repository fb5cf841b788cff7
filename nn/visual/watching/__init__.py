"""A training that can be looked at afterwards: a callback of `fit` takes snapshots and writes a page with a slider.

`callback` decides when to look, `snapshot` what is kept of a moment, `plane` where a model with two inputs decides, and
`page` writes it all down; the page is made of `page.html`, `page.css` and the scripts. Nothing here trains.
"""

from __future__ import annotations

from .callback import Watch as Watch
from .callback import watch as watch
