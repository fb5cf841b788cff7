"""The tests: one file a room of the engine, the table of operations, and the properties that hold across it."""
