"""Schemas of custom resources: what they drop, fill in and refuse of an object."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.custom.rules import RULES, rule_causes
from simarena.apiserver.status import Cause, bad_request, invalid
from simarena.cluster.manifests.fields import copied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_ROOT: Final = frozenset({"apiVersion", "kind", "metadata"})
_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_MOST_REPLICAS: Final = (1 << 31) - 1
_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "integer,string": (int, str),
}
_BLOCKING: Final = frozenset(
    {
        *("FieldValueRequired", "FieldValueTypeInvalid", "FieldValueNotSupported"),
        *("FieldValueTooMany", "FieldValueTooLong"),
    }
)
_UNCHECKED: Final = Cause(
    "<nil>",
    "Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation",
)


@dataclass(slots=True)
class _Found:
    """What a schema has found in an object."""

    unknown: list[str] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)


def schema_of(api: Api, resource: Resource) -> Mapping[str, Any] | None:
    """Return the schema of a custom resource, None where it has none."""
    found = (version_of(api, resource).get("schema") or {}).get("openAPIV3Schema")
    return found if isinstance(found, dict) else None


def version_of(api: Api, resource: Resource) -> Mapping[str, Any]:
    """Return what a definition says of the version of a custom resource; empty if nothing."""
    collection = api.store.collection("customresourcedefinitions.apiextensions.k8s.io")
    for kept in collection.objects.values():
        spec = kept.manifest["spec"]
        if (spec["group"], spec["names"]["plural"]) != (resource.group, resource.plural):
            continue
        for version in spec.get("versions") or ():
            if version["name"] == resource.version:
                found: Mapping[str, Any] = version
                return found
    return {}


def conformed(
    api: Api,
    resource: Resource,
    manifest: Manifest,
    validation: str,
    before: Manifest | None = None,
) -> Manifest:
    """Return a custom object with its schema's defaults, and without what that does not know.

    `before` is the object that it takes the place of. Raises ApiError where it does not meet the
    schema, or is strict about what is not known.
    """
    schema = schema_of(api, resource)
    if not isinstance(schema, dict):
        return manifest
    found = _Found()
    result: Manifest = copied(manifest)
    root = {**schema, "properties": dict(schema.get("properties") or {})}
    for name in _ROOT:
        root["properties"][name] = {"type": "object", _PRESERVE: True} if name == "metadata" else {}
    _prune(root, result, "", found)
    if found.unknown and validation == "Strict":
        shown = ", ".join(f'unknown field "{each}"' for each in found.unknown)
        message = f"strict decoding error: {shown}"
        raise bad_request(message)
    if validation != "Ignore":
        for each in found.unknown:
            api.warn(f'unknown field "{each}"')
    _fill(schema, result)
    found.causes.extend(faults(schema, result, ""))
    found.causes.extend(_scale_faults(version_of(api, resource), result))
    if any(each.reason in _BLOCKING for each in found.causes):
        found.causes += [_UNCHECKED] if _has_rules(schema) else []
    else:
        found.causes.extend(rule_causes(schema, result, before, api.warn))
    if found.causes:
        raise invalid(resource.kind_named(result["metadata"].get("name", "")), found.causes)
    return result


def _scale_faults(version: Mapping[str, Any], manifest: Manifest) -> Iterator[Cause]:
    """Yield what is wrong with the numbers of replicas that a scale of an object shows."""
    scale = (version.get("subresources") or {}).get("scale") or {}
    for name in ("specReplicasPath", "statusReplicasPath"):
        path = scale.get(name) or ""
        value: Any = manifest
        for key in path.strip(".").split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        if value < 0:
            yield Cause(path, f"Invalid value: {value}: should be a non-negative integer")
        elif value > _MOST_REPLICAS:
            what = f"should be less than or equal to {_MOST_REPLICAS}"
            yield Cause(path, f"Invalid value: {value}: {what}")


def _prune(schema: Mapping[str, Any], value: Any, path: str, found: _Found) -> None:  # noqa: ANN401
    if isinstance(value, list):
        for index, each in enumerate(value):
            _prune(schema.get("items") or {}, each, f"{path}[{index}]", found)
        return
    if not isinstance(value, dict):
        return
    properties = schema.get("properties") or {}
    more = schema.get("additionalProperties")
    for name in tuple(value):
        where = f"{path}.{name}" if path else name
        if name in properties:
            _prune(properties[name], value[name], where, found)
        elif isinstance(more, dict):
            _prune(more, value[name], where, found)
        elif not (more or schema.get(_PRESERVE) or _is_open(schema)):
            found.unknown.append(where)
            del value[name]


def _is_open(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema says nothing of the fields of an object."""
    return not schema or bool(schema.get("x-kubernetes-embedded-resource"))


