"""What each kind's registry writes into an object after admission and before it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.admission.plugins import taint_new_node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Manifest

_TEMPLATE_GENERATION: Final = "deprecated.daemonset.template.generation"
_GATED: Final = "Scheduling is blocked due to non-empty scheduling gates"
_JOB_LABELS: Final = "batch.kubernetes.io/"


def prepare_new(manifest: Manifest, given: Mapping[str, Any]) -> None:
    """Complete an object, in place, that is to be created, as its kind's registry does.

    `given` is what the client sent.
    """
    prepare = _NEW.get(manifest["kind"])
    if prepare is not None:
        prepare(manifest, given)


def prepare_changed(manifest: Manifest, before: Mapping[str, Any]) -> None:
    """Complete an object, in place, that is to take another one's place."""
    prepare = _CHANGED.get(manifest["kind"])
    if prepare is not None:
        prepare(manifest, before)


def _new_job(job: Manifest, given: Mapping[str, Any]) -> None:
    """Give a Job the selector and the labels by which its pods are known."""
    spec = job["spec"]
    if spec.get("manualSelector"):
        return
    metadata = job["metadata"]
    name, uid = metadata.get("name") or "", metadata.get("uid") or ""
    labels = {
        f"{_JOB_LABELS}controller-uid": uid,
        "controller-uid": uid,
        f"{_JOB_LABELS}job-name": name,
        "job-name": name,
    }
    template = spec["template"].setdefault("metadata", {})
    own = template.get("labels") or {}
    template["labels"] = dict(sorted({**labels, **own}.items()))
    if own and not given["metadata"].get("labels"):  # the same map, in the API
        metadata["labels"] = template["labels"]
    selector = spec.setdefault("selector", {})
    wanted = {f"{_JOB_LABELS}controller-uid": uid, **(selector.get("matchLabels") or {})}
    selector["matchLabels"] = dict(sorted(wanted.items()))


def _new_pod(pod: Manifest, given: Mapping[str, Any]) -> None:
    """Say of a pod that waits for its gates that it does, and write out what its keys match."""
    del given
    spec, labels = pod["spec"], pod["metadata"].get("labels") or {}
    for each in spec.get("topologySpreadConstraints") or ():
        _match_keys(each, "matchLabelKeys", "In", labels)
    for kind in ("podAffinity", "podAntiAffinity"):
        affinity = (spec.get("affinity") or {}).get(kind) or {}
        terms = list(affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        terms += [
            each.get("podAffinityTerm") or {}
            for each in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        ]
        for term in terms:
            _match_keys(term, "matchLabelKeys", "In", labels)
            _match_keys(term, "mismatchLabelKeys", "NotIn", labels)
    if spec.get("schedulingGates"):
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "lastTransitionTime": pod["metadata"].get("creationTimestamp"),
            "reason": "SchedulingGated",
            "message": _GATED,
        }
        pod["status"] = {"conditions": [condition]}


def _match_keys(term: Manifest, field: str, operator: str, labels: Mapping[str, str]) -> None:
    """Write into a selector, in place, the values that a pod's own labels have for some keys."""
    selector = term.get("labelSelector")
    added = [
        {"key": key, "operator": operator, "values": [labels[key]]}
        for key in term.get(field) or ()
        if key in labels
    ]
    if selector is not None and added:
        term["labelSelector"] = {
            **selector,
            "matchExpressions": [*(selector.get("matchExpressions") or ()), *added],
        }


def _new_node(node: Manifest, given: Mapping[str, Any]) -> None:
    """Keep pods off a node until its kubelet reports (plugin TaintNodesByCondition)."""
    del given
    taint_new_node(node)


def count_template(daemonset: Manifest) -> None:
    """Write into a DaemonSet, in place, that its template has never changed, if it says nothing."""
    if _TEMPLATE_GENERATION not in (daemonset["metadata"].get("annotations") or {}):
        _set_template_generation(daemonset, 0)


def _new_daemonset(daemonset: Manifest, given: Mapping[str, Any]) -> None:
    del given
    _set_template_generation(daemonset, 1)


def _changed_daemonset(daemonset: Manifest, before: Mapping[str, Any]) -> None:
    """Count how often the template has changed; clients may not write that."""
    had = (before["metadata"].get("annotations") or {}).get(_TEMPLATE_GENERATION) or "0"
    number = int(had) if had.isdigit() else 0
    if daemonset["spec"].get("template") != before["spec"].get("template"):
        number += 1
    _set_template_generation(daemonset, number)


def _set_template_generation(daemonset: Manifest, number: int) -> None:
    annotations = daemonset["metadata"].get("annotations") or {}
    daemonset["metadata"]["annotations"] = {**annotations, _TEMPLATE_GENERATION: str(number)}


def _new_claim(claim: Manifest, given: Mapping[str, Any]) -> None:
    del given
    _protect(claim, "kubernetes.io/pvc-protection")


def _new_volume(volume: Manifest, given: Mapping[str, Any]) -> None:
    del given
    _protect(volume, "kubernetes.io/pv-protection")


def _protect(manifest: Manifest, finalizer: str) -> None:
    """Let an object stay as long as it is in use (plugin StorageObjectInUseProtection)."""
    finalizers = manifest["metadata"].get("finalizers") or []
    if finalizer not in finalizers:
        manifest["metadata"]["finalizers"] = [*finalizers, finalizer]


_NEW: Final[Mapping[str, Callable[[Manifest, Mapping[str, Any]], None]]] = {
    "DaemonSet": _new_daemonset,
    "Job": _new_job,
    "Node": _new_node,
    "PersistentVolume": _new_volume,
    "PersistentVolumeClaim": _new_claim,
    "Pod": _new_pod,
}
_CHANGED: Final[Mapping[str, Callable[[Manifest, Mapping[str, Any]], None]]] = {
    "DaemonSet": _changed_daemonset,
}
