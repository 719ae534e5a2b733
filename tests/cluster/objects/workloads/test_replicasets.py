from __future__ import annotations

from typing import Any

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.check import normalise
from simarena.cluster.objects.workloads.conditions import Condition, ProgressReason, progressing
from simarena.cluster.objects.workloads.replicasets import (
    DESIRED,
    HASH_LABEL,
    MAXIMUM,
    REVISION,
    RolloutStatus,
    WorkloadStatus,
    child_replicaset,
    deployment_manifest,
    is_complete,
    replicaset_manifest,
)


def web(**spec: object) -> dict[str, Any]:
    return normalise(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "annotations": {"team": "a"}},
            "spec": {
                "replicas": 4,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "c", "image": "web:1"}]},
                },
                **spec,
            },
        }
    )


def conditions(deployment: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {
        c["type"]: (c["status"], c["reason"], c["message"])
        for c in deployment["status"]["conditions"]
    }


def told(status: WorkloadStatus, rollout: RolloutStatus, **spec: object) -> dict[str, Any]:
    return deployment_manifest(web(**spec), uid="u", status=status, rollout=rollout)


def progress(reason: ProgressReason) -> Condition:
    return progressing(None, reason, NONE, 0)


def test_a_replicaset_of_a_deployment_carries_the_hash_everywhere() -> None:
    deployment = web()
    child = child_replicaset(
        deployment,
        deployment_uid="u",
        template=deployment["spec"]["template"],
        pod_template_hash="5d9c",
        replicas=3,
        revision=2,
        desired=4,
        most=5,
        min_ready_s=7,
    )
    assert child["spec"]["minReadySeconds"] == 7
    assert child["metadata"]["name"] == "web-5d9c"
    assert child["metadata"]["annotations"] == {
        "team": "a",
        DESIRED: "4",
        MAXIMUM: "5",
        REVISION: "2",
    }
    labels = {"app": "web", HASH_LABEL: "5d9c"}
    assert child["metadata"]["labels"] == labels
    assert child["spec"]["selector"] == {"matchLabels": labels}
    assert child["spec"]["template"]["metadata"]["labels"] == labels
    assert child["metadata"]["ownerReferences"][0]["name"] == "web"
    assert HASH_LABEL not in deployment["spec"]["template"]["metadata"]["labels"]
    assert normalise(child)["spec"]["replicas"] == 3


def test_a_replicaset_counts_its_pods() -> None:
    manifest = {"metadata": {"name": "r"}, "spec": {"replicas": 3}}
    status = WorkloadStatus(created_ms=5000, num_pods=3, num_ready=2, num_available=1)
    made = replicaset_manifest(manifest, uid="u", status=status)
    assert made["status"] == {
        "replicas": 3,
        "fullyLabeledReplicas": 3,
        "readyReplicas": 2,
        "availableReplicas": 1,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }
    assert made["metadata"]["creationTimestamp"] == "2026-01-01T00:00:05Z"
    empty = replicaset_manifest(manifest, uid="u", status=WorkloadStatus())
    assert empty["status"] == {"replicas": 0, "terminatingReplicas": 0, "observedGeneration": 1}


def test_a_deployment_that_has_rolled_out_is_available_and_complete() -> None:
    status = WorkloadStatus(num_pods=4, num_ready=4, num_available=4)
    rollout = RolloutStatus(
        num_updated=4,
        num_wanted=4,
        told_of="web-5d9c",
        revision=3,
        progress=progress(ProgressReason.AVAILABLE),
    )
    made = told(status, rollout)
    assert is_complete(made["spec"], status, rollout)
    assert conditions(made) == {
        "Available": (
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        ),
        "Progressing": (
            "True",
            "NewReplicaSetAvailable",
            'ReplicaSet "web-5d9c" has successfully progressed.',
        ),
    }
    assert made["metadata"]["annotations"][REVISION] == "3"
    assert "unavailableReplicas" not in made["status"]
    assert made["status"]["replicas"] == 4


def test_a_deployment_on_its_way_counts_what_is_missing() -> None:
    status = WorkloadStatus(num_pods=5, num_ready=2, num_available=2)
    rollout = RolloutStatus(num_updated=2, num_wanted=5, progress=progress(ProgressReason.UPDATED))
    made = told(status, rollout)
    assert made["status"]["unavailableReplicas"] == 3
    assert made["status"]["updatedReplicas"] == 2
    assert conditions(made)["Available"][:2] == ("False", "MinimumReplicasUnavailable")
    assert conditions(made)["Progressing"][1] == "ReplicaSetUpdated"


def test_one_unavailable_pod_of_four_is_within_the_bounds() -> None:
    status = WorkloadStatus(num_pods=4, num_ready=3, num_available=3)
    made = told(status, RolloutStatus(num_updated=4, num_wanted=4))
    assert conditions(made)["Available"][0] == "True"


def test_a_rollout_that_is_stuck_or_paused_says_so() -> None:
    timed_out = progress(ProgressReason.TIMED_OUT)
    stuck = told(WorkloadStatus(), RolloutStatus(told_of="web-5d9c", progress=timed_out))
    assert conditions(stuck)["Progressing"] == (
        "False",
        "ProgressDeadlineExceeded",
        'ReplicaSet "web-5d9c" has timed out progressing.',
    )
    paused = told(WorkloadStatus(), RolloutStatus(progress=progress(ProgressReason.PAUSED)))
    assert conditions(paused)["Progressing"][:2] == ("Unknown", "DeploymentPaused")
    new = told(WorkloadStatus(), RolloutStatus())
    assert set(conditions(new)) == {"Available"}


def test_a_condition_is_renewed_by_progress_alone_and_changes_with_its_status() -> None:
    first = progressing(None, ProgressReason.UPDATED, 1, 5)
    again = progressing(first, ProgressReason.UPDATED, 1, 9)
    assert (again.since_ms, again.updated_ms) == (5, 9)
    done = progressing(again, ProgressReason.AVAILABLE, 1, 12)
    assert (done.since_ms, done.updated_ms) == (5, 12)
    assert progressing(done, ProgressReason.AVAILABLE, 2, 20) == done
    stopped = progressing(done, ProgressReason.PAUSED, NONE, 30)
    assert (stopped.status, stopped.since_ms) == ("Unknown", 30)
