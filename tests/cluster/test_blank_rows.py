"""A new row holds nothing of what its row stood for before."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cluster._controllers import cronjob, daemonset, job, statefulset
from tests.cluster._kubelet import consuming, consuming_deployment
from tests.cluster._objects import deployment, node, world_of

from simarena.cluster import Cluster, ClusterConfig, records
from simarena.cluster.codes import NONE, WorkloadKind

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World

GARBAGE = 1
"""It is the row of something, and in most fields not what a new row holds."""


def free_rows(world: World) -> tuple[list[int], list[int]]:
    """Return the rows of pods and of workloads that the next ones are given."""
    state = world.state[0]
    pods = [*linked(world.pods, state["free_pod"], "next_in_queue")]
    pods += range(state["num_pods"], len(world.pods))
    workloads = [*linked(world.workloads, state["free_workload"], "next_sibling")]
    return pods, [*workloads, *range(state["num_workloads"], len(world.workloads))]


def linked(rows: Rows, first: int, name: str) -> list[int]:
    found = []
    while first != NONE:
        found.append(int(first))
        first = rows[first][name]
    return found


def poison(world: World) -> None:
    """Fill all that is free or scratch, but for what says that it is free."""
    state = world.state[0]
    pods, workloads = free_rows(world)
    for rows, free, kept in (
        (world.pods, pods, {"next_in_queue": None, "present": 0, "ticket": NONE}),
        (world.workloads, workloads, {"next_sibling": None, "present": 0, "kind": 0}),
    ):
        for name in rows.dtype.names or ():
            if name not in kept:
                rows[name][free] = GARBAGE
            elif kept[name] is not None:
                rows[name][free] = kept[name]
    world.workloads["sync_queued"][workloads] = 0
    world.diagnoses[pods] = GARBAGE
    for rows, used in ((world.heap, "num_heap"), (world.log, "num_log")):
        for name in rows.dtype.names or ():
            rows[name][state[used] :] = GARBAGE
    world.ranked[:] = GARBAGE
    world.scores[:] = GARBAGE
    for rows in (world.costs, world.candidates):
        for name in rows.dtype.names or ():
            rows[name] = GARBAGE


def used(world: World) -> dict[str, list[Any]]:
    """Return all rows of pods and workloads that are not free."""
    pods, workloads = free_rows(world)
    return {
        "pods": np.delete(world.pods, pods).tolist(),
        "workloads": np.delete(world.workloads, workloads).tolist(),
        "state": [world.state[name].tolist() for name in world.state.dtype.names or ()],
        "heap": world.heap[: world.state[0]["num_heap"]].tolist(),
        "log": world.log[: world.state[0]["num_log"]].tolist(),
    }


def change(cluster: Cluster, chance: random.Random, number: int) -> None:
    """Do something to a workload of any kind, or to a pod."""
    replicas, cpu = chance.randrange(5), chance.choice(["100m", "600m", "1500m"])
    limit = f"{chance.choice([60, 200])}Mi"
    kind = chance.randrange(9)
    if kind < 2:
        cluster.apply(deployment("api", replicas, cpu, "50Mi"))
    elif kind == 2:
        cluster.apply(consuming_deployment("0s=20Mi,9s=90Mi", limit, replicas))
    elif kind == 3:
        cluster.apply(statefulset("db", replicas, cpu))
    elif kind == 4:
        cluster.apply(daemonset(cpu=chance.choice(["50m", "80m"])))
    elif kind == 5:
        indexed = {"completionMode": "Indexed", "completions": 3, "parallelism": 2}
        cluster.apply(job(f"task-{number}", "200m", backoffLimitPerIndex=1, **indexed))
    elif kind == 6:
        cluster.apply(cronjob(successfulJobsHistoryLimit=1))
    elif kind == 7:
        cluster.apply(consuming(f"p{number}", "0s=20Mi", exits="7s=1", priority=number % 2))
    else:
        kinds = ["Pod", "Deployment", "StatefulSet", "Job", "CronJob", "DaemonSet"]
        found = cluster.list(chance.choice(kinds))
        if found:
            chosen = chance.choice(found)
            cluster.delete(chosen["kind"], chosen["metadata"]["name"])


def lives(seed: int, kubelet: str, num_steps: int) -> None:
    """Let two clusters live alike, one of them with garbage in its free rows, and compare them."""
    config = ClusterConfig(kubelet=kubelet, job_run_ms=20_000, terminated_pod_gc_threshold=6)  # type: ignore[arg-type]
    nodes = [node(f"n{row}", "2", "700Mi") for row in range(3)]
    clean, dirty = (Cluster(nodes, config=config, seed=seed) for _ in range(2))
    for number in range(num_steps):
        chance = random.Random(f"{seed} {number}")
        wait_s = chance.choice([0.5, 6, 40, 90])
        for cluster in (clean, dirty):
            change(cluster, random.Random(f"{seed} {number}"), number)
            cluster.advance(wait_s)
        poison(world_of(dirty))
        assert used(world_of(dirty)) == used(world_of(clean))
    assert dirty.events() == clean.events()
    for kind in ("Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"):
        assert dirty.list(kind) == clean.list(kind)


@pytest.mark.parametrize("kubelet", ["kwok", "real"])
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=6)
def test_nothing_hangs_on_what_a_free_row_holds(kubelet: str, seed: int) -> None:
    lives(seed, kubelet, 14)


@pytest.mark.parametrize(
    ("rows", "numbers"),
    [
        (records.BLANK_POD, {"phase", "ready", "num_attempts", "exit", "failure", "victim"}),
        (records.BLANK_WORKLOAD, {"kind", "present", "num_pods", "replicas", "num_lost"}),
        (records.BLANK_SPEC, {"replicas", "max_surge", "backoff_limit"}),
        (records.BLANK_LOG, {"kind", "value", "time_ms"}),
    ],
)
def test_a_blank_row_names_no_other_row(rows: Rows, numbers: set[str]) -> None:
    assert not rows.flags.writeable
    row = dict(zip(rows.dtype.names or (), rows[0].item(), strict=True))
    assert {row[name] for name in numbers} == {0}
    references = {"owner", "node", "spec", "bare", "first_pod", "next_sibling", "next_rule"}
    assert {row[name] for name in references & set(row)} == {NONE}


def test_a_workload_that_comes_back_keeps_the_pods_that_still_end_and_what_was_lost() -> None:
    cluster = Cluster([node()], config=ClusterConfig(termination_ms=20_000))
    cluster.apply(deployment("set", 2, kind="ReplicaSet"))
    cluster.settle()
    world = world_of(cluster)
    world.workloads[0]["num_lost"] = 3
    cluster.delete("ReplicaSet", "set")
    cluster.apply(deployment("set", 1, kind="ReplicaSet"))
    cluster.advance(1)
    workload = world_of(cluster).workloads[0]
    assert workload["kind"] == WorkloadKind.REPLICASET
    assert (workload["num_terminating"], workload["num_pods"], workload["num_lost"]) == (2, 1, 3)
    cluster.settle()
    assert len(cluster.list("Pod")) == 1
