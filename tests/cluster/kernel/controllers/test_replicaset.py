"""Creation in batches, and what a ReplicaSet does when it has too many pods."""

from __future__ import annotations

import pytest
from tests.cluster.kernel.stage import Stage, same

from simarena.cluster.codes import Status, WorkloadKind
from simarena.cluster.kernel.arrivals import delete_workload
from simarena.cluster.kernel.controllers.availability import num_available
from simarena.cluster.kernel.controllers.replicaset import sync_replicaset
from simarena.cluster.kernel.pods.life import delete_pod
from simarena.cluster.rows.tables import copy_world


def bare(**values: int) -> Stage:
    return Stage(kind=WorkloadKind.REPLICASET, **values)


def num_pods(stage: Stage) -> int:
    return int(stage.world.workloads[0]["num_pods"])


def test_pods_come_in_batches_that_double() -> None:
    stage = bare()
    stage.apply(replicas=20, template=0)
    seen = []
    for _ in range(6):
        stage.run(10)
        seen.append(num_pods(stage))
    assert seen == [1, 3, 7, 15, 20, 20]


def test_a_sync_creates_at_most_five_hundred_pods() -> None:
    stage = bare(pods=8, num_nodes=16, log=0)
    stage.apply(replicas=700, template=0)
    # 1, 2, 4 ... 128 make 255 after 8 batches; 245 complete the 500; then a new sync begins.
    for time_ms, expected in ((80, 255), (10, 500), (10, 501), (10, 503), (1_000, 700)):
        stage.run(time_ms)
        assert num_pods(stage) == expected


def test_a_sync_goes_on_creating_what_is_no_longer_wanted_and_then_looks_again() -> None:
    stage = bare()
    stage.apply(replicas=10, template=0)
    stage.run(15)
    stage.apply(replicas=2, template=0)
    stage.run(25)
    assert num_pods(stage) == 10
    stage.run(10)
    assert num_pods(stage) == 2


def test_excess_pods_go_at_once() -> None:
    stage = bare()
    stage.apply(replicas=30, template=0)
    stage.run(5_000)
    stage.apply(replicas=4, template=0)
    stage.run(10)
    assert num_pods(stage) == 4
    assert stage.world.pods["present"].sum() == 4


def test_a_deleted_pod_is_replaced() -> None:
    stage = bare()
    stage.apply(replicas=3, template=0)
    stage.run(5_000)
    victim = stage.pods(0)[1]
    uid = stage.world.pods[victim]["uid"]
    delete_pod(stage.world, victim)
    stage.run(5_000)
    assert num_pods(stage) == 3
    assert uid not in {stage.world.pods[pod]["uid"] for pod in stage.pods(0)}


def test_another_template_leaves_the_pods_of_a_bare_replicaset_alone() -> None:
    stage = bare()
    stage.apply(replicas=2, template=0)
    stage.run(5_000)
    stage.apply(replicas=3, template=1)
    stage.run(5_000)
    assert [stage.world.pods[pod]["template"] for pod in stage.pods(0)] == [1, 0, 0]


def test_pods_are_available_after_min_ready() -> None:
    stage = bare()
    stage.apply(replicas=2, template=0, min_ready_ms=3_000)
    stage.run(3_500)
    assert stage.world.workloads[0]["num_ready"] == 2
    assert num_available(stage.world, 0) == 0
    stage.run(1_000)
    assert num_available(stage.world, 0) == 2


@pytest.mark.parametrize("termination_ms", [0, 2_000])
def test_a_deleted_replicaset_can_be_made_again_under_the_same_name(termination_ms: int) -> None:
    stage = bare(termination_ms=termination_ms)
    stage.apply(replicas=5, template=0)
    stage.run(35)
    stage.delete()
    assert num_pods(stage) == 0
    stage.apply(replicas=2, template=0)
    stage.run(5_000)
    assert num_pods(stage) == 2
    assert stage.world.workloads[0]["num_ready"] == 2
    assert stage.world.pods["present"].sum() == 2


def test_no_room_for_pods_changes_nothing_and_can_be_mended() -> None:
    stage = bare(pods=4)
    stage.apply(replicas=20, template=0)
    stage.run(25)
    before = copy_world(stage.world)
    while sync_replicaset(stage.world, 0) == Status.OK:
        before = copy_world(stage.world)
    assert sync_replicaset(stage.world, 0) == Status.PODS_FULL
    assert same(stage.world, before)
    stage.run(5_000)
    assert num_pods(stage) == 20


def test_no_room_for_deletions_changes_nothing() -> None:
    stage = bare(termination_ms=100)
    stage.apply(replicas=20, template=0)
    stage.run(5_000)
    stage.apply(replicas=2, template=0)
    stage.world.state[0]["num_heap"] = stage.world.heap.shape[0] - 10
    before = copy_world(stage.world)
    assert sync_replicaset(stage.world, 0) == Status.EVENTS_FULL
    assert delete_workload(stage.world, 0) == Status.EVENTS_FULL
    assert same(stage.world, before)


def test_pods_of_a_batch_may_take_time_each() -> None:
    stage = bare(create_pod_ms=3)
    stage.apply(replicas=4, template=0)
    created = []
    for _ in range(40):
        before = num_pods(stage)
        stage.run(1)
        created += [int(stage.world.state[0]["now_ms"])] * (num_pods(stage) - before)
    # Batches of 1, 2 and 1 pods, 10 ms between batches, 3 ms between the pods of one.
    assert created == [10, 20, 23, 33]


def test_delays_are_drawn_up_to_their_jitter() -> None:
    moments = set()
    for seed in range(1, 30):
        stage = bare(replicaset_sync_ms=4, replicaset_sync_jitter_ms=8)
        stage.world.state[0]["random"] = seed * 0x9E3779B97F4A7C15 % 2**64
        stage.apply(replicas=1, template=0)
        while num_pods(stage) == 0:
            stage.run(1)
        moments.add(int(stage.world.state[0]["now_ms"]))
    assert moments == {4, 5, 6, 7}
