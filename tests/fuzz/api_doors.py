"""Doors of the Kubernetes API: patches, protobuf, and whole requests to a served cluster."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import TYPE_CHECKING, Any

from tests.fuzz import corpus
from tests.fuzz.mutation import mutated, mutated_bytes
from tests.fuzz.surprises import SurpriseError, taken

if TYPE_CHECKING:
    import random

_TOKEN = "a-token-of-the-fuzzer"
_CLOCK = "/apis/simarena.dev/v1/clock"
_PROTOBUF = "application/vnd.kubernetes.protobuf"
_PATCHES = {
    "json": [
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "y"},
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "move", "from": "/metadata/labels/app", "path": "/metadata/labels/b~1c"},
        {"op": "copy", "from": "/spec/replicas", "path": "/spec/minReadySeconds"},
        {"op": "add", "path": "/metadata/finalizers", "value": ["x/y"]},
    ],
    "merge": {"metadata": {"labels": {"a": None}}, "spec": {"replicas": 3, "paused": True}},
    "strategic": {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["x/y"]},
        "spec": {
            "$retainKeys": ["template", "selector"],
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "d"}, {"name": "main"}],
                    "containers": [
                        {"name": "d", "image": "z"},
                        {"name": "main", "$patch": "delete"},
                    ],
                }
            },
        },
    },
}
"""Sound patches of a Deployment, by type."""

_TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


def body_of(rng: random.Random, sound: object) -> bytes:
    """Return a body with something wrong in it: in what it says, or in its bytes."""
    body = json.dumps(sound).encode()
    if rng.random() < 0.3:
        return mutated_bytes(rng, body)
    try:
        return json.dumps(mutated(rng, sound)).encode()
    except (TypeError, ValueError, RecursionError):  # values that JSON does not have
        return mutated_bytes(rng, body)


class PatchDoor:
    """Patches of all types, and what is applied, on one object, which stays as it is."""

    def __init__(self) -> None:
        from simarena.apiserver.patching import Write, applied, type_of_kind

        kind = type_of_kind("apps/v1", "Deployment")
        assert kind is not None
        self._kind = kind
        self._write = Write(manager="m", api_version="apps/v1", time="2026-01-01T00:00:00Z")
        self._sound = _deployment()
        self._live = applied(kind, {}, copy.deepcopy(self._sound), self._write)
        self._before = copy.deepcopy(self._live)

    def __call__(self, rng: random.Random) -> bool:
        """Make a patched object, or refuse."""
        from simarena.apiserver import patching

        name = rng.choice(list(_TYPES))
        body = body_of(rng, _PATCHES.get(name, self._sound))

        def make() -> None:
            made: object
            if name == "apply":
                given = patching.decode_apply(body)
                made = patching.applied(self._kind, self._live, given, self._write, force=True)
            else:
                patch = patching.decode_patch(body)
                if name == "json":
                    made = patching.json_patched(self._live, patch)
                elif name == "merge":
                    made = patching.merge_patched(self._live, patch)
                else:
                    made = patching.strategic_patched(self._kind, self._live, patch)
            json.dumps(made)

        accepted = taken(make)
        if self._live != self._before:
            message = f"a patch has changed what it was made from: {body[:300]!r}"
            raise SurpriseError(message)
        return accepted


class ProtobufDoor:
    """Objects as protobuf, damaged as bytes."""

    def __init__(self) -> None:
        from simarena.apiserver.protobuf.objects import encoded

        made = (encoded(each) for each in (_deployment(), corpus.node(), _pod()))
        self._sound = [each for each in made if each is not None]

    def __call__(self, rng: random.Random) -> bool:
        """Read a damaged body; what comes out is written again."""
        from simarena.apiserver.protobuf.objects import decoded, encoded

        body = mutated_bytes(rng, rng.choice(self._sound))

        def read() -> None:
            found = decoded(body)
            json.dumps(found)
            encoded(found)

        return taken(read)


class RequestDoor:
    """Requests to the API of a cluster that lives for a few of them."""

    def __init__(self) -> None:
        self._left = 0

    def __call__(self, rng: random.Random) -> bool:
        """Create, replace, patch or delete an object with a body, or at a path, that is odd."""
        if self._left == 0:
            self._begin()
        self._left -= 1
        method, path, kind, body = self._request(rng)
        before = self._server.api.store.version
        code, answer = self._sent(method, path, body, kind)
        if code >= 400 and self._server.api.store.version != before:
            message = f"refused ({code}), and yet something has changed"
            raise SurpriseError(message)
        self._look(code, answer, f"{method} {path}")
        if code < 400 and rng.random() < 0.2:
            advance = {"apiVersion": "simarena.dev/v1", "kind": "Clock"}
            advance["spec"] = {"advanceSeconds": rng.choice((1, 40))}  # type: ignore[assignment]
            self._look(*self._sent("POST", _CLOCK, json.dumps(advance).encode()), "clock")
            for listed in ("/api/v1/pods", "/api/v1/events", "/apis/apps/v1/deployments"):
                self._look(*self._sent("GET", listed), listed)
        return code < 400

    def _begin(self) -> None:
        from simarena.apiserver.serving import ApiServer, ServeSettings
        from simarena.cluster import Cluster

        self._left = 40
        nodes = [corpus.plain_node("node-1"), corpus.plain_node("node-2")]
        self._server = ApiServer(Cluster(nodes), ServeSettings(token=_TOKEN, tls=False))
        self._app = self._server.app()
        for each in (_deployment(), _pod()):
            code, answer = self._sent("POST", _collection(each), json.dumps(each).encode())
            assert code == 201, answer

    def _request(self, rng: random.Random) -> tuple[str, str, str, bytes]:
        sound = rng.choice((_deployment(), _pod(), *_served()))
        collection, name = _collection(sound), sound["metadata"].get("name", "none")
        path = f"{collection}/{name}"
        match rng.randrange(6):
            case 0:
                return "PATCH", path, _TYPES["apply"], body_of(rng, sound)
            case 1:
                type_, patch = rng.choice(list(_PATCHES.items()))
                path = f"{_collection(_deployment())}/plain"
                return "PATCH", path, _TYPES[type_], body_of(rng, patch)
            case 2:
                return "PUT", path, "application/json", body_of(rng, sound)
            case 3:
                odd = mutated_bytes(rng, f"{path}?limit=5&labelSelector=app%3Dx".encode())
                return rng.choice(("GET", "DELETE")), odd.decode("latin-1"), "application/json", b""
            case 4:
                from simarena.apiserver.protobuf.objects import encoded

                made = encoded(sound) or b""
                return "POST", collection, _PROTOBUF, mutated_bytes(rng, made)
            case _:
                sound["metadata"]["name"] = f"new-{self._left}"
                return "POST", collection, "application/json", body_of(rng, sound)

    def _look(self, code: int, answer: bytes, what: str) -> None:
        """Raise SurpriseError if an answer tells of a defect.

        Messages quote what was sent, as the API's do: JSON keeps them in a line. Patches that
        fail have 500 without a reason.
        """
        status = json.loads(answer) if code >= 400 and answer.startswith(b"{") else {}
        if status.get("reason") == "InternalError":
            message = f"{what.partition('?')[0]}: {code} {status['message']}"
            raise SurpriseError(message)

    def _sent(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """Return code and body of what is answered to a request."""
        raw, _, query = path.encode("latin-1").partition(b"?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": raw.decode("latin-1"),
            "raw_path": raw,
            "query_string": query,
            "headers": [
                (b"host", b"127.0.0.1"),
                (b"authorization", f"Bearer {_TOKEN}".encode()),
                (b"content-type", kind.encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        given = [{"type": "http.request", "body": body, "more_body": False}]
        answered: list[Any] = []

        async def receive() -> Any:
            return given.pop(0) if given else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            answered.append(message)

        asyncio.run(self._app(scope, receive, send))  # type: ignore[arg-type]
        if not answered:
            return 499, b""
        return answered[0]["status"], b"".join(each.get("body", b"") for each in answered[1:])


def _deployment() -> dict[str, Any]:
    return corpus.deployment("plain", corpus.plain_pod_spec())


def _pod() -> dict[str, Any]:
    metadata = {"name": "solo", "namespace": "default", "labels": {"app": "solo"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": corpus.plain_pod_spec(),
    }


def _served() -> list[dict[str, Any]]:
    """Return what else is written to an API: an object of each kind with a namespace or without."""
    return [copy.deepcopy(each) for each in corpus.manifests()]


def _collection(manifest: dict[str, Any]) -> str:
    from simarena.trace.kinds import KINDS

    kind = KINDS[manifest["kind"]]
    root = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.api_version}"
    return (
        f"{root}/namespaces/default/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"
    )
