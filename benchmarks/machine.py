"""The machine and the software on it, in words."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.environments import NAMED
from benchmarks.measure import Settings
from benchmarks.process import FailedError, Worker, processors


def describe(settings: Settings, scratch: Path) -> dict[str, Any]:
    """Processor, memory, system, and what NumPy multiplies matrices with in the contestants' environment."""
    return {
        "processor": processor(),
        "cores": len(processors()) or os.cpu_count(),
        "memory": _memory(),
        "system": _system(),
        "python": platform.python_version(),
        "blas": _blas(settings, scratch),
    }


def processor() -> str:
    """The processor's name; virtual machines often say no more than its maker, so family and model follow."""
    said: dict[str, str] = {}
    for line in _lines("/proc/cpuinfo"):
        name, _, value = line.partition(":")
        said.setdefault(name.strip(), value.strip())
    if "model name" not in said:
        return platform.processor() or platform.machine()
    flags = said.get("flags", "").split()
    details = [f"{key} {said[key]}" for key in ("cpu family", "model") if key in said]
    details += [f"{float(said['cpu MHz']) / 1000:.1f} GHz"] if "cpu MHz" in said else []
    details += [name for name in ("avx512f", "avx2", "avx") if name in flags][:1]
    return f"{said['model name']} ({', '.join(details)})"


def _memory() -> str:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal:"):
            return f"{int(line.split()[1]) / 2**20:.0f} GiB"
    return "unknown"


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release().split('-')[0]}"


def _blas(settings: Settings, scratch: Path) -> str:
    try:
        with Worker(NAMED["closed_form"], 1, settings.envs, scratch) as worker:
            pools = worker("blas")["blas"]
    except FailedError as reason:
        return f"unknown ({reason})"
    return ", ".join(f"{pool['internal_api']} {pool['version']} ({pool['architecture']})" for pool in pools)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
