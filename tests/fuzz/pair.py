"""A program of lines that runs in PyTorch and here at the same time, and what may differ: see `tests.fuzz.inplace`."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np

import tinygrad_wtf as tw
import tinygrad_wtf.nn.functional

# What PyTorch refuses or does otherwise, by the words of its error; here it is allowed, or done in another way.
LISTED = {
    "single memory location": "overlapping memory is written as NumPy does: first computed, then written",
    "INTERNAL ASSERT": "PyTorch asks for a report of it",
    "moved into the graph interior": "what was recorded of a leaf goes on, also when the tensor is none any more",
    "ZeroTensors": "a gradient that is 0 by construction can be written to",
    "detached in-place": "what was recorded before detach_() stays as it was",
    "dtypes match": "what is written at a list of places or a mask is converted, as it is at a slice",
    "or another view of its base": "one of several views may be read after an unrecorded write to what it shows",
}


# What is refused here alone, by the words of the error.
ALONE = {
    "expanded must be cloned": "what was expanded must be cloned first; PyTorch allows some writes, with a warning",
    "made at once with others": "asking one of several views for its flags after a write; PyTorch refuses at its use",
}


CONVERTED = "what an operation has converted to another dtype is its own, and may be written to afterwards"


class DifferenceError(AssertionError):
    """The libraries differ; the program is in the message."""


class Pair:
    """One program in both libraries: what its lines have made of them so far."""

    def __init__(self, seed: int, torch: Any) -> None:
        self.source = random.Random(seed)
        self.lines: list[str] = []
        self.mine: dict[str, Any] = {"torch": tw, "grad": tw.grad, "F": tw.nn.functional, "cube": _cube(tw)}
        self.theirs: dict[str, Any] = {
            "torch": torch,
            "grad": torch.autograd.grad,
            "F": torch.nn.functional,
            "cube": _cube(torch),
        }
        self.names: list[str] = []
        self.odd: set[str] = set()  # views of what requires gradients, made under no_grad
        self.refused = 0
        self.listed: str | None = None
        self.is_over = False
        self.is_rounded = False  # whether there are numbers of single precision
        self.second = True  # whether second derivatives are asked for

    def chance(self, p: float) -> bool:
        return self.source.random() < p

    def is_recorded(self, name: str) -> bool:
        return asked(self.theirs[name], "requires_grad") is True

    # -- running and comparing ------------------------------------------------------------------

    def make(self, expression: str, quietly: bool = False, plainly: bool = False, of: str | None = None) -> str | None:
        """Give the value of an expression a name, in both."""
        name = f"t{len(self.names)}"
        nograd = not quietly and not plainly and self.chance(0.15)
        if (nograd and of is not None and (self.is_recorded(of) or of in self.odd)) or (
            of in self.odd and "detach" not in expression
        ):
            self.odd.add(name)
        if self.do(f"{name} = {expression}", plainly=True, nograd=nograd):
            self.names.append(name)
            return name
        self.odd.discard(name)
        return None

    def do(self, line: str, plainly: bool = False, nograd: bool = False, ends: bool = False) -> bool:
        """Run a line in both; compare what came of it."""
        if nograd or (not plainly and self.chance(0.2)):
            line = f"with torch.no_grad(): {line}"
        self.lines.append(line)
        self.is_rounded = self.is_rounded or "float32" in line
        theirs, mine = _outcome(line, self.theirs), _outcome(line, self.mine)
        if theirs is not None and mine is None and (reason := next((w for w in LISTED if w in str(theirs)), None)):
            self.listed, self.is_over = LISTED[reason], True
            return False
        if theirs is None and mine is not None and (reason := next((w for w in ALONE if w in str(mine)), None)):
            self.listed, self.is_over = ALONE[reason], True
            return False
        if mine is None and "modified by an inplace operation" in str(theirs) and self.is_rounded:
            self.listed, self.is_over = CONVERTED, True
            return False
        if (theirs is None) != (mine is None):
            self.differ(f"refused by {'PyTorch' if theirs else 'tinygrad_wtf'} alone: {theirs or mine}")
        if theirs is not None:
            if not isinstance(theirs, RuntimeError | IndexError | TypeError | ValueError):
                self.differ(f"{type(theirs).__name__}: {theirs}")
            self.refused += 1
            self.is_over = self.is_over or ends
            return False
        self.compare()
        return True

    def compare(self) -> None:
        for name in self.names:
            theirs, mine = self.theirs[name], self.mine[name]
            if theirs is None or mine is None:
                if theirs is not mine:
                    self.differ(f"{name} is {mine} for {theirs}")
                continue
            self.same(name, mine, theirs)
            if name in self.odd:
                continue
            for attribute in ("requires_grad", "is_leaf"):
                a, b = asked(mine, attribute), asked(theirs, attribute)
                if b == "refused" != a:
                    self.listed, self.is_over = LISTED["or another view of its base"], True
                    return
                if a != b and not (attribute == "requires_grad" and a == "refused"):  # PyTorch refuses at `is_leaf`
                    self.differ(f"{name}.{attribute} is {a} for {b}")
            if b != "refused" and (theirs.is_leaf or (theirs.retains_grad and theirs._base is None)):
                ours, true = mine.grad, theirs.grad
                if true is None and ours is not None and not ours.numpy().any():
                    continue  # 0 everywhere: PyTorch knows of some steps that nothing passes back
                if ours is None and true is not None and not true.numpy(force=True).any():
                    continue  # and the other way round
                if (ours is None) != (true is None):
                    self.differ(f"{name}.grad is {ours} for {true}")
                if true is not None:
                    self.same(f"{name}.grad", ours, true)

    def same(self, what: str, mine: Any, theirs: Any) -> None:
        a, b = mine.detach().numpy(), theirs.detach().numpy(force=True)
        if a.shape != b.shape and a.size == b.size:  # a gradient from before `unsqueeze_`
            a = a.reshape(b.shape)
        if a.shape != b.shape or a.dtype != b.dtype:
            self.differ(f"{what} has {a.shape} {a.dtype} for {b.shape} {b.dtype}")
        scale = max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0.0)))
        near = 1e-5 if self.is_rounded else 1e-9
        if not np.allclose(a, b, rtol=near, atol=near * scale, equal_nan=True):
            self.differ(f"{what} is {a.tolist()} for {b.tolist()}")

    def differ(self, what: str) -> None:
        raise DifferenceError("\n".join([what, *self.lines]))


def _cube(lib: Any) -> Any:
    """A function of a user's own, x³, that keeps its argument."""

    class Cube(lib.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x * x * g

    return Cube.apply


def asked(tensor: Any, attribute: str) -> Any:
    try:
        return getattr(tensor, attribute)
    except RuntimeError:
        return "refused"


def _outcome(line: str, namespace: dict[str, Any]) -> Exception | None:
    """The error of a line, if there is one."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            exec(line, namespace)
    except Exception as error:
        return error
    return None
