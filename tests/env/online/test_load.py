from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.env.cases import trace_of, workload

from simarena.env.online import (
    PROFILES,
    LoadProfile,
    daily_load,
    load_from_csv,
    load_profile,
    ramp_load,
    spikes_load,
    steps_load,
)
from simarena.env.online.load import load_of_trace, named_profiles
from simarena.errors import ConfigError, NotFoundError, StorageError, UnknownNameError
from simarena.trace import WorkloadRef

if TYPE_CHECKING:
    from pathlib import Path


def test_each_value_holds_for_its_seconds() -> None:
    profile = LoadProfile("two", (1.0, 5.0), every_s=3)
    assert profile.seconds().tolist() == [1, 1, 1, 5, 5, 5]
    assert profile.scaled(2).rps == (2.0, 10.0)


def test_steps_jump_and_ramps_do_not() -> None:
    assert steps_load((10, 30), every_s=2).seconds().tolist() == [10, 10, 30, 30]
    ramp = ramp_load(0, 40, rise_s=4, hold_s=2).seconds().tolist()
    assert ramp == [0, 10, 20, 30, 40, 40, 30, 20, 10, 0]


def test_a_day_has_its_least_at_four_and_its_most_at_sixteen() -> None:
    day = daily_load(100, 500, day_s=24).seconds()
    assert np.argmin(day) == 4
    assert np.argmax(day) == 16
    assert day.min() == 100
    assert day.max() == 500


def test_spikes_come_at_the_end_of_each_period() -> None:
    assert spikes_load(1, 9, every_s=4, spike_s=1).seconds().tolist() == [1, 1, 1, 9]


def test_named_profiles_reach_six_hundred_requests_a_second() -> None:
    assert {load_profile(name).seconds().max() for name in PROFILES} == {600}
    assert [one.name for one in named_profiles("all")] == list(PROFILES)
    assert named_profiles(("daily", steps_load()))[1].name == "steps"
    with pytest.raises(UnknownNameError, match="did you mean 'daily'"):
        load_profile("dayly")


def test_a_recorded_load_is_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("time,rps\n0,10\n60,20.5\n", "utf-8")
    assert load_from_csv(path, "rps").rps == (10.0, 20.5)
    assert load_from_csv(path, every_s=2).seconds().tolist() == [10, 10, 20.5, 20.5]
    with pytest.raises(UnknownNameError, match="rps"):
        load_from_csv(path, "rp")
    path.write_text("rps\n1\nmany\n", "utf-8")
    with pytest.raises(ConfigError, match=r"load.csv:3"):
        load_from_csv(path)
    with pytest.raises(StorageError, match="cannot be read"):
        load_from_csv(tmp_path / "none.csv")
    with pytest.raises(StorageError, match="by its path or URI, not by 5"):
        load_from_csv(5)  # type: ignore[arg-type]


def test_the_load_of_a_trace_follows_its_replicas() -> None:
    trace = trace_of(
        (100, [workload("web", 2, {})]),
        (103, [workload("db", 1, {})]),
        (104, [workload("web", 3, {})]),
        (106, [workload("db", 2, {})]),
    )
    ref = WorkloadRef("apps/v1.Deployment", "default", "web")
    assert load_of_trace(trace, ref, 10).seconds().tolist() == [20, 20, 20, 20, 30, 30]
    other = WorkloadRef("apps/v1.Deployment", "default", "none")
    with pytest.raises(NotFoundError, match="no event applies"):
        load_of_trace(trace, other, 10)


@pytest.mark.parametrize(
    ("rps", "every_s"), [((), 1), ((-1.0,), 1), ((float("nan"),), 1), ((1.0,), 0), ((1.0,), 10**9)]
)
def test_a_load_that_cannot_be_is_refused(rps: tuple[float, ...], every_s: int) -> None:
    with pytest.raises(ConfigError, match="load profile 'x'"):
        LoadProfile("x", rps, every_s)
