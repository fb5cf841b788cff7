"""Graph written by hand, and an interpreter for it: what the tests of the passes share."""

import numpy as np

from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable

A = np.arange(6.0).reshape(2, 3) + 1


class Hand:
    """Writes a graph by hand."""

    def __init__(self):
        self.graph = Graph()

    def value(self, kind, sample, origin=None):
        return self.graph.new(kind, np.asarray(sample), origin)

    def argument(self, sample=A):
        number = sum(v.kind == "argument" for v in self.graph.values.values())
        return self.value("argument", sample, number)

    def constant(self, sample):
        return self.value("constant", sample)

    def memory(self, array):
        return self.value("memory", array.copy(), array)

    def call(self, function, *args, label="", effect=False, **settings):
        result = self.value("computed", function(*(self.graph.sample(a) for a in args), **settings))
        self.graph.instructions.append(Instruction(function, args, settings, result, label, (), effect))
        return result

    def returns(self, *results):
        self.graph.results = list(results)
        return self.graph


def interpreted(graph, arguments):
    """What the graph computes, call by call: results, and the new content of memory."""
    known = {}
    for number, value in graph.values.items():
        if value.kind == "argument":
            known[number] = arguments[value.origin]
        elif value.kind in ("constant", "memory"):
            known[number] = np.array(value.sample if value.kind == "constant" else value.origin)
    for call in graph.instructions:
        args = (known[a] if isinstance(a, Variable) else a for a in call.args)
        known[call.result] = call.function(*args, **call.settings)
    return [known[r] for r in graph.results], [known[v] for v in graph.stores.values()]


def functions(graph):
    return [call.function for call in graph.instructions]


def assert_same_results(found, expected, *arguments):
    for f, e in zip(interpreted(found, arguments)[0], interpreted(expected, arguments)[0], strict=True):
        np.testing.assert_array_equal(f, e)
