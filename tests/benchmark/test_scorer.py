"""What Inspect's own tables say of the benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from inspect_ai import score
from tests.benchmark._models import acts, played, results

from simarena.benchmark.scorer import end_of_episode
from simarena.evaluation.statistics import bounded_mean

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_ai.log import EvalLog
    from inspect_ai.model import ChatMessage, ModelOutput

HEALTHY, BROKEN = "classic-08", "classic-03"


def figures(log: EvalLog) -> dict[tuple[str, str], float]:
    assert log.results is not None
    return {
        (each.name, name.rpartition("/")[2]): metric.value
        for each in log.results.scores
        for name, metric in each.metrics.items()
    }


def test_rates_count_scenarios_and_unsolved_plays_count_all_their_steps(tmp_path: Path) -> None:
    log = played(
        lambda *_: acts("noop"), tmp_path, scenario=f"{HEALTHY},{BROKEN}", steps=4, epochs=2
    )
    told = figures(log)
    assert told["solved", "accuracy"] == 0.5
    low, high = bounded_mean(np.array([0.0, 1.0]))[1:]  # two scenarios, whose plays all end alike
    assert told["solved", "interval_low"] == pytest.approx(low)
    assert told["solved", "interval_high"] == pytest.approx(high)
    assert told["solved", "every_time"] == 0.5
    assert told["steps", "mean"] == (1 + 4) / 2


def test_a_play_that_an_error_ends_is_in_no_figure(tmp_path: Path) -> None:
    def failing(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if "2 pods" not in messages[1].text and results(messages):
            message = "away"
            raise RuntimeError(message)
        return acts("noop")

    log = played(
        failing,
        tmp_path,
        scenario=f"{HEALTHY},{BROKEN}",
        options={"fail_on_error": False, "score_on_error": True},
    )
    assert figures(log)["solved", "accuracy"] == 1.0


def test_old_logs_can_be_scored_again(tmp_path: Path) -> None:
    log = played(lambda *_: acts("noop"), tmp_path, scenario=f"{HEALTHY},{BROKEN}", steps=2)
    again = score(log, end_of_episode(), action="overwrite", display="none")
    assert figures(again) == figures(log)
