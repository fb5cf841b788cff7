"""PyTorch's public names: which are here, and which are a documented no (``python -m tests.torch_oracle coverage``)."""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import textwrap
from importlib import import_module
from typing import Any, NamedTuple

import tinygrad_wtf as tw
from tinygrad_wtf import absent

# By PyTorch's name: where ours is, and where PyTorch's is if that is not a module of it.
NAMESPACES = {
    "torch": "",
    "Tensor": "Tensor",
    "nn": "nn",
    "nn.functional": "nn.functional",
    "nn.init": "nn.init",
    "nn.utils": "nn.utils",
    "nn.utils.parametrizations": "nn.utils.parametrizations",
    "nn.utils.parametrize": "nn.utils.parametrize",
    "nn.utils.prune": "nn.utils.prune",
    "nn.utils.rnn": "nn.utils.rnn",
    "optim": "optim",
    "optim.lr_scheduler": "optim.lr_scheduler",
    "optim.swa_utils": "optim.swa_utils",
    "autograd": "autograd",
    "autograd.functional": "autograd.functional",
    "func": "func",
    "utils.data": "utils.data",
    "distributions": "distributions",
    "linalg": "linalg",
    "special": "special",
}


class Coverage(NamedTuple):
    """The names of one namespace, each in one of the three; and the noes that are here nevertheless."""

    here: list[str]
    no: list[str]
    neither: list[str]
    stale: list[str]


def torchs_names(namespace: str) -> list[str]:
    """The public names of a namespace of PyTorch: its ``__all__``, or all that do not begin with an underscore."""
    path = {"torch": "torch"}.get(namespace, f"torch.{namespace}")
    found: Any = import_module("torch").Tensor if namespace == "Tensor" else import_module(path)
    listed = None if namespace in ("torch", "Tensor") else getattr(found, "__all__", None)
    if listed is None and namespace.count(".") > 1:  # what such a page defines itself
        listed = [name for name in dir(found) if getattr(getattr(found, name), "__module__", "") == found.__name__]
    return sorted({name for name in listed or dir(found) if not name.startswith("_")})


def ours(namespace: str) -> Any:
    """Our namespace of the same name; None where there is none."""
    found: Any = tw
    for part in filter(None, NAMESPACES[namespace].split(".")):
        if not hasattr(found, part) and found.__name__.startswith("tinygrad_wtf"):
            import_module(f"{found.__name__}.{part}")
        found = getattr(found, part, None)
    return found


def coverage(namespace: str) -> Coverage:
    """What is here of a namespace."""
    own, every = ours(namespace), torchs_names(namespace)
    here = [name for name in every if hasattr(own, name)]
    no = [name for name in every if name not in here and absent.reason(namespace, name) is not None]
    neither = [name for name in every if name not in here and name not in no]
    stale = [name for name in absent.names(namespace) if hasattr(own, name)]
    return Coverage(here, no, neither, stale)


def _wrapped(title: str, names: list[str]) -> str:
    text = f"{title}: {' '.join(names)}"
    return textwrap.fill(text, 118, initial_indent="  ", subsequent_indent="      ")


def main() -> int:
    """Print it; the status is 1 if a name is neither."""
    parser = argparse.ArgumentParser(prog="python -m tests.torch_oracle coverage", description=__doc__)
    parser.add_argument("namespaces", nargs="*", help=f"of {', '.join(NAMESPACES)}")
    parser.add_argument("--no", action="store_true", help="list the documented noes with their reasons")
    arguments = parser.parse_args()
    total = [0, 0, 0, 0]
    for namespace in arguments.namespaces or NAMESPACES:
        found = coverage(namespace)
        counts = [len(part) for part in found]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        print(f"{namespace:20} here {counts[0]:4}   documented no {counts[1]:4}   neither {counts[2]:4}")
        if arguments.no:
            reasons: dict[str, list[str]] = {}
            for name in found.no:
                reasons.setdefault(absent.reason(namespace, name) or "", []).append(name)
            for reason, names in reasons.items():
                print(
                    textwrap.fill(f"{reason}: {' '.join(names)}", 118, initial_indent="  ", subsequent_indent="      ")
                )
        for title, names in (("neither", found.neither), ("here, and a no", found.stale)):
            if names:
                print(
                    textwrap.fill(f"{title}: {' '.join(names)}", 118, initial_indent="  ", subsequent_indent="      ")
                )
    print(f"{'all':20} here {total[0]:4}   documented no {total[1]:4}   neither {total[2]:4}")
    differing = arguments_compared(arguments.namespaces or list(NAMESPACES))
    return int(total[2] > 0 or total[3] > 0 or differing > 0)


def arguments_compared(namespaces: list[str]) -> int:
    """Print how many names have PyTorch's arguments; gives how many differ that are not listed."""
    from tests.torch_oracle import signatures

    found = {f"{space}.{name}": how for space in namespaces for name, how in signatures.compared(space).items()}
    wrong = {name: how for name, how in found.items() if how and name not in signatures.DIFFERENT}
    listed = sum(1 for name, how in found.items() if how) - len(wrong)
    print(f"arguments compared of {len(found)} names: {listed} differ for a listed reason, {len(wrong)} otherwise")
    for name, how in wrong.items():
        print(f"  {name}: {how}")
    return len(wrong)
