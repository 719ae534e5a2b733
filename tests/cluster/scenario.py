"""One random life of a cluster; as a program it prints a digest of each World and of all events.

Run by the tests both compiled and interpreted: the two must agree bit by bit.
"""

from __future__ import annotations

import json
import random
import sys

from tests.cluster._objects import check_world, deployment, digest, node, pod, world_of

from simarena.cluster import Cluster, ClusterConfig

NUM_STEPS = 40


def live(seed: int, num_steps: int = NUM_STEPS, **config: object) -> Cluster:
    """Return a cluster after random edits; what always holds was checked after each."""
    chance = random.Random(seed)
    settings = ClusterConfig(
        pod_startup_jitter_ms=chance.choice([0, 4_000]),
        termination_ms=chance.choice([0, 800]),
        profile=chance.choice(["1.36", "1.34"]),
        **config,  # type: ignore[arg-type]
    )
    cluster = Cluster([some_node(chance, f"n{n}") for n in range(4)], config=settings, seed=seed)
    now_ms = 0
    for number in range(num_steps):
        step(cluster, chance, number)
        cluster.advance(chance.choice([0, 0.05, 1, 7, 40]))
        check_world(world_of(cluster))
        if number % 5 == 0:
            check_statuses(cluster)
        assert cluster.now_ms >= now_ms
        now_ms = cluster.now_ms
    times_ms = cluster._live.journal.table()["time_ms"].tolist()
    assert times_ms == sorted(times_ms)
    return cluster


def some_node(chance: random.Random, name: str) -> dict[str, object]:
    taints = [{"key": "slow", "effect": "PreferNoSchedule"}] if chance.random() < 0.3 else None
    cpu, memory = chance.choice([("2", "4Gi"), ("4", "8Gi"), ("8", "8Gi")])
    return node(name, cpu, memory, pods=chance.choice([6, 110]), taints=taints)


def step(cluster: Cluster, chance: random.Random, number: int) -> None:
    kind = chance.random()
    cpu = chance.choice(["100m", "700m", "1500m", "3"])
    if kind < 0.5:
        name = chance.choice(["web", "api", "db"])
        cluster.apply(deployment(name, chance.randrange(9), cpu, "500Mi"))
    elif kind < 0.7:
        priority = chance.choice([0, 0, 10])
        cluster.apply(pod(f"bare-{number}", cpu, "1Gi", priority=priority), is_admitted=True)
    elif kind < 0.8:
        name = f"n{chance.randrange(8)}"
        taken = {each["metadata"]["name"] for each in cluster.list("Node")}
        # A node that shrank could hold more than it has, as in a real cluster.
        grown = node(name, "16", "32Gi", unschedulable=chance.random() < 0.3)
        cluster.apply(grown if name in taken else some_node(chance, name))
    elif kind < 0.82:
        operate(cluster, chance)
    elif kind < 0.86 and len(cluster.list("Node")) > 1:
        cluster.delete("Node", chance.choice(cluster.list("Node"))["metadata"]["name"])
    else:
        found = cluster.list(chance.choice(["Pod", "Deployment"]))
        if found:
            chosen = chance.choice(found)
            cluster.delete(chosen["kind"], chosen["metadata"]["name"])


def operate(cluster: Cluster, chance: random.Random) -> None:
    """Do what an operator does to a node."""
    name = chance.choice(cluster.list("Node"))["metadata"]["name"]
    what = chance.choice(["cordon", "uncordon", "drain", "taint", "untaint"])
    if what == "drain":
        cluster.drain(name, force=True, timeout_seconds=20)
    elif what == "taint":
        effect = chance.choice(["NoSchedule", "PreferNoSchedule", "NoExecute"])
        cluster.taint(name, f"kept={what}:{effect}", overwrite=True)
    elif what == "untaint":
        taints = cluster.get("Node", name)["spec"].get("taints") or []
        if any(taint["key"] == "kept" for taint in taints):
            cluster.taint(name, "kept-")
    else:
        getattr(cluster, what)(name)


def check_statuses(cluster: Cluster) -> None:
    """Check that what the API says of workloads agrees with the pods that it shows."""
    pods = cluster.list("Pod")
    for replicaset in cluster.list("ReplicaSet"):
        uid = replicaset["metadata"]["uid"]
        mine = [
            pod
            for pod in pods
            if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences", ()))
            and "deletionTimestamp" not in pod["metadata"]
            and pod["status"]["phase"] in {"Pending", "Running"}
        ]
        ready = [
            pod
            for pod in mine
            for condition in pod["status"].get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        ]
        assert replicaset["status"]["replicas"] == len(mine)
        assert replicaset["status"].get("readyReplicas", 0) == len(ready)


def main() -> None:
    """Print a digest for each seed of the command line."""
    told = {}
    for seed in map(int, sys.argv[1:]):
        cluster = live(seed)
        told[seed] = [digest(world_of(cluster)), len(cluster.events()), cluster.now_ms]
    print(json.dumps(told))  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main()
