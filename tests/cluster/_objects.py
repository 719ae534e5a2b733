"""Small manifests and a check of what must always hold, for tests of the cluster."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster.codes import NONE, Phase, WorkloadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster import Cluster
    from simarena.cluster.records import World

Manifest = dict[str, Any]

SCRATCH = {
    *("scaled_to", "num_related", "reasons", "victim", "least", "num_least"),
    *("epoch", "rejected_epoch", "rejected_pod", "rejected_uid"),
    *("turn", "num_cells", "num_tallies", "free_tally", "hand", "row", "first_tally"),
}
"""Fields that mean nothing between two events, or only save work."""


def node(
    name: str = "n1",
    cpu: str = "4",
    memory: str = "8Gi",
    *,
    pods: int = 110,
    labels: dict[str, str] | None = None,
    taints: list[Manifest] | None = None,
    more: dict[str, str] | None = None,
    unschedulable: bool = False,
) -> Manifest:
    spec: Manifest = {"taints": taints} if taints else {}
    if unschedulable:
        spec["unschedulable"] = True
    amounts = {"cpu": cpu, "memory": memory, "pods": str(pods), **(more or {})}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": spec,
        "status": {"allocatable": amounts},
    }


def container(cpu: str | None = None, memory: str | None = None, **more: str) -> Manifest:
    requests = {**more}
    if cpu is not None:
        requests["cpu"] = cpu
    if memory is not None:
        requests["memory"] = memory
    limits = {name: amount for name, amount in requests.items() if "/" in name}  # as they must be
    resources = {"requests": requests} | ({"limits": limits} if limits else {})
    return {"name": "main", "image": "web:1", "resources": resources}


def pod(
    name: str = "solo", cpu: str | None = None, memory: str | None = None, **spec: object
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container(cpu, memory)], **spec},
    }


def deployment(
    name: str = "web",
    replicas: int = 2,
    cpu: str | None = "1",
    memory: str | None = "1Gi",
    *,
    kind: str = "Deployment",
    **spec: object,
) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container(cpu, memory)]},
            },
            **spec,
        },
    }


def replicaset(name: str = "set", replicas: int = 2, cpu: str | None = "1") -> Manifest:
    return deployment(name, replicas, cpu, kind="ReplicaSet")


def world_of(cluster: Cluster) -> World:
    return cluster._live.catalogue.world


def digest(world: World) -> str:
    """Return what tells one World from another, rows that are not in use left out."""
    state = world.state[0]
    used = {
        "nodes": state["num_node_rows"],
        "templates": state["num_templates"],
        "template_extended": state["num_templates"],
        "specs": state["num_specs"],
        "timeline": state["num_timeline"],
        "workloads": state["num_workloads"],
        "bare": state["num_bare"],
        "counters": state["num_counters"],
        "pods": state["num_pods"],
        "heap": state["num_heap"],
        "active": state["num_active"],
        "backoff": state["num_backoff"],
    }
    result = hashlib.sha256(domain_counts(world)[: state["num_counters"]].tobytes())
    for name in ("state", "settings", *used):
        table = getattr(world, name)[: used.get(name)]
        for field in table.dtype.names or ():
            if field not in SCRATCH:
                result.update(np.ascontiguousarray(table[field]).tobytes())
        if not table.dtype.names:
            result.update(np.ascontiguousarray(table).tobytes())
    return result.hexdigest()


def check_world(world: World) -> None:
    """Check that no node is over-committed and every pod has one owner and one place."""
    state = world.state[0]
    pods = world.pods[: state["num_pods"]]
    placed: list[int] = []
    for row, each in enumerate(world.nodes[: state["num_node_rows"]]):
        mine = _linked(world, int(each["first_pod"]), "next_on_node")
        placed += mine
        assert all(pods[pod_row]["node"] == row for pod_row in mine)
        assert each["num_pods"] == len(mine)
        templates = world.templates[pods["template"][mine]]
        for resource in ("cpu_milli", "memory_bytes", "ephemeral_bytes"):
            name, unit = resource.rsplit("_", 1)
            requested = each[f"{name}_requested_{unit}"]
            assert requested == templates[resource].sum()
            assert not each["exists"] or requested <= each[resource]
        assert not each["exists"] or len(mine) <= each["max_pods"]
    assert len(placed) == len(set(placed))
    bound = [r for r, p in enumerate(pods) if p["present"] and p["bound_ms"] != NONE]
    finished = [r for r in bound if pods[r]["phase"] > 1]
    assert sorted(placed) == [r for r in bound if r not in finished]

    _check_counters(world)
    owned: list[int] = []
    for row, each in enumerate(world.workloads[: state["num_workloads"]]):
        if each["kind"] == WorkloadKind.FREE:
            continue
        mine = _linked(world, int(each["first_pod"]), "next_of_owner")
        owned += mine
        assert all(pods[pod_row]["owner"] == row for pod_row in mine)
        living = [pods[pod_row] for pod_row in mine if pods[pod_row]["phase"] < Phase.SUCCEEDED]
        active = [p for p in living if not p["deleting"]]
        assert each["num_pods"] == len(active)
        assert each["num_ready"] == sum(int(p["ready"]) for p in active)
        assert each["num_terminating"] == len(living) - len(active)
    assert len(owned) == len(set(owned))
    bare = [int(each["pod"]) for each in world.bare[: state["num_bare"]] if each["pod"] != NONE]
    present = [row for row, each in enumerate(pods) if each["present"]]
    remembered = [row for row in owned if not pods[row]["present"]]  # by a Job, for their index
    assert all(pods[row]["ordinal"] != NONE for row in remembered)
    assert len(bare) == len(set(bare))
    named = {row for row in owned if pods[row]["bare"] != NONE}  # those that were adopted
    assert named <= set(bare)
    assert sorted({*owned, *bare}) == sorted([*present, *remembered])
    free = _linked(world, int(state["free_pod"]), "next_in_queue")
    assert sorted([*present, *remembered, *free]) == list(range(len(pods)))


def _check_counters(world: World) -> None:
    """Check that pods were counted one by one as they are counted all at once."""
    state = world.state[0]
    counts = np.zeros((len(world.counters), world.domain_counts.shape[1]), np.int32)
    for each in world.pods[: state["num_pods"]]:
        if not each["present"] or each["node"] == NONE or each["phase"] > 1:
            continue
        term = int(world.templates[each["template"]]["first_counted"])
        while term != NONE:
            row = int(world.terms[term]["counter"])
            counter = world.counters[row]
            domains = world.node_domains[each["node"]]
            excluded = counter["nodes"] != NONE and domains[counter["nodes"]] == NONE
            leaving = each["deleting"] and not counter["terminating"]
            if domains[counter["key"]] != NONE and not excluded and not leaving:
                counts[row, domains[counter["key"]]] += world.terms[term]["weight"]
            term = int(world.terms[term]["next"])
    assert (domain_counts(world) == counts).all()
    assert not world.domain_counts[-1].any()
    if len(world.unfolded):
        assert state["num_cells"] == np.count_nonzero(counts)
    assert world.counters["total"].tolist() == counts.sum(axis=1).tolist()
    for row, counter in enumerate(world.counters[: state["num_counters"]]):
        if counter["num_least"] > 0:
            listed = world.node_domains[world.node_list[: state["num_nodes"]]]
            if counter["nodes"] != NONE:
                listed = listed[listed[:, counter["nodes"]] != NONE]
            there = set(listed[:, counter["key"]].tolist()) - {NONE}
            found = [int(counts[row, domain]) for domain in there]
            assert (counter["least"], counter["num_least"]) == (min(found), found.count(min(found)))


def domain_counts(world: World) -> NDArray[np.int32]:
    """Return how many pods each counter counts in each domain, folded or not."""
    if not len(world.unfolded):
        return world.domain_counts[: len(world.counters)]
    counts = np.zeros((len(world.counters), world.domain_counts.shape[1]), np.int32)
    for row, counter in enumerate(world.counters[: world.state[0]["num_counters"]]):
        tally = int(counter["first_tally"])
        if counter["row"] != NONE:
            unfolded = world.unfolded[counter["row"]]
            assert (unfolded["counter"], tally) == (row, NONE)
            counts[row] = world.domain_counts[counter["row"]]
            if unfolded["num_touched"] <= len(unfolded["touched"]):
                touched = set(unfolded["touched"][: unfolded["num_touched"]].tolist())
                assert touched >= set(np.flatnonzero(counts[row]).tolist())
        while tally != NONE:
            counts[row, world.tallies[tally]["domain"]] = world.tallies[tally]["count"]
            tally = int(world.tallies[tally]["next"])
    return counts


def _linked(world: World, first: int, following: str) -> list[int]:
    rows = []
    while first != NONE:
        rows.append(first)
        assert len(rows) <= len(world.pods)
        first = int(world.pods[first][following])
    return rows
