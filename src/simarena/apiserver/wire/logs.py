"""The subresource `log`: what containers have written, and what they write on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from simarena.apiserver.rest.options import first, flag, whole
from simarena.apiserver.status import Named, bad_request, cause_of, invalid, not_found
from simarena.apiserver.store.kept import Place
from simarena.apiserver.wire.answer import Answer
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept
    from simarena.apiserver.wire.request import Request

_LOOK_S: Final = 0.1
_NUMBERS: Final = ("tailLines", "limitBytes", "sinceSeconds")


class LogStream:
    """A container's log, as it grows."""

    content_type = "text/plain"

    def __init__(self, api: Api, place: Place, container: str, written: str) -> None:
        self._api = api
        self._place = place
        self._container = container
        self._written = written

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield what is written, until the container has ended."""
        known = _log(self._api, self._place, self._container)
        if self._written:
            yield self._written.encode()
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                now = _log(self._api, self._place, self._container)
            except NotFoundError:
                return
            if not now.startswith(known):
                known = ""
            if len(now) > len(known):
                yield now[len(known) :].encode()
                known = now
            elif _has_ended(self._api, self._place):
                return


def log_answer(api: Api, resource: Resource, place: Place, request: Request) -> Answer | LogStream:
    """Return the log of a pod's container. Raises ApiError."""
    query = request.query
    tail, limit, since = (whole(query, name) for name in _NUMBERS)
    kept = api.get(resource, place)
    if kept is None:
        raise not_found(resource.named(place.name))
    causes = []
    if tail is not None and tail < 0:
        why = f"Invalid value: {tail}: must be greater than or equal to 0"
        causes.append(cause_of("tailLines", "Invalid", why))
    for name, value in (("limitBytes", limit), ("sinceSeconds", since)):
        if value is not None and value < 1:
            why = f"Invalid value: {value}: must be greater than 0"
            causes.append(cause_of(name, "Invalid", why))
    if causes:
        raise invalid(Named("PodLogOptions", "", place.name), causes)
    container = _container(kept, first(query, "container"))
    node = kept.manifest["spec"].get("nodeName")
    if not node:
        return Answer(204)
    if api.store.get("nodes", Place("", node)) is None:
        raise not_found(resource.named(node))
    try:
        text = api.cluster.logs(
            place.name,
            place.namespace,
            container=container,
            tail=tail,
            previous=flag(query, "previous"),
            timestamps=flag(query, "timestamps"),
        )
    except NotFoundError as error:
        raise bad_request(str(error)) from None
    if flag(query, "follow") and not flag(query, "previous"):
        return LogStream(api, place, container, text)
    body = text.encode()
    return Answer(200, body if limit is None else body[:limit], "text/plain")


def _container(kept: Kept, wanted: str) -> str:
    spec = kept.manifest["spec"]
    names = [each["name"] for each in spec.get("containers") or ()]
    every = [
        *names,
        *(each["name"] for each in spec.get("initContainers") or ()),
        *(each["name"] for each in spec.get("ephemeralContainers") or ()),
    ]
    name = kept.place.name
    if wanted and wanted not in every:
        message = f"container {wanted} is not valid for pod {name}"
        raise bad_request(message)
    if not wanted and len(every) > 1:
        message = (
            f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]"
        )
        raise bad_request(message)
    return wanted or names[0]


def _log(api: Api, place: Place, container: str) -> str:
    return api.cluster.logs(place.name, place.namespace, container=container)


def _has_ended(api: Api, place: Place) -> bool:
    kept = api.store.get("pods", place)
    phase = (kept.manifest.get("status") or {}).get("phase") if kept is not None else None
    return phase in {None, "Failed", "Succeeded"}
