"""Fields of settings that hold plain values, checked against what they are declared to be."""

from __future__ import annotations

import sys
from dataclasses import fields
from functools import cache
from inspect import get_annotations
from types import NoneType, SimpleNamespace, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from simarena.checks.bounds import MAX_INT64, is_finite, is_whole
from simarena.errors import ConfigError, SimArenaError, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_LETTERS: Final = 4_096  # of the longest path


class _Kind(NamedTuple):
    """A kind of plain values: what tells them, and what they are called."""

    fits: Callable[[object], bool]
    words: str


def check_plain_fields(
    settings: Any,  # noqa: ANN401 - any dataclass
    where: str = "",
    error: type[SimArenaError] = ConfigError,
) -> None:
    """Refuse settings of which a field holds something else than its declaration says.

    Looked at are fields of `int`, `float`, `str`, `bool` and tuples of these, and those that may
    also be None. Whole numbers are no flags and fit into 64 bits, fractions are finite; of a
    `Literal` only the kind is looked at. What other fields hold, and which values make sense, is
    for the settings themselves to say.

    Raises:
        ConfigError: or the `error` given; the message begins with `where` and names the field.
    """
    for name, kinds in _declared(type(settings)):  # type: ignore[arg-type]  # types are hashable
        value = getattr(settings, name)
        if not any(kind.fits(value) for kind in kinds):
            words = " or ".join(kind.words for kind in kinds if kind.words)
            message = f"{where}{name} must be {words}, got {shown(value)}"
            raise error(message)


def _is_whole(value: object) -> bool:
    return is_whole(value) and abs(value) <= MAX_INT64  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and is_finite(value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= _LETTERS


_KINDS: Final[dict[Any, _Kind]] = {
    NoneType: _Kind(lambda value: value is None, ""),
    int: _Kind(_is_whole, "a whole number of up to 64 bits"),
    float: _Kind(_is_number, "a number"),
    str: _Kind(_is_text, f"text of up to {_LETTERS:,} printable characters"),
    bool: _Kind(lambda value: isinstance(value, bool), "true or false"),
}


@cache
def _declared(settings: type[Any]) -> tuple[tuple[str, tuple[_Kind, ...]], ...]:
    """Return the fields that are looked at, each with the kinds of values that it may have."""
    found = []
    for each in fields(settings):
        one = SimpleNamespace(__annotations__={"": each.type})
        try:
            hint = get_type_hints(one, vars(sys.modules[_declaring(settings, each.name)]))[""]
        except NameError:  # a kind that is imported for type checkers alone is none of ours
            continue
        declared = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        kinds = [kind for each in declared if (kind := _kind(each)) is not None]
        if len(kinds) == len(declared):
            found.append((each.name, tuple(kinds)))
    return tuple(found)


def _declaring(settings: type[Any], name: str) -> str:
    """Return the module of the class that declares a field: a base of the settings, maybe."""
    return next(each.__module__ for each in settings.__mro__ if name in get_annotations(each))


def _kind(hint: Any) -> _Kind | None:  # noqa: ANN401 - hints have no type of their own
    """Return the kind of plain values that a hint stands for; None if it stands for others."""
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return _KINDS[str]
    if get_origin(hint) is not tuple:
        return _KINDS.get(hint) if isinstance(hint, type) else None
    if arguments[1:] != (...,) or (item := _kind(arguments[0])) is None:
        return None
    return _Kind(
        lambda value: isinstance(value, tuple) and all(map(item.fits, value)),
        f"a list, each of it {item.words}",
    )
