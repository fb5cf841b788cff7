"""What a package of `nn` exports, read from what its `__init__` imports: no name is listed a second time."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

PROJECT = __name__.partition(".")[0]


def exported(namespace: Mapping[str, Any], *modules: str) -> list[str]:
    """Give the public names of a package, for its ``__all__``.

    Parameters
    ----------
    namespace : mapping
        The ``globals()`` of its ``__init__``.
    *modules : str
        The modules among its public names; other modules are in the namespace because something imported them.

    Returns
    -------
    list of str
        Functions and classes of this project that the ``__init__`` imports, and `modules`.

    Examples
    --------
    >>> from tinygrad_wtf.nn.optim import SGD
    >>> exported({"SGD": SGD, "_SGD": SGD, "dict": dict, "sgd": __import__("math")}, "later")
    ['SGD', 'later']
    """
    own = [
        name
        for name, value in namespace.items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and str(getattr(value, "__module__", "")).partition(".")[0] == PROJECT
    ]
    return sorted([*own, *modules])
