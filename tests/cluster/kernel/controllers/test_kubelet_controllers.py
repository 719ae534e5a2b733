"""Controllers whose pods real kubelets let fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._controllers import conditions, job
from tests.cluster._kubelet import consuming_deployment, is_ready, real
from tests.cluster._objects import check_world, node, world_of

if TYPE_CHECKING:
    from simarena.cluster import Cluster

Manifest = dict[str, Any]


def exiting(exits: str, backoff_limit: int = 6) -> Manifest:
    """Return a Job whose containers end of themselves."""
    made = job(backoffLimit=backoff_limit)
    template = made["spec"]["template"]
    template.setdefault("metadata", {})["annotations"] = {"simarena.io/exit": exits}
    template["spec"]["restartPolicy"] = "Never"
    return made


def test_a_job_completes_when_its_containers_end_well() -> None:
    cluster = real()
    cluster.apply(exiting("5s"))
    cluster.advance(5)
    assert cluster.get("Job", "task")["status"]["active"] == 1
    cluster.advance(10)
    status = cluster.get("Job", "task")["status"]
    assert status["succeeded"] == 1
    assert "failed" not in status
    check_world(world_of(cluster))


def test_a_job_whose_pods_fail_more_often_than_its_limit_fails() -> None:
    cluster = real()
    cluster.apply(exiting("5s=3", backoff_limit=1))
    cluster.advance(8)
    assert cluster.get("Job", "task")["status"]["failed"] == 1
    cluster.advance(120)
    made = cluster.get("Job", "task")
    assert made["status"]["failed"] == 2
    assert ("Failed", "True", "BackoffLimitExceeded") in conditions(made)
    assert {pod["status"]["phase"] for pod in cluster.list("Pod")} == {"Failed"}
    check_world(world_of(cluster))


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_a_numbered_pod_whose_container_restarts_keeps_its_name_in_events(kind: str) -> None:
    cluster = real(node("n1", "8", "8Gi"))
    made = consuming_deployment("0s=50Mi,10s=300Mi", "200Mi", 1)
    made["kind"] = kind
    for field in ("strategy", "replicas"):
        made["spec"].pop(field, None)
    cluster.apply(made)
    cluster.advance(60)
    (pod,) = cluster.list("Pod")
    assert pod["status"]["containerStatuses"][0]["restartCount"] >= 2
    about = {e["involvedObject"]["name"] for e in cluster.events() if e["reason"] == "BackOff"}
    assert about == {pod["metadata"]["name"]}
    check_world(world_of(cluster))


def test_a_deployment_is_unavailable_since_its_pod_became_unready() -> None:
    cluster = real()
    cluster.apply(consuming_deployment("0s=50Mi,10s=300Mi", "200Mi", 1))
    cluster.advance(5)
    assert available(cluster) == ("True", "2026-01-01T00:00:01Z")
    (name,) = [pod["metadata"]["name"] for pod in cluster.list("Pod")]
    while is_ready(cluster, name):
        cluster.advance(0.1)
    assert available(cluster) == ("False", "2026-01-01T00:00:11Z")


def available(cluster: Cluster) -> tuple[str, str]:
    """Return whether the Deployment is available, and since when."""
    found = cluster.get("Deployment", "web")["status"]["conditions"]
    (made,) = [each for each in found if each["type"] == "Available"]
    return made["status"], made["lastTransitionTime"]


def test_a_daemon_that_fails_again_and_again_is_replaced_ever_later() -> None:
    cluster = real(node("n1", "8", "1Gi"))
    made = consuming_deployment("2Gi", "4Gi", 1)
    made["kind"] = "DaemonSet"
    for field in ("strategy", "replicas"):
        made["spec"].pop(field, None)
    made["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    cluster.apply(made)
    cluster.advance(600)
    created = [
        event["firstTimestamp"]
        for event in cluster.events()
        if event["reason"] == "SuccessfulCreate"
    ]
    assert 6 <= len(created) <= 12
    check_world(world_of(cluster))
