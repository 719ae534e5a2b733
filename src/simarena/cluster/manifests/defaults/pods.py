"""Defaults of pods and of templates of pods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.resources import (
    COMPUTE,
    is_huge,
    total_of,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simarena.cluster.manifests.fields import Manifest

_TAG: Final = re.compile(r":([A-Za-z0-9_][A-Za-z0-9_.-]*)$").search
_MODE: Final = 0o644
_TOKEN_S: Final = 3_600
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_NUMBERS: Final = {
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
}


def complete_pod(pod: Manifest) -> None:
    """Fill in a pod's defaults, those that templates do not have, too."""
    spec = pod.setdefault("spec", {})
    complete_pod_spec(spec)
    if spec["terminationGracePeriodSeconds"] < 0:
        spec["terminationGracePeriodSeconds"] = 1
    for group in ("containers", "initContainers"):
        for container in spec.get(group) or ():
            resources = container["resources"]
            limits = resources.get("limits")
            if limits:
                resources["requests"] = {**limits, **resources.get("requests", {})}
    if spec.get("resources"):
        _complete_whole_pod(spec)
    if spec.get("hostNetwork"):
        for group in ("containers", "initContainers"):
            for container in spec.get(group) or ():
                for port in container.get("ports") or ():
                    if not port.get("hostPort"):
                        port["hostPort"] = port.get("containerPort", 0)


def complete_template(parent: Manifest) -> None:
    """Fill in the defaults of the template in a spec."""
    template = parent.setdefault("template", {})
    template.setdefault("metadata", {})
    complete_pod_spec(template.setdefault("spec", {}))


def complete_pod_spec(spec: Manifest) -> None:
    """Fill in the defaults of a pod's spec."""
    for group in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(group) or ():
            _complete_container(container)
    for volume in spec.get("volumes") or ():
        _complete_volume(volume)
    if not spec.get("restartPolicy"):
        spec["restartPolicy"] = "Always"
    if "terminationGracePeriodSeconds" not in spec:
        spec["terminationGracePeriodSeconds"] = 30
    if not spec.get("dnsPolicy"):
        spec["dnsPolicy"] = "ClusterFirst"
    if "securityContext" not in spec:
        spec["securityContext"] = {}
    if not spec.get("schedulerName"):
        spec["schedulerName"] = "default-scheduler"
    if "serviceAccountName" in spec and "serviceAccount" not in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif "serviceAccount" in spec and "serviceAccountName" not in spec:
        spec["serviceAccountName"] = spec["serviceAccount"]


def is_latest(image: str) -> bool:
    """Return whether an image is meant in its latest form: it names none, or that."""
    if "@" in image:
        return False
    found = _TAG(image)
    return found is None or found[1] == "latest"


def _complete_container(container: Manifest) -> None:
    if not container.get("imagePullPolicy"):
        latest = is_latest(container.get("image", ""))
        container["imagePullPolicy"] = "Always" if latest else "IfNotPresent"
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    if "resources" not in container:
        container["resources"] = {}
    for port in container.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    for name in _PROBES:
        probe = container.get(name)
        if probe is not None:
            for field, number in _PROBE_NUMBERS.items():
                if not probe.get(field):
                    probe[field] = number
            _complete_handler(probe)
    lifecycle = container.get("lifecycle")
    if lifecycle:
        for name in ("postStart", "preStop"):
            if name in lifecycle:
                _complete_handler(lifecycle[name])
    for variable in container.get("env") or ():
        source = variable.get("valueFrom")
        if source and "fieldRef" in source:
            source["fieldRef"].setdefault("apiVersion", "v1")
        if source and "resourceFieldRef" in source:
            source["resourceFieldRef"].setdefault("divisor", "0")


def _complete_handler(handler: Manifest) -> None:
    action = handler.get("httpGet")
    if action is not None:
        if not action.get("path"):
            action["path"] = "/"
        if not action.get("scheme"):
            action["scheme"] = "HTTP"
        action.setdefault("port", 0)
    if "grpc" in handler:
        handler["grpc"].setdefault("service", "")


def _complete_volume(volume: Manifest) -> None:
    sources = [name for name in volume if name != "name"]
    if not sources:
        volume["emptyDir"] = {}
        return
    for name in sources:
        complete = _VOLUMES.get(name)
        if complete is not None:
            complete(volume[name])


def _with_mode(source: Manifest) -> None:
    source.setdefault("defaultMode", _MODE)


def _complete_downward(source: Manifest) -> None:
    _with_mode(source)
    _complete_references(source.get("items") or ())


def _complete_references(items: Iterable[Any]) -> None:
    for item in items:
        if "fieldRef" in item:
            item["fieldRef"].setdefault("apiVersion", "v1")
        if "resourceFieldRef" in item:
            item["resourceFieldRef"].setdefault("divisor", "0")


def _complete_projected(source: Manifest) -> None:
    _with_mode(source)
    for each in source.get("sources") or ():
        if "serviceAccountToken" in each:
            each["serviceAccountToken"].setdefault("expirationSeconds", _TOKEN_S)
        if "downwardAPI" in each:
            _complete_references(each["downwardAPI"].get("items") or ())


def _complete_image(source: Manifest) -> None:
    if not source.get("pullPolicy"):
        latest = is_latest(source.get("reference", ""))
        source["pullPolicy"] = "Always" if latest else "IfNotPresent"


def _complete_claim(source: Manifest) -> None:
    template = source.get("volumeClaimTemplate")
    if template is not None:
        template.setdefault("metadata", {})
        template.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")


def _defaults(**fields: Any) -> Callable[[Manifest], None]:  # noqa: ANN401 - of any field
    """Return what fills in some fields of a source."""

    def complete(source: Manifest) -> None:
        for field, value in fields.items():
            source.setdefault(field, value)

    return complete


_VOLUMES: Final[Mapping[str, Callable[[Manifest], None]]] = {
    "azureDisk": _defaults(cachingMode="ReadWrite", fsType="ext4", readOnly=False, kind="Shared"),
    "configMap": _with_mode,
    "downwardAPI": _complete_downward,
    "ephemeral": _complete_claim,
    "hostPath": _defaults(type=""),
    "image": _complete_image,
    "iscsi": _defaults(iscsiInterface="default"),
    "projected": _complete_projected,
    "rbd": _defaults(pool="rbd", user="admin", keyring="/etc/ceph/keyring"),
    "scaleIO": _defaults(storageMode="ThinProvisioned", fsType="xfs"),
    "secret": _with_mode,
}


def _complete_whole_pod(spec: Manifest) -> None:
    """Fill in the resources of a pod as a whole from those of its containers."""
    resources = spec["resources"]
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    containers, first = spec.get("containers") or (), spec.get("initContainers") or ()
    for name, amount in total_of(containers, first, "limits").items():
        if is_huge(name) and name not in requests and name not in limits:
            limits[name] = written(amount, name)
    if limits:
        resources["limits"] = limits
        for name, amount in total_of(containers, first, "requests").items():
            if name in COMPUTE and name not in requests:
                requests[name] = written(amount, name)
        for name, value in limits.items():
            if name in COMPUTE or is_huge(name):
                requests.setdefault(name, value)
        if requests:
            resources["requests"] = requests
