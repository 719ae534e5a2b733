from __future__ import annotations

import copy
from typing import Any

import pytest

from simarena.cluster.codes import Phase
from simarena.cluster.objects.pods.manifest import (
    PodStatus,
    node_address,
    owner_reference,
    pod_address,
    pod_manifest,
    pod_mold,
)

UID = "00000000-0000-0001-8000-000000000001"
OWNER = owner_reference("ReplicaSet", "web-5d9c", "u")


def made(status: PodStatus, **spec: object) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}, "name": "ignored"},
        "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}], **spec},
    }
    before = copy.deepcopy(template)
    mold = pod_mold(template, default_tolerations=False)
    shared = copy.deepcopy(mold)
    pod = pod_manifest(mold, name="p", namespace="x", uid=UID, status=status, owner=OWNER)
    assert (template, mold) == (before, shared)
    return pod


def conditions(pod: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {c["type"]: (c["status"], c.get("reason", "")) for c in pod["status"]["conditions"]}


def running(**more: Any) -> PodStatus:
    values: dict[str, Any] = {
        "phase": Phase.RUNNING,
        "ready": True,
        "created_ms": 1000,
        "bound_ms": 2000,
        "ready_ms": 61_500,
        "node_name": "n0",
        "node_row": 0,
        "number": 7,
    }
    return PodStatus(**{**values, **more})


def test_a_new_pod_is_pending_and_says_nothing_more() -> None:
    pod = made(PodStatus(created_ms=1500))
    assert pod["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert pod["metadata"] == {
        "name": "p",
        "namespace": "x",
        "uid": UID,
        "generateName": "web-5d9c-",
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:01Z",
        "labels": {"app": "web"},
        "ownerReferences": [OWNER],
    }


def test_a_pod_that_does_not_fit_says_why() -> None:
    pod = made(PodStatus(message="0/1 nodes are available: ...", attempted_ms=3000))
    assert pod["status"]["conditions"] == [
        {
            "type": "PodScheduled",
            "status": "False",
            "observedGeneration": 1,
            "lastProbeTime": None,
            "lastTransitionTime": "2026-01-01T00:00:03Z",
            "reason": "Unschedulable",
            "message": "0/1 nodes are available: ...",
        }
    ]


def test_a_gated_pod_is_not_yet_to_be_scheduled() -> None:
    pod = made(PodStatus(), schedulingGates=[{"name": "g"}])
    assert conditions(pod) == {"PodScheduled": ("False", "SchedulingGated")}


def test_a_bound_pod_waits_for_its_containers() -> None:
    pod = made(PodStatus(bound_ms=2000, node_name="n0", node_row=0))
    assert pod["spec"]["nodeName"] == "n0"
    assert conditions(pod) == {
        "PodReadyToStartContainers": ("False", ""),
        "Initialized": ("True", ""),
        "Ready": ("False", "ContainersNotReady"),
        "ContainersReady": ("False", "ContainersNotReady"),
        "PodScheduled": ("True", ""),
    }
    (container,) = pod["status"]["containerStatuses"]
    assert container["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert "podIP" not in pod["status"]
    assert pod["status"]["hostIP"] == node_address(0)


def test_a_ready_pod_runs_its_containers() -> None:
    pod = made(running(num_restarts=2))
    assert pod["status"]["phase"] == "Running"
    assert {status for status, _ in conditions(pod).values()} == {"True"}
    (container,) = pod["status"]["containerStatuses"]
    assert container["state"] == {"running": {"startedAt": "2026-01-01T00:01:01Z"}}
    assert (container["ready"], container["started"], container["restartCount"]) == (True, True, 2)
    assert container["containerID"].startswith("simarena://")
    assert pod["status"]["podIP"] == pod_address(7)
    assert pod["status"]["startTime"] == "2026-01-01T00:00:02Z"


def test_a_running_pod_may_not_be_ready() -> None:
    pod = made(running(ready=False))
    assert conditions(pod)["Ready"] == ("False", "ContainersNotReady")
    assert pod["status"]["containerStatuses"][0]["ready"] is False


@pytest.mark.parametrize(
    ("phase", "code", "reason", "condition"),
    [
        (Phase.SUCCEEDED, 0, "Completed", "PodCompleted"),
        (Phase.FAILED, 1, "Error", "PodFailed"),
    ],
)
def test_a_finished_pod_says_how_it_ended(
    phase: Phase, code: int, reason: str, condition: str
) -> None:
    pod = made(running(phase=phase, ready=False, finished_ms=90_000))
    assert conditions(pod)["Ready"] == ("False", condition)
    (container,) = pod["status"]["containerStatuses"]
    ended = container["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (code, reason)
    assert ended["finishedAt"] == "2026-01-01T00:01:30Z"


def test_init_containers_come_first_and_sidecars_stay() -> None:
    init = [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]
    waiting = made(PodStatus(bound_ms=0, node_name="n0", node_row=0), initContainers=init)
    assert conditions(waiting)["Initialized"] == ("False", "ContainersNotInitialized")
    states = [c["state"] for c in waiting["status"]["initContainerStatuses"]]
    assert states == [{"waiting": {"reason": "PodInitializing"}}] * 2
    up = made(running(), initContainers=init)
    done, sidecar = up["status"]["initContainerStatuses"]
    assert done["state"]["terminated"]["reason"] == "Completed"
    assert "running" in sidecar["state"]
    assert conditions(up)["Initialized"] == ("True", "")


def test_a_pod_being_deleted_has_its_grace_ahead() -> None:
    pod = made(running(deleted_ms=100_000))
    assert pod["metadata"]["deletionTimestamp"] == "2026-01-01T00:02:10Z"
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 30


def test_addresses_are_legal_and_differ() -> None:
    assert len({pod_address(number) for number in range(1000)}) == 1000
    assert pod_address(0) == "10.64.0.2"
    assert node_address(0) == "172.16.0.2"
