"""The optimizers, `tinygrad_wtf.nn.optim` under the shorter name that PyTorch has: one module by two names.

Python finds the module itself here (see `_aliases`); this file is what type checkers read.
"""

from tinygrad_wtf.nn.optim import *  # pyright: ignore[reportMissingModuleSource]
