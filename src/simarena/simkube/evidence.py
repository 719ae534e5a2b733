"""What a live cluster tells of why something did not happen: logs, events, the lease, nodes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from simarena.cluster.replay.driver import NODE_SELECTOR, TOLERATION
from simarena.errors import SimArenaError
from simarena.simkube.simulation import LEASE, driver_job

if TYPE_CHECKING:
    from simarena.client.api import KubeApi, Manifest
    from simarena.simkube.settings import SimKubeSettings

_LOG_LINES: Final = 5
_EVENTS: Final = 2
_NOTHING: Final = "it left no log and no events"


def why(api: KubeApi, settings: SimKubeSettings, name: str) -> str:
    """Return what there is to read about a simulation: the driver's last lines, or events.

    Never raises: it is asked for while something else is told.
    """
    parts = []
    with suppress(SimArenaError):
        lines = driver_log(api, settings, name)
        if lines:
            parts.append("the driver's last lines: " + " | ".join(lines))
    with suppress(SimArenaError):
        told = _events_about(api, name)
        if told:
            parts.append("events: " + " | ".join(told))
    return "; ".join(parts) or _NOTHING


def driver_log(api: KubeApi, settings: SimKubeSettings, name: str) -> list[str]:
    """Return the last lines that a simulation's driver has written; [] where it has none."""
    namespace = settings.driver_namespace
    pods = api.all(
        api.core.list_namespaced_pod, namespace, label_selector=f"job-name={driver_job(name)}"
    )
    if not pods:
        return []
    pods.sort(key=lambda each: each["metadata"].get("creationTimestamp") or "")
    data = api.ask(
        api.core.read_namespaced_pod_log,
        pods[-1]["metadata"]["name"],
        namespace,
        tail_lines=_LOG_LINES,
        limit_bytes=1 << 16,
    )
    return [line.strip() for line in data.decode(errors="replace").splitlines() if line.strip()]


def _events_about(api: KubeApi, name: str) -> list[str]:
    events = api.all(
        api.path, "GET", "/api/v1/events", field_selector=f"involvedObject.name={name}"
    )
    events.sort(key=lambda each: each["metadata"].get("resourceVersion") or "")
    return [f"{each.get('reason')}: {each.get('message')}" for each in events[-_EVENTS:]]


def lease_holder(api: KubeApi, settings: SimKubeSettings) -> str:
    """Return which simulation holds the cluster, in words; never raises."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{settings.controller_namespace}/leases/{LEASE}"
    try:
        lease = api.one(api.path, "GET", path)
    except SimArenaError as error:
        return f"the lease cannot be read: {error}"
    holder = (lease.get("spec") or {}).get("holderIdentity")
    return f"the lease is held by {holder!r}" if holder else "nobody holds the lease"


def virtual_nodes(api: KubeApi) -> list[Manifest]:
    """Return the nodes that a replay may use: labelled, Ready, schedulable, with no other taint."""
    selector = ",".join(f"{key}={value}" for key, value in NODE_SELECTOR.items())
    nodes = api.all(api.path, "GET", "/api/v1/nodes", label_selector=selector)
    # In a list the API leaves out what all have in common.
    return [{"apiVersion": "v1", "kind": "Node", **each} for each in nodes if not node_fault(each)]


def node_fault(node: Manifest) -> str:
    """Return why a virtual node cannot be used; empty where it can."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    if not any(each["type"] == "Ready" and each["status"] == "True" for each in conditions):
        return "is not Ready"
    spec = node.get("spec") or {}
    if spec.get("unschedulable"):
        return "is cordoned"
    for taint in spec.get("taints") or ():
        is_borne = taint["key"] == TOLERATION["key"] and taint["effect"] == TOLERATION["effect"]
        if not is_borne and taint["effect"] != "PreferNoSchedule":
            return f"has a taint {taint['key']}:{taint['effect']} that pods do not tolerate"
    return ""


def is_tainted(node: Manifest) -> bool:
    """Return whether a virtual node keeps off the cluster's own pods."""
    taints = (node.get("spec") or {}).get("taints") or ()
    return any(each["key"] == TOLERATION["key"] for each in taints)
