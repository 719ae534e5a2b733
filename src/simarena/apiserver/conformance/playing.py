"""Requests of a record, sent over HTTP as they were."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATIENCE_S: Final = 60.0
"""How long an answer, or an event that is recorded, may take: kernels may have to be compiled."""
SILENCE_S: Final = 0.4
"""After so long without a word the recorder hung up."""

_SILENCE_OPEN_S: Final = 1.0
_KEPT: Final = ("content-type", "warning", "retry-after")


@dataclass(slots=True)
class Answer:
    """What came back; `status` of None: nothing did in time."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Player:
    """Sends requests to a server."""

    host: str
    port: int
    token: str

    def play(
        self,
        request: Mapping[str, Any],
        while_open: Callable[[], None] | None = None,
        num_events: int = 0,
    ) -> Answer:
        """Return the answer to a request; `while_open` is called once it has begun to come.

        So many events are waited for where it is a watch, and others as long as they follow soon.
        """
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE_S)
        try:
            return self._answer(connection, request, while_open, num_events)
        finally:
            connection.close()

    def _answer(
        self,
        connection: http.client.HTTPConnection,
        request: Mapping[str, Any],
        while_open: Callable[[], None] | None,
        num_events: int,
    ) -> Answer:
        headers = {"accept-encoding": "identity", **request["headers"]}
        headers["user-agent"] = "recorder"  # which came first, as managers of fields tell
        headers.setdefault("authorization", f"Bearer {self.token}")
        body = _encoded(request["body"])
        connection.putrequest(
            request["method"], _target(request), skip_host=False, skip_accept_encoding=True
        )
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None or request["method"] in {"POST", "PUT", "PATCH"}:
            connection.putheader("content-length", str(len(body or b"")))
        connection.endheaders(body or b"")
        try:
            response = connection.getresponse()
        except TimeoutError:
            return Answer(None)
        if is_watch(request) and response.status == http.client.OK:
            silence_s = SILENCE_S if while_open is None else _SILENCE_OPEN_S
            return _events(connection, response, silence_s, while_open, num_events)
        text = response.read()
        if response.headers.get("content-encoding") == "gzip":
            text = gzip.decompress(text)
        return Answer(response.status, _headers(response), _decoded(response, text))


def is_watch(request: Mapping[str, Any]) -> bool:
    """Return whether a request asks for events as they come (any value but false and 0)."""
    query = request["query"]
    wanted = f"&{query}" if isinstance(query, str) else f"&{urlencode(query or {})}"
    found = wanted.partition("&watch=")
    follows = "&follow=true" in wanted
    return request["method"] == "GET" and (
        follows or (bool(found[1]) and found[2].partition("&")[0] not in {"false", "0"})
    )


def _target(request: Mapping[str, Any]) -> str:
    query = request["query"]
    text = query if isinstance(query, str) else urlencode(query or {}, doseq=True)
    path = quote(request["path"], safe="/%:@!$&'()*+,;=~")
    return f"{path}?{text}" if text else path


def _encoded(body: Any) -> bytes | None:  # noqa: ANN401 - JSON
    if body is None:
        return None
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, dict) and "$base64" in body:
        return base64.b64decode(body["$base64"])
    return json.dumps(body).encode()


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    found = {}
    for name in _KEPT:
        values = response.headers.get_all(name)
        if values:
            found[name] = ", ".join(values)
    return found


def _decoded(response: http.client.HTTPResponse, text: bytes) -> Any:  # noqa: ANN401 - JSON
    if not text:
        return None
    if "protobuf" in response.headers.get("content-type", ""):
        return {"$base64": base64.b64encode(text).decode()}
    if "json" in response.headers.get("content-type", ""):
        with suppress(ValueError):
            return json.loads(text)
    return text.decode(errors="replace")


def _events(
    connection: http.client.HTTPConnection,
    response: http.client.HTTPResponse,
    silence_s: float,
    while_open: Callable[[], None] | None,
    num_events: int,
) -> Answer:
    events: list[Any] = []
    sock = connection.sock
    ended = "client"
    if while_open is not None:
        while_open()
    begun = time.monotonic()
    with suppress(TimeoutError, OSError):
        while time.monotonic() - begun < _PATIENCE_S:
            if sock is not None and len(events) >= num_events:
                sock.settimeout(silence_s)
            line = response.readline()
            if not line:
                ended = "server"
                break
            events.append(json.loads(line))
    return Answer(response.status, _headers(response), {"$events": events, "$ended": ended})
