"""Who owns which fields of an object (`metadata.managedFields`), and what writes change in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from simarena.apiserver.patching.comparing import compare
from simarena.apiserver.patching.field_set import FieldSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.patching.comparing import Comparison
    from simarena.apiserver.patching.schema import Type

Object: TypeAlias = dict[str, Any]
"""An object of the API, as JSON gives it."""

_MOST_UPDATERS: Final = 10
"""Entries of writes other than applies; older ones are put together beyond that."""

_ANCIENT: Final = "ancient-changes"

_OWNED_BY_NOBODY: Final = FieldSet.of(
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ),
)


class Manager(NamedTuple):
    """Who wrote. Whoever applies is the same in all versions, so that has none then."""

    name: str
    operation: str
    api_version: str = ""
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manager owns."""

    fields: FieldSet
    api_version: str
    applied: bool
    time: str | None = None


Managed: TypeAlias = dict[Manager, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A request that changes an object."""

    manager: str
    """`fieldManager` of the request, else what its User-Agent says (`manager_of`)."""

    api_version: str
    """Version in which the object is written; of a scale, that of what is scaled."""

    time: str | None
    """When, as the API tells time; None for a scale, whose owners have no time."""

    subresource: str = ""

    reset: FieldSet = field(default_factory=FieldSet)
    """Fields that this kind of write cannot change, which nobody comes to own by it."""

    def by(self, operation: str) -> Manager:
        """Return who makes it."""
        applies = operation == "Apply"
        version = "" if applies else self.api_version
        return Manager(self.manager or "unknown", operation, version, self.subresource)


def manager_of(field_manager: str, user_agent: str) -> str:
    """Return the manager that a request names, or else the program that sent it."""
    if field_manager:
        return field_manager
    kept = ""
    for character in user_agent.partition("/")[0]:
        if not character.isprintable():
            continue
        if len(kept.encode()) + len(character.encode()) > 128:  # noqa: PLR2004 - bytes of a manager
            break
        kept += character
    return kept


def reset_fields(kind: str, subresource: str = "", *, has_status: bool, custom: bool) -> FieldSet:
    """Return the fields that a write to an object, or to its status, cannot change.

    `custom` are custom resources, whose status leaves metadata alone.
    """
    if subresource != "status":
        return FieldSet.of(("f:status",)) if has_status else FieldSet()
    if custom:
        return FieldSet.of(("f:metadata",), ("f:spec",))
    more = {
        "Deployment": ("labels",),
        "Pod": ("deletionTimestamp", "ownerReferences"),
    }.get(kind, ())
    return FieldSet.of(("f:spec",), *(("f:metadata", f"f:{name}") for name in more))


# --- reading and writing ----------------------------------------------------------------------


def read_managed(entries: object) -> Managed:
    """Return what `managedFields` say. Raises ValueError if they cannot be meant."""
    found: Managed = {}
    for each in entries if isinstance(entries, list) else ():
        manager, entry = _read_entry(each)
        found[manager] = entry
    return found


def _read_entry(each: object) -> tuple[Manager, Entry]:
    if not isinstance(each, dict):
        message = "an entry of managedFields must be an object"
        raise ValueError(message)  # noqa: TRY004 - as all others
    for name in ("manager", "operation", "apiVersion", "fieldsType", "subresource", "time"):
        if not isinstance(each.get(name, ""), str | None):
            message = f"{name} of an entry of managedFields must be a text"
            raise ValueError(message)  # noqa: TRY004 - as all others
    operation, version = each.get("operation"), each.get("apiVersion")
    if operation not in {"Apply", "Update"}:
        message = "operation must be `Apply` or `Update`"
        raise ValueError(message)
    if not version:
        message = "apiVersion must not be empty"
        raise ValueError(message)
    if each.get("fieldsType") != "FieldsV1":
        message = f"invalid fieldsType {each.get('fieldsType')!r}"
        raise ValueError(message)
    applied = operation == "Apply"
    manager = Manager(
        str(each.get("manager") or ""),
        operation,
        "" if applied else str(version),
        str(each.get("subresource") or ""),
    )
    time = each.get("time")
    fields = FieldSet.read(each.get("fieldsV1") or {})
    return manager, Entry(fields, str(version), applied, None if time is None else str(time))


def written_managed(managed: Managed) -> list[Object]:
    """Return `managedFields`: applies first, then by time and name."""
    told = []
    for manager, entry in managed.items():
        one: Object = {"manager": manager.name, "operation": manager.operation}
        if not manager.name:
            del one["manager"]
        one["apiVersion"] = entry.api_version
        if entry.time is not None:
            one["time"] = entry.time
        one |= {"fieldsType": "FieldsV1", "fieldsV1": entry.fields.written()}
        if manager.subresource:
            one["subresource"] = manager.subresource
        told.append(one)
    return sorted(told, key=_place)


def _place(entry: Object) -> tuple[str, int, str, str, str]:
    return (
        entry["operation"],
        _seconds(entry.get("time")),
        entry.get("manager", ""),
        entry["apiVersion"],
        entry.get("subresource", ""),
    )


def _seconds(time: str | None) -> int:
    if not time:
        return 0
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return 0
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def without_managed(manifest: Mapping[str, Any]) -> Object:
    """Return an object without `managedFields`; everything else is shared with it."""
    found = dict(manifest)
    metadata = found.get("metadata")
    if isinstance(metadata, dict) and "managedFields" in metadata:
        found["metadata"] = {
            key: value for key, value in metadata.items() if key != "managedFields"
        }
    return found


def with_managed(manifest: Mapping[str, Any], managed: Managed) -> Object:
    """Return an object with `managedFields`; without, if nobody owns anything."""
    found = without_managed(manifest)
    if managed:
        found["metadata"] = (found.get("metadata") or {}) | {
            "managedFields": written_managed(managed)
        }
    return found


# --- what a write changes ---------------------------------------------------------------------


def updated(kind: Type, live: Mapping[str, Any], new: Mapping[str, Any], write: Write) -> Object:
    """Return an object that was created, replaced or patched, with its owners.

    `live` is what is there before, empty if nothing is; `new` what is to be there, with defaults,
    before admission adds to it. Fields that change belong to who changes them, and to nobody else.
    An empty list, or one empty entry, in `new` takes all owners away.
    """
    managed = _owners(live, new, subresource=bool(write.subresource))
    if managed is None or (not managed and live.get("metadata", {}).get("uid")):
        return without_managed(new)
    return with_managed(new, changed_owners(kind, live, new, write, managed))


def _owners(
    live: Mapping[str, Any], new: Mapping[str, Any], *, subresource: bool
) -> Managed | None:
    """Return who owns what before a write; None where it takes all owners away."""
    before = (live.get("metadata") or {}).get("managedFields")
    given = (new.get("metadata") or {}).get("managedFields")
    if not subresource:
        if given in ([], [{}]):
            return {} if not (live.get("metadata") or {}).get("uid") else None
        try:
            if found := read_managed(given):
                return found
        except ValueError:
            pass
    try:
        return read_managed(before)
    except ValueError:
        return {}


def changed_owners(
    kind: Type, live: Mapping[str, Any], new: Mapping[str, Any], write: Write, managed: Managed
) -> Managed:
    """Return who owns what after a write that is no apply."""
    workflow = write.by("Update")
    old, after = without_managed(live or kind.empty()), without_managed(new)
    change = compare(kind, old, after).without(write.reset)
    left = given_up(managed, change, besides=None)
    taken = change.modified.union(change.added).without(write.reset)
    taken = taken.difference(_OWNED_BY_NOBODY)
    if taken:
        before = left.get(workflow)
        fields = taken if before is None else taken.union(before.fields)
        left[workflow] = Entry(fields, write.api_version, applied=False, time=write.time)
    return _capped(left)


def given_up(managed: Managed, change: Comparison, *, besides: Manager | None) -> Managed:
    """Return who owns what when a change has been made by one of them, `besides` whom all lose."""
    changed = change.modified.union(change.added)
    left: Managed = {}
    for manager, entry in managed.items():
        fields = entry.fields
        if manager != besides:
            fields = fields.difference(changed).difference(change.removed)
        if fields:
            left[manager] = replace(entry, fields=fields)
    return left


def owned_by_nobody(fields: FieldSet) -> FieldSet:
    """Return fields without those that nobody owns, such as names."""
    return fields.difference(_OWNED_BY_NOBODY)


def _capped(managed: Managed) -> Managed:
    """Return owners with the oldest of too many writes put together, by version."""
    updates = [manager for manager, entry in managed.items() if not entry.applied]
    surplus = len(updates) - _MOST_UPDATERS
    if surplus <= 0:
        return managed
    updates.sort(key=lambda manager: (_seconds(managed[manager].time), *manager))
    found = dict(managed)
    firsts: dict[str, Manager] = {}
    for manager in updates:
        if surplus <= 0:
            break
        entry = found[manager]
        bucket = Manager(_ANCIENT, "Update", entry.api_version)
        first = firsts.setdefault(entry.api_version, manager)
        if first == manager:
            continue
        if bucket not in found:
            found[bucket] = found.pop(first)
        union = entry.fields.union(found[bucket].fields)
        found[bucket] = replace(entry, fields=union)
        del found[manager]
        surplus -= 1
    return found


def settled(live: Mapping[str, Any], new: Object) -> Object:
    """Return an object with the times of the present one, if nothing else in it is new.

    So that a write that changes nothing is none.
    """
    before = (live.get("metadata") or {}).get("managedFields") or []
    after = (new.get("metadata") or {}).get("managedFields") or []
    if not before or len(before) != len(after) or without_managed(live) != without_managed(new):
        return new
    if [_timeless(each) for each in before] != [_timeless(each) for each in after]:
        return new
    return new | {"metadata": new["metadata"] | {"managedFields": before}}


def _timeless(entry: Object) -> Object:
    return {key: value for key, value in entry.items() if key != "time"}
