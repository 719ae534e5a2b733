"""A long storm: `python -m tests.distributed.chaos NUM_JOBS [SEED]`."""

from __future__ import annotations

import sys

from tests.distributed.chaos.storm import storm


def main() -> None:
    num_jobs = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    report = storm(
        num_jobs,
        seed=seed,
        num_disturbances=max(4, num_jobs // 2),
        with_rounds=True,
        num_workers=4,
        limit_s=600.0 + 60.0 * num_jobs,
    )
    print(report)  # noqa: T201 it is what the program is for
    good = report.num_results == report.num_equal == num_jobs and report.rounds_equal
    sys.exit(0 if good and not report.left else 1)


if __name__ == "__main__":
    main()
