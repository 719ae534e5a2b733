"""Fields that a type does not know: told to who sends them, and left out of what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.apiserver.patching.schema import Type


def unknown_fields(kind: Type, value: object, path: str = "") -> Iterator[str]:
    """Yield the paths of fields that a type does not know, such as `spec.containers[0].foo`."""
    if isinstance(value, dict) and kind.is_map:
        for name, each in value.items():
            there = f"{path}.{name}" if path else str(name)
            inner = kind.field(name)
            if inner is None:
                yield there
            else:
                yield from unknown_fields(inner, each, there)
    elif isinstance(value, list) and kind.is_list:
        for index, each in enumerate(value):
            yield from unknown_fields(kind.items(), each, f"{path}[{index}]")


def known_fields(kind: Type, value: object) -> object:
    """Return a value without fields that its type does not know, and without those that are null.

    As decoding into the API's own structs leaves them out.
    """
    if isinstance(value, dict) and kind.is_map:
        return {
            name: known_fields(inner, each)
            for name, each in value.items()
            if each is not None and (inner := kind.field(name)) is not None
        }
    if isinstance(value, list) and kind.is_list:
        return [known_fields(kind.items(), each) for each in value]
    return value
