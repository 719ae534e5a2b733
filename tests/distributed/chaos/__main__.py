"""A long storm, which tells once a minute how far it is: `python -m ... NUM_JOBS [SEED]`."""

from __future__ import annotations

import signal
import sys
import time

from tests.distributed.chaos.storm import storm

_TELL_S = 60.0


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing is left behind
    num_jobs = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    told = began = time.monotonic()

    def tell(line: str) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_S:
            told = time.monotonic()
            print(f"{told - began:,.0f} s: {line}", file=sys.stderr, flush=True)  # noqa: T201

    report = storm(
        num_jobs,
        seed=seed,
        num_disturbances=max(4, num_jobs // 4),
        with_rounds=True,
        num_workers=4,
        limit_s=600.0 + 60.0 * num_jobs,
        tell=tell,
    )
    print(report)  # noqa: T201 it is what the program is for
    good = report.num_results == report.num_equal == num_jobs and report.rounds_equal
    sys.exit(0 if good and not report.left else 1)


if __name__ == "__main__":
    main()
