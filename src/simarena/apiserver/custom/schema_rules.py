"""Rules for the schemas of definitions: structural ones only, with defaults that meet them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.custom.rules import rule_faults
from simarena.apiserver.custom.schema import faults
from simarena.cluster.manifests.validation.causes import Cause, Causes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Fields = Mapping[str, Any]

_TYPES: Final = ("array", "boolean", "integer", "number", "object", "string")
_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_MISSING: Final[Mapping[str, str]] = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
_ONLY_NAMES: Final = (
    "must not specify anything other than name and generateName, but metadata is implicitly "
    "specified"
)
_UNSUPPORTED: Final = ("id", "additionalItems", "patternProperties", "definitions", "dependencies")
_QUADRATIC: Final = (
    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
)


def check_schema(schema: Fields, at: str, causes: Causes) -> None:
    """Add what is wrong with the schema of the objects of a version."""
    if schema.get("nullable"):
        causes.forbidden(f"{at}.nullable", "nullable cannot be true at the root")
    structure = Causes()
    _check_structure(schema, at, "root", structure)
    if structure.found:
        causes.found.extend(sorted(structure.found, key=lambda each: each.text))
    else:
        causes.found.extend(_default_faults(schema, at))
    _check_standard(schema, at, causes)
    if not structure.found:
        _check_rules(schema, at, causes)


def _check_structure(schema: Fields, at: str, level: str, causes: Causes) -> None:
    kind, items = schema.get("type") or "", schema.get("items")
    if kind == "array" and items is None:
        causes.required(f"{at}.items", "must be specified")
    for where, level_of, each in _within(schema, at):
        _check_structure(each, where, level_of, causes)
    if level == "root" and schema.get("additionalProperties") is not None:
        causes.forbidden(f"{at}.additionalProperties", "must not be used at the root")
    _check_logic(schema, at, causes)
    if schema.get(_EMBEDDED) and kind != "object":
        why = f"must be object if {_EMBEDDED} is true"
        if kind:
            causes.invalid(f"{at}.type", kind, why)
        else:
            causes.required(f"{at}.type", why)
    elif not kind and not schema.get(_INT_OR_STRING) and not schema.get(_PRESERVE):
        causes.required(f"{at}.type", _MISSING[level])
    if level == "root" and kind and kind != "object":
        causes.invalid(f"{at}.type", kind, "must be object at the root")
    if level == "root" or schema.get(_EMBEDDED):
        _check_meta(schema, at, level, causes)


def _check_meta(schema: Fields, at: str, level: str, causes: Causes) -> None:
    properties = schema.get("properties") or {}
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            where = f"{at}.properties[{name}].type"
            causes.invalid(where, properties[name].get("type") or "", "must be string")
    metadata = properties.get("metadata")
    if metadata is None:
        return
    where = f"{at}.properties[metadata]"
    if metadata.get("type") != "object":
        causes.invalid(f"{where}.type", metadata.get("type") or "", "must be object")
    named = set(metadata.get("properties") or {})
    others = metadata.keys() - {"type", "properties", "default"}
    if level == "root" and (others or not named <= {"name", "generateName"}):
        causes.forbidden(where, _ONLY_NAMES)


def _check_logic(schema: Fields, at: str, causes: Causes) -> None:
    """Add what conditions on a value may not say, and patterns that are none."""
    either = [{"type": "integer"}, {"type": "string"}]
    skips = bool(schema.get(_INT_OR_STRING)) and schema.get("anyOf") == either
    for word in ("anyOf", "allOf", "oneOf"):
        if word == "anyOf" and skips:
            continue
        for index, each in enumerate(schema.get(word) or ()):
            _check_condition(each, f"{at}.{word}[{index}]", causes)
    if schema.get("not"):
        _check_condition(schema["not"], f"{at}.not", causes)
    pattern = schema.get("pattern")
    if pattern:
        try:
            re.compile(pattern)
        except re.error as error:
            why = f"must be a valid regular expression, but isn't: error parsing regexp: {error}"
            causes.invalid(f"{at}.pattern", pattern, why)


def _check_condition(schema: Fields, at: str, causes: Causes) -> None:
    _check_logic(schema, at, causes)
    for where, _, each in _within(schema, at):
        _check_condition(each, where, causes)
    either = [{"type": "integer"}, {"type": "string"}]
    if schema.get("type") and schema.get("anyOf") != either:
        causes.forbidden(f"{at}.type", "must be empty to be structural")
    for name, why in (
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("default", "must be undefined to be structural"),
        ("nullable", "must be false to be structural"),
    ):
        if schema.get(name):
            causes.forbidden(f"{at}.{name}", why)


def _within(schema: Fields, at: str) -> Iterator[tuple[str, str, Fields]]:
    """Yield the schemas within one: where they are, what they are of, and themselves."""
    items = schema.get("items")
    if isinstance(items, dict):
        yield f"{at}.items", "item", items
    for name, each in sorted((schema.get("properties") or {}).items()):
        yield f"{at}.properties[{name}]", "field", each
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        yield f"{at}.additionalProperties", "field", more


def _default_faults(schema: Fields, at: str) -> Iterator[Cause]:
    default = schema.get("default")
    if default is not None:
        where = f"{at}.default"
        for fault in faults(schema, default, where):
            yield Cause(fault.reason, fault.message, fault.field)
    for where, _, each in _within(schema, at):
        yield from _default_faults(each, where)


def _check_standard(schema: Fields, at: str, causes: Causes) -> None:
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        causes.unsupported(f"{at}.type", kind, _TYPES)
    for name in _UNSUPPORTED:
        if schema.get(name):
            causes.forbidden(f"{at}.{name}", f"{name} is not supported")
    if schema.get("$ref"):
        causes.forbidden(f"{at}.$ref", "$ref is not supported")
    if kind == "null":
        why = "type cannot be set to null, use nullable as an alternative"
        causes.forbidden(f"{at}.type", why)
    if schema.get("uniqueItems"):
        causes.forbidden(f"{at}.uniqueItems", _QUADRATIC)
    more = schema.get("additionalProperties")
    if schema.get("properties") and (more is False or isinstance(more, dict)):
        why = "additionalProperties and properties are mutual exclusive"
        causes.forbidden(f"{at}.additionalProperties", why)
    for where, _, each in _within(schema, at):
        _check_standard(each, where, causes)


def _check_rules(schema: Fields, at: str, causes: Causes) -> None:
    for where, rule, why in rule_faults(schema, at):
        shown = {
            "Rule": rule.get("rule") or "",
            "Message": rule.get("message") or "",
            "MessageExpression": rule.get("messageExpression") or "",
            "Reason": rule.get("reason"),
            "FieldPath": rule.get("fieldPath") or "",
            "OptionalOldSelf": rule.get("optionalOldSelf"),
        }
        causes.invalid(where, shown, why)
    for where, _, each in _within(schema, at):
        _check_rules(each, where, causes)
