"""What a table says of a pod: its state in one word, and what is ready and was restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.apiserver.printing.ages import age, read_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    Fields = Mapping[str, Any]

_NONE: Final = "<none>"
_ENDED: Final = frozenset({"Succeeded", "Failed"})


class PodState(NamedTuple):
    """What `kubectl get pods` says of a pod."""

    ready: int
    containers: int
    """Those that are to run all the time, sidecars among them."""
    status: str
    restarts: int
    last_restart: datetime | None


class _Counts:
    """What is counted over the containers of a pod."""

    __slots__ = ("last_restart", "ready", "restarts")

    def __init__(self) -> None:
        self.ready = 0
        self.restarts = 0
        self.last_restart: datetime | None = None

    def add(self, container: Fields) -> None:
        """Count the restarts of a container."""
        self.restarts += container.get("restartCount") or 0
        ended = (container.get("lastState") or {}).get("terminated")
        if ended and (time := read_time(ended.get("finishedAt"))):
            self.last_restart = max(self.last_restart or time, time)


def pod_state(pod: Fields) -> PodState:
    """Return a pod's state, by the rules of the API server's printer (`printPod`)."""
    spec: Fields = pod.get("spec") or {}
    status: Fields = pod.get("status") or {}
    conditions: Sequence[Fields] = status.get("conditions") or ()
    reason = status.get("reason") or status.get("phase") or ""
    for condition in conditions:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            reason = "SchedulingGated"
    specs = spec.get("initContainers") or ()
    sidecars = {each["name"] for each in specs if each.get("restartPolicy") == "Always"}
    all_inits, of_sidecars = _Counts(), _Counts()
    began = _init_reason(status, len(specs), sidecars, all_inits, of_sidecars)
    counts = all_inits
    if not began or _is_true(conditions, "Initialized"):
        counts = of_sidecars
        counts.ready = all_inits.ready
        reason = _main_reason(status, began or reason, conditions, counts)
    else:
        reason = began
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in _ENDED:
            reason = "Terminating"
    containers = len(spec.get("containers") or ()) + len(sidecars)
    return PodState(
        counts.ready, containers, reason or "Unknown", counts.restarts, counts.last_restart
    )


def _init_reason(
    status: Fields, specs: int, sidecars: set[str], all_inits: _Counts, of_sidecars: _Counts
) -> str:
    """Return the status of a pod whose init containers are not through, else nothing.

    Counts the restarts of those looked at, and the sidecars that are ready.
    """
    for index, container in enumerate(status.get("initContainerStatuses") or ()):
        all_inits.add(container)
        sidecar = container.get("name") in sidecars
        if sidecar:
            of_sidecars.add(container)
        state = container.get("state") or {}
        terminated = state.get("terminated")
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if sidecar and container.get("started"):
            all_inits.ready += bool(container.get("ready"))
            continue
        if terminated is not None:
            return f"Init:{_end(terminated)}"
        waiting = (state.get("waiting") or {}).get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{index}/{specs}"
    return ""


def _main_reason(status: Fields, reason: str, conditions: Sequence[Fields], counts: _Counts) -> str:
    """Return the status of a pod by its containers, and count them."""
    runs = False
    failed = ""
    for container in reversed(status.get("containerStatuses") or ()):
        counts.add(container)
        state = container.get("state") or {}
        terminated = state.get("terminated")
        if waiting := (state.get("waiting") or {}).get("reason"):
            reason = waiting
        elif terminated is not None:
            reason = _end(terminated)
            if terminated.get("exitCode"):
                failed = reason
        elif container.get("ready") and state.get("running") is not None:
            runs = True
            counts.ready += 1
    if reason != "Completed":
        return reason
    if runs and _is_true(conditions, "Ready"):
        return "Running"
    return failed or ("NotReady" if runs else reason)


def is_ready(pod: Fields) -> bool:
    """Return whether a pod's condition Ready is true."""
    return _is_true((pod.get("status") or {}).get("conditions") or (), "Ready")


def _is_true(conditions: Sequence[Fields], name: str) -> bool:
    return any(each.get("type") == name and each.get("status") == "True" for each in conditions)


def _end(terminated: Fields) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode') or 0}"


def pod_cells(pod: Fields, now: datetime) -> list[object]:
    """Return the cells of a pod's row."""
    state = pod_state(pod)
    spec: Fields = pod.get("spec") or {}
    status: Fields = pod.get("status") or {}
    restarts = str(state.restarts)
    if state.restarts and state.last_restart is not None:
        restarts = f"{restarts} ({age(state.last_restart, now)} ago)"
    metadata = pod["metadata"]
    addresses = status.get("podIPs") or ()
    return [
        metadata.get("name", ""),
        f"{state.ready}/{state.containers}",
        state.status,
        restarts,
        age(metadata.get("creationTimestamp"), now),
        (addresses[0].get("ip") if addresses else "") or _NONE,
        spec.get("nodeName") or _NONE,
        status.get("nominatedNodeName") or _NONE,
        _gates(spec.get("readinessGates") or (), status.get("conditions") or ()),
    ]


def _gates(gates: Sequence[Fields], conditions: Sequence[Fields]) -> str:
    if not gates:
        return _NONE
    first: dict[str, str] = {}
    for condition in conditions:
        first.setdefault(condition.get("type", ""), condition.get("status", ""))
    true = sum(first.get(gate.get("conditionType", "")) == "True" for gate in gates)
    return f"{true}/{len(gates)}"


def pod_conditions(pod: Fields) -> list[dict[str, str]]:
    """Return the conditions of a pod's row: that it has come to its end, and how."""
    phase = (pod.get("status") or {}).get("phase")
    if phase not in _ENDED:
        return []
    message = "The pod failed." if phase == "Failed" else "The pod has completed successfully."
    return [{"type": "Completed", "status": "True", "reason": phase, "message": message}]
