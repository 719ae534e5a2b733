from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from tests.trace._objects import Manifest, container_of, deployment, pod, trace_of

from simarena.errors import TraceError
from simarena.trace import Trace, TraceEvent, check, new_trace
from simarena.trace.codec import decode


def read(values: object) -> Trace:
    return Trace.from_bytes(msgspec.msgpack.encode(values), source="a.sktrace")


def sound() -> dict[str, Any]:
    values: dict[str, Any] = decode(
        trace_of((0, [], []), (5, [deployment()], [pod()])).to_bytes(), ""
    )
    return values


def refusal(values: object) -> str:
    with pytest.raises(TraceError) as caught:
        read(values)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refusal_of(manifest: Manifest) -> str:
    values = sound()
    values["events"][1]["applied_objs"] = [manifest]
    return refusal(values)


def test_a_sound_trace_passes() -> None:
    check(read(sound()))


def test_a_message_names_file_event_object_and_field() -> None:
    manifest = deployment("nginx", namespace="dsb", requests={"cpu": "1x"})
    assert refusal_of(manifest) == (
        "a.sktrace: event 1: Deployment dsb/nginx: "
        "spec.template.spec.containers[0].resources.requests.cpu: '1x' is not a quantity; "
        "write a number and a unit, as 500m or 1.5Gi"
    )


@pytest.mark.parametrize("field", ["config", "events", "index", "pod_lifecycles"])
def test_every_field_of_version_2_is_needed(field: str) -> None:
    values = sound()
    del values[field]
    assert refusal(values).startswith(f"a.sktrace: {field}: is missing")


@pytest.mark.parametrize("version", [None, 0, 3, "2", 2.0, True])
def test_other_versions_are_refused(version: object) -> None:
    assert "version" in refusal({**sound(), "version": version})


@pytest.mark.parametrize("values", [1, "text", [], [1], {}, {1: 2}, None, {"a": 1}])
def test_what_is_no_trace_is_refused(values: object) -> None:
    assert refusal(values).startswith("a.sktrace: ")


@pytest.mark.parametrize("ts", [None, 1.5, "5", True, 2**63])
def test_times_are_whole_seconds(ts: object) -> None:
    values = sound()
    values["events"][1]["ts"] = ts
    assert refusal(values).startswith("a.sktrace: event 1: ts: ")


def test_time_does_not_run_backwards() -> None:
    values = sound()
    values["events"][0]["ts"] = 6
    assert refusal(values) == "a.sktrace: event 1: ts: 5 is before the event in front of it (6)"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("apiVersion", None, "applied_objs[0]: apiVersion: is missing"),
        ("apiVersion", "a/b/c", "apiVersion: cannot be"),
        ("kind", "Dep.loyment", "kind: cannot be"),
        ("kind", 5, "kind: cannot be"),
        ("metadata", None, "metadata: is missing"),
        ("metadata.name", None, "metadata.name: is missing"),
        ("metadata.name", "a\x1b[31m", "metadata.name: cannot be"),
        ("metadata.name", "a/b", "metadata.name: cannot be"),
        ("metadata.namespace", 7, "metadata.namespace: cannot be"),
        ("metadata.labels", {"a": 1}, "metadata.labels: is not a map from text to text"),
        ("spec", None, "Deployment default/web: spec: is missing"),
        ("spec", [], "spec: is not a map"),
        ("spec.replicas", -1, "spec.replicas: must be a whole number"),
        ("spec.replicas", 2.0, "spec.replicas"),
        ("spec.replicas", True, "spec.replicas"),
        ("spec.replicas", "3", "spec.replicas"),
        ("spec.replicas", 2**31, "spec.replicas"),
        ("spec.template", None, "spec.template: is missing"),
        ("spec.template.spec", 1, "spec.template.spec: is not a map"),
        ("spec.template.spec.containers", None, "containers: must be a list with at least one"),
        ("spec.template.spec.containers", [], "containers: must be a list with at least one"),
        ("spec.template.spec.containers", [1], "containers[0]: is not a map"),
        ("spec.template.spec.containers", [{}], "containers[0].name: is missing"),
        ("spec.template.spec.initContainers", {}, "initContainers: must be a list"),
        ("spec.template.spec.overhead", {"cpu": "-1"}, "overhead.cpu: cpu '-1' is negative"),
        ("spec.template.spec.resources", [], "spec.template.spec.resources: is not a map"),
        ("spec.strategy", {"a": [1, b"x"]}, "spec.strategy.a[1]: is a bytes"),
        ("spec.strategy", {"a": {3: 1}}, "spec.strategy.a: has a key that is not text: 3"),
        ("spec.strategy", float("inf"), "spec.strategy: is not a finite number"),
    ],
)
def test_each_field_is_named(path: str, value: object, said: str) -> None:
    manifest = deployment()
    *parents, last = path.split(".")
    spot = manifest
    for name in parents:
        spot = spot[name]
    spot[last] = value
    assert said in refusal_of(manifest)


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ([], "resources: is not a map"),
        ({"requests": []}, "resources.requests: is not a map"),
        ({"requests": {"cpu": None}}, "requests.cpu: a quantity must be text or a number"),
        ({"requests": {"memory": "1e99Gi"}}, "requests.memory: '1e99Gi' is not a quantity"),
        ({"requests": {"memory": "1e99"}}, "requests.memory: quantity '1e99' is too large"),
        ({"limits": {"memory": "-1Gi"}}, "limits.memory: memory '-1Gi' is negative"),
        (
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}},
            "requests.cpu: '2' is more than the limit, '1500m'",
        ),
        ({"requests": {"example.com/gpu": "x"}}, "requests.['example.com/gpu']: 'x'"),
    ],
)
def test_resources_are_what_the_api_takes(resources: object, said: str) -> None:
    manifest = deployment()
    container_of(manifest)["resources"] = resources
    assert said in refusal_of(manifest)


