"""Tensors: the class, how they are made, and how NumPy's functions see them."""

from tinygrad_wtf.tensors import recorder as recorder
