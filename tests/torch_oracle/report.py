"""A summary for each operation: ``python -m tests.torch_oracle.report [--all] [--source table] [names or groups...]``.

Columns: samples, and how many of them agree in value, gradient and second derivative; refusals that agree.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import time
from collections import Counter

import torch

from tests.torch_oracle import names
from tests.torch_oracle.deviations import DEVIATIONS
from tests.torch_oracle.subject import FLOATS, REST, WHOLE, Subject, quiet_torch, run, subjects


def _wanted(subject: Subject, asked: list[str]) -> bool:
    short = subject.name.rsplit(".", 1)[-1]
    return not asked or bool({subject.name, short, subject.label, names.GROUP_OF.get(subject.name)} & set(asked))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="operations or groups")
    parser.add_argument("--all", action="store_true", help="float16, int32 and uint8 too")
    parser.add_argument("--source", choices=("table", "op_db"), help="only the project's or only PyTorch's samples")
    parser.add_argument("--most", type=int, default=10**9, help="samples for each operation and dtype")
    parser.add_argument("--lines", type=int, default=14, help="failures shown of each operation")
    parser.add_argument("--bad", action="store_true", help="only operations with failures")
    arguments = parser.parse_args()
    quiet_torch()
    dtypes = (*FLOATS, *WHOLE, *((torch.float16, *REST) if arguments.all else ()))
    total: Counter[str] = Counter()
    groups: dict[str, Counter[str]] = {}
    allowed: Counter[str] = Counter({str(known): 0 for known in DEVIATIONS})
    started = time.time()
    print(time.strftime("%H:%M:%S"))
    for subject in subjects():
        if not _wanted(subject, arguments.names) or arguments.source not in (None, subject.source):
            continue
        outcome = run(subject, dtypes, arguments.most)
        count = outcome.count
        count["operations"] += 1
        count["operations right"] += not outcome.failures
        total += count
        allowed.update(outcome.allowed)
        group = names.GROUP_OF.get(subject.name, "other")
        groups.setdefault(f"{group} ({subject.source})", Counter()).update(count)
        if not outcome.failures and arguments.bad:
            continue
        state = "MISSING" if count["missing"] else "BAD" if outcome.failures else "ok"
        print(
            f"{subject!s:52} {state:3} samples {count['samples']:4} value {count['value ok']:4} "
            f"grad {count['grad ok']:4} "
            f"second {count['second ok']:4} refusals {count['refusals ok']}/{count['refusals']}"
            + "".join(
                f" {key} {count[key]}"
                for key in ("method wrong", "skipped", "deviations", "torch refuses")
                if count[key]
            ),
            flush=True,
        )
        if not count["missing"]:
            for where, messages in list(outcome.failures.items())[: arguments.lines]:
                print(f"    {where} ({len(messages)}): {' '.join(messages[0].split())[:520]}", flush=True)
    for group, count in groups.items():
        right = f"{count['operations right']}/{count['operations']} (missing {count['missing']})"
        pairs = (("second ok", "samples"), ("refusals ok", "refusals"))
        samples, refusals = (f"{count[ok]}/{count[every]}" for ok, every in pairs)
        rest = ", ".join(f"{key} {count[key]}" for key in ("deviations", "comparisons"))
        print(f"{group:24} right {right}, samples {samples}, refusals {refusals}, {rest}")
    if not arguments.names:
        print("deviations, and how often:")
        for known, times in allowed.items():
            print(f"    {times:4} {known}")
    print(dict(total), f"{time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
