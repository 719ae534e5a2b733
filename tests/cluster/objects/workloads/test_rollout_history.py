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
    # One pod became ready after 1 s; that was the last progress. The controller looks a second
    # after the minute is over.
    assert late["lastUpdateTime"] == "2026-01-01T00:01:02Z"


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


def reason(cluster: Cluster) -> str:
    found: str = condition(cluster, "Progressing")["reason"]
    return found


def revision(cluster: Cluster) -> str:
    annotations = cluster.get("Deployment", "web")["metadata"]["annotations"]
    found: str = annotations[f"{ANNOTATION}revision"]
    return found


def test_a_template_changed_while_paused_leaves_the_revision() -> None:
    cluster = Cluster([node(cpu="8")])
    cluster.apply(deployment())
    cluster.settle()
    cluster.apply(deployment(cpu="500m", paused=True))
    cluster.settle()
    assert revision(cluster) == "1"
    assert reason(cluster) == "DeploymentPaused"
    cluster.apply(deployment(cpu="500m"))
    cluster.settle()
    assert (revision(cluster), reason(cluster)) == ("2", "NewReplicaSetAvailable")


def test_a_pod_lost_after_a_finished_rollout_leaves_it_finished() -> None:
    cluster = Cluster([node("n1", cpu="1"), node("n2", cpu="1")])
    cluster.apply(deployment(replicas=2))
    cluster.settle()
    cluster.delete("Node", "n2")
    cluster.advance(1_000)
    assert condition(cluster, "Available")["status"] == "False"
    assert reason(cluster) == "NewReplicaSetAvailable"


def test_another_number_of_pods_is_no_rollout() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(deployment(replicas=1))
    cluster.settle()
    cluster.apply(deployment(replicas=3))
    cluster.advance(1_000)
    assert reason(cluster) == "NewReplicaSetAvailable"


def test_pausing_after_the_deadline_leaves_the_rollout_failed() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(deployment(replicas=4, progressDeadlineSeconds=60))
    cluster.advance(100)
    cluster.apply(deployment(replicas=4, progressDeadlineSeconds=60, paused=True))
    cluster.advance(100)
    assert reason(cluster) == "ProgressDeadlineExceeded"
    cluster.apply(deployment(replicas=1, progressDeadlineSeconds=60, paused=True))
    cluster.advance(100)
    cluster.apply(deployment(replicas=1, progressDeadlineSeconds=60))
    cluster.advance(100)
    assert reason(cluster) == "NewReplicaSetAvailable"


def test_a_resumed_rollout_has_its_whole_time_again() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(deployment(replicas=4, progressDeadlineSeconds=60, paused=True))
    cluster.advance(500)
    assert reason(cluster) == "DeploymentPaused"
    cluster.apply(deployment(replicas=4, progressDeadlineSeconds=60))
    cluster.advance(40)
    assert reason(cluster) == "ReplicaSetUpdated"
    cluster.advance(40)
    assert reason(cluster) == "ProgressDeadlineExceeded"


def test_a_rollback_to_a_replicaset_that_is_there_is_progress_only_with_its_first_pod() -> None:
    cluster = Cluster([node(cpu="8")])
    for cpu in ("1", "500m"):
        cluster.apply(deployment(cpu=cpu))
        cluster.settle()
    former = condition(cluster, "Progressing")["message"]
    cluster.apply(deployment(cpu="1"))
    assert condition(cluster, "Progressing")["message"] == former
    cluster.advance(0.1)
    assert reason(cluster) == "ReplicaSetUpdated"
