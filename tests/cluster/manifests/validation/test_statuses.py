"""What may be written into a status."""

from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.manifests.validation.statuses import status_causes

STATE = "status.containerStatuses[0].state"


def told(kind: str, status: dict[str, Any], before: dict[str, Any] | None = None) -> list[str]:
    spec = {"restartPolicy": "Never", "containers": [{"name": "c"}]}
    manifest = {"kind": kind, "metadata": {"name": "w"}, "spec": spec}
    former = {**manifest, "status": before or {}}
    causes = status_causes({**manifest, "status": status}, former)
    return [each.text for each in causes.found]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet"])
def test_no_more_pods_are_ready_than_there_are(kind: str) -> None:
    assert told(kind, {"replicas": 1, "readyReplicas": 2}) == [
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"
    ]


def test_no_more_pods_are_available_than_are_ready() -> None:
    status = {"replicas": 2, "readyReplicas": 1, "availableReplicas": 2}
    detail = "Invalid value: 2: cannot be greater than"
    assert told("Deployment", status) == [f"status.availableReplicas: {detail} readyReplicas"]
    assert told("StatefulSet", status) == [
        f"status.availableReplicas: {detail} status.readyReplicas"
    ]


def test_numbers_are_not_negative() -> None:
    assert told("PodDisruptionBudget", {"expectedPods": -1}) == [
        "status.expectedPods: Invalid value: -1: must be greater than or equal to 0"
    ]


def test_collisions_are_not_forgotten() -> None:
    assert told("DaemonSet", {"collisionCount": 1}, {"collisionCount": 2}) == [
        "status.collisionCount: Invalid value: 1: cannot be decremented"
    ]


def test_a_container_that_has_ended_for_good_stays_so() -> None:
    ended = {"containerStatuses": [{"name": "c", "state": {"terminated": {"exitCode": 1}}}]}
    runs = {"containerStatuses": [{"name": "c", "state": {"running": {}}}]}
    (text,) = told("Pod", runs, ended)
    assert text == f"{STATE}: Forbidden: may not be transitioned to non-terminated state"


def test_only_load_balancers_have_addresses_outside() -> None:
    status = {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}
    (text,) = told("Service", status)
    assert text.endswith("may only be used when `spec.type` is 'LoadBalancer'")
