from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

uvicorn = pytest.importorskip("uvicorn")

from simarena.listening.connection import DeadlineProtocol, notice_dead_peers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body of the request, once all of it is there."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Hasty(DeadlineProtocol):
    receive_s = 0.2


async def answers(*parts: bytes, app: Any = echo) -> bytes:
    """Send parts of requests and return all that comes until the server closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=Hasty, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    for part in parts:
        writer.write(part)
        await writer.drain()
    received = await reader.read()
    writer.close()
    server.should_exit = True
    await serving
    return received


@pytest.mark.parametrize(
    "parts",
    [(), (b"POST",), (HEAD[:-2],), (HEAD,), (HEAD, b"ab")],
    ids=["nothing", "half a line", "half a head", "no body", "half a body"],
)
def test_a_request_that_does_not_come_whole_ends_its_connection(parts: Sequence[bytes]) -> None:
    assert b"200 OK" not in asyncio.run(answers(*parts))


def test_a_second_request_has_a_deadline_as_well() -> None:
    received = asyncio.run(answers(HEAD + b"abcd", HEAD[:10]))
    assert received.count(b"200 OK") == 1
    assert received.endswith(b"abcd")


def test_an_answer_may_take_longer_than_its_request() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        received = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(2 * Hasty.receive_s, received.set_result, None)
        await received
        await echo(scope, receive, send)

    request = HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert b"200 OK" in asyncio.run(answers(request + b"abcd", app=slow))


def test_connections_of_a_listener_are_probed_for_peers_that_are_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        notice_dead_peers(listener)
        with socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    "parts",
    [(REQUEST + b"A: " + b"a" * 70_000,), (REQUEST + b"A: " + b"a" * 70_000 + b"\r\n\r\n",)],
    ids=["half", "whole"],
)
def test_a_head_that_is_too_long_ends_its_connection(parts: Sequence[bytes]) -> None:
    received = asyncio.run(answers(*parts))
    assert received.startswith(b"HTTP/1.1 400 ")


async def tell_method(scope: Any, receive: Any, send: Any) -> None:
    del receive
    body = scope["method"].encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("method", [b"GET", b"FOO", b"post"])
def test_a_request_may_have_any_method(method: bytes) -> None:
    request = method + b" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert asyncio.run(answers(request, app=tell_method)).endswith(b"\r\n\r\n" + method)


def test_two_requests_at_once_are_answered_in_their_order() -> None:
    close = HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    received = asyncio.run(answers(HEAD + b"abcd" + close + b"efgh"))
    assert received.index(b"abcd") < received.index(b"efgh")
