"""Graphs written by hand, and an interpreter for them: what the tests of the passes share."""

import numpy as np

from tinygrad_wtf.compiler.executable import executable
from tinygrad_wtf.compiler.inference import type_of
from tinygrad_wtf.compiler.ir import Builder, Instruction, Variable
from tinygrad_wtf.compiler.verify import check

A = np.arange(6.0).reshape(2, 3) + 1


class Hand(Builder):
    """Writes a graph by hand."""

    def argument(self, sample=A):
        number = sum(v.kind == "argument" for v in self.values.values())
        return self.new("argument", np.asarray(sample), number)

    def constant(self, sample):
        return self.new("constant", np.asarray(sample))

    def memory(self, array):
        return self.new("memory", array.copy(), array)

    def call(self, function, *args, label="", effect=False, **settings):
        sample = np.asarray(function(*(self.sample(a) for a in args), **settings))
        result = self.new("computed", sample)
        self.instructions.append(Instruction(function, args, settings, result, label, (), effect))
        return result

    def returns(self, *results):
        self.results = list(results)
        graph = self.build()
        check(graph)
        return graph

    def lowered(self, *results):
        """The graph without the numbers of its samples, but those of constants: as after lowering."""
        for variable, value in self.values.items():
            if value.kind != "constant":
                self.update(variable, sample=type_of(value.sample))
        return self.returns(*results)


def interpreted(graph, arguments):
    """What the graph computes, call by call: results, and the new content of memory."""
    known = {}
    for number, value in graph.values.items():
        if value.kind == "argument":
            known[number] = arguments[value.origin]
        elif value.kind in ("constant", "memory"):
            known[number] = np.array(value.sample if value.kind == "constant" else value.origin)
    for i in graph.instructions:
        args = (known[a] if isinstance(a, Variable) else a for a in i.args)
        known[i.result] = i.function(*args, **i.settings)
    return [known[r] for r in graph.results], [known[v] for v in graph.stores.values()]


def run(graph, *arguments):
    """The results of the graph when it is executed once."""
    made = executable(graph)
    return made.body(made.prepare(list(arguments)), ())


def functions(graph):
    return [i.function for i in graph.instructions]


def assert_same_results(found, expected, *arguments):
    check(found)
    for f, e in zip(interpreted(found, arguments)[0], interpreted(expected, arguments)[0], strict=True):
        np.testing.assert_array_equal(f, e)
