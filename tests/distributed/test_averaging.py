from __future__ import annotations

from itertools import permutations
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from simarena.distributed.averaging import OuterSettings, Update, aggregate
from simarena.errors import ConfigError, JobError

FEDAVG = OuterSettings()


def arrays(*values: float) -> dict[str, Any]:
    return {"a": np.array(values, dtype=np.float32)}


def test_federated_averaging_is_the_mean_weighted_by_samples() -> None:
    updates = [Update("b", arrays(4.0), 3), Update("a", arrays(8.0), 1)]
    made, _ = aggregate(arrays(100.0), updates, FEDAVG)
    assert made["a"].tolist() == [5.0]
    assert made["a"].dtype == np.float32


def test_the_outer_learning_rate_goes_part_of_the_way() -> None:
    outer = OuterSettings(learning_rate=0.5)
    made, _ = aggregate(arrays(2.0), [Update("a", arrays(4.0), 7)], outer)
    assert made["a"].tolist() == [3.0]


def test_momentum_goes_on_in_the_direction_of_before() -> None:
    outer = OuterSettings(momentum=0.5)
    first, velocity = aggregate(arrays(0.0), [Update("a", arrays(2.0), 1)], outer)
    second, velocity = aggregate(first, [Update("a", arrays(3.0), 1)], outer, velocity)
    assert velocity["a"].tolist() == [2.0]  # half of 2, and 1
    assert second["a"].tolist() == [4.0]


def test_a_late_update_counts_by_how_far_it_has_moved_from_where_it_began() -> None:
    late = Update("a", arrays(6.0), 1, since=arrays(4.0))
    made, _ = aggregate(arrays(10.0), [late], FEDAVG)
    assert made["a"].tolist() == [12.0]
    made, _ = aggregate(arrays(10.0), [Update("a", arrays(14.0), 1), late], FEDAVG)
    assert made["a"].tolist() == [13.0]  # half of 4, and half of 2


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=3, max_size=3))
def test_the_order_in_which_updates_come_changes_no_bit(values: list[float]) -> None:
    updates = [
        Update(f"m{place}", arrays(value, 1 / (abs(value) + 3)), place + 1)
        for place, value in enumerate(values)
    ]
    results = {
        aggregate(arrays(0.1, 0.2), order, FEDAVG)[0]["a"].tobytes()
        for order in permutations(updates)
    }
    assert len(results) == 1


@pytest.mark.parametrize(
    ("weights", "samples", "reason"),
    [
        ({"b": np.zeros(1, np.float32)}, 1, "other arrays"),
        ({"a": np.zeros(2, np.float32)}, 1, "of \\(2,\\)"),
        ({"a": np.zeros(1, np.float64)}, 1, "float64"),
        ({"a": np.array([np.nan], np.float32)}, 1, "no number"),
        ({"a": np.array([np.inf], np.float32)}, 1, "no number"),
        ({"a": np.zeros(1, np.float32)}, 0, "0 steps"),
        ({"a": np.zeros(1, np.float32)}, -5, "-5 steps"),
    ],
)
def test_what_does_not_fit_is_refused(weights: Any, samples: int, reason: str) -> None:
    with pytest.raises(JobError, match=reason):
        aggregate(arrays(0.0), [Update("m", weights, samples)], FEDAVG)


def test_a_round_without_updates_is_none() -> None:
    with pytest.raises(JobError, match="no update"):
        aggregate(arrays(0.0), [], FEDAVG)


@pytest.mark.parametrize(("rate", "momentum"), [(0.0, 0.0), (1.0, 1.0), (float("nan"), 0.0)])
def test_outer_settings_that_no_weights_survive_are_refused(rate: float, momentum: float) -> None:
    with pytest.raises(ConfigError):
        OuterSettings(learning_rate=rate, momentum=momentum)
