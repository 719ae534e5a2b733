from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._contents import contents
from tests.examples import examples
from tests.fuzz import corpus
from tests.fuzz.mutation import mutated

from simarena.cluster import Cluster, ClusterConfig
from simarena.errors import ApiRefusalError, ManifestError, SimArenaError

if TYPE_CHECKING:
    from collections.abc import Callable

MANIFESTS = corpus.manifests()


def fresh() -> Cluster:
    cluster = Cluster([corpus.plain_node("node-1")], config=ClusterConfig(kubelet="real"))
    for manifest in corpus.surroundings():
        cluster.apply(manifest)
    return cluster


def three_cpus(**more: Any) -> dict[str, Any]:
    """A Deployment of 50 pods, of which a node of 8 CPUs holds 2."""
    spec = corpus.plain_pod_spec()
    spec["containers"][0]["resources"] = {"requests": {"cpu": "3", "memory": "1Mi"}}
    spec["containers"][0].update(more)
    return corpus.deployment("hungry", spec, replicas=50)


def at(path: str, value: object) -> Callable[[], dict[str, Any]]:
    """A Deployment with another value somewhere in its pods' spec."""

    def make() -> dict[str, Any]:
        manifest = corpus.deployment("web", corpus.pod_spec())
        *keys, last = path.split(".")
        found: Any = manifest["spec"]["template"]
        for key in keys:
            found = found[int(key) if key.isdigit() else key]
        found[int(last) if last.isdigit() else last] = value
        return manifest

    return make


def revision(data: object) -> dict[str, Any]:
    """A ControllerRevision, whose data may be anything."""
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "web-1"},
        "revision": 1,
        "data": data,
    }


def test_a_manifest_that_was_refused_is_refused_again() -> None:
    cluster = fresh()
    wrong = three_cpus(readinessProbe={"periodSeconds": "5"})
    for _ in range(2):
        with pytest.raises(
            ManifestError,
            match=r"string into .*readinessProbe\.periodSeconds of type int32",
        ):
            cluster.apply(wrong)
    assert cluster.list("Deployment") == []
    cluster.apply(three_cpus())
    cluster.advance(60)
    assert sum(pod["status"]["phase"] == "Running" for pod in cluster.list("Pod")) == 2


def test_a_pod_that_cannot_be_explained_leaves_nothing_behind() -> None:
    cluster = fresh()
    pod = {**three_cpus(readinessProbe={"periodSeconds": "5"})["spec"]["template"]}
    pod |= {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hungry"}}
    before = contents(cluster)
    for _ in range(2):
        with pytest.raises(
            ManifestError,
            match=r"string into .*readinessProbe\.periodSeconds of type int32",
        ):
            cluster.explain(pod)
    assert contents(cluster) == before


def test_explaining_a_pod_changes_nothing() -> None:
    cluster = fresh()
    before = contents(cluster)
    pod = next(each for each in MANIFESTS if each["metadata"].get("name") == "bare")
    cluster.explain(pod)
    assert contents(cluster) == before


def test_only_pods_are_explained() -> None:
    with pytest.raises(ManifestError, match="Deployment default/web cannot be explained"):
        fresh().explain(MANIFESTS[0])


def test_extended_resources_that_find_no_room_are_not_counted() -> None:
    cluster = fresh()
    many = {f"example.com/r{number}": "1" for number in range(20)}
    spec = corpus.plain_pod_spec()
    spec["containers"][0]["resources"] = {"limits": many}
    before = contents(cluster)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "greedy", "namespace": "default"},
        "spec": spec,
    }
    for manifest in (corpus.deployment("greedy", spec), pod):
        with pytest.raises(ManifestError, match="one extended resource too many"):
            cluster.apply(manifest)
    node = corpus.plain_node("node-2")
    node["status"]["allocatable"].update(many)
    with pytest.raises(ManifestError, match="one extended resource too many"):
        cluster.apply(node)
    assert contents(cluster) == before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (at("spec.containers.0.ports.0.hostPort", "8080"), "ports.hostPort of type int32"),
        (
            at("spec.containers.0.ports.0.hostPort", 70_000),
            "ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            at("spec.containers.0.readinessProbe.periodSeconds", 2**31),
            "cannot unmarshal number 2147483648 into Go struct field Probe",
        ),
        (at("spec.priority", 2**31), "PodSpec.spec.template.spec.priority of type int32"),
        (at("spec.nodeSelector", 5), "spec.nodeSelector of type map[string]string"),
        (at("spec.hostNetwork", "yes"), "spec.hostNetwork of type bool"),
        (at("spec.restartPolicy", ["Always"]), "cannot unmarshal array into Go struct field"),
        (at("spec.tolerations.1.tolerationSeconds", "60"), "tolerationSeconds of type int64"),
        (at("spec.topologySpreadConstraints.0.maxSkew", 2**31), "maxSkew of type int32"),
        (at("metadata.annotations", ["a"]), "metadata.annotations of type map[string]string"),
        (
            at("spec.containers.0.resources", {"requests": {"cpu": "10000000000000"}}),
            "cpu must be at most",
        ),
        (at("spec.x", 10**30), "x is an integer of more than 64 bits"),
        (at("spec.x", float("nan")), "x is not a finite number"),
        (at("spec.x", "\ud800"), "x has half a character"),
        (at("spec.nodeSelector", {"\ud800": "1"}), "nodeSelector has a key that is not text"),
        (at("spec.nodeSelector", {1: "2"}), "nodeSelector has a key that is not text"),
        (at("spec.x", {"y": 10**30}), 'unknown field "spec.template.spec.x"'),
        (at("spec.x", object()), "x is a object, which a manifest cannot hold"),
        (at("spec.x", b"x"), "x is a bytes, which a manifest cannot hold"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_place(
    make: Callable[[], dict[str, Any]], message: str
) -> None:
    cluster = fresh()
    before = contents(cluster)
    with pytest.raises(ManifestError) as raised:
        cluster.apply(make())
    assert message in str(raised.value)
    assert contents(cluster) == before


@pytest.mark.parametrize("depth", [200, 3_000])
def test_a_manifest_may_not_be_nested_without_end(depth: int) -> None:
    value: Any = None
    for _ in range(depth):
        value = {"a": [value]}
    with pytest.raises(ManifestError, match="is nested more than 128 deep"):
        fresh().apply(revision(value))


def test_a_manifest_may_not_hold_itself() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ManifestError, match="is nested more than 128 deep, or holds itself"):
        fresh().apply(revision({"a": value}))


