"""Recorded cases of a real API server, and the objects that their steps begin with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUBRESOURCES = {"status", "scale", "eviction", "binding", "log", "token", "finalize"}


@dataclass(frozen=True)
class Step:
    """One request of a case, with what was there before and what was answered."""

    case: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int | None
    answer: Any
    before: dict[str, Any] | None
    """The object of the path as it was last seen in the case; None if it was not."""
    warnings: list[str]
    """Texts of the warnings that came with the answer."""
    objects: dict[str, dict[str, Any]]
    """All objects by their paths, as they were last seen."""

    @property
    def subresource(self) -> str:
        last = self.path.rsplit("/", 1)[-1]
        return last if last in SUBRESOURCES and self.path.count("/") > 4 else ""


def family(shared: Path, name: str) -> Iterator[list[Step]]:
    """Yield the steps of each case of a family."""
    with (shared / "conformance-hard" / "api" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield list(_steps(json.loads(TIME.sub(_time, line))))


def warnings(header: str) -> list[str]:
    return [each.replace('\\"', '"') for each in re.findall(r'299 - "((?:[^"\\]|\\.)*)"', header)]


TIME = re.compile(r"<time:(\d+)>")


def _time(found: re.Match[str]) -> str:
    """Return a time that comes after those with lower numbers."""
    return f"2026-01-01T00:{int(found[1]):02}:00Z"


def _steps(case: dict[str, Any]) -> Iterator[Step]:
    seen: dict[str, dict[str, Any]] = {}
    for step in case["steps"]:
        request, response = step["request"], step["response"]
        answer = response["body"]
        query = request["query"] if isinstance(request["query"], dict) else {}
        one = Step(
            f"{case['family']}/{case['name']}",
            request["method"],
            request["path"],
            query,
            request["headers"] or {},
            request["body"],
            response["status"],
            answer,
            None,
            warnings((response["headers"] or {}).get("warning") or ""),
            {},
        )
        path = one.path.removesuffix(f"/{one.subresource}") if one.subresource else one.path
        yield replace(one, before=seen.get(path), objects=dict(seen))
        if not isinstance(answer, dict) or "metadata" not in answer:
            continue
        if one.subresource in {"binding", "eviction"} and path in seen:
            del seen[path]  # what became of it is not told
        if answer.get("kind") == "Scale" and path in seen:
            spec = seen[path]["spec"] | {"replicas": answer["spec"].get("replicas", 0)}
            seen[path] = seen[path] | {"spec": spec}
        if answer.get("kind") in {None, "Status", "Scale", "Table"} or "dryRun" in query:
            continue
        name = answer["metadata"].get("name")
        if name and response["status"] in {200, 201}:
            seen[path if one.method != "POST" else f"{path}/{name}"] = answer
