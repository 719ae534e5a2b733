"""Rollouts of workloads in kubectl's words: how far they are, and what came before."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.errors import RefusedError
from simarena.mcp.kubectl.ownership import deployment_family, is_owned_by, revision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.mcp.backend import Backend
    from simarena.mcp.kubectl.kinds import ApiKind

RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
"""The annotation by which `kubectl rollout restart` changes a pod template."""

_CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
_HASH_LABEL: Final = "pod-template-hash"


class RolloutState(NamedTuple):
    """How far a rollout is."""

    text: str
    done: bool


class Revision(NamedTuple):
    """A state of a workload's pod template that is still known."""

    number: int
    change_cause: str
    template: Fields
    """Its metadata and spec."""


def require_rollout(kind: ApiKind, verb: str) -> None:
    """Raise RefusedError, in kubectl's words, for a kind that has no rollouts."""
    if kind.key not in ROLLED_OUT:
        message = f"error: {kind.resource}: no {verb} has been implemented for {kind.kind}"
        raise RefusedError(message)


def rollout_state(kind: ApiKind, workload: Fields) -> RolloutState:
    """Return what `kubectl rollout status` says. Raises RefusedError if the deadline is over."""
    require_rollout(kind, "status viewer")
    state = _STATES[kind.kind](workload, workload["spec"], workload.get("status") or {})
    return state if isinstance(state, RolloutState) else RolloutState(state, done=False)


def _deployment(workload: Fields, spec: Fields, status: Fields) -> RolloutState | str:
    name = workload["metadata"]["name"]
    if _is_behind(workload, status):
        return "Waiting for deployment spec update to be observed..."
    for each in status.get("conditions") or ():
        if each["type"] == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded":
            message = f'error: deployment "{name}" exceeded its progress deadline'
            raise RefusedError(message)
    wanted = spec.get("replicas")
    waiting = f'Waiting for deployment "{name}" rollout to finish:'
    updated, total = status.get("updatedReplicas") or 0, status.get("replicas") or 0
    available = status.get("availableReplicas") or 0
    if wanted is not None and updated < wanted:
        return f"{waiting} {updated} out of {wanted} new replicas have been updated..."
    if total > updated:
        return f"{waiting} {total - updated} old replicas are pending termination..."
    if available < updated:
        return f"{waiting} {available} of {updated} updated replicas are available..."
    return RolloutState(f'deployment "{name}" successfully rolled out', done=True)


def _daemonset(workload: Fields, spec: Fields, status: Fields) -> RolloutState | str:
    name = workload["metadata"]["name"]
    _require_rolling(spec)
    if _is_behind(workload, status):
        return "Waiting for daemon set spec update to be observed..."
    desired = status.get("desiredNumberScheduled") or 0
    updated = status.get("updatedNumberScheduled") or 0
    available = status.get("numberAvailable") or 0
    waiting = f'Waiting for daemon set "{name}" rollout to finish:'
    if updated < desired:
        return f"{waiting} {updated} out of {desired} new pods have been updated..."
    if available < desired:
        return f"{waiting} {available} of {desired} updated pods are available..."
    return RolloutState(f'daemon set "{name}" successfully rolled out', done=True)


