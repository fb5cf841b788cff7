"""The tests: the same tree as the packages, the table of operations, and the properties that hold across it."""
