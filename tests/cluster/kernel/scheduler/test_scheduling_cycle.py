"""What is around the plugins: gates, named nodes, sampling, releases."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._objects import node, pod, world_of
from tests.cluster.kernel.scheduler._stage import asked, feasible, reasons, scores, world_asked

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.kernel.scheduler.search import find_candidates
from simarena.errors import ManifestError


def named(*names: str) -> dict[str, Any]:
    """Return an affinity that all these names must satisfy."""
    field = [{"key": "metadata.name", "operator": "In", "values": [name]} for name in names]
    required = {"nodeSelectorTerms": [{"matchFields": field}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def test_a_gated_pod_is_not_tried_until_its_last_gate_is_gone() -> None:
    cluster = Cluster([node()])
    gates = [{"name": "example.com/a"}, {"name": "example.com/b"}]
    cluster.apply(pod("gated", schedulingGates=gates))
    cluster.advance(60)
    assert world_of(cluster).state[0]["num_attempts"] == 0
    (condition,) = cluster.get("Pod", "gated")["status"]["conditions"]
    assert condition["reason"] == "SchedulingGated"
    cluster.apply(pod("gated", schedulingGates=gates[:1]))
    cluster.advance(60)
    assert "nodeName" not in cluster.get("Pod", "gated")["spec"]
    with pytest.raises(
        ManifestError, match="only deletion is allowed, but found new scheduling gate"
    ):
        cluster.apply(pod("gated", schedulingGates=gates))
    cluster.apply(pod("gated"))
    cluster.advance(5)
    assert cluster.get("Pod", "gated")["spec"]["nodeName"] == "n1"


def test_a_gated_pod_is_explained_as_such() -> None:
    verdict = Cluster([node()]).explain(asked(schedulingGates=[{"name": "example.com/a"}]))
    assert verdict.best == ()
    assert verdict.message == "Scheduling is blocked due to non-empty scheduling gates"


def test_only_named_nodes_are_looked_at() -> None:
    cluster = Cluster([node("n1"), node("n2", cpu="1"), node("n3")])
    pod_of_n2 = asked(cpu="2", affinity=named("n2"))
    assert reasons(cluster, pod_of_n2) == {
        "n1": ("node(s) didn't satisfy plugin(s) [NodeAffinity]",),
        "n2": ("Insufficient cpu",),
        "n3": ("node(s) didn't satisfy plugin(s) [NodeAffinity]",),
    }
    assert feasible(cluster, asked(affinity=named("n2"))) == ["n2"]


def test_named_nodes_alone_move_the_start_of_the_next_search() -> None:
    cluster = Cluster([node(f"n{i}") for i in range(5)])
    world = world_asked(cluster, asked(affinity=named("n3")))
    assert find_candidates(world, 0) == 1
    assert world.state[0]["next_start_node"] == 1


def test_names_that_exclude_each_other_are_a_conflict() -> None:
    verdict = Cluster([node("n1"), node("n2")]).explain(asked(affinity=named("n1", "n2")))
    assert verdict.message == (
        "0/2 nodes are available: pod affinity terms conflict. no new claims to deallocate, "
        "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    )


def test_release_134_names_the_taint_and_scores_balance_alone() -> None:
    taint = [{"key": "k", "value": "v", "effect": "NoSchedule"}]
    nodes = [node("n1", taints=taint), node("n2", cpu="4", memory="4Gi")]
    old, new = Cluster(nodes, config=ClusterConfig(profile="1.34")), Cluster(nodes)
    # A quarter of the CPU and half of the memory: deviation 0.125.
    halved = asked(cpu="1", memory="2Gi")
    plugin = "NodeResourcesBalancedAllocation"
    assert scores(old, halved, plugin) == {"n2": 87}
    assert scores(new, halved, plugin) == {"n2": 68}  # 50 + (50 + 87 - 100) // 2
    large = asked(cpu="5")
    assert "1 node(s) had untolerated taint {k: v}." in old.explain(large).message
    assert "1 node(s) had untolerated taint(s)." in new.explain(large).message


def test_explaining_changes_nothing_that_matters() -> None:
    from tests.cluster._objects import digest

    cluster = Cluster([node("n1", cpu="1")])
    cluster.apply(pod("low", cpu="1", priority=1), is_admitted=True)
    cluster.advance(5)
    high = asked(cpu="1", priority=2)
    cluster.explain(high)
    before = digest(world_of(cluster))
    assert cluster.explain(high).victims == ("low",)
    assert digest(world_of(cluster)) == before
