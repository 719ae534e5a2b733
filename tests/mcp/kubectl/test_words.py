from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simarena.errors import ConfigError, NotFoundError, RefusedError, SimArenaError
from simarena.mcp.kubectl.words import age, duration, error_text, pod_state, read_time

HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (5 * HOUR + 60, "5h1m"),
        (47 * HOUR, "47h"),
        (49 * HOUR, "2d1h"),
        (9 * DAY + 5 * HOUR, "9d"),
        (2 * YEAR + 3 * DAY, "2y3d"),
        (9 * YEAR, "9y"),
    ],
)
def test_spans_of_time_are_written_as_kubectl_writes_them(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_ages_are_counted_from_texts_and_from_times() -> None:
    now = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert age("2026-01-01T00:00:00Z", now) == "60s"
    assert age(datetime(2026, 1, 1, 0, 0, 30), now) == "30s"  # noqa: DTZ001 - read as UTC
    assert age(None, now) == age("yesterday", now) == "<unknown>"
    assert age("2026-01-02T00:00:00Z", now) == "0s"
    assert read_time("2026-01-01T00:00:00") == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFoundError('pods "x" not found'), 'Error from server (NotFound): pods "x" not found'),
        (RefusedError("Error from server (Forbidden): no"), "Error from server (Forbidden): no"),
        (RefusedError("error: no"), "error: no"),
        (ConfigError("seconds must be from 0"), "error: seconds must be from 0"),
    ],
)
def test_errors_are_in_the_words_of_kubectl(error: SimArenaError, text: str) -> None:
    assert error_text(error) == text


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
