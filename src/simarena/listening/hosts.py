"""Requests under a foreign name are refused, against DNS rebinding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send


class HostGate:
    """Lets requests through that call the server by a name it has, from pages of its own."""

    def __init__(self, app: ASGIApp, names: Iterable[str], body: bytes) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "http" and not self._is_let_through(scope):
            await refuse(send, 403, self._body)
            return
        await self._app(scope, receive, send)

    def _is_let_through(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
        origins = [value for name, value in scope["headers"] if name.lower() == b"origin"]
        return (
            len(hosts) == 1
            and self._is_known(b"//" + hosts[0])
            and all(self._is_known(origin) for origin in origins)
        )

    def _is_known(self, url: bytes) -> bool:
        try:
            name = urlsplit(url.decode("ascii")).hostname
        except ValueError:
            return False
        return name is not None and name.lower() in self._names


async def refuse(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a refusal in JSON."""
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *headers,
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
