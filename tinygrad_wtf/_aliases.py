"""Where modules are found under other names than that of their file.

`tinygrad_wtf.nn` is a folder of its own beside this package in a checkout, and inside this package in a wheel. The
folder of the checkout, imported as `nn`, is the same module. Modules that have moved are found under their old names.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

NN = "tinygrad_wtf.nn"
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OWN_FOLDERS = (os.path.join(HERE, ""), os.path.join(ROOT, "nn", ""))  # where the project's own code lies

MOVED = {
    "tinygrad_wtf.backward": "tinygrad_wtf.autograd.backward",
    "tinygrad_wtf.check": "tinygrad_wtf.autograd.checks",
    "tinygrad_wtf.creation": "tinygrad_wtf.tensors.creation",
    "tinygrad_wtf.derivatives": "tinygrad_wtf.autograd.functional",
    "tinygrad_wtf.op": "tinygrad_wtf.core.op",
    "tinygrad_wtf.program": "tinygrad_wtf.compiler",
    "tinygrad_wtf.symbol": "tinygrad_wtf.explanation.symbol",
    f"{NN}.datasets": f"{NN}.data.datasets",
    f"{NN}.plot": f"{NN}.visual.plot",
    f"{NN}.watching": f"{NN}.visual.watching",
    **{f"{NN}.{name}": f"{NN}.layers.{name}" for name in (
        "activation", "container", "convolution", "embedding", "flatten", "linear", "normalization", "pooling"
    )},
    **{f"{NN}.{name}": f"{NN}.training.{name}" for name in ("callbacks", "history", "metrics")},
    f"{NN}.loss": NN,  # its classes are spread over files
}  # fmt: skip
STILL_PUBLIC = (f"{NN}.datasets", f"{NN}.plot")  # short names that stay


class _Other:
    """The loader of a module that exists under its own name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._name)
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own  # which the import machinery has just replaced


class _Finder:
    """Finds what is said above; everything else is left to Python."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == NN and not _is_installed():
            return PathFinder.find_spec(NN, [ROOT])
        if name.startswith("nn.") and sys.modules.get("nn") is sys.modules.get(NN, ...):
            return ModuleSpec(name, _Other(f"tinygrad_wtf.{name}"))  # type: ignore[arg-type]
        if name in MOVED:
            if name not in STILL_PUBLIC:
                warnings.warn(f"{name} is now {MOVED[name]}", DeprecationWarning, stacklevel=2)
            return ModuleSpec(name, _Other(MOVED[name]))  # type: ignore[arg-type]
        return None


def _is_installed() -> bool:
    """Whether `nn` lies inside the package, as it does in a wheel."""
    return PathFinder.find_spec(NN, [HERE]) is not None


def install() -> None:
    """Let Python's imports ask here first."""
    if not any(finder is _Finder for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder)
