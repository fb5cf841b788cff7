"""Operators beside what no operation takes: Python asks the other object, or says what it does not know."""

import operator

import pytest

import tinygrad_wtf as tw

ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor")
COMPARED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


class Stranger:
    """Answers to every operator with its name."""


def _answer(name):
    return lambda self, other: name


for _name in (*ARITHMETIC, *COMPARED):
    _plain = _name.rstrip("_")
    setattr(Stranger, f"__{_plain}__", _answer(_plain))
    setattr(Stranger, f"__r{_plain}__", _answer(f"r{_plain}"))


@pytest.mark.parametrize("name", ARITHMETIC)
def test_a_stranger_is_asked(name):
    function, t = getattr(operator, name), tw.tensor([True, False])
    assert function(t, Stranger()) == f"r{name.rstrip('_')}"
    assert function(Stranger(), t) == name.rstrip("_")


@pytest.mark.parametrize("name", COMPARED)
def test_a_stranger_is_compared_by_itself(name):
    assert getattr(operator, name)(tw.ones(2), Stranger()) == COMPARED[name]


@pytest.mark.parametrize("other", ["a", None, object(), {}, Ellipsis])
def test_what_is_no_number_is_not_equal(other):
    t = tw.ones(2)
    assert (t == other) is False
    assert (t != other) is True
    assert (other == t) is False
    assert other not in [t]


@pytest.mark.parametrize("other", ["a", [1, 2], None, object()])
@pytest.mark.parametrize("name", ["add", "matmul", "and_"])
def test_what_has_no_answer_is_refused_with_the_fix(name, other):
    with pytest.raises(TypeError, match=r"tensor|Tensor|booleans"):
        getattr(operator, name)(tw.ones(2), other)


def test_a_list_is_not_taken_for_another_object():
    with pytest.raises(TypeError, match=r"lists: Tensor"):
        tw.ones(2) == [1, 1]  # noqa: B015 - the comparison is what is tested


def test_a_stranger_is_asked_in_a_compiled_function():
    @tw.compile
    def f(x):
        assert x + Stranger() == "radd"
        return x + 1

    assert f(tw.ones(2)).tolist() == [2.0, 2.0]
