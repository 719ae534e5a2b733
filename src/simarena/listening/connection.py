"""HTTP connections that end when nothing comes: requests have deadlines, dead peers show."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

RECEIVE_S: Final = 30.0
"""In which a request must have come whole, counted from when it could first come."""

MAX_HEAD_BYTES: Final = 64 * 1024
"""How long the first line and the headers of a request may be together."""

_GATHERED_BYTES: Final = 64 * 1024
_PROBE_AFTER_S: Final = 60
_PROBE_EVERY_S: Final = 15
_PROBES: Final = 4
_UNSENT_MS: Final = 60_000

_METHODS: Final = frozenset(
    (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT")
)
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_TOO_LONG: Final = "Request head too long."


class DeadlineProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which by itself waits for the rest of a request as long as it takes.

    Heads of requests are bounded, methods may be any, and what is answered in several parts at
    once is sent in one.
    """

    receive_s: float = RECEIVE_S
    _deadline: asyncio.TimerHandle | None = None
    _is_whole = False
    _has_ended = False
    """Whether a request has ended in what was received last."""
    _head_bytes = 0
    """Of the head that is being received; 0 where none is."""
    _method: str | None = None
    """That of a request, where the parser does not know it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(GatheringTransport(transport, self.loop))  # type: ignore[arg-type]
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request; expect the rest of it in time."""
        self._await_request()
        if not self._head_bytes and (self._is_whole or self.cycle is None):
            data = self._with_known_method(data)
        self._has_ended = False
        super().data_received(data)
        if self._head_bytes and not self._has_ended:
            self._head_bytes += len(data)
        if self._is_whole:
            self._forget_deadline()
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(_TOO_LONG)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._forget_deadline()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_whole, self._head_bytes = False, 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer a request, if its head is not too long."""
        self._head_bytes = 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES:
            raise ValueError(_TOO_LONG)
        super().on_headers_complete()
        if self._method is not None:
            self.scope["method"], self._method = self._method, None

    def on_message_complete(self) -> None:
        """Note that a request has come whole."""
        self._is_whole = self._has_ended = True
        super().on_message_complete()

    def _with_known_method(self, data: bytes) -> bytes:
        """Return the begin of a request under a method that the parser knows."""
        method, blank, rest = data.partition(b" ")
        if not blank or method in _METHODS or not _TOKEN.fullmatch(method):
            return data
        self._method = method.decode("ascii")
        return b"GET " + rest

    def _await_request(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.receive_s, self._expire)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()


class GatheringTransport:
    """A transport that sends what is written to it between two turns of the loop as one."""

    __slots__ = ("_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send data soon; at once if there is much of it."""
        if not data:
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > _GATHERED_BYTES:
            self._flush()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self._transport.write(parts[0] if len(parts) == 1 else b"".join(parts))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._transport, name)


def notice_dead_peers(listener: socket.socket) -> None:
    """Let the system end connections of a listener whose peers have gone without a word."""
    options: list[tuple[int, str, Any]] = [
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", _PROBE_AFTER_S),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", _PROBE_EVERY_S),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", _PROBES),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", _UNSENT_MS),
    ]
    for level, name, value in options:
        if (option := getattr(socket, name, None)) is not None:  # not all systems have all
            listener.setsockopt(level, option, value)
