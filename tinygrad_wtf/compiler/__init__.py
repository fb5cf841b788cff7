"""The program reading: a function traced once into a straight line of NumPy calls, planned and replayed."""

from tinygrad_wtf.compiler.jit import Compiled, compile
from tinygrad_wtf.compiler.program import Program
from tinygrad_wtf.compiler.threads import get_num_threads, set_num_threads

__all__ = ["Compiled", "Program", "compile", "get_num_threads", "set_num_threads"]
