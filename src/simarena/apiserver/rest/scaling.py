"""The subresource `scale`: how many replicas there are, and how many are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.custom.schema import version_of
from simarena.apiserver.patching import applied, decode_apply
from simarena.apiserver.rest.owning import type_of_resource, write_of
from simarena.apiserver.rest.updating import change, check_name
from simarena.apiserver.status import (
    MODIFIED,
    Named,
    bad_request,
    cause_of,
    conflict,
    invalid,
    no_such_resource,
    not_found,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.apiserver.store.kept import Kept, Place
    from simarena.cluster.manifests.fields import Manifest

_COPIED: Final = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
_BUILT_IN_PATHS: Final = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
}
_OPERATORS: Final = {"In": "in", "NotIn": "notin"}


def scale_of(api: Api, resource: Resource, place: Place) -> Manifest:
    """Return the scale of an object. Raises ApiError where it has none."""
    kept = api.get(resource, place)
    if kept is None:
        raise not_found(resource.named(place.name))
    return _scale(_paths(api, resource), kept, resource)


def owned_scale(api: Api, resource: Resource, place: Place) -> Manifest:
    """Return the scale of an object as patches find it: with its owners. Raises ApiError."""
    scale = scale_of(api, resource, place)
    kept = api.get(resource, place)
    path = _paths(api, resource)["specReplicasPath"]
    if kept is not None and (owners := list(_owners(kept, path))):
        scale["metadata"]["managedFields"] = owners
    return scale


def rescale(
    api: Api, resource: Resource, place: Place, scale: Mapping[str, Any], options: WriteOptions
) -> Manifest:
    """Let an object have as many replicas as a scale says; return its scale then."""
    metadata = scale.get("metadata") or {}
    check_name(place, metadata)
    kept = api.get(resource, place)
    if kept is None:
        raise not_found(resource.named(place.name))
    replicas = (scale.get("spec") or {}).get("replicas") or 0
    if replicas < 0 and not resource.custom:  # the schema's own check tells of those
        why = f"Invalid value: {replicas}: must be greater than or equal to 0"
        cause = cause_of("spec.replicas", "Invalid", why)
        raise invalid(Named("Scale", "autoscaling", place.name), [cause])
    version = metadata.get("resourceVersion") or ""
    if version not in {"", "0"} and version != kept.metadata["resourceVersion"]:
        raise conflict(resource.named(place.name), MODIFIED)
    paths = _paths(api, resource)

    def make(manifest: Manifest) -> Manifest:
        _write(manifest, paths["specReplicasPath"], replicas)
        return manifest

    return _scale(paths, change(api, resource, place, make, options, "scale"), resource)


def apply_scale(
    api: Api, resource: Resource, place: Place, body: bytes, options: WriteOptions
) -> Manifest:
    """Let a manager apply how many replicas an object has; return its scale then.

    The field belongs to it in the object as well. Raises ApiError as every apply does.
    """
    wanted = decode_apply(body)
    if (wanted.get("apiVersion"), wanted.get("kind")) != ("autoscaling/v1", "Scale"):
        message = f"invalid object type: {wanted.get('apiVersion')}, Kind={wanted.get('kind')}"
        raise bad_request(message)
    paths = _paths(api, resource)
    spec = wanted.get("spec")
    replicas = spec.get("replicas") if isinstance(spec, dict) else None
    asked: Manifest = {"apiVersion": resource.api_version, "kind": resource.kind}
    asked["metadata"] = {"name": place.name}
    if replicas is not None:
        _write(asked, paths["specReplicasPath"], replicas)
    kind = type_of_resource(api, resource)
    write = write_of(api, resource, options, "scale")

    def make(manifest: Manifest) -> Manifest:
        return applied(kind, manifest, asked, write, force=bool(options.force))

    return _scale(paths, change(api, resource, place, make, options, "scale"), resource)


def _paths(api: Api, resource: Resource) -> Mapping[str, str]:
    if not resource.custom:
        return _BUILT_IN_PATHS
    paths: Mapping[str, str] = (version_of(api, resource).get("subresources") or {}).get(
        "scale"
    ) or {}
    if not paths:
        raise no_such_resource()
    return paths


def _scale(paths: Mapping[str, str], kept: Kept, resource: Resource) -> Manifest:
    manifest = kept.manifest
    spec, status = {}, {"replicas": _read(manifest, paths["statusReplicasPath"]) or 0}
    if replicas := _read(manifest, paths["specReplicasPath"]):
        spec["replicas"] = replicas
    if not resource.custom:
        selector = selector_text((manifest.get("spec") or {}).get("selector") or {})
    else:
        selector = _read(manifest, paths.get("labelSelectorPath", ".")) or ""
    if selector:
        status["selector"] = selector
    metadata = {key: kept.metadata[key] for key in _COPIED if key in kept.metadata}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }


def _owners(kept: Kept, path: str) -> Iterator[Manifest]:
    """Yield who owns how many replicas are wanted, as of a scale."""
    own = ".".join(f"f:{step}" for step in path.strip(".").split("."))
    for entry in kept.metadata.get("managedFields") or ():
        if _read(entry.get("fieldsV1") or {}, own) is not None:
            fields: Manifest = {"f:spec": {"f:replicas": {}}}
            yield {**entry, "apiVersion": "autoscaling/v1", "fieldsV1": fields}


def selector_text(selector: Mapping[str, Any]) -> str:
    """Return a LabelSelector as requests write it."""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or ():
        key, operator = each["key"], each["operator"]
        if operator in _OPERATORS:
            values = ",".join(sorted(each.get("values") or ()))
            terms.append((key, f"{key} {_OPERATORS[operator]} ({values})"))
        else:
            terms.append((key, key if operator == "Exists" else f"!{key}"))
    return ",".join(term for _, term in sorted(terms))


def _read(manifest: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - a field
    found: Any = manifest
    for key in path.strip(".").split("."):
        found = found.get(key) if isinstance(found, dict) and key else None
    return found


def _write(manifest: Manifest, path: str, value: object) -> None:
    *above, last = path.strip(".").split(".")
    found = manifest
    for key in above:
        found = found.setdefault(key, {})
    found[last] = value
