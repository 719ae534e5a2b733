"""Server-side apply: an object as one of its owners wants it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.apiserver.patching.comparing import compare, fields_of
from simarena.apiserver.patching.faults import faults, told
from simarena.apiserver.patching.field_set import FieldSet, shown_path
from simarena.apiserver.patching.go_text import quoted
from simarena.apiserver.patching.managed import (
    Entry,
    Manager,
    changed_owners,
    given_up,
    owned_by_nobody,
    read_managed,
    with_managed,
    without_managed,
)
from simarena.apiserver.patching.merging import merge, removed, with_named_fields
from simarena.apiserver.patching.values import equal
from simarena.apiserver.status import Cause, failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.apiserver.patching.field_set import Path
    from simarena.apiserver.patching.managed import Managed, Object, Write
    from simarena.apiserver.patching.schema import Type
    from simarena.errors import ApiError


LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation in which `kubectl apply` keeps what it applied from the client's side."""

_BEFORE: Final = "before-first-apply"
_INTERNAL_ERROR: Final = 500


class Conflict(NamedTuple):
    """A field that somebody else owns and that an apply would change."""

    manager: Manager
    path: Path


class _ConflictsError(Exception):
    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("fields belong to others")
        self.conflicts = conflicts


def applied(
    kind: Type, live: Mapping[str, Any], wanted: Object, write: Write, *, force: bool = False
) -> Object:
    """Return an object with an apply made and its owners; it still lacks defaults.

    `live` is empty if the object is to be created. What the manager applied before and leaves out
    now, goes, unless somebody else owns it. Owners of other versions of the API are taken by the
    same fields, and fields that a schema has newly made atomic stay as they were owned. Raises
    ApiError as the API does, 409 for fields that belong to others, unless `force` takes them.
    """
    _check(kind, live, wanted, write)
    try:
        managed = read_managed((live.get("metadata") or {}).get("managedFields"))
    except ValueError as error:
        message = f"failed to decode managed fields: {error}"
        raise failure(_INTERNAL_ERROR, "", message) from error
    present = without_managed(live or kind.empty())
    if not managed and live:
        before = replace(write, manager=_BEFORE, reset=write.reset)
        managed = changed_owners(kind, {}, present, before, {})
    try:
        found, owners = _merged(kind, present, wanted, write, managed, force=force)
    except _ConflictsError as error:
        conflicts = _not_allowed(kind, present, write, error.conflicts)
        if conflicts:
            raise conflict_error(conflicts) from None
        found, owners = _merged(kind, present, wanted, write, managed, force=True)
    if not live:  # without what the structs of an empty object hold
        made = merge(kind, {}, wanted)
        found = made if isinstance(made, dict) else {}
    result = without_managed(live) if found is None else found
    if write.manager == "kubectl":
        result = _with_last_applied(result, wanted)
    return with_managed(result, owners)


def _check(kind: Type, live: Mapping[str, Any], wanted: Object, write: Write) -> None:
    """Refuse what cannot be applied."""
    version, word = str(wanted.get("apiVersion") or ""), str(wanted.get("kind") or "")
    metadata = wanted.get("metadata")
    if live and (version != write.api_version or word != live.get("kind", word)):
        message = f"invalid object type: {_group_kind(version, word)}"
        raise failure(400, "BadRequest", message)
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        message = "metadata.managedFields must be nil"
        raise failure(400, "BadRequest", message)
    if wrong := list(faults(kind, wanted)):
        named = metadata if isinstance(metadata, dict) else {}
        where = f"{named.get('namespace') or ''}/{named.get('name') or ''}"
        message = (
            f"failed to create typed patch object ({where}; {_group_kind(version, word)}): "
            f"{told(wrong)}"
        )
        raise failure(_INTERNAL_ERROR, "", message)


def _group_kind(version: str, word: str) -> str:
    return f"{version if '/' in version else f'/{version}'}, Kind={word}"


