"""`simarena` on a machine whose clock is off: `python -m ... SECONDS ARGUMENTS`."""

from __future__ import annotations

import sys
import time


def main() -> None:
    from simarena.cli import main as run

    offset, real = float(sys.argv[1]), time.time
    time.time = lambda: real() + offset
    sys.exit(run(sys.argv[2:]))


if __name__ == "__main__":
    main()
