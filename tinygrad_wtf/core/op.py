"""What an operation is: one row of the table. Which operations there are is said in `ops`.

Nothing here knows of tensors, graphs or formulas: what flows through a row decides what it means.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, Literal, TypeVar, overload

from numpy import ndarray

from tinygrad_wtf import _by_name, _refusals
from tinygrad_wtf._state import is_silent, mode

Rule = Callable[..., Any]
NO_SETTINGS: dict[str, Any] = {}  # one for all uses without any; nobody writes to it
Value = TypeVar("Value", bound=Any)  # what flows through: an operation gives the kind that it was given


class Operand:
    """Whatever an operation can flow through, besides plain arrays: it says itself how it is read."""

    __slots__ = ()

    def shows(self, other: Any) -> bool:
        """Whether this lies in the memory of `other`, as a view does."""
        return False

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Read the operation on these arguments; each reading has its own answer."""
        raise NotImplementedError


def _sign(name: str, notation: str) -> str:
    """What a notation has around its arguments; the name where that is not one sign."""
    around = notation.replace("{}", "").strip("()[], ")
    return around if around and not set(around) & set("{}() ⌊⌋⌈⌉") else name


class Op:
    """One operation: its name, its notation, what it computes and how a cotangent passes back.

    Parameters
    ----------
    name : str
        Unique in the table: a second row of a name takes the first one's place, unless that is the library's.
    notation : str
        With one ``{}`` for each argument, such as ``"{} + {}"`` or ``"σ({})"``.
    forward : callable
        Arrays in, one array out; NumPy only.
    vjps : sequence of callable or None
        For each argument the vector-Jacobian product ``rule(g, y, *args, **params)`` with the cotangent ``g`` of
        the output ``y``; None where there is nothing to differentiate. The rules are ordinary mathematics on
        whatever flows. For an operation on any number of arguments, one callable ``rule(i, g, y, *args, **params)``.
    partials : sequence of callable or None
        For elementwise rows the partial derivatives from which `vjps` were made.
    takes : {"numbers", "quantities", "floats", "anything"}
        How arguments of several dtypes meet: PyTorch's promotion, the same without booleans, the same with integers
        made floating, or not at all.
    promoted : slice
        Which arguments take part in the promotion.
    sign : str, optional
        The short mathematical sign for pictures; by default what the notation has around its arguments.
    domain : str
        Where the values are defined, when not everywhere; for the documentation.
    kinks : str
        Where the derivative jumps or is chosen by convention; for the documentation.
    hint : callable, optional
        From the arguments' shapes to the likely fix when they do not fit.
    adds : callable, optional
        Of a row that reads some entries of its first argument: ``adds(into, g, *others, **params)`` adds the cotangent
        at their places in an array, where the rule would make another array of the argument's size.
    meaning : callable, optional
        The same in other rows, of which a formula is written: for what is a row only because that is faster.
    binding, shape, traits
        What formulas and pictures ask of a row; `ops.notation` says the words.
    """

    table: dict[str, Op] = {}  # noqa: RUF012 - the one table, shared on purpose
    adds: Callable[..., None] | None = None
    built_in: ClassVar[frozenset[str]] = frozenset()  # rows of the library: a user's own may be written again

    def __init__(
        self,
        name: str,
        notation: str,
        forward: Callable[..., Any],
        vjps: tuple[Rule | None, ...] | Rule = (),
        *,
        partials: tuple[Rule | None, ...] = (),
        takes: Literal["numbers", "quantities", "floats", "anything"] = "floats",
        promoted: slice = slice(None),
        sign: str | None = None,
        domain: str = "",
        kinks: str = "",
        hint: Callable[..., str] | None = None,
        adds: Callable[..., None] | None = None,
        meaning: Callable[..., Any] | None = None,
        binding: int | None = None,
        shape: Callable[..., tuple[int, ...]] | None = None,
        traits: str = "",
    ) -> None:
        if name in Op.built_in:
            raise ValueError(f"the table has a row named {name!r} already; give yours another name")
        self.name, self.notation, self.forward = name, notation, forward
        self.vjps, self.partials = vjps, partials
        self.arity = len(vjps) if isinstance(vjps, tuple) and vjps else getattr(forward, "nin", None)
        self.bare = hasattr(forward, "nin")  # NumPy's own function, which would take settings for its own
        self.takes, self.promoted, self.hint = takes, promoted, hint
        self.sign = _sign(name, notation) if sign is None else sign
        self.domain, self.kinks, self.adds, self.meaning = domain, kinks, adds, meaning
        self.binding, self.shape, self.traits = binding, shape, frozenset(traits.split())
        self.reads: dict[tuple[int, int], frozenset[int]] = {}  # by argument and number of them: what its rule reads
        self.keeps: dict[int, tuple[int, ...]] = {}  # by the arguments that want gradients: which arrays to keep
        Op.table[name] = self

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Ask the arguments how they want to be read."""
        if params and not _by_name.NAMES.isdisjoint(params):
            return _by_name.call(self, args, params)
        for a in args:
            if a.__class__ is not ndarray and isinstance(a, Operand):
                return a.record(self, args, params)
        if len(args) != self.arity or (params and self.bare):
            _refusals.check_call(self, args, params)
        try:
            return mode.recorder.compute(self.forward, *args, **params)  # plain arrays: just NumPy
        except RuntimeError:
            if not is_silent():
                raise
            return self.forward(*args, **params)  # within another forward, where NumPy's warnings are off already
        except TypeError as error:
            _refusals.check_numbers(self.name, args, error)
            raise

    def vjp(self, i: int) -> Rule | None:
        """The rule of argument `i`."""
        if callable(self.vjps):
            rule = self.vjps
            return lambda g, y, *args, **params: rule(i, g, y, *args, **params)
        return self.vjps[i] if i < len(self.vjps) else None

    @property
    def differentiable(self) -> bool:
        """Whether a cotangent can pass back to any argument."""
        return callable(self.vjps) or any(self.vjps)

    @overload
    def __get__(self, operand: None, owner: type) -> Op: ...
    @overload
    def __get__(self, operand: Value, owner: type) -> Callable[..., Value]: ...
    def __get__(self, operand: Any, owner: type) -> Any:
        """A row named in a class body is a method: ``exp = ops.exp``."""
        return self if operand is None else MethodType(self, operand)

    def __repr__(self) -> str:
        return f"<op {self.name}: {self.notation}>"
