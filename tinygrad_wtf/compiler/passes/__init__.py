"""The passes: each takes a graph and gives a graph. Their order is `pipeline.PIPELINE`."""
