"""PodTopologySpread: pods spread over zones, nodes and whatever labels name."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._objects import deployment, node, replicaset
from tests.cluster.kernel.scheduler._stage import (
    HOST,
    ZONE,
    Manifest,
    asked,
    feasible,
    nodes,
    place,
    reasons,
    scores,
)

from simarena.cluster import Cluster
from simarena.cluster.manifests.pods.spreading import default_selector
from simarena.cluster.manifests.selectors import LabelSelector, merged_selector

BROKEN = "node(s) didn't match pod topology spread constraints"
MISSING = f"{BROKEN} (missing required label)"
WEB = {"app": "web"}


def constraint(key: str = ZONE, skew: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "maxSkew": skew,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": WEB},
        **more,
    }


def spread(
    *constraints: dict[str, Any], labels: dict[str, str] | None = None, **spec: Any
) -> Manifest:
    return asked(labels=labels or WEB, topologySpreadConstraints=list(constraints), **spec)


@pytest.fixture
def cluster() -> Cluster:
    """Two web pods in zone a, one in b, none in c; n0 has no zone."""
    cluster = Cluster(nodes(n0="", a1="a", a2="a", b1="b", c1="c"))
    place(cluster, "w1", "a1", labels=WEB)
    place(cluster, "w2", "a2", labels=WEB)
    place(cluster, "w3", "b1", labels=WEB)
    return cluster


def test_do_not_schedule_keeps_the_skew(cluster: Cluster) -> None:
    # Least is 0 in c: a would have 3, b 2, c 1.
    assert feasible(cluster, spread(constraint())) == ["c1"]
    assert feasible(cluster, spread(constraint(skew=2))) == ["b1", "c1"]
    assert feasible(cluster, spread(constraint(skew=3))) == ["a1", "a2", "b1", "c1"]


def test_a_node_without_the_label_is_out_for_good(cluster: Cluster) -> None:
    found = reasons(cluster, spread(constraint()))
    assert found["n0"] == (MISSING,)
    assert found["a1"] == (BROKEN,)


def test_a_pod_that_does_not_count_itself_leaves_the_skew_as_it_is(cluster: Cluster) -> None:
    # Of the others: a has 2, b 1, c 0.
    assert feasible(cluster, spread(constraint(), labels={"app": "db"})) == ["b1", "c1"]


def test_fewer_domains_than_min_domains_make_the_least_nothing(cluster: Cluster) -> None:
    place(cluster, "w4", "c1", labels=WEB)
    assert feasible(cluster, spread(constraint())) == ["b1", "c1"]
    assert feasible(cluster, spread(constraint(minDomains=3))) == ["b1", "c1"]
    assert feasible(cluster, spread(constraint(minDomains=4))) == []


def test_nodes_that_the_pod_cannot_choose_count_only_if_asked_to(cluster: Cluster) -> None:
    chosen = {"nodeSelector": {ZONE: "b"}}
    assert feasible(cluster, spread(constraint(), **chosen)) == ["b1"]
    ignoring = constraint(nodeAffinityPolicy="Ignore")
    assert feasible(cluster, spread(ignoring, **chosen)) == []


def test_tainted_nodes_count_unless_told_otherwise() -> None:
    taint = [{"key": "k", "effect": "NoSchedule"}]
    cluster = Cluster(
        [node("a1", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"}, taints=taint)]
    )
    place(cluster, "w1", "a1", labels=WEB)
    assert feasible(cluster, spread(constraint())) == []
    assert feasible(cluster, spread(constraint(nodeTaintsPolicy="Honor"))) == ["a1"]


def test_match_label_keys_tell_revisions_apart(cluster: Cluster) -> None:
    new = {**WEB, "rev": "2"}
    keyed = constraint(matchLabelKeys=["rev", "absent"])
    assert feasible(cluster, spread(keyed, labels=new)) == ["a1", "a2", "b1", "c1"]
    place(cluster, "w4", "a1", labels=new)
    assert feasible(cluster, spread(keyed, labels=new)) == ["b1", "c1"]


def test_pods_being_deleted_and_of_other_namespaces_do_not_count() -> None:
    cluster = Cluster(nodes(a1="a", b1="b"))
    elsewhere = asked("w1", labels=WEB, nodeName="a1")
    elsewhere["metadata"]["namespace"] = "other"
    cluster.apply(elsewhere)
    assert feasible(cluster, spread(constraint())) == ["a1", "b1"]
    place(cluster, "w2", "a1", labels=WEB)
    assert feasible(cluster, spread(constraint())) == ["b1"]
    cluster.delete("Pod", "w2")
    assert feasible(cluster, spread(constraint())) == ["a1", "b1"]


def test_a_selector_that_names_nothing_counts_no_pod_but_itself(cluster: Cluster) -> None:
    # The scheduler counts no pods by an empty selector, but the pod matches it.
    empty = constraint(labelSelector={})
    assert feasible(cluster, spread(empty)) == ["a1", "a2", "b1", "c1"]


def test_every_constraint_must_hold(cluster: Cluster) -> None:
    both = spread(constraint(skew=3), constraint(HOST))
    # By node: a1, a2 and b1 have one each, c1 none; n0 lacks the zone and does not count.
    assert feasible(cluster, both) == ["c1"]


def soft(key: str = ZONE, skew: int = 1) -> dict[str, Any]:
    return constraint(key, skew, whenUnsatisfiable="ScheduleAnyway")


def test_schedule_anyway_prefers_the_emptiest_domain(cluster: Cluster) -> None:
    # Three zones weigh ln 5 = 1.609: raw 3 (2 x 1.609), 2 (1.609), 0; 100 x (3 + 0 - raw) // 3.
    found = scores(cluster, spread(soft()), "PodTopologySpread")
    assert found == {"n0": 0, "a1": 0, "a2": 0, "b1": 33, "c1": 100}


def test_by_node_pods_are_counted_on_each(cluster: Cluster) -> None:
    # Five nodes weigh ln 7 = 1.946: raw 2 with a pod, 0 without.
    found = scores(cluster, spread(soft(HOST)), "PodTopologySpread")
    assert found == {"n0": 100, "a1": 0, "a2": 0, "b1": 0, "c1": 100}


def test_max_skew_waters_differences_down(cluster: Cluster) -> None:
    # 4 more for each: raw 7, 6 (5.609), 4; 100 x (7 + 4 - raw) // 7.
    found = scores(cluster, spread(soft(skew=5)), "PodTopologySpread")
    assert found == {"n0": 0, "a1": 57, "a2": 57, "b1": 71, "c1": 100}


def test_pods_of_a_replicaset_spread_by_default() -> None:
    cluster = Cluster(nodes(n1="a", n2="b", n3="b"))
    cluster.apply(replicaset("web", 2, "10m"))
    cluster.settle()
    used = {p["spec"]["nodeName"] for p in cluster.list("Pod")}
    assert "n1" in used
    assert len(used) == 2
    third = cluster.get("Pod", cluster.list("Pod")[0]["metadata"]["name"])
    grown = asked("next", labels=WEB, cpu="10m")
    grown["metadata"]["ownerReferences"] = third["metadata"]["ownerReferences"]
    found = scores(cluster, grown, "PodTopologySpread")
    # Nodes weigh ln 5, zones ln 4; skew 3 and 5 add 2 and 4. n1 and the used one of b: one pod on
    # the node and one in the zone, 1.609 + 1.386 + 6 = 9; the free one of b: 1.386 + 6 = 7.
    free = ({"n2", "n3"} - used).pop()
    taken = ({"n2", "n3"} & used).pop()
    assert found == {"n1": 77, taken: 77, free: 100}
    bare = scores(cluster, asked("bare", labels=WEB), "PodTopologySpread")
    assert set(bare.values()) == {0}


def test_pods_of_a_deployment_spread_from_those_of_the_same_revision() -> None:
    cluster = Cluster(nodes(n1="", n2=""))
    cluster.apply(deployment("web", 1, "10m"))
    place(cluster, "stranger", "n1", labels=WEB, cpu="10m")
    cluster.settle()
    (mine,) = [p for p in cluster.list("Pod") if p["metadata"]["name"] != "stranger"]
    there = mine["spec"]["nodeName"]
    again = asked("next", labels=mine["metadata"]["labels"], cpu="10m")
    again["metadata"]["ownerReferences"] = mine["metadata"]["ownerReferences"]
    # Nodes weigh ln 4: 1.386 + 2 = 3 beside the pod, 2 elsewhere; the stranger does not count.
    found = scores(cluster, again, "PodTopologySpread")
    assert found == {there: 66, ({"n1", "n2"} - {there}).pop(): 100}


def test_a_node_without_zone_is_one_more_zone_by_default() -> None:
    cluster = Cluster(nodes(n1="a", n2=""))
    cluster.apply(replicaset("web", 1, "10m"))
    cluster.settle()
    (first,) = cluster.list("Pod")
    grown = asked("next", labels=WEB, cpu="10m")
    grown["metadata"]["ownerReferences"] = first["metadata"]["ownerReferences"]
    found = scores(cluster, grown, "PodTopologySpread")
    # Nodes and zones weigh ln 4 = 1.386. On n1: n1 1.386 x 2 + 6 = 9 with the pod, n2 2.
    # On n2, which has no zone: n2 1.386 + 2 = 3, n1 2 + 4 = 6.
    if first["spec"]["nodeName"] == "n1":
        assert found == {"n1": 100 * 2 // 9, "n2": 100}
    else:
        assert found == {"n1": 100 * 3 // 6, "n2": 100}


def test_services_give_bare_pods_the_default_spreading() -> None:
    cluster = Cluster(nodes(n1="a", n2="b"))
    place(cluster, "w1", "n1", labels=WEB)
    bare = asked("bare", labels=WEB)
    assert set(scores(cluster, bare, "PodTopologySpread").values()) == {0}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": WEB, "ports": [{"port": 80}]},
    }
    cluster.apply(service)
    found = scores(cluster, bare, "PodTopologySpread")
    assert found["n2"] == 100
    assert found["n1"] < 100
    cluster.delete("Service", "web")
    assert set(scores(cluster, bare, "PodTopologySpread").values()) == {0}


def test_the_default_selector_joins_services_and_the_controller() -> None:
    labels = {"app": "web", "tier": "front"}
    services: list[dict[str, str]] = [{"app": "web"}, {"app": "db"}, {}]
    assert default_selector(labels, [], None) is None
    assert default_selector(labels, services[1:], LabelSelector()) is None
    joined = default_selector(labels, services, LabelSelector({"tier": "front"}))
    assert joined == LabelSelector(labels)


def test_a_missing_selector_stays_missing_whatever_the_keys() -> None:
    assert merged_selector(None, WEB, same=["app"]) is None


def test_a_relabelled_node_moves_its_pods_to_the_other_domain(cluster: Cluster) -> None:
    cluster.apply(node("b1", labels={HOST: "b1", ZONE: "c"}))
    # Now a has 2, c 1 and there is no b.
    assert feasible(cluster, spread(constraint())) == ["b1", "c1"]
    cluster.delete("Node", "a2")
    assert feasible(cluster, spread(constraint())) == ["a1", "b1", "c1"]


def test_a_pod_that_waits_for_spreading_goes_when_pods_leave_or_come() -> None:
    cluster = Cluster([*nodes(a1="a"), node("b1", pods=1, labels={HOST: "b1", ZONE: "b"})])
    place(cluster, "w1", "a1", labels=WEB)
    place(cluster, "other", "b1")
    waits = spread(constraint())
    waits["metadata"]["name"] = "waits"
    cluster.apply(waits)
    cluster.advance(2)
    assert "nodeName" not in cluster.get("Pod", "waits")["spec"]
    cluster.delete("Pod", "w1")
    cluster.advance(0.5)
    assert cluster.get("Pod", "waits")["spec"]["nodeName"] == "a1"
