"""Patches of objects, by their content type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.apiserver.patching import (
    applied,
    decode_apply,
    decode_patch,
    json_patched,
    known_fields,
    merge_patched,
    strategic_patched,
    strict_error,
    without_orders,
)
from simarena.apiserver.patching.go_text import go_value
from simarena.apiserver.protobuf.go_json import as_written
from simarena.apiserver.rest.owning import type_of_resource, write_of
from simarena.apiserver.rest.shapes import go_type, wrong_type
from simarena.apiserver.rest.strictness import tell_unknown
from simarena.apiserver.status import (
    Named,
    bad_request,
    cause_of,
    failure,
    internal,
    invalid,
    unsupported_media_type,
)
from simarena.cluster.manifests.schema.decoding import Decoder, UnreadableError
from simarena.cluster.manifests.schema.published import kind_type

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.patching import Type
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.apiserver.store.kept import Place
    from simarena.cluster.manifests.fields import Manifest
    from simarena.errors import ApiError

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"

_SCHEME: Final = "pkg/api/legacyscheme/scheme.go:30"
"""Where Kubernetes' own kinds are registered, as its messages say."""

_TYPES: Final = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
_OF_CUSTOM: Final = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)


def accepted(resource: Resource) -> tuple[str, ...]:
    """Return the content types in which an object of a resource is patched."""
    return _OF_CUSTOM if resource.custom else _TYPES


def check_type(resource: Resource, content_type: str) -> None:
    """Raise ApiError unless patches of that type are made."""
    if content_type not in _TYPES:
        message = "415: Unsupported Media Type"
        raise failure(415, "UnsupportedMediaType", message, {})
    if content_type not in accepted(resource):
        raise unsupported_media_type(accepted(resource))


def patched(
    api: Api,
    kind: Type,
    manifest: Manifest,
    content_type: str,
    body: bytes,
    options: WriteOptions,
    *,
    custom: bool = False,
) -> Manifest:
    """Return an object of a type with a patch made. Raises ApiError where it cannot be made.

    Fields that are not known are told, and left out; of `custom` objects by their schema, later.
    """
    patch = decode_patch(body)
    if content_type == JSON_PATCH:
        found = json_patched(manifest, patch)
    elif content_type == MERGE_PATCH:
        found = merge_patched(manifest, patch)
    else:
        found = strategic_patched(kind, manifest, patch)

    live = as_written(manifest)

    def refused(why: str) -> ApiError:
        is_map = content_type == STRATEGIC_PATCH
        shown_patch = go_value(without_orders(patch)) if is_map else ""
        text = shown_patch or msgspec.json.encode(as_merged(found, live)).decode()
        shown = msgspec.json.encode(text).decode()
        return invalid(Named(""), [cause_of("patch", "Invalid", f"Invalid value: {shown}: {why}")])

    word = str(manifest.get("kind"))
    if not isinstance(found, dict):
        why = f"json: cannot unmarshal {go_type(found)} into Go value of type {word}"
        raise refused(why)
    if why := wrong_type(found, word):
        raise refused(why)
    if custom:
        return found
    for name in ("apiVersion", "kind"):
        if found.get(name) != manifest.get(name):
            version, given = found.get("apiVersion"), found.get("kind")
            why = f'no kind "{given}" is registered for version "{version}" in scheme "{_SCHEME}"'
            raise refused(why)
    tell_unknown(api, kind, found, options.validation, refused)
    if why := unreadable(found):
        raise refused(why)
    known: Any = known_fields(kind, found)
    known.setdefault("metadata", {})
    return dict(known)


def apply_made(
    api: Api,
    resource: Resource,
    place: Place,
    manifest: Manifest,
    body: bytes,
    options: WriteOptions,
    subresource: str = "",
) -> Manifest:
    """Return an object, empty where there is none, with what a manager applies, and its owners.

    Raises ApiError where that cannot be.
    """
    wanted = dict(decode_apply(body))
    _check_place(resource, place, wanted)
    kind = type_of_resource(api, resource)
    write = write_of(api, resource, options, subresource)
    found = applied(kind, manifest, wanted, write, force=bool(options.force))
    if why := wrong_type(found, resource.kind):
        raise bad_request(why)
    if not resource.custom and (why := unreadable(found)):
        group = f"{resource.group}/{resource.version}, Kind={resource.kind}"
        metadata = wanted.get("metadata")
        namespace = (metadata.get("namespace") or "") if isinstance(metadata, dict) else ""
        message = (
            f"failed to convert new object ({namespace}/{place.name}; {group}) "
            f"to proper version: unable to convert unstructured object to {group}: {why}"
        )
        raise internal(message)
    if options.validation == "Strict" and (error := strict_error(body)) is not None:
        raise error
    return found


def unreadable(manifest: Manifest) -> str:
    """Return why Go would not read an object of its kind, empty where it would."""
    known = kind_type(f"{manifest.get('apiVersion')}.{manifest.get('kind')}")
    if known is None:
        return ""
    try:
        Decoder().members(known, {**manifest, "metadata": {}})
    except UnreadableError as error:
        return str(error)
    return ""


def as_merged(found: object, live: object) -> object:
    """Return an object that was patched in the order in which Go's patching writes it.

    What has changed is sorted by its names; the rest is as it was.
    """
    if found == live or not isinstance(found, dict):
        return live if found == live else found
    before = live if isinstance(live, dict) else {}
    return {name: as_merged(each, before.get(name)) for name, each in sorted(found.items())}


def _check_place(resource: Resource, place: Place, wanted: Manifest) -> None:
    """Raise ApiError where what is applied is not what the path is about."""
    metadata = wanted.get("metadata")
    if not isinstance(metadata, dict):
        return
    namespace = metadata.get("namespace") or place.namespace
    if resource.namespaced and namespace != place.namespace:
        message = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise bad_request(message)
