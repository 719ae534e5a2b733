"""Checks of one Kubernetes object in a trace."""

# ruff: noqa: ANN401 (values from a file have no type until they are checked)
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from simarena.checks.plain import field_step, foreign
from simarena.errors import QuantityError, TraceError, shown
from simarena.trace.kinds import POD_SPEC_FIELDS, REPLICATED, kind_key, namespaced_name
from simarena.trace.quantity import parse_cpu_milli, parse_memory_bytes, parse_quantity

if TYPE_CHECKING:
    from fractions import Fraction

_MAX_NAME = 253
_MAX_REPLICAS = 2**31 - 1
_API_VERSION = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[a-z0-9]+")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_CONTAINER_LISTS = ("containers", "initContainers")


def check_manifest(event: str, position: str, manifest: Any, *, applied: bool) -> None:
    """Raise TraceError unless `manifest` names an object; if `applied`, its pods must hold too.

    `event` and `position` say where it stands, for the message.
    """
    where = f"{event}: {position}"
    _check_identity(where, manifest)
    where = f"{event}: {manifest['kind']} {namespaced_name(manifest)}"
    check_plain(where, "", manifest)
    if not applied:
        return
    kind = kind_key(manifest)
    if kind in REPLICATED:
        _check_replicas(where, manifest)
    if kind in POD_SPEC_FIELDS:
        _check_pod_spec(where, manifest, POD_SPEC_FIELDS[kind])


def check_plain(where: str, path: str, value: object) -> None:
    """Raise TraceError unless `value` is made of what JSON has: text keys, finite numbers."""
    found = foreign(value)
    if found is not None:
        inner, reason = found
        _refuse(where, f"{path}{inner}".lstrip("."), reason)


def _check_identity(where: str, manifest: Any) -> None:
    if type(manifest) is not dict:
        _refuse(where, "", f"is not an object but {shown(manifest)}")
    for field, pattern in (("apiVersion", _API_VERSION), ("kind", _KIND)):
        value = manifest.get(field)
        if type(value) is not str or len(value) > _MAX_NAME or not pattern.fullmatch(value):
            _refuse(where, field, "is missing" if value is None else f"cannot be {shown(value)}")
    metadata = manifest.get("metadata")
    if type(metadata) is not dict:
        _refuse(where, "metadata", "is missing" if metadata is None else "is not a map")
    name = metadata.get("name")
    if not _is_name(name):
        _refuse(where, "metadata.name", "is missing" if not name else f"cannot be {shown(name)}")
    namespace = metadata.get("namespace")
    if namespace is not None and not _is_name(namespace):
        _refuse(where, "metadata.namespace", f"cannot be {shown(namespace)}")
    for field in ("labels", "annotations"):
        texts = metadata.get(field)
        if texts is not None and not _is_text_map(texts):
            _refuse(where, f"metadata.{field}", "is not a map from text to text")


def _check_replicas(where: str, manifest: dict[str, Any]) -> None:
    spec = manifest.get("spec")
    replicas = spec.get("replicas") if type(spec) is dict else None
    if replicas is None:
        return
    if type(replicas) is not int or not 0 <= replicas <= _MAX_REPLICAS:
        _refuse(
            where,
            "spec.replicas",
            f"must be a whole number from 0 to {_MAX_REPLICAS}, got {shown(replicas)}",
        )


def _check_pod_spec(where: str, manifest: dict[str, Any], fields: tuple[str, ...]) -> None:
    found: Any = manifest
    path = ""
    for field in fields:
        path = f"{path}.{field}" if path else field
        found = found.get(field)
        if type(found) is not dict:
            _refuse(where, path, "is missing" if found is None else "is not a map")
    for field in _CONTAINER_LISTS:
        containers = found.get(field)
        if containers is None and field != "containers":
            continue
        here = f"{path}.{field}"
        if type(containers) is not list or (not containers and field == "containers"):
            _refuse(where, here, "must be a list with at least one container")
        for row, container in enumerate(containers):
            spot = f"{here}[{row}]"
            if type(container) is not dict:
                _refuse(where, spot, "is not a map")
            if not _is_name(container.get("name")):
                _refuse(where, f"{spot}.name", "is missing or not a name")
            _check_resources(where, f"{spot}.resources", container.get("resources"))
    _check_resources(where, f"{path}.resources", found.get("resources"))
    _check_amounts(where, f"{path}.overhead", found.get("overhead"))


def _check_resources(where: str, path: str, resources: Any) -> None:
    if resources is None:
        return
    if type(resources) is not dict:
        _refuse(where, path, "is not a map")
    requests = _check_amounts(where, f"{path}.requests", resources.get("requests"))
    limits = _check_amounts(where, f"{path}.limits", resources.get("limits"))
    for resource, request in requests.items():
        if request > limits.get(resource, request):
            said = f"{shown(resources['requests'][resource])} is more than the limit, "
            said += shown(resources["limits"][resource])
            _refuse(where, f"{path}.requests.{field_step(resource)}", said)


def _check_amounts(where: str, path: str, amounts: Any) -> dict[str, int | Fraction]:
    if amounts is None:
        return {}
    if type(amounts) is not dict:
        _refuse(where, path, "is not a map")
    parsed = {}
    for resource, value in amounts.items():
        try:
            if resource == "cpu":
                parse_cpu_milli(value)
            else:
                parse_memory_bytes(value)
        except QuantityError as error:
            message = f"{where}: {path}.{field_step(resource)}: {error}"
            raise QuantityError(message) from error
        parsed[resource] = parse_quantity(value)
    return parsed


def _is_name(value: object) -> bool:
    return (
        type(value) is str
        and 0 < len(value) <= _MAX_NAME
        and value.isprintable()
        and not {" ", "/"} & set(value)
    )


def _is_text_map(value: object) -> bool:
    return type(value) is dict and all(
        type(key) is str and type(text) is str for key, text in value.items()
    )


def _refuse(where: str, path: str, reason: str) -> NoReturn:
    message = f"{where}: {path}: {reason}" if path else f"{where}: {reason}"
    raise TraceError(message)
