"""The cluster autoscaler's way down: nodes that are hardly used, and whose pods fit elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.cluster.objects.view import View
from simarena.cluster.operations.drain import controller_kind, pods_on_node
from simarena.cluster.operations.evictions import Evictions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.node_settings import AutoscalerSettings
    from simarena.cluster.operations.live import LiveWorld
    from simarena.cluster.operations.what_if import WhatIf

SAFE_TO_EVICT: Final = "cluster-autoscaler.kubernetes.io/safe-to-evict"
SAFE_VOLUMES: Final = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
DISABLED: Final = "cluster-autoscaler.kubernetes.io/scale-down-disabled"

_MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True, slots=True)
class Removable:
    """A node that could go."""

    name: str
    pods: tuple[int, ...]
    """Rows of the pods that would have to move."""


def utilisation(live: LiveWorld, name: str) -> float:
    """Return the larger of the parts of CPU and memory that a node's pods request."""
    node = live.catalogue.world.nodes[live.catalogue.node_rows[name]]
    return max(
        float(node["cpu_requested_milli"]) / float(max(1, node["cpu_milli"])),
        float(node["memory_requested_bytes"]) / float(max(1, node["memory_bytes"])),
    )


def removable_nodes(
    live: LiveWorld, ahead: WhatIf, names: Iterable[str], settings: AutoscalerSettings
) -> list[Removable]:
    """Return which of the nodes could go, one after the other, all their pods finding a place.

    A node that takes the pods of another one stays.
    """
    found: list[Removable] = []
    receivers: set[int] = set()
    for name in names:
        row = live.catalogue.node_rows[name]
        if row in receivers or utilisation(live, name) >= settings.utilisation_threshold:
            continue
        node = live.catalogue.nodes[row]
        if node is not None and node.annotations.get(DISABLED) == "true":
            continue
        pods = _pods_to_move(live, name, settings)
        if pods is None:
            continue
        trial = ahead.copied()
        trial.without_node(name)
        taken: set[int] = set()
        for pod_row in pods:
            trial.lift(pod_row)
            rows = trial.nodes_for(pod_row)
            if not rows:
                break
            trial.place(pod_row, rows[0])
            taken.add(rows[0])
        else:
            receivers |= taken
            found.append(Removable(name, tuple(pods)))
            ahead = trial
    return found


def _pods_to_move(live: LiveWorld, name: str, settings: AutoscalerSettings) -> list[int] | None:
    """Return the rows of the pods that a node's removal would move, None if one must not move."""
    view = View(live.catalogue)
    evictions = Evictions(live)
    chosen: list[int] = []
    for row in pods_on_node(live, name):
        pod = live.catalogue.world.pods[row]
        manifest = view.pod(row)
        annotations = manifest["metadata"].get("annotations") or {}
        if controller_kind(manifest) == "DaemonSet" or _MIRROR in annotations or pod["deleting"]:
            continue
        if pod["priority"] < settings.expendable_priority:
            continue
        safe = annotations.get(SAFE_TO_EVICT)
        if safe == "false" or (safe != "true" and not _may_move(manifest, settings)):
            return None
        system = manifest["metadata"]["namespace"] == "kube-system"
        kept = system and settings.skip_system_pods and safe != "true"
        if kept and next(evictions.budgets_of(row), None) is None:
            return None
        if evictions.refusal(row):
            return None
        chosen.append(row)
    return chosen


def _may_move(pod: Manifest, settings: AutoscalerSettings) -> bool:
    if not controller_kind(pod):
        return False
    return not (settings.skip_local_storage and _keeps_local_data(pod))


def _keeps_local_data(pod: Manifest) -> bool:
    """Return whether a pod has data on its node that it does not say may go with it."""
    annotations = pod["metadata"].get("annotations") or {}
    may_go = {name.strip() for name in annotations.get(SAFE_VOLUMES, "").split(",")}
    return any(
        "hostPath" in volume or ("emptyDir" in volume and not _is_in_memory(volume["emptyDir"]))
        for volume in pod["spec"].get("volumes") or ()
        if volume.get("name") not in may_go
    )


def _is_in_memory(empty_dir: Manifest) -> bool:
    return empty_dir.get("medium") == "Memory"
