"""Admission plugins, each a step that completes an object or refuses it by what else is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.admission import limit_ranges
from simarena.cluster.manifests.admission.accounts import (
    account_name,
    fill_account,
    is_mirror,
    mirror_refusal,
    missing_account,
)
from simarena.cluster.manifests.admission.pods import as_stored, fill_runtime, priority_refusal
from simarena.cluster.manifests.pods.taints import NOT_READY, add_default_tolerations
from simarena.cluster.manifests.validation.causes import forbidden_object
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from simarena.cluster.manifests.admission.held import Held
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.errors import ApiRefusalError


NEW_NODE_TAINT: Final = {"key": NOT_READY, "effect": "NoSchedule"}
"""Taint of a node that was just made (plugin TaintNodesByCondition), until its kubelet reports."""


def complete_new_pod(pod: Manifest, held: Held, token_volume: str) -> None:
    """Give a pod that is to be stored, in place, all that the API adds. Raises ApiRefusalError.

    `token_volume` is the name of the volume with its account's token, if it needs one.
    """
    complete_amounts(pod, held)
    spec = pod["spec"]
    if is_mirror(pod):
        _refuse(pod, mirror_refusal(spec))
    else:
        fill_account(spec, find_account(pod, held), token_volume)
    check_priority(pod, held)
    as_stored(spec, held.priority_classes)
    complete_runtime(pod, held)


def complete_changed_pod(pod: Manifest, before: Fields) -> None:
    """Give a changed pod, in place, what the API had added and its client left out."""
    spec, former = pod["spec"], before["spec"]
    for name in ("priority", "preemptionPolicy"):
        if name in former:
            spec.setdefault(name, former[name])
    add_default_tolerations(spec)


def taint_new_node(node: Manifest) -> None:
    """Give a node that was just made, in place, the taint that it has until its kubelet reports."""
    taints = node["spec"].get("taints") or []
    if NEW_NODE_TAINT not in taints:
        node["spec"]["taints"] = [*taints, dict(NEW_NODE_TAINT)]


def complete_amounts(pod: Manifest, held: Held) -> None:
    """Give a pod, in place, the amounts that its namespace's LimitRanges have for it."""
    namespace = pod["metadata"]["namespace"]
    limit_ranges.default_amounts(pod, held.inside("LimitRange", namespace))


def find_account(pod: Fields, held: Held) -> Fields:
    """Return the ServiceAccount that a pod runs as. Raises ApiRefusalError if there is none."""
    namespace, name = pod["metadata"]["namespace"], account_name(pod["spec"])
    found = held.account(namespace, name)
    if found is None:
        raise refused(pod, missing_account(namespace, name))
    return found


def check_priority(pod: Fields, held: Held) -> None:
    """Raise ApiRefusalError where a pod's priority is not that of its class."""
    _refuse(pod, priority_refusal(pod["spec"], held.priority_classes))


def complete_runtime(pod: Manifest, held: Held) -> None:
    """Give a pod, in place, what its RuntimeClass says. Raises ApiRefusalError."""
    name = pod["spec"].get("runtimeClassName")
    runtime = None if name is None else held.runtime_class(name)
    _refuse(pod, fill_runtime(pod["spec"], runtime))


def check_bounds(pod: Fields, held: Held) -> None:
    """Raise ApiRefusalError where a pod is out of the bounds of its namespace's LimitRanges."""
    namespace = pod["metadata"]["namespace"]
    _refuse(pod, limit_ranges.refusal(pod, held.inside("LimitRange", namespace)))


def check_default_class(manifest: Fields, held: Held) -> None:
    """Raise ApiRefusalError where a PriorityClass is to be a second default."""
    if not manifest.get("globalDefault"):
        return
    for each in held.priority_classes.values():
        if each.is_default and each.key.name != manifest["metadata"].get("name"):
            why = (
                f"PriorityClass {each.key.name} is already marked as default. "
                "Only one default can exist"
            )
            raise refused(manifest, why)


def refused(manifest: Fields, why: str) -> ApiRefusalError:
    """Return the error for an object that a plugin refuses."""
    known = KINDS[manifest["kind"]]
    name = manifest["metadata"].get("name") or ""
    return forbidden_object(known.plural, known.group, name, why)


def _refuse(manifest: Fields, why: str) -> None:
    if why:
        raise refused(manifest, why)
