"""The layers and losses without state: functions of tensors, under PyTorch's names (``torch.nn.functional``).

What is the same function in the engine is exported as it is; ``__all__`` follows from the imports.
"""

from typing import TYPE_CHECKING, Any

from tinygrad_wtf import adaptive_avg_pool1d as adaptive_avg_pool1d
from tinygrad_wtf import adaptive_avg_pool2d as adaptive_avg_pool2d
from tinygrad_wtf import adaptive_avg_pool3d as adaptive_avg_pool3d
from tinygrad_wtf import adaptive_max_pool1d as adaptive_max_pool1d
from tinygrad_wtf import adaptive_max_pool2d as adaptive_max_pool2d
from tinygrad_wtf import adaptive_max_pool3d as adaptive_max_pool3d
from tinygrad_wtf import avg_pool1d as avg_pool1d
from tinygrad_wtf import avg_pool2d as avg_pool2d
from tinygrad_wtf import avg_pool3d as avg_pool3d
from tinygrad_wtf import batch_norm as batch_norm
from tinygrad_wtf import celu as celu
from tinygrad_wtf import celu_ as celu_
from tinygrad_wtf import conv1d as conv1d
from tinygrad_wtf import conv2d as conv2d
from tinygrad_wtf import conv3d as conv3d
from tinygrad_wtf import conv_transpose1d as conv_transpose1d
from tinygrad_wtf import conv_transpose2d as conv_transpose2d
from tinygrad_wtf import conv_transpose3d as conv_transpose3d
from tinygrad_wtf import cosine_similarity as cosine_similarity
from tinygrad_wtf import dropout as dropout
from tinygrad_wtf import elu as elu
from tinygrad_wtf import elu_ as elu_
from tinygrad_wtf import embedding as embedding
from tinygrad_wtf import gelu as gelu
from tinygrad_wtf import glu as glu
from tinygrad_wtf import group_norm as group_norm
from tinygrad_wtf import gumbel_softmax as gumbel_softmax
from tinygrad_wtf import hardshrink as hardshrink
from tinygrad_wtf import hardsigmoid as hardsigmoid
from tinygrad_wtf import hardswish as hardswish
from tinygrad_wtf import hardtanh as hardtanh
from tinygrad_wtf import hardtanh_ as hardtanh_
from tinygrad_wtf import layer_norm as layer_norm
from tinygrad_wtf import leaky_relu as leaky_relu
from tinygrad_wtf import leaky_relu_ as leaky_relu_
from tinygrad_wtf import logsigmoid as logsigmoid
from tinygrad_wtf import max_pool1d as max_pool1d
from tinygrad_wtf import max_pool2d as max_pool2d
from tinygrad_wtf import max_pool3d as max_pool3d
from tinygrad_wtf import mish as mish
from tinygrad_wtf import normalize as normalize
from tinygrad_wtf import one_hot as one_hot
from tinygrad_wtf import pad as pad
from tinygrad_wtf import pdist as pdist
from tinygrad_wtf import prelu as prelu
from tinygrad_wtf import relu6 as relu6
from tinygrad_wtf import relu_ as relu_
from tinygrad_wtf import selu as selu
from tinygrad_wtf import selu_ as selu_
from tinygrad_wtf import silu as silu
from tinygrad_wtf import softmin as softmin
from tinygrad_wtf import softshrink as softshrink
from tinygrad_wtf import softsign as softsign
from tinygrad_wtf import tanhshrink as tanhshrink
from tinygrad_wtf import threshold as threshold
from tinygrad_wtf import threshold_ as threshold_

from ..exports import exported as _exported
from .activations import log_softmax as log_softmax
from .activations import relu as relu
from .activations import rrelu as rrelu
from .activations import sigmoid as sigmoid
from .activations import softmax as softmax
from .activations import softplus as softplus
from .activations import tanh as tanh
from .alignment import ctc_loss as ctc_loss
from .attention import scaled_dot_product_attention as scaled_dot_product_attention
from .bags import embedding_bag as embedding_bag
from .binary import binary_cross_entropy as binary_cross_entropy
from .binary import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from .binary import soft_margin_loss as soft_margin_loss
from .classification import cross_entropy as cross_entropy
from .classification import kl_div as kl_div
from .classification import nll_loss as nll_loss
from .distances import pairwise_distance as pairwise_distance
from .dropping import alpha_dropout as alpha_dropout
from .dropping import dropout1d as dropout1d
from .dropping import dropout2d as dropout2d
from .dropping import dropout3d as dropout3d
from .dropping import feature_alpha_dropout as feature_alpha_dropout
from .layers import bilinear as bilinear
from .layers import linear as linear
from .likelihood import gaussian_nll_loss as gaussian_nll_loss
from .likelihood import poisson_nll_loss as poisson_nll_loss
from .margins import cosine_embedding_loss as cosine_embedding_loss
from .margins import hinge_embedding_loss as hinge_embedding_loss
from .margins import margin_ranking_loss as margin_ranking_loss
from .margins import multi_margin_loss as multi_margin_loss
from .margins import multilabel_margin_loss as multilabel_margin_loss
from .margins import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from .margins import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from .multihead import multi_head_attention_forward as multi_head_attention_forward
from .normalization import instance_norm as instance_norm
from .normalization import local_response_norm as local_response_norm
from .normalization import rms_norm as rms_norm
from .pooling import lp_pool1d as lp_pool1d
from .pooling import lp_pool2d as lp_pool2d
from .pooling import lp_pool3d as lp_pool3d
from .pooling import max_unpool1d as max_unpool1d
from .pooling import max_unpool2d as max_unpool2d
from .pooling import max_unpool3d as max_unpool3d
from .ranking import triplet_margin_loss as triplet_margin_loss
from .regression import huber_loss as huber_loss
from .regression import l1_loss as l1_loss
from .regression import mse_loss as mse_loss
from .regression import smooth_l1_loss as smooth_l1_loss
from .resampling import interpolate as interpolate
from .sampling import affine_grid as affine_grid
from .sampling import grid_sample as grid_sample
from .windows import channel_shuffle as channel_shuffle
from .windows import fold as fold
from .windows import pixel_shuffle as pixel_shuffle
from .windows import pixel_unshuffle as pixel_unshuffle
from .windows import unfold as unfold

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals())

    def __getattr__(name: str) -> Any:
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.nn.functional", "nn.functional", name)
