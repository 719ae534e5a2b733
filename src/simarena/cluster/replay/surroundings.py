"""Objects of a trace that are not simulated, but that the scheduler reads, or that are only kept.

A replay is one call of the kernel, in which they do not change: each holds from the replay's start
to its end, in the form that was applied last.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simarena.cluster.manifests.check import kept, read
from simarena.cluster.manifests.kinds import STORED, STORED_KINDS, Effect, with_effect
from simarena.cluster.replay.driver import virtual_namespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
    from simarena.cluster.replay.driver import Arrival

_READ = with_effect(Effect.READ)
_UNHEEDED = with_effect(Effect.UNHEEDED)


@dataclass(slots=True)
class TracedSurroundings:
    """Such objects of one trace."""

    applied: dict[ObjectKey, ApiObject] = field(default_factory=dict)
    """As they were applied last, also those that are deleted later."""
    deleted: dict[ObjectKey, None] = field(default_factory=dict)
    """Those that are not there at the end."""
    changing: dict[ObjectKey, None] = field(default_factory=dict)
    """Those whose effect comes or goes later than the replay begins or ends."""

    @property
    def heeded(self) -> Sequence[ApiObject]:
        """What the scheduler reads."""
        return [each for name, each in self.applied.items() if name.kind in _READ]

    @property
    def left_out(self) -> Sequence[str]:
        """What a user should know of: names, and what is not as in the trace."""
        unheeded = [f"{name.kind} {name.name}" for name in self.applied if name.kind in _UNHEEDED]
        inexact = [
            f"changes of {name.kind} {name.name} (it holds for the whole replay)"
            for name in self.changing
            if name.kind in _READ
        ]
        return [*unheeded, *inexact]

    @property
    def stored(self) -> Sequence[ApiObject]:
        """What is there at the end."""
        return [each for name, each in self.applied.items() if name not in self.deleted]

    def take(self, arrival: Arrival, first_ms: int) -> None:
        """Take note of an object that is applied or deleted; `first_ms` is when the trace begins.

        Raises ManifestError if it is malformed.
        """
        manifest = arrival.manifest
        if manifest["kind"] == "Namespace":
            metadata = manifest["metadata"]
            metadata = {**metadata, "name": virtual_namespace(metadata["name"])}
            arrival = replace(arrival, manifest={**manifest, "metadata": metadata})
        taken = _taken(arrival)
        identity = taken.key
        before = self.applied.get(identity)
        if arrival.deleted:
            if before is not None:
                self.deleted[identity] = None
                self.changing[identity] = None
            return
        self.deleted.pop(identity, None)
        if arrival.time_ms > first_ms and before != taken:
            self.changing[identity] = None
        self.applied[identity] = taken


def _taken(arrival: Arrival) -> ApiObject:
    """Return what is taken note of: of what goes its name, and all of what decides anything."""
    kind = arrival.manifest["kind"]
    if arrival.deleted or STORED[kind] is Effect.NONE:
        return kept(arrival.manifest)
    return read(arrival.manifest, unknown=[])


def traced_surroundings(planned: Iterable[Arrival]) -> TracedSurroundings:
    """Return the objects of a trace that are only kept; ManifestError if one is malformed."""
    result = TracedSurroundings()
    first_ms: int | None = None
    for arrival in planned:
        first_ms = arrival.time_ms if first_ms is None else first_ms
        if arrival.manifest["kind"] in STORED_KINDS:
            result.take(arrival, first_ms)
    return result
