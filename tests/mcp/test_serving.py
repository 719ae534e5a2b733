"""The server as outside clients meet it: over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import httpx2
import pytest
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from tests.mcp._sessions import living, said, session

from simarena.errors import ConfigError
from simarena.listening.bearer import read_token
from simarena.listening.connection import DeadlineProtocol
from simarena.mcp.answers import progress
from simarena.mcp.server import build_server
from simarena.mcp.serving import TOKEN_VARIABLE, HttpSettings, http_app, serve_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.mcp import Session

TOKEN = "0123456789abcdef-secret"
COMMAND = [sys.executable, "-m", "simarena", "mcp", "--scenario", "classic-01"]
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"Accept": "application/json, text/event-stream"}


def test_a_client_plays_over_stdio() -> None:
    parameters = StdioServerParameters(
        command=COMMAND[0], args=COMMAND[1:], env={**os.environ, "PYTHONWARNINGS": "error"}
    )

    async def play() -> list[str]:
        async with Client(parameters) as client:
            pods = await client.call_tool("get_pods", {})
            act = await client.call_tool("act", {"action": "decrease_memory"})
            wrong = await client.call_tool("describe_pod", {"pod_name": "x"})
            return [said(pods), said(act), said(wrong)]

    pods, act, wrong = asyncio.run(play())
    assert "showing 3 of 3 (3 Pending)" in pods
    assert act.startswith("Step 1 of 48, decrease_memory")
    assert 'pods "x" not found' in wrong


def test_there_is_nothing_but_the_protocol_on_stdout() -> None:
    lines = [INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    done = subprocess.run(
        COMMAND,
        check=False,
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
    )
    (answer,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert answer["result"]["serverInfo"]["name"] == "simarena"
    assert "should have exactly 3 pods" in answer["result"]["instructions"]
    assert done.returncode == 0, done.stderr


@contextmanager
def served(settings: HttpSettings, shown: Session | None = None) -> Iterator[str]:
    """Serve an episode, or another session, on a free port, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = http_app(build_server(shown or session(), log_level="CRITICAL"), settings)
    config = uvicorn.Config(app, log_level="critical", access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def asked_over_http(url: str, headers: dict[str, str]) -> str:
    async def ask() -> str:
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(url, http_client=http)
            async with Client(transport) as client:
                return said(await client.call_tool("get_pods", {}))

    return asyncio.run(ask())


def opened(url: str) -> httpx2.Response:
    return httpx2.post(url, json=INITIALIZE, headers=HEADERS)


def test_no_more_sessions_are_open_at_once_than_allowed() -> None:
    with served(HttpSettings(max_sessions=2)) as url:
        first, second, third = (opened(url) for _ in range(3))
        assert [each.status_code for each in (first, second, third)] == [200, 200, 503]
        ended = httpx2.delete(
            url, headers={**HEADERS, "Mcp-Session-Id": first.headers["mcp-session-id"]}
        )
        assert ended.status_code == 200
        assert opened(url).status_code == 200


def test_a_session_that_nobody_uses_ends() -> None:
    with served(HttpSettings(max_sessions=1, idle_s=0.2)) as url:
        assert opened(url).status_code == 200
        # its room is free again as soon as it has ended: nothing else frees it
        latest = time.monotonic() + 60
        answer = opened(url)
        while answer.status_code == 503 and time.monotonic() < latest:
            answer = opened(url)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"idle_s": 0.0},
        {"idle_s": -1.0},
        {"idle_s": math.nan},
        {"idle_s": math.inf},
        {"max_sessions": 0},
    ],
)
def test_sessions_have_to_end_and_there_has_to_be_one(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="idle_s"):
        HttpSettings(**settings)


def test_others_are_answered_over_http_while_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "STRETCH_S", -1.0)
    order: list[str] = []

    async def work(url: str) -> None:
        async with Client(url) as waiting, Client(url) as looking:
            begun = anyio.Event()

            async def tell(progress: float, total: float | None, message: str | None) -> None:
                begun.set()

            async def wait() -> None:
                await waiting.call_tool("wait", {"seconds": 300}, progress_callback=tell)
                order.append("wait")

            with anyio.fail_after(60):
                async with anyio.create_task_group() as group:
                    group.start_soon(wait)
                    await begun.wait()
                    await looking.call_tool("get_pods", {})
                    order.append("get_pods")

    with served(HttpSettings(), living()) as url:
        asyncio.run(work(url))
    assert order == ["get_pods", "wait"]


