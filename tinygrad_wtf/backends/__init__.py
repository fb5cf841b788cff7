"""PyTorch's libraries for computing, by its names: none of them is here, NumPy computes.

Programs ask ``backends.mps.is_available()`` and set ``backends.cudnn.benchmark = True`` by habit: they are answered
with no, and what they set is kept and has no effect.
"""

from tinygrad_wtf.backends import cuda as cuda
from tinygrad_wtf.backends import cudnn as cudnn
from tinygrad_wtf.backends import mkl as mkl
from tinygrad_wtf.backends import mkldnn as mkldnn
from tinygrad_wtf.backends import mps as mps
from tinygrad_wtf.backends import openmp as openmp

__all__ = ["cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]
