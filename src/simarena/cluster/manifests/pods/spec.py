"""A pod's spec: checked, and completed with the API's defaults."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.fields import choice, flag, objects, string, whole
from simarena.cluster.manifests.pods.host_ports import check_ports
from simarena.cluster.manifests.pods.placement import check_placement
from simarena.cluster.manifests.pods.requests import pod_requests
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest

_LEAST_INT32: Final = -(2**31)
_POD_DEFAULTS: Mapping[str, Any] = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}


def complete_pod_spec(spec: Manifest, where: str) -> None:
    """Check a pod's spec and fill in defaults, in place."""
    choice(spec, "restartPolicy", where, ("Always", "OnFailure", "Never"), "Always")
    for name in ("nodeName", "priorityClassName", "schedulerName"):
        string(spec, name, where)
    whole(spec, "terminationGracePeriodSeconds", where, 30)
    choice(spec, "preemptionPolicy", where, ("PreemptLowerPriority", "Never", ""), "")
    whole(spec, "priority", where, 0, least=_LEAST_INT32, most=MAX_INT32)
    flag(spec, "hostNetwork", where)
    for name in ("schedulingGates", "volumes"):
        objects(spec, name, where)
    for name, default in _POD_DEFAULTS.items():
        if spec.get(name) is None:
            spec[name] = copy.copy(default)
    for group in ("initContainers", "containers"):
        containers = objects(spec, group, where)
        if containers:
            spec[group] = [dict(container) for container in containers]
            for index, container in enumerate(spec[group]):
                _complete_container(container, f"{where}.{group}[{index}]")
    _check_unique([*(spec.get("initContainers") or ()), *(spec.get("containers") or ())], where)
    check_placement(spec, where)
    pod_requests(spec, where)


def _complete_container(container: Manifest, where: str) -> None:
    if not string(container, "name", where):
        message = f"{where}.name must not be empty"
        raise ManifestError(message)
    image = string(container, "image", where)
    check_ports(container, where)
    string(container, "restartPolicy", where)
    tag = image.rpartition("/")[2].partition(":")[2]
    latest = "@" not in image and tag in {"", "latest"}
    container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
    for name, default in _CONTAINER_DEFAULTS.items():
        if container.get(name) is None:
            container[name] = copy.copy(default)


def _check_unique(containers: list[Manifest], where: str) -> None:
    seen: set[str] = set()
    for container in containers:
        if container["name"] in seen:
            message = f"{where}: two containers are named {shown(container['name'])}; rename one"
            raise ManifestError(message)
        seen.add(container["name"])
