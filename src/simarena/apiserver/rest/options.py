"""Options of requests, read from queries and bodies, and refused in the API's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.patching import manager_of
from simarena.apiserver.status import Cause, bad_request, cause_of, internal, invalid_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DELETE_OPTIONS: Final = "DeleteOptions"
_LIST_OPTIONS: Final = "ListOptions"
_MAX_MANAGER: Final = 128
_MAX_STORED_BYTES: Final = 1_572_864
_KNOWN: Final = '"", "Ignore", "Strict", "Warn"'
_VALIDATIONS: Final = frozenset({"", "Ignore", "Strict", "Warn"})


def first(query: Mapping[str, Sequence[str]], name: str) -> str:
    """Return the first value of a parameter, empty where there is none."""
    values = query.get(name)
    return values[0] if values else ""


def flag(query: Mapping[str, Sequence[str]], name: str) -> bool:
    """Return whether a parameter is set: to anything but false and 0."""
    return name in query and query[name][0].lower() not in {"false", "0"}


def whole(query: Mapping[str, Sequence[str]], name: str) -> int | None:
    """Return a parameter's integer, None where there is none. Raises ApiError where it is none."""
    if name not in query:
        return None
    text = query[name][0]
    try:
        if not text.isascii() or "_" in text or text != text.strip():
            raise ValueError  # noqa: TRY301 - what Python reads and Go does not
        return int(text)
    except ValueError:
        message = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise bad_request(message) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How an object is written."""

    dry_run: bool = False
    manager: str = ""
    validation: str = ""
    force: bool | None = None
    applies: bool = False
    """It is a server-side apply, which works out owners by itself."""
    size: int = 0
    """Bytes of the body."""


def read_write_options(
    kind: str,
    query: Mapping[str, Sequence[str]],
    *,
    apply: bool = False,
    size: int = 0,
    user_agent: str = "",
) -> WriteOptions:
    """Return what a query says of a write; `kind` is that of its options, such as CreateOptions.

    Who names no manager is known by the program that it is. Raises ApiError where it cannot be so.
    """
    causes = list(_dry_run_faults(query.get("dryRun", ())))
    manager, validation = first(query, "fieldManager"), first(query, "fieldValidation")
    force = flag(query, "force") if "force" in query else None
    if kind == "PatchOptions":
        if apply and not manager:
            causes.append(
                cause_of("fieldManager", "Required", _required("is required for apply patch"))
            )
        if not apply and force is not None:
            why = "Forbidden: may not be specified for non-apply patch"
            causes.append(cause_of("force", "Forbidden", why))
    causes += _manager_faults(manager)
    if validation not in _VALIDATIONS:
        why = f'Unsupported value: "{validation}": supported values: {_KNOWN}'
        causes.append(cause_of("fieldValidation", "NotSupported", why))
    if causes:
        raise invalid_options(kind, causes)
    return WriteOptions(
        dry_run=bool(query.get("dryRun")),
        manager=manager_of(manager, user_agent),
        validation=validation,
        force=force,
        applies=apply,
        size=size,
    )


def check_size(options: WriteOptions) -> None:
    """Raise ApiError where an object is larger than what the API's store takes."""
    if options.size > _MAX_STORED_BYTES:
        message = "etcdserver: request is too large"
        raise internal(message)


def _required(why: str) -> str:
    return f"Required value: {why}"


def _manager_faults(manager: str) -> list[Cause]:
    if len(manager.encode()) > _MAX_MANAGER:
        why = f"Too long: may not be more than {_MAX_MANAGER} bytes"
        return [Cause("fieldManager", why, "FieldValueTooLong")]
    if not manager.isprintable():
        why = f'Invalid value: "{manager}": should only contain printable characters'
        return [cause_of("fieldManager", "Invalid", why)]
    return []


