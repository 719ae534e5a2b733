"""Long storms, one after the other, each told when it is over: `python -m ... NUM_JOBS [SEED]`.

Each has a server of its own, as one that has kept thousands of objects answers slowly.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from dataclasses import fields

from tests.distributed.chaos.storm import Report, storm

_JOBS_IN_A_STORM = 50


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing is left behind
    num_jobs = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    reports: list[Report] = []
    while num_jobs > 0:
        number = min(num_jobs, _JOBS_IN_A_STORM)
        report = storm(
            number,
            seed=seed,
            num_disturbances=max(4, number // 4),
            with_rounds=True,
            num_workers=4,
            limit_s=600.0 + 60.0 * number,
        )
        reports.append(report)
        print(f"seed {seed}: {report}\nsum: {_sum(reports)}", flush=True)  # noqa: T201 its purpose
        num_jobs -= number
        seed += 1
    sys.exit(not all(each.is_good for each in reports))


def _sum(reports: list[Report]) -> str:
    """Return what all storms come to."""
    total = Counter[str]()
    for report in reports:
        total["storms"] += 1
        total["storms as they should be"] += report.is_good
        for each in fields(report):
            value = getattr(report, each.name)
            total[each.name] += sum(value.values()) if isinstance(value, dict) else 0
            total[each.name] += round(value) if isinstance(value, int | float) else 0
            total[each.name] += len(value) if isinstance(value, list) else 0
    return ", ".join(f"{name} {number:,}" for name, number in total.items())


if __name__ == "__main__":
    main()
