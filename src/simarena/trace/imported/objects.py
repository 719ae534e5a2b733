"""Nodes and pods made from lines of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.trace.imported.lines import Line
    from simarena.trace.kinds import Manifest

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NATIVE: Final = ("cpu", "memory")
_MAX_PODS: Final = "256"  # no list says how many a node takes


def node(name: str, amounts: Mapping[str, str], labels: Mapping[str, str]) -> Manifest:
    """Return a node that replays may use."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"type": "virtual", "kubernetes.io/hostname": name, **labels},
        },
        "spec": {},
        "status": {"allocatable": {**amounts, "pods": _MAX_PODS}},
    }


def pod(
    name: str,
    amounts: Mapping[str, str],
    spec: Manifest,
    annotations: Mapping[str, str],
) -> Manifest:
    """Return a pod that asks for amounts of resources.

    What is not CPU and memory has to be its limit, too.
    """
    limits = {key: amount for key, amount in amounts.items() if key not in _NATIVE}
    resources = {"requests": dict(amounts), **({"limits": limits} if limits else {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "default",
            "annotations": {key: text for key, text in annotations.items() if text},
        },
        "spec": {
            "containers": [{"name": "main", "image": "recorded:1", "resources": resources}],
            **spec,
        },
    }


def name_in(line: Line, column: str) -> str:
    """Return the name in a column, as an object may be called."""
    name = line.text(column).lower().replace("_", "-")
    if not _NAME.fullmatch(name):
        line.refuse(column, "must be made of letters, digits and -, at most 63 of them")
    return name
