"""Nodes that fail: conditions, taints, pods that are not ready, evictions and their rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import check_world, deployment, node, pod, world_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.node_settings import NodeLifecycleSettings
from simarena.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest


def cluster_of(
    num_nodes: int = 3, replicas: int = 3, *, default_tolerations: bool = True
) -> Cluster:
    cluster = Cluster(
        [node(f"n{number}") for number in range(num_nodes)],
        config=ClusterConfig(default_tolerations=default_tolerations),
    )
    cluster.apply(deployment("web", replicas, "500m", "64Mi"))
    cluster.settle()
    return cluster


def ready_of(manifest: Manifest) -> str:
    return next(
        str(each["status"]) for each in manifest["status"]["conditions"] if each["type"] == "Ready"
    )


def taints_of(cluster: Cluster, name: str) -> list[tuple[str, str]]:
    taints = cluster.get("Node", name)["spec"].get("taints") or ()
    return [(taint["key"].partition("/")[2], taint["effect"]) for taint in taints]


def ready_pods(cluster: Cluster) -> int:
    return sum(ready_of(each) == "True" for each in cluster.list("Pod"))


def test_a_node_that_says_it_is_not_ready_is_tainted_and_its_pods_stay_ready() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", False)
    assert ready_of(cluster.get("Node", "n0")) == "False"
    assert taints_of(cluster, "n0") == [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]
    assert ready_pods(cluster) == 3
    assert "unavailableReplicas" not in cluster.get("Deployment", "web")["status"]
    told = [each for each in cluster.events() if each["reason"] == "NodeNotReady"]
    assert [each["source"]["component"] for each in told] == ["kubelet"]
    check_world(world_of(cluster))


@pytest.mark.parametrize("ready", ["no", 0, 1, "False"])
def test_a_node_is_ready_not_ready_or_silent_and_nothing_else(ready: Any) -> None:
    cluster = cluster_of()
    with pytest.raises(ConfigError, match="ready must be True, False or None"):
        cluster.set_node_ready("n0", ready)
    assert ready_of(cluster.get("Node", "n0")) == "True"


def test_the_pods_of_a_ready_node_that_falls_silent_are_not_ready_once_that_is_noticed() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", None)
    cluster.advance(49.999)
    assert ready_pods(cluster) == 3
    cluster.advance(0.001)
    assert ready_pods(cluster) == 2
    status = cluster.get("Deployment", "web")["status"]
    assert (status["readyReplicas"], status["unavailableReplicas"]) == (2, 1)
    check_world(world_of(cluster))


def test_a_node_that_was_not_ready_before_it_fell_silent_takes_no_pod_along() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", False)
    cluster.advance(20)
    cluster.set_node_ready("n0", None)
    assert taints_of(cluster, "n0")[0] == ("not-ready", "NoSchedule")
    cluster.advance(50)
    assert ready_of(cluster.get("Node", "n0")) == "Unknown"
    assert taints_of(cluster, "n0")[0] == ("unreachable", "NoSchedule")
    assert ready_pods(cluster) == 3
    check_world(world_of(cluster))


def test_pods_go_on_starting_on_a_node_whose_kubelet_says_it_is_not_ready() -> None:
    cluster = Cluster([node("n0")])
    cluster.apply(pod("late", nodeName="n0"))
    cluster.set_node_ready("n0", False)
    cluster.advance(5)
    assert ready_pods(cluster) == 1


def test_pods_leave_a_failed_node_after_the_default_toleration_of_300_seconds() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", False)
    cluster.advance(299.999)
    assert len(cluster.list("Pod")) == 3
    cluster.advance(2)
    assert {each["spec"]["nodeName"] for each in cluster.list("Pod")} == {"n1", "n2"}
    assert ready_pods(cluster) == 3
    told = [e["message"] for e in cluster.events() if e["reason"] == "TaintManagerEviction"]
    assert len(told) == 1
    assert told[0].startswith("Marking for deletion Pod default/web-")
    check_world(world_of(cluster))


def test_without_default_tolerations_pods_leave_at_once() -> None:
    cluster = cluster_of(default_tolerations=False)
    assert "tolerations" not in cluster.list("Pod")[0]["spec"]
    cluster.set_node_ready("n0", False)
    cluster.advance(2)
    assert {each["spec"]["nodeName"] for each in cluster.list("Pod")} == {"n1", "n2"}


def test_pods_show_the_tolerations_that_admission_added() -> None:
    tolerations = cluster_of().list("Pod")[0]["spec"]["tolerations"]
    assert tolerations == [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
    ]


def test_a_pod_says_itself_how_long_it_stays() -> None:
    forever = {"key": "node.kubernetes.io/not-ready", "operator": "Exists"}
    short = {**forever, "effect": "NoExecute", "tolerationSeconds": 10}
    cluster = Cluster([node("n0"), node("n1")])
    cluster.apply(pod("keeps", nodeName="n0", tolerations=[forever]))
    cluster.apply(pod("goes", nodeName="n0", tolerations=[short]))
    cluster.settle()
    cluster.set_node_ready("n0", False)
    cluster.advance(9.999)
    assert len(cluster.list("Pod")) == 2
    cluster.advance(10_000)
    assert [each["metadata"]["name"] for each in cluster.list("Pod")] == ["keeps"]


def test_a_node_that_comes_back_keeps_its_pods() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", False)
    cluster.advance(200)
    cluster.set_node_ready("n0", True)
    assert ready_pods(cluster) == 3
    assert taints_of(cluster, "n0") == []
    cluster.advance(1_000)
    assert {each["spec"]["nodeName"] for each in cluster.list("Pod")} == {"n0", "n1", "n2"}
    node_events = [
        (e["reason"], e["message"]) for e in cluster.events() if e["involvedObject"]["name"] == "n0"
    ]
    assert node_events == [
        ("NodeNotReady", "Node n0 status is now: NodeNotReady"),
        ("NodeReady", "Node n0 status is now: NodeReady"),
    ]
    assert any("Cancelling deletion of Pod" in e["message"] for e in cluster.events())


def test_a_silent_node_is_unreachable_after_the_grace_period() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", None)
    cluster.advance(49.999)
    assert ready_of(cluster.get("Node", "n0")) == "True"
    assert ready_pods(cluster) == 3
    cluster.advance(0.001)
    assert ready_of(cluster.get("Node", "n0")) == "Unknown"
    assert taints_of(cluster, "n0") == [
        ("unreachable", "NoSchedule"),
        ("unreachable", "NoExecute"),
    ]
    assert ready_pods(cluster) == 2


def test_pods_neither_start_nor_end_on_a_node_that_is_not_heard_of() -> None:
    cluster = Cluster([node("n0"), node("n1"), node("n2")])
    cluster.set_node_ready("n0", None)
    cluster.apply(deployment("web", 3, "500m", "64Mi"))
    cluster.advance(40)
    assert ready_pods(cluster) == 2
    cluster.advance(400)  # unreachable, then evicted: it waits for its kubelet to let go
    deleting = [p for p in cluster.list("Pod") if "deletionTimestamp" in p["metadata"]]
    assert [each["spec"]["nodeName"] for each in deleting] == ["n0"]
    assert ready_pods(cluster) == 3
    cluster.set_node_ready("n0", True)
    cluster.settle()
    assert len(cluster.list("Pod")) == 3
    check_world(world_of(cluster))


def test_removing_a_silent_node_ends_its_pods() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", None)
    cluster.advance(400)
    assert len(cluster.list("Pod")) == 4
    cluster.delete("Node", "n0")
    cluster.settle()
    assert len(cluster.list("Pod")) == 3
    check_world(world_of(cluster))


def test_one_node_of_a_zone_is_emptied_every_ten_seconds() -> None:
    cluster = cluster_of(num_nodes=6, replicas=6)
    for name in ("n0", "n1", "n2"):
        cluster.set_node_ready(name, False)

    def evicting() -> list[str]:
        names = ("n0", "n1", "n2")
        return [name for name in names if ("not-ready", "NoExecute") in taints_of(cluster, name)]

    assert evicting() == ["n0"]
    cluster.advance(9.999)
    assert evicting() == ["n0"]
    cluster.advance(0.001)
    assert evicting() == ["n0", "n1"]
    cluster.advance(10)
    assert evicting() == ["n0", "n1", "n2"]


def test_an_unhealthy_zone_of_a_small_cluster_is_not_emptied() -> None:
    cluster = cluster_of(num_nodes=5, replicas=5)
    for name in ("n0", "n1", "n2"):
        cluster.set_node_ready(name, False)  # the third makes 60 % of the zone
    cluster.advance(100)
    assert ("not-ready", "NoExecute") not in taints_of(cluster, "n2")
    cluster.set_node_ready("n0", True)
    cluster.advance(10)
    assert ("not-ready", "NoExecute") in taints_of(cluster, "n2")


def test_nothing_is_evicted_while_no_node_is_ready() -> None:
    cluster = cluster_of(num_nodes=2, replicas=2)
    cluster.set_node_ready("n0", False)
    assert ("not-ready", "NoExecute") in taints_of(cluster, "n0")
    cluster.set_node_ready("n1", False)
    for name in ("n0", "n1"):
        assert taints_of(cluster, name) == [("not-ready", "NoSchedule")]
    cluster.advance(1_000)
    assert len(cluster.list("Pod")) == 2


def test_a_failed_node_stays_failed_when_it_is_applied_again() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", False)
    cluster.cordon("n0")
    cluster.apply(node("n0", labels={"a": "b"}))
    assert ("not-ready", "NoSchedule") in taints_of(cluster, "n0")
    cluster.set_node_ready("n0", True)
    found = cluster.get("Node", "n0")
    assert (found["metadata"]["labels"], found["spec"]) == ({"a": "b"}, {})


def test_a_snapshot_holds_failures() -> None:
    cluster = cluster_of()
    cluster.set_node_ready("n0", None)
    saved = cluster.snapshot()
    cluster.advance(400)
    first = (cluster.list("Pod"), cluster.list("Node"), cluster.events())
    cluster.restore(saved)
    cluster.advance(400)
    assert (cluster.list("Pod"), cluster.list("Node"), cluster.events()) == first


def test_unknown_nodes_and_odd_settings_are_refused() -> None:
    with pytest.raises(NotFoundError, match='nodes "n9" not found'):
        cluster_of().set_node_ready("n9", False)
    with pytest.raises(ConfigError, match="eviction_rate"):
        NodeLifecycleSettings(eviction_rate=-1)


def test_a_node_that_joins_an_empty_cluster_takes_the_pods_that_wait() -> None:
    cluster = Cluster()
    cluster.apply(deployment("web", 2, "500m", "64Mi"))
    cluster.advance(70)
    cluster.apply(node("n0"))
    cluster.settle()
    assert ready_pods(cluster) == 2


@pytest.mark.parametrize("termination_ms", [0, 100_000])
def test_a_pod_that_left_before_its_eviction_was_due_is_not_evicted(termination_ms: int) -> None:
    cluster = Cluster([node("n0")], config=ClusterConfig(termination_ms=termination_ms))
    lasting = pod("lasting")
    lasting["spec"]["tolerations"] = [
        {"key": "old", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    ]
    lasting["spec"]["terminationGracePeriodSeconds"] = 200
    cluster.apply(lasting)
    cluster.advance(2)
    cluster.taint("n0", "old:NoExecute")
    cluster.advance(10)
    cluster.delete("Pod", "lasting")
    cluster.apply(pod("next"))  # takes over the row
    cluster.advance(200)
    told = [e["message"] for e in cluster.events() if e["reason"] == "TaintManagerEviction"]
    assert "Marking for deletion Pod default/lasting" not in told
