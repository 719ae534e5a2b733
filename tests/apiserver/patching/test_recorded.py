"""Patches, applies and owners of fields, as a real API server of 1.36.2 answered."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.apiserver.records import family

from simarena.apiserver.patching.applying import applied
from simarena.apiserver.patching.bodies import decode_apply, decode_patch, strict_error
from simarena.apiserver.patching.field_set import FieldSet
from simarena.apiserver.patching.json_patch import json_patched
from simarena.apiserver.patching.managed import Write, reset_fields, updated
from simarena.apiserver.patching.merge_patch import merge_patched
from simarena.apiserver.patching.schema import DEDUCED, Type, custom_type, type_of_kind
from simarena.apiserver.patching.strategic import strategic_patched
from simarena.apiserver.patching.unknown import known_fields, unknown_fields
from simarena.errors import ApiError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apiserver.records import Step

FAMILIES = {
    "admission": 10,
    "crd": 7,
    "delete": 8,
    "deletecollection": 1,
    "immutability": 39,
    "list": 17,
    "namespace-termination": 1,
    "patch-json": 17,
    "patch-merge": 15,
    "patch-strategic": 43,
    "put": 56,
    "subresources": 23,
    "table": 19,
    "validation": 9,
    "watch": 14,
}
"""Patches of each family that can be judged by themselves; others are refused later, such as by
validation, or begin with an object that the case has not shown."""

OURS = (
    "error decoding patch",
    "invalid patch format",
    "Invalid JSON Patch",
    "Request entity too large: The allowed maximum operations",
    "the server rejected our request due to an error in our request",
    "does not contain declared merge key",
    "unknown patch type",
)
"""What the API says where a patch itself cannot be made; other refusals come later."""

DEFAULTS = {
    "imagePullPolicy",
    "resources",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "protocol",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "dnsPolicy",
    "securityContext",
    "schedulerName",
    "replicas",
    "apiVersion",
    "rollingUpdate",
    "minReadySeconds",
    "type",
    "defaultMode",
    "targetPort",
    "lastProbeTime",
    "lastTransitionTime",
    "lastState",
    "state",
    "averageUtilization",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "conditions",
    "nodePort",
    "status",
    "storedVersions",
    "behavior",
    "default",
    "defaultRequest",
    "requests",
    "qosClass",
    "observedGeneration",
    "minReplicas",
    "metrics",
    "currentMetrics",
    "sessionAffinityConfig",
    "lastUpdateTime",
    "startedAt",
    "finishedAt",
    "ipMode",
    "color",  # of the recorded custom resource
}
"""Fields that defaulting adds, and so need not come out of a patch."""
SERVERS_OWN = {
    "resourceVersion",
    "generation",
    "managedFields",
    "deletionTimestamp",
    "creationTimestamp",
}


def patched(step: Step, kind: Type) -> Any:
    before = step.before or {}
    body = step.body
    if isinstance(body, dict) and set(body) == {"$note", "item"}:
        body = [body["item"]] * 10_001
    if isinstance(body, str):
        body = decode_patch(body.encode())
    content = step.headers["content-type"].split(";")[0]
    if content == "application/json-patch+json":
        return json_patched(before, body)
    if content == "application/merge-patch+json":
        return merge_patched(before, body)
    return strategic_patched(kind, before, body)


def as_object(found: object) -> dict[str, Any]:
    assert isinstance(found, dict)
    return found


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Return where an object differs from what the server made of it, besides defaults."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for name in ours.keys() | theirs.keys():
            if name in SERVERS_OWN and path == ".metadata":
                continue
            if name not in theirs:
                if ours[name] not in ({}, []):
                    found.append(f"{path}.{name}: only ours")
            elif name not in ours:
                if name not in DEFAULTS:
                    found.append(f"{path}.{name}: only theirs")
            else:
                found += differences(ours[name], theirs[name], f"{path}.{name}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            each
            for index, pair in enumerate(zip(ours, theirs, strict=True))
            for each in differences(*pair, f"{path}[{index}]")
        ]
    return [] if ours == theirs else [f"{path}: {ours!r} is not {theirs!r}"]


def seen_part(step: Step, found: dict[str, Any]) -> dict[str, Any]:
    """Return what of a patched object the endpoint takes."""
    before = step.before or {}
    of_status = step.subresource == "status"
    for part, taken in (("spec", not of_status), ("status", of_status)):
        source = found if taken else before
        if part in source:
            found[part] = source[part]
        else:
            found.pop(part, None)
    if step.subresource == "status" and found.get("kind") == "Deployment":
        found["metadata"] = dict(found["metadata"])
        found["metadata"].pop("labels", None)
        if "labels" in before["metadata"]:
            found["metadata"]["labels"] = before["metadata"]["labels"]
    return found


def judged(step: Step) -> list[str] | None:
    """Return where a patch comes out otherwise; None where it cannot be judged by itself."""
    content = str(step.headers.get("content-type"))
    if "patch+json" not in content or step.before is None or step.status in {405, 415}:
        return None
    if step.subresource == "scale":  # another object, which was not seen before
        return None
    refusal = step.answer if isinstance(step.answer, dict) and step.answer.get("code") else None
    kind = type_of_kind(step.before["apiVersion"], step.before["kind"]) or DEDUCED
    try:
        found = patched(step, kind)
    except ApiError as error:
        return judged_refusal(error, refusal)
    if refusal is not None:
        ours = any(each in refusal["message"] for each in OURS)
        return [f"not refused: {refusal['message']}"] if ours else None
    return differences(seen_part(step, as_object(known_fields(kind, found))), step.answer)


def judged_refusal(error: ApiError, refusal: dict[str, Any] | None) -> list[str]:
    told = error.status
    wanted = copy.deepcopy(refusal or {})
    for each in (told, wanted):
        begin = "error decoding patch"
        if str(each.get("message")).startswith(begin):  # what follows are words of Go's decoder
            each["message"] = begin
    return [] if told == wanted else [f"refused: {error.status['message']}"]


@pytest.mark.parametrize("name", FAMILIES)
def test_patches_come_out_as_recorded(shared: Path, name: str) -> None:
    wrong = []
    right = 0
    for steps in family(shared, name):
        for step in steps:
            if step.method != "PATCH" or "apply-patch" in str(step.headers.get("content-type")):
                continue
            result = judged(step)
            right += result == []
            if result:
                wrong.append(f"{step.case} {step.path}: {result}")
    assert wrong == []
    assert right == FAMILIES[name]


# --- applies ----------------------------------------------------------------------------------


def kind_of(step: Step, custom: dict[str, Type]) -> Type:
    body = step.body if isinstance(step.body, dict) else {}
    spoken = step.before or body
    version, word = spoken.get("apiVersion", ""), spoken.get("kind", "")
    return type_of_kind(version, word) or custom.get(word, DEDUCED)


def write_of(step: Step, version: str, time: str | None, *, custom: bool) -> Write:
    kind = (step.before or step.body).get("kind", "")
    reset = reset_fields(kind, step.subresource, has_status=True, custom=custom)
    manager = step.query.get("fieldManager") or "recorder"
    return Write(
        manager=manager,
        api_version=version,
        time=time,
        subresource=step.subresource,
        reset=FieldSet() if kind in {"ConfigMap", "PriorityClass"} else reset,
    )


APPLY_LATER = (
    "field is immutable",
    "is invalid",
    "has been modified",
    "not found",
    "strict decoding",
)


@pytest.mark.parametrize(("name", "applies"), [("apply", 41), ("crd", 3)])
def test_applies_come_out_as_recorded(shared: Path, name: str, applies: int) -> None:
    wrong: list[str] = []
    right = 0
    for steps in family(shared, name):
        custom: dict[str, Type] = {}
        scaled: dict[str, Any] | None = None
        for recorded in steps:
            step = recorded
            if step.method == "POST" and isinstance(step.body, dict) and step.status == 201:
                for version in step.body.get("spec", {}).get("versions") or ():
                    schema = (version.get("schema") or {}).get("openAPIV3Schema")
                    custom[step.body["spec"]["names"]["kind"]] = custom_type(schema)
            if step.subresource == "scale" and step.status == 200:
                scaled = scaled_parent(step)
                continue
            if "apply-patch" not in str(step.headers.get("content-type")):
                continue
            if scaled is not None:
                step = replace(step, before=scaled)
            if step.status == 200:
                scaled = None
            result = judged_apply(step, custom)
            right += result == []
            if result:
                wrong.append(f"{step.case} {step.path}: {result}")
    assert wrong == []
    assert right == applies


def scaled_parent(step: Step) -> dict[str, Any] | None:
    """Return what a write of a scale makes of the object that it scales."""
    if step.before is None or step.method == "GET":
        return step.before
    new = copy.deepcopy(step.before)
    new["spec"]["replicas"] = step.answer["spec"]["replicas"]
    kind = type_of_kind(new["apiVersion"], new["kind"]) or DEDUCED
    return updated(kind, step.before, new, write_of(step, new["apiVersion"], None, custom=False))


def judged_apply(step: Step, custom: dict[str, Type]) -> list[str] | None:
    refusal = step.answer if step.answer.get("code") else None
    if isinstance(step.body, str):
        refused = strict_error(step.body.encode())
        told = None if refused is None else refused.status
        return [] if told == refusal and decode_apply(step.body.encode()) else [f"{told}"]
    kind = kind_of(step, custom)
    body = copy.deepcopy(step.body)
    body.get("metadata", {}).pop("resourceVersion", None)
    write = write_of(step, body["apiVersion"], "2026-01-01T00:01:00Z", custom=bool(custom))
    try:
        found = applied(kind, step.before or {}, body, write, force="force" in step.query)
    except ApiError as error:
        if refusal is None:
            return [f"refused: {error.status['message']}"]
        return (
            []
            if unordered(error.status) == unordered(refusal)
            else [f"otherwise: {error.status['message']}"]
        )
    if refusal is not None:
        later = refusal["code"] in {404, 422, 400} or any(
            each in refusal["message"] for each in (*APPLY_LATER, "to proper version")
        )
        return None if later else [f"not refused: {refusal['message']}"]
    made = step.before is None
    if made and step.answer["kind"] == "Node":  # admission taints it
        step.answer["spec"]["taints"].pop()
    return [
        each
        for each in differences(as_object(known_fields(kind, found)), step.answer)
        if not (made and each.endswith("only theirs"))  # what a new object is given besides
    ] + owner_differences(found, step.answer)


def unordered(status: dict[str, Any]) -> dict[str, Any]:
    """Return a refusal with its causes sorted: several managers come in an order of chance."""
    told = copy.deepcopy(status)
    causes = (told.get("details") or {}).get("causes")
    if causes:
        causes.sort(key=lambda each: (each["message"], each["field"]))
    return told


def owner_differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    one, other = (
        [
            {key: value if key != "time" else "time" for key, value in entry.items()}
            for entry in each["metadata"].get("managedFields") or ()
        ]
        for each in (ours, theirs)
    )
    return [] if one == other else [f"owners: {one} are not {other}"]


@pytest.mark.parametrize(
    ("name", "warned"), [("validation", 12), ("patch-json", 2), ("patch-merge", 2)]
)
def test_fields_that_nobody_knows_are_told_as_recorded(
    shared: Path, name: str, warned: int
) -> None:
    right = 0
    for steps in family(shared, name):
        for step in steps:
            told = [each for each in step.warnings if each.startswith("unknown field")]
            if not told or not isinstance(step.body, dict | list):
                continue
            of_body = step.method == "POST"
            spoken = step.body if isinstance(step.body, dict) and of_body else step.before
            kind = type_of_kind(spoken["apiVersion"], spoken["kind"]) if spoken else None
            assert kind is not None
            found = step.body if of_body else patched(step, kind)
            assert [f'unknown field "{each}"' for each in unknown_fields(kind, found)] == told
            right += 1
    assert right == warned


# --- owners after other writes ----------------------------------------------------------------

CONVERTED = ("put/managedfields-daemonset", "PUT", "putter")
"""A step in which the server's own conversion between versions changes a field on the way."""


