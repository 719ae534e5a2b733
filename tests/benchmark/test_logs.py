"""Which of several logs tells what a model has come to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import pytest
from inspect_ai.log import EvalLog, write_eval_log
from tests.benchmark._models import acts, played

from simarena.benchmark.logs import latest_logs

if TYPE_CHECKING:
    from pathlib import Path

Status = Literal["started", "success", "cancelled", "error"]


def left(log: EvalLog, path: Path, status: Status, num_samples: int, age_s: int) -> None:
    """Write a log as a run leaves it that ended after so many samples."""
    samples = (log.samples or [])[:num_samples]
    write_eval_log(log.model_copy(update={"status": status, "samples": samples}), str(path))
    os.utime(path, (1_000_000_000 - age_s,) * 2)


@pytest.mark.parametrize(
    ("status", "num_samples", "chosen"),
    [("success", 1, "new"), ("cancelled", 2, "new"), ("cancelled", 0, "old"), ("error", 1, "old")],
)
def test_a_retry_that_ended_before_it_took_over_what_was_finished_hides_nothing(
    tmp_path: Path, status: Status, num_samples: int, chosen: str
) -> None:
    log = played(lambda *_: acts("noop"), tmp_path / "played", suite="classic", family="healthy")
    folder = tmp_path / "logs"
    folder.mkdir()
    left(log, folder / "old.eval", "error", 2, age_s=60)
    left(log, folder / "new.eval", status, num_samples, age_s=0)
    (found,) = latest_logs(folder)
    assert found.path.stem == chosen
