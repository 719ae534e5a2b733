"""What a trace must be before anything uses it, so that nothing half-read ever is.

The checks hold for SimKube's own reader (all its fields, its types, its pod template paths) and
for the API (names, containers, quantities, requests within limits). A message names the file, the
event (counted from 0), the object and the field.
"""

# ruff: noqa: ANN401 (values from a file have no type until they are checked)
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from simarena.errors import TraceError, shown
from simarena.trace.kinds import POD_TEMPLATE_PATHS
from simarena.trace.manifest_check import check_manifest, check_plain

if TYPE_CHECKING:
    from simarena.trace.model import Trace, TraceEvent

_INT64_MIN, _INT64_MAX, _UINT64_MAX = -(2**63), 2**63 - 1, 2**64 - 1
_KIND_KEY = re.compile(r"(?:[^/.\s:][^/\s:]*/)?[^/.\s:]+\.[^/.\s:]+")
_TRACKED_FIELDS = {
    "podSpecTemplatePath": str,
    "podSpecTemplatePaths": list,
    "trackLifecycle": bool,
    "skipOwned": bool,
}


def check(trace: Trace) -> None:
    """Raise TraceError if anything in `trace` could not be replayed or would be refused."""
    check_events(trace.events, trace.source)
    check_tables(trace)


def check_events(events: list[TraceEvent], source: str) -> None:
    """Raise TraceError at the first event whose time or objects are wrong."""
    last_ts: int | None = None
    for number, event in enumerate(events):
        where = f"{source}: event {number}"
        _require(
            is_integer(event.ts, _INT64_MIN, _INT64_MAX), f"{where}: ts", "is not whole seconds"
        )
        if last_ts is not None and event.ts < last_ts:
            _refuse(f"{where}: ts", f"{event.ts} is before the event in front of it ({last_ts})")
        last_ts = event.ts
        for field in ("applied_objs", "deleted_objs"):
            objects = getattr(event, field)
            _require(type(objects) is list, f"{where}: {field}", "is not a list of objects")
            for row, manifest in enumerate(objects):
                check_manifest(where, f"{field}[{row}]", manifest, applied=field == "applied_objs")


def check_tables(trace: Trace) -> None:
    """Raise TraceError if `config`, `index`, `pod_lifecycles` or an extra field is wrong."""
    _check_config(trace.config, f"{trace.source}: config")
    _check_index(trace.index, f"{trace.source}: index")
    _check_lifecycles(trace.pod_lifecycles, f"{trace.source}: pod_lifecycles")
    for name, value in trace.extras.items():
        check_plain(trace.source, str(name), value)


def is_integer(value: object, low: int, high: int) -> bool:
    """Return whether `value` is an int (no bool) from `low` to `high`."""
    return type(value) is int and low <= value <= high


def _check_config(config: Any, where: str) -> None:
    _require(type(config) is dict, where, "is not a map")
    check_plain(where, "", config)
    tracked = config.get("trackedObjects")
    _require(type(tracked) is dict, f"{where}.trackedObjects", "is missing or not a map")
    for kind, settings in tracked.items():
        here = f"{where}.trackedObjects[{shown(kind)}]"
        _require_kind(kind, here)
        _require(type(settings) is dict, here, "is not a map")
        for field, value in settings.items():
            _require(
                field in _TRACKED_FIELDS, f"{here}.{shown(field)}", "is not a field of SimKube's"
            )
            allowed = type(value) is _TRACKED_FIELDS[field] or (
                value is None and field.startswith("podSpec")
            )
            _require(allowed, f"{here}.{field}", f"must be {_TRACKED_FIELDS[field].__name__}")
        _check_paths(kind, settings, here)


def _check_paths(kind: str, settings: dict[str, Any], here: str) -> None:
    paths = settings.get("podSpecTemplatePaths")
    if not paths and settings.get("podSpecTemplatePath") is not None:
        paths = [settings["podSpecTemplatePath"]]
    here = f"{here}.podSpecTemplatePaths"
    if not paths:
        _require(
            kind in POD_TEMPLATE_PATHS, here, "is needed for a kind that SimKube does not know"
        )
        return
    _require(all(type(path) is str for path in paths), here, "is not a list of text")
    expected = POD_TEMPLATE_PATHS.get(kind)
    if expected is not None and paths != [expected]:
        _refuse(here, f"must be [{expected!r}] for this kind, as SimKube has it")


def _check_index(index: Any, where: str) -> None:
    _require(type(index) is dict, where, "is not a map")
    for kind, hashes in index.items():
        _require_kind(kind, where)
        _require(type(hashes) is dict, f"{where}[{shown(kind)}]", "is not a map")
        for name, value in hashes.items():
            here = f"{where}[{shown(kind)}][{shown(name)}]"
            _require(type(name) is str, here, "the name is not text")
            _require(is_integer(value, 0, _UINT64_MAX), here, "the hash is not a 64-bit integer")


def _check_lifecycles(lifecycles: Any, where: str) -> None:
    _require(type(lifecycles) is dict, where, "is not a map")
    for owner, hashes in lifecycles.items():
        here = f"{where}[{shown(owner)}]"
        is_pair = type(owner) is tuple and len(owner) == 2  # noqa: PLR2004
        _require(is_pair and type(owner[1]) is str, here, "the key is not (kind, namespace/name)")
        _require_kind(owner[0], here)
        _require(type(hashes) is dict, here, "is not a map")
        for pod_hash, entries in hashes.items():
            spot = f"{here}[{shown(pod_hash)}]"
            _require(is_integer(pod_hash, 0, _UINT64_MAX), spot, "the hash is not a 64-bit integer")
            _require(type(entries) is list and bool(entries), spot, "is not a list with entries")
            for row, entry in enumerate(entries):
                _require(
                    _is_lifecycle(entry),
                    f"{spot}[{row}]",
                    'must be {"Finished": [start, end]}, {"Running": start} or "Empty"',
                )


def _is_lifecycle(entry: object) -> bool:
    if type(entry) is str:
        return entry == "Empty"
    if type(entry) is not dict or len(entry) != 1:
        return False
    name, times = next(iter(entry.items()))
    if name == "Running":
        return is_integer(times, _INT64_MIN, _INT64_MAX)
    return (
        name == "Finished"
        and type(times) is list
        and len(times) == 2  # noqa: PLR2004
        and all(is_integer(ts, _INT64_MIN, _INT64_MAX) for ts in times)
    )


def _require_kind(kind: object, where: str) -> None:
    fits = type(kind) is str and _KIND_KEY.fullmatch(kind) is not None
    _require(fits, where, f"{shown(kind)} is not a kind as apps/v1.Deployment")


def _require(holds: bool, where: str, reason: str) -> None:  # noqa: FBT001
    if not holds:
        _refuse(where, reason)


def _refuse(where: str, reason: str) -> NoReturn:
    message = f"{where}: {reason}"
    raise TraceError(message)
