"""What keeps a value from having a type, in the words of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.apiserver.patching.field_set import shown_step
from simarena.apiserver.patching.go_text import go_syntax, go_type, go_value
from simarena.apiserver.patching.values import StepError, item_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.apiserver.patching.schema import Type


class Fault(NamedTuple):
    """What is wrong with a value, and where in it."""

    path: str
    text: str


def faults(kind: Type, value: object, *, duplicates: bool = False) -> Iterator[Fault]:
    """Yield what keeps a value from having a type, in the API's words.

    `duplicates` bears items of a list that cannot be told apart. An unknown field ends the search
    in the object that has it.
    """
    shape = kind.shape_of(value)
    if shape == "scalar":
        if text := _scalar_fault(kind.scalar, value):
            yield Fault("", text)
    elif value is None:
        return
    elif shape == "map":
        if not isinstance(value, dict):
            yield Fault("", f"expected map, got &{{{go_value(value)}}}")
            return
        yield from _map_faults(kind, value, duplicates=duplicates)
    elif not isinstance(value, list):
        yield Fault("", f"expected list, got &{{{go_value(value)}}}")
    else:
        yield from _list_faults(kind, value, duplicates=duplicates)


def _scalar_fault(scalar: str, value: object) -> str:
    if value is None:
        return ""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if scalar == "numeric":
        return "" if number else f"expected numeric (int or float), got {go_type(value)}"
    if scalar == "string":
        fits = isinstance(value, str)
        wrong = f"expected string, got &value.valueUnstructured{{Value:{go_syntax(value)}}}"
        return "" if fits else wrong
    if scalar == "boolean":
        fits = isinstance(value, bool)
        return "" if fits else f"expected boolean, got &{{{go_value(value)}}}"
    fits = isinstance(value, int | float | str)
    return "" if fits else f"expected any scalar, got &{{{go_value(value)}}}"


def _map_faults(kind: Type, value: dict[str, object], *, duplicates: bool) -> Iterator[Fault]:
    for name, each in value.items():
        inner = kind.field(name)
        if inner is None:
            yield Fault(f".{name}", "field not declared in schema")
            return
        for path, text in faults(inner, each, duplicates=duplicates):
            yield Fault(f".{name}{path}", text)


def _list_faults(kind: Type, value: list[object], *, duplicates: bool) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, each in enumerate(value):
        where = f"[{index}]"
        if not kind.list_atomic:
            try:
                step = item_step(kind, each)
            except StepError as error:
                yield Fault("", f"element {index}: {error}")
                return
            where = shown_step(step)
            if step in seen and not duplicates:
                yield Fault("", f"duplicate entries for key {where}")
            seen.add(step)
        for path, text in faults(kind.items(), each, duplicates=duplicates):
            yield Fault(f"{where}{path}", text)


def told(found: Sequence[Fault]) -> str:
    """Return faults as one text of the API."""
    lines = [f"{path}: {text}" if path else text for path, text in found]
    return lines[0] if len(lines) == 1 else "\n  ".join(["errors:", *lines])
