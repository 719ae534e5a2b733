"""Conditions and annotations of a Deployment that tell of its past."""

from __future__ import annotations

from tests.cluster._controllers import conditions
from tests.cluster._objects import Manifest, deployment, node

from simarena.cluster import Cluster

ANNOTATION = "deployment.kubernetes.io/"


def condition(cluster: Cluster, kind: str) -> Manifest:
    found = cluster.get("Deployment", "web")["status"]["conditions"]
    return next(each for each in found if each["type"] == kind)


def test_a_rollout_that_makes_no_progress_times_out() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(deployment(replicas=4, progressDeadlineSeconds=60))
    cluster.advance(50)
    assert condition(cluster, "Progressing")["reason"] == "ReplicaSetUpdated"
    cluster.advance(15)
    late = condition(cluster, "Progressing")
    assert (late["status"], late["reason"]) == ("False", "ProgressDeadlineExceeded")
    # One pod became ready after 1 s; that was the last progress.
    assert late["lastUpdateTime"] == "2026-01-01T00:01:01Z"


def test_a_complete_rollout_does_not_time_out() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment(progressDeadlineSeconds=60))
    cluster.advance(300)
    assert conditions(cluster.get("Deployment", "web")) == [
        ("Available", "True", "MinimumReplicasAvailable"),
        ("Progressing", "True", "NewReplicaSetAvailable"),
    ]


def test_availability_changes_when_enough_pods_are_ready_or_no_longer() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment())
    cluster.settle()
    assert condition(cluster, "Available")["lastTransitionTime"] == "2026-01-01T00:00:01Z"
    cluster.advance(10)
    cluster.delete("Node", "n1")
    cluster.advance(10)
    lost = condition(cluster, "Available")
    assert (lost["status"], lost["lastTransitionTime"]) == ("False", "2026-01-01T00:00:11Z")


def test_a_rollback_notes_the_former_revision_of_the_old_replicaset() -> None:
    cluster = Cluster([node(cpu="8")])
    for cpu in ("1", "500m", "1"):
        cluster.apply(deployment(cpu=cpu))
        cluster.settle()
    noted = {}
    for each in cluster.list("ReplicaSet"):
        annotations = each["metadata"]["annotations"]
        revision = annotations[f"{ANNOTATION}revision"]
        noted[revision] = annotations.get(f"{ANNOTATION}revision-history")
    assert noted == {"2": None, "3": "1"}
    deployed = cluster.get("Deployment", "web")["metadata"]["annotations"]
    assert deployed[f"{ANNOTATION}revision"] == "3"
