"""A trace that happens bit by bit, while its cluster is looked at and acted on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.cluster.replay.driver import recorded_object, virtual_namespace
from simarena.errors import RefusedError
from simarena.mcp.writing import Place
from simarena.trace import TraceEvent
from simarena.trace.kinds import namespace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Manifest
    from simarena.mcp.writing import Held
    from simarena.trace import Trace


class TraceFeed:
    """Replays a trace from the cluster's present on, as SimKube's driver would, in stretches.

    What somebody has changed of an object meanwhile holds against later events that apply the
    same object. A feed is a value: `fed` gives the next one.
    """

    def __init__(self, trace: Trace, passed_s: int = 0) -> None:
        self._trace = trace
        self.passed_s = passed_s
        """Seconds of the trace that have happened."""

    def fed(self, cluster: Cluster, seconds: int, changes: Sequence[Held] = ()) -> TraceFeed:
        """Let the next seconds happen in a cluster; return the feed of what comes after them."""
        events = self._trace.events
        first = events[0].ts if events else 0
        begin, end = first + self.passed_s, first + self.passed_s + seconds
        due = [
            event
            for event in events
            if begin < event.ts <= end or (event.ts == first and not self.passed_s)
        ]
        if due:
            changed = [_changed(event, changes) for event in due]
            span = [TraceEvent(begin), *changed, TraceEvent(end)]
            cluster.replay(self._trace.with_events(span))
        else:
            cluster.advance(seconds)
        return TraceFeed(self._trace, self.passed_s + seconds)


def _changed(event: TraceEvent, changes: Sequence[Held]) -> TraceEvent:
    return replace(event, applied_objs=[_held(each, changes) for each in event.applied_objs])


def _held(manifest: Manifest, changes: Sequence[Held]) -> Manifest:
    """Return an object with the changes made that were made to it before.

    A change that no longer fits what the trace says is left out.
    """
    namespace = namespace_of(manifest)
    place = Place(
        manifest["kind"],
        virtual_namespace(namespace) if namespace else "",
        manifest["metadata"]["name"],
    )
    mine = [change for change in changes if change.place == place]
    for change in mine:
        with suppress(RefusedError):
            manifest = change.made_in(manifest)
    return recorded_object(manifest) if mine else manifest
