"""`LBFGS`: Newton's method with a Hessian known from the last steps, and the line search for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from tinygrad_wtf import Tensor, TraceError, cat, dot, enable_grad, is_compiling, no_grad, zeros_like

from . import saving
from .group import NotedDict
from .line_search import strong_wolfe
from .optimizer import Optimizer


class LBFGS(Optimizer):
    """Limited-memory BFGS: steps along ``-H g``, where H is the inverse Hessian as the last steps have shown it.

    One `step` makes up to `max_iter` iterations, for which it calls the closure many times. It is made for few
    parameters and full batches, where it is far more exact than gradient descent.

    Parameters
    ----------
    params : iterable of Tensor
        What is learnt, ``model.parameters()``; there can be one group only.
    lr : float or Tensor, default 1
        The length of a step, or what the line search begins with.
    max_iter : int, default 20
        Iterations in one `step`.
    max_eval : int, optional
        Evaluations of the loss in one `step`; ``max_iter * 5 // 4`` by default.
    tolerance_grad : float, default 1e-7
        Stop when no number of the gradient is larger.
    tolerance_change : float, default 1e-9
        Stop when neither the parameters nor the loss change by more.
    history_size : int, default 100
        How many steps are remembered, each with two numbers for every parameter.
    line_search_fn : {None, "strong_wolfe"}
        Whether to search for a length that satisfies the strong Wolfe conditions.

    Raises
    ------
    ValueError
        For several groups, another line search, a number that is negative or not finite; and as `Optimizer` does.
    TypeError
        When `step` gets no closure.
    TraceError
        Inside a compiled function: how many steps there are depends on the numbers. Compile the closure's loss instead.

    Notes
    -----
    Source: J. Nocedal and S. J. Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 7.5 (the step), 3.5
    and 3.6 (the line search).

    Examples
    --------
    The Rosenbrock function has its minimum 0 at (1, 1).

    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([-1.5, 2.0], requires_grad=True, dtype=tw.float64)
    >>> optimizer = nn.optim.LBFGS([w], max_iter=100, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> first_loss = optimizer.step(closure)
    >>> [round(number, 4) for number in w.tolist()]
    [1.0, 1.0]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        settings = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        for name in ("max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size"):
            self.check_number(group, name)
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f"LBFGS: line_search_fn is None or 'strong_wolfe', not {group['line_search_fn']!r}")

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Take the one group of parameters; a second is refused, as a step concerns all numbers at once."""
        if self.param_groups:
            raise ValueError("LBFGS has one group of parameters only: its steps concern all of them at once")
        super().add_param_group(param_group)

    def restored(self, number: int, name: str, value: Any, parameter: Tensor) -> Any:
        """A copy of one saved value; the arrays have one entry for every number of all parameters."""
        return saving.restored(value)

    # ---------------------------------------------------------------- all parameters as one vector

    @property
    def _params(self) -> list[Tensor]:
        found: list[Tensor] = self.param_groups[0]["params"]
        return found

    def _gradient(self) -> Tensor:
        flat = [(zeros_like(p) if p.grad is None else p.grad.detach()).reshape(-1) for p in self._params]
        found: Tensor = cat(flat)
        return found

    def _move(self, length: float, direction: Tensor) -> None:
        start = 0
        for p in self._params:
            p.add_(direction[start : start + p.numel()].reshape(p.shape) * length)
            start += p.numel()

    def _evaluate(self, closure: Callable[[], Any], start: list[Tensor], d: Tensor, t: float) -> tuple[float, Tensor]:
        """The loss and its gradient at a point along the direction; the parameters are left where they were."""
        self._move(t, d)
        loss = float(closure())
        gradient = self._gradient()
        for p, before in zip(self._params, start, strict=True):
            p.copy_(before)
        return loss, gradient

    # ---------------------------------------------------------------- the step

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make up to `max_iter` iterations.

        Parameters
        ----------
        closure : callable
            Sets the gradients to zero, computes the loss and its gradients, and returns the loss.

        Returns
        -------
        object
            The first loss, before the parameters have changed.
        """
        if closure is None:
            raise TypeError("LBFGS: step needs a closure: it computes the loss and its gradients, and returns the loss")
        if is_compiling():
            raise TraceError(
                "LBFGS decides by the numbers how many steps it makes, so it cannot be part of a compiled function",
                hint="Compile what the closure computes instead",
            )
        compute = enable_grad()(closure)
        with no_grad():
            return self._iterate(compute)

    def _iterate(self, closure: Callable[[], Any]) -> Any:
        group, params = self.param_groups[0], self._params
        lr, tolerance = float(group["lr"]), group["tolerance_change"]
        if params[0] not in self.state:
            self.state[params[0]] = NotedDict()
        state = {"func_evals": 0, "n_iter": 0, **self.state[params[0]]}
        first_loss = closure()
        loss, evaluations, iterations = float(first_loss), 1, 0
        gradient = self._gradient()
        if _largest(gradient) <= group["tolerance_grad"]:
            state["func_evals"] += 1
            self.state[params[0]].update(state)
            return first_loss
        while iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0, d=-gradient)
                t = min(1.0, 1.0 / float(gradient.abs().sum())) * lr
            else:
                _remember(state, gradient, int(group["history_size"]))
                state["d"] = _direction(state, gradient)
                t = lr
            d, state["prev_flat_grad"], state["prev_loss"] = state["d"], gradient, loss
            slope = float(dot(gradient, d))
            state["t"] = t
            if slope > -tolerance:
                break
            if group["line_search_fn"] is not None:
                start = [p.detach().clone() for p in params]
                loss, gradient, t, made = strong_wolfe(
                    partial(self._evaluate, closure, start, d),
                    (t, loss, gradient, slope),
                    d,
                    most=int(group["max_eval"]) - evaluations,
                )
                self._move(t, d)
            else:
                self._move(t, d)
                made = 0
                if iterations != group["max_iter"]:  # after the last, nobody asks for the loss
                    loss, gradient, made = float(closure()), self._gradient(), 1
            state["t"] = t
            evaluations += made
            is_optimal = _largest(gradient) <= group["tolerance_grad"]
            stands = _largest(d) * abs(t) <= tolerance or abs(loss - state["prev_loss"]) < tolerance
            if evaluations >= group["max_eval"] or is_optimal or stands:
                break
        state["func_evals"] += evaluations
        self.state[params[0]].update(state)
        return first_loss


def _largest(vector: Tensor) -> float:
    return float(vector.abs().max())


def _remember(state: dict[str, Any], gradient: Tensor, most: int) -> None:
    """Take the last step into the history, where it shows that the loss curves upwards."""
    y = gradient - state["prev_flat_grad"]
    s = state["d"] * float(state["t"])
    curvature = float(dot(y, s))
    if curvature > 1e-10:
        for name, new in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / curvature)):
            if len(state[name]) == most:
                state[name].pop(0)
            state[name].append(new)
        state["H_diag"] = curvature / float(dot(y, y))


def _direction(state: dict[str, Any], gradient: Tensor) -> Tensor:
    """``-H g`` by the two loops over the history."""
    known = list(zip(state["old_dirs"], state["old_stps"], map(float, state["ro"]), strict=True))
    q: Tensor = -gradient
    parts: list[float] = []
    for y, s, rho in reversed(known):
        parts.append(float(dot(s, q)) * rho)
        q = q - parts[-1] * y
    d: Tensor = q * float(state["H_diag"])
    for y, s, rho in known:
        d = d + (parts.pop() - float(dot(y, d)) * rho) * s
    return d
