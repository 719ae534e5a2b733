"""What a Node manifest offers to pods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.fields import mapping
from simarena.cluster.manifests.pods.requests import (
    CPU,
    EPHEMERAL_STORAGE,
    MEMORY,
    is_resource,
    read_amounts,
)
from simarena.errors import ManifestError, QuantityError
from simarena.trace.quantity import parse_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields

DEFAULT_MAX_PODS: Final = 110
"""Pods of a node that does not say how many: the kubelet's default."""


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
