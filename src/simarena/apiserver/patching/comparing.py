"""The fields that a value sets, and those in which two values differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.apiserver.patching.field_set import FieldSet, field_step
from simarena.apiserver.patching.schema import ABSENT
from simarena.apiserver.patching.values import as_map, by_step, equal, is_leaf

if TYPE_CHECKING:
    from simarena.apiserver.patching.field_set import Path
    from simarena.apiserver.patching.schema import Type


def fields_of(kind: Type, value: object) -> FieldSet:
    """Return the fields that a value sets, as who applies it owns them."""
    found = FieldSet()
    _add_fields(kind, value, (), found)
    return found


def _add_fields(kind: Type, value: object, path: Path, found: FieldSet) -> None:
    shape = kind.shape_of(value)
    if shape == "scalar":
        found.insert(path)
    elif shape == "list":
        if kind.list_atomic:
            found.insert(path)
        elif isinstance(value, list):
            _add_items(kind, value, path, found)
    elif kind.map_atomic:
        found.insert(path)
    elif isinstance(value, dict):
        for name, each in value.items():
            there = (*path, field_step(name))
            inner = kind.field(name)
            if inner is not None:
                _add_fields(inner, each, there, found)
            if each is None or each == {} or not kind.has_field(name):
                found.insert(there)


def _add_items(kind: Type, value: list[object], path: Path, found: FieldSet) -> None:
    for step, items in by_step(kind, value).items():
        there = (*path, step)
        if len(items) == 1:
            _add_fields(kind.items(), items[0], there, found)
        found.insert(there)


class Comparison:
    """What one value lacks, has otherwise and has besides another."""

    __slots__ = ("added", "modified", "removed")

    def __init__(self) -> None:
        self.removed = FieldSet()
        self.modified = FieldSet()
        self.added = FieldSet()

    def without(self, fields: FieldSet) -> Comparison:
        """Return it without some fields and all that is in them."""
        found = Comparison()
        found.removed = self.removed.without(fields)
        found.modified = self.modified.without(fields)
        found.added = self.added.without(fields)
        return found


def compare(kind: Type, old: object, new: object) -> Comparison:
    """Return what changes from one value to another."""
    found = Comparison()
    _compare(kind, old, new, (), found)
    return found


def _compare(kind: Type, old: object, new: object, path: Path, found: Comparison) -> None:
    shapes = {kind.shape_of(each) for each in (old, new) if each is not ABSENT}
    leaf = False
    for shape in sorted(shapes):
        leaf = _compare_shape(kind, shape, old, new, path, found) or leaf
    if leaf:
        return
    if old is ABSENT:
        found.added.insert(path)
    elif new is ABSENT:
        found.removed.insert(path)


def _compare_shape(
    kind: Type, shape: str, old: object, new: object, path: Path, found: Comparison
) -> bool:
    """Compare two values as a shape; return whether they were compared as a whole."""
    if is_leaf(kind, shape, old, new):
        if old is ABSENT:
            found.added.insert(path)
        elif new is ABSENT:
            found.removed.insert(path)
        elif not equal(old, new):
            found.modified.insert(path)
        return True
    if shape == "map":
        before, after = as_map(old), as_map(new)
        for name in before | after:
            inner = kind.field(name)
            if inner is not None:
                step = (*path, field_step(name))
                values = before.get(name, ABSENT), after.get(name, ABSENT)
                _compare(inner, *values, step, found)
        return False
    _compare_items(kind, by_step(kind, old), by_step(kind, new), path, found)
    return False


def _compare_items(
    kind: Type,
    old: dict[str, list[object]],
    new: dict[str, list[object]],
    path: Path,
    found: Comparison,
) -> None:
    for step in old | new:
        before, after = old.get(step, []), new.get(step, [])
        there = (*path, step)
        if len(before) <= 1 and len(after) <= 1:
            values = (*before, ABSENT)[0], (*after, ABSENT)[0]
            _compare(kind.items(), *values, there, found)
        elif len(before) > 1 and len(after) > 1:
            if not equal(before, after):
                found.modified.insert(there)
        elif len(before) > 1:
            if after:
                _compare(kind.items(), ABSENT, after[0], there, found)
            found.removed.insert(there)
        else:
            if before:
                _compare(kind.items(), before[0], ABSENT, there, found)
            found.added.insert(there)
