"""What works on the parameters and gradients of whole networks, and on sequences (`nn.utils.rnn`).

``__all__`` follows from the imports.
"""

from typing import TYPE_CHECKING, Any

from ..exports import exported as _exported
from . import parametrizations as parametrizations
from . import parametrize as parametrize
from . import prune as prune
from . import rnn as rnn
from .clip_grad import clip_grad_norm_ as clip_grad_norm_
from .clip_grad import clip_grad_value_ as clip_grad_value_
from .clip_grad import clip_grads_with_norm_ as clip_grads_with_norm_
from .clip_grad import get_total_norm as get_total_norm
from .convert_parameters import parameters_to_vector as parameters_to_vector
from .convert_parameters import vector_to_parameters as vector_to_parameters
from .fusion import fuse_conv_bn_eval as fuse_conv_bn_eval
from .fusion import fuse_conv_bn_weights as fuse_conv_bn_weights
from .fusion import fuse_linear_bn_eval as fuse_linear_bn_eval
from .fusion import fuse_linear_bn_weights as fuse_linear_bn_weights
from .weight_norms import remove_spectral_norm as remove_spectral_norm
from .weight_norms import remove_weight_norm as remove_weight_norm
from .weight_norms import spectral_norm as spectral_norm
from .weight_norms import weight_norm as weight_norm

if not TYPE_CHECKING:  # type checkers read the lines above
    __all__ = _exported(globals(), "parametrizations", "parametrize", "prune", "rnn")

    def __getattr__(name: str) -> Any:
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.nn.utils", "nn.utils", name)
