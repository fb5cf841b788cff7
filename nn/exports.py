"""What a package of `nn` exports, read from what its `__init__` imports: no name is listed a second time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
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


def later(spec: ModuleSpec) -> dict[str, str]:
    """Read from a package's `__init__` the classes that its block for type checkers exports, each with its module.

    Parameters
    ----------
    spec : ModuleSpec
        The package's ``__spec__``.

    Returns
    -------
    dict of str to str
        Such as ``{"LSTM": ".layers.recurrent"}``: what is imported when it is first asked for.

    Examples
    --------
    >>> import tinygrad_wtf.nn
    >>> later(tinygrad_wtf.nn.__spec__)["LSTM"]
    '.layers.recurrent'
    """
    source: str = spec.loader.get_source(spec.name)  # type: ignore[union-attr]
    return {name: module for module, name in re.findall(r"^    from (\.[\w.]+\.\w+) import (\w+) as \2$", source, re.M)}
