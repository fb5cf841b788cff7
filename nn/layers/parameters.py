"""`ParameterList` and `ParameterDict`: parameters held in order or under names, and known to the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import index
from typing import Any, Self

from tinygrad_wtf import Tensor

from ..module import Module
from ..parameter import Parameter


def _learnt(value: Any) -> Any:
    """Tensors become parameters; anything else is kept as it is."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


class ParameterList(Module):
    """A list of parameters that the network knows: a plain Python list would hide them.

    Tensors that are put in become parameters; other values are kept, and not part of the state.

    Parameters
    ----------
    values : iterable, optional
        What it holds at first.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> weights = nn.ParameterList([nn.Parameter(tw.zeros(2)), tw.ones(3)])
    >>> [(name, weight.shape) for name, weight in weights.named_parameters()]
    [('0', (2,)), ('1', (3,))]
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name_at(self, position: int) -> str:
        place = index(position)
        if not -self._size <= place < self._size:
            raise IndexError(f"index {place} is out of range: this {type(self).__name__} has {self._size} values")
        return str(place % self._size)

    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return type(self)([getattr(self, str(i)) for i in range(*position.indices(self._size))])
        return getattr(self, self._name_at(position))

    def __setitem__(self, position: int, value: Any) -> None:
        setattr(self, self._name_at(position), _learnt(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([getattr(self, str(i)) for i in range(self._size)])

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def append(self, value: Any) -> Self:
        """Put a value at the end; returns the list.

        Parameters
        ----------
        value : Tensor or anything
            A tensor becomes a parameter.
        """
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Put all values at the end, in order; returns the list.

        Parameters
        ----------
        values : iterable
            The values.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList is extended by an iterable of values, not a {type(values).__name__}")
        for value in values:
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """Return a line for each value."""
        return "\n".join(f"({i}): {_line(value)}" for i, value in enumerate(self))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a list of parameters computes nothing."""
        raise NotImplementedError("a ParameterList cannot be called: use its parameters in your own module")


def _line(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{type(value).__name__} of shape {value.shape}, {value.dtype}"
    return f"Object of type: {type(value).__name__}"


class ParameterDict(Module):
    """A dict of parameters that the network knows: a plain Python dict would hide them.

    Tensors that are put in become parameters; other values are kept, and not part of the state.

    Parameters
    ----------
    parameters : mapping or iterable of (str, value), optional
        What it holds at first.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> weights = nn.ParameterDict({"left": tw.zeros(2), "right": tw.ones(3)})
    >>> [name for name, _ in weights.named_parameters()]
    ['left', 'right']
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._names: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._names:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"a name in a {type(self).__name__} is a string, not {key!r}")
        self._refuse(key)
        setattr(self, key, _learnt(value))
        self._names[key] = None

    def __delitem__(self, key: str) -> None:
        del self._names[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __contains__(self, key: object) -> bool:
        return key in self._names

    def __or__(self, other: Mapping[str, Any] | ParameterDict) -> ParameterDict:
        together = self.copy()
        together.update(other)
        return together

    def __ror__(self, other: Mapping[str, Any]) -> ParameterDict:
        together = type(self)(other)
        together.update(self)
        return together

    def __ior__(self, other: Mapping[str, Any] | ParameterDict) -> Self:
        self.update(other)
        return self

    def copy(self) -> ParameterDict:
        """Return another dict of the same parameters."""
        return type(self)(dict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a name, which gets `default` if there is none.

        Parameters
        ----------
        key : str
            The name.
        default
            What is put there.
        """
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Take all values out."""
        for key in list(self._names):
            del self[key]

    def pop(self, key: str) -> Any:
        """Take the value of a name out, and return it.

        Parameters
        ----------
        key : str
            The name.
        """
        taken = self[key]
        del self[key]
        return taken

    def popitem(self) -> tuple[str, Any]:
        """Take the last value out, and return it with its name."""
        if not self._names:
            raise KeyError("popitem: this ParameterDict is empty")
        key = next(reversed(self._names))
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a name, or `default` if there is none.

        Parameters
        ----------
        key : str
            The name.
        default
            What else is returned.
        """
        return getattr(self, key) if key in self._names else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Return another dict with one value under these names.

        Parameters
        ----------
        keys : iterable of str
            The names.
        default
            The value.
        """
        return type(self)((key, default) for key in keys)

    def keys(self) -> Iterable[str]:
        """Return the names."""
        return self._names.keys()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return the names with their values."""
        return [(key, self[key]) for key in self._names]

    def values(self) -> Iterable[Any]:
        """Return the values."""
        return [self[key] for key in self._names]

    def update(self, parameters: Any) -> None:
        """Put values under names, in the place of those that have them.

        Parameters
        ----------
        parameters : mapping or iterable of (str, value)
            The values.
        """
        pairs = parameters.items() if isinstance(parameters, Mapping | ParameterDict) else parameters
        for pair in pairs:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise TypeError(f"ParameterDict takes a mapping or pairs of names and values, not {pair!r}")
            self[pair[0]] = pair[1]

    def extra_repr(self) -> str:
        """Return a line for each value."""
        return "\n".join(f"({key}): {_line(value)}" for key, value in self.items())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a dict of parameters computes nothing."""
        raise NotImplementedError("a ParameterDict cannot be called: use its parameters in your own module")
