"""A small API server over HTTP that shows a simulated cluster, enough of it for the real client."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from simarena.errors import NotFoundError
from simarena.mcp.selectors import read_selectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.cluster import Cluster

TOKEN = "a-token-of-the-kubeconfig"
KINDS = {
    "pods": "Pod",
    "nodes": "Node",
    "services": "Service",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
}


class ApiServer:
    """What the handler shows, and what it was asked."""

    def __init__(self, cluster: Cluster, page: int) -> None:
        self.cluster = cluster
        self.page = page
        self.requests: list[tuple[str, str]] = []
        self.patches: list[tuple[str, Any]] = []
        self.agents: set[str] = set()
        self.objects: dict[str, list[dict[str, Any]]] = {"resourcequotas": [], "limitranges": []}
        self.more_events: list[dict[str, Any]] = []
        self.failure: tuple[int, str] | None = None
        self.measures = True
        self.url = ""
        self.gates: dict[str, threading.Event] = {}
        """Answers about a plural wait until its event is set."""
        self.reached = threading.Event()
        """Set when an answer begins to wait."""

    def listed(self, plural: str, namespace: str | None, query: dict[str, str]) -> dict[str, Any]:
        """Return one page of a list."""
        if plural == "events":
            kind, items = "Event", [*self.cluster.events(namespace), *self.more_events]
        elif plural in self.objects:
            kind, items = plural, self.objects[plural]
            return {"kind": f"{kind}List", "metadata": {}, "items": items}
        else:
            if plural not in KINDS:
                raise Refused(403, "Forbidden", f"{plural} is forbidden")
            kind = KINDS[plural]
            items = self.cluster.list(kind, namespace)
        selectors = read_selectors(
            kind, query.get("labelSelector", ""), query.get("fieldSelector", "")
        )
        items = [item for item in items if selectors.select(item)]
        for item in items:
            item.pop("kind", None)
            item.pop("apiVersion", None)
        first = int(query.get("continue") or 0)
        end = first + min(self.page, int(query.get("limit") or self.page))
        metadata = {"continue": str(end)} if end < len(items) else {}
        return {"kind": f"{kind}List", "metadata": metadata, "items": items[first:end]}

    def metrics(self, plural: str, namespace: str | None) -> dict[str, Any]:
        """Return what the metrics server would."""
        items: list[dict[str, Any]] = []
        for sample in self.cluster.metrics(KINDS[plural], namespace):
            metadata = {"name": sample.name, "namespace": sample.namespace}
            usage = {
                "cpu": f"{sample.cpu_milli}000000n",
                "memory": f"{sample.memory_bytes >> 10}Ki",
            }
            if plural == "nodes":
                items.append({"metadata": metadata, "usage": usage})
            else:
                containers = [{"name": "main", "usage": usage}]
                items.append({"metadata": metadata, "containers": containers})
        return {"items": items}


class Refused(Exception):  # noqa: N818 - a status, not an error of ours
    """What the API answers instead of an object."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class Handler(BaseHTTPRequestHandler):
    """Answers requests about `shown`, which a subclass sets."""

    shown: ApiServer

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_PATCH(self) -> None:
        self._answer(self._patch)

    def _answer(self, work: Any) -> None:
        url = urlsplit(self.path)
        self.shown.requests.append((self.command, self.path))
        self.shown.agents.add(self.headers["User-Agent"])
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        try:
            self._check()
            code, body = 200, work(url.path.strip("/").split("/"), query)
        except NotFoundError as error:
            code, body = 404, status(404, "NotFound", str(error))
        except Refused as error:
            code, body = error.code, status(error.code, error.reason, str(error))
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _check(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Refused(401, "Unauthorized", "Unauthorized")
        if self.shown.failure is not None:
            raise Refused(*self.shown.failure, "as the test wanted")

    def _get(self, path: list[str], query: dict[str, str]) -> Any:
        namespace, plural, name, rest = parts(path)
        if plural in self.shown.gates:
            self.shown.reached.set()
            assert self.shown.gates[plural].wait(60)
        if path[:2] == ["apis", "metrics.k8s.io"] and not self.shown.measures:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        if path[:2] == ["apis", "metrics.k8s.io"]:
            return self.shown.metrics(plural, namespace)
        if not name:
            return self.shown.listed(plural, namespace, query)
        if rest == ["log"]:
            try:
                return self.shown.cluster.logs(
                    name,
                    namespace or "",
                    container=query["container"],
                    tail=int(query["tailLines"]),
                    previous=query.get("previous") in {"true", "True"},
                )
            except NotFoundError as error:
                raise Refused(400, "BadRequest", str(error)) from error
        return self.shown.cluster.get(KINDS[plural], name, namespace or "")

    def _patch(self, path: list[str], query: dict[str, str]) -> Any:
        namespace, plural, name, rest = parts(path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.shown.patches.append((self.headers["Content-Type"], body))
        found = self.shown.cluster.get(KINDS[plural], name, namespace or "")
        if rest == ["scale"]:
            found["spec"]["replicas"] = body["spec"]["replicas"]
        else:
            (change,) = body["spec"]["template"]["spec"]["containers"]
            for container in found["spec"]["template"]["spec"]["containers"]:
                if container["name"] == change["name"]:
                    for part, amounts in change["resources"].items():
                        container["resources"].setdefault(part, {}).update(amounts)
        if query.get("dryRun") != "All":
            self.shown.cluster.apply(found)
        return found


def parts(path: list[str]) -> tuple[str | None, str, str, list[str]]:
    """Return namespace, resource, name and sub-resource of a path."""
    rest = path[2:] if path[0] == "api" else path[3:]
    namespace = None
    if rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    return namespace, rest[0], rest[1] if len(rest) > 1 else "", rest[2:]


def status(code: int, reason: str, message: str) -> dict[str, Any]:
    """Return a Status, as the API answers when it refuses."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


@contextmanager
def serving(cluster: Cluster, page: int = 500) -> Iterator[ApiServer]:
    """Serve a cluster on a free port of this machine."""
    server = ApiServer(cluster, page)
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), type("ServingHandler", (Handler,), {"shown": server})
    ) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        server.url = f"http://127.0.0.1:{httpd.server_port}"
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join()


def kubeconfig(path: Path, url: str, namespace: str = "shop", token: str = TOKEN) -> str:
    """Write a kubeconfig of two contexts; return where."""
    context = {"cluster": "c", "user": "u", "namespace": namespace}
    other = {"cluster": "c", "user": "u"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "main",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "main", "context": context}, {"name": "other", "context": other}],
    }
    path.write_text(yaml.safe_dump(config))
    return str(path)
