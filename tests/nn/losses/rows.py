"""Rows of losses: how each is made, and the shapes of its inputs, or arrays of labels; tried by `test_every_loss`.

Where PyTorch is installed, its losses are tried on the same rows. A new loss adds one row.
"""

from __future__ import annotations

import numpy as np

rng = np.random.default_rng(0)
UNIT = rng.uniform(0.05, 0.95, (4, 3))
LABELS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
SIGNS = 2 * LABELS - 1
CLASSES = np.array([0, 2, 1, 2])
LISTS = np.array([[1, -1, 0], [0, 2, -1], [-1, 0, 1], [2, 1, 0]])
SEQUENCES = np.array([[1, 2, 2], [3, 1, 0]])

ROWS = [
    ("BCELoss()", [UNIT, LABELS]),
    ("BCELoss(torch.tensor([[0.5, 1.0, 2.0]]), reduction='sum')", [UNIT, LABELS]),
    ("BCEWithLogitsLoss(pos_weight=torch.tensor([0.5, 1.0, 2.0]))", [(4, 3), LABELS]),
    ("BCEWithLogitsLoss(torch.tensor([0.5, 1.0, 2.0]), reduction='none')", [(4, 3), LABELS]),
    ("CTCLoss()", [(6, 2, 4), SEQUENCES, np.array([6, 4]), np.array([3, 2])]),
    ("CTCLoss(3, 'none', zero_infinity=True)", [(3, 2, 4), SEQUENCES % 3, np.array([3, 2]), np.array([3, 1])]),
    ("CTCLoss(reduction='sum')", [(5, 2, 4), np.array([1, 2, 3]), np.array([5, 5]), np.array([2, 1])]),
    ("CosineEmbeddingLoss(0.1)", [(4, 3), (4, 3), SIGNS[:, 0]]),
    ("CrossEntropyLoss(torch.tensor([0.5, 1.0, 2.0]), label_smoothing=0.1)", [(4, 3), CLASSES]),
    ("CrossEntropyLoss(ignore_index=2, reduction='none')", [(4, 3, 2), np.stack([CLASSES, CLASSES], 1)]),
    ("GaussianNLLLoss(full=True)", [(4, 3), (4, 3), UNIT]),
    ("HingeEmbeddingLoss(0.5, reduction='none')", [(4, 3), SIGNS]),
    ("HuberLoss(delta=0.3)", [(4, 3), (4, 3)]),
    ("KLDivLoss(reduction='batchmean')", [(4, 3), UNIT]),
    ("L1Loss(reduction='sum')", [(4, 3), (4, 3)]),
    ("MSELoss()", [(4, 3), (4, 3)]),
    ("MarginRankingLoss(0.2)", [(4, 3), (4, 3), SIGNS]),
    ("MultiLabelMarginLoss()", [(4, 3), LISTS]),
    ("MultiLabelMarginLoss(reduction='none')", [(3,), LISTS[1]]),
    ("MultiLabelSoftMarginLoss(torch.tensor([0.5, 1.0, 2.0]))", [(4, 3), LABELS]),
    ("MultiMarginLoss(2, 0.5, torch.tensor([0.5, 1.0, 2.0]))", [(4, 3), CLASSES]),
    ("MultiMarginLoss(reduction='none')", [(3,), np.array(1)]),
    ("NLLLoss(torch.tensor([0.5, 1.0, 2.0]))", [(4, 3), CLASSES]),
    ("PoissonNLLLoss(full=True)", [(4, 3), 5 * UNIT]),
    ("SmoothL1Loss(beta=0.3)", [(4, 3), (4, 3)]),
    ("SoftMarginLoss()", [(4, 3), SIGNS]),
    ("TripletMarginLoss(swap=True)", [(4, 3), (4, 3), (4, 3)]),
    ("TripletMarginWithDistanceLoss(margin=0.5, swap=True)", [(4, 3), (4, 3), (4, 3)]),
    ("TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(p=1))", [(4, 3), (4, 3), (4, 3)]),
]
