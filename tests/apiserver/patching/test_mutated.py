"""Patches that are malformed in all manners: made, or refused in one line, never in place."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.fuzz.api_doors import body_of
from tests.fuzz.mutation import mutated

from simarena.apiserver.patching import (
    Write,
    applied,
    decode_apply,
    decode_patch,
    json_patched,
    merge_patched,
    strategic_patched,
    type_of_kind,
    unknown_fields,
    updated,
)
from simarena.checks.plain import foreign
from simarena.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

CONTAINER = {"name": "c", "image": "x", "ports": [{"containerPort": 80}], "args": ["a"]}
LIVE = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "w", "uid": "u", "labels": {"a": "b"}, "finalizers": ["x/y"]},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"spec": {"containers": [CONTAINER], "tolerations": [{"key": "a"}]}},
    },
}
JSON_PATCH = [
    {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "y"},
    {"op": "test", "path": "/spec/replicas", "value": 2},
    {"op": "move", "from": "/metadata/labels/a", "path": "/metadata/labels/b~1c"},
    {"op": "add", "path": "/metadata/finalizers/-", "value": "z"},
]
MERGE_PATCH = {"metadata": {"labels": {"a": None}}, "spec": {"template": {"spec": {"x": [1]}}}}
STRATEGIC = {
    "metadata": {"$deleteFromPrimitiveList/finalizers": ["x/y"]},
    "spec": {
        "$retainKeys": ["template"],
        "template": {
            "spec": {
                "$setElementOrder/containers": [{"name": "d"}, {"name": "c"}],
                "containers": [{"name": "d", "image": "z"}, {"name": "c", "$patch": "delete"}],
            }
        },
    },
}
APPLY = {key: value for key, value in LIVE.items() if key != "metadata"} | {
    "metadata": {"name": "w", "labels": {"a": "c"}}
}
WRITE = Write(manager="m", api_version="apps/v1", time="2026-01-01T00:00:00Z")


def owned() -> dict[str, Any]:
    kind = type_of_kind("apps/v1", "Deployment")
    assert kind is not None
    return applied(kind, {}, copy.deepcopy(APPLY), WRITE)


def tried(make: Callable[[], object]) -> bool:
    """Return whether something was made; what is refused must be told in one printable line."""
    try:
        make()
    except ApiError as error:
        refused = error
    else:
        return True
    assert str(refused).isprintable()
    assert refused.status["code"] in {400, 409, 413, 415, 422, 500}
    json.dumps(refused.status)
    return False


@pytest.mark.parametrize("seed", range(4))
def test_patches_of_all_types_are_made_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    kind = type_of_kind("apps/v1", "Deployment")
    assert kind is not None
    live = owned() | {"spec": LIVE["spec"]}
    before = copy.deepcopy(live)
    made = 0
    for _ in range(100):
        body = body_of(rng, JSON_PATCH)
        made += tried(lambda body=body: json_patched(live, decode_patch(body)))  # type: ignore[misc]
        body = body_of(rng, MERGE_PATCH)
        made += tried(lambda body=body: merge_patched(live, decode_patch(body)))  # type: ignore[misc]
        body = body_of(rng, STRATEGIC)
        made += tried(lambda body=body: strategic_patched(kind, live, decode_patch(body)))  # type: ignore[misc]
        body = body_of(rng, APPLY)
        made += tried(
            lambda body=body: applied(kind, live, decode_apply(body), WRITE, force=True)  # type: ignore[misc]
        )
        assert live == before
    assert 40 < made < 400


@pytest.mark.parametrize("seed", range(4))
def test_whatever_owners_an_object_claims_a_write_tells_new_ones(seed: int) -> None:
    rng = random.Random(seed)
    kind = type_of_kind("apps/v1", "Deployment")
    assert kind is not None
    for _ in range(60):
        live = owned()
        new = copy.deepcopy(live)
        new["metadata"]["managedFields"] = mutated(rng, live["metadata"]["managedFields"])
        new["spec"] = mutated(rng, new["spec"])
        if not isinstance(new["spec"], dict) or foreign(new) is not None:
            continue
        found = updated(kind, live, new, WRITE)
        assert isinstance(found["metadata"].get("managedFields", []), list)
        list(unknown_fields(kind, new))
