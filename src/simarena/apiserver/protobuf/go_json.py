"""Objects as Go's encoder writes the API's structs in JSON: what is always there, and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.protobuf.messages import fields_of, message_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.protobuf.messages import Field

_METADATA: Final = "meta/v1.ObjectMeta"
_TIMES: Final = frozenset({"micro-time", "time"})
_ZEROS: Final[Mapping[str, Any]] = {
    "bool": False,
    "double": 0,
    "int": 0,
    "int-or-string": 0,
    "quantity": "0",
    "string": "",
}
"""Values that are empty, by kind."""

_STRUCTS: Final = frozenset({"int-or-string", "quantity"})
"""Kinds that are structs in Go, which are never left out."""

_OF_CONTAINERS: Final = {
    "envFrom": "env",
    "resizePolicy": "volumeMounts",
    "restartPolicy": "volumeMounts",
    "restartPolicyRules": "volumeMounts",
    "volumeDevices": "livenessProbe",
    "startupProbe": "lifecycle",
    "terminationMessagePolicy": "imagePullPolicy",
}
_FIRST: Final[Mapping[str, Mapping[str, str]]] = {
    "core/v1.Container": _OF_CONTAINERS,
    "batch/v1.CronJobSpec": {"timeZone": "startingDeadlineSeconds"},
    "batch/v1.JobSpec": {
        "podFailurePolicy": "selector",
        "successPolicy": "selector",
        "backoffLimit": "selector",
        "backoffLimitPerIndex": "selector",
        "maxFailedIndexes": "selector",
    },
    "core/v1.ConfigMap": {"immutable": "data"},
    "core/v1.EphemeralContainerCommon": _OF_CONTAINERS,
    "core/v1.PodStatus": {"podIPs": "startTime"},
    "core/v1.Secret": {"immutable": "data"},
    "core/v1.ServiceSpec": {
        "clusterIPs": "type",
        "ipFamilies": "ipFamilyPolicy",
    },
    "core/v1.PodSpec": {"initContainers": "containers", "ephemeralContainers": "restartPolicy"},
}
"""Fields that stand before another one whose number is smaller, by message."""


def as_written(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with all that Go's encoder writes, and without what it leaves out.

    Objects of kinds whose messages are not known, and all metadata, come back as they are.
    """
    message = message_of(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
    if not message:
        return dict(manifest)
    head = {name: manifest[name] for name in ("kind", "apiVersion") if name in manifest}
    return head | _struct(message, manifest)


def _struct(message: str, value: Mapping[str, Any]) -> dict[str, Any]:
    if message == _METADATA:
        names = [each.name for each in fields_of(message) if each.name in value]
        ordered = {name: value[name] for name in names} | dict(value)
        return {name: each for name, each in ordered.items() if each is not None}
    found: dict[str, Any] = {}
    for field in _ordered(message):
        if field.inline:
            found |= _struct(field.kind, value)
            continue
        told = _field(field, value.get(field.name))
        if told is not _LEFT_OUT:
            found[field.name] = told
    return found


_LEFT_OUT: Final = object()


def _field(field: Field, value: Any) -> Any:  # noqa: ANN401 - any field's
    if field.mapped or field.repeated:
        if not value and field.omits:
            return _LEFT_OUT
        return _members(field, value)
    if value is None:
        return _missing(field)
    is_omitted = field.omits and not field.pointer and field.kind not in _STRUCTS
    if is_omitted and field.kind in _ZEROS and value == _ZEROS[field.kind]:
        return _LEFT_OUT
    return _value(field, value)


def _missing(field: Field) -> Any:  # noqa: ANN401 - any field's
    """Return what is written of a field that has no value."""
    if field.pointer:
        return _LEFT_OUT
    if field.kind in _TIMES:
        return None
    if _is_struct(field):
        return _struct(field.kind, {})
    if field.kind in _ZEROS and (field.kind in _STRUCTS or not field.omits):
        return _ZEROS[field.kind]
    return _LEFT_OUT


def _members(field: Field, value: Any) -> Any:  # noqa: ANN401 - any field's
    if isinstance(value, list):
        return [_value(field, each) for each in value]
    if isinstance(value, dict):
        return {name: _value(field, each) for name, each in sorted(value.items())}
    return None


def _value(field: Field, value: Any) -> Any:  # noqa: ANN401 - any field's
    return _struct(field.kind, value) if _is_struct(field) and isinstance(value, dict) else value


def _is_struct(field: Field) -> bool:
    if "/" not in field.kind:
        return False
    first = fields_of(field.kind)[:1]
    return not first or bool(first[0].name) or first[0].inline


def _ordered(message: str) -> list[Field]:
    """Return the fields of a message in the order in which Go's struct has them."""
    found = list(fields_of(message))
    for name, other in _FIRST.get(message, {}).items():
        moved = next(each for each in found if each.name == name)
        found.remove(moved)
        found.insert(next(n for n, each in enumerate(found) if each.name == other), moved)
    return found
