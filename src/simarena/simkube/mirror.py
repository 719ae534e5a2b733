"""A simulated cluster in the state of a live one, to ask its scheduler."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from simarena.errors import ManifestError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Fields, Manifest

_FINISHED = frozenset({"Succeeded", "Failed"})


def mirrored(
    *, nodes: Iterable[Fields], pods: Iterable[Fields], selecting: Iterable[Fields] = ()
) -> Cluster:
    """Return a cluster with these nodes, and on them the pods that run there; no time passes.

    `selecting` are the Services and ReplicaSets by whose selectors pods are spread. What of them
    cannot be simulated is left out; a pod keeps at least its requests. Raises RefusedError if a
    node cannot be simulated.
    """
    from simarena.cluster import Cluster

    try:
        cluster = Cluster(nodes)
    except ManifestError as error:
        message = f"error: the cluster's nodes cannot be simulated: {error}"
        raise RefusedError(message) from error
    for manifest in selecting:
        with suppress(ManifestError):
            plain = {key: value for key, value in manifest.items() if key != "status"}
            cluster.apply(plain, field_validation="ignore", is_admitted=True)
    for pod in pods:
        bound = bool(pod["spec"].get("nodeName"))
        if bound and (pod.get("status") or {}).get("phase") not in _FINISHED:
            _put(cluster, pod)
    return cluster


def _put(cluster: Cluster, pod: Fields) -> None:
    try:
        cluster.apply(without_class(pod), field_validation="ignore", is_admitted=True)
    except ManifestError:
        metadata, spec = pod["metadata"], pod["spec"]
        containers = [
            {
                "name": each["name"],
                "image": each.get("image") or "unknown",
                "resources": each.get("resources") or {},
            }
            for each in spec["containers"]
        ]
        with suppress(ManifestError):
            cluster.apply(
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
                    "spec": {"nodeName": spec["nodeName"], "containers": containers},
                },
                is_admitted=True,
            )


def without_class(pod: Fields) -> Manifest:
    """Return a pod whose priority stands for itself; the class is not mirrored."""
    spec = {key: value for key, value in pod["spec"].items() if key != "priorityClassName"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": dict(pod["metadata"]), "spec": spec}
