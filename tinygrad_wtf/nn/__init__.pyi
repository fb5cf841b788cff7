# What type checkers read in a checkout, where the layers lie in the folder `nn` beside `tinygrad_wtf`.
from nn import *
