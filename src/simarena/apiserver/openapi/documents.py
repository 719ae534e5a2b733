"""OpenAPI documents: of each group and version (version 3), and of everything (version 2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.custom.schema import schema_of, version_of
from simarena.apiserver.openapi.paths import OF_PATHS, paths_of
from simarena.apiserver.openapi.schemas import custom_schemas, name_of, native_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

RELEASE: Final = "v1.36.2"
_INFO: Final = {"title": "Kubernetes", "version": RELEASE}
_METADATA: Final = ("ListMeta", "ObjectMeta")
_OF_CUSTOM: Final = tuple(f"io.k8s.apimachinery.pkg.apis.meta.v1.{each}" for each in _METADATA)
_THIRD, _SECOND = "#/components/schemas/", "#/definitions/"


def openapi_index(api: Api) -> Manifest:
    """Return where the documents of groups and versions are.

    The hash in each place changes with what the document says.
    """
    found: dict[str, Any] = {}
    for path, members in _versions(api).items():
        said = "\n".join(
            f"{each.plural} {version_of(api, each) if each.custom else ''}" for each in members
        )
        digest = hashlib.sha256(f"{RELEASE}\n{said}".encode()).hexdigest()[:32].upper()
        found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return {"paths": found}


def openapi_document(api: Api, path: Sequence[str]) -> Manifest | None:
    """Return the document of a group and version, None where it is not served."""
    where = "/".join(path)
    members = _versions(api).get(where)
    if members is None:
        return None
    return {
        "openapi": "3.0.0",
        "info": _INFO,
        "paths": _paths(f"/{where}", members),
        "components": {"schemas": _schemas(api, members)},
    }


def swagger_document(api: Api) -> Manifest:
    """Return the document of everything that is served, in OpenAPI's version 2."""
    versions = _versions(api)
    paths: Manifest = {}
    for where, members in versions.items():
        paths |= _paths(f"/{where}", members)
    every = [each for members in versions.values() for each in members]
    return {
        "swagger": "2.0",
        "info": _INFO,
        "paths": {path: _older_item(item) for path, item in paths.items()},
        "definitions": {name: _older(node) for name, node in _schemas(api, every).items()},
    }


def _versions(api: Api) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in api.registry.all():
        path = f"apis/{each.group}/{each.version}" if each.group else f"api/{each.version}"
        found.setdefault(path, []).append(each)
    return found


def _paths(base: str, members: Iterable[Resource]) -> Manifest:
    found: Manifest = {}
    for each in members:
        found |= paths_of(base, each)
    return found


def _schemas(api: Api, members: Sequence[Resource]) -> Manifest:
    names = set(OF_PATHS)
    custom: Manifest = {}
    for each in members:
        if each.custom:
            names |= set(_OF_CUSTOM)
            custom |= custom_schemas(each, schema_of(api, each))
        else:
            names |= {name_of(each, each.kind), name_of(each, each.kind_of_list)}
    return {**native_schemas(names), **custom}


def _older(node: Any) -> Any:  # noqa: ANN401 - a part of a schema
    """Return a schema as OpenAPI's version 2 has it: fields refer to types directly."""
    if isinstance(node, list):
        return [_older(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = dict(_older_parts(node))
    several = found.get("allOf")
    if isinstance(several, list) and len(several) == 1 and set(several[0]) == {"$ref"}:
        del found["allOf"]
        found |= several[0]
    return found


def _older_parts(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            yield key, value.replace(_THIRD, _SECOND)
        elif key == "oneOf" and isinstance(value, list) and "type" not in node:
            yield "type", "string"  # which version 2 has for what is one or the other
        else:
            yield key, _older(value)


def _older_item(item: Mapping[str, Any]) -> Manifest:
    found: Manifest = {}
    for method, operation in item.items():
        if method == "parameters":
            found[method] = [_older_parameter(each) for each in operation]
            continue
        given = dict(operation)
        body = given.pop("requestBody", None)
        given["parameters"] = [_older_parameter(each) for each in given["parameters"]]
        if body:
            content = next(iter(body["content"].values()))
            given["consumes"] = list(body["content"])
            given["parameters"].append(
                {"name": "body", "in": "body", "schema": _older(content["schema"])}
            )
        given["produces"] = ["application/json"]
        given["responses"] = {
            code: {
                "description": each["description"],
                "schema": _older(each["content"]["application/json"]["schema"]),
            }
            for code, each in operation["responses"].items()
        }
        found[method] = given
    return found


def _older_parameter(parameter: Mapping[str, Any]) -> Manifest:
    rest = {key: value for key, value in parameter.items() if key != "schema"}
    return {**rest, **parameter["schema"]}
