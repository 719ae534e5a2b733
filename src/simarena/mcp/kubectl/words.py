"""Times, states and errors in the words of kubectl."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.errors import ApiRefusalError, NotFoundError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.errors import SimArenaError

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_YEAR: Final = 365 * _DAY


def error_text(error: SimArenaError) -> str:
    """Return an error as kubectl prints it."""
    text = str(error)
    if text.startswith(("Error from server", "error:")):
        return text
    if isinstance(error, NotFoundError):
        return f"Error from server (NotFound): {text}"
    if isinstance(error, ApiRefusalError):
        kind, name = (error.details or {}).get("kind"), (error.details or {}).get("name")
        begin, found, causes = text.partition(f'"{name}" is invalid: ')
        if error.reason == "Invalid" and kind and found and begin:
            return f'The {kind} "{name}" is invalid: {causes}'
        return f"Error from server ({error.reason}): {text}"
    return f"error: {text}"


def read_time(text: object) -> datetime | None:
    """Return a time of the API, None where there is none."""
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def seconds_since(text: object, now: datetime) -> int | None:
    """Return how many seconds ago a time of the API was, not below 0; None where there is none."""
    found = read_time(text)
    return None if found is None else max(0, int((now - found).total_seconds()))


def age(text: object, now: datetime) -> str:
    """Return how long ago a time of the API was, as kubectl shows it."""
    seconds = seconds_since(text, now)
    return "<unknown>" if seconds is None else duration(seconds)


_UNITS: Final = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)
"""Below how many seconds which units are shown: the large one, and the small one for the rest."""


def duration(seconds: int) -> str:
    """Return a span of time in at most two units (HumanDuration of k8s.io/apimachinery)."""
    for below, large, large_unit, small, small_unit in _UNITS:
        if seconds < below:
            rest = seconds % large // small if small else 0
            return f"{seconds // large}{large_unit}" + (f"{rest}{small_unit}" if rest else "")
    return f"{seconds // _YEAR}y"


class PodState(NamedTuple):
    """What `kubectl get pods` says of a pod."""

    ready: int
    containers: int
    status: str
    restarts: int
    last_restart: datetime | None


def pod_state(pod: Fields) -> PodState:
    """Return a pod's state, by the rules of kubectl's printer (`printPod`)."""
    status = pod.get("status") or {}
    reason = status.get("reason") or status.get("phase") or "Unknown"
    if any(
        condition["type"] == "PodScheduled" and condition.get("reason") == "SchedulingGated"
        for condition in status.get("conditions") or ()
    ):
        reason = "SchedulingGated"
    ready = restarts = 0
    last_restart: datetime | None = None
    runs = False
    for container in reversed(status.get("containerStatuses") or ()):
        restarts += container.get("restartCount") or 0
        ended = (container.get("lastState") or {}).get("terminated") or {}
        last_restart = _later(last_restart, read_time(ended.get("finishedAt")))
        state = container.get("state") or {}
        if waiting := (state.get("waiting") or {}).get("reason"):
            reason = waiting
        elif (terminated := state.get("terminated")) is not None:
            reason = _end(terminated)
        elif container.get("ready") and state.get("running") is not None:
            runs = True
            ready += 1
    initialising, init_restarts = _initialising(pod)
    if initialising:
        reason, restarts = initialising, init_restarts
    elif reason == "Completed" and runs:
        reason = "Running" if is_ready(pod) else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in {"Succeeded", "Failed"}:
            reason = "Terminating"
    containers = len((pod.get("spec") or {}).get("containers") or ())
    return PodState(ready, containers, reason, restarts, last_restart)


def is_ready(pod: Fields) -> bool:
    """Return whether a pod's condition Ready is true."""
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in (pod.get("status") or {}).get("conditions") or ()
    )


def _initialising(pod: Fields) -> tuple[str, int]:
    """Return the status of a pod whose init containers are not through, else nothing."""
    status = pod.get("status") or {}
    found = status.get("initContainerStatuses") or ()
    specs = (pod.get("spec") or {}).get("initContainers") or ()
    sidecars = {each["name"] for each in specs if each.get("restartPolicy") == "Always"}
    restarts = 0
    for index, container in enumerate(found):
        restarts += container.get("restartCount") or 0
        state = container.get("state") or {}
        terminated = state.get("terminated")
        if terminated is not None and terminated.get("exitCode") == 0:
            continue
        if container["name"] in sidecars and container.get("started"):
            continue
        if terminated is not None:
            return f"Init:{_end(terminated)}", restarts
        waiting = (state.get("waiting") or {}).get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}", restarts
        return f"Init:{index}/{len(specs)}", restarts
    return "", restarts


def _end(terminated: Fields) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode')}"


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
