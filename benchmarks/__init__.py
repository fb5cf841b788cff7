"""How long things take. Each file is a program: ``python -m benchmarks.ops``."""
