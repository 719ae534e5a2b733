"""Requests that mean ill: the server answers or hangs up, keeps nothing of them, and goes on."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.apiserver.conftest import MAPS, Client, config_map

import simarena
from simarena.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.apiserver.serving import ApiServer

DEEP = 50_000
ALIASES = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
LAUGHS = f"apiVersion: v1\nkind: ConfigMap\na0: &a0 [x]\n{ALIASES}\n".encode()
JSONS = (
    "application/json",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
)
BODIES = {
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"data":' * DEEP,
    "deep and whole": b'{"data":' * DEEP + b"1" + b"}" * DEEP,
    "deep under a patch": b'[{"op":"add","path":"/data","value":' + b"[" * 900 + b"]" * 900 + b"}]",
    "a path of many parts": b'[{"op":"add","path":"' + b"/a" * DEEP + b'","value":1}]',
    "aliases of aliases": LAUGHS,
    "no UTF-8": b'{"metadata":{"name":"\xff\xfe"}}',
    "half a surrogate": b'{"metadata":{"name":"m"},"data":{"a":"\\ud800"}}',
    "a zero byte": b'{"metadata":{"name":"m\\u0000"}}\x00',
    "a number without end": b'{"data":{"a":' + b"9" * DEEP + b"}}",
    "no number": b'{"data":{"a":NaN}}',
    "protobuf that tells of more": b"k8s\x00\x0a\xff\xff\xff\xff\x0f",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_and_nothing_of_it_is_kept(client: Client, name: str) -> None:
    kept = client.post(MAPS, config_map("kept"))
    for content_type in JSONS:
        for method, path in (("POST", MAPS), ("PUT", f"{MAPS}/kept"), ("PATCH", f"{MAPS}/kept")):
            query = "?fieldManager=m" if "apply" in content_type else ""
            answer = client.send(method, path + query, BODIES[name], content_type=content_type)
            assert answer.status_code in {400, 413, 415, 422}, (method, content_type, answer.text)
            assert answer.json()["kind"] == "Status"
    assert client.get(f"{MAPS}/kept") == kept
    assert [each["metadata"]["name"] for each in client.get(MAPS)["items"]] == ["kept"]


@pytest.mark.parametrize(
    "path",
    [
        f"{MAPS}/%ff%fe",
        f"{MAPS}/%00",
        f"{MAPS}/{'a' * 20_000}",
        f"{MAPS}?labelSelector={'a=b,' * 5_000}",
        f"{MAPS}?labelSelector=%ff%00",
        f"{MAPS}?fieldSelector=%5c%5c%5c",
        f"{MAPS}?continue=%ff",
        f"{MAPS}?limit=-{'9' * 400}",
        f"{MAPS}?{'a=1&' * 2_000}",
        f"/apis/{'/'.join('a' * 5_000)}",
    ],
)
def test_a_hostile_path_is_answered_with_a_refusal_or_a_list(client: Client, path: str) -> None:
    assert client.send("GET", path).status_code in {200, 400, 404, 422}


@pytest.fixture(scope="module")
def served() -> Iterator[ApiServer]:
    with simarena.serve(Cluster(), tls=False) as server:
        yield server


def connected(server: ApiServer, stack: ExitStack) -> socket.socket:
    url = urlsplit(server.url)
    return stack.enter_context(socket.create_connection((url.hostname, url.port), timeout=20))


def asked(server: ApiServer, stack: ExitStack) -> Any:
    """Return what a client reads that means well."""
    line = connected(server, stack)
    line.sendall(head(server, "GET", "Connection: close"))
    parts = iter(lambda: line.recv(1 << 16), b"")
    return json.loads(b"".join(parts).partition(b"\r\n\r\n")[2])


def head(server: ApiServer, method: str, *headers: str) -> bytes:
    host = urlsplit(server.url).netloc
    token = f"Authorization: Bearer {server.token}"
    lines = [f"{method} {MAPS} HTTP/1.1", f"Host: {host}", token, *headers, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"POST",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET " + b"a" * 200_000,
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: " + b"a" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50_000,
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=lambda rest: repr(rest[:24]),
)
def test_others_are_answered_beside_connections_that_never_come_to_an_end(
    served: ApiServer, rest: bytes
) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            line = connected(served, stack)
            try:
                line.sendall(rest)
            except ConnectionError:  # it was told enough, and hung up
                continue
        assert asked(served, stack)["items"] == []


def test_half_a_body_is_waited_for_and_never_applied(served: ApiServer) -> None:
    body = json.dumps(config_map("m")).encode()
    length = f"Content-Length: {len(body) + 1}"
    with ExitStack() as stack:
        for _ in range(20):
            line = connected(served, stack)
            line.sendall(head(served, "POST", "Content-Type: application/json", length) + body)
        assert asked(served, stack)["items"] == []
    with ExitStack() as stack:
        assert asked(served, stack)["items"] == []
