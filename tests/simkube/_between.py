"""Stands between a client and an API server: hands on what goes by, and spoils some of it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Spoil:
    """Which requests are spoiled, how often, and how."""

    method: str
    path: str
    """A pattern that is searched in the path with its query."""
    times: int = 1
    code: int = 0
    """Answered instead of asking; 0: asked."""
    reason: str = "InternalError"
    message: str = "as the test wanted"
    retry_after: str = ""
    text: str = ""
    """Answered instead, as plain text."""
    cut_after: int = -1
    """Bytes of the answer after which the connection is cut; -1: none is."""
    asked_first: bool = False
    """Whether the server is asked before the code is answered: the answer is lost."""
    wait_s: float = 0.0


@dataclass
class Between:
    """What is handed on, and what is spoiled."""

    host: str
    port: int
    spoils: list[Spoil] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def chosen(self, method: str, path: str) -> Spoil | None:
        self.requests.append(f"{method} {path}")
        for each in self.spoils:
            if each.times and each.method == method and re.search(each.path, path):
                each.times -= 1
                self.spoiled.append(f"{method} {path}")
                return each
        return None


class Handler(BaseHTTPRequestHandler):
    """Hands on one connection."""

    protocol_version = "HTTP/1.1"
    between: Between

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        spoil = self.between.chosen(self.command, self.path)
        if spoil is not None:
            time.sleep(spoil.wait_s)
        if spoil is not None and spoil.text:
            self._answer(200, spoil.text.encode(), "text/plain")
            return
        if spoil is not None and spoil.code and not spoil.asked_first:
            self._refuse(spoil)
            return
        with suppress(OSError, http.client.HTTPException):
            self._hand_on(body, spoil)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _any  # noqa: N815 - as the library has it

    def _hand_on(self, body: bytes, spoil: Spoil | None) -> None:
        server = http.client.HTTPConnection(self.between.host, self.between.port, timeout=60)
        try:
            headers = dict(self.headers.items()) | {
                "Host": f"{self.between.host}:{self.between.port}"
            }
            server.request(self.command, self.path, body or None, headers)
            answer = server.getresponse()
            if spoil is not None and spoil.code:
                answer.read()
                self._refuse(spoil)
                return
            if "watch=true" not in self.path:
                self._copy(answer, spoil)
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Connection", "close")
            self.end_headers()
            threading.Thread(target=self._await_end, args=(server.sock,), daemon=True).start()
            left = spoil.cut_after if spoil is not None else -1
            while piece := answer.read1(1 << 16):
                if left >= 0:
                    piece = piece[:left]
                    left -= len(piece)
                self.wfile.write(piece)
                self.wfile.flush()
                if left == 0:
                    break
            self.close_connection = True
        finally:
            server.close()

    def _await_end(self, sock: socket.socket) -> None:
        """End the watch at the server when the client has left."""
        with suppress(OSError):
            self.connection.recv(1, socket.MSG_PEEK)
            sock.shutdown(socket.SHUT_RDWR)

    def _copy(self, answer: http.client.HTTPResponse, spoil: Spoil | None) -> None:
        data = answer.read()
        kind = answer.headers["Content-Type"] or "application/json"
        if spoil is None or spoil.cut_after < 0:
            self._answer(answer.status, data, kind)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: spoil.cut_after])
        self.close_connection = True

    def _refuse(self, spoil: Spoil) -> None:
        status = {"kind": "Status", "status": "Failure", "reason": spoil.reason}
        status |= {"message": spoil.message, "code": str(spoil.code)}
        more = {"Retry-After": spoil.retry_after} if spoil.retry_after else {}
        self._answer(spoil.code, json.dumps(status).encode(), "application/json", more)

    def _answer(
        self, code: int, data: bytes, kind: str, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(code)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(ThreadingHTTPServer):
    """Listens, and says nothing of clients that leave."""

    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """A client that is gone is no trouble of ours."""


def listen(between: Between, token: str, kubeconfig: Path) -> Server:
    """Listen; write a kubeconfig that leads here."""
    handler = type("Bound", (Handler,), {"between": between})
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    named = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [named],
        "current-context": "c",
    }
    kubeconfig.write_text(yaml.safe_dump(config))
    kubeconfig.chmod(0o600)
    return server
