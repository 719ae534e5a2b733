"""S3 that fails: errors before and after the write, slow answers, cut connections; by a seed."""

from __future__ import annotations

import random
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from tests._s3_server import s3_application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_STATUSES = ("500 Internal Error", "503 Slow Down", "409 Conflict")


class FaultyS3:
    """An application that answers as S3 does, except for a share of requests."""

    def __init__(self, seed: int, share: float) -> None:
        self.share = share
        self.faults: dict[str, int] = {}
        self._inner = s3_application()
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            fault = None
            if environ["PATH_INFO"].startswith("/arena/") and self._random.random() < self.share:
                fault = self._random.choice(("before", "after", "slow", "cut before", "cut after"))
                self.faults[fault] = self.faults.get(fault, 0) + 1
            status = self._random.choice(_STATUSES)
            delay = self._random.uniform(0.0, 0.5)
        if fault is None:
            return self._inner(environ, start_response)
        if fault == "slow":
            time.sleep(delay)
            return self._inner(environ, start_response)
        environ["wsgi.input"] = _Body(environ)
        if fault.endswith("after"):
            list(self._inner(environ, lambda *_: None))
        if fault.startswith("cut"):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response(status, [("Content-Length", "0")])
        return [b""]


class _Body:
    """A request's body, read whole at once, so that the connection stays usable."""

    def __init__(self, environ: Any) -> None:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self._data = environ["wsgi.input"].read(length) if length else b""

    def read(self, size: int = -1) -> bytes:
        found, self._data = (
            (self._data, b"") if size < 0 else (self._data[:size], self._data[size:])
        )
        return found

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)
