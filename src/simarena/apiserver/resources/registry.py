"""Which resources are served now: the built-in ones, and those that definitions add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.apiserver.resources.built_in import SCALE, built_in
from simarena.apiserver.resources.resource import Resource, Subresource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Registry:
    """The resources of an API, by group, version and the name that paths have."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Resource] = {}
        self._of_kind: dict[tuple[str, str], Resource] = {}
        for resource in built_in():
            self._add(resource)

    def get(self, group: str, version: str, plural: str) -> Resource | None:
        """Return a resource, None if it is not served."""
        return self._found.get((group, version, plural))

    def of_kind(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of a kind, None if it is not served."""
        return self._of_kind.get((api_version, kind))

    def all(self) -> Iterator[Resource]:
        """Yield all resources in the order in which they are told of."""
        yield from self._found.values()

    def has_group(self, group: str, version: str = "") -> bool:
        """Return whether anything of a group (and version) is served."""
        return any(
            each.group == group and (not version or each.version == version)
            for each in self._found.values()
        )

    def define(self, definition: Mapping[str, Any]) -> None:
        """Serve what a CustomResourceDefinition describes."""
        self.undefine(definition)
        for resource in custom_resources(definition):
            self._add(resource)

    def undefine(self, definition: Mapping[str, Any]) -> None:
        """Serve no longer what a CustomResourceDefinition describes."""
        spec = definition["spec"]
        for key, resource in tuple(self._found.items()):
            if resource.custom and key[::2] == (spec["group"], spec["names"]["plural"]):
                del self._found[key]
                self._of_kind.pop((resource.api_version, resource.kind), None)

    def _add(self, resource: Resource) -> None:
        self._found[resource.group, resource.version, resource.plural] = resource
        self._of_kind[resource.api_version, resource.kind] = resource


def custom_resources(definition: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield a resource for each version that a CustomResourceDefinition serves."""
    spec = definition["spec"]
    names = spec["names"]
    for version in spec.get("versions") or ():
        if not version.get("served"):
            continue
        parts = version.get("subresources") or {}
        subresources = []
        if parts.get("scale") is not None:
            subresources.append(SCALE)
        if parts.get("status") is not None:
            subresources.append(Subresource(name="status", kind=names["kind"]))
        yield Resource(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            singular=names.get("singular") or names["kind"].lower(),
            namespaced=spec.get("scope") == "Namespaced",
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=tuple(subresources),
            list_kind=names.get("listKind") or f"{names['kind']}List",
            stored_as=f"{names['plural']}.{spec['group']}",
            custom=True,
        )
