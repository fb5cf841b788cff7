from nn.data.datasets import *
