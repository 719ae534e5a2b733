"""Sets of fields of an object: who owns what, as `managedFields` write it down (FieldsV1).

A step of a path is written as FieldsV1 writes it: `f:spec` is a field, `k:{"name":"c"}` an item of
a list that is known by keys, `v:"x"` an item that is known by its value, `i:0` one by its place.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path: TypeAlias = tuple[str, ...]

_KINDS: Final = ("f:", "k:", "v:", "i:")
"""Kinds of steps, in the order in which they are told."""

_SELF: Final = "."
"""Stands beside the fields of an object that is owned itself, too."""


def field_step(name: str) -> str:
    """Return the step to a field of an object."""
    return f"f:{name}"


def key_step(keys: Mapping[str, object]) -> str:
    """Return the step to an item of a list by the fields that tell its items apart."""
    return f"k:{_compact(dict(keys))}"


def value_step(value: object) -> str:
    """Return the step to an item of a list by its value."""
    return f"v:{_compact(value)}"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


@lru_cache(maxsize=4096)
def shown_step(step: str) -> str:
    """Return a step as conflicts tell it, such as `[name="c"]`."""
    kind, rest = step[:2], step[2:]
    if kind == "f:":
        return f".{rest}"
    if kind == "k:":
        pairs = sorted(json.loads(rest).items())
        return f"[{','.join(f'{name}={_compact(value)}' for name, value in pairs)}]"
    return f"[={rest}]" if kind == "v:" else f"[{rest}]"


def shown_path(path: Path) -> str:
    """Return a path as conflicts tell it, such as `.spec.containers[name="c"].image`."""
    return "".join(map(shown_step, path))


def _order(step: str) -> tuple[int, str]:
    return _KINDS.index(step[:2]), step[2:]


class FieldSet:
    """A set of paths. It is changed only by whoever makes it, before it is handed on."""

    __slots__ = ("children", "members")

    def __init__(self) -> None:
        self.members: set[str] = set()
        """Steps from here that are in the set themselves."""
        self.children: dict[str, FieldSet] = {}
        """What is in the set further in; none of them is empty."""

    @classmethod
    def of(cls, *paths: Path) -> FieldSet:
        """Return the set of some paths."""
        found = cls()
        for path in paths:
            found.insert(path)
        return found

    @classmethod
    def read(cls, fields: object) -> FieldSet:
        """Return what FieldsV1 say. Raises ValueError if they are none."""
        found = cls()
        if not isinstance(fields, dict):
            message = "FieldsV1 is no object"
            raise ValueError(message)  # noqa: TRY004 - whatever is wrong with it, it cannot be read
        for step, inner in fields.items():
            if step == _SELF:
                continue
            canonical = _canonical(step)
            below = cls.read(inner)
            if not inner or _SELF in inner:
                found.members.add(canonical)
            if below:
                found.children[canonical] = below
        return found

    def __bool__(self) -> bool:
        return bool(self.members or self.children)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FieldSet)
            and self.members == other.members
            and self.children == other.children
        )

    __hash__ = None  # type: ignore[assignment] # it is filled after it is made

    def __contains__(self, path: Path) -> bool:
        *way, last = path
        here: FieldSet | None = self
        for step in way:
            here = here.children.get(step) if here is not None else None
        return here is not None and last in here.members

    def __repr__(self) -> str:
        return f"FieldSet({', '.join(map(shown_path, self.paths()))})"

    def insert(self, path: Path) -> None:
        """Put a path in. The whole object, an empty path, is owned by nobody."""
        if not path:
            return
        here = self
        for step in path[:-1]:
            here = here.children.setdefault(step, FieldSet())
        here.members.add(path[-1])

    def written(self) -> dict[str, object]:
        """Return the set as FieldsV1."""
        told: dict[str, object] = {}
        for step in sorted(self.members | self.children.keys(), key=_order):
            below = self.children.get(step)
            if below is None:
                told[step] = {}
            elif step in self.members:
                told[step] = {_SELF: {}} | below.written()
            else:
                told[step] = below.written()
        return told

    def paths(self) -> Iterator[Path]:
        """Yield the paths: at each place first its own members, then those further in."""
        for step in sorted(self.members, key=_order):
            yield (step,)
        for step in sorted(self.children, key=_order):
            for path in self.children[step].paths():
                yield (step, *path)

    def union(self, other: FieldSet) -> FieldSet:
        """Return what is in either."""
        found = FieldSet()
        found.members = self.members | other.members
        found.children = dict(other.children)
        for step, below in self.children.items():
            there = other.children.get(step)
            found.children[step] = below if there is None else below.union(there)
        return found

    def intersection(self, other: FieldSet) -> FieldSet:
        """Return what is in both."""
        found = FieldSet()
        found.members = self.members & other.members
        for step, below in self.children.items():
            if (there := other.children.get(step)) and (both := below.intersection(there)):
                found.children[step] = both
        return found

    def difference(self, other: FieldSet) -> FieldSet:
        """Return what is in this one alone."""
        found = FieldSet()
        found.members = self.members - other.members
        for step, below in self.children.items():
            there = other.children.get(step)
            if left := below if there is None else below.difference(there):
                found.children[step] = left
        return found

    def without(self, other: FieldSet) -> FieldSet:
        """Return what is neither in the other nor below a member of it."""
        found = FieldSet()
        found.members = self.members - other.members
        for step, below in self.children.items():
            if step in other.members:
                continue
            there = other.children.get(step)
            if left := below if there is None else below.without(there):
                found.children[step] = left
        return found


def _canonical(step: str) -> str:
    """Return a step as this module writes it. Raises ValueError for what is no step."""
    if step[:2] not in _KINDS:
        message = f"{step!r} is no step of FieldsV1"
        raise ValueError(message)
    kind, rest = step[:2], step[2:]
    if kind == "f:":
        return step
    if kind == "i:":
        return f"i:{int(rest)}"
    try:
        value = json.loads(rest)
    except RecursionError as error:
        message = f"a step of FieldsV1 is nested too deep: {step[:20]!r}"
        raise ValueError(message) from error
    if kind == "k:" and not isinstance(value, dict):
        message = f"{step!r} is no step of FieldsV1"
        raise ValueError(message)
    return kind + _compact(value)
