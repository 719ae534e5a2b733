"""A server that plays Anthropic, Google and OpenAI to their own SDKs, without keys or network."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from tests.benchmark import _anthropic_wire, _google_wire, _openai_wire
from tests.benchmark._provider_words import (
    Answer,
    Babbles,
    Call,
    Cuts,
    Refuses,
    Reply,
    Request,
    Says,
    Waits,
    Wire,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

__all__ = [
    "Babbles",
    "Call",
    "Cuts",
    "ProviderServer",
    "Refuses",
    "Reply",
    "Request",
    "Says",
    "Waits",
]

WIRES: Mapping[str, Wire] = MappingProxyType(
    {
        "/v1/messages": _anthropic_wire,
        "/v1/models/": _google_wire,
        "/v1beta/models/": _google_wire,
        "/v1/responses": _openai_wire,
        "/v1/chat/completions": _openai_wire,
    }
)
# What Inspect asks a reasoning model of OpenAI by itself, once for each client, to find out
# whether it may ask for summaries.
PROBE = "Please say 'hello, world'"


class Handler(BaseHTTPRequestHandler):
    """Hands requests to `served`, which a subclass sets, and writes what it answers."""

    protocol_version = "HTTP/1.1"  # of which the chunks of a stream are a part
    timeout = 10  # seconds; a client that sends only half a request holds nothing up for longer
    served: ProviderServer

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        # A connection serves one request: no thread is left waiting for another when a test ends.
        self.close_connection = True
        data = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        # A client that has waited long enough is gone by the time it is answered.
        with suppress(ConnectionError):
            self.served.handle(self, self.path, headers, json.loads(data))

    def send(self, answer: Answer, after_bytes: int | None = None) -> None:
        """Write an answer, or its first bytes as if more were coming."""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.streamed:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(sum(map(len, answer.chunks))))
        self.end_headers()
        left = after_bytes
        for chunk in answer.chunks:
            if answer.streamed:
                self.wfile.write(b"%x\r\n" % len(chunk))
            self.wfile.write(chunk if left is None else chunk[:left])
            if left is not None:
                left -= len(chunk)
                if left <= 0:
                    return
            if answer.streamed:
                self.wfile.write(b"\r\n")
        if answer.streamed:
            self.wfile.write(b"0\r\n\r\n")


class JoinedServer(ThreadingHTTPServer):
    """Waits, when closed, for the threads that still answer."""

    daemon_threads = False
    request_queue_size = 64


class ProviderServer:
    """Serves `answer` to all three providers' clients on a free port, as long as it is entered.

    One request at a time is answered by `answer`, so that it may keep state. What it raises is
    raised when the server is left.
    """

    def __init__(self, answer: Callable[[Request], Reply], url: str = "") -> None:
        """Serve at `url`, where an earlier server was, if it is given."""
        self.requests: list[Request] = []
        self.probes: list[Request] = []  # which are answered here, and are not numbered
        self.url = url
        self._answer = answer
        self._failures: list[Exception] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        handler = type("ServingHandler", (Handler,), {"served": self})
        self._http = JoinedServer(("127.0.0.1", int(self.url.rpartition(":")[2] or 0)), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        if self._failures:
            raise self._failures[0] from error

    def environment(self, provider: str) -> dict[str, str]:
        """Return the variables with which Inspect finds this server in the provider's place."""
        assert self.url, "only a server that is entered has an address"
        name = provider.upper()
        base = f"{self.url}/v1" if provider == "openai" else self.url
        return {
            f"{name}_API_KEY": f"the-key-of-{provider}",
            f"{name}_BASE_URL": base,
            "NO_PROXY": "127.0.0.1",
        }

    def handle(
        self, handler: Handler, path: str, headers: Mapping[str, str], body: dict[str, Any]
    ) -> None:
        """Answer one request; one that the script fails at is refused for good."""
        try:
            assert any(path.startswith(start) for start in WIRES), f"no provider has {path}"
            wire = next(wire for start, wire in WIRES.items() if path.startswith(start))
            with self._lock:
                request, reply = self._ask(wire, path, headers, body)
            answer, num_bytes = self._worded(reply, wire, path, request)
        except Exception as failure:  # noqa: BLE001 - a script may fail at anything
            self._failures.append(failure)
            answer, num_bytes = Answer((b"{}",), status=400), None
        if answer is not None:
            handler.send(answer, num_bytes)

    def _ask(
        self, wire: Wire, path: str, headers: Mapping[str, str], body: dict[str, Any]
    ) -> tuple[Request, Reply]:
        request = wire.read(path, headers, body, len(self.requests) + 1)
        if request.last_text == PROBE and not request.tool_names:
            self.probes.append(request)
            return request, Says("hello, world")
        self.requests.append(request)
        return request, self._answer(request)

    def _worded(
        self, reply: Reply, wire: Wire, path: str, request: Request
    ) -> tuple[Answer | None, int | None]:
        """Return what to send, if anything, and how many bytes of it, if not all."""
        match reply:
            case Says():
                return wire.write(reply, path, request), None
            case Refuses():
                return wire.refuse(reply), None
            case Waits():
                self._closing.wait(reply.seconds)
                return None, None
            case Babbles():
                return Answer((b"<html>no</html>",), content_type=reply.content_type), None
            case Cuts():
                return cut(reply, wire, path, request)


def cut(cuts: Cuts, wire: Wire, path: str, request: Request) -> tuple[Answer, int]:
    """Return an answer and how many of its bytes to send."""
    calls = [Call(name, {"until": "here"}) for name in request.tool_names[:1]]
    answer = wire.write(cuts.of or Says("Let me see.", calls), path, request)
    body = b"".join(answer.chunks)
    if cuts.after_bytes is not None:
        return answer, cuts.after_bytes
    return answer, len(body) // 2 if cuts.of or not calls else body.rindex(b"here")
