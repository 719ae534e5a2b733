"""The table of the API's types, made from its schema by `.ci/api_types.py`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE: Final = Path(__file__).with_name("types.json")


class Type(NamedTuple):
    """What a value must be."""

    shape: str
    """`list`, `map` or `object`; else the name of a scalar."""
    name: str = ""
    """Of an object, as Go calls it."""
    item: Type | None = None  # of a list's or map's members
    fields: Mapping[str, Type] | None = None  # of an object

    @property
    def go_name(self) -> str:
        """As messages of Go's JSON reader call it."""
        match self.shape:
            case "list":
                return f"[]{self.item.go_name if self.item else ''}"
            case "map":
                return f"map[string]{self.item.go_name if self.item else ''}"
            case "object":
                return self.name
        return _GO_NAMES.get(self.shape, self.shape)


_GO_NAMES: Final = {
    "str": "string",
    "i32": "int32",
    "i64": "int64",
    "f64": "float64",
    "int-or-string": "int32",
    "time": "string",
    "micro-time": "string",
    "bytes": "[]uint8",
}


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str] | str]]:
    table: Mapping[str, Mapping[str, Mapping[str, str] | str]]
    table = msgspec.json.decode(_TABLE.read_bytes())
    return table


@cache
def kind_type(key: str) -> Type | None:
    """Return the type of a kind's objects by "group/version.Kind", None if it is not published."""
    name = _table()["kinds"].get(key)
    return None if name is None else _object(str(name))


@cache
def object_type(name: str) -> Type:
    """Return a type by its name, such as `core.v1.PodSpec`."""
    return _object(name)


def kinds() -> tuple[str, ...]:
    """Return all kinds of the table, as "group/version.Kind"."""
    return tuple(_table()["kinds"])


def field_names(name: str) -> Mapping[str, str]:
    """Return the fields of a type with what each is, as the table has it."""
    fields = _table()["types"][name]
    assert not isinstance(fields, str)  # noqa: S101 - so the table is made
    return fields


_OBJECTS: Final[dict[str, Type]] = {}


def _object(name: str) -> Type:
    known = _OBJECTS.get(name)
    if known is not None:
        return known
    fields: dict[str, Type] = {}
    made = _OBJECTS[name] = Type("object", name.rpartition(".")[2], None, fields)
    for field, kind in field_names(name).items():
        fields[field] = _type(kind)
    return made


def _type(kind: str) -> Type:
    if kind.startswith("[]"):
        return Type("list", item=_type(kind[2:]))
    if kind.startswith("{}"):
        return Type("map", item=_type(kind[2:]))
    return _object(kind) if "." in kind else Type(kind)
