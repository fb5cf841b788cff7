"""Libraries that come with an extra: imported when they are first used, with what to install when they are missing."""

from __future__ import annotations

import importlib
from typing import Any


def require(module: str, purpose: str, extra: str = "examples") -> Any:
    """Import `module`, or say which extra brings it.

    Parameters
    ----------
    module : str
        Dotted name of the module, such as ``"sklearn.datasets"``.
    purpose : str
        What needs it, the beginning of the sentence: ``"datasets.moons"``.
    extra : str
        The extra of this distribution that installs it.

    Returns
    -------
    module : str
        The imported module.

    Raises
    ------
    ImportError
        The library is not installed.

    Examples
    --------
    >>> require("math", "an example").sqrt(4.0)
    2.0
    """
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        library = module.partition(".")[0]
        raise ImportError(
            f"{purpose} needs {library}, which cannot be imported here ({missing}). "
            f"Install it with: pip install 'tinygrad_wtf[{extra}]'"
        ) from missing
