from nn.optim import *
