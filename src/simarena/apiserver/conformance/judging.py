"""Cases of requests and recorded answers, played against a server of our own and compared."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.conformance.bodies import built, objects_before
from simarena.apiserver.conformance.placeholders import Bindings
from simarena.apiserver.conformance.playing import Answer, Player
from simarena.apiserver.serving import ApiServer, ServeSettings
from simarena.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WAITED: Final = "after waiting"
_WAITED_S: Final = 60
_HEADERS: Final = ("content-type", "warning", "retry-after")
_PLACEHOLDER: Final = re.compile(r"<(?:rv|uid):\d+>")
_ADDRESS: Final = re.compile(r"\d+\.\d+\.\d+\.\d+")
_WITH_MANAGERS: Final = re.compile(r"managedfields-|cr-apply")
_ITEMS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "APIGroupList": ("groups", "name"),
    "APIGroupDiscoveryList": ("items", "metadata"),
}
_OF_A_BUILD: Final = ("gitCommit", "gitTreeState", "goVersion", "buildDate")


@dataclass(slots=True)
class JudgedStep:
    """One request of a case."""

    number: int
    what: str
    differences: list[str] = field(default_factory=list)


def judge_case(case: Mapping[str, Any]) -> list[JudgedStep]:
    """Return how each request of a case was answered by a server that has nothing else in it."""
    settings = ServeSettings(tls=False)
    with ApiServer(Cluster(), settings) as server:
        return list(_Play(case, server).steps())


class _Play:
    """One case on a server."""

    def __init__(self, case: Mapping[str, Any], server: ApiServer) -> None:
        self._case = case
        self._server = server
        host, _, port = server.url.removeprefix("http://").partition(":")
        self._player = Player(host, int(port), server.token)
        self._bindings = Bindings()
        self._keeps_managers = case["family"] == "apply" or bool(_WITH_MANAGERS.match(case["name"]))
        self._last_write = 0

    def steps(self) -> Iterator[JudgedStep]:
        """Yield how each step was judged."""
        self._prepare()
        steps = self._case["steps"]
        number = 0
        while number < len(steps):
            step = steps[number]
            inner = int(step.get("while_open") or 0)
            held: list[JudgedStep] = []

            def within(first: int = number + 1, several: int = inner, to: Any = held) -> None:  # noqa: ANN401
                for each in range(first, first + several):
                    to.append(self._judged(each))

            judged = self._judged(number, within if inner else None)
            yield judged
            yield from held
            number += 1 + inner

    def _prepare(self) -> None:
        namespace = self._case["namespace"]
        if namespace:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
            self._send("POST", "/api/v1/namespaces", body)
        if self._case["controllers"]:
            self._server.advance(1.0)
        if (self._case.get("note") or "").startswith("three objects"):
            for body, path in objects_before(self._case):
                self._send("POST", path, body)

    def _send(self, method: str, path: str, body: Any) -> Answer:  # noqa: ANN401 - JSON
        headers = {"content-type": "application/json", "accept": "application/json"}
        request = {"method": method, "path": path, "query": {}, "headers": headers, "body": body}
        return self._player.play(request)

    def _judged(self, number: int, while_open: Any = None) -> JudgedStep:  # noqa: ANN401
        step = self._case["steps"][number]
        request = {**self._bindings.substituted(step["request"])}
        request["body"] = built(request["body"])
        expected = step["response"]
        judged = JudgedStep(number, f"{request['method']} {request['path']}")
        waited = _WAITED_S if _WAITED in (step.get("note") or "") else 0
        try:
            answer = self._player.play(request, while_open, _num_events(expected))
            while waited and answer.status != expected["status"]:
                self._server.advance(1.0)
                waited -= 1
                answer = self._player.play(request)
        except OSError as error:
            judged.differences.append(f"no answer: {error}")
            return judged
        judged.differences.extend(self._differences(number, request, expected, answer))
        return judged

    def _differences(
        self,
        number: int,
        request: Mapping[str, Any],
        expected: Mapping[str, Any],
        answer: Answer,
    ) -> Iterator[str]:
        if expected["status"] != answer.status:
            told = answer.body.get("message") if isinstance(answer.body, dict) else answer.body
            yield f"status {answer.status}, recorded {expected['status']} ({str(told)[:200]})"
            self._bind_only(expected["body"], answer.body)
            return
        for name in _HEADERS:
            recorded, found = expected["headers"].get(name), answer.headers.get(name)
            if recorded != found and not (found is None and answer.status == 204):  # noqa: PLR2004
                yield f"header {name}: {found!r}, recorded {recorded!r}"
        wanted, found = copy.deepcopy(expected["body"]), answer.body
        if isinstance(wanted, dict) and "$note" in wanted:
            return
        if isinstance(wanted, str) and isinstance(found, str):
            wanted, found = wanted.rstrip(), found.rstrip()
        if not self._keeps_managers:
            _drop_managers(found)
        _drop_unserved(wanted, found)
        for pointer in self._case["unstable"]:
            self._loosen(wanted, found, pointer, f"/{number}/response/body")
        self._loosen_lists(wanted, found)
        yield from self._bindings.differences(wanted, found)
        if request["method"] != "GET" and isinstance(found, dict):
            version = str((found.get("metadata") or {}).get("resourceVersion") or "")
            if version.isdigit():
                self._last_write = max(self._last_write, int(version))

    def _bind_only(self, expected: Any, found: Any) -> None:  # noqa: ANN401 - JSON
        """Take note of what placeholders stand for, whatever else differs."""
        if isinstance(expected, dict) and isinstance(found, dict):
            for key in expected.keys() & found.keys():
                self._bind_only(expected[key], found[key])

    def _loosen(self, wanted: Any, found: Any, pointer: str, prefix: str) -> None:  # noqa: ANN401
        """Leave out of the comparison what differed between two plays of the record."""
        if not pointer.startswith(f"{prefix}/"):
            return
        *above, last = pointer.removeprefix(f"{prefix}/").split("/")
        for key in above:
            wanted, found = _step(wanted, key), _step(found, key)
        if isinstance(wanted, list):
            self._loosen_item(wanted, found, last)
        elif isinstance(wanted, dict) and last in wanted:
            value = found.pop(last, None) if isinstance(found, dict) else None
            self._bind_loosely(wanted.pop(last), value)

    def _loosen_item(self, wanted: list[Any], found: Any, last: str) -> None:  # noqa: ANN401
        index = int(last)
        both = isinstance(found, list) and index < len(found)
        if index < len(wanted) and both:
            self._bind_loosely(wanted[index], found[index])
            wanted[index] = found[index]

    def _bind_loosely(self, expected: Any, value: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(expected, str) or value is None:
            return
        if _PLACEHOLDER.fullmatch(expected):
            self._bindings.loose[expected] = str(value)
        elif _ADDRESS.fullmatch(expected):
            self._bindings.chance.setdefault(expected, value)

    def _loosen_lists(self, wanted: Any, found: Any) -> None:  # noqa: ANN401
        """Judge versions of lists and bookmarks by what they may not be, and leave them out."""
        if not isinstance(wanted, dict) or not isinstance(found, dict):
            return
        if "$events" in wanted:
            for one, other in zip(wanted["$events"], found.get("$events", ()), strict=False):
                if isinstance(one, dict) and one.get("type") == "BOOKMARK":
                    self._loosen_version(one.get("object"), (other or {}).get("object"))
            return
        kind = str(wanted.get("kind", ""))
        if not kind.endswith("List") and kind != "Table":
            return
        self._loosen_version(wanted, found)
        for value in (wanted, found):
            metadata = value.get("metadata")
            if isinstance(metadata, dict):
                metadata.pop("remainingItemCount", None)

    def _loosen_version(self, wanted: Any, found: Any) -> None:  # noqa: ANN401 - JSON
        one, other = (wanted or {}).get("metadata"), (found or {}).get("metadata")
        if not isinstance(one, dict) or not isinstance(other, dict):
            return
        recorded, actual = one.get("resourceVersion"), other.get("resourceVersion")
        if recorded is None or actual is None or not str(actual).isdigit():
            return
        items = (found or {}).get("items") or ()
        newest = max(
            (int((each.get("metadata") or {}).get("resourceVersion") or 0) for each in items),
            default=0,
        )
        if int(actual) >= max(newest, self._last_write):
            self._bind_loosely(one.pop("resourceVersion"), other.pop("resourceVersion"))


def _num_events(expected: Mapping[str, Any]) -> int:
    body = expected["body"]
    return len(body.get("$events") or ()) if isinstance(body, dict) else 0


def _step(value: Any, key: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list) and key.isdigit():
        return value[int(key)] if int(key) < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def _drop_managers(value: Any) -> None:  # noqa: ANN401 - JSON
    """Take out what records have only in some families."""
    if isinstance(value, dict):
        metadata = value.get("metadata")
        if isinstance(metadata, dict):
            metadata.pop("managedFields", None)
        for each in value.values():
            _drop_managers(each)
    elif isinstance(value, list):
        for each in value:
            _drop_managers(each)


def _drop_unserved(wanted: Any, found: Any) -> None:  # noqa: ANN401 - JSON
    """Leave out of documents of discovery the groups that only one of the two serves."""
    if not isinstance(wanted, dict) or not isinstance(found, dict):
        return
    if "gitVersion" in wanted:
        for value in (wanted, found):
            for name in _OF_A_BUILD:
                value.pop(name, None)
        return
    if set(wanted) == {"paths"}:
        both = set(wanted["paths"]) & set(found.get("paths") or ())
        for value in (wanted, found):
            value["paths"] = [each for each in value["paths"] if each in both]
        return
    if wanted.get("kind") not in _ITEMS_OF or found.get("kind") != wanted["kind"]:
        return
    field_name, by = _ITEMS_OF[wanted["kind"]]

    def group(item: Mapping[str, Any]) -> str:
        return str(item[by] if by == "name" else item[by].get("name", ""))

    served = {group(each) for each in found[field_name]}
    served &= {group(each) for each in wanted[field_name]}
    for value in (wanted, found):
        value[field_name] = [each for each in value[field_name] if group(each) in served]


def is_played(case: Mapping[str, Any]) -> bool:
    """Return whether a case is one of requests over HTTP."""
    return all(isinstance(step["request"].get("path"), str) for step in case["steps"])
