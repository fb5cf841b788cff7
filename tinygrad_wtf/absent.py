"""What PyTorch has and this library has not: for each name the reason, and what to use instead.

Imported only when a name was not found. `python -m tests.torch_oracle coverage` holds this table against PyTorch: each
public name of it is here, or in this table.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

# In each namespace of PyTorch: reason and way out -> the names.
Table = dict[str, str]

_COMPLEX = "there are no complex numbers here: keep real and imaginary parts in two tensors"
_SPARSE = "there are no sparse tensors here: use dense ones, or scipy.sparse on .numpy()"
_QUANTIZED = "there are no quantized tensors here: float32 and float16 are the small dtypes"
_JIT = "there is no TorchScript here: compile(function) makes programs, print(f.program) shows them"
_DEVICE = "there are no devices but the processor here: leave it out"
_ONNX = "files of networks for other programs are not made here: state_dict() has the weights, as arrays"
_DISTRIBUTED = "there is one machine here: set_num_threads shares out the samples of a compiled step"
_LIBRARY = "it is a kernel of a library that PyTorch calls: use the operation of the plain name"
_INTERNAL = "it is a part of PyTorch's own machinery, with nothing for users"
_PYTHON = "it is Python's own module, which PyTorch happens to show: import it"
_OLD = "PyTorch itself has deprecated it: use the newer name"
_COPY = "the variants that copy are for PyTorch's graph passes: write the operation without _copy, and .clone()"
_SYMBOLIC = "there are no symbolic sizes here: a compiled function has a program for each shape"
_DTYPE = "NumPy has no such dtype: use float16, float32, float64, bool, uint8, int8, int16, int32 or int64"
_STORAGE = "there are no storages here: t.data_ptr() tells whether memory is shared, t.numpy() shows it"
_AUTOCAST = "mixed precision does nothing here: see amp.autocast"
_FFT = "there are no Fourier transforms here, for want of complex numbers: numpy.fft on .numpy()"
_LINALG = "this decomposition has no derivative here: numpy.linalg or scipy.linalg on .numpy()"
_MEMORY = "there are no memory formats here: NumPy's strides are what they are, .contiguous() makes them row-major"
_STRIDED = "as_strided shows memory in ways that no rule follows: use slices, unfold, expand or reshape"
_RESIZED = "a tensor here does not grow or shrink: make a new one (cat, slices, zeros)"
_FUSED = "it is one of PyTorch's fused kernels: use the layer"
_SPECIAL = "this special function has no row here: scipy.special on .numpy(), or a row of your own (CONTRIBUTING.md)"
_TRAINING = "training on several devices is not here: the module itself is trained on the processor"

TORCH: Table = {
    _COMPLEX: """cdouble cfloat chalf complex complex32 complex64 complex128 imag
        is_conj is_neg polar view_as_complex view_as_complex_copy view_as_real
        view_as_real_copy""",
    _SPARSE: """sparse sparse_bsc sparse_bsc_tensor sparse_bsr sparse_bsr_tensor sparse_compressed_tensor sparse_coo
        sparse_coo_tensor sparse_csc sparse_csc_tensor sparse_csr sparse_csr_tensor spmm dsmm hsmm hspmm saddmm smm
        sspaddmm resize_as_sparse_ strided layout""",
    _QUANTIZED: """ao choose_qparams_optimized dequantize empty_quantized fake_quantize_per_channel_affine
        fake_quantize_per_tensor_affine fbgemm_linear_fp16_weight fbgemm_linear_fp16_weight_fp32_activation
        fbgemm_linear_int8_weight fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight
        fbgemm_pack_gemm_matrix_fp16 fbgemm_pack_quantized_matrix fused_moving_avg_obs_fake_quant int_repr
        per_channel_affine per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine per_tensor_symmetric
        q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qint32 qint8 qscheme
        quantization quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic quantized_batch_norm
        quantized_gru quantized_gru_cell quantized_lstm quantized_lstm_cell quantized_max_pool1d quantized_max_pool2d
        quantized_max_pool3d quantized_rnn_relu_cell quantized_rnn_tanh_cell quint2x4 quint4x2 quint8""",
    _JIT: """AggregationType AliasDb AnyType Argument ArgumentSpec AwaitType BenchmarkConfig BenchmarkExecutionStats
        Block BoolType BufferDict CallStack Capsule ClassType Code CompilationUnit CompleteArgumentSpec ComplexType
        ConcreteModuleType ConcreteModuleTypeBuilder DeepCopyMemoTable DeserializationStorageContext DeviceObjType
        DictType EnumType ErrorReport ExecutionPlan FileCheck FloatType FunctionSchema Future FutureType Gradient Graph
        GraphExecutorState IODescriptor InferredType IntType InterfaceType JITException ListType LiteScriptModule
        LockingLogger LoggerBase ModuleDict Node NoneType NoopLogger NumberType OperatorInfo OptionalType ParameterDict
        PyObjectType PyTorchFileReader PyTorchFileWriter RRefType ScriptClass ScriptClassFunction ScriptDict
        ScriptDictIterator ScriptDictKeyIterator ScriptFunction ScriptList ScriptListIterator ScriptMethod ScriptModule
        ScriptModuleSerializer ScriptObject ScriptObjectProperty SerializationStorageContext StaticModule StreamObjType
        StringType SymBoolType SymIntType TensorType ThroughputBenchmark TracingState TupleType Type UnionType Use Value
        export fork fx import_ir_module import_ir_module_from_buffer jit merge_type_from_type_comment parse_ir
        parse_schema parse_type_comment unify_type_list wait compile_aot""",
    _DEVICE: """AcceleratorError Event OutOfMemoryError Stream accelerator get_device get_device_module
        is_vulkan_available mps mtia xpu cpu""",
    _ONNX: "onnx",
    _DISTRIBUTED: "distributed futures monitor multiprocessing prepare_multiprocessing_environment is_distributed",
    _LIBRARY: """batch_norm_backward_elemt batch_norm_backward_reduce batch_norm_elemt batch_norm_gather_stats
        batch_norm_gather_stats_with_counts batch_norm_stats batch_norm_update_stats cudnn_affine_grid_generator
        cudnn_batch_norm cudnn_convolution cudnn_convolution_add_relu cudnn_convolution_relu
        cudnn_convolution_transpose cudnn_grid_sampler cudnn_is_acceptable miopen_batch_norm miopen_convolution
        miopen_convolution_add_relu miopen_convolution_relu miopen_convolution_transpose miopen_ctc_loss
        miopen_depthwise_convolution miopen_rnn mkldnn_adaptive_avg_pool2d mkldnn_convolution
        mkldnn_linear_backward_weights mkldnn_max_pool2d mkldnn_max_pool3d mkldnn_rnn_layer native_batch_norm
        native_channel_shuffle native_dropout native_group_norm native_layer_norm native_norm conv_tbc convolution
        constant_pad_nd embedding_renorm_ norm_except_dim affine_grid_generator grid_sampler grid_sampler_2d
        grid_sampler_3d""",
    _INTERNAL: """AVG SUM DisableTorchFunction DisableTorchFunctionSubclass DispatchKey DispatchKeySet
        ExcludeDispatchKeyGuard FatalError PRIVATE_OPS Tag USE_GLOBAL_DEPS USE_RTLD_GLOBAL_WITH_LIBTORCH classes
        classproperty compiled_with_cxx11_abi cond cpp get_file_path has_lapack has_mkl has_openmp has_spectral
        hash_tensor hub init_num_threads is_anomaly_check_nan_enabled library masked nested overrides package profiler
        profiler_allow_cudagraph_cupti_lazy_reinit_cuda12 read_vitals return_types serialization set_vital testing
        thread_safe_generator torch torch_version vitals_enabled vmap while_loop windows
        functional storage version""",
    _PYTHON: "builtins ctypes functools glob importlib inspect math os platform sys textwrap threading types",
    _SYMBOLIC: """SymBool SymFloat SymInt sym_constrain_range sym_constrain_range_for_size sym_float sym_fresh_size
        sym_int sym_ite sym_max sym_min sym_not sym_sqrt sym_sum""",
    _DTYPE: """bfloat16 BFloat16Tensor bit bits16 bits1x8 bits2x4 bits4x2 bits8 float4_e2m1fn_x2 float8_e4m3fn
        float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu int1 int2 int3 int4 int5 int6 int7 uint1 uint16 uint2
        uint3 uint32 uint4 uint5 uint6 uint64 uint7""",
    _STORAGE: """BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage
        DoubleStorage FloatStorage HalfStorage IntStorage LongStorage QInt32Storage QInt8Storage QUInt2x4Storage
        QUInt4x2Storage QUInt8Storage ShortStorage Storage StorageBase TypedStorage UntypedStorage is_storage
        from_file""",
    _AUTOCAST: """autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache get_autocast_cpu_dtype
        get_autocast_dtype get_autocast_gpu_dtype get_autocast_ipu_dtype get_autocast_xla_dtype
        is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled is_autocast_ipu_enabled
        is_autocast_xla_enabled
        set_autocast_cache_enabled set_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_dtype
        set_autocast_enabled set_autocast_gpu_dtype set_autocast_ipu_dtype set_autocast_ipu_enabled
        set_autocast_xla_dtype set_autocast_xla_enabled""",
    "its windows are here by their names: hann_window, kaiser_window and kin": "signal",
    _FFT: "fft istft stft",
    _LINALG: """geqrf lobpcg lu lu_solve lu_unpack orgqr ormqr pca_lowrank svd_lowrank triangular_solve
        lstsq""",
    _MEMORY: """channels_last channels_last_3d contiguous_format legacy_contiguous_format memory_format preserve_format
        empty_permuted empty_strided as_strided_scatter""",
    _COPY: """alias_copy as_strided_copy ccol_indices_copy col_indices_copy crow_indices_copy detach_copy diagonal_copy
        expand_copy indices_copy narrow_copy permute_copy row_indices_copy select_copy slice_copy split_copy
        split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy unfold_copy unsqueeze_copy values_copy
        view_copy slice_inverse""",
    _STRIDED: "as_strided as_strided_",
    _OLD: """eig matrix_rank solve symeig set_default_tensor_type range to_dlpack
        set_anomaly_enabled is_anomaly_enabled""",
    _FUSED: "max_pool1d_with_indices",
    "arithmetic on the processor treats tiny numbers as they are": "set_flush_denormal",
    "NumPy is called by one thread, and set_num_threads is for compiled steps": """get_num_interop_threads
        set_num_interop_threads""",
    "every operation is deterministic here: see use_deterministic_algorithms": """get_deterministic_debug_mode
        set_deterministic_debug_mode""",
    "warnings are Python's: use the module warnings": "is_warn_always_enabled set_warn_always",
    "sampling from it is not here: numpy.random on the numbers": "quasirandom",
    "it is not here: numpy.histogramdd on .numpy()": "histogramdd",
    "ragged tensors are not here: use nn.utils.rnn.pad_sequence, and a mask": "jagged segment_reduce",
    "its result would have a length that depends on numbers: use nonzero": "nonzero_static",
    "it is not here: use numpy.frombuffer, and from_numpy": "frombuffer",
    "it is a layer's function: nn.functional has it": """alpha_dropout alpha_dropout_ bilinear channel_shuffle
        cosine_embedding_loss ctc_loss embedding_bag feature_alpha_dropout feature_alpha_dropout_ feature_dropout
        feature_dropout_ hinge_embedding_loss instance_norm kl_div margin_ranking_loss pairwise_distance pixel_shuffle
        pixel_unshuffle poisson_nll_loss rms_norm rrelu rrelu_ triplet_margin_loss""",
    "files are not here yet: pickle.dump(model.state_dict(), file), or numpy.savez": "load save",
    "write full_like(t, number), or t.fill_(number)": "fill",
    "write tensor(number)": "scalar_tensor",
    _RESIZED: "resize_as_",
}

TENSOR: Table = {
    _COMPLEX: "cdouble cfloat chalf imag is_conj is_neg",
    _SPARSE: """ccol_indices coalesce col_indices crow_indices dense_dim indices is_coalesced row_indices smm sparse_dim
        sparse_mask sparse_resize_ sparse_resize_and_clear_ sspaddmm to_dense to_mkldnn to_padded_tensor to_sparse
        to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr values resize_as_sparse_ layout""",
    _QUANTIZED: """dequantize int_repr q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale
        q_zero_point qscheme""",
    _DEVICE: """ipu is_ipu is_maia is_mtia is_vulkan is_xla mtia xpu record_stream""",
    _DISTRIBUTED: "is_distributed",
    _DTYPE: "bfloat16",
    _STORAGE: "storage storage_type untyped_storage const_data_ptr set_ is_set_to",
    _INTERNAL: "as_subclass grad_dtype hash_tensor module_load output_nr slice_inverse volatile dim_order",
    _MEMORY: "as_strided_scatter new_empty_strided",
    _STRIDED: "as_strided as_strided_",
    _RESIZED: "resize resize_ resize_as resize_as_",
    _LINALG: "geqrf lu lu_solve orgqr ormqr triangular_solve lstsq",
    _FFT: "istft stft",
    _OLD: "eig solve symeig new reinforce",
    _COPY: "narrow_copy",
    "Python's functions are called entry by entry: write it with operations, or tensor([f(n) for n in t.tolist()])": """
        apply_ map_ map2_""",
    "its result would have a length that depends on numbers: use nonzero": "nonzero_static",
    "the function is here, not its in-place form: t.copy_(igamma(t, x))": "igamma_ igammac_",
    "write t[indices]": "index",
    "write sum_to(t, shape)": "sum_to_size",
    "write register_hook, or change the gradient after backward()": "register_post_accumulate_grad_hook",
}

NN: Table = {
    _TRAINING: "DataParallel SyncBatchNorm parallel",
    _QUANTIZED: "intrinsic qat quantizable quantized",
    _INTERNAL: "attention common_types factory_kwargs grad",
    _OLD: "Container NLLLoss2d",
    "write CrossEntropyLoss()(linear(x), target)": "LinearCrossEntropyLoss LinearCrossEntropyOptions",
    "write LocalResponseNorm": "CrossMapLRN2d",
    "pooling over random windows is not here: use MaxPool, or AdaptiveMaxPool": """FractionalMaxPool2d
        FractionalMaxPool3d""",
}

FUNCTIONAL: Table = {
    _INTERNAL: """BroadcastingList1 BroadcastingList2 BroadcastingList3 Callable DType GRID_SAMPLE_INTERPOLATION_MODES
        GRID_SAMPLE_PADDING_MODES Optional ScalingType SwizzleType Tensor assert_int_or_pair boolean_dispatch grad
        handle_torch_function has_torch_function has_torch_function_unary has_torch_function_variadic
        reproducibility_notes sparse_support_notes tf32_notes torch""",
    _PYTHON: "dataclasses importlib math np warnings",
    _LIBRARY: "conv_tbc native_channel_shuffle grouped_mm scaled_grouped_mm scaled_mm",
    "it is max_pool with return_indices=True": """adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices
        adaptive_max_pool3d_with_indices max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices
        fractional_max_pool2d_with_indices fractional_max_pool3d_with_indices""",
    _OLD: "upsample upsample_bilinear upsample_nearest",
    "pooling over random windows is not here: use max_pool, or adaptive_max_pool": """fractional_max_pool2d
        fractional_max_pool3d""",
    "write cross_entropy(linear(x, w), target)": "linear_cross_entropy",
    "write t.copy_(rrelu(t))": "rrelu_",
}

INIT: Table = {
    _OLD: """constant dirac eye kaiming_normal kaiming_uniform normal orthogonal sparse uniform xavier_normal
        xavier_uniform""",
}

UTILS: Table = {
    _MEMORY: "convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format",
    _OLD: "clip_grad_norm",
    "a layer is made with its first values at once: construct it": "skip_init",
    "write func.functional_call": "stateless",
}

PARAMETRIZE: Table = {
    "write register_parametrization on the other module, and load_state_dict": "transfer_parametrizations_and_params",
}

OPTIM: Table = {
    _SPARSE: "SparseAdam",
    "it is not here: Adam with a schedule": "Adafactor",
    "it is not here: SGD with momentum and nesterov=True": "Muon",
    _INTERNAL: "swap_in_optimizer_params_and_state",
}

LINALG: Table = {
    _INTERNAL: "common_notes",
    _COMPLEX: "eig eigvals",
    _LINALG: "householder_product ldl_factor ldl_factor_ex ldl_solve lu lu_factor lu_factor_ex lu_solve",
    "errors are raised here, not returned: the function without _ex": "cholesky_ex inv_ex solve_ex",
}

SPECIAL: Table = {
    _SPECIAL: """airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u
        chebyshev_polynomial_v chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he
        laguerre_polynomial_l legendre_polynomial_p modified_bessel_i0 modified_bessel_i1 modified_bessel_k0
        modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t
        shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w
        spherical_bessel_j0 zeta""",
}

AUTOGRAD: Table = {
    _OLD: "NestedIOFunction",
    _INTERNAL: "enforce_grad_layout_policy grad_mode set_multithreading_enabled",
    "it is a name of the package itself": "inference_mode",
}
FUNC: Table = {
    _INTERNAL: "debug_unwrap",
    "functions are run as they are here, with views and writes: leave it out": "functionalize",
    "there is no forward mode here: jvp computes it for one direction": "linearize",
    "write permute, reshape and unflatten": "rearrange",
    "write eval() of the layers, or GroupNorm": "replace_all_batch_norm_modules_",
    "write stack of the parameters by name, and functional_call": "stack_module_state",
}
DATA: Table = {
    "there are no data pipes here, as PyTorch has given them up: IterableDataset, or a generator": """DFIterDataPipe
        DataChunk IterDataPipe MapDataPipe argument_validation functional_datapipe guaranteed_datapipes_determinism
        non_deterministic runtime_validation runtime_validation_disabled""",
    _DISTRIBUTED: "DistributedSampler",
}
DISTRIBUTIONS: Table = {
    "this change of variables is not here: a Transform of your own, with its _inverse and slope": """AbsTransform
        CatTransform CorrCholeskyTransform CumulativeDistributionTransform IndependentTransform LowerCholeskyTransform
        PositiveDefiniteTransform ReshapeTransform SoftmaxTransform StackTransform StickBreakingTransform biject_to
        transform_to""",
    "it is not here: scipy.stats has it, on .numpy()": """ContinuousBernoulli ExponentialFamily FisherSnedecor
        GeneralizedPareto Kumaraswamy LKJCholesky LowRankMultivariateNormal NegativeBinomial VonMises Wishart
        LogisticNormal""",
    "use nn.functional.gumbel_softmax": """RelaxedBernoulli
        RelaxedOneHotCategorical OneHotCategoricalStraightThrough""",
}
LR_SCHEDULER: Table = {}

TABLES: dict[str, Table] = {
    "torch": TORCH,
    "Tensor": TENSOR,
    "nn": NN,
    "nn.functional": FUNCTIONAL,
    "nn.init": INIT,
    "nn.utils": UTILS,
    "nn.utils.parametrize": PARAMETRIZE,
    "optim": OPTIM,
    "optim.lr_scheduler": LR_SCHEDULER,
    "autograd": AUTOGRAD,
    "func": FUNC,
    "utils.data": DATA,
    "distributions": DISTRIBUTIONS,
    "linalg": LINALG,
    "special": SPECIAL,
}


@functools.cache
def _reasons(namespace: str) -> dict[str, str]:
    return {name: reason for reason, names in TABLES.get(namespace, {}).items() for name in names.split()}


def names(namespace: str) -> Iterable[str]:
    """The names of a namespace of PyTorch that are not here for a reason."""
    return _reasons(namespace).keys()


def reason(namespace: str, name: str) -> str | None:
    """Why a name of PyTorch is not here, and what to use instead; None where that is not known.

    Parameters
    ----------
    namespace : str
        Where PyTorch has it: ``"torch"``, ``"Tensor"``, ``"nn"``, ``"nn.functional"``, ...
    name : str
        Its name there.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.absent.reason("torch", "fft")
    'there are no Fourier transforms here, for want of complex numbers: numpy.fft on .numpy()'
    >>> tw.absent.reason("torch", "exp") is None
    True
    """
    return _reasons(namespace).get(name)


def error(owner: str, namespace: str, name: str, is_module: bool = True) -> AttributeError:
    """What is raised for a name that was not found: the reason, where PyTorch has it; else Python's own words."""
    found = reason(namespace, name)
    if found is None:
        said = f"module {owner!r}" if is_module else f"{owner!r} object"
        return AttributeError(f"{said} has no attribute {name!r}")
    # With an object, Python would add a name that is spelt alike: "Did you mean 'tile'?"
    return AttributeError(f"{owner} has no {name!r}: {found}", name=name, obj=None)
