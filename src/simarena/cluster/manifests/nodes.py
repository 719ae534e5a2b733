"""Nodes: what they offer to pods, and what decides which pods may come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.fields import flag, mapping, objects, string, strings, whole
from simarena.cluster.manifests.pods.requests import (
    CPU,
    EPHEMERAL_STORAGE,
    MEMORY,
    is_resource,
    read_amounts,
)
from simarena.cluster.manifests.pods.taints import read_taints
from simarena.errors import ManifestError, QuantityError
from simarena.trace.quantity import parse_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.taints import Taint

DEFAULT_MAX_PODS: Final = 110
"""Pods of a node that does not say how many: the kubelet's default."""

_ZONE_LABELS: Final = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCapacity:
    """What pods can use of a node."""

    cpu_milli: int
    memory_bytes: int
    ephemeral_bytes: int
    max_pods: int
    memory_capacity_bytes: int
    """Of the whole machine, where the node says it."""
    extended: Mapping[str, int]


class NodeTraits(Protocol):
    """As much of a node as decides, without the pods on it, whether a pod may come."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Its taints."""

    @property
    def unschedulable(self) -> bool:
        """Whether it is cordoned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(ApiObject):
    """A node."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    taints: tuple[Taint, ...]
    unschedulable: bool
    """It is cordoned."""
    capacity: NodeCapacity
    images: Mapping[str, int]
    """Bytes of those that are there, by each of their names."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.name

    @property
    def zone(self) -> tuple[str, str]:
        """Region and zone, empty where it does not say."""
        region, zone = _ZONE_LABELS
        return self.labels.get(region, ""), self.labels.get(zone, "")

    @property
    def offer(self) -> tuple[object, ...]:
        """All of it that the scheduler looks at for pods that wait."""
        return self.labels, self.taints, self.unschedulable, self.capacity


def read_node(manifest: Manifest) -> Node:
    """Return a node whose metadata is checked; ManifestError if anything else is malformed."""
    metadata = manifest["metadata"]
    where = f"Node {metadata['name']}"
    spec = mapping(manifest, "spec", where)
    taints = read_taints(spec, f"{where}: spec")
    unschedulable = flag(spec, "unschedulable", f"{where}: spec")
    status = mapping(manifest, "status", where)
    images = _images(status, f"{where}: status")
    for index, condition in enumerate(objects(status, "conditions", f"{where}: status")):
        string(condition, "type", f"{where}: status.conditions[{index}]")
    return Node(
        key=ObjectKey("Node", "", metadata["name"]),
        manifest=manifest,
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        taints=taints,
        unschedulable=unschedulable,
        capacity=node_capacity(manifest),
        images=images,
    )


def node_capacity(node: Fields) -> NodeCapacity:
    """Return what a node has for pods: its allocatable amounts, its capacity where it has none."""
    name = node["metadata"]["name"]
    where = f"Node {name}: status"
    status = mapping(node, "status", f"Node {name}")
    source = "allocatable" if status.get("allocatable") is not None else "capacity"
    given = mapping(status, source, where)
    pods = given.get("pods", DEFAULT_MAX_PODS)
    values = {key: given[key] for key in given if is_resource(key)}
    amounts = read_amounts({source: values}, source, where)
    for resource in (CPU, MEMORY):
        if resource not in amounts:
            message = f"node {name} has no allocatable {resource}; set status.{source}.{resource}"
            raise ManifestError(message)
    try:
        max_pods = min(parse_count(pods), MAX_INT32)  # more are as good as no bound
    except QuantityError as error:
        message = f"{where}.{source}.pods: {error}"
        raise ManifestError(message) from error
    memory_bytes = amounts.pop(MEMORY)
    machine = mapping(status, "capacity", where)
    of_machine = read_amounts(
        {"capacity": {MEMORY: machine[MEMORY]} if MEMORY in machine else {}}, "capacity", where
    )
    return NodeCapacity(
        cpu_milli=amounts.pop(CPU),
        memory_bytes=memory_bytes,
        memory_capacity_bytes=max(memory_bytes, of_machine.get(MEMORY, 0)),
        ephemeral_bytes=amounts.pop(EPHEMERAL_STORAGE, 0),
        max_pods=max_pods,
        extended={resource: amount for resource, amount in amounts.items() if amount > 0},
    )


def _images(status: Fields, where: str) -> Mapping[str, int]:
    sizes: dict[str, int] = {}
    for index, image in enumerate(objects(status, "images", where)):
        names = strings(image, "names", f"{where}.images[{index}]")
        size_bytes = whole(image, "sizeBytes", f"{where}.images[{index}]", 0)
        sizes |= dict.fromkeys(names, size_bytes)
    return sizes
