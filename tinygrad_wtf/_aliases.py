"""Where modules are found under other names than that of their file.

`tinygrad_wtf.nn` lies beside this package in a checkout (the folder `nn`), and inside this package in a wheel. In a
checkout `import nn` gives the same module objects. Modules that have moved are found under their old names.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # `importlib.abc` would bring much that is not needed

NN = "tinygrad_wtf.nn"
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

SAME = {  # two names that stay
    "tinygrad_wtf.optim": f"{NN}.optim",
    f"{NN}.datasets": f"{NN}.data.datasets",
    f"{NN}.plot": f"{NN}.visual.plot",
}

MOVED = {
    "tinygrad_wtf.backward": "tinygrad_wtf.autograd.backward",
    "tinygrad_wtf.check": "tinygrad_wtf.autograd.checks",
    "tinygrad_wtf.creation": "tinygrad_wtf.tensors.creation",
    "tinygrad_wtf.derivatives": "tinygrad_wtf.autograd.transforms",
    "tinygrad_wtf.op": "tinygrad_wtf.core.op",
    "tinygrad_wtf.program": "tinygrad_wtf.compiler",
    "tinygrad_wtf.symbol": "tinygrad_wtf.explanation.symbol",
    f"{NN}.watching": f"{NN}.visual.watching",
    **{f"{NN}.{name}": NN for name in (  # each layer and loss is a name of `nn` itself
        "activation", "container", "convolution", "embedding", "flatten", "linear", "loss", "normalization", "pooling"
    )},
    **{f"{NN}.{name}": f"{NN}.training.{name}" for name in ("callbacks", "history", "metrics")},
    f"{NN}.nonfinite": f"{NN}.training.diagnose",
}  # fmt: skip

# Old modules of which a function has the name: the function stays, and has what the module had as attributes.
FUNCTIONS = {
    "tinygrad_wtf.tensor": "tinygrad_wtf.tensors.tensor",
    f"{NN}.evaluate": f"{NN}.training.evaluate",
    f"{NN}.fit": f"{NN}.training.fit",
    f"{NN}.summary": f"{NN}.summaries",
}


class _Same(Loader):
    """Gives a module that exists under its own name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._name)
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own  # which the import machinery has just replaced


class _Function(Loader):
    """Gives the function that has the name of an old module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python: the module is thrown away."""

    def exec_module(self, module: ModuleType) -> None:
        package, _, name = module.__name__.rpartition(".")
        function = getattr(sys.modules[package], name)
        found = vars(import_module(self._name))
        vars(function).update({name: value for name, value in found.items() if not name.startswith("__")})
        sys.modules[module.__name__] = function


class _Finder:
    """Finds what is said above; everything else is left to Python."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == NN and IN_CHECKOUT:
            return _folder_beside()
        own = _canonical(name)
        if own is None:
            return None
        if own in FUNCTIONS:
            warnings.warn(f"{name} is now {FUNCTIONS[own]}", DeprecationWarning, stacklevel=2)
            return ModuleSpec(name, _Function(FUNCTIONS[own]))
        head, tail = own, ""
        while head and head not in SAME and head not in MOVED:
            head, dot, last = head.rpartition(".")
            tail = dot + last + tail
        if head in MOVED:
            own = MOVED[head] + tail
            warnings.warn(f"{name} is now {own}", DeprecationWarning, stacklevel=2)
        elif head:
            own = SAME[head] + tail
        return None if own == name else ModuleSpec(name, _Same(own))


def _canonical(name: str) -> str | None:
    """What a module of the project is called below `tinygrad_wtf`; None for the modules of others."""
    if name.startswith("tinygrad_wtf."):
        return name
    if name.startswith("nn.") and sys.modules.get("nn") is sys.modules.get(NN, _Finder):
        return f"tinygrad_wtf.{name}"
    return None


def _folder_beside() -> ModuleSpec:
    """The folder `nn` of a checkout, which may be a zip archive, as `tinygrad_wtf.nn`."""
    spec = PathFinder.find_spec(NN, [ROOT])
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{NN} is the folder nn beside {HERE} in a checkout, and it is not there", name=NN)
    return spec


def _is_in_checkout() -> bool:
    """Whether the layers lie beside the package; in a wheel they lie inside."""
    inside = PathFinder.find_spec(NN, [HERE])
    return inside is None or inside.origin is None  # a folder without `__init__.py` has no origin


IN_CHECKOUT = _is_in_checkout()
OWN_FOLDERS = (
    os.path.join(HERE, ""),
    *([os.path.join(ROOT, "nn", "")] if IN_CHECKOUT else []),
)  # of the project's code


class _Missing:
    """Says of a module that PyTorch has and nobody has found here, why it is not here."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        package, _, module = name.rpartition(".")
        if package == "tinygrad_wtf" and (why := import_module("tinygrad_wtf.absent").reason("torch", module)):
            raise ModuleNotFoundError(f"{package} has no {module!r}: {why}", name=name)


def install() -> None:
    """Let Python's imports ask here first, and last for what was not found."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
        sys.meta_path.append(_Missing)
