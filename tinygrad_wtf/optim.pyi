from tinygrad_wtf.nn.optim import *
