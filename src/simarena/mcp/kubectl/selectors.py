"""Label and field selectors, written as kubectl takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.cluster.manifests.selectors import LabelSelector, read_selector
from simarena.errors import RefusedError
from simarena.mcp.answers.arguments import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields

_KEY: Final = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET: Final = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EQUAL: Final = re.compile(rf"({_KEY})\s*(==|=|!=)\s*([-A-Za-z0-9_.]*)")
_EXISTS: Final = re.compile(rf"(!?)\s*({_KEY})")
_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z.]*)\s*(==|=|!=)")

MOST_REQUIREMENTS: Final = 100
"""Most terms of a selector: each is compared with every object of a kind."""

_METADATA: Final = ("metadata.name", "metadata.namespace")
_FIELDS: Final = {
    "Pod": (
        *_METADATA,
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "Node": ("metadata.name", "spec.unschedulable"),
    "ReplicaSet": (*_METADATA, "status.replicas"),
    "Event": (
        *_METADATA,
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
}
"""Fields that the API selects by; of other kinds only name and namespace."""


class FieldRequirement(NamedTuple):
    """One term of a field selector."""

    field: str
    equal: bool
    value: str


@dataclass(frozen=True, slots=True)
class Selectors:
    """Which objects of a kind are wanted."""

    labels: str = ""
    """The label selector as it was written."""
    fields: str = ""
    """The field selector as it was written."""
    matching: LabelSelector = field(default_factory=LabelSelector)
    """What the former means."""
    requirements: Sequence[FieldRequirement] = ()

    def select(self, manifest: Fields) -> bool:
        """Return whether an object is wanted."""
        labels = manifest["metadata"].get("labels") or {}
        return self.matching.matches(labels) and all(
            (_value(manifest, wanted.field) == wanted.value) == wanted.equal
            for wanted in self.requirements
        )


def read_selectors(kind: str, labels: str = "", fields: str = "") -> Selectors:
    """Return what two selectors mean for objects of a kind; RefusedError if the API refuses one."""
    return Selectors(
        labels,
        fields,
        read_selector(_label_selector(labels), "label_selector"),
        tuple(_field_requirements(kind, fields)),
    )


def _label_selector(text: str) -> Fields:
    """Return the LabelSelector that a text stands for."""
    expressions: list[dict[str, Any]] = []
    for part in _requirements(text):
        if found := _SET.fullmatch(part):
            values = [value.strip() for value in found[4].split(",")]
            operator = "In" if found[3] == "in" else "NotIn"
        elif found := _EQUAL.fullmatch(part):
            values = [found[4]]
            operator = "NotIn" if found[3] == "!=" else "In"
        elif found := _EXISTS.fullmatch(part):
            operator = "DoesNotExist" if found[1] else "Exists"
            expressions.append({"key": found[2], "operator": operator})
            continue
        else:
            message = (
                f"Error from server (BadRequest): unable to parse requirement {quoted(part)} of "
                "the label selector; write it as app=web,tier!=db,env in (a,b),!canary"
            )
            raise RefusedError(message)
        expressions.append({"key": found[1], "operator": operator, "values": values})
    return {"matchExpressions": expressions}


def _field_requirements(kind: str, text: str) -> list[FieldRequirement]:
    requirements = []
    known = _FIELDS.get(kind, _METADATA)
    for part in _requirements(text):
        found = _FIELD.match(part)
        if found is None:
            message = (
                "Error from server (BadRequest): invalid field selector: "
                f"{quoted(part)}; can't understand it; write it as status.phase=Pending"
            )
            raise RefusedError(message)
        if found[1] not in known:
            message = (
                f"Error from server (BadRequest): field label not supported: {quoted(found[1])}; "
                f"of a {kind} there are {', '.join(known)}"
            )
            raise RefusedError(message)
        value = part[found.end() :].strip()
        requirements.append(FieldRequirement(found[1], found[2] != "!=", value))
    return requirements


def _requirements(text: str) -> list[str]:
    """Return the terms between a selector's commas, those in parentheses left alone."""
    parts: list[str] = []
    begin = depth = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            parts.append(text[begin:at])
            begin = at + 1
    parts = [part for part in (part.strip() for part in [*parts, text[begin:]]) if part]
    if len(parts) > MOST_REQUIREMENTS:
        message = (
            f"Error from server (BadRequest): a selector of {len(parts)} requirements; "
            f"at most {MOST_REQUIREMENTS} can be compared at once"
        )
        raise RefusedError(message)
    return parts


def _value(manifest: Fields, field: str) -> str:
    """Return what a field holds, as the API compares it: text, empty where it is missing."""
    if field == "source":
        return str((manifest.get("source") or {}).get("component", ""))
    found: Any = manifest
    for key in field.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if field == "spec.unschedulable":
        return "true" if found else "false"
    return "" if found is None else str(found)
