"""Priority and RuntimeClass: what a pod's classes fill in, and why they refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.manifests.pods.taints import add_default_tolerations
from simarena.cluster.manifests.priorities import AskedPriority, pod_priority

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.priorities import PriorityClass


def priority_refusal(spec: Fields, classes: Mapping[str, PriorityClass]) -> str:
    """Return why a pod's priority is not that of its class, empty if it is."""
    asked = spec.get("priority")
    name = spec.get("priorityClassName") or ""
    found = pod_priority(AskedPriority(class_name=name), classes)
    if not found.known:
        return f"no PriorityClass with name {name} was found"
    computed = "priority admission controller computed"
    if asked is not None and asked != found.value:
        return (
            f"the integer value of priority ({asked}) must not be provided in pod spec; "
            f"{computed} {found.value} from the given PriorityClass name"
        )
    policy, given = spec.get("preemptionPolicy"), classes.get(found.class_name)
    wanted = "PreemptLowerPriority" if found.preempts else "Never"
    if given is None and found.class_name:
        return ""  # the system's own classes say nothing of it
    if policy is not None and policy != wanted:
        return (
            f"the string value of PreemptionPolicy ({policy}) must not be provided in pod spec; "
            f"{computed} {wanted} from the given PriorityClass name"
        )
    return ""


def fill_priority(spec: Manifest, classes: Mapping[str, PriorityClass]) -> None:
    """Give a pod's spec, in place, the priority of its class."""
    found = pod_priority(AskedPriority(class_name=spec.get("priorityClassName") or ""), classes)
    if found.class_name:
        spec["priorityClassName"] = found.class_name
    spec["priority"] = found.value
    spec["preemptionPolicy"] = "PreemptLowerPriority" if found.preempts else "Never"


def fill_runtime(spec: Manifest, runtime: Fields | None) -> str:
    """Give a pod's spec, in place, what its RuntimeClass says; return why it is refused, or "".

    `runtime` is that class, None if it has none or there is none of that name.
    """
    name = spec.get("runtimeClassName")
    if name is not None and runtime is None:
        return f'pod rejected: RuntimeClass "{name}" not found'
    overhead = ((runtime or {}).get("overhead") or {}).get("podFixed")
    own = spec.get("overhead")
    if overhead and own and own != overhead:
        return "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
    if overhead:
        spec["overhead"] = dict(overhead)
    elif own is not None:
        return "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
    scheduling = (runtime or {}).get("scheduling") or {}
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if selector.setdefault(key, value) != value:
            return (
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {selector[key]}"
            )
    if selector:
        spec["nodeSelector"] = selector
    tolerations = list(spec.get("tolerations") or ())
    added = [each for each in scheduling.get("tolerations") or () if each not in tolerations]
    if added:
        spec["tolerations"] = [*tolerations, *added]
    return ""


def as_stored(spec: Manifest, classes: Mapping[str, PriorityClass]) -> None:
    """Give a pod's spec, in place, all that the API adds to those that it stores."""
    fill_priority(spec, classes)
    add_default_tolerations(spec)
