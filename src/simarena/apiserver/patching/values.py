"""Values seen through their types: what is the same, which items of lists are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.apiserver.patching.field_set import key_step, value_step
from simarena.apiserver.patching.go_text import quoted
from simarena.apiserver.patching.schema import ABSENT

if TYPE_CHECKING:
    from simarena.apiserver.patching.schema import Type


class StepError(ValueError):
    """An item of a list that cannot be told apart from others; stays within this package."""


def equal(one: object, other: object) -> bool:
    """Return whether two JSON values are the same; true is not 1, but 1.0 is."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def item_step(kind: Type, item: object) -> str:
    """Return the step to an item of a list. Raises StepError if it has none."""
    if not kind.list_keys:
        return _set_step(item)
    if item is None:
        message = "associative list with keys may not have a null element"
        raise StepError(message)
    if not isinstance(item, dict):
        message = "associative list with keys may not have non-map elements"
        raise StepError(message)
    keys = {}
    for name in kind.list_keys:
        value = item.get(name, ABSENT)
        if value is ABSENT:
            value = kind.items().default_of(name)
        if value is not ABSENT:
            keys[name] = value
    if not keys:
        names = " ".join(quoted(name) for name in kind.list_keys)
        message = (
            f"associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)"
        )
        raise StepError(message)
    return key_step(keys)


def _set_step(item: object) -> str:
    if isinstance(item, dict):
        message = "associative list without keys has an element that's a map type"
    elif isinstance(item, list):
        message = "not supported: associative list with lists as elements"
    elif item is None:
        message = "associative list without keys has an element that's an explicit null"
    else:
        return value_step(item)
    raise StepError(message)


def by_step(kind: Type, items: object) -> dict[str, list[object]]:
    """Return items of a list by their steps, in their order; those without a step are left out."""
    found: dict[str, list[object]] = {}
    for item in items if isinstance(items, list) else ():
        try:
            step = item_step(kind, item)
        except StepError:
            continue
        found.setdefault(step, []).append(item)
    return found


def as_map(value: object) -> dict[str, object]:
    """Return a value if it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def is_leaf(kind: Type, shape: str, one: object, other: object) -> bool:
    """Return whether two values are taken as a whole: scalars, what is atomic, what is empty."""
    if shape == "scalar":
        return True
    atomic = kind.map_atomic if shape == "map" else kind.list_atomic
    wanted = dict if shape == "map" else list
    return atomic or not any(isinstance(each, wanted) and each for each in (one, other))