def test_a_manifest_that_would_be_larger_than_memory_is_refused_at_once() -> None:
    value: list[Any] = ["ha"] * 10
    for _ in range(12):
        value = [value] * 10
    with pytest.raises(ManifestError, match="holds more than 1,000,000 values"):
        fresh().apply(revision({"a": value}))


def test_a_message_is_one_printable_line() -> None:
    manifest = corpus.deployment("web")
    manifest["metadata"]["labels"] = {"a\nb\x1b[31m": "5"}
    with pytest.raises(ManifestError) as raised:
        fresh().apply(manifest)
    assert str(raised.value).isprintable()
    assert r'metadata.labels: Invalid value: "a\nb\u001b[31m"' in str(raised.value)


def test_a_field_that_is_null_is_one_that_is_missing() -> None:
    given = corpus.deployment("web")
    given["spec"].update(minReadySeconds=None, progressDeadlineSeconds=None, paused=None)
    given["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["minDomains"] = None
    cluster = fresh()
    cluster.apply(given)
    spec = cluster.get("Deployment", "web")["spec"]
    assert spec["progressDeadlineSeconds"] == 600
    assert "minReadySeconds" not in spec


def test_seconds_beyond_32_bits_of_milliseconds_are_kept_and_waited_for() -> None:
    manifest = corpus.deployment("web", corpus.plain_pod_spec(), replicas=1)
    manifest["spec"].update(minReadySeconds=3_000_000, progressDeadlineSeconds=4_000_000)
    manifest["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 3_000_000
    manifest["spec"]["template"]["metadata"]["annotations"] = {}
    cluster = Cluster([corpus.plain_node("node-1")])
    cluster.apply(manifest)
    cluster.advance(2_999_000)
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 1
    assert "availableReplicas" not in cluster.get("Deployment", "web")["status"]
    cluster.advance(2_000)
    assert cluster.get("Deployment", "web")["status"]["availableReplicas"] == 1
    cluster.delete("Deployment", "web")
    cluster.advance(1)
    assert cluster.list("Pod") == []


@pytest.mark.parametrize(
    "images",
    [
        "x",
        [5],
        ["x"],
        [{"names": "x"}],
        [{"names": [5]}],
        [{"sizeBytes": "5"}],
        [{"sizeBytes": -1}],
    ],
)
def test_a_node_with_malformed_images_is_refused(images: object) -> None:
    node = corpus.plain_node("node-2")
    node["status"]["images"] = images
    cluster = fresh()
    before = contents(cluster)
    with pytest.raises(ManifestError, match=r"status\.images"):
        cluster.apply(node)
    assert contents(cluster) == before


lives = st.lists(
    st.tuples(st.sampled_from(range(len(MANIFESTS))), st.integers(0, 10_000), st.integers(0, 40)),
    min_size=1,
    max_size=8,
)


@examples(30)
@given(lives)
def test_a_cluster_lives_on_as_if_it_had_never_seen_what_it_refused(
    steps: list[tuple[int, int, int]],
) -> None:
    """Each refused manifest is given twice to one of two clusters, each accepted one to both."""
    tried, spared = fresh(), fresh()
    for number, seed, seconds in steps:
        manifest = mutated(random.Random(seed), MANIFESTS[number])
        if asks_for_many(manifest):
            continue
        refusal = applied(tried, manifest)
        if refusal:
            assert applied(tried, manifest) == refusal
        else:
            applied(spared, manifest)
        assert applied(tried, MANIFESTS[number]) == applied(spared, MANIFESTS[number])
        for cluster in (tried, spared):
            cluster.advance(seconds)
        assert contents(tried) == contents(spared)
    assert tried.events() == spared.events()


def applied(cluster: Cluster, manifest: Any) -> str:
    """Apply a manifest; return why it was refused, empty if it was not."""
    try:
        cluster.apply(manifest)
    except SimArenaError as error:
        return str(error)
    return ""


def asks_for_many(manifest: Any) -> bool:
    return any(
        isinstance(value, int) and value > 50
        for key, value in inside(manifest, 50)
        if key in {"replicas", "parallelism", "completions", "minReplicas", "partition"}
    )


def inside(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        for key, each in value.items():
            yield key, each
            yield from inside(each, depth - 1)
    elif isinstance(value, list) and depth:
        for each in value:
            yield from inside(each, depth - 1)


@pytest.mark.parametrize("field", ["strategy", "paused", "revisionHistoryLimit"])
def test_what_only_a_deployment_has_is_no_field_of_a_replicaset(field: str) -> None:
    replicaset = {**corpus.deployment("set", corpus.plain_pod_spec()), "kind": "ReplicaSet"}
    replicaset["spec"] = {**replicaset["spec"], "strategy": {}, field: "\x00"}
    cluster = fresh()
    with pytest.raises(ApiRefusalError, match=f'unknown field "spec.{field}"'):
        cluster.apply(replicaset)
    cluster.apply(replicaset, field_validation="ignore")
    assert field not in cluster.get("ReplicaSet", "set")["spec"]
