"""Documents about the server itself: discovery, version, health, OpenAPI."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.apiserver.openapi.documents import (
    openapi_document,
    openapi_index,
    swagger_document,
)
from simarena.apiserver.resources import discovery
from simarena.apiserver.status import method_not_allowed
from simarena.apiserver.wire.answer import Answer, answered, encode, plain
from simarena.apiserver.wire.negotiation import JSON, clauses, negotiated, not_acceptable

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.wire.request import Request

_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
VERSION: Final = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "simarena",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.26",
    "compiler": "gc",
    "platform": "linux/amd64",
}
"""Whose release's behaviour clients meet."""

_HEALTH: Final = frozenset({"healthz", "livez", "readyz"})
_MORE_PATHS: Final = ("/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version")


def document(api: Api, request: Request) -> Answer | None:  # noqa: PLR0911 - one each
    """Return the answer to a request for a document, None where the path is of none."""
    match [each for each in request.segments if each]:
        case []:
            return answered({"paths": sorted([*discovery.paths(api.registry), *_MORE_PATHS])})
        case ["version"]:
            _only_get(request)
            return Answer(200, msgspec.json.format(encode(VERSION), indent=2))
        case [word, *_] if word in _HEALTH:
            return plain("ok")
        case ["api"]:
            return _core(api, request)
        case ["apis"]:
            if _wants_aggregated(request):
                return _aggregated(discovery.aggregated(api.registry, core=False))
            return answered(discovery.groups(api.registry), _form(request))
        case ["api", version]:
            return _resources(api, request, "", version)
        case ["apis", group]:
            found = discovery.group(api.registry, group)
            if found is None:
                return None
            _only_get(request)
            return answered(found, _form(request))
        case ["apis", group, version]:
            return _resources(api, request, group, version)
        case ["openapi", *rest]:
            return _openapi(api, request, rest)
    return None


def _only_get(request: Request) -> None:
    if request.method != "GET":
        raise method_not_allowed()


def _form(request: Request) -> Any:  # noqa: ANN401 - a form
    return negotiated(request.headers.get("accept", ""), tables=False)


def _core(api: Api, request: Request) -> Answer:
    if _wants_aggregated(request):
        return _aggregated(discovery.aggregated(api.registry, core=True))
    server = request.headers.get("host", "127.0.0.1")
    return answered(
        {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server}],
        },
        _form(request),
    )


def _resources(api: Api, request: Request, group: str, version: str) -> Answer | None:
    found = discovery.resources(api.registry, group, version)
    if found is None:
        return None
    _only_get(request)
    return answered(found, _form(request))


def _openapi(api: Api, request: Request, path: list[str]) -> Answer | None:
    match path:
        case ["v2"]:
            _only_get(request)
            accepted = {each for each, _ in clauses(request.headers.get("accept", ""))}
            if accepted and accepted.isdisjoint({JSON, "application/*", "*/*"}):
                raise not_acceptable()
            return answered(swagger_document(api))
        case ["v3"]:
            return answered(openapi_index(api))
        case ["v3", *rest]:
            found = openapi_document(api, rest)
            return None if found is None else answered(found)
    return None


def _wants_aggregated(request: Request) -> bool:
    """Return whether a client prefers everything in one document."""
    for media_type, parameters in clauses(request.headers.get("accept", "")):
        if media_type == "application/json" and not parameters:
            return False
        wanted = parameters.get("as"), parameters.get("v"), parameters.get("g")
        if wanted == ("APIGroupDiscoveryList", "v2", "apidiscovery.k8s.io"):
            return True
    return False


def _aggregated(value: Any) -> Answer:  # noqa: ANN401 - JSON
    body = encode(value)
    digest = hashlib.sha512(body).hexdigest().upper()
    headers = {"cache-control": "public", "etag": f'"{digest}"', "vary": "Accept"}
    return Answer(200, body, _AGGREGATED, headers)
