from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster.manifests.check import normalise, read, read_as
from simarena.cluster.manifests.nodes import NodeCapacity, node_capacity
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.workloads.deployment import rolling_bounds
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from pathlib import Path


def pod(**spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "busybox:1.36"}], **spec},
    }


def deployment(**spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]},
            **spec,
        },
    }


def node(**status: object) -> dict[str, Any]:
    full = {"cpu": "4", "memory": "8Gi", "pods": "20"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1"},
        "status": status or {"allocatable": full},
    }


def test_the_given_manifest_stays_as_it_is() -> None:
    given = deployment()
    before = copy.deepcopy(given)
    normalise(given)
    assert given == before


def test_normalising_twice_changes_nothing_more() -> None:
    for manifest in (pod(), deployment(), node()):
        once = normalise(manifest)
        assert normalise(once) == once


def test_a_deployment_gets_the_defaults_of_the_api() -> None:
    made = normalise(deployment())
    assert read(deployment()).key == ("Deployment", "default", "web")
    assert made["spec"]["replicas"] == 1
    assert made["spec"]["revisionHistoryLimit"] == 10
    assert made["spec"]["progressDeadlineSeconds"] == 600
    assert made["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    spec = made["spec"]["template"]["spec"]
    assert spec["restartPolicy"] == "Always"
    assert spec["schedulerName"] == "default-scheduler"
    assert spec["containers"][0]["imagePullPolicy"] == "IfNotPresent"


def test_what_the_server_sets_is_left_out() -> None:
    given = pod()
    given["metadata"].update(uid="u", resourceVersion="7", creationTimestamp=None)
    given["status"] = {"phase": "Running"}
    made = normalise(given)
    assert made["metadata"] == {"name": "p", "namespace": "default"}
    assert "status" not in made


def test_nodes_have_no_namespace_and_keep_their_status() -> None:
    given = node()
    given["metadata"]["namespace"] = "default"
    made = read(given)
    assert made.key == ("Node", "", "n1")
    assert str(made.key) == "Node n1"
    assert made.manifest["status"] == given["status"]


def test_a_pod_may_wait_for_its_name() -> None:
    given = pod()
    given["metadata"] = {"generateName": "p-", "namespace": "x"}
    made = read_as(given, Pod)
    assert made.manifest["metadata"] == {"generateName": "p-", "namespace": "x"}
    assert made.key.name == ""
    named = made.named("p-abcde")
    assert named.key == ("Pod", "x", "p-abcde")
    assert named.manifest["metadata"] == named.template.manifest["metadata"]
    assert named.manifest["metadata"]["name"] == "p-abcde"


def test_kinds_that_are_only_stored_pass_through() -> None:
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}
    assert normalise(given)["data"] == {"a": "b"}


