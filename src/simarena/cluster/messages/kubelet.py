"""The wording of the kubelet: why containers wait and why pods fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import Exit, Failure
from simarena.trace.quantity import format_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OOM_EXIT_CODE: Final = 137
"""128 and the number of SIGKILL."""

CRASH_LOOP: Final = "CrashLoopBackOff"
NODE_PRESSURE_TEXTS: Final = {
    True: ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    False: ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
}
"""Reason and message of a node's condition MemoryPressure."""

FAILURE_REASONS: Final[Mapping[Failure, str]] = {
    Failure.EVICTED: "Evicted",
    Failure.PRESSURE: "Evicted",
    Failure.OUT_OF_PODS: "OutOfpods",
    Failure.OUT_OF_CPU: "OutOfcpu",
    Failure.OUT_OF_MEMORY: "OutOfmemory",
    Failure.OUT_OF_STORAGE: "OutOfephemeral-storage",
}
"""`status.reason` of a pod that the kubelet failed."""

_RESOURCES: Final[Mapping[Failure, str]] = {
    Failure.OUT_OF_PODS: "pods",
    Failure.OUT_OF_CPU: "cpu",
    Failure.OUT_OF_MEMORY: "memory",
    Failure.OUT_OF_STORAGE: "ephemeral-storage",
}


class Consumer(NamedTuple):
    """What a container used of memory, and had requested, when its pod was evicted."""

    container: str
    used_bytes: int
    requested_bytes: int


def go_duration(time_ms: int) -> str:
    """Return a duration in whole seconds as Go writes it: "10s", "2m40s", "1h0m0s"."""
    minutes, seconds = divmod(time_ms // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def pod_reference(name: str, namespace: str, uid: str) -> str:
    """Return what the kubelet calls a pod."""
    return f"{name}_{namespace}({uid})"


def crash_loop_text(backoff_ms: int, container: str, pod: str) -> str:
    """Return why a container waits; `pod` is its pod's reference."""
    return f"back-off {go_duration(backoff_ms)} restarting failed container={container} pod={pod}"


def exit_reason(reason: Exit, exit_code: int) -> tuple[str, int]:
    """Return the reason and code of a container that ended; `exit_code` is its own."""
    if reason == Exit.OOM_KILLED:
        return "OOMKilled", OOM_EXIT_CODE
    if reason == Exit.KILLED:
        return "Error", OOM_EXIT_CODE
    return ("Error" if exit_code else "Completed"), exit_code


def eviction_text(available_bytes: int, threshold_bytes: int, consumers: Iterable[Consumer]) -> str:
    """Return why a pod was evicted; containers within their requests are not named."""
    text = (
        "The node was low on resource: memory. Threshold quantity: "
        f"{format_memory_bytes(threshold_bytes)}, available: "
        f"{format_memory_bytes(max(0, available_bytes))}. "
    )
    for name, used, requested in consumers:
        if used > requested:
            text += (
                f"Container {name} was using {format_memory_bytes(used)}, request is "
                f"{format_memory_bytes(requested)}, has larger consumption of memory. "
            )
    return text


def refusal_text(failure: Failure, requested: int, used: int, capacity: int) -> str:
    """Return why a kubelet does not take a pod: an event's message.

    Amounts are in pods, millicores or bytes.
    """
    if failure == Failure.PRESSURE:
        return "The node had condition: [MemoryPressure]. "
    return (
        f"Node didn't have enough resource: {_RESOURCES[failure]}, requested: {requested}, "
        f"used: {used}, capacity: {capacity}"
    )


def refused_status_text(text: str) -> str:
    """Return the `status.message` of a refused pod."""
    return f"Pod was rejected: {text}"
