"""`Tree`: parameters, buffers and modules held by name; what a `Module` is before it computes anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from tinygrad_wtf import Tensor, settings_changed

from .hooks import registered
from .parameter import Buffer, Parameter

if TYPE_CHECKING:
    from .module import Module


WALKS = ("modules", "children", "named_modules", "named_children", "parameters", "named_parameters")


class Tree:
    """Holds members by name, finds them as attributes, and walks over those of all modules below.

    Compiled functions rely on what is held: every change tells them, `settings_changed`.
    """

    training: bool
    notes_its_settings = True  # compiled functions need not look whether an attribute was set

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _transient: set[str]  # names of the buffers that state_dict leaves out
    _modules: dict[str, Module | None]
    _called: str  # the name under which a parent registered this module, "" for a root

    def __init__(self) -> None:
        own = self.__dict__
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_transient"] = set()
        own["_modules"] = {}
        own["_called"] = ""

    # ---------------------------------------------------------------- registering

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Hold `parameter` under `name`; None keeps the name for a parameter that is absent (a bias that is off).

        Raises
        ------
        TypeError
            When it is neither a `Parameter` nor None.
        KeyError
            When the name is not a free attribute name without a dot.
        """
        if parameter is not None and not isinstance(parameter, Parameter):
            raise TypeError(
                f"cannot register a {type(parameter).__name__} as the parameter {name!r} of {type(self).__name__}: "
                "wrap it, nn.Parameter(value), or keep a tensor that is not learnt with register_buffer"
            )
        self._claim(name, self._parameters)
        parameter = registered("parameter", self, name, parameter)
        self._parameters[name] = parameter
        settings_changed()
        if parameter is not None and parameter.name is None:
            parameter.name = name

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Hold a tensor that belongs to the state but is not learnt (a running mean, a fixed table).

        Parameters
        ----------
        name : str
            The attribute's name.
        tensor : Tensor or None
            The buffer.
        persistent : bool, default True
            Whether `state_dict` contains it.
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot register a {type(tensor).__name__} as the buffer {name!r} of {type(self).__name__}: "
                "make it a tensor first, tinygrad_wtf.tensor(value)"
            )
        self._claim(name, self._buffers)
        self._buffers[name] = registered("buffer", self, name, tensor)
        settings_changed()
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Hold `module` under `name`, as the assignment of an attribute does; the name may be a number in letters."""
        if module is not None and not isinstance(module, Tree):
            fix = f", and this is the class itself: write {module.__name__}(...)" if isinstance(module, type) else ""
            kind = "class" if isinstance(module, type) else type(module).__name__
            raise TypeError(f"{type(self).__name__} holds modules under a name, not a {kind} (name {name!r}){fix}")
        if module is self:
            raise ValueError(f"{type(self).__name__} cannot be its own child {name!r}")
        self._claim(name, self._modules)
        module = registered("module", self, name, module)
        self._modules[name] = module
        settings_changed()
        if module is not None:
            module._remember_name(name)

    register_module = add_module

    def _remember_name(self, name: str) -> None:
        self.__dict__["_called"] = name

    def _claim(self, name: str, members: Mapping[str, object]) -> None:
        """Refuse a name that is unusable, or already means something else in this module."""
        self._refuse(name)
        if name not in members and (name in self.__dict__ or any(name in other for other in self._members())):
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}: delete it first")

    def _refuse(self, name: str) -> None:
        """Refuse a name that no parameter, buffer or module of this class can have."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(_not_initialised(self, name))
        if not isinstance(name, str):
            raise TypeError(f"a name in a module is a string, not {name!r}")
        if name == "" or "." in name:
            raise KeyError(f"{name!r} cannot be a name in a module: it must not be empty, nor contain a dot")
        if hasattr(type(self), name) or name in Tree.__annotations__:
            raise KeyError(
                f"{type(self).__name__} already has an attribute {name!r} in its class, which would hide the new one: "
                "choose another name"
            )

    def _members(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return self._parameters, self._buffers, self._modules

    # ---------------------------------------------------------------- attributes

    def __getattr__(self, name: str) -> Any:  # only called when ordinary look-up found nothing
        own = self.__dict__
        if "_parameters" not in own:
            raise AttributeError(_not_initialised(self, name))
        for members in (own["_parameters"], own["_buffers"], own["_modules"]):
            if name in members:
                return members[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            self._assign(name, value)
        finally:
            settings_changed()  # afterwards: whoever runs in between must look again

    def _assign(self, name: str, value: Any) -> None:
        if isinstance(value, (Parameter, Tree)):
            self._refuse(name)
            if name not in (self._parameters if isinstance(value, Parameter) else self._modules):
                self._forget(name)  # the name meant something else until now
            if isinstance(value, Parameter):
                self.register_parameter(name, value)
            else:
                self.add_module(name, cast("Module", value))
            return
        if isinstance(value, Buffer) and name not in self.__dict__.get("_buffers", ()):
            self._refuse(name)
            self._forget(name)
            self.register_buffer(name, value, value.persistent)
            return
        if name in WALKS and not callable(value):
            raise AttributeError(
                f"an attribute {name!r} of {type(self).__name__} would hide the method of that name, which train(), "
                "parameters() and optimizers need: choose another name"
            )
        own = self.__dict__
        if "_parameters" in own:
            if name in self._parameters or name in self._modules:
                if value is not None:
                    kind, fix = (
                        ("parameter", "assign nn.Parameter(value), or change it in place with .copy_(value)")
                        if name in self._parameters
                        else ("module", "assign another module or None, or delete the attribute first")
                    )
                    raise TypeError(
                        f"cannot put a {type(value).__name__} in the place of the {kind} {name!r} of "
                        f"{type(self).__name__}: {fix}"
                    )
                (self._parameters if name in self._parameters else self._modules)[name] = None
                return
            if name in self._buffers:
                if value is not None and not isinstance(value, Tensor):
                    raise TypeError(
                        f"cannot put a {type(value).__name__} in the place of the buffer {name!r} of "
                        f"{type(self).__name__}: assign a Tensor or None"
                    )
                self._buffers[name] = value
                return
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        for members in self._members():
            if name in members:
                del members[name]
                self._transient.discard(name)
                break
        else:
            super().__delattr__(name)
        settings_changed()

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for members in self._members() for name in members)})

    def _forget(self, name: str) -> None:
        for holder in (self.__dict__, *self._members()):
            holder.pop(name, None)
        self._transient.discard(name)

    # ---------------------------------------------------------------- walking

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yield ``(path, module)`` for this module and all below it, parents first; a shared one only once."""
        seen = set() if memo is None else memo
        if remove_duplicate:
            if id(self) in seen:
                return
            seen.add(id(self))
        yield prefix, cast("Module", self)
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(seen, join(prefix, name), remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield ``(name, module)`` for the modules held directly, a shared one only once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the modules held directly, each once."""
        for _, module in self.named_children():
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield ``(path, parameter)`` in the order of assignment, a shared parameter only once.

        Parameters
        ----------
        prefix : str
            Put before every path.
        recurse : bool, default True
            Also those of the modules below.
        remove_duplicate : bool, default True
            With False, a shared parameter comes under each of its paths.
        """
        yield from self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters in the order of assignment, each once: what an optimizer takes."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield ``(path, buffer)`` as `named_parameters` does for parameters."""
        yield from self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def _named(self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        below = (
            self.named_modules(None, prefix, remove_duplicate) if recurse else iter([(prefix, cast("Module", self))])
        )
        for path, module in below:
            for name, member in module.__dict__[kind].items():
                if member is None or (remove_duplicate and id(member) in seen):
                    continue
                seen.add(id(member))
                yield join(path, name), member

    def get_submodule(self, target: str) -> Module:
        """Return the module at a path such as ``"body.0"``; the empty path is this module.

        Raises
        ------
        AttributeError
            When there is none; the message lists the names at the place where the path went wrong.
        """
        module = cast("Module", self)
        for depth, name in enumerate(target.split(".") if target else ()):
            child = module._modules.get(name)
            if child is None:
                place = ".".join(target.split(".")[:depth]) or type(self).__name__
                raise AttributeError(f"no module {name!r} in {place}: it holds {list(module._modules)}")
            module = child
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a path such as ``"body.0"``.

        Parameters
        ----------
        target : str
            The path.
        module : Module
            What is put there.
        strict : bool, default False
            Whether there must be one already.

        Raises
        ------
        ValueError
            For an empty path.
        AttributeError
            When the path leads nowhere, or, with `strict`, there is none yet.
        """
        path, _, name = target.rpartition(".")
        if not name:
            raise ValueError("the empty path is this module: give the path of one below it")
        parent = self.get_submodule(path)
        if strict and name not in parent._modules:
            raise AttributeError(f"no module {name!r} in {path or type(self).__name__} to replace")
        if not isinstance(module, Tree):
            raise ValueError(f"set_submodule puts a module at {target!r}, not a {type(module).__name__}")
        parent.add_module(name, module)

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter at a path such as ``"body.0.weight"``.

        Raises
        ------
        AttributeError
            When there is none.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = module._parameters.get(name)
        if found is None:
            raise AttributeError(
                f"no parameter {name!r} in {path or type(self).__name__}: it has {list(module._parameters)}"
            )
        return found

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer at a path such as ``"body.1.running_mean"``.

        Raises
        ------
        AttributeError
            When there is none.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = module._buffers.get(name)
        if found is None:
            raise AttributeError(f"no buffer {name!r} in {path or type(self).__name__}: it has {list(module._buffers)}")
        return found


def join(prefix: str, name: str) -> str:
    """Put a name at the end of a path."""
    return f"{prefix}.{name}" if prefix else name


def _not_initialised(module: Tree, name: str) -> str:
    kind = type(module).__name__
    return f"{kind} is not ready for {name!r}: call super().__init__() first in {kind}.__init__"
