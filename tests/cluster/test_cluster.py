"""The Cluster, used as its users do."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import (
    check_world,
    deployment,
    digest,
    node,
    pod,
    replicaset,
    world_of,
)

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.messages.clock import EPOCH
from simarena.cluster.messages.naming import generated_name
from simarena.errors import ConfigError, ManifestError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable


def names(manifests: list[dict[str, Any]]) -> list[str]:
    return [manifest["metadata"]["name"] for manifest in manifests]


def where(cluster: Cluster, name: str) -> str | None:
    found: str | None = cluster.get("Pod", name)["spec"].get("nodeName")
    return found


# time


def test_time_passes_only_when_told_to() -> None:
    cluster = Cluster([node()])
    cluster.apply(pod())
    assert cluster.now_ms == 0
    assert cluster.get("Pod", "solo")["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    cluster.advance(0.002)
    assert where(cluster, "solo") == "n1"
    assert cluster.get("Pod", "solo")["status"]["phase"] == "Pending"
    cluster.advance(1)
    assert cluster.get("Pod", "solo")["status"]["phase"] == "Running"
    assert cluster.now_ms == 1_002


def test_a_later_beginning_moves_all_times_and_changes_nothing_else() -> None:
    def life(begin: datetime | None) -> list[tuple[int, str, str]]:
        cluster = Cluster([node()], config=ClusterConfig(kubelet="real"), begin=begin)
        begun_ms = cluster.now_ms
        cluster.apply(deployment(replicas=3))
        cluster.advance(60)
        created = datetime.fromisoformat(cluster.list("Pod")[0]["metadata"]["creationTimestamp"])
        assert abs(created - (begin or EPOCH)) < timedelta(seconds=60)
        cluster.delete("Pod", names(cluster.list("Pod"))[0])
        cluster.settle()
        told = [
            ((cluster.now_ms - begun_ms), each["reason"], each["message"])
            for each in cluster.events()
        ]
        return sorted(told)

    assert life(datetime(2026, 11, 30, 12, tzinfo=UTC)) == life(None)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12])
def test_time_goes_forward_and_not_for_ever(seconds: float) -> None:
    cluster = Cluster()
    with pytest.raises(ConfigError, match="seconds must be from 0"):
        cluster.advance(seconds)
    with pytest.raises(ConfigError, match="seconds must be from 0"):
        cluster.settle(seconds)


def test_settling_is_over_although_a_pod_waits_for_room() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(deployment(replicas=3, cpu="1"))
    assert cluster.settle()
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 1
    assert cluster.now_ms < 5_000
    assert not Cluster([node()]).now_ms


def test_settling_says_when_the_limit_came_first() -> None:
    cluster = Cluster([node()], config=ClusterConfig(pod_startup_ms=9_000))
    cluster.apply(pod())
    assert not cluster.settle(limit_seconds=3)
    assert cluster.now_ms == 3_000


# pods


def test_a_pod_that_arrives_with_a_node_is_bound_there_whatever_it_asks() -> None:
    taints = [{"key": "k", "value": "v", "effect": "NoSchedule"}]
    cluster = Cluster([node(), node("full", cpu="1", taints=taints)])
    cluster.apply(pod("large", "3", nodeName="full"))
    assert where(cluster, "large") == "full"
    cluster.apply(pod("next", "1"))
    cluster.advance(5)
    assert where(cluster, "next") == "n1"
    assert cluster.get("Pod", "large")["status"]["phase"] == "Running"


def test_a_pod_on_a_node_that_is_not_there_is_refused_and_leaves_nothing() -> None:
    cluster = Cluster([node()])
    before = digest(world_of(cluster))
    with pytest.raises(ManifestError, match="there is no such node"):
        cluster.apply(pod(nodeName="n9"))
    assert cluster.list("Pod") == []
    assert digest(world_of(cluster)) == before


def test_names_are_generated_as_the_api_does() -> None:
    cluster = Cluster([node()])
    manifest = pod()
    manifest["metadata"] = {"generateName": "job-"}
    first, second = cluster.apply(manifest), cluster.apply(manifest)
    assert first.name.startswith("job-")
    assert first.name != second.name
    assert len(cluster.list("Pod")) == 2


def test_a_pods_spec_cannot_be_changed_but_its_labels_can() -> None:
    cluster = Cluster([node()])
    cluster.apply(pod(cpu="1"))
    cluster.advance(3)
    cluster.apply(pod(cpu="1"))
    labelled = pod(cpu="1")
    labelled["metadata"]["labels"] = {"tier": "front"}
    cluster.apply(labelled)
    assert names(cluster.list("Pod", selector={"tier": "front"})) == ["solo"]
    assert cluster.list("Pod", selector={"app": "solo"}) == []
    with pytest.raises(ManifestError, match="pod updates may not change fields other than"):
        cluster.apply(pod(cpu="2"))
    check_world(world_of(cluster))


def test_what_get_returns_can_be_applied_again() -> None:
    cluster = Cluster([node()])
    manifest = pod()
    manifest["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "1", "memory": "1Gi"}}
    for each in (manifest, deployment(), replicaset()):
        cluster.apply(each)
    cluster.settle()
    before = digest(world_of(cluster))
    for kind in ("Pod", "Node"):
        for each in cluster.list(kind):
            cluster.apply(each)
    assert digest(world_of(cluster)) == before


def test_a_deleted_pod_of_a_replicaset_comes_back_under_another_name() -> None:
    cluster = Cluster([node()])
    cluster.apply(replicaset(replicas=2))
    cluster.settle()
    gone = names(cluster.list("Pod"))[0]
    cluster.delete("Pod", gone)
    cluster.settle()
    assert len(cluster.list("Pod")) == 2
    assert gone not in names(cluster.list("Pod"))


def test_a_pod_being_deleted_says_so_until_its_node_let_go() -> None:
    cluster = Cluster([node()], config=ClusterConfig(termination_ms=2_000))
    cluster.apply(pod())
    cluster.advance(3)
    cluster.delete("Pod", "solo")
    assert "deletionTimestamp" in cluster.get("Pod", "solo")["metadata"]
    cluster.delete("Pod", "solo")
    cluster.advance(2)
    with pytest.raises(NotFoundError):
        cluster.get("Pod", "solo")
    cluster.apply(pod())
    cluster.advance(3)
    assert cluster.get("Pod", "solo")["status"]["phase"] == "Running"


# workloads


def test_a_deployment_makes_a_replicaset_that_makes_pods() -> None:
    cluster = Cluster([node()])
    assert str(cluster.apply(deployment(replicas=2))) == "Deployment default/web"
    cluster.settle()
    (child,) = cluster.list("ReplicaSet")
    assert (
        child["metadata"]["ownerReferences"][0]["uid"]
        == (cluster.get("Deployment", "web")["metadata"]["uid"])
    )
    pods = cluster.list("Pod", namespace="default", selector={"app": "web"})
    assert len(pods) == 2
    for each in pods:
        (owner,) = each["metadata"]["ownerReferences"]
        assert (owner["name"], owner["uid"]) == (
            child["metadata"]["name"],
            child["metadata"]["uid"],
        )
        assert each["metadata"]["name"].startswith(f"{owner['name']}-")
        assert cluster.get("Pod", each["metadata"]["name"]) == each
    assert cluster.get("ReplicaSet", child["metadata"]["name"]) == child


def test_an_edit_rolls_the_pods_over() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment(replicas=2, cpu="500m"))
    cluster.settle()
    before = names(cluster.list("Pod"))
    cluster.apply(deployment(replicas=2, cpu="1"))
    cluster.settle()
    pods = cluster.list("Pod")
    assert set(names(pods)).isdisjoint(before)
    assert {p["spec"]["containers"][0]["resources"]["requests"]["cpu"] for p in pods} == {"1"}
    web = cluster.get("Deployment", "web")
    assert web["metadata"]["generation"] == 2
    assert web["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    assert web["status"]["updatedReplicas"] == web["status"]["readyReplicas"] == 2


def test_deleting_a_deployment_deletes_what_it_owns() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment())
    cluster.apply(pod())
    cluster.settle()
    cluster.delete("Deployment", "web")
    cluster.settle()
    assert cluster.list("Deployment") == cluster.list("ReplicaSet") == []
    assert names(cluster.list("Pod")) == ["solo"]
    cluster.apply(deployment(replicas=1))
    cluster.settle()
    assert cluster.get("Deployment", "web")["metadata"]["generation"] == 1
    check_world(world_of(cluster))


def test_a_deployment_makes_a_deleted_replicaset_again() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment())
    cluster.settle()
    (before,) = cluster.list("ReplicaSet")
    cluster.delete("ReplicaSet", before["metadata"]["name"])
    cluster.settle()
    (after,) = cluster.list("ReplicaSet")
    assert after["metadata"]["name"] == before["metadata"]["name"]
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 2


def test_an_invalid_manifest_changes_nothing() -> None:
    cluster = Cluster([node()])
    bad = deployment()
    bad["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1x"}}
    with pytest.raises(ManifestError, match="quantities must match the regular expression"):
        cluster.apply(bad)
    assert cluster.list("Deployment") == []


# nodes


def test_a_new_node_takes_the_pods_that_wait() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(pod("p", "3"))
    cluster.settle()
    assert where(cluster, "p") is None
    cluster.apply(node("large", cpu="8"))
    cluster.settle()
    assert where(cluster, "p") == "large"


def test_a_node_that_is_too_small_wakes_nobody() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(pod("p", "3"))
    cluster.settle()
    attempts = world_of(cluster).state[0]["num_attempts"]
    cluster.apply(node("small", cpu="2"))
    cluster.settle()
    assert world_of(cluster).state[0]["num_attempts"] == attempts


def test_a_node_may_grow_be_cordoned_and_opened() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(pod("p", "3"))
    cluster.settle()
    cluster.apply(node(cpu="4", unschedulable=True))
    cluster.settle()
    assert where(cluster, "p") is None
    taints = cluster.get("Node", "n1")["spec"]["taints"]
    assert taints == [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    cluster.apply(node(cpu="4"))
    cluster.settle()
    assert where(cluster, "p") == "n1"


def test_pods_of_a_node_that_leaves_go_and_their_controllers_replace_them() -> None:
    cluster = Cluster([node(), node("n2")])
    cluster.apply(deployment(replicas=4))
    cluster.apply(pod("bare", nodeName="n2"))
    cluster.settle()
    cluster.delete("Node", "n2")
    assert names(cluster.list("Node")) == ["n1"]
    cluster.settle()
    pods = cluster.list("Pod")
    assert {each["spec"].get("nodeName") for each in pods} <= {"n1", None}
    assert len(pods) == 4
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 4
    cluster.apply(node("n2"))
    cluster.apply(pod("again", nodeName="n2"))
    assert where(cluster, "again") == "n2"
    check_world(world_of(cluster))


def test_a_full_node_that_leaves_is_no_accident() -> None:
    config = ClusterConfig(termination_ms=1_000)
    cluster = Cluster([node(cpu="1k", memory="1Ti", pods=9_999)], config=config)
    cluster.apply(deployment(replicas=1_000, cpu="1m", memory="1Mi"))
    cluster.settle()
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 1_000
    cluster.delete("Node", "n1")
    cluster.settle()
    assert {p["status"]["phase"] for p in cluster.list("Pod")} == {"Pending"}


# other kinds


def test_other_kinds_are_kept_and_given_back() -> None:
    cluster = Cluster()
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    cluster.apply(service)
    cluster.apply(space)
    assert cluster.get("Service", "web")["spec"]["selector"] == {"app": "web"}
    assert cluster.get("Namespace", "shop")["metadata"]["name"] == "shop"
    assert names(cluster.list("Service", "default")) == ["web"]
    assert cluster.list("Service", "other") == []
    cluster.delete("Service", "web")
    assert cluster.list("Service") == []


def test_lists_are_sorted_and_filtered() -> None:
    cluster = Cluster([node("b"), node("a")])
    for namespace, name in (("z", "one"), ("a", "two"), ("a", "three")):
        manifest = pod(name)
        manifest["metadata"].update(namespace=namespace, labels={"odd": str(len(name) % 2)})
        cluster.apply(manifest)
    assert names(cluster.list("Pod")) == ["three", "two", "one"]
    assert names(cluster.list("Pod", "a", {"odd": "1"})) == ["three", "two"]
    assert names(cluster.list("Pod", selector={"odd": "0"})) == []
    assert names(cluster.list("Node", "any")) == ["a", "b"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("Pod", 'pods "x" not found'),
        ("Deployment", 'deployments.apps "x" not found'),
        ("ReplicaSet", 'replicasets.apps "x" not found'),
        ("Node", 'nodes "x" not found'),
        ("Ingress", 'ingresses.networking.k8s.io "x" not found'),
        ("NetworkPolicy", 'networkpolicies.networking.k8s.io "x" not found'),
        ("Endpoints", 'endpoints "x" not found'),
        ("StorageClass", 'storageclasses.storage.k8s.io "x" not found'),
        ("Banana", 'the server doesn\'t have a resource type "Banana"'),
    ],
)
def test_what_is_not_there_is_told_in_kubectls_words(kind: str, said: str) -> None:
    cluster = Cluster()
    for act in (cluster.get, cluster.delete):
        with pytest.raises(NotFoundError) as caught:
            act(kind, "x")
        assert str(caught.value).startswith(said)


def test_an_unknown_kind_cannot_be_listed() -> None:
    kinds = "simulated kinds are CronJob, DaemonSet, Deployment, HorizontalPodAutoscaler, Job, Node"
    with pytest.raises(NotFoundError, match=kinds):
        Cluster().list("pods")


def test_what_comes_out_cannot_reach_in() -> None:
    cluster = Cluster([node()])
    manifest = pod()
    cluster.apply(manifest)
    manifest["spec"]["containers"][0]["name"] = "changed"
    cluster.get("Pod", "solo")["spec"]["containers"][0]["name"] = "changed"
    cluster.list("Node")[0]["metadata"]["name"] = "changed"
    assert cluster.get("Pod", "solo")["spec"]["containers"][0]["name"] == "main"
    assert names(cluster.list("Node")) == ["n1"]


# snapshots and seeds


def busy(seed: int = 0) -> Cluster:
    config = ClusterConfig(pod_startup_jitter_ms=5_000, termination_ms=700)
    cluster = Cluster([node("a"), node("b"), node("c")], config=config, seed=seed)
    cluster.apply(deployment(replicas=7, cpu="700m"))
    cluster.apply(pod("solo", "1"))
    cluster.advance(2)
    cluster.apply(deployment(replicas=9, cpu="800m"))
    cluster.advance(0.5)
    return cluster


def go_on(cluster: Cluster) -> None:
    cluster.delete("Pod", "solo")
    cluster.apply(node("d"))
    cluster.advance(4)
    cluster.apply(deployment("api", 3))
    cluster.delete("Node", "b")
    cluster.advance(60)


def everything(cluster: Cluster) -> tuple[object, ...]:
    kinds = ("Node", "Pod", "ReplicaSet", "Deployment")
    return [cluster.list(kind) for kind in kinds], cluster.events(), cluster.history()


def test_a_snapshot_continued_equals_the_original_continued() -> None:
    cluster = busy()
    saved = cluster.snapshot()
    before = digest(world_of(cluster)), copy.deepcopy(everything(cluster))
    go_on(cluster)
    after = digest(world_of(cluster)), everything(cluster)
    for _ in range(2):
        cluster.restore(saved)
        assert (digest(world_of(cluster)), everything(cluster)) == before
        go_on(cluster)
        assert (digest(world_of(cluster)), everything(cluster)) == after


def test_equal_seeds_give_equal_clusters_bit_by_bit() -> None:
    first, again, other = busy(5), busy(5), busy(6)
    for cluster in (first, again, other):
        go_on(cluster)
    assert digest(world_of(first)) == digest(world_of(again)) != digest(world_of(other))
    assert everything(first) == everything(again) != everything(other)


def test_a_seed_is_not_negative() -> None:
    with pytest.raises(ConfigError, match="seed must be a whole number from 0"):
        Cluster(seed=-1)


@pytest.mark.parametrize("nodes", [True, None, 5, "node-1", b"node-1", node("n1")])
def test_what_is_no_list_of_nodes_is_refused(nodes: Any) -> None:
    with pytest.raises(ManifestError, match="nodes must be a list of manifests, got"):
        Cluster(nodes)


ODD_NAMES: dict[str, Callable[[Cluster, Any], object]] = {
    "get": lambda cluster, odd: cluster.get("Pod", odd),
    "get a kind": lambda cluster, odd: cluster.get(odd, "a"),
    "get in": lambda cluster, odd: cluster.get("Pod", "a", odd),
    "delete": lambda cluster, odd: cluster.delete("Pod", odd),
    "delete a kind": lambda cluster, odd: cluster.delete(odd, "a"),
    "list": lambda cluster, odd: cluster.list(odd),
    "list in": lambda cluster, odd: cluster.list("Node", odd),
    "list by": lambda cluster, odd: cluster.list("Node", selector=odd),
    "events": lambda cluster, odd: cluster.events(odd),
    "metrics": lambda cluster, odd: cluster.metrics(odd),
    "metrics in": lambda cluster, odd: cluster.metrics("Pod", odd),
    "logs": lambda cluster, odd: cluster.logs(odd),
    "logs in": lambda cluster, odd: cluster.logs("a", odd),
    "evict": lambda cluster, odd: cluster.evict(odd),
    "cordon": lambda cluster, odd: cluster.cordon(odd),
    "uncordon": lambda cluster, odd: cluster.uncordon(odd),
    "drain": lambda cluster, odd: cluster.drain(odd),
    "taint": lambda cluster, odd: cluster.taint("n1", odd),
    "taint a node": lambda cluster, odd: cluster.taint(odd, "a:NoSchedule"),
    "set_node_ready": lambda cluster, odd: cluster.set_node_ready(odd, ready=True),
    "restore": lambda cluster, odd: cluster.restore(odd),
    "replay": lambda cluster, odd: cluster.replay(odd),
    "config": lambda _, odd: Cluster(config=odd),
}


@pytest.mark.parametrize("odd", [5, True, b"a", ["a"]])
@pytest.mark.parametrize("name", list(ODD_NAMES))
def test_what_is_of_another_kind_than_is_asked_for_is_refused(name: str, odd: Any) -> None:
    cluster = Cluster([node("n1")])
    with pytest.raises(ConfigError, match=r"must be .*, got") as caught:
        ODD_NAMES[name](cluster, odd)
    assert str(caught.value).isprintable()


def test_nodes_given_at_the_start_are_as_those_applied_one_by_one() -> None:
    zones = [{"topology.kubernetes.io/zone": f"z{number % 3}"} for number in range(64)]
    nodes = [node(f"n{number}", labels=labels) for number, labels in enumerate(zones)]
    nodes[7]["status"]["images"] = [{"names": ["web:1"], "sizeBytes": 500_000_000}]
    together, one_by_one = Cluster(nodes, seed=5), Cluster(seed=5)
    for each in nodes:
        one_by_one.apply(each)
    for cluster in (together, one_by_one):
        cluster.apply(deployment("web", 60, "500m"))
        cluster.advance(30)
    assert digest(world_of(together)) == digest(world_of(one_by_one))
    assert together.list("Node") == one_by_one.list("Node")
    changed = Cluster([node("n1"), node("n2"), node("n1", cpu="9")])
    assert [each["status"]["allocatable"]["cpu"] for each in changed.list("Node")] == ["9", "4"]
    assert together.list("Pod") == one_by_one.list("Pod")


def test_a_generated_name_that_is_taken_is_not_given_again() -> None:
    first, cluster = Cluster([node()], seed=3), Cluster([node()], seed=3)
    generated = pod()
    del generated["metadata"]["name"]
    generated["metadata"]["generateName"] = "task-"
    number = int(world_of(cluster).state[0]["next_uid"])
    taken = generated_name("task-", int(world_of(first).state[0]["uid_seed"]), number + 1)
    cluster.apply(pod(taken))
    assert cluster.apply(generated).name != taken
    assert len(cluster.list("Pod")) == 2


def test_an_old_replicaset_keeps_what_it_was_made_from() -> None:
    cluster = Cluster([node(cpu="16")])
    before = deployment("web", 2)
    before["metadata"]["annotations"] = {"team": "a"}
    before["spec"]["minReadySeconds"] = 1
    cluster.apply(before)
    cluster.advance(30)
    (made,) = cluster.list("ReplicaSet")
    after = deployment("web", 3, "500m")
    after["metadata"]["annotations"] = {"team": "b"}
    after["spec"]["minReadySeconds"] = 2
    cluster.apply(after)
    cluster.advance(60)
    sets = {each["metadata"]["name"]: each for each in cluster.list("ReplicaSet")}
    old = sets.pop(made["metadata"]["name"])
    (new,) = sets.values()
    assert [each["metadata"]["annotations"]["team"] for each in (old, new)] == ["a", "b"]
    assert [each["spec"]["minReadySeconds"] for each in (old, new)] == [1, 2]
