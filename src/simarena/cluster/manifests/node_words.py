"""Nodes named on a command line: `3x16cpu,32Gi`, or a file of Node manifests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import check_kind
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.nodes import Node
from simarena.errors import ConfigError, ManifestError, QuantityError, shown
from simarena.files.bounded import bound, how_to_raise
from simarena.files.yaml_nodes import read_values
from simarena.trace import parse_count, parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHAPE: Final = re.compile(
    r"(?:(?P<number>\d+)x)?(?P<cpu>[^,]+?)cpu,(?P<memory>[^,]+?)(?:,(?P<pods>\d{1,6})pods)?"
)
DEFAULT_NUM_NODES: Final = 4
"""Nodes of a cluster of which nothing is said: as many as the first SimArena had."""

DEFAULT_NODES: Final = (f"{DEFAULT_NUM_NODES}x16cpu,32Gi",)
"""The same as a command line names them."""

MAX_NODES: Final = 10_000
"""Most nodes of a cluster that a command line or a file may ask for."""

_MAX_DIGITS: Final = 18


VIRTUAL_TAINT: Final = "kwok-provider"
"""Key of the taint that keeps pods off virtual nodes that no trace has put there."""


def make_node(
    name: str,
    cpu: str,
    memory: str,
    *,
    pods: int = 110,
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the manifest of a virtual node as SimKube makes them: tainted, and labelled.

    `cpu` and `memory` are Kubernetes quantities; all of the capacity is allocatable.
    """
    amounts = {"cpu": cpu, "memory": memory, "pods": str(pods)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "type": "virtual",
                **kubelet_labels(name, f"{cpu}cpu-{memory}"),
                **(labels or {}),
            },
        },
        "spec": {
            "taints": [{"key": VIRTUAL_TAINT, "value": "true", "effect": "NoSchedule"}],
        },
        "status": {"capacity": dict(amounts), "allocatable": dict(amounts)},
    }


def kubelet_labels(name: str, instance_type: str) -> dict[str, str]:
    """Return the labels that every kubelet gives its node, the older spellings too."""
    own = {"arch": "amd64", "os": "linux"}
    return {
        "kubernetes.io/hostname": name,
        **{f"kubernetes.io/{key}": value for key, value in own.items()},
        **{f"beta.kubernetes.io/{key}": value for key, value in own.items()},
        "node.kubernetes.io/instance-type": instance_type,
        "beta.kubernetes.io/instance-type": instance_type,
    }


def is_node_shape(text: str) -> bool:
    """Return whether `text` has the form of nodes by shape, which no file is looked for behind."""
    return _SHAPE.fullmatch(text.strip()) is not None


def parse_nodes(texts: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return Node manifests for `texts`.

    Each is a shape, `[<number>x]<cpu>cpu,<memory>[,<pods>pods]` with quantities as Kubernetes
    writes them, or a YAML or JSON file of Node manifests. Nodes made from shapes are called node-1,
    node-2, ... and are virtual, as SimKube makes them.

    Raises:
        ConfigError: a text is neither.
        ManifestError: a node has no capacity.
        StorageError: a file cannot be read.
    """
    nodes: list[dict[str, Any]] = []
    words = "a list of shapes, as 3x16cpu,32Gi, and of files"
    check_kind("nodes", texts, (list, tuple), words)
    for text in texts:
        check_kind("nodes", text, str, words)
        match = _SHAPE.fullmatch(text.strip())
        if match is not None:
            nodes.extend(_nodes_of_shape(text, match, first=len(nodes) + 1))
        elif Path(text).suffix in {".yaml", ".yml", ".json"}:
            nodes.extend(_nodes_of_file(Path(text)))
        else:
            message = (
                f"nodes {shown(text)}: write them as 3x16cpu,32Gi, or name a YAML or JSON file"
            )
            raise ConfigError(message)
    check_number(len(nodes), "nodes")
    return tuple(nodes)


def check_number(number: int, where: str) -> None:
    """Refuse a number of nodes that no cluster is made of, before any is; `where` says whose it is.

    Raises:
        ConfigError: it is below 1 or above the limit.
    """
    if number < 1:
        message = f"{where}: a cluster needs at least one node, got {number}"
        raise ConfigError(message)
    if number > bound(MAX_NODES):
        message = (
            f"{where}: {number:,} nodes are more than the limit of {bound(MAX_NODES):,}; "
            f"{how_to_raise(number, MAX_NODES)}"
        )
        raise ConfigError(message)


def _nodes_of_shape(text: str, match: re.Match[str], first: int) -> Iterator[dict[str, Any]]:
    try:
        cpu_milli, memory_bytes = parse_cpu_milli(match["cpu"]), parse_memory_bytes(match["memory"])
        pods = parse_count(match["pods"] or "110")
    except QuantityError as error:
        message = f"nodes {shown(text)}: {error}"
        raise ConfigError(message) from error
    if min(cpu_milli, memory_bytes, pods) <= 0:
        message = (
            f"nodes {shown(text)}: a node without capacity can run nothing; give it CPU and memory"
        )
        raise ManifestError(message)
    number = int((match["number"] or "1")[:_MAX_DIGITS])
    check_number(number, f"nodes {shown(text)}")
    for index in range(first, first + number):
        yield make_node(f"node-{index}", match["cpu"], match["memory"], pods=pods)


def _nodes_of_file(path: Path) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for document in read_values(path):
        if isinstance(document, dict) and str(document.get("kind")).endswith("List"):
            items = document.get("items") or []
            if not isinstance(items, list):
                message = f"{path}: items must be a list of Nodes; correct the {document['kind']}"
                raise ManifestError(message)
            nodes.extend(items)
        elif document is not None:
            nodes.append(document)
    for number, node in enumerate(nodes, 1):
        if not isinstance(node, dict) or node.get("kind") != "Node":
            message = f"{path}: object {number} is not a Node; leave only Nodes in the file"
            raise ManifestError(message)
        _check_capacity(node, path)
    return nodes


def _check_capacity(node: dict[str, Any], path: Path) -> None:
    """Refuse a node on which nothing could ever run."""
    try:
        capacity = read_as(node, Node).capacity
    except ManifestError as error:
        message = f"{path}: {error}"
        raise ManifestError(message) from error
    if min(capacity.cpu_milli, capacity.memory_bytes, capacity.max_pods) <= 0:
        message = (
            f"{path}: node {node['metadata']['name']} is without capacity and can run nothing; "
            "give it cpu, memory and pods in status.allocatable"
        )
        raise ManifestError(message)
