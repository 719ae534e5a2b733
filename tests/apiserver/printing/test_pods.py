from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simarena.apiserver.printing.pods import pod_cells, pod_conditions, pod_state


def pod(
    *statuses: dict[str, Any], phase: str = "Running", deleted: bool = False, **status: Any
) -> dict[str, Any]:
    metadata = {"name": "web"} | ({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleted else {})
    return {
        "metadata": metadata,
        "spec": {"containers": [{"name": each["name"]} for each in statuses] or [{"name": "a"}]},
        "status": {"phase": phase, "containerStatuses": list(statuses), **status},
    }


def container(name: str, *, ready: bool = False, restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {"name": name, "ready": ready, "restartCount": restarts, "state": state}


RUNS = {"startedAt": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("shown", "status", "ready"),
    [
        (pod(phase="Pending"), "Pending", 0),
        (pod(container("a", ready=True, running=RUNS)), "Running", 1),
        (pod(container("a", waiting={"reason": "CrashLoopBackOff"})), "CrashLoopBackOff", 0),
        (pod(container("a", terminated={"reason": "OOMKilled", "exitCode": 137})), "OOMKilled", 0),
        (pod(container("a", terminated={"signal": 9, "exitCode": 137})), "Signal:9", 0),
        (pod(container("a", terminated={"exitCode": 2})), "ExitCode:2", 0),
        (pod(container("a", ready=True, running=RUNS), deleted=True), "Terminating", 1),
        (pod(phase="Failed", reason="Evicted", deleted=True), "Evicted", 0),
        (pod(reason="NodeLost", deleted=True), "Unknown", 0),
        (
            pod(
                phase="Pending",
                conditions=[
                    {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
                ],
            ),
            "SchedulingGated",
            0,
        ),
        (
            pod(
                container("a", ready=True, running=RUNS),
                container("b", terminated={"reason": "Completed", "exitCode": 0}),
                conditions=[{"type": "Ready", "status": "True"}],
            ),
            "Running",
            1,
        ),
        (
            pod(
                container("b", terminated={"reason": "Completed", "exitCode": 0}),
                container("a", ready=True, running=RUNS),
            ),
            "NotReady",
            1,
        ),
    ],
)
def test_a_pod_has_the_status_that_kubectl_prints(
    shown: dict[str, Any], status: str, ready: int
) -> None:
    state = pod_state(shown)
    assert (state.status, state.ready) == (status, ready)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"waiting": {"reason": "PodInitializing"}}, "Init:0/1"),
        ({"waiting": {"reason": "ErrImagePull"}}, "Init:ErrImagePull"),
        ({"terminated": {"exitCode": 1, "reason": "Error"}}, "Init:Error"),
        ({"terminated": {"exitCode": 1}}, "Init:ExitCode:1"),
        ({"terminated": {"exitCode": 0}}, "Pending"),
    ],
)
def test_init_containers_come_first(state: dict[str, Any], status: str) -> None:
    shown = pod(phase="Pending", initContainerStatuses=[{"name": "i", "state": state}])
    shown["spec"]["initContainers"] = [{"name": "i"}]
    assert pod_state(shown).status == status


def test_restarts_of_all_containers_are_counted_and_the_last_one_is_known() -> None:
    one = container("a", restarts=2, ready=True, running=RUNS)
    one["lastState"] = {"terminated": {"finishedAt": "2026-01-01T00:00:05Z"}}
    other = container("b", restarts=1, ready=True, running=RUNS)
    other["lastState"] = {"terminated": {"finishedAt": "2026-01-01T00:00:09Z"}}
    state = pod_state(pod(one, other))
    assert state.restarts == 3
    assert state.last_restart == datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC)


def test_sidecars_count_as_containers_and_wait_for_nobody() -> None:
    sidecar = {"name": "s", "started": True, "ready": True, "restartCount": 1, "state": {}}
    shown = pod(container("a", ready=True, running=RUNS), initContainerStatuses=[sidecar])
    shown["spec"]["initContainers"] = [{"name": "s", "restartPolicy": "Always"}]
    state = pod_state(shown)
    assert (state.ready, state.containers, state.status, state.restarts) == (2, 2, "Running", 1)


def test_one_that_failed_hides_one_that_completed() -> None:
    shown = pod(
        container("a", terminated={"reason": "Completed", "exitCode": 0}),
        container("b", terminated={"reason": "Error", "exitCode": 1}),
    )
    assert pod_state(shown).status == "Error"


def test_a_row_tells_when_the_last_restart_was() -> None:
    now = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
    one = container("a", restarts=2, ready=True, running=RUNS)
    one["lastState"] = {"terminated": {"finishedAt": "2026-01-01T00:05:00Z"}}
    shown = pod(one, podIPs=[{"ip": "10.0.0.1"}], conditions=[{"type": "x/y", "status": "True"}])
    shown["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    shown["spec"] |= {
        "nodeName": "n",
        "readinessGates": [{"conditionType": "x/y"}, {"conditionType": "z"}],
    }
    assert pod_cells(shown, now) == [
        "web",
        "1/1",
        "Running",
        "2 (5m ago)",
        "10m",
        "10.0.0.1",
        "n",
        "<none>",
        "1/2",
    ]


@pytest.mark.parametrize(("phase", "conditions"), [("Running", 0), ("Succeeded", 1), ("Failed", 1)])
def test_a_row_says_that_a_pod_has_ended(phase: str, conditions: int) -> None:
    found = pod_conditions(pod(phase=phase))
    assert [each["reason"] for each in found] == [phase] * conditions
