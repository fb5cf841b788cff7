"""Who takes part, and the environment of each, made from PyPI. What they run is in `contestants`."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NUMPY = "numpy==2.4.6"
THIS_PROJECT = "this project"

# One virtual environment each. Everyone who computes with NumPy has the same one.
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "project": (NUMPY, "threadpoolctl==3.8.0", THIS_PROJECT),
    "torch": ("torch==2.13.0", NUMPY),
    "jax": ("jax==0.10.2", "jaxlib==0.10.2", NUMPY),
    "autograd": ("autograd==1.9.1", NUMPY),
    "mygrad": ("mygrad==2.5.0", NUMPY),
    "tinygrad": ("tinygrad==0.14.0", "ziglang==0.15.2", NUMPY),  # ziglang brings the clang that tinygrad calls
    "micrograd": ("micrograd==0.1.0", NUMPY),
}


class Contestant(NamedTuple):
    """One who is timed: `name` is that of its file in `contestants`."""

    name: str
    title: str
    environment: str
    ours: bool = False
    dtypes: tuple[str, ...] = ("float32", "float64")
    workloads: tuple[str, ...] | None = None  # None: all
    threads: tuple[int, ...] = (1, 2)
    trains: bool = True
    records: bool = False  # enters the chain of small operations
    own_threads: bool = False  # has threads of its own, each with one of BLAS


CONTESTANTS = (
    Contestant("closed_form", "the guide's NumPy", "project"),
    Contestant("eager", "tinygrad_wtf eager", "project", ours=True, records=True),
    Contestant("compiled", "tinygrad_wtf compiled", "project", ours=True, own_threads=True),
    Contestant("tuned", "tinygrad_wtf tuned", "project", ours=True, own_threads=True),
    Contestant("torch_eager", "PyTorch eager", "torch", records=True),
    Contestant("torch_compile", "torch.compile", "torch"),
    Contestant("jax_jit", "jax.jit", "jax"),
    Contestant("autograd", "HIPS autograd", "autograd", records=True),
    Contestant("mygrad", "MyGrad", "mygrad", records=True),
    Contestant("tinygrad", "tinygrad TinyJit", "tinygrad"),
    Contestant("micrograd", "micrograd", "micrograd", False, ("float64",), ("neuron",), (1,), records=True),
)
NAMED = {contestant.name: contestant for contestant in CONTESTANTS}


def default_folder() -> Path:
    """Where environments go unless the user says otherwise: the user's folder for what can be made again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "tinygrad_wtf-benchmarks"


def python(folder: Path, environment: str) -> Path:
    """The interpreter of an environment, whether or not it exists."""
    return folder / environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def setup(folder: Path, wanted: Iterable[str]) -> int:
    """Make the environments; the number of those that failed. One that is there with these versions is left alone."""
    failed = 0
    for name in dict.fromkeys(wanted):
        stamp, requirements = folder / name / "installed.txt", ENVIRONMENTS[name]
        if stamp.exists() and stamp.read_text(encoding="utf-8") == "\n".join(requirements):
            print(f"{name}: ready")
            continue
        print(f"{name}: installing {', '.join(requirements)}", flush=True)
        venv.create(folder / name, with_pip=True, clear=True, symlinks=sys.platform != "win32")
        packages = [part for r in requirements for part in (("-e", str(ROOT)) if r == THIS_PROJECT else (r,))]
        done = subprocess.run([python(folder, name), "-m", "pip", "install", "--quiet", *packages], check=False)
        if done.returncode:
            print(f"{name}: failed; its contestants will be listed as not installed")
            failed += 1
        else:
            stamp.write_text("\n".join(requirements), encoding="utf-8")
    return failed
