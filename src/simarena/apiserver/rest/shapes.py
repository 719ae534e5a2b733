"""Types that everything relies on: those of metadata, and that parts are objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.checks.plain import foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest


def wrong_type(value: Manifest, kind: str) -> str:
    """Return why an object of a kind cannot be taken, as Go's decoder says it; empty if it can.

    Metadata that are null become empty ones.
    """
    begin = "json: cannot unmarshal "
    found = foreign(value)
    if found is not None:
        return f"{begin}{found[0]}: {found[1]}"
    metadata = value.get("metadata")
    if metadata is None:
        metadata = value["metadata"] = {}
    wrong = None if isinstance(metadata, dict) else (f"{kind}.metadata", metadata)
    wrong = wrong or _wrong_in_metadata(metadata)
    for name in ("spec", "status"):
        if wrong is None and kind != "Event" and not isinstance(value.get(name), dict | None):
            wrong = f"{kind}.{name}", value[name]
    if wrong is None:
        return ""
    return f"{begin}{go_type(wrong[1])} into Go struct field {wrong[0]} of type "


def go_type(value: object) -> str:
    """Return what Go's decoder calls a value of JSON."""
    names = {list: "array", bool: "bool", int: "number", float: "number", str: "string"}
    return names.get(type(value), "object")


def _wrong_in_metadata(metadata: Manifest) -> tuple[str, object] | None:
    """Return a field of metadata that is of another type than the API has it, with its value."""
    for name, each in metadata.items():
        expected = _METADATA.get(name)
        if expected is None:  # nobody's field
            continue
        if each is not None and not isinstance(each, expected):
            return f"ObjectMeta.{name}", each
        if expected is dict and isinstance(each, dict):
            for text in each.values():
                if not isinstance(text, str | None):
                    return f"ObjectMeta.{name}", text
    return None


_METADATA: Final[Mapping[str, type]] = {
    **dict.fromkeys(("creationTimestamp", "deletionTimestamp", "generateName", "name"), str),
    **dict.fromkeys(("namespace", "resourceVersion", "selfLink", "uid"), str),
    "annotations": dict,
    "deletionGracePeriodSeconds": int,
    "finalizers": list,
    "generation": int,
    "labels": dict,
    "managedFields": list,
    "ownerReferences": list,
}
"""Types of fields of metadata."""