def _fill(schema: Mapping[str, Any], value: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        for each in value:
            _fill(schema.get("items") or {}, each)
    if not isinstance(value, dict):
        return
    properties = schema.get("properties") or {}
    for name, each in properties.items():
        if not isinstance(each, dict):
            continue
        is_null = name in value and value[name] is None and not each.get("nullable")
        if "default" in each and (name not in value or is_null):
            value[name] = copied(each["default"])
        if name in value:
            _fill(each, value[name])
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        for name in value.keys() - properties.keys():
            _fill(more, value[name])


def faults(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[Cause]:  # noqa: ANN401
    """Yield in what a value does not meet a schema."""
    if value is None and schema.get("nullable"):
        return
    if fault := _type_fault(schema, value, path):
        yield from fault
        return
    yield from _value_faults(schema, value, path)
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from faults(schema.get("items") or {}, each, f"{path}[{index}]")
    if isinstance(value, dict):
        for name in schema.get("required") or ():
            if name not in value:
                where = f"{path}.{name}" if path else name
                yield Cause(where, "Required value", "FieldValueRequired")
        properties = schema.get("properties") or {}
        for name in sorted(value):
            where = f"{path}.{name}" if path else name
            if name in properties and not (not path and name in _ROOT):
                yield from faults(properties[name], value[name], where)


def _type_fault(schema: Mapping[str, Any], value: Any, path: str) -> list[Cause]:  # noqa: ANN401
    wanted = "integer,string" if schema.get(_INT_OR_STRING) else schema.get("type", "")
    kinds = _TYPES.get(wanted, ())
    is_wrong = kinds and (
        not isinstance(value, kinds) or (isinstance(value, bool) and wanted != "boolean")
    )
    if not is_wrong:
        return []
    given = _type_name(value)
    why = f'Invalid value: "{given}": {path} in body must be of type {wanted}: "{given}"'
    causes = [Cause(path, why, "FieldValueTypeInvalid")]
    if wanted == "integer" and given == "number":
        what = (
            f'Invalid value: "": Checked value must be of type integer (default format) in {path}'
        )
        causes.append(Cause("<nil>", what))
    return causes


def _type_name(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
    return names.get(type(value), "null" if value is None else "number")


def _value_faults(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[Cause]:  # noqa: ANN401
    shown = json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_faults(schema, value, path)
    if isinstance(value, str):
        yield from _text_faults(schema, value, path)
    if isinstance(value, list):
        yield from _list_faults(schema, value, path)
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        supported = ", ".join(json.dumps(each) for each in allowed)
        why = f"Unsupported value: {shown}: supported values: {supported}"
        yield Cause(path, why, "FieldValueNotSupported")


def _wrong(value: object, path: str, what: str) -> Cause:
    shown = json.dumps(value, ensure_ascii=False)
    return Cause(path, f"Invalid value: {shown}: {path} in body {what}")


def _number_faults(schema: Mapping[str, Any], value: float, path: str) -> Iterator[Cause]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and value < least:
        yield _wrong(value, path, f"should be greater than or equal to {least}")
    if most is not None and value > most:
        yield _wrong(value, path, f"should be less than or equal to {most}")


def _text_faults(schema: Mapping[str, Any], value: str, path: str) -> Iterator[Cause]:
    pattern, longest = schema.get("pattern"), schema.get("maxLength")
    if pattern and not _matches(pattern, value):
        yield _wrong(value, path, f"should match '{pattern}'")
    if len(value) < (schema.get("minLength") or 0):
        yield _wrong(value, path, f"should be at least {schema['minLength']} chars long")
    if longest is not None and len(value) > longest:
        why = f"Too long: may not be more than {longest} bytes"
        yield Cause(path, why, "FieldValueTooLong")


def _list_faults(schema: Mapping[str, Any], value: list[Any], path: str) -> Iterator[Cause]:
    most = schema.get("maxItems")
    if most is not None and len(value) > most:
        why = f"Too many: {len(value)}: must have at most {most} items"
        yield Cause(path, why, "FieldValueTooMany")
    if len(value) < (schema.get("minItems") or 0):
        yield _wrong(value, path, f"should have at least {schema['minItems']} items")


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _has_rules(schema: Any) -> bool:  # noqa: ANN401 - a part of a schema
    if isinstance(schema, dict):
        return RULES in schema or any(_has_rules(each) for each in schema.values())
    return isinstance(schema, list) and any(_has_rules(each) for each in schema)
