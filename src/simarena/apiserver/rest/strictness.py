"""Fields that nobody knows: refused or told, as `fieldValidation` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.apiserver.patching import known_fields, type_of_kind, unknown_fields
from simarena.apiserver.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.apiserver.api import Api
    from simarena.apiserver.patching import Type
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest
    from simarena.errors import ApiError


def check_known(
    api: Api,
    resource: Resource,
    body: Manifest,
    validation: str,
    twice: Callable[[], list[str]],
) -> None:
    """Warn of fields that a body's type does not know. Raises ApiError where that is strict.

    `twice` says what is to be told of fields that stand there twice. Custom resources are left to
    their schema.
    """
    kind = None if resource.custom else type_of_kind(resource.api_version, resource.kind)
    if kind is None:
        return
    version = resource.version

    def refused(why: str) -> ApiError:
        message = f'{resource.kind} in version "{version}" cannot be handled as a {resource.kind}: '
        return bad_request(message + why)

    told = twice() if validation != "Ignore" else []
    tell_unknown(api, kind, body, validation, refused, told)


def only_known(resource: Resource, manifest: Manifest) -> Manifest:
    """Return an object without fields that its type does not know, and without nulls."""
    kind = type_of_kind(resource.api_version, resource.kind)
    if kind is None:
        return manifest
    found: Any = known_fields(kind, manifest)
    return dict(found)


def tell_unknown(
    api: Api,
    kind: Type,
    manifest: Manifest,
    validation: str,
    refused: Callable[[str], ApiError],
    twice: Sequence[str] = (),
) -> None:
    """Warn of fields that a type does not know. Raises what is `refused` where that is strict.

    `twice` is what is told of fields that stand twice.
    """
    if validation == "Ignore":
        return
    told = [*twice]
    told += [f'unknown field "{each}"' for each in unknown_fields(kind, manifest)]
    if told and validation == "Strict":
        why = f"strict decoding error: {', '.join(told)}"
        raise refused(why)
    for each in told:
        api.warn(each)
