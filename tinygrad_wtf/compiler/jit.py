"""`compile`: a function that is traced once for each kind of arguments and then replayed as NumPy calls.

Which program serves a call is decided in `cache`; what it depends on is found in `reachable` and compared in `guards`.
"""

from __future__ import annotations

import copy
import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler.cache import Cache
from tinygrad_wtf.compiler.call_lock import CallLock
from tinygrad_wtf.compiler.fast_path import MISSED, Replay, never, replay
from tinygrad_wtf.compiler.pipeline import Options
from tinygrad_wtf.compiler.program import Program
from tinygrad_wtf.compiler.pytree import signature
from tinygrad_wtf.compiler.reachable import Reachable
from tinygrad_wtf.compiler.trace import BoundArgument
from tinygrad_wtf.dtypes import get_default_dtype
from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.random import Generator
from tinygrad_wtf.tensors.tensor import Tensor

ONCE = 4  # traces in a row, each good for one call


MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")  # PyTorch's


def compile(
    function: Callable[..., Any] | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
    cache_size: int = 8,
    tune: bool = False,
) -> Any:
    """Make a function fast: trace it once for each kind of arguments, and replay it as a straight line of NumPy calls.

    The function may be a loss, or a whole training step with ``backward()`` and ``optimizer.step()``. Parameters,
    gradients and the optimizer's memory are seen from outside exactly as after an ordinary step.

    Parameters
    ----------
    function : callable or Module
        Takes and returns tensors, or lists, tuples and dicts of them. Other arguments are static: each of their
        values has a program of its own. Of a module a module is made, over the same parameters and attributes, which
        runs the program when it is called.
    fullgraph, dynamic, backend
        PyTorch's, which change nothing: a program is always whole, each shape has its own, and NumPy runs it.
    mode : str, optional
        One of PyTorch's. "max-autotune" and "max-autotune-no-cudagraphs" mean ``tune=True``.
    options : dict, optional
        None: those of PyTorch's compiler are not here.
    disable : bool
        Give the function back as it is.
    cache_size : int
        How many programs are kept; the one that was used longest ago gives way.
    tune : bool
        Whether to measure on this machine how many threads and which forms of products are the fastest, where fixed
        rules choose otherwise. The program is the same but for that; it starts later, and its last bits depend on it.

    Returns
    -------
    Compiled
        Called as the function is. ``.program`` is the last program, which prints as the NumPy calls that it makes;
        ``.traces`` counts how often the function was traced.

    Raises
    ------
    SettingError
        For a mode that PyTorch does not know, and for options.
    TraceError
        If the function asks for numbers while it is traced (``item()``, ``if loss > 1``, ``print``): the error names
        the line.

    Notes
    -----
    What Python does besides computing with tensors (counting, appending to lists) happens while tracing only. Results
    agree with the ordinary function's up to rounding: sums may be taken in another order.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> w = tw.Tensor([1.0, 2.0], requires_grad=True)
    >>> @tw.compile
    ... def step(x):
    ...     w.grad = None
    ...     loss = ((w * x) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> step(tw.Tensor([1.0, 1.0])).item(), w.grad.tolist()
    (5.0, [2.0, 4.0])
    >>> step(tw.Tensor([2.0, 0.0])).item(), w.grad.tolist(), step.traces
    (4.0, [8.0, 0.0], 1)
    """
    if mode is not None and mode not in MODES:
        raise SettingError(f"no mode is called {mode!r}", op="compile", hint=f"Use one of {', '.join(MODES)}")
    if options:
        raise SettingError("the options of PyTorch's compiler are not here", op="compile", hint="Leave them out")
    tune = tune or (mode or "").startswith("max-autotune")
    if function is None:
        return functools.partial(compile, disable=disable, cache_size=cache_size, tune=tune)
    if disable:
        return function
    measured = None
    if tune:
        from tinygrad_wtf.compiler.tuning import Tuning  # what measures is imported only now

        measured = Options(tuner=Tuning())
    compiled = Compiled(function, cache_size, measured)
    as_compiled = getattr(type(function), "_as_compiled", None)  # of a module
    return compiled if as_compiled is None else as_compiled(function, compiled)


