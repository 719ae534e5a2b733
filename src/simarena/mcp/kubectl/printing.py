"""Columns in which `kubectl get` prints the objects of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.apiserver.printing.tables import has_layout, layout_of
from simarena.mcp.tools.nodes import node_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.kubectl.kinds import ApiKind

_ELSEWHERE: Final = frozenset({"NAME", "AGE", "LAST SEEN"})
"""Columns that tools have of every kind, and in their own words."""

_WIDE: Final[Mapping[str, str]] = {"Pod": "NODE"}
"""Columns of `-o wide` that are shown all the same."""


def columns_of(kind: ApiKind) -> tuple[str, ...]:
    """Return the columns of a kind between NAME and AGE; other than built-in kinds have none."""
    return tuple(title for _, title in _places(kind))


def printed(kind: ApiKind, manifest: Fields, now: datetime) -> dict[str, str]:
    """Return what kubectl prints of an object, by column, between its name and its age."""
    places = _places(kind)
    if not places:
        return {}
    cells = layout_of(kind.kind).cells(manifest, now)
    told = {title: _text(cells[place]) for place, title in places}
    own = _OWN.get(kind.key)
    return told if own is None else told | own(manifest)


def _places(kind: ApiKind) -> list[tuple[int, str]]:
    """Return where in a row the columns are, and their titles."""
    if not has_layout(kind.key):
        return []
    titles = [
        (place, column["name"].upper(), column["priority"])
        for place, column in enumerate(layout_of(kind.kind).columns)
    ]
    return [
        (place, title)
        for place, title, priority in titles
        if title not in _ELSEWHERE and (not priority or title == _WIDE.get(kind.key))
    ]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return " ".join(str(cell).split())


def quota_rows(quota: Fields) -> list[tuple[str, str, str]]:
    """Return what a quota limits: its name, how much is used (`?` if unknown), how much may be."""
    status = quota.get("status") or {}
    hard = status.get("hard") or (quota.get("spec") or {}).get("hard") or {}
    used = status.get("used") or {}
    return [(str(name), str(used.get(name, "?")), str(hard[name])) for name in sorted(hard)]


def _quota(quota: Fields) -> dict[str, str]:
    """Return what a quota limits, also before anybody has counted what is used."""
    told: dict[str, list[str]] = {"REQUEST": [], "LIMIT": []}
    for name, used, hard in quota_rows(quota):
        column = "LIMIT" if name.startswith("limits.") else "REQUEST"
        told[column].append(f"{name}: {used}/{hard}")
    return {column: ", ".join(parts) for column, parts in told.items()}


_OWN: Final[Mapping[str, Callable[[Fields], dict[str, str]]]] = {
    "Node": lambda node: {"STATUS": node_status(node)},
    "ResourceQuota": _quota,
}
"""Kinds of which more is told than kubectl does: what presses a node, what a quota allows."""
