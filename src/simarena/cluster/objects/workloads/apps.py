"""StatefulSets and DaemonSets as the API returns them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.objects.workloads.replicasets import (
    WorkloadStatus,
    counts_of,
    with_metadata,
)

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateStatus:
    """How far a StatefulSet's update is."""

    current_revision: str
    update_revision: str
    num_pods: int
    """All that are there, also those that failed or are being deleted."""
    num_current: int
    num_updated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStatus:
    """On how many nodes a DaemonSet's pods are. Counts of nodes, not of pods."""

    num_desired: int
    num_scheduled: int
    """Nodes that have the pod they should have."""
    num_misscheduled: int
    num_ready: int
    num_available: int
    num_updated: int


def statefulset_manifest(
    manifest: Fields, *, uid: str, status: WorkloadStatus, update: UpdateStatus
) -> Manifest:
    """Return a normalised StatefulSet with what the server adds and its status."""
    result = with_metadata(manifest, uid, status)
    said: Manifest = {
        "observedGeneration": status.generation,
        "replicas": update.num_pods,
        **counts_of(status),
        "availableReplicas": status.num_available,
    }
    for name, number in (
        ("currentReplicas", update.num_current),
        ("updatedReplicas", update.num_updated),
    ):
        if number:
            said[name] = number
    said.update(
        currentRevision=update.current_revision,
        updateRevision=update.update_revision,
        collisionCount=0,
    )
    result["status"] = said
    return result


def daemonset_manifest(
    manifest: Fields, *, uid: str, status: WorkloadStatus, daemons: DaemonStatus
) -> Manifest:
    """Return a normalised DaemonSet with what the server adds and its status."""
    result = with_metadata(manifest, uid, status)
    said: Manifest = {
        "currentNumberScheduled": daemons.num_scheduled,
        "desiredNumberScheduled": daemons.num_desired,
        "numberMisscheduled": daemons.num_misscheduled,
        "numberReady": daemons.num_ready,
        "observedGeneration": status.generation,
    }
    for name, number in (
        ("updatedNumberScheduled", daemons.num_updated),
        ("numberAvailable", daemons.num_available),
        ("numberUnavailable", daemons.num_desired - daemons.num_available),
    ):
        if number:
            said[name] = number
    result["status"] = said
    return result
