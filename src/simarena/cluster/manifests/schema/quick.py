"""The quick way to read what is as it should be: manifests by types that msgspec compiles.

What it does not take may still be sound (a null in a list, a time as YAML reads it); the decoder
then decides, and says what is wrong.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from simarena.cluster.manifests.fields import is_small
from simarena.errors import QuantityError
from simarena.trace.quantity import canonical_quantity, stored_resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.schema.published import Type


class _Anything:
    """What may be anything, and so no plain value is one of: the decoder then looks at it."""


_SCALARS: Final[Mapping[str, Any]] = {
    "str": str,
    "bool": bool,
    "i32": Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)],
    "i64": Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)],
    "int-or-string": str | Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)],
    "quantity": str | int,
    "time": Annotated[
        str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
    ],
    "micro-time": Annotated[
        str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$")
    ],
    "bytes": Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9+/]{4})*$")],
}

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder()


def read_quickly(kind: Type, value: object) -> dict[str, Any] | None:
    """Return a copy of an object of a type, quantities as the API keeps them; None: ask others."""
    if type(value) is not dict or not is_small(value):
        return None
    try:
        told = _ENCODER.encode(msgspec.convert(value, _compiled(kind)))
        result: dict[str, Any] = _DECODER.decode(told)
        write = _quantities(kind)
        if write is not None:
            write(result)
    except (msgspec.ValidationError, QuantityError, RecursionError, TypeError, UnicodeError):
        return None
    return result


_COMPILED: Final[dict[int, Any]] = {}
_COMPILING: Final = threading.RLock()
_WRITERS: Final[dict[int, Any]] = {}


def _compiled(kind: Type) -> Any:  # noqa: ANN401 - a type that is made here
    known = _COMPILED.get(id(kind))
    if known is None:
        # What msgspec finds out about a type at its first use may be found out by one thread only:
        # two that do so at once end the process.
        with _COMPILING:
            known = _COMPILED.get(id(kind))
            if known is None:
                known = _compile(kind)
                msgspec.json.Decoder(known)
                _COMPILED[id(kind)] = known
    return known


def _compile(kind: Type) -> Any:  # noqa: ANN401 - a type that is made here
    match kind.shape:
        case "list":
            assert kind.item is not None  # noqa: S101 - a list's
            return list[_compiled(kind.item)]  # type: ignore[misc]
        case "map":
            assert kind.item is not None  # noqa: S101 - a map's
            return dict[str, _compiled(kind.item)]  # type: ignore[misc]
        case "object":
            fields = kind.fields or {}
            attributes = {f"field_{number}": name for number, name in enumerate(fields)}
            return msgspec.defstruct(
                kind.name,
                [
                    (attribute, _compiled(fields[name]) | None, None)
                    for attribute, name in attributes.items()
                ],
                rename=attributes,
                forbid_unknown_fields=True,
                omit_defaults=True,
                gc=False,
            )
    return _SCALARS.get(kind.shape, _Anything)


def _quantities(kind: Type) -> Callable[[Any], None] | None:
    """Return what writes the quantities in an object of a type anew, None if it has none."""
    known = _WRITERS.get(id(kind), False)
    if known is False:
        known = _WRITERS[id(kind)] = _writer(kind)
    return known  # type: ignore[no-any-return]


def _writer(kind: Type) -> Callable[[Any], None] | None:
    if kind.shape in {"list", "map"}:
        assert kind.item is not None  # noqa: S101 - it has members
        if kind.item.shape == "quantity":
            return _write_amounts
        inner = _quantities(kind.item)
        if inner is None:
            return None
        return (lambda found: _each(found, inner)) if kind.shape == "list" else None
    if kind.shape != "object":
        return None
    plain = [name for name, each in (kind.fields or {}).items() if each.shape == "quantity"]
    nested = {
        name: write
        for name, each in (kind.fields or {}).items()
        if (write := _quantities(each)) is not None
    }
    return (lambda found: _write(found, plain, nested)) if plain or nested else None


def _write(found: dict[str, Any], plain: list[str], nested: Mapping[str, Any]) -> None:
    for name in plain:
        if name in found:
            found[name] = canonical_quantity(found[name])
    for name in nested.keys() & found.keys():
        nested[name](found[name])


def _each(found: list[Any], write: Callable[[Any], None]) -> None:
    for each in found:
        write(each)


def _write_amounts(found: dict[str, Any]) -> None:
    for name, value in found.items():
        found[name] = stored_resource(value)
