"""API events, told from the journal."""

from __future__ import annotations

import heapq
from itertools import groupby
from typing import TYPE_CHECKING

from simarena.cluster.codes import LogKind
from simarena.cluster.codes.log import EVENT_REASONS
from simarena.cluster.objects.event import event_manifest, involved_object
from simarena.cluster.objects.event_words import Words
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.kubelet_events import About, ContainerTeller, Told
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from simarena.cluster.codes.log import EventReason, Regarding
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.messages.control_plane import Happening
    from simarena.cluster.objects.journal import Journal
    from simarena.cluster.rows.catalogue import Catalogue


def list_events(
    catalogue: Catalogue, journal: Journal, namespace: str | None = None
) -> list[Manifest]:
    """Return Event objects, those that happened last at the end.

    What is told again of the same object in the same words is one event with a count, as the API
    keeps it.
    """
    first: dict[tuple[About, Happening], int] = {}
    last: dict[tuple[About, Happening], int] = {}
    count: dict[tuple[About, Happening], int] = {}
    told_in_order = heapq.merge(_tell(catalogue, journal), journal.notes, key=_time_ms)
    for told in told_in_order:
        if namespace is not None and told.about.namespace != namespace:
            continue
        key = (told.about, told.happening)
        first.setdefault(key, told.time_ms)
        last[key] = told.time_ms
        count[key] = count.get(key, 0) + told.times
    names = Identities(catalogue)
    versions = {info.kind: info.manifest["apiVersion"] for info in catalogue.workloads.values()}
    versions |= {kind.name: kind.api_version for kind in KINDS.values()}
    events = [
        event_manifest(
            happening,
            involved_object(*about[:4], version=versions[about.kind], container=about.container),
            uid=names.event_uid(number),
            first_ms=first[about, happening],
            last_ms=last[about, happening],
            count=count[about, happening],
            host=about.host,
        )
        for number, (about, happening) in enumerate(first)
    ]
    order = sorted(zip(last.values(), range(len(events)), strict=True))
    return [events[number] for _, number in order]


def _time_ms(told: Told) -> int:
    return told.time_ms


def _tell(catalogue: Catalogue, journal: Journal) -> Iterator[Told]:
    """Yield what is told of each entry of the log, by the table of event reasons."""
    names = Identities(catalogue)
    real = catalogue.world.settings[0]["real_kubelet"]
    containers = ContainerTeller(catalogue) if real else None
    attempts: dict[int, int] = {}
    exceeded: list[np.void] = []
    for row, counts in journal.entries():
        kind = LogKind(int(row["kind"]))
        if kind == LogKind.QUOTA_EXCEEDED:
            exceeded.append(row)
            continue
        words = Words(names, row, counts, containers, exceeded)
        times = _attempts_since(attempts, row) if kind == LogKind.POD_UNSCHEDULABLE else 1
        for regarding, group in _OF_KIND[kind]:
            events = [event for event in group if words.hold(event)]
            for about in words.objects(regarding) if events else ():
                for event in events:
                    yield Told(int(row["time_ms"]), about, words.happening(event), times)
        if kind == LogKind.POD_FORBIDDEN:
            exceeded = []
        if containers is not None:
            containers.note(row)


def _regarding(event: EventReason) -> Regarding:
    return event.regarding


_OF_KIND: Mapping[LogKind, Sequence[tuple[Regarding, Sequence[EventReason]]]] = {
    kind: [
        (regarding, tuple(events))
        for regarding, events in groupby(
            (event for event in EVENT_REASONS if event.kind == kind), key=_regarding
        )
    ]
    for kind in LogKind
}


def _attempts_since(attempts: dict[int, int], row: np.void) -> int:
    """Return how often a pod found no node since that was told before; `attempts` has the numbers.

    Entries between the first and the last that are equal are not kept.
    """
    number, attempt = int(row["subject"]), int(row["value"])
    count = attempt - attempts.get(number, attempt - 1)
    attempts[number] = attempt
    return count
