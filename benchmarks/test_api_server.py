"""The API server over HTTP: one object, long lists, and an event that many wait for."""

from __future__ import annotations

import json
import selectors
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import simarena
from simarena.apiserver.store.kept import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.conftest import Rate

    from simarena.apiserver.serving import ApiServer

GETS = 500
LISTED = 10_000
WATCHERS = 1_000
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}


class Connection:
    """A kept connection that asks for the same again and again, and reads whole answers."""

    def __init__(self, server: ApiServer) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: {host}\r\nAuthorization: Bearer {server.token}\r\n"

    def send(self, target: str, body: Any = None, accept: str = "application/json") -> None:
        content = b"" if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "POST"
        head = (
            f"{method} {target} HTTP/1.1\r\n{self._head}Accept: {accept}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + content)

    def read(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.socket.recv(1 << 20)
        head, _, body = received.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        parts, left = [body], size - len(body)
        while left > 0:
            parts.append(self.socket.recv(1 << 20))
            left -= len(parts[-1])
        assert head.startswith(b"HTTP/1.1 20"), head
        return b"".join(parts)

    def ask(self, target: str, body: Any = None, accept: str = "application/json") -> bytes:
        self.send(target, body, accept)
        return self.read()


@contextmanager
def served() -> Iterator[tuple[ApiServer, Connection]]:
    """Serve a cluster in which time stands still, and which holds one pod."""
    with simarena.serve(simarena.Cluster(), tls=False) as server:
        connection = Connection(server)
        connection.ask("/api/v1/namespaces/default/pods", POD)
        yield server, connection
        connection.socket.close()


def test_get_of_one_pod(rate: Rate) -> None:
    with served() as (_, connection):

        def get() -> None:
            for _ in range(GETS):
                connection.ask("/api/v1/namespaces/default/pods/p")

        rate(get, number=GETS, unit="requests")


@pytest.mark.parametrize("accept", ["application/json", TABLE], ids=["json", "table"])
def test_list_of_10000_pods(rate: Rate, accept: str) -> None:
    with served() as (server, connection):
        server.call(lambda api: _fill(api.store))
        rate(lambda: _list(connection, accept), number=1, unit="lists")


def _fill(store: Any) -> None:
    manifest = store.get("pods", Place("default", "p")).manifest
    for number in range(LISTED):
        name = f"p-{number}"
        metadata = {**manifest["metadata"], "name": name}
        store.put("pods", Place("default", name), {**manifest, "metadata": metadata})


def _list(connection: Connection, accept: str) -> None:
    assert connection.ask("/api/v1/pods", accept=accept).count(b'"p-') >= LISTED


def test_an_event_that_1000_watches_get(rate: Rate) -> None:
    with served() as (server, connection), ExitStack() as open_watches:
        selector = open_watches.enter_context(selectors.DefaultSelector())
        path = "/api/v1/namespaces/default/configmaps"
        for _ in range(WATCHERS):
            watch = Connection(server)
            open_watches.callback(watch.socket.close)
            watch.send(f"{path}?watch=true&resourceVersion={server.api.store.version}")
            while b"\r\n\r\n" not in watch.socket.recv(1 << 16):
                pass
            selector.register(watch.socket, selectors.EVENT_READ)
        names = iter(range(1_000))

        def write_and_wait() -> None:
            metadata = {"name": f"m-{next(names)}"}
            connection.send(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
            seen: set[int] = set()
            while len(seen) < WATCHERS:
                for key, _ in selector.select(5):
                    assert b'"ADDED"' in key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                    seen.add(key.fd)
            connection.read()

        rate(write_and_wait, number=WATCHERS, unit="events")