def before_admission(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object as it is before admission and allocation of addresses add to it."""
    found = copy.deepcopy(found)
    spec = found.get("spec", {})
    for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        spec.pop(name, None)
    if found["kind"] != "Pod":
        return found
    for name in ("serviceAccount", "serviceAccountName", "priority", "preemptionPolicy"):
        spec.pop(name, None)
    spec["tolerations"] = [
        each
        for each in spec.get("tolerations", ())
        if not each["key"].startswith("node.kubernetes.io/")
    ]
    spec["volumes"] = [
        each for each in spec.get("volumes", ()) if "kube-api-access" not in each["name"]
    ]
    for container in spec["containers"]:
        container.pop("volumeMounts", None)
        if not container.get("env"):
            container.pop("env", None)
    for name in ("tolerations", "volumes"):
        if not spec[name]:
            del spec[name]
    return found


def judged_owners(step: Step, live: dict[str, Any]) -> list[str]:
    """Return how owners differ after a write that is no apply."""
    kind = type_of_kind(step.answer["apiVersion"], step.answer["kind"])
    assert kind is not None
    new = before_admission(step.answer)
    given = step.body["metadata"].get("managedFields") if step.method == "PUT" else None
    new = {**new, "metadata": {**new["metadata"], "managedFields": given}}
    entries = step.answer["metadata"].get("managedFields") or []
    time = max((entry["time"] for entry in entries if "time" in entry), default=None)
    write = write_of(step, step.answer["apiVersion"], time, custom=False)
    found = updated(kind, before_admission(live) if live else {}, new, write)
    return owner_differences(found, step.answer)


def test_owners_after_other_writes_are_as_recorded(shared: Path) -> None:
    wrong: list[str] = []
    right = 0
    for steps in family(shared, "put"):
        if "/managedfields-" not in steps[0].case:
            continue
        for step in steps:
            if step.method not in {"POST", "PUT", "PATCH"} or step.answer.get("code"):
                continue
            result = judged_owners(step, step.before or {})
            right += not result
            if result and (step.case, step.method, step.query.get("fieldManager")) != CONVERTED:
                wrong.append(f"{step.case} {step.method}: {result}")
    assert wrong == []
    assert right == 29
