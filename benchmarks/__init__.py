"""How long things take: training steps by ``python -m benchmarks``, operations by ``python -m benchmarks.ops``."""
