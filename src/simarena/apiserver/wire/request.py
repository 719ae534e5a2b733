"""A request as it came: method, path, query, headers, and its body once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

from simarena.apiserver.status import bad_request, too_large

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

MAX_BODY_BYTES: Final = 3 * 1024 * 1024
MAX_PARAMETERS: Final = 1_000


class ClientGoneError(Exception):
    """The client hung up before its request was whole."""


@dataclass(slots=True)
class Request:
    """One request."""

    method: str
    segments: tuple[str, ...]
    """What stands between the slashes of its path."""
    query: dict[str, list[str]]
    headers: dict[str, str]
    """By name in lower case; of several of a name, joined by commas."""
    receive: Receive
    body: bytes = b""
    path: str = ""
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> Request:
        """Return the request of an ASGI scope. Raises ApiError where its query is unreadable."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.partition(b"?")[0].decode("latin-1")
        segments = tuple(unquote(each) for each in path.split("/")[1:])
        return cls(
            method=scope["method"].upper(),
            segments=segments,
            query=_query(scope.get("query_string", b"")),
            headers=headers,
            receive=receive,
            path=path,
        )

    async def read(self) -> bytes:
        """Read the body. Raises ApiError where it is too large."""
        length = self.headers.get("content-length", "")
        if length.isdigit() and int(length) > MAX_BODY_BYTES:
            raise _over()
        parts, size = [], 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise _over()
            parts.append(part)
            if not message.get("more_body"):
                self.body = b"".join(parts)
                return self.body


def _query(text: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            text.decode("latin-1"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        message = f"the query has more than {MAX_PARAMETERS} parameters"
        raise bad_request(message) from None
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query


def _over() -> Exception:
    return too_large(f"Request entity too large: limit is {MAX_BODY_BYTES}")
