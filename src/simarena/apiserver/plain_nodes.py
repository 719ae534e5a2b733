"""Nodes of a cluster that is served: those that everybody's pods may run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.node_words import VIRTUAL_TAINT, parse_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Manifest

DEFAULT_NODES: Final = ("3x8cpu,16Gi",)
"""Nodes of a served cluster of which nothing is said."""


def plain_nodes(texts: Sequence[str] = ()) -> list[Manifest]:
    """Return the Nodes that shapes or files name, the default ones if there are none.

    Raises ConfigError or ManifestError, as `parse_nodes` does.
    """
    return untainted(parse_nodes(texts or DEFAULT_NODES))


def untainted(nodes: Sequence[Manifest]) -> list[Manifest]:
    """Return nodes that everybody's pods may run on, and not only replayed ones."""
    result = []
    for node in nodes:
        spec = {key: value for key, value in (node.get("spec") or {}).items() if key != "taints"}
        kept = [
            taint
            for taint in (node.get("spec") or {}).get("taints") or ()
            if taint.get("key") != VIRTUAL_TAINT
        ]
        if kept:
            spec["taints"] = kept
        result.append({**node, "spec": spec})
    return result
