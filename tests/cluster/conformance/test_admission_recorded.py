"""The door makes of manifests what a real API server made of them."""

from __future__ import annotations

import json
import re
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.conformance.admission import first_difference, judge_case
from simarena.errors import ApiRefusalError, ManifestError, SimArenaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAMILIES = ("validation", "create-defaults", "admission")
ALLOCATED = re.compile(r"clusterIPs?|nodePort|uid")
OF_THE_SERVER = {
    "already-exists",  # what it finds under a URL
    "create-with-resourceversion",
    "fieldvalidation-bogus",
    "quota-dryrun-and-invalid",  # a second one of the same name
    "quantity-memory-big",  # more than 8 EiB, which is too large to be simulated
    "serviceaccount-missing-default",  # every namespace has its account here
    "service-nodeport-fixed",  # which ports are given out
}
UNREADABLE = "cannot unmarshal"
"""Go's own words for what it cannot read, of which only what comes before them is judged."""


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def posted(shared: Path) -> list[dict[str, Any]]:
    return lines(shared / "conformance-hard" / "admission" / "admission.jsonl")


def test_every_manifest_is_accepted_or_refused_as_recorded(posted: list[dict[str, Any]]) -> None:
    verdicts = [judge_case(case) for case in posted]
    assert [each.case for each in verdicts if not each.agrees] == []
    refused = [each for each in verdicts if each.was_refused]
    assert [each.case for each in refused if not each.same_message] == []
    assert len(refused) == 61


def test_a_judge_sees_what_differs(posted: list[dict[str, Any]]) -> None:
    case = next(each for each in posted if "object" in each["result"])
    case = json.loads(json.dumps(case))
    case["result"]["object"]["spec"]["dnsPolicy"] = "Default"
    verdict = judge_case(case)
    assert verdict.same_answer
    assert not verdict.agrees
    assert verdict.difference == "spec.dnsPolicy: recorded 'Default', says 'ClusterFirst'"
    case["result"] = {"code": 422, "reason": "Invalid", "message": "no"}
    assert not judge_case(case).same_answer


def test_differences_are_named_by_their_place() -> None:
    assert first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == ""
    assert first_difference({"a": [1]}, {"a": [2]}) == "spec.a[0]: recorded 1, says 2"
    assert first_difference({"a": 1}, {}) == "spec.a: recorded 1, says none"
    assert first_difference({}, {"a": 1}) == "spec.a: says 1, recorded is none"


def requests(shared: Path, family: str) -> Iterator[tuple[str, Cluster, dict[str, Any], Any]]:
    """Yield objects that were posted, each with the cluster as it was then, and the answer."""
    for case in lines(shared / "conformance-hard" / "api" / f"{family}.jsonl"):
        cluster = Cluster(config=ClusterConfig(makes_namespaces=False))
        namespace = case["namespace"]
        if namespace:
            made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
            cluster.apply(made)
        for step in case["steps"]:
            request, answer = step["request"], step["response"]
            body = request["body"]
            if request["method"] != "POST" or not is_object(request, body):
                continue
            body = json.loads(json.dumps(body))
            body.setdefault("metadata", {})
            if "/namespaces/" in request["path"]:
                body["metadata"].setdefault("namespace", namespace)
            yield case["name"], cluster, request | {"body": body}, answer
            if answer["status"] < 300 and "dryRun" not in request["query"]:
                try_to_apply(cluster, body)


def is_object(request: dict[str, Any], body: Any) -> bool:
    """Return whether a request posts an object of which the door can tell all."""
    if not isinstance(body, dict) or "kind" not in body or "$note" in json.dumps(body):
        return False
    kept = {"Lease", "Event", "Eviction", "Scale"}
    is_json = request["headers"].get("content-type") == "application/json"
    return is_json and body["kind"] not in kept and isinstance(request["query"], dict)


def try_to_apply(cluster: Cluster, body: dict[str, Any]) -> None:
    # What the API takes may be too much for the simulator.
    with suppress(ManifestError):
        cluster.apply(body, field_validation="ignore")


def answer_of(
    cluster: Cluster, request: dict[str, Any]
) -> tuple[dict[str, Any], SimArenaError | None]:
    validation = {"Strict": "strict", "Ignore": "ignore"}.get(
        request["query"].get("fieldValidation", ""), "warn"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return cluster.dry_run(request["body"], field_validation=validation), None  # type: ignore[arg-type]
        except SimArenaError as error:
            return {}, error


@pytest.mark.parametrize("family", FAMILIES)
def test_requests_to_create_are_answered_as_recorded(shared: Path, family: str) -> None:
    wrong = []
    for name, cluster, request, answer in requests(shared, family):
        if name in OF_THE_SERVER:
            continue
        told, error = answer_of(cluster, request)
        recorded = answer["body"].get("message", "") if answer["status"] >= 300 else ""
        if error is None or not recorded:
            if bool(recorded) != (error is not None):
                wrong.append(f"{name}: recorded {recorded or 'accepted'}, says {error}")
            continue
        assert isinstance(error, ApiRefusalError), name
        if UNREADABLE in recorded:
            before = recorded.partition("json: ")[0]
            if error.code != answer["status"] or not error.text.startswith(before):
                wrong.append(f"{name}: recorded {recorded}, says {error.text}")
        elif "<" not in recorded and "generatename" not in name and error.status != answer["body"]:
            wrong.append(f"{name}: recorded {recorded}, says {error.text}")
        del told
    assert wrong == []


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_created_has_the_recorded_defaults(shared: Path, family: str) -> None:
    from simarena.cluster.conformance.admission import compared

    wrong = []
    for name, cluster, request, answer in requests(shared, family):
        told, error = answer_of(cluster, request)
        if answer["status"] >= 300 or error is not None:
            continue
        difference = first_difference(compared(answer["body"]), compared(told))
        if difference and not ALLOCATED.search(difference.partition(":")[0]):
            wrong.append(f"{name}: {difference}")
    assert wrong == []
