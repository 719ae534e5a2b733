"""Nodes named on a command line: `3x16cpu,32Gi`, or a file of Node manifests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.capacity import node_capacity
from simarena.cluster.manifests import normalise
from simarena.errors import ConfigError, ManifestError, QuantityError, StorageError, shown
from simarena.trace import parse_count, parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHAPE: Final = re.compile(
    r"(?:(?P<number>\d{1,5})x)?(?P<cpu>[^,]+?)cpu,(?P<memory>[^,]+?)(?:,(?P<pods>\d{1,6})pods)?"
)
DEFAULT_NUM_NODES: Final = 4
"""Nodes of a cluster of which nothing is said: as many as the first SimArena had."""

DEFAULT_NODES: Final = (f"{DEFAULT_NUM_NODES}x16cpu,32Gi",)
"""The same as a command line names them."""

MAX_NODES: Final = 10_000
"""Most nodes of a cluster that is named so."""

_MAX_FILE_BYTES: Final = 64 << 20


def make_node(
    name: str,
    cpu: str,
    memory: str,
    *,
    pods: int = 110,
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the manifest of a virtual node as SimKube makes them: labelled and tainted.

    `cpu` and `memory` are Kubernetes quantities; all of the capacity is allocatable.
    """
    amounts = {"cpu": cpu, "memory": memory, "pods": str(pods)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"type": "virtual", "kubernetes.io/hostname": name, **(labels or {})},
        },
        "spec": {
            "taints": [{"key": "kwok-provider", "value": "true", "effect": "NoSchedule"}],
        },
        "status": {"capacity": dict(amounts), "allocatable": dict(amounts)},
    }


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
    for text in texts:
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
    if not 1 <= len(nodes) <= MAX_NODES:
        message = f"there are {len(nodes)} nodes; a cluster has from 1 to {MAX_NODES}"
        raise ConfigError(message)
    return tuple(nodes)


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
    number = int(match["number"] or 1)
    if number > MAX_NODES:
        message = f"nodes {shown(text)}: a cluster has at most {MAX_NODES}"
        raise ConfigError(message)
    for index in range(first, first + number):
        yield make_node(f"node-{index}", match["cpu"], match["memory"], pods=pods)


def _nodes_of_file(path: Path) -> list[dict[str, Any]]:
    import yaml

    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            message = f"{path}: is too large for a list of nodes; name another file"
            raise StorageError(message)
        documents = list(yaml.safe_load_all(path.read_text("utf-8")))
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; name another file"
        raise StorageError(message) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        message = f"{path}: is not YAML or JSON: {reason}"
        raise ManifestError(message) from error
    nodes: list[dict[str, Any]] = []
    for document in documents:
        if isinstance(document, dict) and str(document.get("kind")).endswith("List"):
            nodes.extend(document.get("items") or [])
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
        capacity = node_capacity(normalise(node))
    except ManifestError as error:
        message = f"{path}: {error}"
        raise ManifestError(message) from error
    if min(capacity.cpu_milli, capacity.memory_bytes, capacity.max_pods) <= 0:
        message = (
            f"{path}: node {node['metadata']['name']} is without capacity and can run nothing; "
            "give it cpu, memory and pods in status.allocatable"
        )
        raise ManifestError(message)
