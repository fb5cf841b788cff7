"""The layers and losses without state: functions of tensors, under PyTorch's names (``torch.nn.functional``)."""

from nn.functional.activations import relu, sigmoid, softplus, tanh
from nn.functional.layers import linear
from nn.functional.losses import binary_cross_entropy, binary_cross_entropy_with_logits, mse_loss

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "linear",
    "mse_loss",
    "relu",
    "sigmoid",
    "softplus",
    "tanh",
]
