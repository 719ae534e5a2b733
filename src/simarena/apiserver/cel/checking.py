"""Expressions against the schema of what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.cel.parsing import Node

_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_MACROS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})


def first_fault(node: Node, schema: Mapping[str, Any], text: str) -> str:
    """Return why an expression cannot be compiled for values of a schema, empty if it can.

    What is known are fields that an object cannot have, and names that there are not.
    """
    found = _fault(node, {"self": schema, "oldSelf": schema})
    return "" if found is None else told(text, *found)


def told(text: str, at: int, what: str) -> str:
    """Return a fault at a place of a text as CEL tells it."""
    line = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1)
    shown = text.split("\n")[line]
    return f"ERROR: <input>:{line + 1}:{column + 1}: {what}\n | {shown}\n | {'.' * column}^"


def _fault(node: Node, known: Mapping[str, Any]) -> tuple[int, str] | None:
    parts = node.parts
    if node.kind == "call" and node.is_method and node.value in _MACROS and len(parts) > 1:
        items = _items_of(_schema_of(parts[0], known))
        inner = {**known, str(parts[1].value): items}
        return _fault(parts[0], known) or _first(parts[2:], inner)
    if node.kind == "name" and node.value not in known:
        return node.at, f"undeclared reference to '{node.value}' (in container '')"
    if found := _first(parts, known):
        return found
    if node.kind == "select":
        above = _schema_of(parts[0], known)
        if above is not None and _is_closed(above) and node.value not in above["properties"]:
            return node.at, f"undefined field '{node.value}'"
    return None


def _first(parts: tuple[Node, ...], known: Mapping[str, Any]) -> tuple[int, str] | None:
    return next((found for each in parts if (found := _fault(each, known))), None)


def _schema_of(node: Node, known: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of what a part stands for, None where that is not known."""
    if node.kind == "name":
        return known.get(node.value)
    if node.kind in {"select", "index"}:
        above = _schema_of(node.parts[0], known)
        if above is None:
            return None
        if node.kind == "select" and node.value in (above.get("properties") or {}):
            found: Mapping[str, Any] = above["properties"][node.value]
            return found
        return _items_of(above) if node.kind == "index" else None
    return None


def _items_of(schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    found = (schema or {}).get("items") if (schema or {}).get("type") == "array" else None
    return found if isinstance(found, dict) else None


def _is_closed(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("properties")) and not (
        schema.get(_PRESERVE) or schema.get("additionalProperties")
    )
