"""Rules for statuses, which controllers and kubelets write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.causes import Causes
from simarena.cluster.manifests.validation.metadata import check_updated_metadata
from simarena.cluster.manifests.validation.names import dns_subdomain, label_key
from simarena.cluster.manifests.validation.pods import check_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

_COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    "DaemonSet": (
        *("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled"),
        *("numberReady", "observedGeneration", "updatedNumberScheduled", "numberAvailable"),
        "numberUnavailable",
    ),
    "Deployment": (
        *("observedGeneration", "replicas", "updatedReplicas", "readyReplicas"),
        *("availableReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount"),
    ),
    "HorizontalPodAutoscaler": ("currentReplicas", "desiredReplicas"),
    "PodDisruptionBudget": (
        *("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"),
    ),
    "ReplicaSet": (
        *("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
        *("observedGeneration", "terminatingReplicas"),
    ),
    "ReplicationController": (
        *("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
        "observedGeneration",
    ),
    "StatefulSet": (
        *("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
        *("observedGeneration", "collisionCount"),
    ),
}
"""Numbers that may not be negative, in the order in which the API looks at them, by kind."""

_AMONG_REPLICAS: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("updatedReplicas", "readyReplicas", "availableReplicas"),
    "ReplicaSet": ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "ReplicationController": ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "StatefulSet": ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
}
"""Numbers that may not be greater than that of all replicas."""

_SYSTEM_CONDITIONS: Final = frozenset({"PodScheduled", "Ready", "Initialized"})
_MODES: Final = ("Proxy", "VIP")


def status_causes(manifest: Manifest, before: Manifest) -> Causes:
    """Return what stands against an object having another status than before."""
    causes = Causes()
    check_updated_metadata(manifest["metadata"], causes)
    kind = manifest["kind"]
    status, former = manifest.get("status") or {}, before.get("status") or {}
    for name in _COUNTED.get(kind, ()):
        causes.negative(f"status.{name}", status.get(name))
    if kind in _AMONG_REPLICAS:
        _check_replicas(kind, status, causes)
    count, counted = status.get("collisionCount") or 0, former.get("collisionCount") or 0
    if count < counted:
        causes.invalid("status.collisionCount", count, "cannot be decremented")
    check = _CHECKS.get(kind)
    if check is not None:
        check(manifest, before, causes)
    return causes


def _check_replicas(kind: str, status: Fields, causes: Causes) -> None:
    most = status.get("replicas") or 0
    for name in _AMONG_REPLICAS[kind]:
        number = status.get(name) or 0
        if number > most:
            causes.invalid(f"status.{name}", number, "cannot be greater than status.replicas")
    available = status.get("availableReplicas") or 0
    if available > (status.get("readyReplicas") or 0):
        whole = "status." if kind == "StatefulSet" else ""
        detail = f"cannot be greater than {whole}readyReplicas"
        causes.invalid("status.availableReplicas", available, detail)


def _check_service(service: Fields, before: Fields, causes: Causes) -> None:
    del before
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    at = "status.loadBalancer.ingress"
    if ingress and service["spec"].get("type") != "LoadBalancer":
        causes.forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")
        return
    for index, each in enumerate(ingress):
        here = f"{at}[{index}]"
        address, mode = each.get("ip") or "", each.get("ipMode")
        if address:
            check_address(address, f"{here}.ip", causes)
        if mode is None and address:
            causes.required(f"{here}.ipMode", "must be specified when `ip` is set")
        elif mode is not None and not address:
            causes.forbidden(f"{here}.ipMode", "may not be specified when `ip` is not set")
        elif mode is not None and mode not in _MODES:
            causes.unsupported(f"{here}.ipMode", mode, _MODES)
        name = each.get("hostname") or ""
        if name:
            causes.invalid_each(f"{here}.hostname", name, dns_subdomain(name))


def _check_pod(pod: Fields, before: Fields, causes: Causes) -> None:
    status, former = pod.get("status") or {}, before.get("status") or {}
    for index, each in enumerate(status.get("conditions") or ()):
        here = f"status.conditions[{index}]"
        kind = each.get("type") or ""
        if (each.get("observedGeneration") or 0) < 0:
            detail = "must be a non-negative integer"
            causes.invalid(f"{here}.observedGeneration", each["observedGeneration"], detail)
        if kind not in _SYSTEM_CONDITIONS:
            causes.invalid_each(f"{here}.Type", kind, label_key(kind))
    if (status.get("observedGeneration") or 0) < 0:
        detail = "must be a non-negative integer"
        causes.invalid("status.observedGeneration", status["observedGeneration"], detail)
    if status.get("qosClass") != former.get("qosClass"):
        causes.invalid("status.qosClass", status.get("qosClass") or "", "field is immutable")
    _check_states(pod, "containers", "containerStatuses", before, causes)
    _check_states(pod, "initContainers", "initContainerStatuses", before, causes)


def _check_states(pod: Fields, group: str, field: str, before: Fields, causes: Causes) -> None:
    """Check that containers that have ended, and are not to run again, stay so."""
    spec = before["spec"]
    now = {each.get("name"): each for each in (pod.get("status") or {}).get(field) or ()}
    containers = {each.get("name"): each for each in spec.get(group) or ()}
    for index, each in enumerate((before.get("status") or {}).get(field) or ()):
        ended = (each.get("state") or {}).get("terminated")
        later = now.get(each.get("name"))
        if ended is None or later is None or "terminated" in (later.get("state") or {}):
            continue
        container = containers.get(each.get("name")) or {}
        if group == "initContainers" and container.get("restartPolicy") == "Always":
            continue
        if not _runs_again(spec.get("restartPolicy"), ended, first=group == "initContainers"):
            detail = "may not be transitioned to non-terminated state"
            causes.forbidden(f"status.{field}[{index}].state", detail)


def _runs_again(policy: object, ended: Fields, *, first: bool) -> bool:
    failed = ended.get("exitCode", 0) != 0
    if policy == "Always":
        return True
    return policy == "OnFailure" and (failed or first)


_CHECKS: Final[Mapping[str, Callable[[Any, Any, Causes], None]]] = {
    "Pod": _check_pod,
    "Service": _check_service,
}
"""What is checked of a kind's status beyond numbers."""
