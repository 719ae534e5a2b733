"""The workloads of a trace: finding one by name, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from simarena.errors import NotFoundError, TraceError
from simarena.trace.kinds import REPLICATED, kind_key, namespace_of, pod_spec
from simarena.trace.quantity import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simarena.trace.kinds import Manifest
    from simarena.trace.model import Trace


@dataclass(frozen=True, slots=True)
class WorkloadRef:
    """Which workload of a trace is meant."""

    kind: str
    """With its group, as "apps/v1.Deployment"."""

    namespace: str
    """Where it is, as the trace has it (not SimKube's virtual one)."""

    name: str
    """Its name."""

    @property
    def key(self) -> str:
        """The "namespace/name" under which the trace's index knows it."""
        return f"{self.namespace}/{self.name}"

    def is_ref_of(self, manifest: Manifest) -> bool:
        """Return whether `manifest` is of this workload."""
        return (
            manifest["metadata"]["name"] == self.name
            and namespace_of(manifest) == self.namespace
            and kind_key(manifest) == self.kind
        )


class Settings(NamedTuple):
    """What an agent can change of a workload."""

    cpu_milli: int
    """CPU request of the first container, in millicores."""

    memory_bytes: int
    """Memory request of the first container, in bytes."""

    replicas: int
    """Pods that are wanted."""


def workload(trace: Trace, name: str, namespace: str | None = None) -> WorkloadRef:
    """Return the Deployment (else StatefulSet, else ReplicaSet) of that name.

    Raises NotFoundError with the nearest name if no event applies one, TraceError if several
    namespaces have one and `namespace` does not choose.
    """
    refs = set(_workloads(trace))
    found = [ref for ref in refs if ref.name == name and namespace in (None, ref.namespace)]
    if not found:
        raise _not_found(trace, name, namespace, refs)
    namespaces = sorted({ref.namespace for ref in found})
    if len(namespaces) > 1:
        message = f"{trace.source}: {name!r} is in several namespaces, choose one of: "
        message += ", ".join(namespaces)
        raise TraceError(message)
    return min(found, key=lambda ref: REPLICATED.index(ref.kind))


def workloads(trace: Trace) -> list[WorkloadRef]:
    """Return every workload that actions can edit, in the order in which they first appear."""
    return list(dict.fromkeys(_workloads(trace)))


def settings(trace: Trace, ref: WorkloadRef) -> Settings:
    """Return what the last event that applies the workload asks for.

    A missing request is the container's limit, as the API fills it in, else 0; missing replicas
    are 1. Raises NotFoundError if no event applies the workload.
    """
    for event in reversed(trace.events):
        for manifest in reversed(event.applied_objs):
            if ref.is_ref_of(manifest):
                return settings_of(manifest)
    raise _not_found(trace, ref.name, ref.namespace, set(_workloads(trace)))


def settings_of(manifest: Manifest) -> Settings:
    """Return the settings in one manifest of a workload."""
    container = (pod_spec(manifest) or {})["containers"][0]
    cpu_milli = request_of(container, "cpu", parse_cpu_milli)
    memory_bytes = request_of(container, "memory", parse_memory_bytes)
    return Settings(cpu_milli, memory_bytes, replicas_of(manifest))


def request_of(container: Manifest, resource: str, parse: Callable[[object], int]) -> int:
    """Return a container's request of a resource, read by `parse`; its limit if it has none."""
    resources = container.get("resources") or {}
    for part in ("requests", "limits"):
        amounts = resources.get(part) or {}
        if resource in amounts:
            return parse(amounts[resource])
    return 0


def replicas_of(manifest: Manifest) -> int:
    """Return the replicas that a manifest asks for, 1 where it says none."""
    replicas: int | None = manifest["spec"].get("replicas")
    return 1 if replicas is None else replicas


def _workloads(trace: Trace) -> Iterator[WorkloadRef]:
    for event in trace.events:
        for manifest in event.applied_objs:
            kind = kind_key(manifest)
            if kind in REPLICATED:
                yield WorkloadRef(kind, namespace_of(manifest), manifest["metadata"]["name"])


def _not_found(
    trace: Trace, name: str, namespace: str | None, refs: set[WorkloadRef]
) -> NotFoundError:
    wanted = name if namespace is None else f"{namespace}/{name}"
    elsewhere = sorted(ref.key for ref in refs if ref.name == name)
    names = sorted({ref.name for ref in refs})
    within = [each for each in names if name and name in each]
    near = elsewhere or get_close_matches(name, names, n=1) or within
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif names:
        hint = f"it has {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}"  # noqa: PLR2004
    else:
        hint = "it has no Deployment, StatefulSet or ReplicaSet"
    return NotFoundError(f"{trace.source}: there is no workload {wanted!r} in the trace; {hint}")
