from __future__ import annotations

from typing import Any

from simarena.simkube.counting import Place, counts_of, num_harmed, place_of, tallies


def pod(
    name: str = "p", *, node: str = "n", phase: str = "Running", **status: Any
) -> dict[str, Any]:
    conditions = status.pop("conditions", [])
    return {
        "metadata": {"name": name, "namespace": "virtual-default"},
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": phase, "conditions": conditions, **status},
    }


READY = [{"type": "Ready", "status": "True"}]


def counted(*pods: dict[str, Any]) -> dict[str, int]:
    return {name: number for name, number in counts_of(pods).items() if number}


def test_finished_pods_are_no_longer_counted() -> None:
    assert counted(pod(conditions=READY), pod(phase="Succeeded")) == {"total": 1, "ready": 1}
    assert counted(pod(phase="Failed")) == {"evicted": 1}


def test_why_a_pod_waits_is_read_from_what_the_scheduler_wrote() -> None:
    message = (
        "0/5 nodes are available: 2 Insufficient cpu, 1 Insufficient memory, 2 node(s) had "
        "untolerated taint(s). preemption: 0/5 nodes are available: 5 Insufficient cpu."
    )
    why = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    ]
    assert counted(pod(node="", phase="Pending", conditions=why)) == {
        "total": 1,
        "pending": 1,
        "waiting": 1,
        "short_cpu": 1,
        "short_cpu_nodes": 2,
        "short_memory": 1,
        "short_memory_nodes": 1,
        "other_nodes": 2,
        "seen_nodes": 5,
    }


def test_ends_of_containers_count_as_failures() -> None:
    killed = {
        "restartCount": 2,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"reason": "OOMKilled"}},
    }
    found = counted(pod(containerStatuses=[killed]))
    assert found == {"total": 1, "failures": 3, "oom_killed": 1}


def test_a_pod_is_its_deployments_and_a_jobs_pod_all_its_cron_jobs() -> None:
    def owned(kind: str, name: str) -> dict[str, Any]:
        made = pod()
        owner = {"kind": kind, "name": name, "uid": name, "controller": True}
        made["metadata"]["ownerReferences"] = [owner]
        return made

    replicaset = owned("Deployment", "web")
    place = place_of(owned("ReplicaSet", "web-1"), {"web-1": replicaset})
    assert place == Place("virtual-default", "Deployment", "web")
    assert place_of(owned("Job", "night-29000000"), {}).name == "night"


def test_who_has_fewer_ready_pods_than_without_edits_is_harmed() -> None:
    ours = Place("virtual-default", "Pod", "ours")
    before = tallies([pod("ours"), pod("a", conditions=READY), pod("b")], {}, ours)
    now = tallies([pod("ours"), pod("b")], {}, ours)
    assert num_harmed(now, before) == 1
    assert num_harmed(before, before) == 0
