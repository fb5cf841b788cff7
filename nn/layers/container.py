"""Modules that hold modules: `Sequential` runs them one after another, `ModuleList` only keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import index
from typing import Any, ClassVar, Self

from tinygrad_wtf import settings_changed

from ..module import Module


class _Indexed(Module):
    """What both containers share: modules in order, under the names "0", "1", ... unless they were given others."""

    _keeps_names: ClassVar[bool]  # whether the modules of a slice have the names that they have in the whole

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter([module for module in self._modules.values() if module is not None])

    def __contains__(self, module: object) -> bool:
        return any(module is held for held in self._modules.values())

    def _name_at(self, position: int) -> str:
        try:
            place = index(position)
        except TypeError:
            raise TypeError(
                f"{type(self).__name__} is indexed by whole numbers and slices, not by {type(position).__name__}"
            ) from None
        if not -len(self) <= place < len(self):
            raise IndexError(f"index {place} is out of range: this {type(self).__name__} has {len(self)} modules")
        return list(self._modules)[place]

    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            part = self._empty()
            for name, module in list(self._modules.items())[position]:
                # straight into the dict: the modules keep the name under which the whole knows them
                part._modules[name if self._keeps_names else str(len(part))] = module
            part.training = self.training
            return part
        return self._modules[self._name_at(position)]

    def __setitem__(self, position: int, module: Module) -> None:
        if isinstance(position, slice):
            name = type(self).__name__
            raise TypeError(
                f"{name}: a slice cannot be assigned to; assign one module at a time, or build a new {name}"
            )
        self.add_module(self._name_at(position), module)

    def __delitem__(self, position: int | slice) -> None:
        names = list(self._modules)[position] if isinstance(position, slice) else [self._name_at(position)]
        numbered = self._is_numbered()
        for name in names:
            del self._modules[name]
        settings_changed()
        if numbered:
            self._renumber(list(self))

    def __add__(self, other: Iterable[Module]) -> Any:
        if not isinstance(other, _Indexed):
            return NotImplemented
        return self._joined((*self, *other))

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def _joined(self, modules: Iterable[Module]) -> _Indexed:
        """Return a container of these, numbered from 0; they keep their names in other containers."""
        together = self._empty()
        for module in modules:
            together._modules[str(len(together))] = module
        return together

    def pop(self, position: int | slice) -> Any:
        """Take the module at `position` out, number those after it anew, and return it.

        Parameters
        ----------
        position : int or slice
            Its place; negative ones count from the end.

        Raises
        ------
        IndexError
            When `position` lies outside the container.
        """
        taken = self[position]
        del self[position]
        return taken

    def append(self, module: Module) -> Self:
        """Append `module`; returns the container."""
        name = str(len(self))
        while name in self._modules:  # names given by hand may already use the number
            name = str(int(name) + 1)
        self.add_module(name, module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Put all `modules` at the end, in order; returns the container."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, position: int, module: Module) -> Self:
        """Put `module` before the one at `position` and number those after it anew; returns the container.

        Raises
        ------
        IndexError
            When `position` lies outside the container.
        ValueError
            When the modules have names of their own, which cannot be numbered anew.
        """
        if not -len(self) <= position <= len(self):
            raise IndexError(f"cannot insert at {position}: this {type(self).__name__} has {len(self)} modules")
        if not self._is_numbered():
            raise ValueError(
                f"cannot insert into a {type(self).__name__} whose modules have names of their own "
                f"({', '.join(self._modules)}): build a new one from an OrderedDict"
            )
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__} holds modules, not a {type(module).__name__}")
        held = list(self)
        held.insert(position, module)
        self._renumber(held)
        return self

    def _is_numbered(self) -> bool:
        return list(self._modules) == [str(number) for number in range(len(self))]

    def _renumber(self, modules: list[Module]) -> None:
        self._modules.clear()
        for number, module in enumerate(modules):
            self.add_module(str(number), module)

    def _empty(self) -> _Indexed:
        """Return what slices and sums are made of: the plain container, also in a subclass of it."""
        raise NotImplementedError

    def _remember_name(self, name: str) -> None:
        super()._remember_name(name)
        for number, module in self._modules.items():  # so two lists in one network do not both say "0: Linear"
            if module is not None:
                module._remember_name(f"{name}.{number}")

    def add_module(self, name: str, module: Module | None) -> None:
        """Hold `module` under `name`, known to errors and pictures as the container's name, a dot, and `name`."""
        super().add_module(name, module)
        if module is not None and self._called:
            module._remember_name(f"{self._called}.{name}")


class Sequential(_Indexed):
    """Modules run one after another, each on the output of the one before.

    Parameters
    ----------
    *modules : Module or OrderedDict
        The modules in order, or one `OrderedDict` (any dict) that gives them names.

    Raises
    ------
    TypeError
        When something in it is not a module.

    Notes
    -----
    A slice is a Sequential of the same modules (not of copies), under the same names, as in PyTorch. ``model * 3``
    has the same modules three times, one after another.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> model = nn.Sequential(nn.Linear(2, 32), nn.Sigmoid(), nn.Linear(32, 1), nn.Sigmoid())
    >>> model[:2]
    Sequential(
      (0): Linear(in_features=2, out_features=32, bias=True)
      (1): Sigmoid()
    )
    >>> [name for name, _ in model.named_parameters()]
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *modules: Module | dict[str, Module]) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            for name, named in modules[0].items():
                self.add_module(name, named)
            return
        for number, module in enumerate(modules):
            if isinstance(module, (list, tuple)):
                raise TypeError(
                    f"Sequential takes modules one by one, not a {type(module).__name__}: put a star before it, "
                    "nn.Sequential(*layers)"
                )
            if module is None or isinstance(module, dict):
                raise TypeError(f"Sequential holds modules, and argument {number} is a {type(module).__name__}")
            self.add_module(str(number), module)

    _keeps_names = True

    def _empty(self) -> Sequential:
        return Sequential()

    def __mul__(self, times: int) -> Any:
        return self._joined([*self] * self._times(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        held = [*self]
        for _ in range(self._times(times) - 1):
            for module in held:
                self._modules[str(len(self))] = module
        settings_changed()
        return self

    def _times(self, times: int) -> int:
        if isinstance(times, bool) or not isinstance(times, int):
            raise TypeError(f"a Sequential is repeated a whole number of times, not {times!r}")
        if times < 1:
            raise ValueError(f"a Sequential is repeated once or more often, not {times} times")
        return times

    def forward(self, input: Any) -> Any:
        """Run all modules in order."""
        for name, module in self._modules.items():
            if module is not None:
                input = module._call_as(name, input)
        return input


class ModuleList(_Indexed):
    """A list of modules whose parameters the network knows: a plain Python list would hide them.

    Parameters
    ----------
    modules : iterable of Module, optional
        What it holds at first.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> class Tower(nn.Module):
    ...     def __init__(self, widths):
    ...         super().__init__()
    ...         self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
    ...
    ...     def forward(self, x):
    ...         for layer in self.layers:
    ...             x = layer(x).sigmoid()
    ...         return x
    >>> [name for name, _ in Tower([2, 8, 1]).named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    _keeps_names = False

    def _empty(self) -> ModuleList:
        return ModuleList()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a list does not say how its modules are combined."""
        raise NotImplementedError("a ModuleList cannot be called: run its modules in the forward of your own module")
