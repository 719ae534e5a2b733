"""The messages of Kubernetes' API: number, name and form of their fields."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE: Final = Path(__file__).with_name("messages.json")

_GROUPS: Final[Mapping[str, str]] = {"": "core", "rbac.authorization.k8s.io": "rbac"}
"""Groups whose packages have another name than the first part of theirs."""

_OF_ALL_GROUPS: Final = frozenset({"DeleteOptions", "Status"})
"""Kinds that every group has, from the one package for what all have in common."""


class Field(NamedTuple):
    """A field of a message."""

    number: int
    name: str
    kind: str
    """A message, or one of the types that JSON writes in one value, such as `quantity`."""
    repeated: bool
    mapped: bool
    pointer: bool
    inline: bool
    """Its fields stand in the object itself."""
    omits: bool
    """It is left out of JSON where it is empty."""


@lru_cache(maxsize=1)
def _table() -> Mapping[str, list[tuple[int, str, str, str]]]:
    return msgspec.json.decode(_TABLE.read_bytes(), type=dict[str, list[tuple[int, str, str, str]]])


@lru_cache(maxsize=1024)
def fields_of(message: str) -> tuple[Field, ...]:
    """Return the fields of a message, in the order of their numbers."""
    return tuple(
        Field(
            number, name, kind, "r" in signs, "m" in signs, "p" in signs, "i" in signs, "o" in signs
        )
        for number, name, kind, signs in _table()[message]
    )


@lru_cache(maxsize=1024)
def by_number(message: str) -> Mapping[int, Field]:
    """Return the fields of a message by their numbers."""
    return {field.number: field for field in fields_of(message)}


def message_of(api_version: str, kind: str) -> str:
    """Return the message of a kind; empty if there is none here."""
    group, _, version = api_version.rpartition("/")
    package = f"{_GROUPS.get(group, group.partition('.')[0])}/{version}"
    for name in (f"{package}.{kind}", f"meta/v1.{kind}" if kind in _OF_ALL_GROUPS else ""):
        if name in _table():
            return name
    return ""
