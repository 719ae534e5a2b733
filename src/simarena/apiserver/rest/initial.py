"""What the API writes into a status by itself, before and beside what controllers do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.pods.qos import qos_class

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest


def with_status(resource: Resource, manifest: Manifest) -> Manifest:
    """Return an object whose status has what the API always writes: that of a new one."""
    maker = _STATUS.get(resource.collection)
    if maker is None:
        return manifest
    status = {**maker(manifest), **(manifest.get("status") or {})}
    if resource.collection == "pods":
        _complete_pod(status)
    return {**manifest, "status": status}


def written_out(resource: Resource, manifest: Manifest) -> Manifest:
    """Return an object of a kind that is only kept with fields that the API always writes."""
    always = _ALWAYS.get(resource.collection)
    return manifest if always is None else {**always, **manifest}


_ALWAYS: Final[Mapping[str, Mapping[str, Any]]] = {
    "events": {
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    },
    "ipaddresses.networking.k8s.io": {"spec": {}},
    "leases.coordination.k8s.io": {"spec": {}},
    "servicecidrs.networking.k8s.io": {"spec": {}, "status": {}},
    "volumeattachments.storage.k8s.io": {"status": {"attached": False}},
}
"""Fields that Go's encoder does not leave out, by collection."""


def _complete_pod(status: Manifest) -> None:
    """Write out what conditions and containers of a pod always have."""
    if isinstance(status.get("conditions"), list):
        status["conditions"] = [
            {"lastProbeTime": None, "lastTransitionTime": None, **each}
            for each in status["conditions"]
            if isinstance(each, dict)
        ]
    for name in _CONTAINERS:
        if isinstance(status.get(name), list):
            status[name] = [
                {**_CONTAINER, **each} for each in status[name] if isinstance(each, dict)
            ]


_CONTAINERS: Final = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
_CONTAINER: Final[Mapping[str, Any]] = {
    "state": {},
    "lastState": {},
    "ready": False,
    "restartCount": 0,
    "image": "",
    "imageID": "",
}


def _of_pod(manifest: Mapping[str, Any]) -> Manifest:
    return {"phase": "Pending", "qosClass": qos_class(manifest["spec"])}


_STATUS: Final[Mapping[str, Callable[[Mapping[str, Any]], Manifest]]] = {
    "pods": _of_pod,
    "deployments.apps": lambda _: {},
    "replicasets.apps": lambda _: {"replicas": 0},
    "replicationcontrollers": lambda _: {"replicas": 0},
    "statefulsets.apps": lambda _: {"replicas": 0, "availableReplicas": 0},
    "daemonsets.apps": lambda _: {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
    "jobs.batch": lambda _: {},
    "cronjobs.batch": lambda _: {},
    "horizontalpodautoscalers.autoscaling": lambda _: {
        "desiredReplicas": 0,
        "currentMetrics": None,
    },
    "poddisruptionbudgets.policy": lambda _: {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
    },
    "services": lambda _: {"loadBalancer": {}},
    "ingresses.networking.k8s.io": lambda _: {"loadBalancer": {}},
    "persistentvolumeclaims": lambda _: {"phase": "Pending"},
    "persistentvolumes": lambda _: {"phase": "Pending"},
    "resourcequotas": lambda _: {},
    "nodes": lambda _: {
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
        "nodeInfo": {
            "machineID": "",
            "systemUUID": "",
            "bootID": "",
            "kernelVersion": "",
            "osImage": "",
            "containerRuntimeVersion": "",
            "kubeletVersion": "",
            "kubeProxyVersion": "",
            "operatingSystem": "",
            "architecture": "",
        },
    },
}
"""By collection, for kinds whose new objects have a status."""