class Compiled:
    """A function with its programs. Made by `compile`.

    Attributes
    ----------
    program : Program or None
        The one that ran last.
    traces : int
        How often the function was traced.
    reason : str
        Why the function is not compiled any more and runs as it is; empty as long as it is compiled.
    """

    def __init__(self, function: Callable[..., Any], cache_size: int = 8, options: Options | None = None) -> None:
        if not callable(function):
            raise TypeError(f"compile takes a function, not {type(function).__name__}")
        if isinstance(cache_size, bool) or not isinstance(cache_size, int) or cache_size < 1:
            raise ValueError(f"cache_size is a whole number of at least 1, not {cache_size!r}")
        functools.update_wrapper(self, function)
        self.function = function
        self.cache_size, self.options = cache_size, options or Options()
        self.program: Program | None = None
        self.traces = 0
        self._cache = Cache(cache_size)
        self._lock = CallLock()  # one thread at a time
        self._replay: Replay = never  # of the last call, if it may be repeated
        self._see: Callable[[list[Tensor], list[Generator]], object] | None = None
        self._once = 0  # the last traces in a row that were good for one call
        self.reason = ""

    @property
    def programs(self) -> list[Program]:
        """All programs that are kept, the one used last at the end."""
        return self._cache.programs

    def showing(self, see: Callable[[list[Tensor], list[Generator]], object], *args: Any) -> Any:
        """Call it; before it runs, `see` gets the tensors that it changes and the generators that it draws from."""
        self._replay, self._see = never, see
        try:
            return self(*args)
        finally:
            self._see = None

    @property
    def ran_once(self) -> bool:
        """Whether the last call traced the function for that call alone, as it changes what it reads."""
        return self._once > 0

    def clear(self) -> None:
        """Forget all programs: the next call traces the function anew."""
        if self._lock.holder is mode.__dict__:  # called by the function while it is traced
            self._forget()
            return
        self._lock.run(self._forget)

    def _forget(self) -> None:
        self._cache.clear()
        self.program, self._replay = None, never
        self._once, self.reason = 0, ""

    def __reduce__(self) -> Any:
        """Pickle and copy it without its programs; what hides its function under that name goes by the name."""
        found: Any = sys.modules.get(self.__module__)
        for name in vars(self).get("__qualname__", "").split("."):
            found = getattr(found, name, None)
        if found is self:
            return vars(self)["__qualname__"]
        return type(self), (self.function, self.cache_size, self.options)

    def __copy__(self) -> Compiled:
        return type(self)(self.function, self.cache_size, self.options)

    def __deepcopy__(self, memo: dict[int, Any]) -> Compiled:
        return type(self)(copy.deepcopy(self.function, memo), self.cache_size, self.options)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A compiled method is bound as an ordinary one."""
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for these arguments; trace the function first if there is none."""
        here = mode.__dict__  # what holds for this thread, looked up once
        if here["recorder"] is not here["eager"]:
            return self.function(*args, **kwargs)  # inside another compiled function: part of that one
        lock = self._lock
        try:
            del lock.free[0]
        except IndexError:
            if lock.holder is here:  # called while it runs, by a finalizer perhaps: the program must not be touched
                return self.function(*args, **kwargs)
            return lock.run(self._now, args, kwargs, here)
        try:
            lock.holder = here
            result = MISSED if kwargs else self._replay(args, here)  # as `_now`
            return self._run(args, kwargs) if result is MISSED else result
        finally:
            lock.holder = None
            lock.free.append(True)

    def _now(self, args: tuple[Any, ...], kwargs: dict[str, Any], here: dict[str, Any]) -> Any:
        result = MISSED if kwargs else self._replay(args, here)
        return self._run(args, kwargs) if result is MISSED else result

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._replay = never
        if self.reason:
            return self.function(*args, **kwargs)
        tensors: list[Tensor] = []
        statics: list[Any] = []
        form = (signature((args, kwargs), tensors, {}, statics), mode.recording, get_default_dtype())
        program = self._cache.find(form, tensors)
        if program is None:
            program = self._traced(form, args, kwargs, tensors, statics)
        else:
            self._once = 0
        self.program = program
        if self._see is not None:
            self._see(program.changed_tensors(), program.generators)
        result = program.run(tensors)
        may_repeat = not (kwargs or self._once) and program.is_settled() and program.guards.changes == changes.count
        if may_repeat and not any(isinstance(a, list | tuple | dict) for a in args):  # these may change inside
            self._replay = replay(program, args, program.guards)
        return result

    def _traced(
        self, form: Any, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor], statics: list[Any]
    ) -> Program:
        """A new program; an argument that is changed, or whose gradient is, is bound to it as a parameter is."""
        if self.program not in self._cache.programs:
            self.program = None  # it holds memory, which this one may want to move
        bound = self._cache.bound(form)
        while True:
            reachable = Reachable(self.function, statics)
            try:
                program = Program(self.function, args, kwargs, tensors, bound, reachable, self.options)
                break
            except BoundArgument as argument:
                bound |= {argument.number}
        self.traces += 1
        program.guards = reachable.guards()
        moved = next(reachable.moved(), None)
        if moved is not None:  # which running the program again would not do: it serves this once
            self._moved(moved)
            return program
        self._once = 0
        self._cache.keep(form, tensors, program)
        return program

    def _moved(self, what: str) -> None:
        """Count the traces in a row that were good for one call; after some, the function runs as it is."""
        self._once += 1
        if self._once == ONCE:
            self.reason = f"each call changes {what}, which the function reads"
            name = getattr(self.function, "__qualname__", type(self.function).__name__)
            warnings.warn(
                f"compile: {name} is not compiled any more: {self.reason}. Keep what changes in a tensor, in place",
                RuntimeWarning,
                stacklevel=4,
            )
