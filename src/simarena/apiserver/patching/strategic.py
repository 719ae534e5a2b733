"""Strategic merge patches: merge patches that know how the lists of each kind merge."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.patching.go_text import go_type, go_value
from simarena.apiserver.patching.json_patch import json_word
from simarena.apiserver.patching.schema import DEDUCED
from simarena.apiserver.patching.values import equal
from simarena.apiserver.status import failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.apiserver.patching.schema import Type
    from simarena.errors import ApiError


_DIRECTIVE: Final = "$patch"
_RETAINED: Final = "$retainKeys"
_ORDER: Final = "$setElementOrder"
_DELETED: Final = "$deleteFromPrimitiveList"

_BAD_ORDER: Final = "invalid patch format of setElementOrder list"
_BAD_DELETED: Final = "invalid patch format of primitive list"
_BAD_RETAINED: Final = "invalid patch format of retainKeys"
_UNSUPPORTED: Final = "strategic merge patch format is not supported"


def strategic_patched(kind: Type, manifest: Mapping[str, Any], patch: object) -> dict[str, Any]:
    """Return an object with a strategic merge patch made.

    Raises ApiError as the API does: 400 for a directive of the wrong form, 500 for items
    without their merge key and for directives that there are not.
    """
    if patch is not None and not isinstance(patch, dict):
        text = (
            f"json: cannot unmarshal {json_word(patch)} into Go value of type "
            "map[string]interface {}"
        )
        raise _bad(text)
    return _merged(kind, copy.deepcopy(dict(manifest)), copy.deepcopy(patch or {}))


def not_strategic() -> ApiError:
    """Return the refusal of a strategic merge patch of a custom resource."""
    return failure(415, "UnsupportedMediaType", _UNSUPPORTED)


def _bad(text: str) -> ApiError:
    return failure(400, "BadRequest", text)


def _failed(text: str) -> ApiError:
    return failure(500, "", text)


def _no_key(item: object, key: str) -> ApiError:
    return _failed(f"map: {go_value(item)} does not contain declared merge key: {key}")


def _merged(kind: Type, found: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return an object with a patch merged into it; both are used up."""
    if _DIRECTIVE in patch:
        return _directed(patch)
    _retain(found, patch)
    _order_lists(kind, found, patch)
    for key, value in patch.items():
        if key.startswith(_DELETED):
            name = _named(key, _DELETED, _BAD_DELETED)
            _delete_from(found, name, value)
        elif value is None:
            found.pop(key, None)
        else:
            _merge_field(kind, found, key, value)
    return found


def _directed(patch: dict[str, Any]) -> dict[str, Any]:
    directive = patch.pop(_DIRECTIVE)
    if directive == "replace":
        return patch
    if directive == "delete":
        return {}
    patch[_DIRECTIVE] = directive
    text = f"unknown patch type: {_printed(directive)} in map: {go_value(patch)}"
    raise _failed(text)


def _printed(value: object) -> str:
    """Return a value as `%s` writes it."""
    return value if isinstance(value, str) else f"%!s({go_type(value)}={go_value(value)})"


def _merge_field(kind: Type, found: dict[str, Any], key: str, value: object) -> None:
    present = found.get(key)
    inner = kind.field(key) or DEDUCED
    if key in found and isinstance(present, dict) and isinstance(value, dict):
        if kind.merge_of(key).strategy == "replace":
            found[key] = value
        else:
            found[key] = _merged(inner, present, value)
    elif key in found and isinstance(present, list) and isinstance(value, list):
        merge = kind.merge_of(key)
        if merge.strategy == "merge":
            found[key] = _merged_list(inner.items(), present, value, merge.key)
        else:
            found[key] = value
    elif isinstance(value, dict) and _DIRECTIVE in value:
        found.pop(key, None)
    else:
        found[key] = _cleared(value)


def _cleared(value: object) -> object:
    """Return what a patch puts where nothing is: without nulls and without directives."""
    if isinstance(value, dict):
        return {
            key: _cleared(each)
            for key, each in value.items()
            if each is not None and not (isinstance(each, dict) and _DIRECTIVE in each)
        }
    if isinstance(value, list):
        return [
            _cleared(each) for each in value if not (isinstance(each, dict) and _DIRECTIVE in each)
        ]
    return value


def _retain(found: dict[str, Any], patch: dict[str, Any]) -> None:
    """Take out of an object what a patch does not name among the keys to keep."""
    if _RETAINED not in patch:
        return
    kept = patch.pop(_RETAINED)
    if not isinstance(kept, list):
        raise _bad(_BAD_RETAINED)
    for key, value in patch.items():
        if value is not None and not key.startswith((_DELETED, _ORDER)) and key not in kept:
            raise _bad(_BAD_RETAINED)
    for key in [key for key in found if key not in kept]:
        del found[key]


def _named(key: str, directive: str, wrong: str) -> str:
    """Return the field that a directive is about."""
    prefix, slash, name = key.partition("/")
    if prefix != directive or not slash:
        raise _bad(wrong)
    return name


def _delete_from(found: dict[str, Any], name: str, value: object) -> None:
    present = found.get(name)
    if value is None:
        found.pop(name, None)
    elif isinstance(present, list) and isinstance(value, list):
        found[name] = [each for each in present if not any(equal(each, gone) for gone in value)]


# --- lists ------------------------------------------------------------------------------------


