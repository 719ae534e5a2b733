"""Field selectors: conditions on those few fields that the API can select by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.apiserver.resources.resource import Resource

_METADATA: Final = ("metadata.name", "metadata.namespace")
_EVENT: Final = (
    *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name"),
    *("involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion"),
    *("involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
)
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "pods": (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"),
        *("spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs"),
        "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "events": _EVENT,
    "secrets": ("type",),
    "jobs.batch": ("status.successful",),
    "replicationcontrollers": ("status.replicas",),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
}
"""What objects can be selected by beside their name and namespace."""

_WITHOUT_HINT: Final = frozenset(
    {"pods", "nodes", "namespaces", "events", "replicationcontrollers"}
)
_OPERATORS: Final = ("!=", "==", "=")


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """A field selector: fields, whether they have to equal a value, and which."""

    terms: tuple[tuple[str, bool, str], ...] = ()

    def matches(self, manifest: Mapping[str, Any]) -> bool:
        """Return whether an object is wanted."""
        return all(
            (_value(manifest, field) == value) == equal for field, equal, value in self.terms
        )

    @property
    def name(self) -> str | None:
        """Return the one name that is wanted, None where there may be others."""
        wanted = (value for field, equal, value in self.terms if field == _METADATA[0] and equal)
        return next(wanted, None)


def read_fields(text: str, resource: Resource) -> FieldTerms:
    """Return what a field selector wants. Raises ApiError where it cannot be read."""
    terms = []
    for part in _parts(text):
        if part in {"", "="}:
            continue
        field, operator, value = _split(text, part)
        plain = _unescaped(value)
        if field not in _METADATA and field not in _OWN.get(resource.collection, ()):
            raise bad_request(_unknown(resource, field))
        terms.append((field, operator != "!=", plain))
    return FieldTerms(tuple(terms))


def _unknown(resource: Resource, field: str) -> str:
    if resource.collection in _WITHOUT_HINT or resource.custom:
        return f"field label not supported: {field}"
    return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between commas that are not escaped."""
    part, escaped = "", False
    for letter in text:
        if letter == "," and not escaped:
            yield part
            part = ""
            continue
        escaped = letter == "\\" and not escaped
        part += letter
    yield part


def _split(text: str, part: str) -> tuple[str, str, str]:
    for at in range(len(part)):
        for operator in _OPERATORS:
            if part.startswith(operator, at):
                return part[:at], operator, part[at + len(operator) :]
    message = f"invalid selector: '{text}'; can't understand '{part}'"
    raise bad_request(message)


def _unescaped(value: str) -> str:
    result, letters = "", iter(value)
    for letter in letters:
        if letter == "\\":
            following = next(letters, "")
            if following not in {"\\", ",", "="}:
                message = f"invalid field selector: invalid escape sequence: {letter}{following}"
                raise bad_request(message)
            result += following
        elif letter in {",", "="}:
            message = f"invalid field selector: unescaped character in value: {ord(letter)}"
            raise bad_request(message)
        else:
            result += letter
    return result


def _value(manifest: Mapping[str, Any], field: str) -> str:
    """Return what a field holds, as the API compares it: text, empty where it is missing."""
    if field == "source":
        source = (manifest.get("source") or {}).get("component", "")
        return str(source or manifest.get("reportingComponent") or "")
    if field == "status.podIPs":
        return ",".join(each["ip"] for each in (manifest.get("status") or {}).get("podIPs") or ())
    found: Any = manifest
    for key in field.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if field in {"spec.unschedulable", "spec.hostNetwork"}:
        return "true" if found else "false"
    if field == "status.successful":
        return str((manifest.get("status") or {}).get("succeeded") or 0)
    return "" if found is None else str(found)
