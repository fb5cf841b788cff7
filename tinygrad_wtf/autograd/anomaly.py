"""Where a nan is made: while it is searched for, a backward pass names the operation and the user's line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf._setting import Setting
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.node import Node, arrays
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.core.walk import walk
from tinygrad_wtf.errors import GraphError, caller
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.tensors.recorder import Recorder


class Line(str):
    """The line of the user's on which a step was recorded, noted among its layers."""

    __slots__ = ()


def _without_lines(scope: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in scope if type(part) is not Line)


class Searching(Recorder):
    """Does at once whatever is asked, and notes the lines; makes every pass twice, first to look at the cotangents."""

    def __init__(self, compute: Callable[..., Any], check_nan: bool) -> None:
        super().__init__(self._noted)
        self._compute, self.check_nan = compute, check_nan
        self.look_ahead = self._look_ahead
        self.origin = ""  # where the first nan was made in a forward pass

    def _noted(self, function: Callable[..., Any], *values: Any, **params: Any) -> Any:
        path, number = caller()
        line = Line(f"{path}, line {number}")
        mode.scope = (*_without_lines(mode.scope), line)  # where `record` finds it for the step
        made = self._compute(function, *values, **params)
        if not self.origin and _has_nan(made) and not any(map(_has_nan, values)):
            self.origin = f"{getattr(function, '__name__', 'an operation')} at {line}"
        return made

    def _look_ahead(self, seeds: Any) -> None:
        """Make the pass once without giving anybody a gradient, and raise where a cotangent becomes nan."""
        if not self.check_nan:
            return
        plain = [(node, g.value if isinstance(g, TensorBase) else g) for node, g in seeds]
        passed: list[Node] = []
        with no_grad(), np.errstate(all="ignore"):
            for node, g in walk(plain, arrays, None, lambda node, g: g):
                if _has_nan(g):
                    raise self._found(node, passed)
                passed.append(node)

    def _found(self, node: Node, passed: list[Node]) -> GraphError:
        """What is said of the step that made the cotangent of this node nan."""
        forward = f"; the first nan of the forward pass was made by {self.origin}" if self.origin else ""
        self.origin = ""
        maker = next((step for step in reversed(passed) if any(node is source for source in step.inputs)), None)
        if maker is None or maker.op is None:
            return GraphError(f"the gradient that the pass began with is nan{forward}", op="backward")
        lines = [part for part in maker.scope if type(part) is Line]
        place = f", recorded at {lines[-1]}," if lines else ", recorded before anomalies were searched for,"
        return GraphError(
            f"the derivative of {maker.op.name}{place} made a gradient nan{forward}",
            op="backward",
            shapes=(node.shape,),
            hint="Look at its arguments there: a division by 0, a logarithm or a root of 0 or less",
            scope=_without_lines(maker.scope),
        )


def _has_nan(value: Any) -> bool:
    if isinstance(value, TensorBase):
        value = value.value
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f" and bool(np.isnan(value).any())


def _search(wanted: bool, check_nan: bool) -> Any:
    """Begin or end the search in this thread; gives the recorder that was there."""
    before = mode.eager
    plain = getattr(before, "plain", before)
    recorder = plain
    if wanted:
        recorder = Searching(plain.compute, check_nan)
        recorder.plain = plain  # type: ignore[attr-defined]
    _put(recorder)
    return before


def _put(recorder: Any) -> None:
    if mode.recorder is mode.eager:
        mode.recorder = recorder
    mode.eager = recorder
    mode.scope = _without_lines(mode.scope)


class detect_anomaly(Setting):  # noqa: N801 - PyTorch's name
    """Search for nans in backward passes: a context manager and a decorator, for the current thread.

    Every step notes the line on which it was recorded, and every cotangent is looked at, which takes time: this is for
    finding a fault, not for training.

    Parameters
    ----------
    check_nan : bool, default True
        Whether a nan in a backward pass raises.

    Raises
    ------
    GraphError
        In a backward pass: where a gradient becomes nan, with the operation, the line on which it was recorded, and the
        operation of the forward pass that made the first nan, if one did.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor(0.0, requires_grad=True)
    >>> with tw.autograd.detect_anomaly():
    ...     y = tw.sqrt(x * 0)
    ...     try:
    ...         y.backward()
    ...     except tw.GraphError as error:
    ...         print("the derivative of mul" in str(error))
    True
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        self._before: list[Any] = []

    def _fresh(self) -> Any:
        return type(self)(self._check_nan)

    def __enter__(self) -> None:
        self._before.append(_search(True, self._check_nan))

    def __exit__(self, *error: object) -> None:
        _put(self._before.pop())


class set_detect_anomaly:  # noqa: N801 - PyTorch's name
    """Search for nans in backward passes from now on, or stop; as a context manager, inside the block.

    Parameters
    ----------
    mode : bool
        Whether to search.
    check_nan : bool, default True
        Whether a nan in a backward pass raises.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> _ = tw.autograd.set_detect_anomaly(True)
    >>> _ = tw.autograd.set_detect_anomaly(False)
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _search(mode, check_nan)

    def __enter__(self) -> None:
        """Do nothing more: the search has begun."""

    def __exit__(self, *error: object) -> None:
        _put(self._before)
