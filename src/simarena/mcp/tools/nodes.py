"""Read tools about nodes: what they have, what is asked of them, what is used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from simarena.apiserver.printing.ages import age
from simarena.cluster.manifests.nodes import node_capacity
from simarena.cluster.manifests.pods.requests import pod_requests
from simarena.mcp.answers.answer import Answer, Listed, Row, listed, none_listed
from simarena.mcp.kubectl.describing import taint
from simarena.mcp.kubectl.selectors import read_selectors
from simarena.trace import format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.metrics import UsageSample
    from simarena.mcp.backend import Backend

_MI = 1024**2
_HIDDEN_TAINT = "kwok-provider"
"""On every virtual node, and tolerated by every pod of a replay: it says nothing."""


class Allocation(TypedDict):
    """How much of something pods request, of how much there is for them."""

    requested: int
    allocatable: int


class NodeRecord(TypedDict):
    """A node in a list."""

    name: str
    status: str
    cpu_milli: Allocation
    memory_bytes: Allocation
    pods: Allocation
    taints: list[str]


class NodeList(Listed):
    """Nodes."""

    items: list[NodeRecord]


class NodeUsage(TypedDict):
    """What a node uses."""

    name: str
    cpu_milli: int
    memory_bytes: int


class NodeUsageList(Listed):
    """Usage of nodes."""

    items: list[NodeUsage]


@dataclass(slots=True)
class Requested:
    """What the pods on a node ask for."""

    cpu_milli: int = 0
    memory_bytes: int = 0
    pods: int = 0


def requested_by_node(backend: Backend) -> dict[str, Requested]:
    """Return what is asked of each node; finished pods ask for nothing."""
    asked: dict[str, Requested] = defaultdict(Requested)
    for pod in backend.list("Pod", None):
        node = pod["spec"].get("nodeName")
        if not node or (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
            continue
        requests = pod_requests(pod["spec"])
        asked[node].cpu_milli += requests.cpu_milli
        asked[node].memory_bytes += requests.memory_bytes
        asked[node].pods += 1
    return asked


def nodes_answer(
    backend: Backend, label_selector: str, limit: int, cursor: str
) -> Answer[NodeList]:
    """Return nodes with the sums that `kubectl describe node` calls allocated resources."""
    found = sorted(
        backend.list("Node", None, read_selectors("Node", label_selector)),
        key=lambda node: str(node["metadata"]["name"]),
    )
    if not found:
        return none_listed("No resources found")
    asked = requested_by_node(backend)
    columns = ("NAME", "STATUS", "AGE", "CPU REQUESTED", "MEMORY REQUESTED", "PODS", "TAINTS")
    return listed(
        "Nodes, with what pods request of what is allocatable",
        columns,
        found,
        lambda node: _node_row(node, asked[node["metadata"]["name"]], backend),
        limit=limit,
        cursor=cursor,
        order="by name",
        hint="see fewer by label_selector",
    )


def _node_row(node: Fields, asked: Requested, backend: Backend) -> Row:
    name = node["metadata"]["name"]
    has = node_capacity(node)
    taints = [
        taint(each)
        for each in (node.get("spec") or {}).get("taints") or ()
        if each["key"] != _HIDDEN_TAINT
    ]
    status = node_status(node)
    cells = [
        name,
        status,
        age(node["metadata"].get("creationTimestamp"), backend.now),
        share_text(format_cpu_milli, asked.cpu_milli, has.cpu_milli),
        share_text(format_memory_bytes, asked.memory_bytes, has.memory_bytes),
        f"{asked.pods}/{has.max_pods}",
        ",".join(taints) or "<none>",
    ]
    data: NodeRecord = {
        "name": name,
        "status": status,
        "cpu_milli": {"requested": asked.cpu_milli, "allocatable": has.cpu_milli},
        "memory_bytes": {"requested": asked.memory_bytes, "allocatable": has.memory_bytes},
        "pods": {"requested": asked.pods, "allocatable": has.max_pods},
        "taints": taints,
    }
    return Row(cells, data)


def node_status(node: Fields) -> str:
    """Return what `kubectl get nodes` says of a node."""
    ready = "Unknown"
    pressures = []
    for condition in (node.get("status") or {}).get("conditions") or ():
        if condition["type"] == "Ready":
            ready = "Ready" if condition["status"] == "True" else "NotReady"
        elif condition["status"] == "True":
            pressures.append(condition["type"])
    if (node.get("spec") or {}).get("unschedulable"):
        pressures.append("SchedulingDisabled")
    return ",".join([ready, *pressures])


def top_nodes_answer(
    backend: Backend, label_selector: str, sort_by: str, limit: int, cursor: str
) -> Answer[NodeUsageList]:
    """Return what nodes use, as `kubectl top nodes` shows it."""
    selectors = read_selectors("Node", label_selector)
    nodes = {node["metadata"]["name"]: node for node in backend.list("Node", None, selectors)}
    samples = [sample for sample in backend.usage("Node", None) if sample.name in nodes]
    field = "cpu_milli" if sort_by == "cpu" else "memory_bytes"
    samples.sort(key=lambda sample: (-getattr(sample, field), sample.name))
    if not samples:
        return none_listed("No metrics of nodes")
    return listed(
        "Usage of nodes",
        ("NAME", "CPU", "CPU%", "MEMORY", "MEMORY%"),
        samples,
        lambda sample: _usage_row(sample, nodes[sample.name]),
        limit=limit,
        cursor=cursor,
        identity=lambda sample: sample.name,
        order=f"most {sort_by} first",
        hint="see fewer by label_selector",
    )


def _usage_row(sample: UsageSample, node: Fields) -> Row:
    has = node_capacity(node)
    cells = [
        sample.name,
        format_cpu_milli(sample.cpu_milli),
        _percent(sample.cpu_milli, has.cpu_milli),
        f"{sample.memory_bytes // _MI}Mi",
        _percent(sample.memory_bytes, has.memory_bytes),
    ]
    data: NodeUsage = {
        "name": sample.name,
        "cpu_milli": sample.cpu_milli,
        "memory_bytes": sample.memory_bytes,
    }
    return Row(cells, data)


def share_text(write: Any, part: int, whole: int) -> str:  # noqa: ANN401 - a formatter of amounts
    """Return a part of a whole, and how many hundredths of it that is."""
    return f"{write(part)}/{write(whole)} ({_percent(part, whole)})"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part // whole}%" if whole else "-"
