"""Defaults of all kinds, and what the API itself takes out of objects or adds to them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.defaults.pods import complete_pod, complete_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Manifest

_MAX_INT32: Final = 2**31 - 1
_QUARTER: Final = "25%"
_AFFINITY_S: Final = 10_800
_UTILISATION: Final = 80
_UP: Final = ({"type": "Pods", "value": 4, "periodSeconds": 15},)
_DOWN: Final = ({"type": "Percent", "value": 100, "periodSeconds": 15},)


def complete(manifest: Manifest) -> None:
    """Fill in an object's defaults, in place."""
    fill = _FILLERS.get(manifest["kind"])
    if fill is not None:
        fill(manifest)


def _complete_deployment(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    complete_template(spec)
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", _QUARTER)
        rolling.setdefault("maxSurge", _QUARTER)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _complete_replicaset(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    complete_template(spec)
    spec.setdefault("replicas", 1)


def _complete_replication_controller(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    if "template" in spec:
        complete_template(spec)
        labels = spec["template"]["metadata"].get("labels")
        if labels is not None:
            if not spec.get("selector"):
                spec["selector"] = dict(labels)
            if not manifest["metadata"].get("labels"):
                manifest["metadata"]["labels"] = dict(labels)
    spec.setdefault("replicas", 1)


def _complete_statefulset(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    complete_template(spec)
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    rolling = strategy.get("rollingUpdate")
    if rolling is not None:
        if strategy["type"] == "RollingUpdate":
            rolling.setdefault("partition", 0)
        rolling.pop("maxUnavailable", None)  # behind a gate that is off
    spec.setdefault("serviceName", "")
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    for field in ("whenDeleted", "whenScaled"):
        if not retention.get(field):
            retention[field] = "Retain"
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        claim.setdefault("metadata", {})
        claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
        claim["status"] = {"phase": "Pending"}


def _complete_daemonset(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    complete_template(spec)
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)


def _complete_job(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    complete_template(spec)
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    if "backoffLimit" not in spec:
        spec["backoffLimit"] = _MAX_INT32 if "backoffLimitPerIndex" in spec else 6
    labels = spec["template"]["metadata"].get("labels")
    if labels and not manifest["metadata"].get("labels"):
        manifest["metadata"]["labels"] = dict(labels)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    failing = "podFailurePolicy" in spec
    spec.setdefault("podReplacementPolicy", "Failed" if failing else "TerminatingOrFailed")
    spec.setdefault("manualSelector", False)
    _complete_failure_policy(spec)


def _complete_cronjob(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    if not spec.get("concurrencyPolicy"):
        spec["concurrencyPolicy"] = "Allow"
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    inner = template.setdefault("spec", {})
    complete_template(inner)
    _complete_failure_policy(inner)


def _complete_failure_policy(spec: Manifest) -> None:
    for rule in spec.get("podFailurePolicy", {}).get("rules") or ():
        for condition in rule.get("onPodConditions") or ():
            if not condition.get("status"):
                condition["status"] = "True"


def _complete_autoscaler(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    spec.setdefault("maxReplicas", 0)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": _UTILISATION}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behaviour = spec.get("behavior")
    if behaviour is None:
        return
    up, down = behaviour.get("scaleUp") or {}, behaviour.get("scaleDown") or {}
    defaults: dict[str, Any] = {"selectPolicy": "Max"}
    behaviour["scaleUp"] = {
        "stabilizationWindowSeconds": 0,
        **defaults,
        "policies": [dict(each) for each in (*_UP, *_DOWN)],
        **up,
    }
    behaviour["scaleDown"] = {**defaults, "policies": [dict(each) for each in _DOWN], **down}


def _complete_service(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        client = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        client.setdefault("timeoutSeconds", _AFFINITY_S)
    kind = spec["type"] = spec.get("type") or "ClusterIP"
    for port in spec.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if port.get("targetPort", 0) in {0, ""}:
            port["targetPort"] = port.get("port", 0)
    outside = kind in {"NodePort", "LoadBalancer"}
    if outside or (kind == "ClusterIP" and spec.get("externalIPs")):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if outside or kind == "ClusterIP":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
        complete_service_status(manifest.get("status") or {})
    if kind != "ExternalName":
        if spec.get("clusterIP"):
            spec.setdefault("clusterIPs", [spec["clusterIP"]])
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")


def complete_service_status(status: Manifest) -> None:
    """Fill in, in place, how a load balancer's addresses are reached."""
    for each in (status.get("loadBalancer") or {}).get("ingress") or ():
        if each.get("ip"):
            each.setdefault("ipMode", "VIP")


def _complete_limit_range(manifest: Manifest) -> None:
    for limit in manifest.setdefault("spec", {}).get("limits") or ():
        if limit.get("type") != "Container":
            continue
        highest = {**limit.get("max", {}), **limit.get("default", {})}
        asked = {**limit.get("min", {}), **highest, **limit.get("defaultRequest", {})}
        if highest:
            limit["default"] = highest
        if asked:
            limit["defaultRequest"] = asked


def _complete_namespace(manifest: Manifest) -> None:
    name = manifest["metadata"].get("name")
    if name:
        labels = manifest["metadata"].get("labels") or {}
        manifest["metadata"]["labels"] = {**labels, "kubernetes.io/metadata.name": name}
    spec = manifest.setdefault("spec", {})
    spec.setdefault("finalizers", ["kubernetes"])


def _complete_priority_class(manifest: Manifest) -> None:
    manifest.setdefault("value", 0)
    manifest.setdefault("preemptionPolicy", "PreemptLowerPriority")


def _complete_secret(manifest: Manifest) -> None:
    if not manifest.get("type"):
        manifest["type"] = "Opaque"
    plain = manifest.pop("stringData", None)
    if plain:
        told = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        manifest["data"] = {**(manifest.get("data") or {}), **told}


def _complete_claim(manifest: Manifest) -> None:
    manifest.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")


def _complete_volume(manifest: Manifest) -> None:
    spec = manifest.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")


def _complete_node(manifest: Manifest) -> None:
    manifest.setdefault("spec", {})
    status = manifest.get("status")
    if status and "capacity" in status and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])


_FILLERS: Final[Mapping[str, Callable[[Manifest], None]]] = {
    "CronJob": _complete_cronjob,
    "DaemonSet": _complete_daemonset,
    "Deployment": _complete_deployment,
    "HorizontalPodAutoscaler": _complete_autoscaler,
    "Job": _complete_job,
    "LimitRange": _complete_limit_range,
    "Namespace": _complete_namespace,
    "Node": _complete_node,
    "PersistentVolume": _complete_volume,
    "PersistentVolumeClaim": _complete_claim,
    "Pod": complete_pod,
    "PriorityClass": _complete_priority_class,
    "ReplicaSet": _complete_replicaset,
    "ReplicationController": _complete_replication_controller,
    "Secret": _complete_secret,
    "Service": _complete_service,
    "StatefulSet": _complete_statefulset,
}
