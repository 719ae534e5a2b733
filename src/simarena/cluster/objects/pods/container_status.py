"""Statuses of containers that a kubelet starts, kills and restarts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Containers, Exit, Failure
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.messages.kubelet import CRASH_LOOP, crash_loop_text, exit_reason

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerLife:
    """How a pod's containers fare. Times are virtual; NONE where it has not happened."""

    state: Containers
    """Of the container `special`, or of all."""
    special: int
    """The container that ended; NONE: all of them, or none yet."""
    exit: Exit
    """Why it ended last."""
    exit_code: int
    """With which its containers end of themselves."""
    started_ms: int
    last_started_ms: int
    """When it began the time before."""
    all_started_ms: int
    """When the others began."""
    ended_ms: int
    backoff_ms: int
    failure: Failure
    failure_text: str
    """`status.message` of a failed pod."""
    reference: str
    """What the kubelet calls the pod."""

    def is_special(self, index: int) -> bool:
        """Return whether a container shares the fate of the one that ended."""
        return self.special in {NONE, index}


def container_id(container: Fields, uid: str, attempt: int = 0) -> str:
    """Return the made-up id of a container of a pod; each restart makes another."""
    again = f"/{attempt}" if attempt else ""
    text = f"{uid}/{container['name']}{again}"
    return f"simarena://{hashlib.sha256(text.encode()).hexdigest()}"


def container_status(
    container: Fields,
    index: int,
    life: ContainerLife,
    *,
    uid: str,
    num_restarts: int,
    pod_ready: bool,
    pod_ended: bool,
) -> Manifest:
    """Return the status of a container of a pod whose containers have started."""
    special = life.is_special(index)
    attempt = num_restarts if special else 0
    runs = not pod_ended and (not special or life.state == Containers.RUNNING)
    result: Manifest = {
        "name": container["name"],
        "state": {},
        "lastState": {},
        "ready": runs and (pod_ready or not special),
        "restartCount": attempt,
        "image": container.get("image", ""),
        "imageID": "",
        "started": runs,
        "containerID": container_id(container, uid, attempt),
    }
    started_ms = life.started_ms if special else life.all_started_ms
    if runs:
        result["state"] = {"running": {"startedAt": timestamp(started_ms)}}
        if attempt:
            before = container_id(container, uid, attempt - 1)
            result["lastState"] = _terminated(life, life.last_started_ms, before)
    elif special and life.state == Containers.BACKOFF and not pod_ended:
        text = crash_loop_text(life.backoff_ms, container["name"], life.reference)
        result["state"] = {"waiting": {"reason": CRASH_LOOP, "message": text}}
        result["lastState"] = _terminated(life, started_ms, result["containerID"])
    else:
        ended = life if special else replace(life, exit=Exit.KILLED)
        result["state"] = _terminated(ended, started_ms, result["containerID"])
    return result


def _terminated(life: ContainerLife, started_ms: int, identity: str) -> Manifest:
    reason, code = exit_reason(life.exit, life.exit_code)
    return {
        "terminated": {
            "exitCode": code,
            "reason": reason,
            "startedAt": timestamp(started_ms),
            "finishedAt": timestamp(life.ended_ms),
            "containerID": identity,
        }
    }
