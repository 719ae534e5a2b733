"""How clients find what is served: documents of groups, versions and resources."""

from __future__ import annotations

import base64
import hashlib
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simarena.apiserver.resources.registry import Registry
    from simarena.apiserver.resources.resource import Resource, Subresource
    from simarena.cluster.manifests.fields import Manifest


def aggregated(registry: Registry, *, core: bool) -> Manifest:
    """Return everything of the core group, or of all others, in one document."""
    items = []
    for group, versions in _by_group(registry):
        if (group == "") is not core:
            continue
        items.append(
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {
                        "version": version,
                        "resources": [_aggregated_resource(each) for each in resources],
                        "freshness": "Current",
                    }
                    for version, resources in versions
                ],
            }
        )
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def groups(registry: Registry) -> Manifest:
    """Return all groups but the core one."""
    found = [_group(name, versions) for name, versions in _by_group(registry) if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(registry: Registry, name: str) -> Manifest | None:
    """Return one group, None if it is not served."""
    for each, versions in _by_group(registry):
        if each == name:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}
    return None


def resources(registry: Registry, group: str, version: str) -> Manifest | None:
    """Return what a version of a group serves, None if it is not served."""
    found = [each for each in registry.all() if (each.group, each.version) == (group, version)]
    if not found:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": [told for each in found for told in _legacy(each)],
    }


def paths(registry: Registry) -> list[str]:
    """Return the paths of groups and versions that are served."""
    found = {"/api", "/api/v1", "/apis", "/apis/"}
    for each in registry.all():
        if each.group:
            found |= {f"/apis/{each.group}", f"/apis/{each.group}/{each.version}"}
    return sorted(found)


_Versions = list[tuple[str, "list[Resource]"]]


def _by_group(registry: Registry) -> Iterator[tuple[str, _Versions]]:
    for name, members in groupby(registry.all(), key=lambda each: each.group):
        found: dict[str, list[Resource]] = {}
        for each in members:
            found.setdefault(each.version, []).append(each)
        yield name, list(found.items())


def _group(name: str, versions: Iterable[tuple[str, Any]]) -> Manifest:
    told = [{"groupVersion": f"{name}/{each}", "version": each} for each, _ in versions]
    return {"name": name, "versions": told, "preferredVersion": told[0]}


def _aggregated_resource(resource: Resource) -> Manifest:
    told: Manifest = {
        "resource": resource.plural,
        "responseKind": {
            "group": resource.group if resource.custom else "",
            "version": resource.version if resource.custom else "",
            "kind": resource.kind,
        },
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        told["shortNames"] = list(resource.short_names)
    if resource.categories:
        told["categories"] = list(resource.categories)
    if resource.subresources:
        told["subresources"] = [_aggregated_part(resource, each) for each in resource.subresources]
    return told


def _aggregated_part(resource: Resource, part: Subresource) -> Manifest:
    group, version = part.group, part.version
    if resource.custom and not group:
        group, version = resource.group, resource.version
    return {
        "subresource": part.name,
        "responseKind": {"group": group, "version": version, "kind": part.kind},
        "verbs": list(part.verbs),
    }


def _legacy(resource: Resource) -> Iterator[Manifest]:
    told: Manifest = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        told["shortNames"] = list(resource.short_names)
    if resource.categories:
        told["categories"] = list(resource.categories)
    if "list" in resource.verbs:
        told["storageVersionHash"] = _storage_hash(resource)
    yield told
    for part in resource.subresources:
        of_part: Manifest = {
            "name": f"{resource.plural}/{part.name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": part.kind,
            "verbs": list(part.verbs),
        }
        if part.group:
            of_part |= {"group": part.group, "version": part.version}
        yield of_part


def _storage_hash(resource: Resource) -> str:
    """Return what stands for the version in which objects are stored."""
    version = "v2" if resource.kind == "HorizontalPodAutoscaler" else resource.version
    name = f"{resource.group}/{version}/{resource.kind}"
    digest = hashlib.sha256(name.encode()).digest()
    return base64.b64encode(digest[:8]).decode()