def _statefulset(workload: Fields, spec: Fields, status: Fields) -> RolloutState | str:
    _require_rolling(spec)
    if not status.get("observedGeneration") or _is_behind(workload, status):
        return "Waiting for statefulset spec update to be observed..."
    wanted, ready = spec.get("replicas"), status.get("readyReplicas") or 0
    if wanted is not None and ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready..."
    updated = status.get("updatedReplicas") or 0
    rolling = (spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
    partition = rolling.get("partition")
    if partition:
        new = max(0, (wanted or 0) - partition)
        if updated < new:
            return (
                f"Waiting for partitioned roll out to finish: {updated} out of {new} new pods "
                "have been updated..."
            )
        text = f"partitioned roll out complete: {updated} new pods have been updated..."
        return RolloutState(text, done=True)
    revision = status.get("updateRevision")
    if revision != status.get("currentRevision"):
        return (
            f"waiting for statefulset rolling update to complete {updated} pods at revision "
            f"{revision}..."
        )
    current = status.get("currentReplicas") or 0
    text = f"statefulset rolling update complete {current} pods at revision {revision}..."
    return RolloutState(text, done=True)


_STATES: Final[Mapping[str, Callable[[Fields, Fields, Fields], RolloutState | str]]] = {
    "DaemonSet": _daemonset,
    "Deployment": _deployment,
    "StatefulSet": _statefulset,
}

ROLLED_OUT: Final = frozenset(_STATES)
"""Kinds that have rollouts."""


def _is_behind(workload: Fields, status: Fields) -> bool:
    generation: int = workload["metadata"].get("generation") or 0
    observed: int = status.get("observedGeneration") or 0
    return observed < generation


def _require_rolling(spec: Fields) -> None:
    kind = (spec.get("updateStrategy") or {}).get("type") or "RollingUpdate"
    if kind != "RollingUpdate":
        message = "error: rollout status is only available for RollingUpdate strategy type"
        raise RefusedError(message)


def rollout_history(backend: Backend, kind: ApiKind, workload: Fields) -> list[Revision]:
    """Return the revisions of a workload that are still known, the oldest first.

    Raises RefusedError where they are not kept.
    """
    require_rollout(kind, "history viewer")
    metadata = workload["metadata"]
    if kind.key == "Deployment":
        family = deployment_family(backend, metadata["name"], metadata["namespace"])
        found = [
            Revision(revision_of(each), _cause(each), without_hash(each["spec"]["template"]))
            for each in family.replicasets
        ]
    else:
        found = [
            Revision(int(each.get("revision") or 0), _cause(each), _template_in(each))
            for each in _controller_revisions(backend, kind, workload)
        ]
    return sorted((each for each in found if each.number), key=lambda each: each.number)


def _controller_revisions(backend: Backend, kind: ApiKind, workload: Fields) -> Sequence[Fields]:
    namespace = workload["metadata"]["namespace"]
    found = backend.list("ControllerRevision", namespace)
    owned = [each for each in found if is_owned_by(each, workload)]
    if not owned:
        message = (
            f"error: of {kind.plural} this cluster keeps no history (it is simulated without "
            "ControllerRevisions); change the template with patch or apply"
        )
        raise RefusedError(message)
    return owned


def _template_in(revision: Fields) -> Fields:
    data = revision.get("data") or {}
    template: dict[str, Any] = dict(((data.get("spec") or {}).get("template")) or {})
    template.pop("$patch", None)
    return template


def _cause(manifest: Fields) -> str:
    annotations = manifest["metadata"].get("annotations") or {}
    return str(annotations.get(_CHANGE_CAUSE) or "<none>")


def without_hash(template: Fields) -> Manifest:
    """Return a pod template without the label that its ReplicaSet has added."""
    result: Manifest = copy.deepcopy(dict(template))
    labels = dict((result.get("metadata") or {}).get("labels") or {})
    labels.pop(_HASH_LABEL, None)
    result["metadata"] = {**(result.get("metadata") or {}), "labels": labels}
    return result


def revision_to_restore(
    kind: ApiKind, workload: Fields, history: Sequence[Revision], number: int
) -> Revision | None:
    """Return the revision that `kubectl rollout undo` goes back to; 0: the one before the last.

    None if the template is that of the revision already. Raises RefusedError in kubectl's words.
    """
    name = workload["metadata"]["name"]
    if workload["spec"].get("paused"):
        message = (
            f'error: {kind.resource} "{name}": you cannot rollback a paused deployment; resume it '
            "first with rollout_resume and try again"
        )
        raise RefusedError(message)
    if number:
        chosen = next((each for each in history if each.number == number), None)
        if chosen is None:
            message = f"error: unable to find specified revision {number} in history"
            raise RefusedError(message)
    elif len(history) > 1:
        chosen = history[-2]
    else:
        message = f'error: no rollout history found for {kind.kind.lower()} "{name}"'
        raise RefusedError(message)
    return None if chosen.number == history[-1].number else chosen
