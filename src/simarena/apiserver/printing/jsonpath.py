"""JSONPath as custom resources use it for their columns: one value of an object."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = re.compile(r"\.((?:[^.\[\]\\\s]|\\.)+)")
_QUOTED: Final = re.compile(r"\[\s*(?:'([^']*)'|\"([^\"]*)\")\s*\]")
_PLACE: Final = re.compile(r"\[\s*(-?\d{1,9})\s*\]")
_ALL: Final = re.compile(r"\[\s*\*\s*\]|\.\*")
_FILTER: Final = re.compile(
    r"\[\?\(\s*@((?:\.[\w-]+)+)\s*(==|!=|<=|>=|<|>)\s*"
    r"(?:'([^']*)'|\"([^\"]*)\"|(true|false|-?\d+(?:\.\d+)?))\s*\)\]"
)


class _Filter(NamedTuple):
    """Keeps the items of a list whose field compares with a value as it says."""

    field: tuple[str, ...]
    sign: str
    value: object

    def keeps(self, item: object) -> bool:
        """Return whether an item is kept."""
        found: object = item
        for name in self.field:
            if not isinstance(found, dict) or name not in found:
                return False
            found = found[name]
        if self.sign in {"==", "!="}:
            same = found == self.value and isinstance(found, bool) == isinstance(self.value, bool)
            return same == (self.sign == "==")
        return _compares(found, self.value, self.sign)


def _compares(one: object, other: object, sign: str) -> bool:
    """Return how two numbers or two texts compare; others do not."""
    order = _order(one, other)
    if order is None:
        return False
    return {"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[sign]


def _order(one: object, other: object) -> int | None:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    return None


_EVERYTHING: Final = object()
_Step = str | int | _Filter | object


@lru_cache(maxsize=1024)
def read_path(text: str) -> tuple[_Step, ...]:
    """Return the steps of a path. Raises ManifestError for what columns cannot use.

    Fields, places in lists, all items, and items picked by comparing one of their fields.
    """
    position = 1 if text.startswith("$") else 0
    steps: list[_Step] = []
    while position < len(text):
        found, position = _step(text, position)
        steps.append(found)
    return tuple(steps)


def _step(text: str, position: int) -> tuple[_Step, int]:
    if found := _ALL.match(text, position):
        return _EVERYTHING, found.end()
    if found := _NAME.match(text, position):
        return re.sub(r"\\(.)", r"\1", found[1]), found.end()
    if found := _QUOTED.match(text, position):
        return found[1] if found[1] is not None else found[2], found.end()
    if found := _PLACE.match(text, position):
        return int(found[1]), found.end()
    if found := _FILTER.match(text, position):
        field = tuple(found[1].removeprefix(".").split("."))
        return _Filter(field, found[2], _literal(found)), found.end()
    message = (
        f"the path {shown(text)} cannot be read from character {position + 1} on; use fields "
        '(.a), places ([0]), all items ([*]) and comparisons ([?(@.a=="b")])'
    )
    raise ManifestError(message)


def _literal(found: re.Match[str]) -> object:
    if found[3] is not None or found[4] is not None:
        return found[3] if found[3] is not None else found[4]
    if found[5] in {"true", "false"}:
        return found[5] == "true"
    return float(found[5]) if "." in found[5] else int(found[5])


def values_at(steps: tuple[_Step, ...], value: object) -> Iterator[object]:
    """Yield what a path leads to; nothing where it leads nowhere."""
    if not steps:
        yield value
        return
    first, *rest = steps
    for inner in _inside(first, value):
        yield from values_at(tuple(rest), inner)


def _inside(step: _Step, value: object) -> Iterator[object]:
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield value[step]
    elif isinstance(step, int):
        if isinstance(value, list) and -len(value) <= step < len(value):
            yield value[step]
    elif isinstance(step, _Filter):
        yield from (item for item in value if step.keeps(item)) if isinstance(value, list) else ()
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, dict):
        yield from (value[key] for key in sorted(value))
