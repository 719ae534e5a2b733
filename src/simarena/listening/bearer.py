"""A bearer token in front of an ASGI application."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Final

from simarena.errors import ConfigError, StorageError
from simarena.files.bounded import read_text
from simarena.listening.hosts import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

_LEAST_LENGTH: Final = 16
_MAX_BYTES: Final = 64 << 10
_SCHEME: Final = b"bearer "
_BODY: Final = b'{"error": "a bearer token is required"}'
_CHALLENGE: Final = ((b"www-authenticate", b'Bearer realm="simarena"'),)


def read_token(
    path: Path | None, variable: str, environment: Mapping[str, str] = os.environ
) -> str | None:
    """Return the token in a file, else in a variable of the environment, None if there is neither.

    Raises ConfigError if it cannot be read or is too short to be one; it is never shown.
    """
    if path is not None:
        try:
            token = read_text(path, _MAX_BYTES).strip()
        except StorageError as error:
            message = f"--token-file: {error}"
            raise ConfigError(message) from error
        where = str(path)
    elif variable in environment:
        token = environment[variable].strip()
        where = variable
    else:
        return None
    if len(token) < _LEAST_LENGTH or not token.isascii() or not token.isprintable() or " " in token:
        message = (
            f"{where}: a token is at least {_LEAST_LENGTH} visible ASCII characters; "
            "make one with: openssl rand -hex 32"
        )
        raise ConfigError(message)
    return token


class BearerGate:
    """Lets requests through that carry the token; all others are answered with 401.

    Tokens are compared by their digests in constant time, so that neither content nor length of the
    right one shows in how long an answer takes.
    """

    def __init__(self, app: ASGIApp, token: str, body: bytes = _BODY) -> None:
        self._app = app
        self._digest = _digest(token.encode())
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "http" and not self._is_let_through(scope):
            await refuse(send, 401, self._body, _CHALLENGE)
            return
        await self._app(scope, receive, send)

    def _is_let_through(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        if len(given) != 1 or given[0][: len(_SCHEME)].lower() != _SCHEME:
            return False
        return hmac.compare_digest(_digest(given[0][len(_SCHEME) :].strip()), self._digest)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
