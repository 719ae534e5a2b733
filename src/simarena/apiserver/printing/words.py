"""Parts of cells that several kinds have: selectors, labels, containers, shortened lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Fields = Mapping[str, Any]

NONE: Final = "<none>"
UNSET: Final = "<unset>"

_OPERATORS: Final = {"In": "in", "NotIn": "notin"}


def spec_of(manifest: Fields) -> Fields:
    """Return the spec of an object, empty if it has none."""
    return manifest.get("spec") or {}


def status_of(manifest: Fields) -> Fields:
    """Return the status of an object, empty if it has none."""
    return manifest.get("status") or {}


def number(fields: Fields, name: str, default: int = 0) -> int:
    """Return a whole number, or what the API takes for one that is missing."""
    found = fields.get(name)
    return default if found is None else found


def labels_text(labels: Fields | None) -> str:
    """Return labels as `a=1,b=2`."""
    return ",".join(f"{name}={value}" for name, value in sorted((labels or {}).items())) or NONE


def selector_text(selector: Fields | None) -> str:
    """Return a label selector as kubectl takes it; empty for one that selects everything."""
    given = selector or {}
    terms = [(name, f"{name}={value}") for name, value in (given.get("matchLabels") or {}).items()]
    for each in given.get("matchExpressions") or ():
        key, operator = str(each.get("key")), each.get("operator")
        if operator in _OPERATORS:
            values = ",".join(sorted(each.get("values") or ()))
            terms.append((key, f"{key} {_OPERATORS[operator]} ({values})"))
        else:
            terms.append((key, key if operator == "Exists" else f"!{key}"))
    return ",".join(text for _, text in sorted(terms))


def selector_or_none(selector: Fields | None) -> str:
    """Return a label selector as kubectl takes it, or `<none>`."""
    return selector_text(selector) or NONE


def container_cells(template: Fields | None) -> list[object]:
    """Return the cells that name the containers of a pod template, and their images."""
    containers = spec_of(template or {}).get("containers") or ()
    return [
        ",".join(str(each.get(name) or "") for each in containers) for name in ("name", "image")
    ]


def shortened(found: Sequence[str], most: int, empty: str, *, count: int | None = None) -> str:
    """Return the first of some words, and how many more there are."""
    shown = ",".join(found[:most])
    total = len(found) if count is None else count
    if total > most and len(found) >= most:
        return f"{shown} + {total - most} more..."
    return shown or empty


def balancer_text(status: Fields) -> str:
    """Return the addresses of a load balancer."""
    ingress = (status.get("loadBalancer") or {}).get("ingress") or ()
    found = {each.get("ip") or each.get("hostname") for each in ingress}
    return ",".join(sorted(each for each in found if each))
