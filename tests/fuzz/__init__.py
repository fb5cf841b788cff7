"""Differential fuzzing: random programs, run compiled and as they are, with changes between the calls."""
