"""Settings of optimizers to draw from, for tests that hold them against formulas or against PyTorch."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

BETAS = st.tuples(st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.5, 0.9, 0.99, 0.999]))
COMMON: dict[str, Any] = {"lr": st.sampled_from([0.001, 0.02, 0.1]), "maximize": st.booleans()}
DECAY = {"weight_decay": st.sampled_from([0.0, 0.05])}
SETTINGS: dict[str, dict[str, Any]] = {
    "Adam": {**COMMON, **DECAY, "betas": BETAS, "amsgrad": st.booleans(), "decoupled_weight_decay": st.booleans()},
    "AdamW": {**COMMON, **DECAY, "betas": BETAS, "amsgrad": st.booleans()},
    "NAdam": {**COMMON, **DECAY, "betas": BETAS, "momentum_decay": st.sampled_from([0.004, 0.1])},
    "RAdam": {**COMMON, **DECAY, "betas": BETAS},
    "Adamax": {**COMMON, **DECAY, "betas": BETAS},
    "RMSprop": {
        **COMMON,
        **DECAY,
        "alpha": st.sampled_from([0.5, 0.99]),
        "momentum": st.sampled_from([0.0, 0.9]),
        "centered": st.booleans(),
    },
    "Adagrad": {
        **COMMON,
        **DECAY,
        "lr_decay": st.sampled_from([0.0, 0.1]),
        "initial_accumulator_value": st.sampled_from([0.0, 0.5]),
    },
    "Adadelta": {**COMMON, **DECAY, "rho": st.sampled_from([0.5, 0.9])},
    "Rprop": {**COMMON, "etas": st.sampled_from([(0.5, 1.2), (0.3, 1.5)]), "step_sizes": st.just((1e-12, 1.0))},
    "ASGD": {**COMMON, **DECAY, "lambd": st.sampled_from([1e-4, 0.1]), "alpha": st.sampled_from([0.5, 0.75])},
}
