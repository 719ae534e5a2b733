"""DefaultPreemption: pods of lower priority make room."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._objects import check_world, deployment, node, pod, world_of
from tests.cluster.kernel.scheduler._stage import HOST, asked, place, world_asked

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.codes import NONE
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.priorities import AskedPriority, PriorityClass, pod_priority
from simarena.errors import ManifestError

HIGH, MID, LOW = 100, 50, 10


def priority_class(name: str, value: int, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": value,
        **more,
    }


def budget(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def wants(cpu: str, priority: int = HIGH, **spec: Any) -> dict[str, Any]:
    return asked(cpu=cpu, priority=priority, **spec)


def test_the_least_important_pods_that_make_room_go() -> None:
    cluster = Cluster([node("n1", cpu="4")])
    place(cluster, "low", "n1", cpu="1", priority=LOW)
    place(cluster, "mid", "n1", cpu="2", priority=MID)
    place(cluster, "high", "n1", cpu="1", priority=HIGH)
    one = cluster.explain(wants("1"))
    assert (one.nominated, one.victims, one.best) == ("n1", ("low",), ())
    assert one.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert cluster.explain(wants("2")).victims == ("mid",)
    assert sorted(cluster.explain(wants("3")).victims) == ["low", "mid"]
    check_world(world_of(cluster))


def test_without_enough_room_it_says_what_still_holds() -> None:
    cluster = Cluster([node("n1", cpu="4"), node("n2", cpu="1"), node("n3", cpu="4")])
    place(cluster, "low", "n1", cpu="1", priority=LOW)
    place(cluster, "high", "n1", cpu="3", priority=HIGH)
    place(cluster, "other", "n3", cpu="2", priority=HIGH)
    verdict = cluster.explain(wants("3"))
    assert (verdict.nominated, verdict.victims) == (None, ())
    assert verdict.message == (
        "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: "
        "0/3 nodes are available: 1 Insufficient cpu, "
        "1 No preemption victims found for incoming pod, "
        "1 Preemption is not helpful for scheduling."
    )


def test_equal_priority_makes_no_room() -> None:
    cluster = Cluster([node("n1", cpu="1")])
    place(cluster, "first", "n1", cpu="1", priority=HIGH)
    place(cluster, "tiny", "n1", priority=LOW)
    assert cluster.explain(wants("1")).nominated is None


def test_a_polite_pod_waits() -> None:
    cluster = Cluster([node("n1", cpu="1")])
    place(cluster, "low", "n1", cpu="1", priority=LOW)
    polite = cluster.explain(wants("1", preemptionPolicy="Never"))
    assert polite.nominated is None
    assert polite.message.endswith("preemption: not eligible due to preemptionPolicy=Never.")


def two_nodes(first: list[tuple[str, int]], second: list[tuple[str, int]]) -> Cluster:
    """Return a cluster of two full nodes with pods of these CPU requests and priorities."""
    cluster = Cluster([node("n1", cpu="4"), node("n2", cpu="4")])
    for name, pods in (("n1", first), ("n2", second)):
        for number, (cpu, priority) in enumerate(pods):
            place(cluster, f"{name}-{number}", name, cpu=cpu, priority=priority)
    return cluster


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        # The lowest top victim.
        ([("4", MID)], [("4", LOW)], "n2"),
        # The lowest sum of priorities: 2 x (10 + 2^31) against 10 + 5 + 2 x 2^31.
        ([("2", LOW), ("2", LOW)], [("2", LOW), ("2", 5)], "n2"),
        # Fewest victims: the sum also grows with their number.
        ([("2", LOW), ("2", LOW)], [("4", LOW)], "n2"),
    ],
)
def test_the_cheapest_node_is_chosen(
    first: list[tuple[str, int]], second: list[tuple[str, int]], chosen: str
) -> None:
    for one, other, expected in ((first, second, chosen), (second, first, "n1")):
        verdict = two_nodes(one, other).explain(wants("4"))
        assert verdict.nominated == expected
        assert list(verdict.nominations) == [expected]


def test_nodes_that_cost_the_same_are_all_told() -> None:
    verdict = two_nodes([("4", LOW)], [("4", LOW)]).explain(wants("4"))
    assert verdict.nominations == {"n1": ("n1-0",), "n2": ("n2-0",)}


def test_the_node_whose_victims_started_last_is_chosen() -> None:
    cluster = Cluster([node("n1", cpu="4"), node("n2", cpu="4")])
    place(cluster, "old", "n1", cpu="4", priority=LOW)
    cluster.advance(5)
    place(cluster, "new", "n2", cpu="4", priority=LOW)
    cluster.advance(5)
    assert cluster.explain(wants("4")).nominated == "n2"


def test_of_equal_pods_those_that_started_last_go() -> None:
    cluster = Cluster([node("n1", cpu="2")])
    place(cluster, "old", "n1", cpu="1", priority=LOW)
    cluster.advance(5)
    place(cluster, "new", "n1", cpu="1", priority=LOW)
    assert cluster.explain(wants("1")).victims == ("new",)
    cluster.advance(5)
    assert cluster.explain(wants("1")).victims == ("new",)


def test_pods_that_a_budget_protects_are_spared_if_possible() -> None:
    cluster = Cluster([node("n1", cpu="2")])
    place(cluster, "guarded", "n1", cpu="1", priority=LOW)
    place(cluster, "free", "n1", cpu="1", priority=LOW)
    cluster.advance(5)
    cluster.apply(budget("b", minAvailable=1, selector={"matchLabels": {"app": "guarded"}}))
    assert cluster.explain(wants("1")).victims == ("free",)
    cluster.apply(budget("b", minAvailable=1, selector={"matchLabels": {"app": "free"}}))
    assert cluster.explain(wants("1")).victims == ("guarded",)
    assert set(cluster.explain(wants("2")).victims) == {"guarded", "free"}


def test_a_node_without_violated_budgets_is_chosen_before_cheaper_victims() -> None:
    cluster = two_nodes([("4", LOW)], [("4", MID)])
    cluster.advance(5)
    guarded = budget("b", maxUnavailable=0, selector={"matchLabels": {"app": "n1-0"}})
    cluster.apply(guarded)
    assert cluster.explain(wants("4")).nominated == "n2"
    cluster.delete("PodDisruptionBudget", "b")
    assert cluster.explain(wants("4")).nominated == "n1"


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ({"minAvailable": 3}, 1),
        ({"minAvailable": "50%"}, 2),
        ({"maxUnavailable": 1}, 1),
        ({"maxUnavailable": "70%"}, 3),
        ({"minAvailable": 5}, 0),
    ],
)
def test_a_budget_allows_what_is_healthy_beyond_what_must_stay(
    spec: dict[str, Any], allowed: int
) -> None:
    cluster = Cluster([node("n1", cpu="4")])
    cluster.apply(deployment("web", 4, "1"))
    cluster.settle()
    cluster.apply(budget("b", selector={"matchLabels": {"app": "web"}}, **spec))
    world = world_asked(cluster, wants("1", priority=LOW))
    assert world.budgets[0]["allowed"] == allowed


def test_victims_are_evicted_and_their_room_kept() -> None:
    cluster = Cluster([node("n1", cpu="1")], config=ClusterConfig(termination_ms=3_000), seed=1)
    place(cluster, "low", "n1", cpu="1", priority=LOW)
    cluster.apply(pod("high", cpu="1", priority=HIGH), is_admitted=True)
    cluster.advance(0.5)
    high = cluster.get("Pod", "high")
    assert high["status"]["nominatedNodeName"] == "n1"
    assert "nodeName" not in high["spec"]
    (condition,) = high["status"]["conditions"]
    assert condition["message"] == "0/1 nodes are available: 1 Insufficient cpu."
    victim = cluster.get("Pod", "low")
    assert "deletionTimestamp" in victim["metadata"]
    assert victim["status"]["conditions"][0]["reason"] == "PreemptionByScheduler"
    told = [event for event in cluster.events() if event["reason"] == "Preempted"]
    assert [event["involvedObject"]["name"] for event in told] == ["low"]
    assert told[0]["message"] == f"Preempted by pod {high['metadata']['uid']} on node n1"

    # One of lower priority that would fit must not take the room.
    cluster.apply(pod("sly", cpu="1", priority=MID), is_admitted=True)
    cluster.advance(4)
    assert cluster.get("Pod", "high")["spec"]["nodeName"] == "n1"
    assert "nominatedNodeName" not in cluster.get("Pod", "high")["status"]
    assert "nodeName" not in cluster.get("Pod", "sly")["spec"]
    assert world_of(cluster).state[0]["first_nominated"] == NONE
    check_world(world_of(cluster))


def test_a_pod_waits_for_its_victims_to_end() -> None:
    cluster = Cluster([node("n1", cpu="1")], config=ClusterConfig(termination_ms=60_000))
    place(cluster, "low", "n1", cpu="1", priority=LOW)
    cluster.apply(pod("high", cpu="1", priority=HIGH), is_admitted=True)
    cluster.advance(2)
    cluster.apply(node("n1", cpu="1", labels={"touched": "yes"}))
    cluster.advance(20)
    (condition,) = cluster.get("Pod", "high")["status"]["conditions"]
    assert condition["message"].endswith(
        "preemption: not eligible due to a terminating pod on the nominated node."
    )
    cluster.advance(60)
    assert cluster.get("Pod", "high")["spec"]["nodeName"] == "n1"


def test_anti_affinity_to_lower_pods_makes_them_go() -> None:
    cluster = Cluster([node("n1", cpu="4", labels={HOST: "n1"})])
    place(cluster, "noise", "n1", cpu="1", priority=LOW, labels={"app": "noise"})
    place(cluster, "quiet", "n1", cpu="1", priority=LOW)
    shy = {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchLabels": {"app": "noise"}}, "topologyKey": HOST}
            ]
        }
    }
    verdict = cluster.explain(wants("1", affinity=shy))
    assert verdict.victims == ("noise",)
    assert "didn't match pod anti-affinity rules" in verdict.message
    check_world(world_of(cluster))


def test_deployments_of_higher_priority_take_the_place_of_lower_ones() -> None:
    cluster = Cluster([node(f"n{i}", cpu="2") for i in range(3)], seed=3)
    cluster.apply(priority_class("gold", 1_000))
    cluster.apply(deployment("filler", 6, "1"))
    cluster.settle()
    golden = deployment("golden", 4, "1")
    golden["spec"]["template"]["spec"]["priorityClassName"] = "gold"
    cluster.apply(golden)
    cluster.advance(30)
    check_world(world_of(cluster))
    assert cluster.get("Deployment", "golden")["status"]["readyReplicas"] == 4
    assert cluster.get("Deployment", "filler")["status"]["readyReplicas"] == 2


def test_a_class_gives_priority_and_policy() -> None:
    cluster = Cluster([node()])
    cluster.apply(priority_class("polite", 500, preemptionPolicy="Never"))
    cluster.apply(pod("p", priorityClassName="polite"))
    spec = cluster.get("Pod", "p")["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (500, "Never")
    with pytest.raises(ManifestError, match="no PriorityClass with name gold was found"):
        cluster.apply(pod("q", priorityClassName="gold"))


def test_pods_without_a_class_get_the_default_one() -> None:
    classes = {
        "a": read_as(priority_class("a", 7, globalDefault=True), PriorityClass),
        "b": read_as(priority_class("b", 9, globalDefault=True), PriorityClass),
    }
    assert pod_priority(AskedPriority(), classes).value == 7
    assert pod_priority(AskedPriority("b"), classes).value == 9
    assert pod_priority(AskedPriority("system-node-critical"), {}).value == 2_000_001_000
    assert pod_priority(AskedPriority(), {}).value == 0
    assert not pod_priority(AskedPriority("x"), {}).known


def test_a_class_that_comes_later_is_for_pods_that_come_later() -> None:
    cluster = Cluster([node("n1", cpu="4")])
    place(cluster, "before", "n1", cpu="4")
    cluster.apply(priority_class("base", 5, globalDefault=True))
    verdict = cluster.explain(asked(cpu="1"))
    assert verdict.victims == ("before",)
