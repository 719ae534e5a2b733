"""The read tool about events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NotRequired, TypedDict

from simarena.apiserver.printing.ages import duration, seconds_since
from simarena.mcp.answers.answer import Answer, Listed, Row, listed, none_listed
from simarena.mcp.answers.bounds import MAX_ROW_BYTES
from simarena.mcp.kubectl.ownership import belongs_to, deployment_family
from simarena.mcp.kubectl.selectors import read_selectors
from simarena.mcp.tools.pods import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend


class EventRecord(TypedDict):
    """An event in a list; its namespace where there are several."""

    namespace: NotRequired[str]
    last_seen_seconds: int | None
    type: str
    reason: str
    object: str
    """Kind and name of what it is about, as pod/web-1."""
    count: int
    message: str


class EventList(Listed):
    """Events."""

    items: list[EventRecord]


def events_answer(
    backend: Backend,
    namespace: str | None,
    deploy: str,
    event_type: str,
    field_selector: str,
    last_n: int,
    cursor: str,
) -> Answer[EventList]:
    """Return the latest events, the newest first, of a Deployment and its pods if one is named."""
    fields = ",".join(filter(None, (field_selector, f"type={event_type}" if event_type else "")))
    found = backend.events(namespace, read_selectors("Event", fields=fields))
    where = f"Events {place_of(namespace)}"
    if deploy and namespace is not None:
        family = deployment_family(backend, deploy, namespace)
        found = [event for event in found if belongs_to(event["involvedObject"], family)]
        where = f"Events of deployment {deploy}, its replica sets and pods {place_of(namespace)}"
    if not found:
        return none_listed(f"{where}: none")
    types = Counter(str(event.get("type")) for event in found)
    note = ", ".join(f"{count} {name}" for name, count in types.most_common())
    columns = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    if namespace is None:
        columns.insert(0, "NAMESPACE")
    return listed(
        where,
        columns,
        latest_first(found),
        lambda event: _row(event, backend, everywhere=namespace is None),
        limit=last_n,
        cursor=cursor,
        note=note,
        hint="see fewer by type=Warning or deploy",
    )


def event_rows(
    events: Sequence[Fields], backend: Backend, *, most: int, everywhere: bool = False
) -> list[Row]:
    """Return the latest events as rows, the newest first."""
    return [
        _row(event, backend, everywhere=everywhere).fitted(MAX_ROW_BYTES)
        for event in latest_first(events)[:most]
    ]


def latest_first(events: Sequence[Fields]) -> list[Fields]:
    """Return events by the time they happened last, the newest first."""
    numbered = list(enumerate(events))
    numbered.sort(key=lambda pair: (_last_time(pair[1]), pair[0]), reverse=True)
    return [event for _, event in numbered]


def _last_time(event: Fields) -> str:
    """Return when an event happened last; old and new API have it in different fields."""
    series = event.get("series") or {}
    return str(
        event.get("lastTimestamp")
        or series.get("lastObservedTime")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )


def _row(event: Fields, backend: Backend, *, everywhere: bool) -> Row:
    involved = event["involvedObject"]
    what = f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"
    count = event.get("count") or (event.get("series") or {}).get("count") or 1
    seconds = seconds_since(_last_time(event), backend.now)
    seen = "<unknown>" if seconds is None else duration(seconds)
    if count > 1:
        first = event.get("firstTimestamp") or event.get("eventTime")
        over = seconds_since(first, backend.now)
        seen += f" (x{count}" + (f" over {duration(over)})" if over is not None else ")")
    message = " ".join(str(event.get("message") or "").split())
    cells = [seen, str(event.get("type")), str(event.get("reason")), what, message]
    data: EventRecord = {
        "last_seen_seconds": seconds,
        "type": str(event.get("type") or ""),
        "reason": str(event.get("reason") or ""),
        "object": what,
        "count": count,
        "message": message,
    }
    if everywhere:
        namespace = str(event["metadata"].get("namespace", ""))
        return Row([namespace, *cells], {"namespace": namespace, **data})
    return Row(cells, data)
