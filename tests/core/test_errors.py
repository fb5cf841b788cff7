"""The errors: who can catch them, what they carry, and what they say."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_wtf as tw

w = tw.Tensor([1.0, 2.0], requires_grad=True)
# what goes wrong, the error, the built-in ones that a user would catch, the op, the shapes, words of the message
CASES = {
    "broadcast": (
        lambda: tw.zeros(2) + tw.zeros(3),
        tw.ShapeError,
        (ValueError, RuntimeError),
        "add",
        ((2,), (3,)),
        "equal or 1",
    ),
    "a column beside a row": (
        lambda: tw.zeros(4) - tw.zeros(4, 1)[:, [0, 0, 0]],
        tw.ShapeError,
        (ValueError,),
        "sub",
        ((4,), (4, 3)),
        r"\.reshape\(-1, 1\)",
    ),
    "inner sizes": (
        lambda: tw.zeros(2, 3) @ tw.zeros(4, 5),
        tw.ShapeError,
        (ValueError, RuntimeError),
        "matmul",
        ((2, 3), (4, 5)),
        "last size of the left, 3, .* second to last size of the right, 4",
    ),
    "a weight not transposed": (
        lambda: tw.zeros(2, 3) @ tw.zeros(5, 3),
        tw.ShapeError,
        (ValueError,),
        "matmul",
        ((2, 3), (5, 3)),
        r"transposed \(\.mT\)",
    ),
    "a product with a number": (
        lambda: tw.zeros(2) @ tw.Tensor(1.0),
        tw.ShapeError,
        (ValueError,),
        "matmul",
        ((2,), ()),
        r"with \*",
    ),
    "reshape": (
        lambda: tw.zeros(6).reshape(4, 2),
        tw.ShapeError,
        (ValueError, RuntimeError),
        "reshape",
        ((6,),),
        "6 entries",
    ),
    "reshape with -1": (
        lambda: tw.zeros(6).reshape(4, -1),
        tw.ShapeError,
        (ValueError,),
        "reshape",
        ((6,),),
        "6 entries",
    ),
    "cat": (
        lambda: tw.cat([tw.zeros(2, 3), tw.zeros(2, 4)]),
        tw.ShapeError,
        (ValueError,),
        "cat",
        ((2, 3), (2, 4)),
        "along dim",
    ),
    "cat of nothing": (lambda: tw.cat([]), tw.ShapeError, (ValueError, RuntimeError), "cat", (), "at least one"),
    "cat of a number": (lambda: tw.cat([tw.zeros(2), 1.0]), tw.DTypeError, (TypeError,), "cat", (), "float"),
    "cat without a list": (lambda: tw.cat(tw.zeros(2)), tw.DTypeError, (TypeError,), "cat", (), "a list"),
    "stack": (lambda: tw.stack([tw.zeros(2), tw.zeros(3)]), tw.ShapeError, (ValueError,), "stack", ((2,), (3,)), "cat"),
    "dim": (lambda: tw.zeros(2, 3).sum(2), tw.DimensionError, (IndexError, ValueError), "sum", ((2, 3),), "-2 to 1"),
    "dim that is no integer": (lambda: tw.zeros(2).sum(0.5), tw.DTypeError, (TypeError,), "sum", (), "0.5"),
    "dim twice": (lambda: tw.zeros(2, 3).sum((0, -2)), tw.DimensionError, (IndexError,), "sum", ((2, 3),), "twice"),
    "index": (
        lambda: tw.zeros(2)[2],
        tw.IndexRangeError,
        (IndexError,),
        "getitem",
        ((2,),),
        r"2 is out of bounds.*\(2,\)",
    ),
    "too many indices": (lambda: tw.zeros(2)[0, 0], tw.IndexRangeError, (IndexError,), "getitem", ((2,),), "too many"),
    "a float as index": (
        lambda: tw.zeros(2)[tw.zeros(2)],
        tw.IndexDTypeError,
        (TypeError, IndexError),
        "getitem",
        (),
        "integers or booleans",
    ),
    "a string as index": (lambda: tw.zeros(2)["a"], tw.IndexDTypeError, (TypeError, IndexError), "getitem", (), "'a'"),
    "item": (lambda: tw.zeros(2).item(), tw.ShapeError, (ValueError, RuntimeError), "item", ((2,),), r"\.tolist\(\)"),
    "max of nothing": (lambda: tw.zeros(0).amax(), tw.ShapeError, (ValueError,), "amax", ((0,),), "empty"),
    "a string": (lambda: tw.zeros(2) + "a", tw.DTypeError, (TypeError,), "add", (), "'a'"),
    "None": (lambda: tw.zeros(2) * None, tw.DTypeError, (TypeError,), "mul", (), "None"),
    "a list": (lambda: tw.zeros(2) * [1, 2], tw.DTypeError, (TypeError,), "mul", (), r"Tensor\(\[\.\.\.\]\)"),
    "a complex number": (lambda: tw.zeros(2) * 1j, tw.DTypeError, (TypeError,), "mul", (), "1j"),
    "an argument too many": (
        lambda: tw.mul(tw.zeros(2), 1, tw.zeros(2)),
        tw.DTypeError,
        (TypeError,),
        "mul",
        None,
        "2 arguments, 3",
    ),
    "an argument too few": (lambda: tw.mul(w), tw.DTypeError, (TypeError,), "mul", None, "2 arguments, 1"),
    "a setting of NumPy's": (
        lambda: tw.exp(tw.zeros(2), where=np.array([True, False])),
        tw.DTypeError,
        (TypeError,),
        "exp",
        None,
        "no setting where",
    ),
    "minus of booleans": (
        lambda: tw.tensor([True]) - tw.tensor([True]),
        tw.DTypeError,
        (TypeError,),
        "sub",
        ((1,), (1,)),
        "boolean",
    ),
    "a negative power": (
        lambda: tw.tensor([2]) ** -1,
        tw.DTypeError,
        (TypeError, RuntimeError),
        "pow",
        ((1,), ()),
        r"\.float\(\)",
    ),
    "gradients of integers": (
        lambda: tw.tensor([1]).requires_grad_(),
        tw.DTypeError,
        (TypeError, RuntimeError),
        None,
        ((1,),),
        "int64",
    ),
    "no graph": (lambda: tw.zeros(1).backward(), tw.GraphError, (RuntimeError,), None, ((1,),), "requires_grad=True"),
    "no direction": (lambda: (w * 2).backward(), tw.GraphError, (RuntimeError,), None, ((2,),), "mean"),
    "in place": (lambda: w.zero_(), tw.GraphError, (RuntimeError,), "zero_", ((2,),), "no_grad"),
    "a negative size": (lambda: tw.zeros(-1), tw.ShapeError, (ValueError, RuntimeError), "zeros", (), "negative"),
    "a size that is no integer": (lambda: tw.zeros(1.5), tw.DTypeError, (TypeError,), "zeros", (), "1.5"),
    "steps that lead nowhere": (
        lambda: tw.arange(0, 5, -1),
        tw.TinygradError,
        (ValueError,),
        "arange",
        (),
        "sign of step",
    ),
    "clamp without bounds": (lambda: w.clamp(), tw.DTypeError, (TypeError,), "clamp", (), "min"),
}
every_case = pytest.mark.parametrize(("fail", "error", "builtins", "op", "shapes", "words"), CASES.values(), ids=CASES)


@every_case
def test_what_a_user_would_catch_catches_it(fail, error, builtins, op, shapes, words):
    for builtin in (*builtins, error, tw.TinygradError):
        with pytest.raises(builtin):
            fail()


@every_case
def test_the_operation_at_fault(fail, error, builtins, op, shapes, words):
    with pytest.raises(error) as raised:
        fail()
    assert raised.value.op == op
    assert op is None or str(raised.value).startswith(f"{op}: ")


@every_case
def test_the_shapes_at_fault(fail, error, builtins, op, shapes, words):
    with pytest.raises(error) as raised:
        fail()
    assert shapes is None or raised.value.shapes == shapes


@every_case
def test_the_message(fail, error, builtins, op, shapes, words):
    with pytest.raises(error, match=words):
        fail()


@every_case
def test_no_other_error_is_shown_above_it(fail, error, builtins, op, shapes, words):
    with pytest.raises(error) as raised:
        fail()
    cause = raised.value.__cause__ or (None if raised.value.__suppress_context__ else raised.value.__context__)
    assert cause is None or isinstance(cause, TypeError)


@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy], ids=["pickle", "copy"])
def test_an_error_travels_between_processes(again):
    with tw.scope("layer"), pytest.raises(tw.ShapeError) as raised:
        tw.zeros(2) + tw.zeros(3)
    twin = again(raised.value)
    assert str(twin) == str(raised.value)
    assert (twin.op, twin.shapes, twin.hint, twin.layer) == ("add", ((2,), (3,)), raised.value.hint, "layer")


def test_a_message_is_op_then_what_then_hint():
    error = tw.ShapeError("what happened", op="add", shapes=[(1,)], hint="the fix")
    assert str(error) == "add: what happened. the fix"
    assert error.shapes == ((1,),)


def test_a_message_without_op_and_hint_is_what_happened():
    assert str(tw.GraphError("what happened")) == "what happened"


def test_a_third_argument_is_not_where_the_result_is_written():
    a, b, bystander = tw.Tensor([1.0]), tw.Tensor([2.0]), tw.Tensor([9.0])
    with pytest.raises(TypeError):
        tw.mul(a, b, bystander)
    assert bystander.item() == 9.0


def test_dim_and_axis_together_are_refused():
    with pytest.raises(TypeError, match="two names"):
        tw.zeros(2).sum(dim=0, axis=0)
