"""Neural networks on `tinygrad_wtf`, under PyTorch's names: layers, losses, initial values, optimizers, training.

`nn.functional` has the layers without state, `nn.init` the initial values, `nn.optim` the optimizers, `nn.datasets` the
guide's data and `nn.plot` its figures. The last two are imported when they are first used.

A new layer is exported by one line here; ``__all__`` follows. What few programs use is exported in the block for type
checkers, and imported when it is first asked for: importing `nn` stays quick.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if __name__ == "nn":  # imported as the folder of a checkout: the same modules as under their own name
    sys.modules["nn"] = import_module("tinygrad_wtf.nn")

from . import functional as functional
from . import init as init
from . import optim as optim
from .exports import exported as _exported
from .exports import later as _later
from .functional.checks import RangeError as RangeError
from .layers.activation import CELU as CELU
from .layers.activation import ELU as ELU
from .layers.activation import GELU as GELU
from .layers.activation import GLU as GLU
from .layers.activation import SELU as SELU
from .layers.activation import Hardsigmoid as Hardsigmoid
from .layers.activation import Hardswish as Hardswish
from .layers.activation import Hardtanh as Hardtanh
from .layers.activation import Identity as Identity
from .layers.activation import LeakyReLU as LeakyReLU
from .layers.activation import LogSigmoid as LogSigmoid
from .layers.activation import LogSoftmax as LogSoftmax
from .layers.activation import Mish as Mish
from .layers.activation import PReLU as PReLU
from .layers.activation import ReLU as ReLU
from .layers.activation import ReLU6 as ReLU6
from .layers.activation import Sigmoid as Sigmoid
from .layers.activation import SiLU as SiLU
from .layers.activation import Softmax as Softmax
from .layers.activation import Softplus as Softplus
from .layers.activation import Softsign as Softsign
from .layers.activation import Tanh as Tanh
from .layers.activation import Tanhshrink as Tanhshrink
from .layers.batch_normalization import BatchNorm1d as BatchNorm1d
from .layers.batch_normalization import BatchNorm2d as BatchNorm2d
from .layers.batch_normalization import BatchNorm3d as BatchNorm3d
from .layers.container import ModuleList as ModuleList
from .layers.container import Sequential as Sequential
from .layers.convolution import Conv1d as Conv1d
from .layers.convolution import Conv2d as Conv2d
from .layers.convolution import Conv3d as Conv3d
from .layers.dropout import AlphaDropout as AlphaDropout
from .layers.dropout import Dropout as Dropout
from .layers.dropout import Dropout1d as Dropout1d
from .layers.dropout import Dropout2d as Dropout2d
from .layers.dropout import Dropout3d as Dropout3d
from .layers.dropout import FeatureAlphaDropout as FeatureAlphaDropout
from .layers.embedding import Embedding as Embedding
from .layers.flatten import Flatten as Flatten
from .layers.flatten import Unflatten as Unflatten
from .layers.linear import Bilinear as Bilinear
from .layers.linear import Linear as Linear
from .layers.normalization import GroupNorm as GroupNorm
from .layers.normalization import LayerNorm as LayerNorm
from .layers.normalization import LocalResponseNorm as LocalResponseNorm
from .layers.normalization import RMSNorm as RMSNorm
from .layers.pooling import AvgPool1d as AvgPool1d
from .layers.pooling import AvgPool2d as AvgPool2d
from .layers.pooling import AvgPool3d as AvgPool3d
from .layers.pooling import LPPool1d as LPPool1d
from .layers.pooling import LPPool2d as LPPool2d
from .layers.pooling import LPPool3d as LPPool3d
from .layers.pooling import MaxPool1d as MaxPool1d
from .layers.pooling import MaxPool2d as MaxPool2d
from .layers.pooling import MaxPool3d as MaxPool3d
from .losses.binary import BCELoss as BCELoss
from .losses.binary import BCEWithLogitsLoss as BCEWithLogitsLoss
from .losses.binary import SoftMarginLoss as SoftMarginLoss
from .losses.classification import CrossEntropyLoss as CrossEntropyLoss
from .losses.classification import KLDivLoss as KLDivLoss
from .losses.classification import NLLLoss as NLLLoss
from .losses.likelihood import GaussianNLLLoss as GaussianNLLLoss
from .losses.likelihood import PoissonNLLLoss as PoissonNLLLoss
from .losses.ranking import TripletMarginLoss as TripletMarginLoss
from .losses.regression import HuberLoss as HuberLoss
from .losses.regression import L1Loss as L1Loss
from .losses.regression import MSELoss as MSELoss
from .losses.regression import SmoothL1Loss as SmoothL1Loss
from .module import Module as Module
from .parameter import Buffer as Buffer
from .parameter import Parameter as Parameter
from .parameter import UninitializedBuffer as UninitializedBuffer
from .parameter import UninitializedParameter as UninitializedParameter
from .summaries import summary as summary
from .training.callbacks import Callback as Callback
from .training.callbacks import EarlyStopping as EarlyStopping
from .training.callbacks import ScheduleLR as ScheduleLR
from .training.diagnose import NonFiniteError as NonFiniteError
from .training.evaluate import evaluate as evaluate
from .training.evaluate import predict as predict
from .training.fit import fit as fit
from .training.history import History as History
from .training.metrics import accuracy as accuracy
from .training.metrics import class_accuracy as class_accuracy

if TYPE_CHECKING:  # imported when they are first used
    from . import modules as modules
    from . import utils as utils
    from .data import datasets as datasets
    from .layers.adaptive_pooling import AdaptiveAvgPool1d as AdaptiveAvgPool1d
    from .layers.adaptive_pooling import AdaptiveAvgPool2d as AdaptiveAvgPool2d
    from .layers.adaptive_pooling import AdaptiveAvgPool3d as AdaptiveAvgPool3d
    from .layers.adaptive_pooling import AdaptiveMaxPool1d as AdaptiveMaxPool1d
    from .layers.adaptive_pooling import AdaptiveMaxPool2d as AdaptiveMaxPool2d
    from .layers.adaptive_pooling import AdaptiveMaxPool3d as AdaptiveMaxPool3d
    from .layers.adaptive_softmax import AdaptiveLogSoftmaxWithLoss as AdaptiveLogSoftmaxWithLoss
    from .layers.attention import MultiheadAttention as MultiheadAttention
    from .layers.distance import CosineSimilarity as CosineSimilarity
    from .layers.distance import PairwiseDistance as PairwiseDistance
    from .layers.embedding_bag import EmbeddingBag as EmbeddingBag
    from .layers.instance_normalization import InstanceNorm1d as InstanceNorm1d
    from .layers.instance_normalization import InstanceNorm2d as InstanceNorm2d
    from .layers.instance_normalization import InstanceNorm3d as InstanceNorm3d
    from .layers.lazy import LazyBatchNorm1d as LazyBatchNorm1d
    from .layers.lazy import LazyBatchNorm2d as LazyBatchNorm2d
    from .layers.lazy import LazyBatchNorm3d as LazyBatchNorm3d
    from .layers.lazy import LazyConv1d as LazyConv1d
    from .layers.lazy import LazyConv2d as LazyConv2d
    from .layers.lazy import LazyConv3d as LazyConv3d
    from .layers.lazy import LazyConvTranspose1d as LazyConvTranspose1d
    from .layers.lazy import LazyConvTranspose2d as LazyConvTranspose2d
    from .layers.lazy import LazyConvTranspose3d as LazyConvTranspose3d
    from .layers.lazy import LazyInstanceNorm1d as LazyInstanceNorm1d
    from .layers.lazy import LazyInstanceNorm2d as LazyInstanceNorm2d
    from .layers.lazy import LazyInstanceNorm3d as LazyInstanceNorm3d
    from .layers.lazy import LazyLinear as LazyLinear
    from .layers.module_dict import ModuleDict as ModuleDict
    from .layers.padding import CircularPad1d as CircularPad1d
    from .layers.padding import CircularPad2d as CircularPad2d
    from .layers.padding import CircularPad3d as CircularPad3d
    from .layers.padding import ConstantPad1d as ConstantPad1d
    from .layers.padding import ConstantPad2d as ConstantPad2d
    from .layers.padding import ConstantPad3d as ConstantPad3d
    from .layers.padding import ReflectionPad1d as ReflectionPad1d
    from .layers.padding import ReflectionPad2d as ReflectionPad2d
    from .layers.padding import ReflectionPad3d as ReflectionPad3d
    from .layers.padding import ReplicationPad1d as ReplicationPad1d
    from .layers.padding import ReplicationPad2d as ReplicationPad2d
    from .layers.padding import ReplicationPad3d as ReplicationPad3d
    from .layers.padding import ZeroPad1d as ZeroPad1d
    from .layers.padding import ZeroPad2d as ZeroPad2d
    from .layers.padding import ZeroPad3d as ZeroPad3d
    from .layers.parameters import ParameterDict as ParameterDict
    from .layers.parameters import ParameterList as ParameterList
    from .layers.recurrent import GRU as GRU
    from .layers.recurrent import LSTM as LSTM
    from .layers.recurrent import RNN as RNN
    from .layers.recurrent import RNNBase as RNNBase
    from .layers.recurrent_cells import GRUCell as GRUCell
    from .layers.recurrent_cells import LSTMCell as LSTMCell
    from .layers.recurrent_cells import RNNCell as RNNCell
    from .layers.recurrent_cells import RNNCellBase as RNNCellBase
    from .layers.resampling import Upsample as Upsample
    from .layers.resampling import UpsamplingBilinear2d as UpsamplingBilinear2d
    from .layers.resampling import UpsamplingNearest2d as UpsamplingNearest2d
    from .layers.thresholds import Hardshrink as Hardshrink
    from .layers.thresholds import RReLU as RReLU
    from .layers.thresholds import Softmax2d as Softmax2d
    from .layers.thresholds import Softmin as Softmin
    from .layers.thresholds import Softshrink as Softshrink
    from .layers.thresholds import Threshold as Threshold
    from .layers.transformer import Transformer as Transformer
    from .layers.transformer import TransformerDecoder as TransformerDecoder
    from .layers.transformer import TransformerEncoder as TransformerEncoder
    from .layers.transformer_layers import TransformerDecoderLayer as TransformerDecoderLayer
    from .layers.transformer_layers import TransformerEncoderLayer as TransformerEncoderLayer
    from .layers.transposed_convolution import ConvTranspose1d as ConvTranspose1d
    from .layers.transposed_convolution import ConvTranspose2d as ConvTranspose2d
    from .layers.transposed_convolution import ConvTranspose3d as ConvTranspose3d
    from .layers.unpooling import MaxUnpool1d as MaxUnpool1d
    from .layers.unpooling import MaxUnpool2d as MaxUnpool2d
    from .layers.unpooling import MaxUnpool3d as MaxUnpool3d
    from .layers.windows import ChannelShuffle as ChannelShuffle
    from .layers.windows import Fold as Fold
    from .layers.windows import PixelShuffle as PixelShuffle
    from .layers.windows import PixelUnshuffle as PixelUnshuffle
    from .layers.windows import Unfold as Unfold
    from .losses.alignment import CTCLoss as CTCLoss
    from .losses.margins import CosineEmbeddingLoss as CosineEmbeddingLoss
    from .losses.margins import HingeEmbeddingLoss as HingeEmbeddingLoss
    from .losses.margins import MarginRankingLoss as MarginRankingLoss
    from .losses.margins import MultiLabelMarginLoss as MultiLabelMarginLoss
    from .losses.margins import MultiLabelSoftMarginLoss as MultiLabelSoftMarginLoss
    from .losses.margins import MultiMarginLoss as MultiMarginLoss
    from .losses.margins import TripletMarginWithDistanceLoss as TripletMarginWithDistanceLoss
    from .visual import plot as plot
    from .visual.watching import Watch as Watch
    from .visual.watching import watch as watch

_LATER = {"datasets": ".data.datasets", "modules": ".modules", "plot": ".visual.plot", "utils": ".utils"}
_CLASSES = _later(__spec__)

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals(), "functional", "init", "optim", *_LATER, *_CLASSES)

    def __getattr__(name: str) -> Any:
        if name in _LATER:
            return import_module(_LATER[name], __name__)
        if name in _CLASSES:
            found = globals()[name] = getattr(import_module(_CLASSES[name], __name__), name)
            return found
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.nn", "nn", name)

    def __dir__() -> list[str]:
        return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
