"""`ModuleDict`: modules under names of one's own."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, cast

from tinygrad_wtf import settings_changed

from ..module import Module


class ModuleDict(Module):
    """A dict of modules whose parameters the network knows: a plain Python dict would hide them.

    Parameters
    ----------
    modules : mapping or iterable of (str, Module), optional
        What it holds at first.

    Raises
    ------
    TypeError
        When something in it is not a module, or a name is no string.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> heads = nn.ModuleDict({"classes": nn.Linear(2, 3), "score": nn.Linear(2, 1)})
    >>> list(heads.keys()), heads["score"].out_features
    (['classes', 'score'], 1)
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        found = self._modules[key]
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]
        settings_changed()

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()
        settings_changed()

    def pop(self, key: str) -> Module:
        """Take the module of this name out, and return it.

        Parameters
        ----------
        key : str
            Its name.
        """
        taken = self[key]
        del self[key]
        return taken

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Any]:
        """Return the names with their modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Any]:
        """Return the modules."""
        return self._modules.values()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Put modules under names, in the place of those that have them.

        Parameters
        ----------
        modules : mapping or iterable of (str, Module)
            The modules.
        """
        pairs = modules.items() if isinstance(modules, Mapping | ModuleDict) else modules
        for pair in cast("Iterable[Any]", pairs):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise TypeError(f"ModuleDict takes a mapping or pairs of names and modules, not {pair!r}")
            name, module = pair
            self.add_module(name, module)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a dict does not say how its modules are combined."""
        raise NotImplementedError("a ModuleDict cannot be called: run its modules in the forward of your own module")
