"""A recorded cluster history in memory, and its way from and to a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simarena.errors import TraceError
from simarena.files import storage
from simarena.files.bounded import MAX_BYTES
from simarena.trace import codec, version1
from simarena.trace.check import check, check_events, check_tables, is_integer
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Final

    from simarena.trace.kinds import Manifest

VERSION: Final = 2
"""The format that SimKube reads, and the only one that is written."""

_FIELDS = ("config", "events", "index", "pod_lifecycles")


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """What happened at one moment of a trace."""

    ts: int
    """Unix time, in seconds."""

    applied_objs: list[Manifest] = field(default_factory=list)
    """Objects that were created or changed, as whole manifests."""

    deleted_objs: list[Manifest] = field(default_factory=list)
    """Objects that were deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A SimKube trace. Edits give a new one, which shares what they leave alone.

    `from_path` and `from_bytes` read version 2 and the old version 1, as MessagePack or JSON, and
    check all of it first. `to_bytes` gives version 2, and a version-2 file that nobody changed byte
    for byte.
    """

    events: list[TraceEvent]
    """In order of time."""

    config: dict[str, Any]
    """What was tracked: `{"trackedObjects": {"apps/v1.Deployment": {...}}}`."""

    index: dict[str, dict[str, int]]
    """SimKube's hash of each object's last spec, by kind and "namespace/name"."""

    pod_lifecycles: dict[tuple[str, str], dict[int, list[Any]]]
    """How long pods ran, by owner (kind, "namespace/name") and hash of the pod spec."""

    source: str = field(default="trace", compare=False)
    """Where it came from, for messages."""

    extras: dict[str, Any] = field(default_factory=dict)
    """Further fields, such as the `metadata` of hand-written files; SimKube skips them."""

    original: bytes | None = field(default=None, compare=False, repr=False)
    """The version-2 MessagePack it was read from, if it was."""

    @classmethod
    def from_path(cls, location: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Trace:
        """Return the trace at a path or a file, s3, gs or az URI.

        Raises StorageError if it cannot be read, TraceError if it is not a sound trace.
        """
        return cls.from_bytes(
            storage.read_bytes(location, max_bytes=max_bytes), source=storage.shown(location)
        )

    @classmethod
    def from_bytes(cls, data: bytes, source: str = "trace") -> Trace:
        """Return the trace in `data`, or raise TraceError; `source` names it in messages."""
        values = codec.decode(data, source)
        version = version1.version_of(values, source)
        if version == 1:
            trace = _from_version1(values, source)
        else:
            original = None if codec.is_json(data) else data
            trace = _from_version2(values, source)
            if not _lacks_namespaces(trace):
                check_tables(trace)  # its events have been checked
                return replace(trace, original=original)
            trace = trace.with_events(_with_namespaces(trace.events))
        check(trace)
        return trace

    def to_bytes(self) -> bytes:
        """Return the trace as version-2 MessagePack, or TraceError if it is not sound.

        What was read and not changed comes back byte for byte.
        """
        if self.original is not None and self._is_untouched(self.original):
            return self.original
        check(self)
        return codec.encode_msgpack(_values(self))

    def to_json_bytes(self) -> bytes:
        """Return the trace as version-2 JSON, in the encoding that `codec` describes."""
        check(self)
        return codec.encode_json(_values(self), self.source)

    def save(self, location: str | os.PathLike[str]) -> None:
        """Write `to_bytes` to a path or URI, whole or not at all."""
        storage.write_bytes(location, self.to_bytes())

    def with_events(self, events: Sequence[TraceEvent]) -> Trace:
        """Return this trace with other events; `index` is kept as it is."""
        return replace(self, events=list(events), original=None)

    def _is_untouched(self, original: bytes) -> bool:
        """Compare encodings, since a caller may have changed the plain dicts in place."""
        before = _values(_from_version2(codec.decode(original, self.source), self.source))
        try:
            return codec.encode_msgpack(before) == codec.encode_msgpack(_values(self))
        except (TypeError, ValueError, OverflowError, RecursionError):
            return False


def _values(trace: Trace) -> dict[str, Any]:
    """Return a trace as plain values, its fields in SimKube's order."""
    return {
        "version": VERSION,
        "config": trace.config,
        "events": [
            {"ts": event.ts, "applied_objs": event.applied_objs, "deleted_objs": event.deleted_objs}
            for event in trace.events
        ],
        "index": trace.index,
        "pod_lifecycles": trace.pod_lifecycles,
        **trace.extras,
    }


def _from_version2(values: dict[str, Any], source: str) -> Trace:
    for name in _FIELDS:
        if name not in values:
            message = f"{source}: {name}: is missing; version 2 has {', '.join(_FIELDS)}"
            raise TraceError(message)
    return Trace(
        events=_events(values["events"], source, lenient=False),
        config=values["config"],
        index=values["index"],
        pod_lifecycles=values["pod_lifecycles"],
        source=source,
        extras=_extras(values),
    )


def _lacks_namespaces(trace: Trace) -> bool:
    """Return whether a sound object of a known kind has no namespace, which SimKube insists on."""
    check_events(trace.events, trace.source)
    return any(
        manifest["kind"] in KINDS and version1.with_namespace(manifest) is not manifest
        for event in trace.events
        for manifest in (*event.applied_objs, *event.deleted_objs)
    )


def _with_namespaces(events: list[TraceEvent]) -> list[TraceEvent]:
    return [
        TraceEvent(
            event.ts,
            [version1.with_namespace(manifest) for manifest in event.applied_objs],
            [version1.with_namespace(manifest) for manifest in event.deleted_objs],
        )
        for event in events
    ]


def _from_version1(values: Any, source: str) -> Trace:  # noqa: ANN401
    values = version1.as_map(values, source)
    events = _events(values.get("events"), source, lenient=True)
    check_events(events, source)
    events = _with_namespaces(events)
    applied = [manifest for event in events for manifest in event.applied_objs]
    config = values.get("config")
    lifecycles = values.get("pod_lifecycles")
    return Trace(
        events=events,
        config=version1.config_for(applied) if config is None else version1.renamed_paths(config),
        index=version1.index_for(applied),
        pod_lifecycles=version1.lifecycles_for(applied, lifecycles, source),
        source=source,
        extras=_extras(values),
    )


def _extras(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in ("version", *_FIELDS)}


def _events(values: object, source: str, *, lenient: bool) -> list[TraceEvent]:
    """Build the events; `lenient` lets one leave out what it has none of, as version 1 did."""
    if type(values) is not list:
        message = f"{source}: events: is missing or not a list"
        raise TraceError(message)
    events = []
    for number, value in enumerate(values):
        where = f"{source}: event {number}"
        if type(value) is not dict:
            message = f"{where}: is not a map"
            raise TraceError(message)
        ts: Any = value.get("ts")
        if not is_integer(ts, -(2**63), 2**63 - 1):
            message = f"{where}: ts: {'is missing' if ts is None else 'is not whole seconds'}"
            raise TraceError(message)
        lists = []
        for name in ("applied_objs", "deleted_objs"):
            objects = value.get(name, [] if lenient else None)
            if type(objects) is not list:
                message = f"{where}: {name}: is missing or not a list"
                raise TraceError(message)
            lists.append(objects)
        events.append(TraceEvent(ts, lists[0], lists[1]))
    return events
