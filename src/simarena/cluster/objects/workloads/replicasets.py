"""Deployments and ReplicaSets as the API returns them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.workloads.deployment import rolling_bounds
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.objects.pods.manifest import owner_reference
from simarena.cluster.objects.workloads.conditions import available, progress_message

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.objects.workloads.conditions import Condition

HASH_LABEL: Final = "pod-template-hash"
REVISION: Final = "deployment.kubernetes.io/revision"
REVISION_HISTORY: Final = "deployment.kubernetes.io/revision-history"
DESIRED: Final = "deployment.kubernetes.io/desired-replicas"
MAXIMUM: Final = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED: Final = frozenset(
    {
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
        "kubectl.kubernetes.io/last-applied-configuration",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadStatus:
    """What a controller's object has come to. Times are virtual."""

    created_ms: int = 0
    generation: int = 1
    num_pods: int = 0
    """Pods that are neither finished nor being deleted."""
    num_ready: int = 0
    num_available: int = 0
    num_terminating: int = 0


class Failure(NamedTuple):
    """Why a ReplicaSet has not all the pods that it wants."""

    message: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStatus:
    """What only a Deployment's status says."""

    num_updated: int = 0
    """Pods of its newest ReplicaSet."""
    num_wanted: int = 0
    """Replicas that all its ReplicaSets want together."""
    revision: int = 0
    """Of its newest ReplicaSet, or of the last one that it had; 0 before there was one."""
    available: Condition | None = None
    """None: what follows from the counts, since the Deployment was created."""
    progress: Condition | None = None
    """None: there is no such condition."""
    told_of: str = ""
    """Name of the ReplicaSet that `progress` speaks of; empty: of none."""
    failure: Failure | None = None
    """Of its newest ReplicaSet, else of the first other one that has any."""


def labelled_template(template: Fields, pod_template_hash: str) -> Manifest:
    """Return a pod template with the label that tells a ReplicaSet's pods from its siblings'."""
    result: Manifest = copied(dict(template))
    metadata = dict(result.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), HASH_LABEL: pod_template_hash}
    result["metadata"] = metadata
    return result


def child_replicaset(  # noqa: PLR0913 - all that it is told of
    deployment: Fields,
    *,
    deployment_uid: str,
    template: Fields,
    pod_template_hash: str,
    replicas: int,
    revision: int,
    desired: int,
    most: int,
    min_ready_s: int,
) -> Manifest:
    """Return the ReplicaSet that a normalised Deployment makes for one of its templates.

    `desired` is how many pods the Deployment wanted when it last scaled this ReplicaSet, `most`
    how many with its surge.
    """
    metadata, spec = deployment["metadata"], deployment["spec"]
    labelled = labelled_template(template, pod_template_hash)
    selector: Manifest = copied(dict(spec["selector"]))
    selector["matchLabels"] = {
        **(selector.get("matchLabels") or {}),
        HASH_LABEL: pod_template_hash,
    }
    annotations = {
        name: value
        for name, value in (metadata.get("annotations") or {}).items()
        if name not in _NOT_COPIED
    }
    annotations[DESIRED] = str(desired)
    annotations[MAXIMUM] = str(most)
    annotations[REVISION] = str(revision)
    result: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{metadata['name']}-{pod_template_hash}",
            "namespace": metadata["namespace"],
            "labels": dict(labelled["metadata"]["labels"]),
            "annotations": annotations,
            "ownerReferences": [owner_reference("Deployment", metadata["name"], deployment_uid)],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": labelled},
    }
    if min_ready_s:
        result["spec"]["minReadySeconds"] = min_ready_s
    return result


def replicaset_manifest(
    manifest: Fields, *, uid: str, status: WorkloadStatus, failure: Failure | None = None
) -> Manifest:
    """Return a normalised ReplicaSet with what the server adds and its status."""
    result = with_metadata(manifest, uid, status)
    result["status"] = {
        **counts_of(status),
        "replicas": status.num_pods,
        "observedGeneration": status.generation,
        "terminatingReplicas": status.num_terminating,
    }
    if status.num_pods:
        result["status"]["fullyLabeledReplicas"] = status.num_pods
    if failure is not None:
        result["status"]["conditions"] = [_replica_failure(failure)]
    return result


def deployment_manifest(
    manifest: Fields, *, uid: str, status: WorkloadStatus, rollout: RolloutStatus
) -> Manifest:
    """Return a normalised Deployment with what the server adds, its status and conditions."""
    result = with_metadata(manifest, uid, status)
    annotations = dict(result["metadata"].get("annotations") or {})
    if rollout.revision:
        annotations[REVISION] = str(rollout.revision)
        result["metadata"]["annotations"] = annotations
    said: Manifest = {
        **counts_of(status),
        "observedGeneration": status.generation,
        "terminatingReplicas": status.num_terminating,
    }
    unavailable = max(0, rollout.num_wanted - status.num_available)
    for name, number in (
        ("replicas", status.num_pods),
        ("updatedReplicas", rollout.num_updated),
        ("unavailableReplicas", unavailable),
    ):
        if number:
            said[name] = number
    conditions = [_available(result["spec"], status, rollout)]
    if rollout.progress is not None:
        name = result["metadata"]["name"]
        message = progress_message(rollout.progress, name, rollout.told_of)
        conditions.append(_condition("Progressing", rollout.progress, message))
    if rollout.failure is not None:
        since = timestamp(rollout.failure.since_ms)
        conditions.append({**_replica_failure(rollout.failure), "lastUpdateTime": since})
    said["conditions"] = conditions
    result["status"] = said
    return result


def is_complete(spec: Fields, status: WorkloadStatus, rollout: RolloutStatus) -> bool:
    """Return whether a Deployment has rolled out: all its pods are new, available and alone."""
    replicas: int = spec["replicas"]
    return replicas == rollout.num_updated == status.num_pods == status.num_available


def with_metadata(manifest: Fields, uid: str, status: WorkloadStatus) -> Manifest:
    """Return a copy of a normalised manifest with the metadata that only the server sets."""
    result: Manifest = copied(dict(manifest))
    result["metadata"].update(
        uid=uid, generation=status.generation, creationTimestamp=timestamp(status.created_ms)
    )
    return result


def counts_of(status: WorkloadStatus) -> Manifest:
    """Return the counts that both kinds leave out where they are 0."""
    counts = {"readyReplicas": status.num_ready, "availableReplicas": status.num_available}
    return {name: number for name, number in counts.items() if number}


def _replica_failure(failure: Failure) -> Manifest:
    return {
        "type": "ReplicaFailure",
        "status": "True",
        "lastTransitionTime": timestamp(failure.since_ms),
        "reason": "FailedCreate",
        "message": failure.message,
    }


def _available(spec: Fields, status: WorkloadStatus, rollout: RolloutStatus) -> Manifest:
    _, down = rolling_bounds(spec)
    enough = status.num_available >= spec["replicas"] - down
    condition = available(
        rollout.available, enough=enough, template=NONE, time_ms=status.created_ms
    )
    message = f"Deployment {'has' if enough else 'does not have'} minimum availability."
    return _condition("Available", condition, message)


def _condition(kind: str, condition: Condition, message: str) -> Manifest:
    return {
        "type": kind,
        "status": condition.status,
        "lastUpdateTime": timestamp(condition.updated_ms),
        "lastTransitionTime": timestamp(condition.since_ms),
        "reason": str(condition.reason),
        "message": message,
    }
