"""Servers that listen: TLS, kubeconfigs, watches as they happen."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from tests.apiserver.conftest import MAPS, config_map, deployment, make_plain_node

import simarena
from simarena.apiserver.serving import ApiServer, ServeSettings
from simarena.cluster import Cluster
from simarena.errors import ConfigError


class Line:
    """A connection to a server."""

    def __init__(self, server: ApiServer) -> None:
        url = urlsplit(server.url)
        self.connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)
        self.headers = {"authorization": f"Bearer {server.token}"}

    def open(self, method: str, path: str, body: Any = None) -> http.client.HTTPResponse:
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, self.headers)
        return self.connection.getresponse()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.open(method, path, body).read())


Connect = Callable[[ApiServer], Line]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connect to servers; all connections are closed in the end."""
    lines: list[Line] = []

    def to(server: ApiServer) -> Line:
        lines.append(Line(server))
        return lines[-1]

    yield to
    for line in lines:
        line.connection.close()


def event(response: http.client.HTTPResponse) -> tuple[str, dict[str, Any]]:
    found = json.loads(response.readline())
    return found["type"], found["object"]


def test_a_kubeconfig_leads_to_the_server_and_goes_with_it() -> None:
    with simarena.serve(Cluster()) as api:
        config = yaml.safe_load(api.kubeconfig.read_text())
        assert config["clusters"][0]["cluster"]["server"] == api.url
        assert config["users"][0]["user"]["token"] == api.token
        assert api.kubeconfig.stat().st_mode & 0o077 == 0
        path, url = api.kubeconfig, urlsplit(api.url)
        context = ssl.create_default_context(cadata=api.api.certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", url.port, context=context, timeout=10)
        connection.request("GET", "/version", headers={"authorization": f"Bearer {api.token}"})
        assert json.loads(connection.getresponse().read())["minor"] == "36"
        connection.close()
    assert not path.exists()


def test_a_watch_shows_changes_as_they_happen(connect: Connect) -> None:
    with simarena.serve(Cluster(), tls=False) as api:
        writer, watcher = connect(api), connect(api)
        version = writer.json("GET", MAPS)["metadata"]["resourceVersion"]
        stream = watcher.open("GET", f"{MAPS}?watch=true&resourceVersion={version}")
        made = writer.json("POST", MAPS, config_map("m"))
        assert event(stream) == ("ADDED", made)
        writer.json("DELETE", f"{MAPS}/m")
        kind, gone = event(stream)
        assert kind == "DELETED"
        assert int(gone["metadata"]["resourceVersion"]) == api.api.store.version


def test_a_watch_shows_first_what_is_there_and_says_when_that_is_all(connect: Connect) -> None:
    with simarena.serve(Cluster(), tls=False) as api:
        writer, watcher = connect(api), connect(api)
        writer.json("POST", MAPS, config_map("m"))
        stream = watcher.open(
            "GET",
            f"{MAPS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true"
            "&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name=m",
        )
        assert event(stream)[0] == "ADDED"
        kind, bookmark = event(stream)
        assert kind == "BOOKMARK"
        assert bookmark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_selector_makes_changes_arrivals_and_departures(connect: Connect) -> None:
    with simarena.serve(Cluster(), tls=False) as api:
        writer = connect(api)
        version = writer.json("GET", MAPS)["metadata"]["resourceVersion"]
        writer.json("POST", MAPS, config_map("m"))
        writer.json("PUT", f"{MAPS}/m", config_map("m", labels={"a": "b"}))
        writer.json("PUT", f"{MAPS}/m", config_map("m", labels={"a": "c"}))
        path = f"{MAPS}?watch=true&labelSelector=a=b&timeoutSeconds=1&resourceVersion={version}"
        lines = connect(api).open("GET", path).read().splitlines()
        assert [json.loads(each)["type"] for each in lines] == ["ADDED", "DELETED"]
        assert json.loads(lines[1])["object"]["metadata"]["labels"] == {"a": "b"}


def test_a_watch_of_what_is_no_longer_known_ends_with_an_error(connect: Connect) -> None:
    with simarena.serve(Cluster(), tls=False) as api:
        stream = connect(api).open("GET", f"{MAPS}?watch=true&resourceVersion=1")
        kind, status = event(stream)
        assert (stream.status, kind, status["code"], status["reason"]) == (
            200,
            "ERROR",
            410,
            "Expired",
        )
        assert stream.read() == b""


def test_time_passes_by_itself_at_a_speed(connect: Connect) -> None:
    with simarena.serve(Cluster([make_plain_node("n")]), tls=False, speed=100_000) as api:
        line = connect(api)
        line.json("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web"))
        path = "/api/v1/namespaces/default/pods?watch=true&fieldSelector=status.phase=Running"
        kind, running = event(line.open("GET", path))
        assert (kind, running["spec"]["nodeName"]) == ("ADDED", "n")


def test_the_clusters_time_is_moved_between_requests(connect: Connect) -> None:
    with simarena.serve(Cluster([make_plain_node("n")]), tls=False) as api:
        connect(api).json("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web"))
        assert api.settle()
        assert api.call(lambda one: len(one.cluster.list("Pod"))) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"port": 70_000},
        {"speed": -1.0},
        {"speed": float("nan")},
        {"host": "0.0.0.0"},
        {"host": "192.0.2.1", "tls": False},
    ],
)
def test_what_cannot_be_served_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ServeSettings(**settings)


def test_a_taken_port_is_an_error_in_a_line() -> None:
    with simarena.serve(Cluster(), tls=False) as api:
        port = urlsplit(api.url).port
        with (
            pytest.raises(ConfigError, match="cannot listen there"),
            simarena.serve(Cluster(), tls=False, port=port),
        ):
            pass
