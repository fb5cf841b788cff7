"""The lists and dicts of an optimizer: they tell compiled steps of their changes, and give them rates as inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial, wraps
from typing import Any

import numpy as np

from tinygrad_wtf import Tensor, TraceError, float64, is_compiling, no_grad, settings_changed


def _noting(method: Any) -> Any:
    """A method of list or dict that says when it is called, and lets a trace that fails undo the change."""

    @wraps(method)
    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        undo = partial(self.put_back, self.plain()) if is_compiling() else None
        try:
            return method(self, *args, **kwargs)
        finally:
            settings_changed(undo=undo)  # afterwards: whoever runs in between must look again

    return noted


class NotedDict(dict[Any, Any]):
    """A dict that says when it is changed, since compiled steps rely on what is in it."""

    notes_its_settings = True

    __setitem__ = _noting(dict.__setitem__)
    __delitem__ = _noting(dict.__delitem__)
    setdefault = _noting(dict.setdefault)
    update = _noting(dict.update)
    pop = _noting(dict.pop)
    popitem = _noting(dict.popitem)
    clear = _noting(dict.clear)

    def __ior__(self, other: Any) -> NotedDict:  # type: ignore[misc]
        self.update(other)
        return self

    def plain(self) -> dict[Any, Any]:
        """What it holds, as a dict of its own."""
        return dict(dict.items(self))

    def put_back(self, before: dict[Any, Any]) -> None:
        """Hold again what it held before."""
        dict.clear(self)
        dict.update(self, before)


class State(NotedDict):
    """What an optimizer remembers, by parameter; of one that is new, an empty dict."""

    def __missing__(self, parameter: Any) -> Any:
        self[parameter] = NotedDict()
        return dict.__getitem__(self, parameter)


class NotedList(list[Any]):
    """A list that says when it is changed, likewise."""

    notes_its_settings = True

    __setitem__ = _noting(list.__setitem__)
    __delitem__ = _noting(list.__delitem__)
    __iadd__ = _noting(list.__iadd__)
    append = _noting(list.append)
    extend = _noting(list.extend)
    insert = _noting(list.insert)
    pop = _noting(list.pop)
    remove = _noting(list.remove)
    clear = _noting(list.clear)
    sort = _noting(list.sort)
    reverse = _noting(list.reverse)

    def plain(self) -> list[Any]:
        """What it holds, as a list of its own."""
        return list(self)

    def put_back(self, before: list[Any]) -> None:
        """Hold again what it held before."""
        list.__setitem__(self, slice(None), before)


class Rate(Tensor):
    """A number that an update multiplies by, as an input of a compiled step: whatever it is, it is not 0."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


