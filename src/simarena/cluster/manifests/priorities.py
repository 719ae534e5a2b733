"""Priorities of pods, by their PriorityClass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields

BUILT_IN: Final[Mapping[str, int]] = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
"""Classes that every cluster has."""

_NEVER = "Never"


class Priority(NamedTuple):
    """What the API fills into a pod when it is created."""

    value: int
    preempts: bool
    class_name: str
    """Empty where the pod has no class."""
    known: bool = True
    """False: the pod names a class that does not exist; the API refuses it."""


def pod_priority(pod_spec: Fields, classes: Mapping[str, Fields]) -> Priority:
    """Return a pod's priority; a class marked as default is that of pods that name none."""
    name = pod_spec.get("priorityClassName") or ""
    if not name and pod_spec.get("priority") is None:
        name = _default_class(classes)
    given = classes.get(name)
    policy = pod_spec.get("preemptionPolicy")
    if policy is None and given is not None:
        policy = given.get("preemptionPolicy")
    preempts = policy != _NEVER
    if given is not None:
        return Priority(given.get("value") or 0, preempts, name)
    if name in BUILT_IN:
        return Priority(BUILT_IN[name], preempts, name)
    return Priority(pod_spec.get("priority") or 0, preempts, name, known=not name)


def _default_class(classes: Mapping[str, Fields]) -> str:
    """Return the default class's name; of several, that with the lowest value."""
    defaults = [
        (given.get("value") or 0, name)
        for name, given in classes.items()
        if given.get("globalDefault")
    ]
    return min(defaults)[1] if defaults else ""
