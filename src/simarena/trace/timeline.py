"""What happens in a trace, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.trace.kinds import REPLICATED, kind_key, namespaced_name
from simarena.trace.quantity import format_cpu_milli, format_memory_bytes
from simarena.trace.workload_ref import Settings, settings_of

if TYPE_CHECKING:
    from simarena.trace.kinds import Manifest
    from simarena.trace.model import Trace

_MAX_PATHS = 3


class TimelineRow(NamedTuple):
    """One object in one event."""

    event: int
    """Which event of the trace, from 0."""

    seconds: int
    """Time since the first event."""

    kind: str
    """Kind without its group."""

    name: str
    """"namespace/name"."""

    verb: str
    """"created", "changed", "unchanged" or "deleted"."""

    changes: str
    """What is asked for, or what became different: "replicas 1→3, cpu 100m→200m"."""


def timeline(trace: Trace) -> list[TimelineRow]:
    """Return a row for each object that is applied or deleted, in order of time."""
    rows = []
    known: dict[tuple[str, str], Manifest] = {}
    for number, event in enumerate(trace.events):
        seconds = event.ts - trace.events[0].ts
        for manifest in event.applied_objs:
            key = (kind_key(manifest), namespaced_name(manifest))
            verb, changes = _applied(known.get(key), manifest)
            rows.append(TimelineRow(number, seconds, manifest["kind"], key[1], verb, changes))
            known[key] = manifest
        for manifest in event.deleted_objs:
            key = (kind_key(manifest), namespaced_name(manifest))
            rows.append(TimelineRow(number, seconds, manifest["kind"], key[1], "deleted", ""))
            known.pop(key, None)
    return rows


def _applied(before: Manifest | None, manifest: Manifest) -> tuple[str, str]:
    is_workload = kind_key(manifest) in REPLICATED
    if before is None:
        return "created", ", ".join(_described(settings_of(manifest))) if is_workload else ""
    changes = []
    if is_workload:
        old, new = settings_of(before), settings_of(manifest)
        pairs = zip(_described(old), _described(new), strict=True)
        changes = [f"{was}→{now.split(' ')[1]}" for was, now in pairs if was != now]
    paths = [path for path in _different(before, manifest, "") if not _is_told(path, is_workload)]
    changes += paths[:_MAX_PATHS]
    if len(paths) > _MAX_PATHS:
        changes.append(f"{len(paths) - _MAX_PATHS} more")
    return ("changed", ", ".join(changes)) if changes else ("unchanged", "")


def _described(asked: Settings) -> list[str]:
    return [
        f"replicas {asked.replicas}",
        f"cpu {format_cpu_milli(asked.cpu_milli)}",
        f"memory {format_memory_bytes(asked.memory_bytes)}",
    ]


def _is_told(path: str, is_workload: bool) -> bool:  # noqa: FBT001
    """Return whether the settings tell of a path already, or only the cluster wrote it."""
    if path.startswith(("status", "metadata.resourceVersion", "metadata.generation")):
        return True
    first = "spec.template.spec.containers[0].resources.requests"
    return is_workload and path in ("spec.replicas", f"{first}.cpu", f"{first}.memory")


def _different(before: object, after: object, path: str) -> list[str]:
    """Return the paths at which two values differ, as deep as both have the same shape."""
    if type(before) is dict and type(after) is dict:
        return [
            found
            for key in dict.fromkeys([*before, *after])
            for found in _different(
                before.get(key), after.get(key), f"{path}.{key}" if path else key
            )
        ]
    if type(before) is list and type(after) is list and len(before) == len(after):
        return [
            found
            for row, (old, new) in enumerate(zip(before, after, strict=True))
            for found in _different(old, new, f"{path}[{row}]")
        ]
    return [] if before == after else [path]
