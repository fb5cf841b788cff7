from nn.visual.plot import *
