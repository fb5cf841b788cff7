"""Arguments by PyTorch's names: what can be called there, by which names, and with which defaults, can be called here.

PyTorch's functions in Python say their arguments themselves; those in C++ are described by the stubs that come with it.
Ours may take more. What differs is listed below, with the reason.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.torch_oracle import coverage
from tinygrad_wtf.core.op import Op

Parameter = inspect.Parameter

# What all differ in: where results go is said by `out=` of the rows, and by `x.copy_(f(x))` for what is made of rows.
ANYWHERE = {
    "out": "of the rows (exp, add, matmul, ...) and reductions only",
    "layout": "there are no sparse tensors",
    "memory_format": "NumPy's strides are what they are",
    "sparse_grad": "there are no sparse tensors",
    "out_dtype": "products have the dtype of their factors",
    "cudnn_enabled": "there are no devices",
    "cudnn_enable": "there are no devices",
    "names": "PyTorch's named dimensions are a prototype",
    "_stacklevel": "warnings are counted from the caller",
    "_preallocate_and_copy": "it is private",
}
FIRST = ("input", "tensor")  # given by place: functions that are made of rows have names of their own for it
CHECKS = "our checks are stricter by default, and what the others switch on is always done or has no meaning here"
INTEGERS = "integers have no gradients"
PARTS = "one argument for a number of parts, a size, or a list"
DIFFERENT = {
    "torch.compile": "there is one backend: see docs/compiling.md",
    "torch.from_dlpack": "there are no other devices, and memory is shared where it can be",
    "torch.meshgrid": "PyTorch's default is to become 'ij', which ours is",
    "torch.cdist": "there is one way of computing it",
    "torch.set_default_dtype": "the argument has our name",
    "torch.dropout": "nn.functional.dropout's arguments",
    "torch.pinverse": "linalg.pinv's arguments",
    "torch.cholesky_solve": "documented there as B and L",
    "torch.broadcast_to": "documented there as shape",
    "torch.isin": "documented there as elements and test_elements",
    "torch.result_type": "documented there as tensor1 and tensor2",
    "torch.set_num_threads": "documented there as int",
    "torch.randint_like": INTEGERS,
    "torch.tril_indices": INTEGERS,
    "torch.triu_indices": INTEGERS,
    "torch.unsafe_split": PARTS,
    "torch.tensor_split": PARTS,
    "torch.dsplit": PARTS,
    "torch.hsplit": PARTS,
    "torch.vsplit": PARTS,
    "Tensor.split": PARTS,
    "Tensor.unsafe_split": PARTS,
    "Tensor.tensor_split": PARTS,
    "Tensor.dsplit": PARTS,
    "Tensor.hsplit": PARTS,
    "Tensor.vsplit": PARTS,
    "Tensor.broadcast_to": "documented there as shape",
    "Tensor.cholesky_solve": "documented there as B and L",
    "Tensor.expand": "implicit is PyTorch's own",
    "Tensor.numpy": "force: there is one device, and .numpy() shows what is recorded too",
    "Tensor.pinverse": "linalg.pinv's arguments",
    "Tensor.view": "a dtype is not a name of the argument here",
    "nn.functional.softmin": "dtype is given by keyword, as to softmax",
    "func.jvp": "strict: the derivative of an output that does not depend on the primals is 0",
    "torch.swapaxes": "it is transpose",
    "Tensor.swapaxes": "it is transpose",
    "autograd.gradcheck": CHECKS,
    "autograd.gradgradcheck": CHECKS,
    "utils.data.random_split": "its default generator is the one of all draws, which None means here",
}


def _torchs(namespace: str) -> Any:
    if namespace == "Tensor":
        return import_module("torch").Tensor
    return import_module("torch" if namespace == "torch" else f"torch.{namespace}")


def _parameters(thing: Any, is_method: bool = False) -> list[inspect.Parameter] | None:
    """What it takes, without `self`; None where it does not say."""
    called = thing.__init__ if inspect.isclass(thing) else thing
    try:
        found = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        return None
    named = [p for p in found if p.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)]
    return named[1:] if inspect.isclass(thing) or is_method else named


def _same(a: Any, b: Any) -> bool:
    if callable(a) and callable(b):
        return bool(a.__name__ == b.__name__)
    return bool(a is b or a == b or (a in ((), None) and b in ((), None)))


def said_in_python(namespace: str, name: str) -> str | None:
    """How the arguments of a name differ, where both sides say theirs; None where one does not."""
    torchs, ours = (
        _parameters(getattr(side, name), namespace == "Tensor")
        for side in (_torchs(namespace), coverage.ours(namespace))
    )
    if not torchs or ours is None or not callable(getattr(_torchs(namespace), name)):
        return None
    mine = {p.name: p for p in ours}
    places = [p.name for p in ours if p.name not in ANYWHERE]
    wrong = []
    for place, p in enumerate(p for p in torchs if p.name not in ANYWHERE):
        if p.name not in mine:
            wrong.append(f"no {p.name}")
        elif not _same(mine[p.name].default, p.default):
            wrong.append(f"{p.name}={mine[p.name].default!r} where torch has {p.default!r}")
        elif p.kind is Parameter.POSITIONAL_OR_KEYWORD and places.index(p.name) != place:
            wrong.append(f"{p.name} in place {places.index(p.name)} and not {place}")
        elif p.kind is Parameter.POSITIONAL_OR_KEYWORD and mine[p.name].kind is not p.kind:
            wrong.append(f"{p.name} by keyword only")
    return "; ".join(wrong)


def stubs(path: str, within: str = "") -> dict[str, list[ast.arguments]]:
    """The functions that a stub of PyTorch describes, each in all its forms."""
    body = ast.parse((Path(str(import_module("torch").__file__)).parent / path).read_text()).body
    if within:
        body = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == within).body
    found: dict[str, list[ast.arguments]] = defaultdict(list)
    for node in body:
        named = [a.arg for a in node.args.args] if isinstance(node, ast.FunctionDef) else []
        deprecated = "self" in (named[1:] if within else named)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not deprecated:
            found[node.name].append(node.args)
    return found


def said_in_a_stub(ours: Any, forms: list[ast.arguments], is_method: bool) -> str | None:
    """Which form of a function cannot be called here with all its arguments by name; None where ours says nothing.

    A row of the table takes any, by `input` and `other`.
    """
    if isinstance(ours, Op):
        return None
    try:
        signature = inspect.signature(ours)
    except (TypeError, ValueError):
        return None
    for form in forms:
        names = [a.arg for a in [*form.posonlyargs, *form.args, *form.kwonlyargs]][is_method:]
        given = {name: None for name in names if name not in ANYWHERE and name not in ("device", "pin_memory")}
        if not is_method and form.args[:1] and form.args[0].arg != "input" and "input" in signature.parameters:
            continue  # a number in the place of the tensor
        first = next(iter(signature.parameters), "")
        by_place = not is_method and first != next(iter(given), "") and next(iter(given), "") in FIRST
        if by_place:  # the first argument, which has a name of ours
            del given[next(iter(given))]
        try:
            signature.bind(*[None] * (is_method or by_place), **given)
        except TypeError as error:
            return f"({ast.unparse(form)}): {error}"
    return ""


STUBS = {"torch": ("_C/_VariableFunctions.pyi", ""), "Tensor": ("_C/__init__.pyi", "TensorBase")}


def compared(namespace: str) -> dict[str, str]:
    """Of each name whose arguments both sides say: how they differ, empty where they do not."""
    found: dict[str, str] = {}
    here = coverage.coverage(namespace).here
    for name in here:
        wrong = said_in_python(namespace, name)
        if wrong is not None:
            found[name] = wrong
    if namespace in STUBS:
        described = stubs(*STUBS[namespace])
        for name in here:
            if name in described and not name.endswith("_"):  # what writes in place takes what the other takes
                wrong = said_in_a_stub(getattr(coverage.ours(namespace), name), described[name], namespace == "Tensor")
                if wrong is not None:
                    found[name] = found.get(name, "") or wrong
    return found
