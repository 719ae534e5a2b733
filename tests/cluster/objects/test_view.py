"""Objects as the API returns them, made from rows."""

from __future__ import annotations

from tests.cluster._objects import deployment, node, pod, replicaset

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.objects.view import View


def conditions(manifest: dict[str, object]) -> dict[str, str]:
    status = manifest["status"]
    assert isinstance(status, dict)
    return {each["type"]: each["status"] for each in status["conditions"]}


def test_a_pod_shows_each_stage_of_its_life() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(pod("large", "2"))
    cluster.advance(0.1)
    waiting = cluster.get("Pod", "large")
    assert conditions(waiting) == {"PodScheduled": "False"}
    assert "containerStatuses" not in waiting["status"]
    cluster.apply(pod("fits", "1"))
    cluster.advance(0.1)
    bound = cluster.get("Pod", "fits")
    assert (bound["spec"]["nodeName"], bound["status"]["phase"]) == ("n1", "Pending")
    assert conditions(bound)["Ready"] == "False"
    cluster.advance(2)
    running = cluster.get("Pod", "fits")
    assert conditions(running)["Ready"] == "True"
    (container,) = running["status"]["containerStatuses"]
    assert container["ready"]
    assert container["state"] == {"running": {"startedAt": "2026-01-01T00:00:01Z"}}
    assert running["status"]["startTime"] == "2026-01-01T00:00:00Z"


def test_a_gated_pod_says_so_and_is_left_alone() -> None:
    cluster = Cluster([node()])
    cluster.apply(pod("gated", schedulingGates=[{"name": "example.com/wait"}]))
    cluster.settle()
    (condition,) = cluster.get("Pod", "gated")["status"]["conditions"]
    assert condition["reason"] == "SchedulingGated"
    assert cluster.events() == []


def test_a_deployments_status_adds_up_over_its_replicasets() -> None:
    config = ClusterConfig(pod_startup_ms=10_000)
    cluster = Cluster([node(cpu="64", memory="64Gi")], config=config)
    cluster.apply(deployment(replicas=4, cpu="1"))
    cluster.settle()
    cluster.apply(deployment(replicas=4, cpu="2"))
    cluster.advance(5)
    status = cluster.get("Deployment", "web")["status"]
    children = [m["status"] for m in cluster.list("ReplicaSet")]
    assert [child["replicas"] for child in children].count(0) == 0
    assert status["replicas"] == sum(child["replicas"] for child in children) == 5
    assert status["updatedReplicas"] == 2
    assert status["readyReplicas"] == 3
    assert conditions(cluster.get("Deployment", "web")) == {
        "Available": "True",
        "Progressing": "True",
    }


def test_available_pods_have_been_ready_for_a_while() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment(replicas=2, minReadySeconds=10))
    cluster.advance(5)
    status = cluster.get("Deployment", "web")["status"]
    assert status["readyReplicas"] == 2
    assert "availableReplicas" not in status
    cluster.advance(10)
    assert cluster.get("Deployment", "web")["status"]["availableReplicas"] == 2


def test_what_does_not_exist_is_none() -> None:
    cluster = Cluster([node()])
    cluster.apply(replicaset("set"))
    view = View(cluster._live.catalogue)
    for kind in ("Pod", "Node", "Deployment", "ReplicaSet", "Service"):
        assert view.get(kind, "default", "nothing") is None
    assert view.get("ReplicaSet", "other", "set") is None
    assert view.pod_row("default", "nothing") is None
    assert list(view.all("Service")) == []


def test_a_deleted_deployment_is_gone_while_its_pods_still_end() -> None:
    cluster = Cluster([node()], config=ClusterConfig(termination_ms=3_000))
    cluster.apply(deployment(replicas=1))
    cluster.settle()
    cluster.delete("Deployment", "web")
    cluster.advance(1)
    assert cluster.list("Deployment") == []
    (left,) = cluster.list("Pod")
    assert "deletionTimestamp" in left["metadata"]
    assert left["metadata"]["name"].startswith("web-")
    cluster.advance(3)
    assert cluster.list("Pod") == []
