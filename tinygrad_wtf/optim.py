"""The optimizers, `tinygrad_wtf.nn.optim` under the shorter name that PyTorch has: one module by two names.

Python finds the module itself under this name (see `_aliases`).
"""

from tinygrad_wtf.nn.optim import *  # pyright: ignore[reportMissingModuleSource]
