"""Manifests read by the types of the API: a copy in JSON's own types, or why Go would not read it.

Fields that are null are missing ones. What no type has is left out, and named for those who want
to refuse it or to warn of it.
"""

# ruff: noqa: ANN401 (values from outside have no type until they are checked)
from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from simarena.checks.plain import foreign
from simarena.cluster.manifests.fields import MAX_VALUES, plain
from simarena.errors import ManifestError, QuantityError
from simarena.trace.quantity import canonical_quantity, stored_resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.cluster.manifests.schema.published import Type

QUANTITY_MESSAGE: Final = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_RANGES: Final = {"i32": (-(1 << 31), (1 << 31) - 1), "i64": (-(1 << 63), (1 << 63) - 1)}
_MICROSECONDS: Final = 6

Place: TypeAlias = "tuple[Place, str | int] | None"
"""A place in a manifest: that around it, and the field or number there."""


class UnreadableError(Exception):
    """Go's reader of JSON would not read a value; the message is as it says so."""


class Decoder:
    """Reads values of one manifest."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.unknown: list[str] = []
        """Paths of fields that no type has."""
        self._left = MAX_VALUES

    def members(self, kind: Type, value: Any, place: Place = None) -> dict[str, Any]:
        """Return a copy of an object of a type. Raises UnreadableError."""
        if not isinstance(value, Mapping):
            raise _mismatch(value, kind, place)
        fields = kind.fields
        assert fields is not None  # noqa: S101 - an object's
        self._take(len(value))
        result: dict[str, Any] = {}
        for name, each in value.items():
            field = fields.get(name)
            if field is None:
                self._note(name, each, place)
                continue
            if each is None:
                continue
            shape = field[0]
            if shape == "str":
                plain_text = type(each) is str and each.isascii()
                result[name] = each if plain_text else _string(each, field, kind, (place, name))
            elif shape == "object":
                result[name] = self.members(field, each, (place, name))
            else:
                read = getattr(self, f"_{shape.replace('-', '_')}")
                result[name] = read(field, each, kind, (place, name))
        return result

    def _note(self, name: object, value: object, place: Place) -> None:
        found = foreign(
            {name: value} if not isinstance(value, Mapping | list | tuple) else {name: 0}
        )
        path = dotted((place, str(name)))
        if found is not None:
            message = f"{path} {found[1]}"
            raise UnreadableError(message)
        self.unknown.append(path)

    def _take(self, number: int) -> None:
        self._left -= number + 1
        if self._left < 0:
            message = f"it holds more than {MAX_VALUES:,} values, the limit; give it fewer"
            raise UnreadableError(message)

    def _member(self, kind: Type, value: Any, owner: Type, place: Place) -> Any:
        shape = kind[0]
        if value is None:
            empty = {"object": {}, "list": [], "map": {}, "str": "", "bytes": "", "quantity": "0"}
            return empty.get(shape, 0)
        if shape == "object":
            return self.members(kind, value, place)
        if shape == "str":
            return (
                value
                if type(value) is str and value.isascii()
                else _string(value, kind, owner, place)
            )
        read: Callable[[Type, Any, Type, Place], Any]
        read = getattr(self, f"_{shape.replace('-', '_')}")
        return read(kind, value, owner, place)

    def _list(self, kind: Type, value: Any, owner: Type, place: Place) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise _mismatch(value, kind, place, owner)
        self._take(len(value))
        item = kind.item
        assert item is not None  # noqa: S101 - a list's
        return [
            self._member(item, each, owner, (place, number)) for number, each in enumerate(value)
        ]

    def _map(self, kind: Type, value: Any, owner: Type, place: Place) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _mismatch(value, kind, place, owner)
        self._take(len(value))
        item = kind.item
        assert item is not None  # noqa: S101 - a map's
        shape = item[0]
        result = {}
        for name, each in value.items():
            if type(name) is not str or (not name.isascii() and foreign(name) is not None):
                message = f"{dotted(place)} has a key that is not text"
                raise UnreadableError(message)
            if shape == "str" and type(each) is str and each.isascii():
                result[name] = each
            elif shape == "quantity" and each is not None:
                result[name] = _amount(each)
            else:
                result[name] = self._member(item, each, owner, place)
        return result

    def _bool(self, kind: Type, value: Any, owner: Type, place: Place) -> bool:
        if type(value) is not bool:
            raise _mismatch(value, kind, place, owner)
        return value

    def _i32(self, kind: Type, value: Any, owner: Type, place: Place) -> int:
        least, most = _RANGES[kind[0]]
        if type(value) is not int or not least <= value <= most:
            raise _mismatch(value, kind, place, owner)
        return value

    _i64 = _i32

    def _f64(self, kind: Type, value: Any, owner: Type, place: Place) -> float:
        if type(value) not in {int, float} or foreign(value) is not None:
            raise _mismatch(value, kind, place, owner)
        number: float = value
        return number

    def _quantity(self, kind: Type, value: Any, owner: Type, place: Place) -> str:
        del kind, owner, place
        return _read_amount(canonical_quantity, value)

    def _int_or_string(self, kind: Type, value: Any, owner: Type, place: Place) -> int | str:
        if type(value) is str:
            return _string(value, kind, owner, place)
        return self._i32(kind._replace(shape="i32"), value, owner, place)

    def _time(self, kind: Type, value: Any, owner: Type, place: Place) -> str:
        if isinstance(value, datetime):
            value = value.isoformat().replace("+00:00", "Z")
        elif isinstance(value, date):
            value = value.isoformat()
        text = _string(value, kind, owner, place)
        try:
            datetime.fromisoformat(text)
        except ValueError as error:
            message = f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}"'
            raise UnreadableError(message) from error
        return text

    def _micro_time(self, kind: Type, value: Any, owner: Type, place: Place) -> str:
        text = self._time(kind, value, owner, place)
        fraction = text.partition(".")[2].rstrip("Z")
        if len(fraction) < _MICROSECONDS:
            message = (
                f'parsing time "{text}" as "2006-01-02T15:04:05.000000Z07:00": '
                f'cannot parse "{text[19:]}" as ".000000"'
            )
            raise UnreadableError(message)
        return text

    def _bytes(self, kind: Type, value: Any, owner: Type, place: Place) -> str:
        text = _string(value, kind, owner, place)
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            message = "illegal base64 data at input byte 0"
            raise UnreadableError(message) from error
        return text

    def _any(self, kind: Type, value: Any, owner: Type, place: Place) -> Any:
        del kind, owner, place
        return plain({"value": value}).get("value")


def dotted(place: Place) -> str:
    """Return a place as the API writes it: `spec.template.spec.containers[0].image`."""
    steps = []
    while place is not None:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps)).lstrip(".")


def _amount(value: Any) -> str:
    return _read_amount(stored_resource, value)


def _read_amount(read: Callable[[Any], str], value: Any) -> str:
    try:
        if type(value) not in {str, int, float}:
            raise UnreadableError(QUANTITY_MESSAGE)
        return read(value)
    except QuantityError as error:
        if "too large" in str(error):  # the API takes it, and no node has as much
            message = f"{error} to be simulated"
            raise ManifestError(message) from error
        raise UnreadableError(QUANTITY_MESSAGE) from error


def _string(value: Any, kind: Type, owner: Type, place: Place) -> str:
    if isinstance(value, date):  # as YAML reads what is written without quotes
        return value.isoformat().replace("+00:00", "Z")
    if type(value) is not str:
        raise _mismatch(value, kind, place, owner)
    found = foreign(value)
    if found is not None:
        message = f"{dotted(place)} {found[1]}"
        raise UnreadableError(message)
    return value


def _mismatch(value: Any, kind: Type, place: Place, owner: Type | None = None) -> UnreadableError:
    """Return what Go says of a value of another type than it must be."""
    if value is None or type(value) is bool:
        got = "bool"
    elif type(value) is str:
        got = "string"
    elif isinstance(value, Mapping):
        got = "object"
    elif isinstance(value, list | tuple):
        got = "array"
    elif type(value) in {int, float}:
        got = "number"
        if kind.shape in {"i32", "i64"}:
            text = repr(value)
            got = f"number {text if len(text) < 40 else '...'}"  # noqa: PLR2004
    else:
        got = type(value).__name__
    steps = []
    while place is not None:
        place, step = place
        if isinstance(step, str):
            steps.append(step)
    path = ".".join(reversed(steps))
    into = f"Go struct field {(owner or kind).name}.{path}" if path else "Go value"
    return UnreadableError(f"json: cannot unmarshal {got} into {into} of type {kind.go_name}")