TAINTED = {"key": "x", "effect": "Never"}
BAD_TERM = {"matchExpressions": [{"key": "a", "operator": "Within", "values": ["1"]}]}
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
AT_TERM = f'Pod "p" is invalid: spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0]'


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ([], "a manifest must be an object, got list"),
        ({"kind": "Gadget"}, "manifest.kind 'Gadget' cannot be simulated; simulated kinds are"),
        ({"kind": "Pod"}, "Pod.apiVersion must not be empty"),
        (
            {"kind": "Deployment", "apiVersion": "extensions/v1beta1"},
            "Deployment.apiVersion must be apps/v1, got 'extensions/v1beta1'",
        ),
        (
            {"kind": "Pod", "apiVersion": "v1"},
            'Pod "" is invalid: [metadata.name: Required value: name or generateName is required, ',
        ),
        ({**pod(), "metadata": {"name": "No"}}, 'Pod "No" is invalid: metadata.name: Invalid'),
        (
            {**pod(), "metadata": {"name": "p", "labels": {"a": 1}}},
            (
                'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number '
                "into Go struct field ObjectMeta.metadata.labels of type string"
            ),
        ),
        (
            pod(containers=[{}]),
            'Pod "p" is invalid: [spec.containers[0].name: Required value, spec.',
        ),
        (
            pod(tolerations=[{"key": "a", "operator": "Lt", "value": "1"}]),
            'Pod "p" is invalid: spec.tolerations[0].operator: Unsupported value: "Lt": ',
        ),
        (
            pod(tolerations=[{"value": "1"}]),
            (
                'Pod "p" is invalid: spec.tolerations[0].operator: Invalid value: "": operator '
                "must be Exists when `key` is empty"
            ),
        ),
        (
            pod(affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [BAD_TERM]}}}),
            f'{AT_TERM}.matchExpressions[0].operator: Invalid value: "Within": not a valid',
        ),
        (
            pod(affinity={"nodeAffinity": {PREFERRED: [{"weight": 101, "preference": {}}]}}),
            (
                f'Pod "p" is invalid: spec.affinity.nodeAffinity.{PREFERRED}[0].weight: '
                "Invalid value: 101: must be in the range 1-100"
            ),
        ),
        (
            pod(topologySpreadConstraints=[{"topologyKey": "zone", "maxSkew": 1}]),
            'Pod "p" is invalid: spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported',
        ),
        (
            deployment(selector=None),
            'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.template.',
        ),
        (
            deployment(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}),
            (
                'Deployment.apps "web" is invalid: spec.strategy.rollingUpdate.maxUnavailable: '
                'Invalid value: "0%": may not be 0 when `maxSurge` is 0'
            ),
        ),
        (
            deployment(strategy={"rollingUpdate": {"maxSurge": "a lot"}}),
            (
                'Deployment.apps "web" is invalid: spec.strategy.rollingUpdate.maxSurge: '
                'Invalid value: "a lot": a valid percent string must be a numeric string '
            ),
        ),
        (
            {**node(), "spec": {"taints": [TAINTED]}},
            'Node "n1" is invalid: metadata.taints[0].effect: Unsupported value: "Never": ',
        ),
        (
            node(allocatable={"cpu": "4"}),
            "node n1 has no allocatable memory; set status.allocatable.memory",
        ),
        (
            node(capacity={"memory": "4Gi"}),
            "node n1 has no allocatable cpu; set status.allocatable.cpu",
        ),
        (
            node(allocatable={"cpu": "4", "memory": "1Gi", "pods": "many"}),
            'Node in version "v1" cannot be handled as a Node: quantities must match',
        ),
    ],
)
def test_errors_name_the_object_and_the_field(manifest: object, message: str) -> None:
    with pytest.raises(ManifestError) as raised:
        normalise(manifest)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_a_node_offers_what_is_allocatable() -> None:
    offered = {"cpu": "3500m", "memory": "7Gi", "pods": "2", "example.com/gpu": "4"}
    offered.update({"hugepages-2Mi": "0", "bandwidth": "lots"})
    capacity = {"cpu": "4", "memory": "8Gi", "pods": "110"}
    expected = NodeCapacity(
        cpu_milli=3500,
        memory_bytes=7 * 1024**3,
        memory_capacity_bytes=8 * 1024**3,
        ephemeral_bytes=0,
        max_pods=2,
        extended={"example.com/gpu": 4},
    )
    assert node_capacity(node(allocatable=offered, capacity=capacity)) == expected
    assert node_capacity(node(capacity=capacity)).cpu_milli == 4000
    assert node_capacity(node(allocatable={"cpu": 1, "memory": 1})).max_pods == 110


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (4, "25%", "25%", (1, 1)),
        (3, "25%", "25%", (1, 0)),
        (1, "25%", "25%", (1, 0)),
        (10, 3, 2, (3, 2)),
        (2, 0, 5, (0, 2)),
        (3, 0, "25%", (0, 1)),
        (0, "25%", "25%", (0, 0)),
    ],
)
def test_surge_rounds_up_and_unavailability_down(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    made = normalise(deployment(replicas=replicas, strategy={"rollingUpdate": rolling}))
    assert rolling_bounds(made["spec"]) == expected


def test_recreating_bounds_nothing() -> None:
    made = normalise(deployment(strategy={"type": "Recreate"}))
    assert rolling_bounds(made["spec"]) == (0, 0)


def test_every_recorded_object_is_accepted(shared: Path) -> None:
    num_objects = 0
    for path in sorted((shared / "conformance").glob("*/*.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line)
            steps = [value for step in case["steps"] for value in step.values()]
            for value in (*case["nodes"], *case.get("objects", []), *steps):
                if isinstance(value, dict) and "kind" in value:
                    normalise(value)
                    num_objects += 1
    assert num_objects > 3000
