"""Why the API refuses an object: causes, each of a field, and what they make together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.errors import ApiRefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPED: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_NEGATIVE: Final = "must be greater than or equal to 0"


class Cause(NamedTuple):
    """One cause, as a Status names it."""

    reason: str
    message: str
    field: str

    @property
    def text(self) -> str:
        """As a whole message names it."""
        return f"{self.field}: {self.message}"


class Causes:
    """The causes that were found so far, in the API's order."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        """Begin without any."""
        self.found: list[Cause] = []

    def _add(self, reason: str, words: str, field: str, detail: str) -> None:
        message = f"{words}: {detail}" if detail else words
        self.found.append(Cause(f"FieldValue{reason}", message, field))

    def invalid(self, field: str, value: Any, detail: str) -> None:  # noqa: ANN401 - any field's
        """Add that a value is malformed."""
        self._add("Invalid", f"Invalid value: {shown_value(value)}", field, detail)

    def invalid_each(self, field: str, value: Any, details: Iterable[str]) -> None:  # noqa: ANN401
        """Add that a value is malformed, once for each reason."""
        for detail in details:
            self.invalid(field, value, detail)

    def invalid_omitted(self, field: str, detail: str) -> None:
        """Add that something is malformed, without showing it."""
        self._add("Invalid", "Invalid value", field, detail)

    def negative(self, field: str, value: int | None) -> None:
        """Add that a number is negative, if it is."""
        if value is not None and value < 0:
            self.invalid(field, value, _NEGATIVE)

    def required(self, field: str, detail: str = "") -> None:
        """Add that a field must be given."""
        self._add("Required", "Required value", field, detail)

    def forbidden(self, field: str, detail: str) -> None:
        """Add that a field must not be given."""
        self._add("Forbidden", "Forbidden", field, detail)

    def duplicate(self, field: str, value: Any, detail: str = "") -> None:  # noqa: ANN401
        """Add that a value is there twice."""
        self._add("Duplicate", f"Duplicate value: {shown_value(value)}", field, detail)

    def not_found(self, field: str, value: Any) -> None:  # noqa: ANN401 - any field's
        """Add that there is nothing of that name."""
        self._add("NotFound", f"Not found: {shown_value(value)}", field, "")

    def unsupported(self, field: str, value: Any, known: Iterable[str]) -> None:  # noqa: ANN401
        """Add that a value is none of the known ones."""
        names = ", ".join(json.dumps(each) for each in known)
        words = f"Unsupported value: {shown_value(value)}"
        self._add("NotSupported", words, field, f"supported values: {names}")

    def too_long(self, field: str, most: int) -> None:
        """Add that a value is too long."""
        self._add("TooLong", "Too long", field, f"may not be more than {most} bytes")

    def too_many(self, field: str, number: int, most: int) -> None:
        """Add that a list has too many items."""
        self._add("TooMany", f"Too many: {number}", field, f"must have at most {most} items")


def shown_value(value: Any) -> str:  # noqa: ANN401 - any field's
    """Return a value as the API shows it in a message."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPED) if isinstance(value, dict | list) else text


def invalid_object(kind: str, group: str, name: str, causes: Causes) -> ApiRefusalError:
    """Return the error for an object that has causes against it."""
    texts = list(dict.fromkeys(each.text for each in causes.found))
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details: dict[str, object] = {"name": name, "group": group, "kind": kind}
    if not group:
        del details["group"]
    if not name:
        del details["name"]
    details["causes"] = [each._asdict() for each in causes.found]
    qualified = f"{kind}.{group}" if group else kind
    return ApiRefusalError(
        f'{qualified} "{name}" is invalid: {joined}', code=422, reason="Invalid", details=details
    )


def unreadable_object(kind: str, version: str, why: str) -> ApiRefusalError:
    """Return the error for an object that Go cannot read, or may not, for unknown fields."""
    message = f'{kind} in version "{version}" cannot be handled as a {kind}: {why}'
    return ApiRefusalError(message, code=400, reason="BadRequest")


def forbidden_object(resource: str, group: str, name: str, why: str) -> ApiRefusalError:
    """Return the error for an object that an admission plugin refuses; `resource` is the plural."""
    details: dict[str, object] = {"name": name, "group": group, "kind": resource}
    details = {key: each for key, each in details.items() if each}
    qualified = f"{resource}.{group}" if group else resource
    return ApiRefusalError(
        f'{qualified} "{name}" is forbidden: {why}', code=403, reason="Forbidden", details=details
    )
