"""Bodies of recorded requests that were not recorded as they were."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS: Final = (
    (re.compile(r"a Pod (\S+) with annotation a of (\d+) times x"), "pod"),
    (re.compile(r"Secret (\S+) with data\.a of (\d+) A"), "secret"),
    (re.compile(r"Deployment (\S+) whose container has one argument of (\d+) x"), "deployment"),
)
_REPEATED: Final = re.compile(r"(?:(\w+): )?(\d+) times '?(\w)'?")
_ITEM_REPEATED: Final = re.compile(r"list of (\d+) times the item")


def built(body: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a body in which what was too large to be recorded is made as its note tells."""
    if not isinstance(body, dict):
        return body
    if "$note" not in body:
        return {key: built(value) for key, value in body.items()}
    note = body["$note"]
    if found := _ITEM_REPEATED.fullmatch(note):
        return [body["item"]] * int(found[1])
    if found := _REPEATED.fullmatch(note):
        text = found[3] * int(found[2])
        return {found[1]: text} if found[1] else text
    return _large_object(body)


def _large_object(body: dict[str, Any]) -> dict[str, Any]:
    """Return an object of a size that the API refuses, or just takes."""
    for pattern, kind in _TEXTS:
        found = pattern.search(body["$note"])
        if found is None:
            continue
        name, size = found[1], int(found[2])
        container = {"name": "c", "image": "nginx"}
        if kind == "pod":
            metadata = {"name": name, "annotations": {"a": "x" * size}}
            spec: dict[str, Any] = {"containers": [container]}
            return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        if kind == "secret":
            data = {"a": "A" * size}
            return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}
        labels = {"app": name}
        spec = {"containers": [{**container, "args": ["x" * size]}]}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        }
    return body


def objects_before(case: Mapping[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Return the objects that a case finds there, made from what it shows of them later."""
    path = case["steps"][0]["request"]["path"]
    found: dict[str, dict[str, Any]] = {}
    for step in case["steps"]:
        body = step["response"]["body"]
        if not isinstance(body, dict) or str(body.get("kind")).startswith("Partial"):
            continue
        for item in body.get("items") or ():
            metadata = item["metadata"]
            spec = copy.deepcopy(item.get("spec") or {})
            for generated in ("selector", "manualSelector"):
                if "jobs" in path:
                    spec.pop(generated, None)
            if path.endswith("/jobs"):
                spec["template"].pop("metadata", None)
            manifest = {
                "apiVersion": body["apiVersion"],
                "kind": body["kind"].removesuffix("List"),
                "metadata": {"name": metadata["name"], "labels": {"n": metadata["labels"]["n"]}},
                "spec": spec,
            }
            found.setdefault(metadata["name"], manifest)
    return [(found[name], path) for name in sorted(found)]