def _merged(
    kind: Type, live: Object, wanted: Object, write: Write, managed: Managed, *, force: bool
) -> tuple[Object | None, Managed]:
    """Return the object after an apply, None if it is the same, and who owns what then."""
    manager = write.by("Apply")
    last = managed.get(manager)
    fields = fields_of(kind, wanted).without(write.reset)
    owners = dict(managed)
    time = None if last is None else last.time
    owners[manager] = Entry(fields, write.api_version, applied=True, time=time)
    result = merge(kind, live, wanted)
    if last is not None and last.fields:
        result = _pruned(kind, result, owners, last.fields)
    change = compare(kind, live, result).without(write.reset)
    if not force and (
        conflicts := _conflicts(owners, change.modified.union(change.added), manager)
    ):
        raise _ConflictsError(conflicts)
    owners = given_up(owners, change, besides=manager)
    same = equal(live, result)
    if manager in owners:
        own = owned_by_nobody(owners[manager].fields)
        if own:
            time = owners[manager].time if same else write.time
            owners[manager] = replace(owners[manager], fields=own, time=time)
        else:
            del owners[manager]
    if same or not isinstance(result, dict):
        return None, owners
    return result, owners


def _pruned(kind: Type, merged: object, owners: Managed, last: FieldSet) -> object:
    """Return a value without what the manager applied last and nobody owns any more."""
    everything = with_named_fields(kind, fields_of(kind, merged))
    before = with_named_fields(kind, last)
    kept = with_named_fields(kind, fields_of(kind, removed(kind, merged, before)))
    owned = FieldSet()
    for entry in owners.values():
        owned = owned.union(entry.fields)
    kept = kept.union(with_named_fields(kind, owned))
    pruned = removed(kind, merged, everything.difference(kept))
    left = with_named_fields(kind, fields_of(kind, pruned))
    return removed(kind, merged, everything.difference(left).intersection(before))


# --- conflicts --------------------------------------------------------------------------------


def _conflicts(owners: Managed, changed: FieldSet, besides: Manager) -> list[Conflict]:
    return [
        Conflict(manager, path)
        for manager, entry in sorted(owners.items())
        if manager != besides
        for path in entry.fields.intersection(changed).paths()
    ]


def conflict_error(conflicts: Sequence[Conflict]) -> ApiError:
    """Return the refusal of an apply that would change fields of others."""
    causes = [
        Cause(
            shown_path(each.path),
            f"conflict with {_shown_manager(each.manager)}",
            "FieldManagerConflict",
        )
        for each in conflicts
    ]
    details = {"causes": [each.told() for each in causes]}
    if len(conflicts) == 1:
        text = f"Apply failed with 1 conflict: {causes[0].message}: {causes[0].field}"
        return failure(409, "Conflict", text, details)
    lines = [f"Apply failed with {len(conflicts)} conflicts: "]
    by_manager: dict[Manager, list[str]] = {}
    for each in conflicts:
        by_manager.setdefault(each.manager, []).append(shown_path(each.path))
    for manager in sorted(by_manager):
        lines.append(f"conflicts with {_shown_manager(manager)}:")
        lines += [f"- {path}" for path in by_manager[manager]]
    return failure(409, "Conflict", lines[0] + "\n".join(lines[1:]), details)


def _shown_manager(manager: Manager) -> str:
    told = quoted(manager.name)
    if manager.subresource:
        told = f"{told} with subresource {quoted(manager.subresource)}"
    return f"{told} using {manager.api_version}" if manager.operation == "Update" else told


# --- what kubectl applied from the client's side ------------------------------------------------


def _not_allowed(
    kind: Type, live: Object, write: Write, conflicts: Sequence[Conflict]
) -> Sequence[Conflict]:
    """Return the conflicts that stay when kubectl takes over what it applied itself before."""
    if write.manager != "kubectl":
        return conflicts
    text = ((live.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    try:
        last = json.loads(text) if text else None
    except ValueError:
        return conflicts
    if not isinstance(last, dict) or last.get("apiVersion") != write.api_version:
        return conflicts
    if any(faults(kind, last)) or any(faults(kind, live)):
        return conflicts
    change = compare(kind, last, live)
    own = fields_of(kind, last).difference(change.modified).difference(change.added)
    own = own.difference(change.removed)
    return [each for each in conflicts if each.path not in own]


def _with_last_applied(manifest: Object, wanted: Object) -> Object:
    """Return an object whose annotation says what kubectl has applied, if it has it at all."""
    metadata = manifest.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    if not annotations.get(LAST_APPLIED):
        return manifest
    kept = dict(wanted)
    given = dict(kept.get("metadata") or {})
    if isinstance(given.get("annotations"), dict):
        left = {key: value for key, value in given["annotations"].items() if key != LAST_APPLIED}
        given["annotations"] = left
        kept["metadata"] = given
    text = json.dumps(kept, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    return manifest | {"metadata": metadata | {"annotations": annotations | {LAST_APPLIED: text}}}
