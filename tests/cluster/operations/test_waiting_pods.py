"""Pods that wait for somebody who is not simulated: another scheduler, or a condition."""

from __future__ import annotations

from tests.cluster._kubelet import consuming, is_ready, real
from tests.cluster._objects import deployment, node, pod

from simarena.cluster import Cluster


def test_a_pod_of_another_scheduler_waits_and_says_for_whom() -> None:
    cluster = Cluster([node()])
    theirs = pod("theirs", "1", schedulerName="volcano")
    cluster.apply(theirs)
    cluster.apply(pod("ours", "1"))
    cluster.advance(60)
    assert "nodeName" not in cluster.get("Pod", "theirs")["spec"]
    assert cluster.get("Pod", "ours")["spec"]["nodeName"] == "n1"
    events = [each for each in cluster.events() if each["involvedObject"]["name"] == "theirs"]
    assert events == []
    assert "volcano" in cluster.explain(theirs).message


def test_pods_of_a_workload_wait_for_another_scheduler_too() -> None:
    cluster = Cluster([node()])
    manifest = deployment("web", 2)
    manifest["spec"]["template"]["spec"]["schedulerName"] = "volcano"
    cluster.apply(manifest)
    cluster.advance(30)
    pods = cluster.list("Pod")
    assert [each["status"]["phase"] for each in pods] == ["Pending", "Pending"]


def test_a_readiness_gate_holds_a_pod_unready_under_the_real_kubelet() -> None:
    cluster = real()
    cluster.apply(consuming(readinessGates=[{"conditionType": "example.com/drained"}]))
    cluster.advance(60)
    assert not is_ready(cluster)
    conditions = {each["type"]: each for each in cluster.get("Pod", "solo")["status"]["conditions"]}
    assert conditions["ContainersReady"]["status"] == "True"
    assert conditions["Ready"]["reason"] == "ReadinessGatesNotReady"


def test_pods_under_kwok_have_their_gates_opened() -> None:
    cluster = Cluster([node()])
    cluster.apply(pod("solo", readinessGates=[{"conditionType": "example.com/drained"}]))
    cluster.advance(10)
    assert is_ready(cluster)


def test_a_rollout_waits_for_pods_behind_a_gate() -> None:
    cluster = real()
    manifest = deployment("web", 2, "10m", "10Mi")
    gate = [{"conditionType": "example.com/drained"}]
    manifest["spec"]["template"]["spec"]["readinessGates"] = gate
    cluster.apply(manifest)
    cluster.advance(60)
    assert cluster.get("Deployment", "web")["status"]["unavailableReplicas"] == 2
