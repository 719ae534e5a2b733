"""What holds in any life of a cluster whose containers fail."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._kubelet import consuming, consuming_deployment, real
from tests.cluster._objects import check_world, digest, node, world_of
from tests.examples import examples

if TYPE_CHECKING:
    from simarena.cluster import Cluster

SEEDS = range(3)


def usage(chance: random.Random) -> str:
    steps = chance.sample(range(1, 90), chance.randint(0, 3))
    values = [chance.choice([20, 90, 150, 400]) for _ in range(4)]
    return ",".join(
        f"{age}s={value}Mi" for age, value in zip([0, *sorted(steps)], values, strict=False)
    )


def solo(chance: random.Random, name: str) -> dict[str, object]:
    return consuming(
        name,
        memory=usage(chance),
        limits={"memory": f"{chance.choice([50, 100, 300])}Mi"} if chance.random() < 0.7 else None,
        exits=chance.choice([None, None, "7s=1", "40s=0"]),
        restartPolicy=chance.choice(["Always", "OnFailure", "Never"]),
        terminationGracePeriodSeconds=chance.choice([0, 3, 30]),
    )


def live(seed: int, num_acts: int) -> Cluster:
    """Let a cluster live through random acts, and check it after each."""
    chance = random.Random(seed)
    nodes = [node(f"n{row}", "4", "800Mi") for row in range(3)]
    cluster = real(*nodes, seed=seed, termination_ms=chance.choice([0, 4_000]))
    for number in range(num_acts):
        act = chance.randrange(6)
        pods = cluster.list("Pod")
        if act in {0, 1}:
            limit = f"{chance.choice([100, 200, 500])}Mi"
            cluster.apply(consuming_deployment(usage(chance), limit, chance.randint(0, 5)))
        elif act in {2, 3}:
            cluster.apply(solo(chance, f"p{number}"))
        elif act == 4 and pods:
            metadata = chance.choice(pods)["metadata"]
            if "deletionTimestamp" not in metadata:
                cluster.delete("Pod", metadata["name"])
        elif cluster.list("Deployment"):
            cluster.delete("Deployment", "web")
        before_ms = cluster.now_ms
        cluster.advance(chance.choice([0.5, 3, 17, 80]))
        assert cluster.now_ms > before_ms
        check_world(world_of(cluster))
    return cluster


@given(st.integers(0, 1 << 32))
@examples(20)
def test_crashes_and_evictions_lose_nothing_and_count_nothing_twice(seed: int) -> None:
    first, again = live(seed, 14), live(seed, 14)
    assert digest(world_of(first)) == digest(world_of(again))
    assert first.events() == again.events()
    assert first.metrics("Pod") == again.metrics("Pod")
    for manifest in first.list("Pod"):
        counted = manifest["status"].get("containerStatuses") or ()
        assert all(c["restartCount"] >= 0 for c in counted)
    summed = [0, 0]
    for sample in first.metrics("Pod"):
        summed[0] += sample.cpu_milli
        summed[1] += sample.memory_bytes
    of_nodes = first.metrics("Node")
    assert summed == [sum(n.cpu_milli for n in of_nodes), sum(n.memory_bytes for n in of_nodes)]


@pytest.mark.parametrize("seed", SEEDS)
def test_history_counts_the_ready_pods_of_the_end(seed: int) -> None:
    cluster = live(seed, 14)
    world = world_of(cluster)
    for (kind, row), series in cluster.history().workloads.items():
        if kind == "workload" and world.workloads[row]["present"]:
            status = cluster.get("Deployment", "web")["status"]
            assert series[-1][1].ready == status.get("readyReplicas", 0)
            assert series[-1][1].total == status.get("replicas", 0)
