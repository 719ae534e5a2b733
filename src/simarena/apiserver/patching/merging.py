"""One value applied on another, and values without some of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.apiserver.patching.field_set import FieldSet, field_step
from simarena.apiserver.patching.schema import ABSENT
from simarena.apiserver.patching.values import StepError, as_map, by_step, is_leaf, item_step

if TYPE_CHECKING:
    from simarena.apiserver.patching.schema import Type


def merge(kind: Type, live: object, applied: object) -> object:
    """Return a value with another one applied on it: what that one lacks, stays."""
    if applied is ABSENT or live is ABSENT:
        shape = kind.shape_of(live if applied is ABSENT else applied)
    else:
        shape = kind.shape_of(applied)
    if is_leaf(kind, shape, live, applied):
        return live if applied is ABSENT else applied
    if shape == "list":
        return _merged_items(kind, live, applied)
    before, after = as_map(live), as_map(applied)
    found = {}
    for name in before | after:
        values = before.get(name, ABSENT), after.get(name, ABSENT)
        inner = kind.field(name)
        value = merge(inner, *values) if inner is not None else values[0]
        if value is not ABSENT:
            found[name] = value
    return found


def _merged_items(kind: Type, live: object, applied: object) -> list[object]:
    """Return the items of both lists, those of both in the order in which they are applied.

    Items that only one of them has stay as near as may be to where they are in it.
    """
    before, after = by_step(kind, live), by_step(kind, applied)
    left = _steps(kind, live)
    right = list(after)
    shared = [step for step in right if step in before]
    found: list[object] = []
    done: set[str] = set()

    def put(step: str, own: object) -> None:
        applied_item = after[step][0] if step in after else ABSENT
        found.append(merge(kind.items(), own, applied_item))

    while left or right:
        step = left[0][0] if left else ""
        if left and right:
            if step == right[0]:
                done.add(step)
                put(step, _single(before, step))
                left.pop(0)
                right.pop(0)
                shared = shared[1:]
                continue
            if step in after and shared and shared[0] != step:
                left.pop(0)
                continue
        if left and step not in after:
            put(step, left.pop(0)[1])
            continue
        if left and step in done:
            left.pop(0)
        if right:
            step = right.pop(0)
            done.add(step)
            put(step, _single(before, step))
            if shared and shared[0] == step:
                shared = shared[1:]
    return found


def _steps(kind: Type, items: object) -> list[tuple[str, object]]:
    found = []
    for item in items if isinstance(items, list) else ():
        try:
            found.append((item_step(kind, item), item))
        except StepError:
            continue
    return found


def _single(items_of: dict[str, list[object]], step: str) -> object:
    """Return the item of a step; ABSENT if there is none, or more than one."""
    items = items_of.get(step, [])
    return items[0] if len(items) == 1 else ABSENT


def removed(kind: Type, value: object, fields: FieldSet) -> object:
    """Return a value without some fields; None where nothing of it is left."""
    shape = kind.shape_of(value)
    if shape == "scalar":
        return value
    if shape == "list":
        if not isinstance(value, list) or not value or kind.list_atomic:
            return None
        return _removed_items(kind, value, fields)
    if not isinstance(value, dict) or not value or kind.map_atomic:
        return None
    found: dict[str, object] = {}
    matched = False
    for name, each in value.items():
        step = field_step(name)
        if step in fields.members:
            continue
        below = fields.children.get(step)
        inner = kind.field(name)
        if below is not None and inner is not None:
            matched = True
            found[name] = _kept_container(each, removed(inner, each, below))
        else:
            found[name] = each
    return found if found or matched else None


def _removed_items(kind: Type, value: list[object], fields: FieldSet) -> list[object] | None:
    found: list[object] = []
    matched = False
    for item in value:
        try:
            step = item_step(kind, item)
        except StepError:
            step = ""
        if step in fields.members:
            continue
        below = fields.children.get(step)
        if below is None:
            found.append(item)
        else:
            matched = True
            found.append(_kept_container(item, removed(kind.items(), item, below)))
    return found if found or matched else None


def _kept_container(before: object, after: object) -> object:
    """Return a value of which parts were removed; objects and lists stay, empty, if all went."""
    if after is None and isinstance(before, dict):
        return {}
    if after is None and isinstance(before, list):
        return []
    return after


def with_named_fields(kind: Type | None, fields: FieldSet) -> FieldSet:
    """Return a set with the fields that the schema names and that lead to others in the set."""
    found = FieldSet()
    found.members = set(fields.members)
    for step, below in fields.children.items():
        inner: Type | None = None
        if step.startswith("f:"):
            name = step.removeprefix("f:")
            inner = kind.field(name) if kind is not None and kind.is_map else None
            if kind is not None and kind.has_field(name):
                found.members.add(step)
        elif kind is not None and kind.is_list:
            inner = kind.items()
        found.children[step] = with_named_fields(inner, below)
    return found
