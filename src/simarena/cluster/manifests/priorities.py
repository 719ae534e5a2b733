"""Priorities of pods, by their PriorityClass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.fields import flag, string, whole
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest

BUILT_IN: Final[Mapping[str, int]] = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
"""Classes that every cluster has."""

_NEVER: Final = "Never"
MAX_PRIORITY: Final = 1_000_000_000
_LEAST_INT32: Final = -(1 << 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityClass(ApiObject):
    """A class of priorities."""

    value: int
    preemption: str
    """preemptionPolicy of its pods; empty: they preempt."""
    is_default: bool
    """It is that of pods that name none."""


class AskedPriority(NamedTuple):
    """What a pod says of its priority."""

    class_name: str = ""
    value: int | None = None
    preemption: str = ""


class Priority(NamedTuple):
    """What the API fills into a pod when it is created."""

    value: int
    preempts: bool
    class_name: str
    """Empty where the pod has no class."""
    known: bool = True
    """False: the pod names a class that does not exist; the API refuses it."""


def read_priority_class(manifest: Manifest, key: ObjectKey) -> PriorityClass:
    """Return a PriorityClass whose metadata is checked; ManifestError if it is malformed."""
    where = f"PriorityClass {key.name}"
    value = whole(manifest, "value", where, 0, least=_LEAST_INT32, most=MAX_INT32)
    is_default = flag(manifest, "globalDefault", where)
    preemption = string(manifest, "preemptionPolicy", where)
    if value > MAX_PRIORITY and not key.name.startswith("system-"):
        message = f"{where}.value must be at most {MAX_PRIORITY}, got {value}"
        raise ManifestError(message)
    return PriorityClass(
        key=key, manifest=manifest, value=value, preemption=preemption, is_default=is_default
    )


def pod_priority(asked: AskedPriority, classes: Mapping[str, PriorityClass]) -> Priority:
    """Return a pod's priority; a class marked as default is that of pods that name none."""
    name = asked.class_name
    if not name and asked.value is None:
        name = _default_class(classes)
    given = classes.get(name)
    policy = asked.preemption
    if not policy and given is not None:
        policy = given.preemption
    preempts = policy != _NEVER
    if given is not None:
        return Priority(given.value, preempts, name)
    if name in BUILT_IN:
        return Priority(BUILT_IN[name], preempts, name)
    return Priority(asked.value or 0, preempts, name, known=not name)


def _default_class(classes: Mapping[str, PriorityClass]) -> str:
    """Return the default class's name; of several, that with the lowest value."""
    defaults = [(given.value, name) for name, given in classes.items() if given.is_default]
    return min(defaults)[1] if defaults else ""
