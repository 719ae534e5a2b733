"""Types of the fields of objects, from Kubernetes' published schema: how their values merge."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar: TypeAlias = Literal["", "numeric", "string", "boolean", "untyped"]
Shape: TypeAlias = Literal["map", "list", "scalar"]

ABSENT: Final = object()
"""Stands for a value that is not there, other than one that is null."""

_TABLE: Final = Path(__file__).with_name("types.json")
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_RAW: Final = "io.k8s.apimachinery.pkg.runtime.RawExtension"
_QUANTITY: Final = "io.k8s.apimachinery.pkg.api.resource.Quantity"

_SCALARS: Final[Mapping[str, Scalar]] = {
    "integer": "numeric",
    "number": "numeric",
    "boolean": "boolean",
    "string": "string",
}


class Merge(NamedTuple):
    """How a strategic merge patch treats a field."""

    key: str = ""
    """By which field items of a list are known again."""
    strategies: tuple[str, ...] = ()

    @property
    def strategy(self) -> str:
        """Return whether values merge or replace each other; keeping keys is another matter."""
        return next((each for each in self.strategies if each != "retainKeys"), "")


class Type:
    """What values a field takes. What is further in is worked out when it is first asked for."""

    __slots__ = (
        "_children",
        "_node",
        "_preserves",
        "_properties",
        "is_list",
        "is_map",
        "list_atomic",
        "list_keys",
        "map_atomic",
        "scalar",
    )

    def __init__(
        self,
        node: Mapping[str, object],
        *,
        preserves: bool = False,
        map_atomic: bool | None = None,
    ) -> None:
        """Read a node of a schema; `map_atomic` is what its user says about how it merges."""
        preserves = preserves or node.get("x-kubernetes-preserve-unknown-fields") is True
        kind = node.get("type")
        word = kind if isinstance(kind, str) else ""
        self._node = node
        self._preserves = preserves
        self._children: dict[str, Type | None] = {}
        properties = node.get("properties")
        self._properties: Mapping[str, Mapping[str, object]] = (
            properties if isinstance(properties, dict) else {}
        )
        self.scalar: Scalar = _SCALARS.get(word, "") if word else "untyped"
        if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string") is True:
            self.scalar, word = "untyped", "scalar"
        self.is_list = word in {"", "array"}
        self.is_map = word in {"", "object"}
        listed = node.get("x-kubernetes-list-type")
        self.list_atomic = listed not in {"set", "map"}
        keys = node.get("x-kubernetes-list-map-keys")
        self.list_keys: tuple[str, ...] = tuple(keys) if isinstance(keys, list) else ()
        atomic = node.get("x-kubernetes-map-type") == "atomic"
        self.map_atomic = atomic if map_atomic is None else map_atomic

    def has_field(self, name: str) -> bool:
        """Return whether the schema names a field."""
        return name in self._properties

    def field(self, name: str) -> Type | None:
        """Return the type of a field; None for one that the schema does not know."""
        if name not in self._children:
            self._children[name] = self._field(name)
        return self._children[name]

    def _field(self, name: str) -> Type | None:
        if name in self._properties:
            return type_of(self._properties[name], preserves=self._preserves)
        rest = self._node.get("additionalProperties")
        if isinstance(rest, dict):
            return type_of(rest, preserves=self._preserves)
        if rest is True or (rest is None and (self._preserves or not self._properties)):
            return DEDUCED
        return None

    def items(self) -> Type:
        """Return the type of the items of a list."""
        found = self._children.get("")
        if found is None:
            node = self._node.get("items")
            found = type_of(node, preserves=self._preserves) if isinstance(node, dict) else UNTYPED
            self._children[""] = found
        return found

    def default_of(self, name: str) -> object:
        """Return what a field holds if nothing is said; ABSENT if the schema says nothing."""
        node = self._properties.get(name)
        return ABSENT if node is None else node.get("default", ABSENT)

    def merge_of(self, name: str) -> Merge:
        """Return how a strategic merge patch treats a field."""
        node = self._properties.get(name, {})
        strategies = node.get("x-kubernetes-patch-strategy")
        key = node.get("x-kubernetes-patch-merge-key")
        return Merge(
            key if isinstance(key, str) else "",
            tuple(strategies.split(",")) if isinstance(strategies, str) else (),
        )

    def empty(self) -> dict[str, object]:
        """Return an object with nothing in it but what the API's own structs always hold.

        Those are structs that are no pointers, and required fields, which are null, zero or empty.
        """
        found: dict[str, object] = {}
        required = self._node.get("required")
        for name, node in self._properties.items():
            inner = self.field(name)
            default = node.get("default")
            if default == {} and inner is not None and inner.is_map:
                found[name] = inner.empty()
            elif isinstance(required, list) and name in required:
                found[name] = default
        return found

    def shape_of(self, value: object) -> Shape:
        """Return as what a value is treated; where it fits nothing, as what it should be."""
        if isinstance(value, dict):
            fits: Shape = "map"
        elif isinstance(value, list):
            fits = "list"
        else:
            fits = "scalar"
        if value is not None and value is not ABSENT and fits in self.shapes:
            return fits
        return self.shapes[0]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Return all that a value may be, what is tried first in front."""
        if self.is_map and self.is_list:
            return ("map", "scalar", "list")
        if self.is_map:
            return ("map",)
        return ("list",) if self.is_list else ("scalar",)


