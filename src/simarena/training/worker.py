"""A process of its own that trains one run and plays its agent: `python -m ... RUN`.

It is how several runs are trained side by side. Whoever starts it reads the run's folder: metrics
as they come, and at the end the agent's outcomes. It ends when its parent does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from simarena.errors import SimArenaError
from simarena.evaluation.outcome import outcomes_to_lines
from simarena.evaluation.run_folder import RunFolder
from simarena.training.job import play_trained, prepare, train
from simarena.training.settings import settings_of


def work(path: Path) -> None:
    """Train the run at `path` until it is done, and write its agent's outcomes.

    Raises:
        SimArenaError: the run cannot be trained.
    """
    parent = os.getppid()

    def look_up(row: dict[str, Any]) -> None:  # noqa: ARG001 nothing is told
        if os.getppid() != parent:
            sys.exit(f"{path}: the process that started this one is gone")

    run = RunFolder.open(path)
    settings = settings_of(run)
    prepared = prepare(settings)
    train(prepared, run, look_up)
    played = play_trained(run, settings, prepared.shape)
    run.write_text(run.outcomes.name, outcomes_to_lines(played.outcomes()))


def main() -> None:
    """Do what the command line names; end with a line on stderr and status 1 if it cannot be."""
    try:
        work(Path(sys.argv[1]))
    except (SimArenaError, OSError) as error:
        sys.exit(" ".join(str(error).split()))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
