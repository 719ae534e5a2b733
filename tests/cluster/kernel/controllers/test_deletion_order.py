"""Which pod goes first, one rule at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster.kernel.stage import Stage

from simarena.cluster.codes import NONE, Phase, WorkloadKind
from simarena.cluster.kernel.controllers.deletion_order import (
    has_lower_logarithm,
    precedes,
    rank_victims,
)

NOW_MS = 1_000_000
READY = {"phase": Phase.RUNNING, "ready": 1, "ready_ms": 500_000, "node": 0}
Fields = dict[str, Any]


def with_pods(*pods: Fields, parts: tuple[int, ...] = ()) -> Stage:
    """Return a stage at NOW_MS whose ReplicaSets in rows 1, 2... hold `parts` of the pods."""
    stage = Stage()
    world = stage.world
    world.state[0]["now_ms"] = NOW_MS
    world.state[0]["num_pods"] = len(pods)
    world.workloads[0]["first_live"] = 1
    remaining = list(enumerate(pods))
    for child, number in enumerate(parts or (len(pods),), start=1):
        workload = world.workloads[child]
        workload["kind"] = WorkloadKind.REPLICASET
        workload["owner"] = 0
        workload["next_live"] = child + 1 if child < len(parts) else NONE
        workload["first_pod"] = NONE
        for row, values in remaining[:number]:
            pod = world.pods[row]
            fields = {"node": NONE, "ready_ms": NONE, "uid_order": row, "owner": child, **values}
            for name, value in fields.items():
                pod[name] = value
            pod["next_of_owner"] = workload["first_pod"]
            workload["first_pod"] = row
            workload["num_pods"] += not pod["deleting"]
        del remaining[:number]
    return stage


def victims(stage: Stage, number: int, replicaset: int = 1) -> list[int]:
    begin = rank_victims(stage.world, replicaset, number)
    return [int(stage.world.ranked[begin + i]) for i in range(number)][::-1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({}, {"node": 0}, id="unassigned"),
        pytest.param({**READY, "phase": Phase.PENDING}, READY, id="pending"),
        pytest.param({**READY, "ready": 0}, READY, id="not ready"),
        # 1000 s - 999 s and 1000 s - 500 s: ages of 2**29 and 2**38 ns.
        pytest.param({**READY, "ready_ms": 999_000}, READY, id="ready for a shorter time"),
        pytest.param(
            {**READY, "ready_ms": 500_999, "num_restarts": 2},
            {**READY, "num_restarts": 1},
            id="more restarts, ready in the same second",
        ),
        pytest.param(
            {**READY, "created_ms": 900_000},
            {**READY, "created_ms": 100},
            id="younger",
        ),
    ],
)
def test_goes_first(first: Fields, second: Fields) -> None:
    # The uids say the contrary.
    stage = with_pods({"uid_order": 9, **first}, {"uid_order": 1, **second})
    assert precedes(stage.world, 0, 1)
    assert not precedes(stage.world, 1, 0)
    assert victims(stage, 1) == [0]


def test_ages_of_the_same_power_of_two_are_told_apart_by_uid() -> None:
    # 500 s and 400 s are both 2**38 ns.
    stage = with_pods(
        {**READY, "ready_ms": 600_000, "uid_order": 2},
        {**READY, "ready_ms": 500_000, "uid_order": 1},
    )
    assert victims(stage, 1) == [1]


def test_pods_that_share_a_node_go_before_others() -> None:
    stage = with_pods(
        {**READY, "node": 0, "uid_order": 1},
        {**READY, "node": 1, "uid_order": 3},
        {**READY, "node": 1, "uid_order": 2},
    )
    # Counted once: the second that goes was ranked while both were there.
    assert victims(stage, 2) == [2, 1]


def test_pods_of_all_replicasets_of_the_deployment_count_as_sharing() -> None:
    stage = with_pods(
        {**READY, "node": 0, "uid_order": 1},
        {**READY, "node": 1, "uid_order": 2},
        {**READY, "node": 1},
        {**READY, "node": 0, "deleting": 1},
        parts=(2, 2),
    )
    assert victims(stage, 1) == [1]


def test_pods_being_deleted_are_neither_chosen_nor_counted() -> None:
    stage = with_pods({**READY, "deleting": 1}, READY, {**READY, "deleting": 1})
    assert victims(stage, 1) == [1]


def test_the_largest_uid_has_all_64_bits() -> None:
    stage = with_pods({**READY, "uid_order": np.uint64(2**64 - 1)}, {**READY, "uid_order": 7})
    assert victims(stage, 1) == [1]


pods = st.fixed_dictionaries(
    {
        "node": st.sampled_from([NONE, 0, 1, 2]),
        "phase": st.sampled_from([Phase.PENDING, Phase.RUNNING]),
        "ready": st.integers(0, 1),
        "num_restarts": st.integers(0, 1),
        "uid_order": st.integers(0, 2**64 - 1).map(np.uint64),
    }
)


@given(st.lists(pods, min_size=1, max_size=12, unique_by=lambda pod: pod["uid_order"]), st.data())
def test_agrees_with_sorting(rows: list[Fields], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(rows)))
    sharing = {node: sum(pod["node"] == node for pod in rows) for node in range(3)}

    def key(row: int) -> tuple[object, ...]:
        pod = rows[row]
        return (
            pod["node"] != NONE,
            pod["phase"],
            pod["ready"],
            -sharing.get(pod["node"], 0),
            -pod["num_restarts"],
            pod["uid_order"],
        )

    stage = with_pods(*({**pod, "ready_ms": 500_000} for pod in rows))
    expected = sorted(range(len(rows)), key=key)[:number]
    chosen = victims(stage, number)
    if number < len(rows):
        assert chosen == expected
    else:
        assert sorted(chosen) == sorted(expected)


ages_ms = st.integers(0, 30 * 366 * 24 * 3_600_000) | st.builds(
    lambda exponent, more: max(2**exponent // 1_000_000 + more, 0),
    st.integers(0, 60),
    st.integers(-2, 2),
)


@given(ages_ms, ages_ms)
def test_ages_are_compared_by_the_whole_part_of_their_logarithm(first: int, second: int) -> None:
    logarithms = [int(math.log2(age * 1_000_000)) if age else -1 for age in (first, second)]
    is_lower = has_lower_logarithm(first * 1_000_000, second * 1_000_000)
    assert is_lower == (logarithms[0] < logarithms[1])


def test_without_a_common_owner_it_does_not_matter_how_many_pods_a_node_has() -> None:
    # Two pods on node 0, one on node 1; the uids say that the latter goes first.
    pods = [
        {**READY, "node": where, "uid_order": order} for where, order in ((0, 5), (0, 6), (1, 1))
    ]
    owned = with_pods(*pods)
    assert victims(owned, 1) == [0]
    alone = with_pods(*pods)
    alone.world.workloads[1]["owner"] = NONE
    assert victims(alone, 1) == [2]


def test_a_job_gives_the_younger_pod_up_whatever_it_costs_and_wherever_it_is() -> None:
    pods = [
        {**READY, "node": 0, "created_ms": 5_000, "deletion_cost": -5},
        {**READY, "node": 0, "created_ms": 5_000},
        {**READY, "node": 1, "created_ms": 9_000, "deletion_cost": 7},
    ]
    stage = with_pods(*pods)
    stage.world.workloads[1]["kind"] = WorkloadKind.JOB
    assert victims(stage, 1) == [2]
    stage.world.workloads[1]["kind"] = WorkloadKind.REPLICASET
    assert victims(stage, 1) == [0]