UNTYPED: Final = Type({"x-kubernetes-map-type": "atomic"})
"""Anything, which is replaced as a whole."""

DEDUCED: Final = Type({"x-kubernetes-preserve-unknown-fields": True})
"""Anything, whose objects merge field by field and whose lists are replaced."""


@lru_cache(maxsize=1)
def definitions() -> Mapping[str, Mapping[str, object]]:
    """Return the definitions of the published schema, by name."""
    return msgspec.json.decode(_TABLE.read_bytes(), type=dict[str, dict[str, object]])


@lru_cache(maxsize=1)
def _kinds() -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for name, node in definitions().items():
        spoken = node.get("x-kubernetes-group-version-kind")
        for each in spoken if isinstance(spoken, list) else ():
            group, version = each["group"], each["version"]
            found[f"{group}/{version}" if group else version, each["kind"]] = name
    return found


@lru_cache(maxsize=2048)
def _named(name: str, map_atomic: bool | None) -> Type:  # noqa: FBT001 - part of a cache's key
    if name == _RAW:
        return UNTYPED
    if name == _QUANTITY:
        return Type({"x-kubernetes-int-or-string": True})
    node = definitions().get(name)
    return DEDUCED if node is None else Type(node, map_atomic=map_atomic)


def type_of(node: Mapping[str, object], *, preserves: bool = False) -> Type:
    """Return the type that a node of a schema describes; `preserves` keeps fields it lacks."""
    name = node.get("$ref")
    if isinstance(name, str):
        said = node.get("x-kubernetes-map-type")
        return _named(name, None if said is None else said == "atomic")
    return Type(node, preserves=preserves)


@lru_cache(maxsize=512)
def type_of_kind(api_version: str, kind: str) -> Type | None:
    """Return the type of objects of a kind; None if the published schema does not have it."""
    name = _kinds().get((api_version, kind))
    return None if name is None else _named(name, None)


def custom_type(schema: Mapping[str, object] | None) -> Type:
    """Return the type of a custom resource, from `openAPIV3Schema` of its definition."""
    if schema is None:
        return DEDUCED
    said = schema.get("properties")
    properties: dict[str, object] = dict(said) if isinstance(said, dict) else {}
    if not properties:
        return DEDUCED
    properties |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"$ref": _META, "default": {}},
    }
    return Type(dict(schema) | {"properties": properties})