def _dry_run_faults(values: Sequence[str]) -> list[Cause]:
    if not values or list(values) == ["All"]:
        return []
    shown = ",".join(f'"{value}"' for value in values)
    why = f'Unsupported value: [{shown}]: supported values: "All"'
    return [cause_of("dryRun", "NotSupported", why)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """How an object is deleted."""

    dry_run: bool = False
    grace_s: int | None = None
    propagation: str = ""
    """Background, Foreground or Orphan; empty: as the kind has it."""
    orphan_dependents: bool | None = None
    uid: str = ""
    version: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


_PROPAGATIONS: Final = ("Background", "Foreground", "Orphan")


def read_delete_options(
    query: Mapping[str, Sequence[str]], body: Mapping[str, Any] | None
) -> DeleteOptions:
    """Return how to delete: as the body says, or the query where there is none."""
    if body is None:
        grace_s = whole(query, "gracePeriodSeconds")
        orphan = flag(query, "orphanDependents") if "orphanDependents" in query else None
        propagation = first(query, "propagationPolicy")
        dry_run: Sequence[str] = query.get("dryRun", ())
        conditions: Mapping[str, Any] = {}
    else:
        grace_s, orphan = body.get("gracePeriodSeconds"), body.get("orphanDependents")
        propagation = body.get("propagationPolicy") or ""
        dry_run = body.get("dryRun") or query.get("dryRun", ())
        conditions = body.get("preconditions") or {}
        if grace_s is not None and type(grace_s) is not int:
            message = 'DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: '
            raise bad_request(message)
    causes = []
    if orphan is not None and propagation:
        both = "orphanDependents and deletionPropagation cannot be both set"
        why = f'Invalid value: "{propagation}": {both}'
        causes.append(cause_of("propagationPolicy", "Invalid", why))
    elif propagation and propagation not in _PROPAGATIONS:
        supported = '"Background", "Foreground", "Orphan", "nil"'
        why = f'Unsupported value: "{propagation}": supported values: {supported}'
        causes.append(cause_of("propagationPolicy", "NotSupported", why))
    causes += _dry_run_faults(dry_run)
    if causes:
        raise invalid_options(DELETE_OPTIONS, causes)
    return DeleteOptions(
        dry_run=bool(dry_run),
        grace_s=grace_s,
        propagation=propagation,
        orphan_dependents=orphan,
        uid=conditions.get("uid") or "",
        version=conditions.get("resourceVersion") or "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What of a collection is wanted, and of when."""

    labels: str = ""
    fields: str = ""
    limit: int = 0
    continue_token: str = ""
    version: str = ""
    match: str = ""
    watch: bool = False
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout_s: int | None = None


def read_list_options(query: Mapping[str, Sequence[str]]) -> ListOptions:
    """Return what a query says of a list or watch. Raises ApiError where it cannot be so."""
    initial = None
    if "sendInitialEvents" in query:
        initial = flag(query, "sendInitialEvents")
    found = ListOptions(
        labels=first(query, "labelSelector"),
        fields=first(query, "fieldSelector"),
        limit=whole(query, "limit") or 0,
        continue_token=first(query, "continue"),
        version=first(query, "resourceVersion"),
        match=first(query, "resourceVersionMatch"),
        watch=flag(query, "watch"),
        bookmarks=flag(query, "allowWatchBookmarks"),
        initial_events=initial,
        timeout_s=whole(query, "timeoutSeconds"),
    )
    causes = _watch_faults(found) if found.watch else _list_faults(found)
    if causes:
        raise invalid_options(_LIST_OPTIONS, causes)
    return found


def _forbidden(field: str, why: str) -> Cause:
    return cause_of(field, "Forbidden", f"Forbidden: {why}")


_MATCH: Final = "resourceVersionMatch"


def _list_faults(options: ListOptions) -> list[Cause]:
    causes = []
    if options.match:
        if not options.version:
            causes.append(
                _forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided")
            )
        if options.continue_token:
            causes.append(_forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
        if options.match not in {"Exact", "NotOlderThan"}:
            why = (
                f'Unsupported value: "{options.match}": supported values: '
                '"Exact", "NotOlderThan", ""'
            )
            causes.append(cause_of(_MATCH, "NotSupported", why))
        if options.match == "Exact" and options.version == "0":
            why = f'{_MATCH} "Exact" is forbidden for resourceVersion "0"'
            causes.append(_forbidden(_MATCH, why))
    if options.initial_events is not None:
        causes.append(_forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return causes


def _watch_faults(options: ListOptions) -> list[Cause]:
    causes = []
    if options.initial_events is not None:
        if options.match != "NotOlderThan":
            why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            causes.append(_forbidden(_MATCH, why))
    elif options.match:
        why = f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided"
        causes.append(_forbidden(_MATCH, why))
    if options.continue_token:
        causes.append(_forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    if options.match and options.match != "NotOlderThan":
        why = f'Unsupported value: "{options.match}": supported values: "NotOlderThan"'
        causes.append(cause_of(_MATCH, "NotSupported", why))
    return causes
