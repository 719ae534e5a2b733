from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from simarena.cluster.codes import Reason
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.placement import Placement, static_verdict
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.messages.control_plane import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATIC = (
    Reason.NODE_AFFINITY_PREFILTER,
    Reason.NODE_UNSCHEDULABLE,
    Reason.TAINT,
    Reason.NODE_AFFINITY,
)

Decision = tuple[list[Node], Placement, dict[str, Any]]


def decisions(shared: Path) -> Iterator[Decision]:
    """Yield nodes, pod and outcome of each recorded attempt to place a bare pod."""
    for path in sorted((shared / "conformance" / "scheduling").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line)
            nodes = [read_as(node, Node) for node in case["nodes"]]
            for step in case["steps"]:
                for value in step.values():
                    if isinstance(value, dict) and value.get("kind") == "Pod":
                        yield nodes, read_as(value, Pod).template.spec.placement, step["result"]


def test_nothing_static_speaks_against_the_nodes_that_were_chosen(shared: Path) -> None:
    num_placed = 0
    for nodes, pod, result in decisions(shared):
        for node in nodes:
            if node.name == result.get("node"):
                assert static_verdict(pod, node).reasons == 0
                num_placed += 1
    assert num_placed > 2000


def test_static_reasons_are_counted_as_recorded(shared: Path) -> None:
    num_refused = 0
    for nodes, pod, result in decisions(shared):
        message = result.get("unschedulable")
        if message:
            masks = [static_verdict(pod, node).reasons for node in nodes]
            for reason in STATIC:
                said = re.search(rf"(\d+) {re.escape(TEXTS[reason])}[,.]", message)
                counted = sum(mask >> reason & 1 for mask in masks)
                assert counted == (int(said[1]) if said else 0), message
            num_refused += 1
    assert num_refused > 500
