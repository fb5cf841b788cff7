"""Tensors: the class, how they are made, and how NumPy's functions see them."""
