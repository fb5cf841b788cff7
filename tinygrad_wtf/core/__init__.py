"""What a gradient is, and nothing else. Read in this order; `docs/reading.md` leads through it with an example.

1. `op`: an operation is a row: a name, what it computes, and for each argument how a cotangent passes back.
2. `node`: a step of the graph: a row, its arguments' nodes, and the arrays that were kept.
3. `residuals`: which arrays a rule reads, found by running it once. The others are not kept.
4. `record`: a tensor is a value and a node. How an operation on tensors is computed and noted as a node.
5. `unbroadcast`: where an argument was stretched, its gradient is summed.
6. `walk`: cotangents pass back over the nodes, consumers first, and add up in the leaves.
7. `memory`: a version for each memory, so that a changed array is never taken for the one that was recorded.

Whether operations are recorded at all is said in `grad_mode`; the words of errors are in `_refusals`.
"""
