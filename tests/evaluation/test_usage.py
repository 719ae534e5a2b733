"""What playing took, of small sets of plays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simarena.evaluation.outcome import Outcome
from simarena.evaluation.usage import USAGE, Latency, latency_of, mean_used, totals_used


def play(scenario: int, **told: Any) -> Outcome:
    return Outcome(
        scenario=str(scenario),
        family="f",
        seed=0,
        agent="x",
        solved=True,
        steps=1,
        max_steps=9,
        **told,
    )


def test_a_mean_is_over_scenarios_of_the_plays_that_tell() -> None:
    plays = [play(0, tool_calls=2), play(0, tool_calls=4), play(1, tool_calls=9), play(2)]
    assert mean_used(plays, np.array([0, 0, 1, 2]), "tool_calls").value == 6.0
    assert np.isnan(mean_used(plays, np.array([0, 0, 1, 2]), "cost_usd").value)


def test_a_sum_is_given_only_where_every_play_tells() -> None:
    plays = [
        play(0, input_tokens=1000, cost_usd=0.25, invalid=0),
        play(1, input_tokens=500, invalid=0),
    ]
    assert totals_used(plays) == {"input_tokens": 1500.0, "invalid": 0.0}
    assert set(totals_used(plays)) < set(USAGE)


def test_percentiles_are_over_all_calls_and_in_seconds() -> None:
    plays = [play(0, call_ms=(100.0, 200.0, 300.0)), play(1, call_ms=(400.0, 500.0)), play(2)]
    latency = latency_of(plays)
    assert latency == pytest.approx(Latency(num_calls=5, p50_s=0.3, p95_s=0.48))
    assert latency_of([play(0)]) is None
