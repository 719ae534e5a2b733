"""What a new object's status is before any controller has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.pods.qos import qos_class

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest


def initial(resource: Resource, manifest: Manifest) -> Manifest:
    """Return a new object with the status that the API gives it."""
    maker = _STATUS.get(resource.collection)
    if maker is None:
        return manifest
    return {**manifest, "status": {**maker(manifest), **(manifest.get("status") or {})}}


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
