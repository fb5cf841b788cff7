"""What a compiled function moves on itself, counts, iterators and generators, is moved on in each call."""

import itertools
import random

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.compiler.test_reachable import Bag, X
from tinygrad_wtf import nn

TURNS = 7


def moving():
    """Functions that move on something each time, made anew."""
    made = {}
    counted = Bag(number=0)

    def count(x):
        counted.number += 1
        return x * counted.number

    made["an attribute"] = count
    array = np.zeros(1)

    def count_in_array(x):
        array[0] += 1
        return x * float(array[0])

    made["an array"] = count_in_array
    numbers = itertools.count(1)
    made["itertools.count"] = lambda x: x * next(numbers)
    cycle = itertools.cycle([1.0, 2.0, 3.0])
    made["itertools.cycle"] = lambda x: x * next(cycle)
    produced = (float(n) for n in range(100))
    made["a generator"] = lambda x: x * next(produced)
    listed = iter([float(n) for n in range(100)])
    made["an iterator"] = lambda x: x * next(listed)
    mapped = map(float, range(100))
    made["map"] = lambda x: x * next(mapped)
    zipped = zip(range(100), range(100), strict=True)
    made["zip"] = lambda x: x * next(zipped)[0]
    generator = np.random.default_rng(3)
    made["a generator of NumPy"] = lambda x: x * float(generator.random())
    source = random.Random(3)
    made["a generator of Python"] = lambda x: x * source.random()
    random.seed(5)
    made["random"] = lambda x: x * random.random()
    made["numpy.random"] = lambda x: x * float(np.random.random())
    history = []

    def remember(x):
        history.append(1.0)
        return x * len(history)

    made["a list"] = remember
    known = {}

    def memo(x):
        known[len(known)] = 1
        return x * len(known)

    made["a dict"] = memo
    return made


@pytest.mark.filterwarnings("ignore:compile. .* is not compiled any more:RuntimeWarning")
@pytest.mark.parametrize("name", moving())
def test_what_a_function_moves_on_is_moved_on_in_each_call(name):
    random.seed(5)
    np.random.seed(5)
    eager = [moving()[name](X).item() for _ in range(1)]
    for run in (lambda f: f, tw.compile):
        random.seed(5)
        np.random.seed(5)
        function = run(moving()[name])
        outcome = [function(X).item() for _ in range(TURNS)]
        if run is not tw.compile:
            eager = outcome
    assert outcome == eager
    assert len(set(outcome)) > 1


def test_a_step_that_moves_something_on_says_once_that_it_is_not_compiled():
    counted = Bag(number=0)

    def count(x):
        counted.number += 1
        return x * counted.number

    compiled = tw.compile(count)
    with pytest.warns(RuntimeWarning, match=r"count is not compiled any more.*'number' of a Bag") as told:
        assert [compiled(X).item() for _ in range(8)] == list(range(1, 9))
    assert len(told) == 1
    assert "number" in compiled.reason
    assert compiled.traces < 8
    compiled.clear()
    assert compiled.reason == ""


class Counting(nn.optim.Optimizer):
    """An optimizer that counts its steps in a Python number, or in what `make` makes."""

    rates = ("lr",)

    def __init__(self, params, make=lambda: 0):
        super().__init__(params, {"lr": 0.1})
        self.make = make

    def update(self, parameter, gradient, group, state):
        if "step" not in state:
            state["step"] = self.make()
        if hasattr(state["step"], "__next__"):
            number = next(state["step"])
        else:
            state["step"] += 1
            number = float(state["step"])
        parameter.sub_(gradient * (1.0 / number))


@pytest.mark.filterwarnings("ignore:compile. .* is not compiled any more:RuntimeWarning")
@pytest.mark.parametrize("make", [lambda: 0, lambda: np.zeros(()), lambda: itertools.count(1)])
def test_an_optimizer_that_counts_its_steps(make):
    ends = []
    for run in (lambda f: f, tw.compile):
        w = tw.Tensor([1.0, 2.0], requires_grad=True)
        optimizer = Counting([w], make)

        @run
        def step(x, w=w, optimizer=optimizer):
            optimizer.zero_grad()
            ((w * x) ** 2).sum().backward()
            optimizer.step()

        for _ in range(8):
            step(tw.tensor([0.3, 0.1]))
        ends.append(w.tolist())
    np.testing.assert_allclose(*ends, rtol=1e-6)


calls = 0
factor = 2.0


def test_of_the_names_that_are_read_only_those_that_change_are_told():
    def count(x):
        global calls
        calls += 1
        return x * calls * factor

    compiled = tw.compile(count)
    with pytest.warns(RuntimeWarning, match=r"changes the name 'calls' of tests\.compiler\.test_moved, which"):
        assert len([compiled(X) for _ in range(5)]) == 5
