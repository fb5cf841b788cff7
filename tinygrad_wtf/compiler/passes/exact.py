"""The exact passes: the same numbers, bit for bit, by fewer calls. Each takes code and gives code.

Those that round differently, within a stated bound, are in `rewriting`, `inputs` and `sigmoids`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Call, Code, Ref, is_transpose, renamed
from tinygrad_wtf.compiler.lower import astype, lies_in


def with_constants(code: Code) -> Code:
    """Memory that nobody else holds can never change: it becomes a constant."""
    for value in code.values.values():
        if value.kind in ("memory", "partial"):
            array, value.origin = value.origin, None
            known = sys.getrefcount(array)  # by `array` and the argument of getrefcount; the sample is a copy
            if array.base is not None:  # a view: by itself and the argument
                known = max(known, sys.getrefcount(array.base))
            if known > 2 or getattr(array.base, "base", None) is not None:
                value.origin = array
            else:
                value.kind = "constant"
    stored = {memory for memory in code.stores if code.values[memory].kind == "constant"}
    code.stores = {memory: value for memory, value in code.stores.items() if memory not in stored}
    return code


def folded(code: Code) -> Code:
    """A call on constants alone is made now."""
    calls = []
    for call in code.calls:
        if not call.effect and all(code.values[a].kind == "constant" for a in call.reads):
            code.values[call.result].kind = "constant"
        else:
            calls.append(call)
    return code.with_calls(calls)


def shared(code: Code) -> Code:
    """A call that was made before, on the same values, is not made again."""
    known: dict[Any, Ref] = {}
    instead: dict[Ref, Ref] = {}
    calls = []
    for given in code.calls:
        call = renamed(given, instead)
        key = None if call.effect else _key(code, call)
        if key is not None and key in known:
            instead[call.result] = known[key]
        else:
            calls.append(call)
            if key is not None:
                known[key] = call.result
    return code.with_calls(calls, instead)


def _key(code: Code, call: Call) -> Any:
    parts = [_part(code, a) for a in call.args] + [(name, _part(code, a)) for name, a in sorted(call.settings.items())]
    return None if any(part is None for part in parts) else (call.function, *parts)


def _part(code: Code, a: Any) -> Any:
    if isinstance(a, Ref):
        value = code.values[a]
        if value.kind == "constant" and value.sample.size <= 16:  # the same small constant under two numbers
            return ("constant", value.sample.dtype.str, value.sample.shape, value.sample.tobytes())
        return ("value", int(a))
    if isinstance(a, bool | int | float | str | type(None) | np.dtype | type(Ellipsis)):
        return (type(a), repr(a))
    if isinstance(a, tuple | slice):
        return (type(a), repr(a))
    return None


def without_units(code: Code) -> Code:
    """A product with one, a cast or a reshape to what is there already: the value itself."""
    instead: dict[Ref, Ref] = {}
    calls = []
    for given in code.calls:
        call = renamed(given, instead)
        same = None if call.effect else _unchanged(code, call)
        if same is None:
            calls.append(call)
        else:
            instead[call.result] = same
    return code.with_calls(calls, instead)


def _unchanged(code: Code, call: Call) -> Ref | None:
    """The argument that the result is equal to, bit for bit."""
    result = code.values[call.result].sample
    candidates: list[Any] = []
    if call.function in (np.multiply, np.true_divide):
        a, b = call.args[:2]
        if _is_one(code, b):
            candidates.append(a)
        elif call.function is np.multiply and _is_one(code, a):
            candidates.append(b)
    elif call.function in (np.reshape, np.broadcast_to, astype, np.positive, np.copy, np.array):
        candidates.append(call.args[0])
    elif call.function is np.transpose and call.args[1] in (None, tuple(range(result.ndim))):
        candidates += [call.args[0]] if result.ndim < 2 or call.args[1] is not None else []
    for a in candidates:
        if isinstance(a, Ref):
            sample = code.values[a].sample
            if sample.shape == result.shape and sample.dtype == result.dtype:
                return a
    return None


def _is_one(code: Code, a: Any) -> bool:
    if isinstance(a, Ref):
        value = code.values[a]
        return value.kind == "constant" and value.sample.size > 0 and bool((value.sample == 1).all())
    return isinstance(a, int | float) and a == 1


def alive(code: Code) -> Code:
    """Only the calls that something outside depends on."""
    wanted: set[Ref] = set(code.outputs)
    calls = []
    for call in reversed(code.calls):
        if call.effect or call.result in wanted:
            calls.append(call)
            wanted.update(call.reads)
    return code.with_calls(reversed(calls))


def with_scalars(code: Code) -> Code:
    """An array of one number over and over, in an elementwise call that has the full shape without it: the number."""
    calls = []
    small: dict[Ref, Ref] = {}
    for call in code.calls:
        if isinstance(call.function, np.ufunc) and call.function.signature is None:
            args = list(call.args)
            for i, a in enumerate(args):
                others = [code.values[b].sample.shape for j, b in enumerate(args) if j != i and isinstance(b, Ref)]
                if (
                    isinstance(a, Ref)
                    and code.values[a].kind == "constant"
                    and code.values[a].sample.size > 1
                    and others
                    and np.broadcast_shapes(*others) == code.values[call.result].sample.shape
                    and _uniform(code.values[a].sample)
                ):
                    if a not in small:
                        small[a] = code.new("constant", code.values[a].sample.reshape(-1)[0].copy().reshape(()))
                    args[i] = small[a]
            call = Call(call.function, tuple(args), call.settings, call.result, call.label, call.scope, call.effect)
        calls.append(call)
    return code.with_calls(calls)


def _uniform(a: np.ndarray[Any, Any]) -> bool:
    """Whether all entries have the same bits: 0 and -0 are two numbers."""
    first = a.reshape(-1)[:1]
    if a.size > 4096 and not (a == first).all():
        return False
    return a.tobytes() == np.broadcast_to(first, a.size).tobytes()


def untransposed(code: Code) -> Code:
    """The transpose of a product of which nothing else is read: the product of the transposes, in the other order."""
    uses, makers = code.uses(), code.makers()
    calls: list[Call] = []
    gone: set[Ref] = set()
    for call in code.calls:
        product = makers.get(call.args[0]) if is_transpose(call) else None
        if product is not None and is_product(code, product) and uses[product.result] == 1:
            calls.remove(product)
            gone.add(product.result)
            turned = []
            for a in reversed(product.args):
                before = makers.get(a)
                if is_transpose(before) and before.args[0] not in gone:
                    turned.append(before.args[0])  # transposed twice
                    continue
                number = code.new("computed", code.values[a].sample.T)
                calls.append(Call(np.transpose, (a, (1, 0)), {}, number, "permute", product.scope))
                turned.append(number)
            call = Call(product.function, tuple(turned), {}, call.result, product.label, product.scope)
        calls.append(call)
    return code.with_calls(calls)


def subtracted(code: Code) -> Code:
    """The exponential of ``-(a + b)`` for a small b, such as a bias, as that of ``(-b) - a``: one pass over a less."""
    makers, uses = code.makers(), code.uses()

    def maker(a: Any, function: Any) -> Call | None:
        """The call that makes a value for a single reader, if it is one of this function."""
        call = makers.get(a) if isinstance(a, Ref) and uses[a] == 1 else None
        return call if call is not None and call.function is function else None

    instead: dict[Ref, list[Call]] = {}
    for call in code.calls:
        minus = maker(call.args[0], np.negative) if call.function is np.exp else None  # which sign 0 has, is lost in it
        plus = maker(minus.args[0], np.add) if minus is not None else None
        if minus is None or plus is None or not all(isinstance(a, Ref) for a in plus.args):
            continue
        b, a = sorted(plus.args, key=lambda x: int(code.sample(x).size))
        if 4 * code.sample(b).size < code.sample(a).size:
            turned = code.new("computed", np.negative(code.sample(b)))
            instead[plus.result] = [Call(np.negative, (b,), {}, turned, plus.label, plus.scope)]
            instead[minus.result] = [Call(np.subtract, (turned, a), {}, minus.result, plus.label, plus.scope)]
    return code.with_calls(new for call in code.calls for new in instead.get(call.result, [call]))


PRODUCTS = (np.matmul, np.dot)


def is_product(code: Code, call: Call) -> bool:
    """Whether a call multiplies two matrices."""
    if call.function not in PRODUCTS or call.settings or not all(isinstance(a, Ref) for a in call.args):
        return False
    return len(call.args) == 2 and all(code.sample(a).ndim == 2 for a in call.args)


def outputs_apart(code: Code) -> Code:
    """What is given out and lies in memory that is written to, is copied before."""
    roots: dict[Ref, Ref] = {}
    for call in code.calls:
        for a in call.reads:
            if lies_in(code, call, a):
                roots[call.result] = roots.get(a, a)
                break
    early: list[Call] = []
    late: list[Call] = []
    instead: dict[Ref, Ref] = {}
    for value in sorted(code.outputs):
        if roots.get(value, value) in code.stores:
            number = code.new("computed", code.values[value].sample.copy())
            (early if value in code.stores else late).append(Call(np.copy, (value,), {}, number, "copy"))
            instead[value] = number
    memories = dict(code.stores)
    apart = Code(code.values, [*early, *code.calls, *late], code.results, memories, code.gradients)
    apart.results = [instead.get(v, v) for v in code.results]
    apart.stores = {memory: instead.get(v, v) for memory, v in memories.items()}
    apart.gradients = {leaf: None if v is None else instead.get(v, v) for leaf, v in code.gradients.items()}
    return apart
