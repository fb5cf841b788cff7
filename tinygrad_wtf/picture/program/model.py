"""What a picture of a program shows, as plain data: boxes, edges, and the buffers in which results lie.

No colours and no Graphviz here (`style.py` has those), and no arrays: a picture keeps nothing of the program alive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tinygrad_wtf.picture.model import counted

__all__ = ["BACKWARD", "BODY", "PREPARE", "Kind", "Path", "ProgramEdge", "ProgramGraph", "ProgramNode"]

Kind: TypeAlias = Literal[
    "call", "guard", "closed", "shares",
    "parameter", "memory", "argument", "entry", "gradient", "result", "kept",
]  # fmt: skip
Path: TypeAlias = tuple[str, ...]  # of clusters, the outermost first

PREPARE, BODY, BACKWARD = "prepare: runs when arguments have changed", "body: runs each time", "backward"


@dataclass(slots=True)
class ProgramNode:
    """A box: a call that runs, or a value that comes from outside or is seen there.

    Attributes
    ----------
    title : str
        The NumPy function with its fixed arguments, or the name of the value.
    shape : tuple of int or None
        Of the result.
    facts : tuple of str
        What else is said: the operation, the flops or bytes.
    place : str
        The buffer in which the result lies, such as "3", or "3.2" for the second part of it; "" for none.
    path : tuple of str
        The clusters around it.
    flops, bytes : int
        What one run of it costs, and what it writes.
    calls, parameters : int
        How many a closed box hides.
    """

    key: str
    kind: Kind
    title: str
    shape: tuple[int, ...] | None = None
    facts: tuple[str, ...] = ()
    place: str = ""
    path: Path = ()
    flops: int = 0
    bytes: int = 0
    calls: int = 1
    parameters: int = 0

    @property
    def runs(self) -> bool:
        """Whether it is work, and no value."""
        return self.kind in ("call", "guard", "closed")

    @property
    def buffer(self) -> int:
        """The number of the buffer, 0 for none."""
        return int(self.place.partition(".")[0] or 0)


@dataclass(slots=True)
class ProgramEdge:
    """A value that is read, or memory that is written in place.

    Attributes
    ----------
    label : str
        The views on the way, such as "T".
    flow : {"read", "write", "both"}
        Whether the head reads, or the tail writes into the memory that the head is, or memory is read and written.
    """

    tail: str
    head: str
    label: str = ""
    flow: Literal["read", "write", "both"] = "read"


@dataclass(slots=True)
class ProgramGraph:
    """The whole program; `nodes` are in the order in which they run."""

    name: str
    nodes: list[ProgramNode] = field(default_factory=list)
    edges: list[ProgramEdge] = field(default_factory=list)
    views: int = 0
    flops: int = 0
    buffer_bytes: int = 0
    traces: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """One line that says what is drawn."""
        return f"{self.name}, compiled"

    @property
    def subtitle(self) -> str:
        """The costs in one line."""
        calls = sum(node.calls for node in self.nodes if node.runs)
        said = [counted(calls, "call")]
        if self.views:
            said.append(f"{counted(self.views, 'view')} at no cost")
        said += [f"{self.flops:,} flops in products", f"{self.buffer_bytes:,} bytes of buffers"]
        if self.traces is not None:
            said.append("traced once" if self.traces == 1 else f"traced {self.traces:,} times")
        return ", ".join(said)

    @property
    def description(self) -> str:
        """A few sentences for a reader who cannot see the picture."""
        said = [f"{self.subtitle}."]
        for kind in ("argument", "parameter", "gradient", "result"):
            names = [node.title for node in self.nodes if node.kind == kind]
            if names:
                said.append(f"{kind.capitalize()}s: {', '.join(names[:8])}{', …' if len(names) > 8 else ''}.")
        said += [f"{note[0].upper()}{note[1:]}." for note in self.notes]
        return " ".join(said)
