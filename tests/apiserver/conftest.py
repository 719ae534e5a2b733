"""An API of a small cluster, asked without sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("cryptography")

from starlette.testclient import TestClient

from simarena.apiserver.serving import ApiServer, ServeSettings
from simarena.cluster import Cluster

if TYPE_CHECKING:
    from httpx2 import Response

TOKEN = "a-token-of-the-tests"


class Client:
    """Sends requests to an API and returns what it answers."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.api = server.api
        self.http = TestClient(
            server.app(),
            base_url="http://127.0.0.1",
            headers={"authorization": f"Bearer {TOKEN}"},
            raise_server_exceptions=True,
        )

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes | str):
            return self.http.request(method, path, content=body, headers=named)
        if body is None:
            return self.http.request(method, path, headers=named)
        return self.http.request(method, path, json=body, headers=named)

    def get(self, path: str, code: int = 200, **headers: str) -> Any:
        return self._answered(self.send("GET", path, **headers), code)

    def post(self, path: str, body: Any, code: int = 201, **headers: str) -> Any:
        return self._answered(self.send("POST", path, body, **headers), code)

    def put(self, path: str, body: Any, code: int = 200, **headers: str) -> Any:
        return self._answered(self.send("PUT", path, body, **headers), code)

    def delete(self, path: str, body: Any = None, code: int = 200, **headers: str) -> Any:
        return self._answered(self.send("DELETE", path, body, **headers), code)

    @staticmethod
    def _answered(response: Response, code: int) -> Any:
        assert response.status_code == code, response.text
        return response.json()


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"a": "1"},
    }


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **metadata},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }


def deployment(name: str, replicas: int = 1) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "c", "image": "nginx"}]},
            },
        },
    }


MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
def client() -> Client:
    """An API of two nodes on which nothing runs, whose time stands still."""
    nodes = [make_plain_node("node-a"), make_plain_node("node-b")]
    server = ApiServer(Cluster(nodes), ServeSettings(token=TOKEN, tls=False))
    return Client(server)


def make_plain_node(name: str) -> dict[str, Any]:
    capacity = {"cpu": "8", "memory": "16Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"capacity": capacity, "allocatable": capacity},
    }
