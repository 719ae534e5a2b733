"""Short ways to small clusters and the pods that are asked about."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.cluster._objects import check_world, node, pod, world_of

from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.objects.explanation import explain_pod
from simarena.cluster.rows.pods import admit

if TYPE_CHECKING:
    from simarena.cluster import Cluster
    from simarena.cluster.records import World

Manifest = dict[str, Any]

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def nodes(**zones: str) -> list[Manifest]:
    """Return a node for each name, in its zone; an empty one means no label."""
    return [
        node(name, labels={HOST: name, **({ZONE: zone} if zone else {})})
        for name, zone in zones.items()
    ]


def place(cluster: Cluster, name: str, on: str, **more: Any) -> None:
    """Put a pod on a node."""
    labels = more.pop("labels", None)
    manifest = pod(name, nodeName=on, **more)
    if labels is not None:
        manifest["metadata"]["labels"] = labels
    cluster.apply(manifest, is_admitted=True)
    check_world(world_of(cluster))


def asked(name: str = "asked", labels: dict[str, str] | None = None, **spec: Any) -> Manifest:
    """Return the pod that a question is about."""
    manifest = pod(name, **spec)
    if labels is not None:
        manifest["metadata"]["labels"] = labels
    return manifest


def world_asked(cluster: Cluster, manifest: Manifest) -> World:
    """Return a copy of a cluster's World in which the scheduler was asked about a pod."""
    catalogue = cluster._live.what_if()
    wanted = read_as(copy.deepcopy(manifest), Pod)
    explain_pod(catalogue, admit(catalogue, wanted))
    return catalogue.world


def feasible(cluster: Cluster, manifest: Manifest) -> list[str]:
    """Return the nodes that could take a pod."""
    verdict = cluster.explain(copy.deepcopy(manifest))
    return [name for name, of_node in verdict.nodes.items() if of_node.feasible]


def scores(cluster: Cluster, manifest: Manifest, plugin: str) -> dict[str, int]:
    """Return a plugin's scores of the nodes that could take a pod."""
    verdict = cluster.explain(copy.deepcopy(manifest))
    return {
        name: of_node.scores[plugin] for name, of_node in verdict.nodes.items() if of_node.feasible
    }


def reasons(cluster: Cluster, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Return why nodes could not take a pod."""
    verdict = cluster.explain(copy.deepcopy(manifest))
    return {name: of_node.reasons for name, of_node in verdict.nodes.items() if of_node.reasons}
