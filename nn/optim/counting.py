"""Optimizers that count steps: parameters that are in step share one count, so that it is read and moved on once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tinygrad_wtf import Tensor, update_values

from .group import NotedDict
from .optimizer import Optimizer
from .rates import first


class CountingOptimizer(Optimizer):
    """An optimizer whose state holds how many steps each parameter has made.

    In ``state[parameter]``, "step" and the other names in `shared` are tensors of one number. Parameters of a group
    that have made the same steps have the same tensors; one that misses a gradient gets tensors of its own. So a
    compiled step has one count as its input, however many parameters there are.

    Attributes
    ----------
    shared : dict
        Said by the class: the names of these numbers, and what they start from.
    """

    shared: ClassVar[dict[str, float]] = {"step": 0.0}

    def advance(self, group: Mapping[str, Any], counts: dict[str, Tensor]) -> None:
        """Move on the shared numbers, before the parameters change."""
        update_values(_one_more, (counts["step"],))

    def conclude(self, group: Mapping[str, Any], counts: dict[str, Tensor]) -> None:
        """Move on what changes after the parameters have changed."""

    def update_group(self, group: dict[str, Any]) -> None:
        """Change the parameters of one group that have gradients, those in step together."""
        together: dict[int, list[Tensor]] = {}
        idle: dict[int, list[Tensor]] = {}
        fresh: list[Tensor] = []
        state = self.state
        for parameter in group["params"]:
            memory = state.get(parameter)
            if parameter.grad is not None:
                if memory:
                    together.setdefault(id(memory["step"]), []).append(parameter)
                else:
                    fresh.append(parameter)
            elif memory:
                idle.setdefault(id(memory["step"]), []).append(parameter)
        for key in together.keys() & idle.keys():
            own = {name: state[idle[key][0]][name].clone() for name in self.shared}
            for parameter in idle[key]:
                state[parameter].update(own)
        for members in together.values():
            counts = {name: state[members[0]][name] for name in self.shared}
            self.advance(group, counts)
            for parameter in members:
                self.update(parameter, parameter.grad, group, state[parameter])  # type: ignore[arg-type]
            self.conclude(group, counts)
        if fresh:
            counts = self.begun(group)
            self.advance(group, counts)
            for parameter in fresh:
                memory = {**counts}
                self.update(parameter, parameter.grad, group, memory)  # type: ignore[arg-type]
                state[parameter] = NotedDict(memory)
            self.conclude(group, counts)

    def begun(self, group: Mapping[str, Any]) -> dict[str, Tensor]:
        """The shared numbers of parameters that have made no step."""
        return {name: first(value) for name, value in self.shared.items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over settings and memory from `state_dict`, of PyTorch's optimizer too.

        Nothing is changed when something does not fit.

        Raises
        ------
        ValueError
            When groups or the numbers of parameters differ, or a remembered array has not its parameter's shape.
        """
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            known: dict[tuple[float, ...], dict[str, Tensor]] = {}
            for parameter in group["params"]:
                memory = self.state.get(parameter)
                if memory:
                    counts = {name: memory[name] for name in self.shared}
                    numbers = tuple(counts[name].item() for name in self.shared)
                    memory.update(known.setdefault(numbers, counts))

    def restored(self, number: int, name: str, value: Any, parameter: Tensor) -> Any:
        """A copy of one saved value; a count may come as a plain number, as PyTorch wrote it once.

        Raises
        ------
        ValueError
            When an array has neither the parameter's shape nor a single entry.
        """
        if name in self.shared:
            return first(float(value))
        return super().restored(number, name, value, parameter)


def _one_more(step: Any) -> tuple[Any]:
    step += 1
    return (step,)
