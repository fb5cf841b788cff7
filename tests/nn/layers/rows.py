"""A row for each layer: what `test_every_layer` and, where it is installed, PyTorch's layers try.

A new layer adds one row; a test fails as long as it has none.
"""

from __future__ import annotations

import numpy as np

# how it is made, the shapes of its inputs (or whole numbers, booleans), and the shape of its output (a list of several)
ROWS = [
    ("AdaptiveAvgPool2d(2)", [(2, 3, 5, 4)], (2, 3, 2, 2)),
    ("AvgPool2d(2, padding=1)", [(2, 3, 4, 6)], (2, 3, 3, 4)),
    ("BatchNorm1d(3)", [(5, 3)], (5, 3)),
    ("BatchNorm2d(3, momentum=None)", [(2, 3, 4, 2)], (2, 3, 4, 2)),
    ("Bilinear(2, 3, 4)", [(5, 2), (5, 3)], (5, 4)),
    ("CELU(0.5)", [(2, 3)], (2, 3)),
    ("Conv1d(2, 3, 3, padding='same')", [(4, 2, 5)], (4, 3, 5)),
    ("Conv2d(2, 4, (3, 2), stride=2, groups=2)", [(1, 2, 5, 4)], (1, 4, 2, 2)),
    ("Dropout(0.5, generator=0)", [(4, 5)], (4, 5)),
    ("ELU(0.5)", [(2, 3)], (2, 3)),
    ("Embedding(5, 3)", [np.array([[1, 4], [0, 1]])], (2, 2, 3)),
    ("Embedding(5, 3, 1, max_norm=0.5, scale_grad_by_freq=True)", [np.array([1, 4, 4, 0])], (4, 3)),
    ("Flatten()", [(2, 3, 4)], (2, 12)),
    ("GELU('tanh')", [(2, 3)], (2, 3)),
    ("GLU(1)", [(2, 4)], (2, 2)),
    ("GroupNorm(2, 4)", [(2, 4, 3)], (2, 4, 3)),
    ("Hardsigmoid()", [(2, 3)], (2, 3)),
    ("Hardswish()", [(2, 3)], (2, 3)),
    ("Hardtanh(-0.5, 2.0)", [(2, 3)], (2, 3)),
    ("Identity()", [(2, 3)], (2, 3)),
    ("LayerNorm((3, 4))", [(2, 3, 4)], (2, 3, 4)),
    ("LeakyReLU(0.2)", [(2, 3)], (2, 3)),
    ("Linear(3, 2)", [(4, 3)], (4, 2)),
    ("LogSigmoid()", [(2, 3)], (2, 3)),
    ("LogSoftmax(-1)", [(2, 3)], (2, 3)),
    ("MaxPool2d(2, ceil_mode=True)", [(2, 3, 5, 4)], (2, 3, 3, 2)),
    ("Mish()", [(2, 3)], (2, 3)),
    ("ModuleList([nn.Linear(2, 3)])", None, None),
    ("PReLU(3)", [(2, 3)], (2, 3)),
    ("ReLU()", [(2, 3)], (2, 3)),
    ("ReLU6()", [(2, 3)], (2, 3)),
    ("SELU()", [(2, 3)], (2, 3)),
    ("Sequential(nn.Linear(2, 3), nn.Tanh())", [(4, 2)], (4, 3)),
    ("SiLU()", [(2, 3)], (2, 3)),
    ("Sigmoid()", [(2, 3)], (2, 3)),
    ("Softmax(-1)", [(2, 3)], (2, 3)),
    ("Softplus(2.0)", [(2, 3)], (2, 3)),
    ("Softsign()", [(2, 3)], (2, 3)),
    ("Tanh()", [(2, 3)], (2, 3)),
    ("RNN(3, 4, 2, 'relu', batch_first=True)", [(2, 5, 3)], [(2, 5, 4), (2, 2, 4)]),
    ("RNN(3, 4, bias=False)", [(5, 3), (1, 4)], [(5, 4), (1, 4)]),
    ("LSTM(3, 4, num_layers=2, bidirectional=True)", [(5, 2, 3)], [(5, 2, 8), (4, 2, 4), (4, 2, 4)]),
    ("LSTM(3, 4, proj_size=2, batch_first=True)", [(2, 5, 3)], [(2, 5, 2), (1, 2, 2), (1, 2, 4)]),
    ("GRU(3, 4, bidirectional=True)", [(5, 2, 3), (2, 2, 4)], [(5, 2, 8), (2, 2, 4)]),
    ("GRU(3, 4, 2, dropout=0.5)", [(3, 2, 3)], [(3, 2, 4), (2, 2, 4)]),
    ("RNNBase('LSTM', 3, 4)", None, None),
    ("RNNCell(3, 4)", [(2, 3), (2, 4)], (2, 4)),
    ("RNNCell(3, 4, False, 'relu')", [(3,)], (4,)),
    ("LSTMCell(3, 4)", [(2, 3)], [(2, 4), (2, 4)]),
    ("GRUCell(3, 4)", [(2, 3), (2, 4)], (2, 4)),
    ("RNNCellBase(3, 4, True, 1)", None, None),
    ("Tanhshrink()", [(2, 3)], (2, 3)),
]
