"""Paths of resources in OpenAPI: what can be done there, and with which parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.openapi.schemas import name_of

if TYPE_CHECKING:
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_BEGIN: Final = "#/components/schemas/"
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1"
OF_PATHS: Final = tuple(f"{_META}.{kind}" for kind in ("DeleteOptions", "Patch", "Status"))
"""Definitions that paths refer to, whatever their resource is."""

_TEXT: Final = {"type": "string", "uniqueItems": True}
_WRITTEN: Final = ("dryRun", "fieldManager", "fieldValidation")
_LISTED: Final = (
    *("continue", "fieldSelector", "labelSelector", "limit", "resourceVersion"),
    *("resourceVersionMatch", "timeoutSeconds", "watch"),
)
_PATCHES: Final = ("apply-patch+yaml", "json-patch+json", "merge-patch+json")
_STRATEGIC: Final = "strategic-merge-patch+json"
_PLURAL: Final = {
    "get": ("list", "list or watch objects of kind {}"),
    "post": ("post", "create a {}"),
    "delete": ("deletecollection", "delete collection of {}"),
}
_SINGLE: Final = {
    "get": ("get", "read the specified {}"),
    "put": ("put", "replace the specified {}"),
    "delete": ("delete", "delete a {}"),
    "patch": ("patch", "partially update the specified {}"),
}
_VERBS: Final = {"post": "create", "put": "update"}
"""What a resource calls actions that OpenAPI calls by their method."""


def paths_of(base: str, resource: Resource) -> Manifest:
    """Return the paths of a resource below that of its version, with their operations."""
    plural, single = _Path(resource, _PLURAL), _Path(resource, _SINGLE)
    found: Manifest = {}
    if resource.namespaced:
        below = f"{base}/namespaces/{{namespace}}/{resource.plural}"
        found[f"{base}/{resource.plural}"] = plural.item((), only="get")
        found[below] = plural.item(("namespace",))
        found[f"{below}/{{name}}"] = single.item(("name", "namespace"))
    else:
        found[f"{base}/{resource.plural}"] = plural.item(())
        found[f"{base}/{resource.plural}/{{name}}"] = single.item(("name",))
    return {path: item for path, item in found.items() if item}


class _Path:
    """The operations that a resource has on all its objects, or on one."""

    def __init__(self, resource: Resource, actions: dict[str, tuple[str, str]]) -> None:
        self._resource = resource
        self._actions = actions

    def item(self, names: tuple[str, ...], only: str = "") -> Manifest:
        """Return what a path has in which these names are; empty where nothing can be done."""
        found: Manifest = {}
        for method, (action, text) in self._actions.items():
            if only in {"", method} and self._has(action):
                where = "All" if only and self._resource.namespaced else "".join(names).title()
                found[method] = self._operation(method, action, text, where)
        if found and names:
            found["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names
            ]
        return found

    def _has(self, action: str) -> bool:
        verbs = self._resource.verbs
        # kubectl looks at the patch of a kind for what any write of it takes, its creation too.
        if action in {"put", "patch"} and self._actions is _SINGLE:
            return not {"create", "patch"}.isdisjoint(verbs)
        return _VERBS.get(action, action) in verbs

    def _operation(self, method: str, action: str, text: str, where: str) -> Manifest:
        resource = self._resource
        kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        group = "".join(each.title() for each in resource.group.split(".")) or "Core"
        found: Manifest = {
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind,
            "description": text.format(resource.kind),
            "operationId": f"{action}{group}{resource.version.title()}{resource.kind}By{where}",
            "parameters": _parameters(method, action),
            "responses": {"200": {"description": "OK", "content": _content(self._answer(action))}},
        }
        body = self._body(method)
        if body:
            found["requestBody"] = body
        return found

    def _answer(self, action: str) -> str:
        resource = self._resource
        if action.startswith("delete"):
            return f"{_META}.Status"
        return name_of(resource, resource.kind_of_list if action == "list" else resource.kind)

    def _body(self, method: str) -> Manifest:
        if method in {"post", "put"}:
            return {"content": _content(self._answer(method)), "required": True}
        if method == "delete":
            return {"content": _content(f"{_META}.DeleteOptions")}
        if method != "patch":
            return {}
        types = _PATCHES if self._resource.custom else (*_PATCHES, _STRATEGIC)
        schema = {"schema": {"$ref": f"{_BEGIN}{_META}.Patch"}}
        return {"content": {f"application/{each}": schema for each in types}, "required": True}


def _content(name: str) -> dict[str, Any]:
    schema = {"$ref": _BEGIN + name} if name else {"type": "object"}
    return {"application/json": {"schema": schema}}


def _parameters(method: str, action: str) -> list[Manifest]:
    names: tuple[str, ...] = ()
    if action in {"list", "deletecollection"}:
        names = _LISTED
    elif method in {"post", "put", "patch"}:
        names = (*_WRITTEN, "force") if method == "patch" else _WRITTEN
    return [{"name": name, "in": "query", "schema": _TEXT} for name in names]
