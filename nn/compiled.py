"""`compile(module)`: the module again, called as its compiled program. The engine's `compile` asks for it."""

from __future__ import annotations

import copy
from typing import Any

from tinygrad_wtf import compile, settings_changed

from .module import Module

PROGRAMS = ("clear", "program", "programs", "ran_once", "reason", "traces")  # of what compile() gives for a function


class CompiledModule(Module):
    """A module over the same parameters, buffers, modules, hooks and attributes as the one that was compiled.

    It is an instance of that one's class; only calling it is another thing. What is set on one of the two is set on the
    other, and a `state_dict` has the same names (in PyTorch ``_orig_mod.`` stands before them).

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> fast = tw.compile(model, mode="reduce-overhead")
    >>> isinstance(fast, nn.Sequential), list(fast.state_dict()), fast[0] is model[0]
    (True, ['0.weight', '0.bias'], True)
    >>> fast(tw.ones(1, 2)).shape, fast.traces
    ((1, 3), 1)
    """

    _compiled: Any
    _orig_mod: Module

    def _call_as(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return type(self)._compiled(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for these arguments, tracing the module first if there is none."""
        return type(self)._compiled(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in PROGRAMS:
            return getattr(type(self)._compiled, name)
        return super().__getattr__(name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle and copy it without its programs."""
        compiled = type(self)._compiled
        return _compiled_again, (self._orig_mod, type(compiled), compiled.cache_size, compiled.options)

    def __copy__(self) -> Any:
        make, (module, *settings) = self.__reduce_ex__(4)
        return make(copy.copy(module), *settings)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        make, (module, *settings) = self.__reduce_ex__(4)
        memo[id(self)] = twin = make(copy.deepcopy(module, memo), *settings)
        return twin


def as_its_program(module: Module, compiled: Any) -> Module:
    """The module again, whose calls are those of `compiled`; both live on one dictionary of attributes."""
    return _over(module, _compiled_class(module, compiled))


def compile_in_place(module: Module, settings: dict[str, Any]) -> None:
    """Give the module the class of its compiled twin; another one of its own class is what is traced."""
    if isinstance(module, CompiledModule):
        return
    plain = _over(module, type(module))
    compiled = type(compile(plain, **settings))
    if compiled is not type(plain):  # it is, with disable=True
        module.__class__ = compiled
        settings_changed()


def _compiled_class(module: Module, compiled: Any) -> type[Module]:
    kind = type(module)
    own = {
        "_compiled": compiled,
        "_orig_mod": module,
        "__doc__": kind.__doc__,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
    }
    return type(kind.__name__, (CompiledModule, kind), own)


def _over(module: Module, kind: type[Module]) -> Module:
    """An instance of this class on the module's dictionary of attributes."""
    twin: Module = object.__new__(kind)
    object.__setattr__(twin, "__dict__", module.__dict__)
    return twin


def _compiled_again(module: Module, kind: type[Any], cache_size: int, options: Any) -> Module:
    return as_its_program(module, kind(module, cache_size, options))
