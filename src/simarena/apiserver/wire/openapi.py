"""OpenAPI: which paths take which parameters, as far as clients need it to apply objects."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.apiserver.resources.registry import Registry
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_PARAMETERS: Final = [
    {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
    for name in ("dryRun", "fieldManager", "fieldValidation", "force")
]


def openapi_index(registry: Registry) -> Manifest:
    """Return where the documents of groups and versions are."""
    found: dict[str, Any] = {}
    for each in registry.all():
        path = f"apis/{each.group}/{each.version}" if each.group else f"api/{each.version}"
        if path not in found:
            members = [
                one.plural
                for one in registry.all()
                if (one.group, one.version) == (each.group, each.version)
            ]
            digest = hashlib.sha256(" ".join(members).encode()).hexdigest()[:32].upper()
            found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return {"paths": found}


def openapi_document(registry: Registry, path: Sequence[str]) -> Manifest | None:
    """Return the document of a group and version, None where it is not served."""
    if len(path) == 2 and path[0] == "api":  # noqa: PLR2004 - api, version
        group, version = "", path[1]
    elif len(path) == 3 and path[0] == "apis":  # noqa: PLR2004 - apis, group, version
        group, version = path[1], path[2]
    else:
        return None
    members = [each for each in registry.all() if (each.group, each.version) == (group, version)]
    if not members:
        return None
    paths: Manifest = {}
    for each in members:
        paths |= _paths("/" + "/".join(path), each)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.36.2"},
        "paths": paths,
        "components": {"schemas": {}},
    }


def _paths(base: str, resource: Resource) -> Manifest:
    where = f"{base}/namespaces/{{namespace}}" if resource.namespaced else base
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}

    def operation(action: str) -> Manifest:
        return {
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind,
            "parameters": _PARAMETERS,
            "responses": {"200": {"description": "OK"}},
        }

    found: Manifest = {}
    if "create" in resource.verbs:
        found[f"{where}/{resource.plural}"] = {"post": operation("post")}
    # kubectl looks at the patch of a kind for what any write of it takes, its creation too.
    if not {"create", "patch"}.isdisjoint(resource.verbs):
        found[f"{where}/{resource.plural}/{{name}}"] = {
            "put": operation("put"),
            "patch": operation("patch"),
        }
    return found
