"""``python -m tests.fuzz --programs 1000 --seed 0``: compare so many random programs, compiled and as they are."""

from __future__ import annotations

import argparse
import collections
import sys
import time
import traceback

from tests.fuzz.compare import compare


def main() -> int:
    """Run them; 1 if any differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first program; a later slice begins where one ended")
    parser.add_argument("--most", type=int, default=20, help="stop after so many differences")
    given = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    failed: list[int] = []
    started = time.perf_counter()
    for seed in range(given.seed, given.seed + given.programs):
        try:
            counts[compare(seed)] += 1
        except Exception as error:
            failed.append(seed)
            last = "" if isinstance(error, AssertionError) else traceback.format_exc(limit=-4)
            print(f"DIFFERS {type(error).__name__}: {str(error)[:600]}\n{last}", flush=True)
            if len(failed) >= given.most:
                break
        if (seed + 1 - given.seed) % 1000 == 0:
            print(f"... {seed + 1 - given.seed} programs, {len(failed)} differ", flush=True)
    took = time.perf_counter() - started
    print(f"{sum(counts.values()) + len(failed)} programs from seed {given.seed} in {took:.0f} s: {dict(counts)}")
    print(f"{len(failed)} differ: {failed}" if failed else "none differs")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
