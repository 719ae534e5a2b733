"""A small API server over HTTP that shows a simulated cluster, enough of it for the real client."""

from __future__ import annotations

import copy
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from simarena.errors import ManifestError, NotFoundError, RefusedError
from simarena.mcp.kubectl.kinds import BUILT_IN
from simarena.mcp.kubectl.selectors import read_selectors
from simarena.mcp.patching import patched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from simarena.cluster import Cluster

TOKEN = "a-token-of-the-kubeconfig"
KINDS = {kind.plural: kind.kind for kind in BUILT_IN.values()}
QUOTAS = ("resourcequotas", "limitranges")
"""What is shown of `objects`, and forbidden where it is not in them."""

GROUP, VERSION = "argoproj.io", "v1alpha1"
"""Of the one kind that is not built in."""
ROLLOUTS = {
    "name": "rollouts",
    "kind": "Rollout",
    "namespaced": True,
    "shortNames": ["ro"],
    "verbs": ["get", "list", "patch"],
}


class ApiServer:
    """What the handler shows, and what it was asked."""

    def __init__(self, cluster: Cluster, page: int) -> None:
        self.cluster = cluster
        self.page = page
        self.requests: list[tuple[str, str]] = []
        self.patches: list[tuple[str, Any]] = []
        self.rollouts: list[dict[str, Any]] = []
        self.agents: set[str] = set()
        self.objects: dict[str, list[dict[str, Any]]] = {plural: [] for plural in QUOTAS}
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
            kind, items = self.items(plural, namespace)
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

    def items(self, plural: str, namespace: str | None) -> tuple[str, list[dict[str, Any]]]:
        """Return the kind of a resource, and all objects of it."""
        if plural == "rollouts":
            return "Rollout", copy.deepcopy(self.rollouts)
        if plural not in KINDS or plural in QUOTAS:
            raise Refused(403, "Forbidden", f"{plural} is forbidden")
        kind = KINDS[plural]
        return kind, self.cluster.list(kind, namespace)

    def written(self, work: Callable[[Cluster], Any], query: dict[str, str]) -> Any:
        """Change the cluster, or a copy of it in a dry run; return what comes of it."""
        return work(self.cluster.copy() if query.get("dryRun") == "All" else self.cluster)

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

    def do_POST(self) -> None:
        self._answer(self._evict)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

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
        except ManifestError as error:
            code, body = 422, status(422, "Invalid", str(error))
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
        if path in (["apis"], ["api", "v1"]) or (path[:1] == ["apis"] and len(path) == 3):
            return discovered(path)
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
        kind, items = self.shown.items(plural, namespace)
        if kind == "Rollout":
            return next(each for each in items if each["metadata"]["name"] == name)
        return self.shown.cluster.get(kind, name, namespace or "")

    def _patch(self, path: list[str], query: dict[str, str]) -> Any:
        namespace, plural, name, rest = parts(path)
        body, content = self._body(), self.headers["Content-Type"]
        self.shown.patches.append((content, body))
        kind, types = KINDS[plural], {"strategic-merge-patch", "merge-patch", "json-patch"}
        word = content.removeprefix("application/").partition("+")[0]

        def work(cluster: Cluster) -> Any:
            if word == "apply-patch":
                if query["force"] == "false" and body["metadata"].get("labels") == {"of": "others"}:
                    raise Refused(409, "Conflict", 'conflict with "kubectl": .metadata.labels')
                cluster.apply(body)
                return cluster.get(kind, name, namespace or "")
            found = cluster.get(kind, name, namespace or "")
            assert word in types
            cluster.apply(patched(found, word.partition("-")[0], body))  # type: ignore[arg-type]
            return cluster.get(kind, name, namespace or "")

        assert rest in ([], ["scale"])
        return self.shown.written(work, query)

    def _evict(self, path: list[str], query: dict[str, str]) -> Any:
        namespace, plural, name, rest = parts(path)
        body = self._body()
        assert (plural, rest, body["kind"]) == ("pods", ["eviction"], "Eviction")
        assert body["metadata"] == {"name": name, "namespace": namespace}
        try:
            self.shown.written(lambda cluster: cluster.evict(name, namespace or ""), query)
        except RefusedError as error:
            raise Refused(429, "TooManyRequests", str(error)) from error
        return {"kind": "Status", "status": "Success"}

    def _delete(self, path: list[str], query: dict[str, str]) -> Any:
        namespace, plural, name, _ = parts(path)
        assert self._body()["propagationPolicy"] == "Background"
        kind = KINDS[plural]
        self.shown.written(lambda cluster: cluster.delete(kind, name, namespace or ""), query)
        return {"kind": "Status", "status": "Success"}

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))


def discovered(path: list[str]) -> dict[str, Any]:
    """Return which groups there are, or which resources in one version of a group."""
    if path == ["apis"]:
        version = {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}
        return {"groups": [{"name": GROUP, "preferredVersion": version}]}
    mine = path[1:] == [GROUP, VERSION]
    status_of = {**ROLLOUTS, "name": "rollouts/status"}
    return {"resources": [ROLLOUTS, status_of] if mine else []}


def parts(path: list[str]) -> tuple[str | None, str, str, list[str]]:
    """Return namespace, resource, name and sub-resource of a path."""
    rest = path[2:] if path[0] == "api" else path[3:]
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2:
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
