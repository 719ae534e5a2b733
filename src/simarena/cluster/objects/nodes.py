"""Nodes as the API returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.pods.taints import PRESSURE, UNSCHEDULABLE
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.messages.kubelet import NODE_PRESSURE_TEXTS
from simarena.cluster.objects.pods.manifest import node_address

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest

_PRESSURES = (
    ("MemoryPressure", *NODE_PRESSURE_TEXTS[False]),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)

_NODE_INFO: Final = (
    "machineID",
    "systemUUID",
    "bootID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
    "kubeProxyVersion",
    "operatingSystem",
    "architecture",
)
"""What the API always tells of a kubelet, if only that it is empty; clients insist on it."""


def node_manifest(
    manifest: Fields, *, uid: str, row: int, created_ms: int = 0, release: str = "1.36"
) -> Manifest:
    """Return a normalised Node with what the server and a kubelet add.

    What the manifest says of its status is kept; a cordoned node has the taint for it.
    """
    result: Manifest = copied(dict(manifest))
    name = result["metadata"]["name"]
    result["metadata"].update(uid=uid, creationTimestamp=timestamp(created_ms))
    spec = result["spec"]
    if spec.get("unschedulable"):
        taints = list(spec.get("taints") or ())
        if not any(taint["key"] == UNSCHEDULABLE.key for taint in taints):
            spec["taints"] = [*taints, UNSCHEDULABLE.manifest]
    status = dict(result.get("status") or {})
    for key, other in (("capacity", "allocatable"), ("allocatable", "capacity")):
        if not status.get(key):
            status[key] = dict(status.get(other) or {})
    status.setdefault("conditions", _conditions(created_ms))
    status.setdefault(
        "addresses",
        [
            {"type": "InternalIP", "address": node_address(row)},
            {"type": "Hostname", "address": name},
        ],
    )
    told = {"kubeletVersion": f"v{release}.0", "operatingSystem": "linux", "architecture": "amd64"}
    status["nodeInfo"] = dict.fromkeys(_NODE_INFO, "") | (status.get("nodeInfo") or told)
    result["status"] = status
    return result


def failed_conditions(created_ms: int, since_ms: int, *, silent: bool) -> list[Manifest]:
    """Return the conditions of a node that is not ready or, if silent, not heard of any more."""
    conditions = _conditions(created_ms)
    for condition in conditions:
        if silent:
            condition.update(
                status="Unknown",
                reason="NodeStatusUnknown",
                message="Kubelet stopped posting node status.",
                lastTransitionTime=timestamp(since_ms),
            )
        elif condition["type"] == "Ready":
            condition.update(
                status="False",
                reason="KubeletNotReady",
                message="container runtime is down",
                lastTransitionTime=timestamp(since_ms),
            )
    return conditions


def add_memory_pressure(node: Manifest, since_ms: int) -> None:
    """Give a node, in place, the condition and the taint of one that is low on memory."""
    reason, message = NODE_PRESSURE_TEXTS[True]
    pressure = {
        "type": "MemoryPressure",
        "status": "True",
        "lastHeartbeatTime": timestamp(since_ms),
        "lastTransitionTime": timestamp(since_ms),
        "reason": reason,
        "message": message,
    }
    conditions = [c for c in node["status"]["conditions"] if c.get("type") != "MemoryPressure"]
    node["status"]["conditions"] = [pressure, *conditions]
    node["spec"]["taints"] = [*(node["spec"].get("taints") or ()), PRESSURE.manifest]


def _conditions(created_ms: int) -> list[Manifest]:
    ready = ("Ready", "KubeletReady", "kubelet is posting ready status")
    time = timestamp(created_ms)
    return [
        {
            "type": kind,
            "status": "True" if kind == "Ready" else "False",
            "lastHeartbeatTime": time,
            "lastTransitionTime": time,
            "reason": reason,
            "message": message,
        }
        for kind, reason, message in (*_PRESSURES, ready)
    ]