def test_a_request_equal_to_its_limit_in_another_unit_passes() -> None:
    new_trace([deployment(requests={"cpu": "1"}, limits={"cpu": "1000m"})])


def test_deleted_objects_need_only_a_name() -> None:
    values = sound()
    values["events"][1]["deleted_objs"] = [{**deployment(), "spec": {}}]
    read(values)
    del values["events"][1]["deleted_objs"][0]["metadata"]["name"]
    assert "event 1: deleted_objs[0]: metadata.name: is missing" in refusal(values)


@pytest.mark.parametrize(
    ("tracked", "said"),
    [
        ([], "config.trackedObjects: is missing or not a map"),
        ({"Deployment": {}}, "'Deployment' is not a kind as apps/v1.Deployment"),
        ({"apps/v1.Deployment": {"x": 1}}, "is not a field of SimKube's"),
        ({"apps/v1.Deployment": {"trackLifecycle": 1}}, "trackLifecycle: must be bool"),
        ({"apps/v1.Deployment": {"podSpecTemplatePaths": ["/x"]}}, "must be ['/spec/template']"),
        ({"example.com/v1.Thing": {}}, "is needed for a kind that SimKube does not know"),
    ],
)
def test_the_configuration_is_what_simkube_takes(tracked: object, said: str) -> None:
    assert said in refusal({**sound(), "config": {"trackedObjects": tracked}})


@pytest.mark.parametrize(
    "tracked",
    [
        {"apps/v1.Deployment": {}},
        {"v1.Pod": {"podSpecTemplatePaths": [""], "skipOwned": True}},
        {"apps/v1.Deployment": {"podSpecTemplatePath": "/spec/template"}},
        {"example.com/v1.Thing": {"podSpecTemplatePaths": ["/spec/a", "/spec/b"]}},
    ],
)
def test_configurations_that_simkube_takes_pass(tracked: object) -> None:
    read({**sound(), "config": {"trackedObjects": tracked}})


@pytest.mark.parametrize(
    "index", [[], {"Pod": {}}, {"v1.Pod": []}, {"v1.Pod": {"a/b": -1}}, {"v1.Pod": {"a/b": "1"}}]
)
def test_the_index_holds_hashes_by_kind_and_name(index: object) -> None:
    assert refusal({**sound(), "index": index}).startswith("a.sktrace: index")


@pytest.mark.parametrize(
    "lifecycles",
    [
        [],
        {"v1.Pod": {}},
        {("v1.Pod", "a", "b"): {}},
        {("v1.Pod", "a/b"): []},
        {("v1.Pod", "a/b"): {"x": ["Empty"]}},
        {("v1.Pod", "a/b"): {1: []}},
        {("v1.Pod", "a/b"): {1: ["Lost"]}},
        {("v1.Pod", "a/b"): {1: [{"Running": 1.5}]}},
        {("v1.Pod", "a/b"): {1: [{"Finished": [1]}]}},
        {("v1.Pod", "a/b"): {1: [{"Running": 1, "Finished": [1, 2]}]}},
    ],
)
def test_pod_lifecycles_are_what_simkube_takes(lifecycles: object) -> None:
    said = refusal({**sound(), "pod_lifecycles": lifecycles})
    assert said.startswith("a.sktrace: pod_lifecycles")


def test_a_trace_made_by_hand_is_checked_alike() -> None:
    trace = new_trace([deployment()])
    events = copy.deepcopy(trace.events)
    container_of(events[0].applied_objs[0])["resources"]["requests"] = {"cpu": "-1"}
    with pytest.raises(TraceError, match="negative"):
        check(trace.with_events(events))
    with pytest.raises(TraceError, match="is not a list of objects"):
        check(trace.with_events([TraceEvent(0, ())]))  # type: ignore[arg-type]
