"""Rules of schemas (`x-kubernetes-validations`): what values do not keep, and which are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.apiserver import cel
from simarena.apiserver.cel.checking import told
from simarena.apiserver.status import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Fields = Mapping[str, Any]

RULES: Final = "x-kubernetes-validations"
_REASONS: Final = ("FieldValueForbidden", "FieldValueRequired")


def rule_causes(
    schema: Fields,
    value: Any,  # noqa: ANN401 - JSON
    before: Any,  # noqa: ANN401 - JSON
    warn: Callable[[str], None],
    path: str = "",
) -> Iterator[Cause]:
    """Yield which rules a value does not keep.

    `before` is the value that it takes the place of, None if there is none: a value that has
    stayed as it was is only warned of, and rules about both are left out for a new one.
    """
    if value is None:
        return
    for rule in schema.get(RULES) or ():
        cause, is_of_both = _broken(rule, schema, value, before, path)
        if cause is None:
            continue
        if not is_of_both and before is not None and before == value:
            warn(f"{cause.field}: {cause.message}")
        else:
            yield cause
    if isinstance(value, list):
        for index, each in enumerate(value):
            inner = schema.get("items") or {}
            yield from rule_causes(inner, each, None, warn, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    former = before if isinstance(before, dict) else {}
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name in value:
        if name in properties:
            where = f"{path}.{name}" if path else name
            yield from rule_causes(properties[name], value[name], former.get(name), warn, where)
        elif isinstance(more, dict):
            yield from rule_causes(more, value[name], former.get(name), warn, f"{path}[{name}]")


def _broken(
    rule: Fields,
    schema: Fields,
    value: Any,  # noqa: ANN401
    before: Any,  # noqa: ANN401
    path: str,
) -> tuple[Cause | None, bool]:
    """Return what a value has against it by one rule, and whether that is about two values."""
    text = rule.get("rule") or ""
    field = path or "<nil>"
    shown = (rule.get("message") or text).strip()
    try:
        tree = cel.parsed(text)
    except cel.CelSyntaxError as error:
        return _invalid(field, schema.get("type"), f"rule compile error: {error}"), False
    is_of_both = "oldSelf" in set(cel.names_in(tree))
    if is_of_both and before is None:
        return None, True
    values = {"self": value} | ({"oldSelf": before} if before is not None else {})
    try:
        if cel.evaluated(tree, values) is True:
            return None, is_of_both
    except cel.CelError as error:
        why = f"{error} evaluating rule: {shown}"
        if str(error).startswith("no such overload"):
            why = (
                f"'{error}': call arguments did not match a supported operator, function or macro "
                f"signature for rule: {shown}"
            )
        return _invalid(field, schema.get("type"), why), is_of_both
    detail = _message(rule, values) or (rule.get("message") or f"failed rule: {text.strip()}")
    return _failed(rule, field + (rule.get("fieldPath") or ""), value, detail.strip()), is_of_both


def _message(rule: Fields, values: Mapping[str, Any]) -> str:
    """Return what a rule's own expression says of a value; empty if it says nothing."""
    text = rule.get("messageExpression")
    if not text:
        return ""
    try:
        found = cel.evaluated(cel.parsed(text), values)
    except (cel.CelSyntaxError, cel.CelError):
        return ""
    return found if isinstance(found, str) and "\n" not in found else ""


def _failed(rule: Fields, field: str, value: Any, detail: str) -> Cause:  # noqa: ANN401
    reason = rule.get("reason") or ""
    if reason in _REASONS:
        words = reason.removeprefix("FieldValue")
        named = "Required value" if words == "Required" else words
        return Cause(field, f"{named}: {detail}", reason)
    told_value = "" if isinstance(value, dict | list) else f": {_shown(value)}"
    if reason == "FieldValueDuplicate":
        return Cause(field, f"Duplicate value{told_value}", reason)
    return Cause(field, f"Invalid value{told_value}: {detail}")


def _invalid(field: str, kind: object, why: str) -> Cause:
    return Cause(field, f"Invalid value: {_shown(kind or '')}: {why}")


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()


def rule_faults(schema: Fields, at: str) -> Iterator[tuple[str, Fields, str]]:
    """Yield the rules of a schema that cannot be compiled: where, which, and why."""
    for index, rule in enumerate(schema.get(RULES) or ()):
        text = rule.get("rule") or ""
        try:
            why = cel.first_fault(cel.parsed(text), schema, text)
        except cel.CelSyntaxError as error:
            why = told(text, error.at, f"Syntax error: {error}")
        if why:
            yield f"{at}.{RULES}[{index}].rule", rule, f"compilation failed: {why}"