def test_time_stops_when_a_client_gives_up_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "STRETCH_S", -1.0)
    shown = living()

    async def work(url: str) -> None:
        async with Client(url) as client:
            with anyio.fail_after(60), anyio.CancelScope() as scope:

                async def tell(progress: float, total: float | None, message: str | None) -> None:
                    scope.cancel()

                await client.call_tool("wait", {"seconds": 3_600}, progress_callback=tell)
            assert scope.cancelled_caught
            await client.call_tool("get_pods", {})

    with served(HttpSettings(), shown) as url:
        asyncio.run(work(url))
    assert 60 < shown.backend.cluster.now_ms // 1_000 < 2_000


def test_a_client_looks_over_http() -> None:
    with served(HttpSettings()) as url:
        assert "showing 3 of 3" in asked_over_http(url, {})


def test_who_shows_the_token_is_let_through_and_nobody_else() -> None:
    with served(HttpSettings(token=TOKEN)) as url:
        assert "showing 3 of 3" in asked_over_http(url, {"Authorization": f"Bearer {TOKEN}"})
        for given in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Bearer {TOKEN}x"},
            {"Authorization": "Bearer"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": TOKEN},
        ):
            answer = httpx2.post(url, json=INITIALIZE, headers={**HEADERS, **given})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert TOKEN not in answer.text
        assert httpx2.get(url.replace("/mcp", "/"), headers=HEADERS).status_code == 401


def test_foreign_hosts_and_origins_are_refused() -> None:
    with served(HttpSettings()) as url:
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            answer = httpx2.post(url, json=INITIALIZE, headers={**HEADERS, **headers})
            assert answer.status_code in {403, 421}
        mine = {**HEADERS, "Origin": url.removesuffix("/mcp")}
        assert httpx2.post(url, json=INITIALIZE, headers=mine).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "arena.example"])
def test_no_other_host_is_served_without_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="a token is needed"):
        HttpSettings(host=host, allowed_hosts=("arena.example",))
    assert HttpSettings(host=host, token=TOKEN, allowed_hosts=("arena.example",)).token == TOKEN


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_needs_none(host: str) -> None:
    assert HttpSettings(host=host).is_local


def test_all_addresses_need_a_name() -> None:
    with pytest.raises(ConfigError, match="--allowed-host"):
        HttpSettings(host="0.0.0.0", token=TOKEN)
    security = HttpSettings(
        host="0.0.0.0", token=TOKEN, allowed_hosts=("arena.example",)
    ).security()
    assert security.allowed_hosts == ["arena.example", "arena.example:*"]


def test_a_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    assert (
        read_token(path, TOKEN_VARIABLE, {TOKEN_VARIABLE: "other-token-of-the-environment"})
        == TOKEN
    )
    assert read_token(None, TOKEN_VARIABLE, {TOKEN_VARIABLE: TOKEN}) == TOKEN
    assert read_token(None, TOKEN_VARIABLE, {}) is None
    for text in ("short", "with a space in the middle", "ünicode-ünicode-ünicode", ""):
        with pytest.raises(ConfigError, match="at least 16") as caught:
            read_token(None, TOKEN_VARIABLE, {TOKEN_VARIABLE: text})
        assert not text or text not in str(caught.value)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_token(tmp_path / "none", TOKEN_VARIABLE, {})
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        read_token(path, TOKEN_VARIABLE, {})


def test_a_port_that_is_taken_is_an_error_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = HttpSettings(port=taken.getsockname()[1])
        with pytest.raises(ConfigError, match="choose another --host or --port"):
            serve_http(build_server(session()), settings, print)
    with pytest.raises(ConfigError, match="from 0 to 65535"):
        HttpSettings(port=70_000)


def test_who_sends_half_a_request_loses_the_connection_and_dead_peers_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    received: list[bytes] = []

    async def stall(server: uvicorn.Server, listener: socket.socket) -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        writer.write(b"POST")
        async with asyncio.timeout(10):
            received.append(await reader.read())
        writer.close()
        server.should_exit = True
        await serving

    def run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        (listener,) = sockets
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        asyncio.run(stall(server, listener))

    monkeypatch.setattr(DeadlineProtocol, "receive_s", 0.2)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    serve_http(build_server(session()), HttpSettings(port=0), lambda _: None)
    assert received == [b""]
