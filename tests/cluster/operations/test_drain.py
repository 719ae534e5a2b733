"""Nodes as kubectl handles them: cordon, drain, taint; and evictions under budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._controllers import daemonset
from tests.cluster._objects import check_world, deployment, node, pod, world_of

from simarena.cluster import Cluster
from simarena.cluster.manifests.pods.taints import Taint, Toleration, evicted_after_s
from simarena.errors import ManifestError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest


def budget(name: str = "web", **spec: object) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec},
    }


def cluster_of(replicas: int = 4, num_nodes: int = 2) -> Cluster:
    cluster = Cluster([node(f"n{number}") for number in range(num_nodes)])
    cluster.apply(deployment("web", replicas, "100m", "10Mi"))
    cluster.settle()
    return cluster


def on(cluster: Cluster, name: str) -> int:
    return sum(each["spec"].get("nodeName") == name for each in cluster.list("Pod"))


def test_a_cordoned_node_takes_no_more_pods_until_it_is_uncordoned() -> None:
    cluster = Cluster([node("n0")])
    cluster.cordon("n0")
    assert cluster.get("Node", "n0")["spec"] == {
        "unschedulable": True,
        "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}],
    }
    cluster.apply(deployment("web", 1, "100m"))
    cluster.settle()
    assert on(cluster, "n0") == 0
    cluster.uncordon("n0")
    cluster.settle()
    assert on(cluster, "n0") == 1
    with pytest.raises(NotFoundError, match='nodes "n9" not found'):
        cluster.cordon("n9")


def test_a_drain_moves_all_pods() -> None:
    cluster = cluster_of()
    assert cluster.drain("n0") == ()
    cluster.settle()
    assert (on(cluster, "n0"), on(cluster, "n1")) == (0, 4)
    check_world(world_of(cluster))


def test_a_drain_waits_for_a_budget_and_tries_again_every_five_seconds() -> None:
    cluster = cluster_of(replicas=2, num_nodes=2)
    cluster.apply(budget(minAvailable=1))
    cluster.cordon("n1")  # so that a pod that leaves has no place
    for each in cluster.list("Pod"):
        if each["spec"]["nodeName"] == "n1":
            cluster.evict(each["metadata"]["name"])
    cluster.advance(10)
    held = cluster.drain("n0")
    assert len(held) == 1
    assert held[0].startswith("default/web-")
    cluster.advance(60)
    assert on(cluster, "n0") == 1
    cluster.uncordon("n1")
    cluster.advance(10)  # another pod is ready, then the first may go
    assert on(cluster, "n0") == 0
    cluster.settle()
    assert on(cluster, "n1") == 2


def test_a_drain_ends_with_its_timeout_or_with_uncordon() -> None:
    for end in ("timeout", "uncordon"):
        cluster = cluster_of(replicas=2)
        cluster.apply(budget(minAvailable=2))
        assert cluster.drain("n0", timeout_seconds=12 if end == "timeout" else 0)
        if end == "uncordon":
            cluster.uncordon("n0")
        else:
            cluster.advance(12)
        cluster.delete("PodDisruptionBudget", "web")
        cluster.advance(60)
        assert on(cluster, "n0") == 1


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ({"minAvailable": 3}, 1),
        ({"minAvailable": "50%"}, 2),
        ({"minAvailable": "51%"}, 1),  # of 4 pods: 2.04, rounded up
        ({"maxUnavailable": 1}, 1),
        ({"maxUnavailable": "30%"}, 2),  # 1.2, rounded up
        ({"maxUnavailable": 0}, 0),
    ],
)
def test_evictions_that_a_budget_allows(spec: Manifest, allowed: int) -> None:
    cluster = cluster_of()
    cluster.apply(budget(**spec))
    evicted = 0
    for each in cluster.list("Pod"):
        try:
            cluster.evict(each["metadata"]["name"])
            evicted += 1
        except RefusedError as refusal:
            assert str(refusal) == (  # noqa: PT017 - some of them are let go
                "Cannot evict pod as it would violate the pod's disruption budget."
            )
    assert evicted == allowed


def test_two_budgets_of_one_pod_are_too_many() -> None:
    cluster = cluster_of()
    cluster.apply(budget("a", minAvailable=0))
    cluster.apply(budget("b", minAvailable=0))
    with pytest.raises(RefusedError, match="more than one PodDisruptionBudget"):
        cluster.evict(cluster.list("Pod")[0]["metadata"]["name"])


def test_pods_that_are_not_ready_may_go_while_enough_others_are() -> None:
    cluster = cluster_of(replicas=3, num_nodes=3)
    cluster.apply(budget(minAvailable=2))
    cluster.set_node_ready("n0", None)
    cluster.advance(50)
    [broken] = [p for p in cluster.list("Pod") if p["spec"]["nodeName"] == "n0"]
    cluster.evict(broken["metadata"]["name"])


def test_a_pod_that_waits_may_always_be_evicted() -> None:
    cluster = Cluster()
    cluster.apply(budget(minAvailable=9))
    cluster.apply(deployment("web", 1, "1"))
    cluster.advance(1)
    cluster.evict(cluster.list("Pod")[0]["metadata"]["name"])


def test_pods_without_controller_need_force_and_local_data_a_flag() -> None:
    cluster = Cluster([node("n0")])
    cluster.apply(pod("solo"))
    manifest = deployment("web", 1, "100m")
    manifest["spec"]["template"]["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    cluster.apply(manifest)
    cluster.settle()
    with pytest.raises(RefusedError, match="unable to drain node") as refusal:
        cluster.drain("n0")
    message = str(refusal.value)
    solo = "cannot delete Pods that declare no controller (use --force to override): default/solo"
    assert solo in message
    local = "cannot delete Pods with local storage (use --delete-emptydir-data to override)"
    assert local in message
    assert cluster.get("Node", "n0")["spec"]["unschedulable"]
    assert on(cluster, "n0") == 2
    assert cluster.drain("n0", force=True, delete_emptydir_data=True) == ()
    cluster.settle()
    assert on(cluster, "n0") == 0


def test_taints_are_written_as_on_the_command_line() -> None:
    cluster = Cluster([node("n0")])
    cluster.taint("n0", "dedicated=gpu:NoSchedule", "spot:PreferNoSchedule")
    assert cluster.get("Node", "n0")["spec"]["taints"] == [
        {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"},
        {"key": "spot", "effect": "PreferNoSchedule"},
    ]
    with pytest.raises(RefusedError, match="already has dedicated taint"):
        cluster.taint("n0", "dedicated=cpu:NoSchedule")
    cluster.taint("n0", "dedicated=cpu:NoSchedule", overwrite=True)
    cluster.taint("n0", "dedicated:NoSchedule-", "spot-")
    assert not cluster.get("Node", "n0")["spec"].get("taints")
    with pytest.raises(RefusedError, match='taint "spot" not found'):
        cluster.taint("n0", "spot-")
    for wrong in ("spot", "a=b", "a=b:Never", "", ":NoExecute"):
        with pytest.raises(ManifestError, match="invalid taint"):
            cluster.taint("n0", wrong)


def test_a_no_execute_taint_evicts_pods_that_do_not_tolerate_it() -> None:
    cluster = cluster_of()
    tolerant = {"key": "fire", "operator": "Exists", "tolerationSeconds": 30, "effect": "NoExecute"}
    cluster.apply(pod("brave", nodeName="n0", tolerations=[tolerant]))
    cluster.settle()
    cluster.taint("n0", "fire:NoExecute")
    cluster.advance(5)
    assert [p["metadata"]["name"] for p in cluster.list("Pod") if on_n0(p)] == ["brave"]
    cluster.advance(25)
    assert on(cluster, "n0") == 0
    check_world(world_of(cluster))


def on_n0(manifest: Manifest) -> bool:
    return bool(manifest["spec"].get("nodeName") == "n0")


def test_a_taint_that_goes_in_time_evicts_nobody() -> None:
    cluster = cluster_of(replicas=0)
    tolerant = {"key": "fire", "operator": "Exists", "tolerationSeconds": 30, "effect": "NoExecute"}
    cluster.apply(pod("brave", nodeName="n0", tolerations=[tolerant]))
    cluster.taint("n0", "fire:NoExecute")
    cluster.advance(20)
    cluster.taint("n0", "fire-")
    cluster.advance(100)
    assert on(cluster, "n0") == 1


def test_a_pod_bound_to_a_tainted_node_leaves_after_its_time() -> None:
    tolerant = {"key": "fire", "operator": "Exists", "tolerationSeconds": 30, "effect": "NoExecute"}
    cluster = Cluster([node("n0", taints=[{"key": "fire", "effect": "NoExecute"}])])
    cluster.apply(pod("brave", tolerations=[tolerant]))
    cluster.advance(29)
    assert on(cluster, "n0") == 1
    cluster.advance(2)
    assert cluster.list("Pod") == []


@given(st.lists(st.none() | st.integers(0, 9), max_size=3))
def test_the_shortest_toleration_in_use_decides(seconds: list[int | None]) -> None:
    taints = [Taint(f"k{n}", "", "NoExecute") for n in range(len(seconds))]
    tolerations = [
        Toleration(f"k{number}", "Exists", "", "NoExecute", value)
        for number, value in enumerate(seconds)
    ]
    bounded = [value for value in seconds if value is not None]
    assert evicted_after_s(tolerations, taints) == (1 + min(bounded) if bounded else 0)
    assert evicted_after_s(tolerations, [*taints, Taint("x", "", "NoExecute")]) == 1
    assert evicted_after_s([], [Taint("x", "", "NoSchedule")]) == 0


def test_a_refused_eviction_says_what_the_budget_needs() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment("web", 2, "100m", "1Mi"))
    cluster.apply(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "pdb", "namespace": "default"},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
        }
    )
    cluster.settle()
    with pytest.raises(RefusedError) as refusal:
        cluster.evict(cluster.list("Pod")[0]["metadata"]["name"])
    assert refusal.value.causes == (
        "The disruption budget pdb needs 2 healthy pods and has 2 currently",
    )


@pytest.mark.parametrize("spec", [{"maxUnavailable": 1}, {"minAvailable": "10%"}])
def test_nobody_knows_what_share_of_a_daemonset_a_budget_means(spec: Manifest) -> None:
    cluster = Cluster([node("a"), node("b")])
    cluster.apply(daemonset("web"))
    cluster.apply(budget(**spec))
    cluster.settle()
    with pytest.raises(RefusedError, match="would violate") as refusal:
        cluster.evict(cluster.list("Pod")[0]["metadata"]["name"])
    failure = "apps/v1, Resource=daemonsets does not implement the scale subresource"
    assert refusal.value.causes[0].endswith(f"because it failed sync: {failure}")
    status = cluster.list("PodDisruptionBudget")[0]["status"]
    assert status["disruptionsAllowed"] == 0
    assert status["conditions"][0]["reason"] == "SyncFailed"
    assert status["conditions"][0]["message"] == failure
    cluster.apply(budget(minAvailable=1))
    cluster.evict(cluster.list("Pod")[0]["metadata"]["name"])
