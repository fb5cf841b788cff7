"""Mixed precision by PyTorch's names. There is no hardware here to gain by it: these do nothing, and say so once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from tinygrad_wtf._setting import Setting
from tinygrad_wtf.devices import device

__all__ = ["GradScaler", "autocast"]

_said: set[str] = set()


def _say_once(name: str, text: str) -> None:
    if name not in _said:
        _said.add(name)
        warnings.warn(text, UserWarning, stacklevel=3)


class autocast(Setting):  # noqa: N801 - PyTorch's name
    """Compute in half precision inside the block. On the processor nothing would gain by it, so nothing is converted.

    The first one that is enabled warns of it. Also a decorator.

    Parameters
    ----------
    device_type : str
        "cpu", or another device that programs name by habit.
    dtype : dtype, optional
        What PyTorch would compute in.
    enabled : bool
        With False nothing is said.
    cache_enabled : bool, optional
        Whether PyTorch would keep converted weights.

    Raises
    ------
    SettingError
        For a device that PyTorch does not know.

    Examples
    --------
    >>> import warnings, tinygrad_wtf as tw
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with tw.autocast("cpu", dtype=tw.float16):
    ...         product = tw.ones(2, 2) @ tw.ones(2, 2)
    >>> product.dtype
    dtype('float32')
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device, self.fast_dtype, self._enabled = device(device_type).type, dtype, bool(enabled)
        if enabled:
            _say_once(
                "autocast",
                "autocast does nothing here: NumPy is not faster in half precision, so the dtypes stay as they are",
            )

    def _fresh(self) -> Setting:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing was changed."""


class GradScaler:
    """Scale the loss so that gradients in half precision do not vanish. They are not in half precision here: as it is.

    ``scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()`` is ``loss.backward(); optimizer.step()``,
    as in PyTorch where there is no GPU. The first one that is enabled warns of it.

    Parameters
    ----------
    device : str
        "cuda" by default, as in PyTorch.
    init_scale, growth_factor, backoff_factor, growth_interval
        How PyTorch would choose the scale; here it is 1.
    enabled : bool
        With False nothing is said.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> w = tw.tensor([2.0], requires_grad=True)
    >>> scaler = tw.GradScaler(enabled=False)
    >>> scaler.scale((w * w).sum()).backward()
    >>> w.grad.item(), scaler.get_scale()
    (4.0, 1.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled:
            _say_once("GradScaler", "GradScaler does nothing here: gradients are in the parameters' own precision")

    def scale(self, outputs: Any) -> Any:
        """The outputs as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Leave the gradients as they are: they were not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Call ``optimizer.step(*args, **kwargs)``, and return what it returns."""
        step: Callable[..., Any] = optimizer.step
        return step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Leave the scale at 1."""

    def get_scale(self) -> float:
        """1: nothing is scaled."""
        return 1.0

    def is_enabled(self) -> bool:
        """False, as in PyTorch where there is no GPU."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Nothing, as of a scaler in PyTorch that is not enabled."""
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take nothing from it: a scale that was saved elsewhere has no use here."""
