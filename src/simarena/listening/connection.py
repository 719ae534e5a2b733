"""HTTP connections that end when nothing comes: requests have deadlines, dead peers show."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

RECEIVE_S: Final = 30.0
"""In which a request must have come whole, counted from when it could first come."""

_PROBE_AFTER_S: Final = 60
_PROBE_EVERY_S: Final = 15
_PROBES: Final = 4
_UNSENT_MS: Final = 60_000


class DeadlineProtocol(H11Protocol):
    """Uvicorn's protocol, which by itself waits for the rest of a request as long as it takes."""

    receive_s: float = RECEIVE_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request; expect the rest of it in time."""
        self._await_request()
        super().data_received(data)
        if self._has_whole_request():
            self._forget_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._forget_deadline()
        super().connection_lost(exc)

    def _has_whole_request(self) -> bool:
        return self.conn.their_state is not h11.SEND_BODY and self.conn.their_state is not h11.IDLE

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
