"""One operation on one set of samples, run through all comparisons."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from tests.torch_oracle import names, opinfo
from tests.torch_oracle.compare import Call, Mismatch, Settings, Tally, check, check_refused
from tests.torch_oracle.convert import Untranslatable
from tests.torch_oracle.deviations import deviation
from tests.torch_oracle.table import TABLE

FLOATS = (torch.float32, torch.float64)
WHOLE = (torch.int64, torch.bool)
REST = (torch.int32, torch.uint8)


@dataclass
class Subject:
    """An operation and where its samples come from."""

    name: str
    label: str
    source: str  # "table" or "op_db"
    torchs: Callable[..., Any]
    samples: Callable[[torch.dtype], Iterator[Call]]
    refusals: Callable[[], Iterator[Call]]
    settings: Settings

    def __str__(self) -> str:
        return f"{self.source}-{self.label}"

    def forms(self) -> list[tuple[str, Callable[..., Any]]]:
        """Our function and our method."""
        reordered = self.source == "op_db"
        function, method = names.function(self.name, reordered), names.method(self.name, reordered)
        if function is not None and not names.torch_has_method(self.name):
            method = None
        return [(kind, f) for kind, f in (("function", function), ("method", method)) if f is not None]


@dataclass
class Outcome:
    """What a run found."""

    count: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[str]] = field(default_factory=dict)
    allowed: Counter[str] = field(default_factory=Counter)  # by deviation

    def fail(self, key: str, message: str) -> None:
        """Note a failure."""
        self.failures.setdefault(key, []).append(message)


def subjects() -> list[Subject]:
    """Every operation with the project's samples, then with PyTorch's."""
    found = [
        Subject(
            name,
            name,
            "table",
            names.torchs(name),
            lambda dtype, n=name, r=row: r.samples(n, dtype),
            lambda n=name, r=row: r.refusals(n),
            Settings(mixes=row.mixes, values=row.values, loosened=row.loosened),
        )
        for name, row in TABLE.items()
    ]
    for info in opinfo.infos():
        found.append(
            Subject(
                info.name,
                opinfo.label(info),
                "op_db",
                names._invariant(info.name, info.op) or info.op,
                lambda dtype, i=info: opinfo.samples(i, dtype),
                lambda i=info: opinfo.refusals(i),
                opinfo.settings(info),
            )
        )
    return found


def short(call: Call) -> str:
    """The call, not too long."""
    text = str(call)
    return text if len(text) < 260 else text[:260] + "…)"


def run(subject: Subject, dtypes: tuple[torch.dtype, ...] = FLOATS + WHOLE, most: int = 10**9) -> Outcome:
    """All comparisons of one subject, at most `most` samples for each dtype, evenly picked."""
    outcome = Outcome()
    count = outcome.count
    forms = subject.forms()
    if names.torch_has_function(subject.name) and not any(kind == "function" for kind, _ in forms):
        outcome.fail("missing", "no function of this name")
    if names.torch_has_method(subject.name) and names.method(subject.name) is None:
        outcome.fail("missing method", "no method of this name")
    if not forms:
        count["missing"] += 1
        return outcome
    for dtype in dtypes:
        calls = list(subject.samples(dtype))
        step = max(1, -(-len(calls) // most))
        for k, call in enumerate(calls[::step]):
            for form, mine in forms:
                _one(subject, form, mine, call, f"{str(dtype)[6:]} #{k * step}", outcome, form == forms[0][0])
    for k, call in enumerate(subject.refusals()):
        tally = Tally()
        try:
            if check_refused(subject.torchs, forms[0][1], call, tally):
                count["refusals"] += 1
                count["refusals ok"] += 1
        except Untranslatable:
            count["skipped"] += 1
        except Mismatch as error:
            if known := deviation(subject.label, error.kind, call):
                count["deviations"] += 1
                outcome.allowed[str(known)] += 1
            else:
                count["refusals"] += 1
                outcome.fail(f"refusal #{k}", f"{short(call)} {error}")
    return outcome


def _one(
    subject: Subject, form: str, mine: Callable[..., Any], call: Call, where: str, outcome: Outcome, main: bool
) -> None:
    count = outcome.count
    if (
        form == "method"
        and not main
        and not any(isinstance(a, torch.Tensor) for a in call.args[:1])
        and subject.name != "where"
    ):
        return
    tally = Tally()
    reached = 0
    try:
        random = call.kwargs.get("dropout_p", 0) > 0
        settings = replace(subject.settings, values=False) if random else subject.settings
        check(subject.torchs, mine, call, settings, tally)
        reached = 3
    except Untranslatable:
        count["skipped"] += main
        return
    except Mismatch as error:
        if known := deviation(subject.label, error.kind, call):
            count["deviations"] += main
            outcome.allowed[str(known)] += 1
            return
        reached = {"grad": 1, "second": 2}.get(error.kind.split()[0], 0)
        outcome.fail(f"{where.split()[0]} {form} {error.kind}", f"{where} {short(call)} {error}")
    except Exception as error:
        count["torch refuses"] += main
        if subject.source == "op_db" or "view size is not compatible" not in str(error):  # a defect of PyTorch's
            outcome.fail("oracle", f"{where} {short(call)} {type(error).__name__}: {error}")
        return
    count["comparisons"] += tally.value + tally.grad + tally.second
    if main:
        count["samples"] += 1
        count["value ok"] += reached > 0
        count["grad ok"] += reached > 1
        count["second ok"] += reached > 2
    elif reached < 3:
        count["method wrong"] += 1


def quiet_torch() -> None:
    """One thread, and no warnings of its own."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="torch")
