"""The ASGI application: requests in, answers and streams out, whatever happens in between."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.api import WARNINGS
from simarena.apiserver.status import failure
from simarena.apiserver.wire.answer import (
    Answer,
    answered,
    compress,
    plain,
    warning_header,
    write,
)
from simarena.apiserver.wire.documents import document
from simarena.apiserver.wire.handling import handle
from simarena.apiserver.wire.impersonation import check_user
from simarena.apiserver.wire.negotiation import JSON, negotiated
from simarena.apiserver.wire.request import ClientGoneError, Request
from simarena.apiserver.wire.routing import NoSuchPageError, route
from simarena.apiserver.wire.timeouts import timeout_s
from simarena.errors import ApiError, SimArenaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import Receive, Scope, Send

    from simarena.apiserver.api import Api
    from simarena.apiserver.wire.logs import LogStream
    from simarena.apiserver.wire.watching import Watch

_LOG: Final = logging.getLogger(__name__)


class ApiApp:
    """Serves an API over ASGI."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._lifespan(receive, send)
            return
        is_head = scope["method"].upper() == "HEAD"
        warnings: list[str] = []
        WARNINGS.set(warnings)
        try:
            found = await self._result(scope, receive)
        except ClientGoneError:
            return
        if isinstance(found, Answer):
            found.warnings = tuple(warnings)
            accepted = (v for name, v in scope["headers"] if name.lower() == b"accept-encoding")
            compress(found, b",".join(accepted).decode("latin-1"))
            await write(send, found, head=is_head)
            return
        await _stream(found, warnings, receive, send)

    async def _result(self, scope: Scope, receive: Receive) -> Answer | Watch | LogStream:
        """Return what a request is answered with, whatever goes wrong."""
        try:
            return await self._found(Request.of(scope, receive))
        except ApiError as error:
            return _refusal(error, scope)
        except NoSuchPageError:
            return plain("404 page not found\n", 404)
        except ClientGoneError:
            raise
        except SimArenaError as error:
            return _refusal(failure(500, "InternalError", str(error), {}), scope)
        except Exception:  # noqa: BLE001 - whatever a defect is, clients get a Status
            _LOG.exception("a request could not be handled")
            message = "Internal error occurred: the request could not be handled"
            return _refusal(failure(500, "InternalError", message, {}), scope)

    async def _found(self, request: Request) -> Answer | Watch | LogStream:
        timeout_s(request)
        answer = document(self._api, request)
        if answer is not None:
            check_user(request, None)
            return answer
        segments = request.segments
        if len(segments) > 2 and segments[:2] == ("api", "v1"):  # noqa: PLR2004 - and a resource
            found = route(self._api.registry, "", "v1", segments[2:])
        elif len(segments) > 3 and segments[0] == "apis":  # noqa: PLR2004 - and a resource
            found = route(self._api.registry, segments[1], segments[2], segments[3:])
        else:
            check_user(request, None)
            raise NoSuchPageError
        check_user(request, found)
        return await handle(self._api, request, found)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await send({"type": "lifespan.shutdown.complete"})
                return
            else:
                return


def _refusal(error: ApiError, scope: Scope) -> Answer:
    """Return the answer that an error is, in YAML for those that read only that."""
    accept = b", ".join(value for name, value in scope["headers"] if name.lower() == b"accept")
    try:
        form = negotiated(accept.decode("latin-1"), tables=False)
    except ApiError:
        form = None
    if form is not None and form.kind:
        form = None
    answer = answered(error.status, form, error.status["code"])
    answer.headers.update(error.headers)
    return answer


async def _stream(
    found: Watch | LogStream, warnings: Sequence[str], receive: Receive, send: Send
) -> None:
    """Send what comes, line by line, until it ends or the client hangs up."""
    import anyio

    content_type = getattr(found, "content_type", JSON)
    headers = [
        (b"content-type", content_type.encode()),
        (b"cache-control", b"no-cache, private"),
        *((b"warning", warning_header(text)) for text in warnings),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})

    async def pour(lines: AsyncIterator[bytes], scope: anyio.CancelScope) -> None:
        async for part in lines:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(pour, found.lines(), group.cancel_scope)
        while True:
            message: Any = await receive()
            if message["type"] == "http.disconnect":
                break
        group.cancel_scope.cancel()
    stop = getattr(found, "stop", None)
    if stop is not None:
        stop()
