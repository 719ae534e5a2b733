"""Kubernetes' own benchmark of its scheduler beside ours: the table of docs/performance.md.

    python benchmarks/scheduler_perf.py FOLDER          # of scheduler_perf, not part of this one

Runs each workload that has a threshold three times, and prints a line of the table for each: pods
a second by the least CPU time of a run, from before the first measured pod is created to when all
are bound, so that other work on the machine matters little.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from simarena.cluster.perf.reading import UnsupportedError, read_folder
from simarena.cluster.perf.running import run_workload

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 3


def main(words: Sequence[str]) -> int:
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    print("| workload | pods | pods/s | threshold | times |\n| --- | ---: | ---: | ---: | ---: |")
    for workload in read_folder(Path(words[0])):
        if not workload.threshold or workload.reason:
            continue
        try:
            results = [run_workload(workload, time.process_time) for _ in range(ROUNDS)]
        except UnsupportedError:
            continue
        assert not any(result.faults for result in results), workload.name
        best = max(results, key=lambda result: result.rate)
        print(
            f"| {workload.name} | {best.num_pods:,} | {best.rate:,.0f} | "
            f"{workload.threshold:g} | {best.rate / workload.threshold:,.0f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
