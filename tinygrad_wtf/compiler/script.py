"""Functions that are written for one purpose: straight lines instead of loops, and what they use bound beforehand."""

from __future__ import annotations

import functools
import types
from typing import Any


class Script:
    """The lines of a function that finds what it uses in cells, its own and other functions'.

    Reading a cell or a global by its name costs a tenth of asking the cell or the dict for it. All names that are
    made here end with an underscore.

    Attributes
    ----------
    space : dict
        The globals that the lines see.
    cells : dict
        By name: what is bound.
    """

    def __init__(self, space: dict[str, Any]) -> None:
        self.space = space
        self.cells: dict[str, types.CellType] = {}

    def shared(self, cell: types.CellType) -> str:
        """The name of a cell that belongs to somebody else."""
        name = f"cell_{len(self.cells)}_"
        self.cells[name] = cell
        return name

    def bound(self, thing: Any) -> str:
        """A name for this."""
        return self.shared(types.CellType(thing))

    def is_visible(self, name: str) -> bool:
        """Whether the lines may call a global by its own name."""
        return name.isidentifier() and not name.endswith("_")

    def bind(self, **things: Any) -> None:
        """Let the lines call these by their names and an underscore."""
        self.cells |= {f"{word}_": types.CellType(thing) for word, thing in things.items()}

    def function(self, name: str, given: str, lines: list[str]) -> Any:
        """The function of these lines."""
        code = _code(f"def {name}_({given}):", "\n".join(f"        {line}" for line in lines), tuple(self.cells))
        closure = tuple(self.cells[word] for word in code.co_freevars)
        return types.FunctionType(code, self.space, name, None, closure)


@functools.lru_cache(256)
def _code(head: str, lines: str, cells: tuple[str, ...]) -> types.CodeType:
    """The code of a function with these cells; many functions share it."""
    space: dict[str, Any] = {}
    exec(f"def around({', '.join(cells)}):\n    {head}\n{lines}", space)
    constants = space["around"].__code__.co_consts
    return next(code for code in constants if isinstance(code, types.CodeType))