class Group(NotedDict):
    """Parameters and the settings of their updates; what `Optimizer.param_groups` holds.

    Some settings are *rates*: numbers that the update multiplies by. A compiled step reads such a number from a tensor
    that follows the entry here, so that a new learning rate needs no new trace. Whether a rate is 0 is settled when
    the step is traced, as what is switched off is not computed at all.

    Attributes
    ----------
    numbers : dict
        The entries once more, which are read without asking who reads them.
    """

    def __init__(self, entries: Mapping[str, Any], rates: tuple[str, ...] = ()) -> None:
        super().__init__(entries)
        self.rates = rates
        self.numbers = self.plain()
        # an optimizer that a compiled function makes lives as long as one run: its rates are constants
        self._tensors = {} if is_compiling() else {name: _tensors_for(entries.get(name)) for name in rates}
        self._read_as_numbers: set[str] = set()  # by a function while it was traced
        self._follow()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.plain(), self.rates)

    def inputs(self) -> dict[str, Any]:
        """What `Optimizer.update` is given while a step is traced: tensors for the rates that are not 0."""
        return self.numbers | {name: t for name, t in self._tensors.items() if self._is_input(name)}

    def guarded(self) -> dict[str, Any]:
        """What a compiled function depends on: of a rate only whether it is 0, unless it was read as a number."""
        free = [name for name in self._tensors if name not in self._read_as_numbers and self._is_input(name)]
        return {name: "not 0" if name in free else value for name, value in self.numbers.items()}

    def _is_input(self, name: str) -> bool:
        """Whether a compiled step takes this entry from tensors."""
        return _fits(self.numbers.get(name), self._tensors.get(name))

    def _follow(self, *changed: str) -> None:
        """Let `numbers`, and the tensors of what changed, by default of all, hold what the entries are now."""
        self.numbers = self.plain()
        for name in changed or self._tensors:
            if self._is_input(name):
                rates, value = self._tensors[name], self.numbers[name]
                pairs = [(rates, value)] if isinstance(rates, Rate) else zip(rates, value, strict=True)
                with no_grad():
                    for rate, number in pairs:
                        rate.fill_(number)

    # ---------------------------------------------------------------- changing

    def __setitem__(self, name: str, value: Any) -> None:
        stays_input = self._is_input(name) and _fits(value, self._tensors[name])
        if not stays_input or name in self._read_as_numbers:
            super().__setitem__(name, value)
        elif is_compiling():
            raise TraceError(
                f"a compiled function changes the setting {name!r} of an optimizer, which would happen only while it "
                "is traced. Change it outside"
            )
        else:
            dict.__setitem__(self, name, value)
        self._follow(name)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take over other entries."""
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Give an entry its default."""
        if name not in self:
            self[name] = default
        return self[name]

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._follow()

    def pop(self, *args: Any) -> Any:
        """Take an entry out."""
        entry = super().pop(*args)
        self._follow()
        return entry

    def popitem(self) -> Any:
        """Take the last entry out."""
        entry = super().popitem()
        self._follow()
        return entry

    def clear(self) -> None:
        """Take all entries out."""
        super().clear()
        self._follow()

    def put_back(self, before: dict[Any, Any]) -> None:
        """Hold again what it held before."""
        super().put_back(before)
        self._follow()

    # ---------------------------------------------------------------- reading

    def __getitem__(self, name: str) -> Any:
        self._note_reading(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Give an entry, or the default."""
        self._note_reading(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:  # so that dict(group) and {**group} ask __getitem__
        return super().__iter__()

    def items(self) -> Any:
        """Give all entries with their names."""
        self._note_reading(*self.rates)
        return super().items()

    def values(self) -> Any:
        """Give all entries."""
        self._note_reading(*self.rates)
        return super().values()

    def _note_reading(self, *names: str) -> None:
        if is_compiling():
            new = {name for name in names if name in self.rates} - self._read_as_numbers
            if new:
                self._read_as_numbers |= new
                settings_changed()


def _tensors_for(value: Any) -> Any:
    """The tensors that follow a rate: one, or for a tuple such as Adam's betas one for each number."""
    if isinstance(value, (tuple, list)):
        return tuple(Rate(0.0, dtype=float64) for _ in value)
    return Rate(0.0, dtype=float64)


def _fits(value: Any, rates: Any) -> bool:
    """Whether a compiled step can take this from these tensors: a number other than 0, or as many of them."""
    if isinstance(rates, tuple):
        several = isinstance(value, (tuple, list)) and len(value) == len(rates)
        return several and all(_is_number(number) for number in value)
    return rates is not None and _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and value != 0


def without_names(kind: str, members: list[Any]) -> tuple[list[Any], list[str] | None]:
    """Take pairs of a name and a parameter, as of ``named_parameters()``, apart; the names are None without any."""
    pairs = [
        isinstance(member, tuple) and len(member) == 2 and isinstance(member[0], str) and isinstance(member[1], Tensor)
        for member in members
    ]
    if not any(pairs):
        return members, None
    if not all(pairs):
        place = pairs.index(False)
        raise ValueError(
            f"{kind}: either all parameters have names, as of named_parameters(), or none; {place} has none"
        )
    names = [name for name, _ in members]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{kind}: two parameters are named {twice!r}")
    return [parameter for _, parameter in members], names