def _order_lists(kind: Type, found: dict[str, Any], patch: dict[str, Any]) -> None:
    """Merge the lists of a patch that say in which order their items are to be."""
    for key in [key for key in patch if key.startswith(_ORDER)]:
        order = patch.pop(key)
        if not isinstance(order, list):
            raise _wrong_type(order)
        name = _named(key, _ORDER, _BAD_ORDER)
        for each in (found, patch):
            if name in each and not isinstance(each[name], list):
                raise _wrong_type(each[name])
        merge_key = kind.merge_of(name).key
        _check_order(patch.get(name, []), order, merge_key)
        if name not in found and name not in patch:
            continue
        live = list(found.get(name, []))
        merged = _merged_with(kind, found, patch, name)
        patch.pop(name, None)
        found[name] = _ordered(merged, order, live, merge_key)


def _merged_with(kind: Type, found: dict[str, Any], patch: dict[str, Any], name: str) -> list[Any]:
    if name not in patch:
        return list(found[name])
    if name not in found:
        cleared = _cleared(patch[name])
        return cleared if isinstance(cleared, list) else []
    merge = kind.merge_of(name)
    if merge.strategy != "merge":
        return list(patch[name])
    inner = kind.field(name) or DEDUCED
    return _merged_list(inner.items(), found[name], patch[name], merge.key)


def _wrong_type(value: object) -> ApiError:
    return _failed(f"expected a []interface {{}}, but received a {go_type(value)}")


def _check_order(patch: Sequence[Any], order: Sequence[Any], key: str) -> None:
    """Refuse a list whose items are not, or not in that order, in the list of their order."""
    if not patch or not order:
        return
    items = [each for each in patch if not (isinstance(each, dict) and _DIRECTIVE in each)]
    rest = iter(order)
    for item in items:
        wanted = _identity(item, key)
        if not any(equal(_identity(each, key), wanted) for each in rest):
            text = (
                f"The order in patch list:\n{go_value(list(patch))}\n doesn't match {_ORDER} "
                f"list:\n{go_value(list(order))}\n"
            )
            raise _failed(text)


def _identity(item: object, key: str) -> object:
    """Return by what an item of a list is known. Raises ApiError if it lacks its key."""
    if not key:
        return item
    if not isinstance(item, dict):
        text = f"expected a map[string]interface {{}}, but received a {go_type(item)}"
        raise _failed(text)
    if key not in item:
        raise _no_key(item, key)
    return item[key]


def _merged_list(kind: Type, found: list[Any], patch: list[Any], key: str) -> list[Any]:
    """Return a list with another merged into it."""
    if not found and not patch:
        return found
    if any(isinstance(each, list) for each in (*found, *patch)):
        raise failure(422, "Invalid", "lists of lists are not supported", details={})
    if not isinstance((found or patch)[0], dict):
        merged = _distinct([*found, *patch])
        return _ordered(merged, patch, found, "")
    if not key:
        text = "cannot merge lists without merge key for struct"
        raise _failed(text)
    found, patch = _with_directives(found, patch, key)
    merged = list(found)
    for item in patch:
        wanted = _identity(item, key)
        same = _index_of(merged, wanted, key)
        if same is None:
            merged.append(item)
        else:
            merged[same] = _merged(kind, merged[same], item)
    return _ordered(merged, patch, found, key)


def _with_directives(found: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Return a list and what is to be merged into it, when deletions have been made."""
    plain = []
    replaces = False
    for item in patch:
        directive = item.get(_DIRECTIVE) if isinstance(item, dict) else None
        if directive is None:
            plain.append(item)
        elif directive == "delete":
            if key not in item:
                raise _no_key(item, key)
            found = [each for each in found if not equal(each.get(key), item[key])]
        elif directive == "replace":
            replaces = True
        elif directive == "merge":
            text = "merging lists cannot yet be specified in the patch"
            raise _failed(text)
        else:
            text = f"unknown patch type: {_printed(directive)} in map: {go_value(item)}"
            raise _failed(text)
    return (plain, []) if replaces else (found, plain)


def _index_of(items: Sequence[Any], wanted: object, key: str) -> int | None:
    """Return where an item is in a list, by its merge key or by itself; None if it is not."""
    for index, each in enumerate(items):
        there = each.get(key) if key and isinstance(each, dict) else each
        if equal(there, wanted):
            return index
    return None


def _distinct(items: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for each in items:
        if not any(equal(each, other) for other in found):
            found.append(each)
    return found


def _ordered(
    merged: Sequence[Any], order: Sequence[Any], live: Sequence[Any], key: str
) -> list[Any]:
    """Return items in a wanted order.

    Those that it does not name come as near as may be to where they were in the live list.
    """
    wanted: list[tuple[int, Any]] = []
    others: list[tuple[int, Any]] = []
    for item in merged:
        identity = _identity(item, key)
        place = _index_of(order, identity, key)
        if place is None:
            before = _index_of(live, identity, key)
            others.append((len(live) if before is None else before, item))
        else:
            wanted.append((place, item))
    left = [item for _, item in sorted(others, key=lambda each: each[0])]
    right = [item for _, item in sorted(wanted, key=lambda each: each[0])]
    found: list[Any] = []
    while left and right:
        places = [_index_of(live, _identity(each[0], key), key) for each in (left, right)]
        first, second = places
        takes_left = first is not None and second is not None and first < second
        found.append((left if takes_left else right).pop(0))
    return [*found, *left, *right]


def without_orders(patch: object) -> object:
    """Return a patch as the API shows it once it has been made: ordered lists are taken out."""
    if not isinstance(patch, dict):
        return patch
    orders = {key for key in patch if key.startswith(f"{_ORDER}/")}
    ordered = {key.removeprefix(f"{_ORDER}/") for key in orders}
    return {
        key: without_orders(value) for key, value in patch.items() if key not in orders | ordered
    }
