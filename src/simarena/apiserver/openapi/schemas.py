"""Schemas of the API's own types and of custom resources, as OpenAPI has them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.openapi.descriptions import told
from simarena.apiserver.patching.schema import definitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_BEGIN: Final = "#/components/schemas/"
_KINDS: Final = "x-kubernetes-group-version-kind"
_EITHER: Final[Mapping[str, list[str]]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ["string", "number"],
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ["integer", "string"],
}
"""Types of which a value may be one or the other."""


@lru_cache(maxsize=1)
def _names() -> Mapping[tuple[str, str, str], str]:
    """Return the names of the definitions of kinds, by group, version and kind."""
    found: dict[tuple[str, str, str], str] = {}
    for name, node in definitions().items():
        spoken: Any = node.get(_KINDS)
        for each in spoken or ():
            found[each["group"], each["version"], each["kind"]] = name
    return found


def name_of(resource: Resource, kind: str) -> str:
    """Return the name of the definition of a resource's kind, or of its list; empty if none."""
    if resource.custom:
        group = ".".join(reversed(resource.group.split(".")))
        return f"{group}.{resource.version}.{kind}"
    return _names().get((resource.group, resource.version, kind), "")


@lru_cache(maxsize=1024)
def _schema(name: str) -> Manifest:
    node: Mapping[str, Any] = definitions()[name]
    texts, formats = told().texts.get(name, {}), told().formats.get(name, {})
    found = _node(node, texts.get(""), formats.get(""))
    if name in _EITHER:
        found.pop("type", None)
        found["oneOf"] = [{"type": each} for each in _EITHER[name]]
    if "properties" in node:
        found["properties"] = {
            field: _node(each, texts.get(field), formats.get(field))
            for field, each in node["properties"].items()
        }
    return found


def _node(node: Mapping[str, Any], text: str | None, form: str | None) -> Manifest:
    found: Manifest = {} if text is None else {"description": text}
    for key, value in node.items():
        if key in {"items", "additionalProperties"}:
            found[key] = _node(value, None, None)
        elif key == "$ref":
            is_bare = len(node) == 1 and text is None
            reference = {"$ref": _BEGIN + value}
            found |= reference if is_bare else {"allOf": [reference]}
        elif key != "properties":
            found[key] = value
    if form is not None and found.get("type") in {"integer", "number", "string"}:
        found["format"] = form
    return found


def native_schemas(names: Iterable[str]) -> Manifest:
    """Return definitions of the API's own types by name, with all that they are made of."""
    found: Manifest = {}
    waiting = [name for name in names if name]
    while waiting:
        name = waiting.pop()
        if name in found or name not in definitions():
            continue
        found[name] = _schema(name)
        waiting.extend(_references(definitions()[name]))
    return dict(sorted(found.items()))


def _references(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)


def custom_schemas(resource: Resource, schema: Mapping[str, Any] | None) -> Manifest:
    """Return the definitions of a custom resource and of its list, by name."""
    pod = _schema("io.k8s.api.core.v1.Pod")["properties"]
    pods = _schema("io.k8s.api.core.v1.PodList")["properties"]
    head = {"apiVersion": pod["apiVersion"], "kind": pod["kind"]}

    def kinds(kind: str) -> list[Manifest]:
        return [{"group": resource.group, "version": resource.version, "kind": kind}]

    said = dict(schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    said["properties"] = {
        **(said.get("properties") or {}),
        **head,
        "metadata": pod["metadata"],
    }
    said[_KINDS] = kinds(resource.kind)
    name = name_of(resource, resource.kind)
    items = {"type": "array", "items": {"$ref": _BEGIN + name}}
    several = {
        "description": f"{resource.kind_of_list} is a list of {resource.kind}",
        "type": "object",
        "required": ["items"],
        "properties": {
            **head,
            "items": {**items, "description": f"List of {resource.plural}"},
            "metadata": pods["metadata"],
        },
        _KINDS: kinds(resource.kind_of_list),
    }
    return {name: said, name_of(resource, resource.kind_of_list): several}
