"""Explanations: the scheduler's verdict on a pod, and nothing else changed."""

from __future__ import annotations

import pytest
from tests.cluster._objects import digest, node, pod, world_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.errors import ManifestError


def cluster_of_three(**config: str) -> Cluster:
    taints = [{"key": "team", "value": "a", "effect": "NoSchedule"}]
    return Cluster(
        [node("empty"), node("busy"), node("tainted", taints=taints)],
        config=ClusterConfig(**config),  # type: ignore[arg-type]
    )


def test_scores_and_reasons_by_hand() -> None:
    cluster = cluster_of_three()
    cluster.apply(pod("there", "2", "4Gi", nodeName="busy"))
    verdict = cluster.explain(pod("new", "1", "2Gi"))
    assert verdict.best == ("empty",)
    assert verdict.message == ""
    empty, busy, tainted = (verdict.nodes[name] for name in ("empty", "busy", "tainted"))
    # 1 of 4 CPUs and 2 of 8 Gi leave 75 %; on the busy node, 25 %. Balance does not change.
    assert (empty.scores["NodeResourcesFit"], busy.scores["NodeResourcesFit"]) == (75, 25)
    assert empty.scores["NodeResourcesBalancedAllocation"] == 75
    assert empty.scores["TaintToleration"] == 100
    assert empty.total - busy.total == 50
    assert (tainted.feasible, tainted.total, tainted.scores) == (False, 0, {})
    assert tainted.reasons == ("node(s) had untolerated taint(s)",)


def test_an_older_release_scores_balance_differently() -> None:
    newer, older = cluster_of_three(), cluster_of_three(profile="1.34")
    plugin = "NodeResourcesBalancedAllocation"
    asked = pod("new", "1", "2Gi")
    assert newer.explain(asked).nodes["empty"].scores[plugin] == 75
    assert older.explain(asked).nodes["empty"].scores[plugin] == 100


def test_equal_nodes_tie_in_the_order_of_the_list() -> None:
    assert cluster_of_three().explain(pod("new", "1")).best == ("empty", "busy")


def test_where_no_node_will_do_the_message_is_the_schedulers() -> None:
    cluster = cluster_of_three()
    verdict = cluster.explain(pod("large", "5", "9Gi"))
    assert verdict.best == ()
    assert verdict.message == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu, "
        "2 Insufficient memory. no new claims to deallocate, preemption: 0/3 nodes are "
        "available: 3 Preemption is not helpful for scheduling."
    )
    assert verdict.nodes["busy"].reasons == ("Insufficient cpu", "Insufficient memory")


def test_a_cluster_without_nodes_says_so() -> None:
    verdict = Cluster().explain(pod("any"))
    assert (verdict.best, verdict.nodes) == ((), {})
    assert verdict.message == "no nodes available to schedule pods"


def test_a_pod_that_names_a_node_is_held_to_it() -> None:
    verdict = cluster_of_three().explain(pod("new", nodeName="busy"))
    assert verdict.best == ("busy",)
    assert verdict.nodes["empty"].reasons == ("node(s) didn't match the requested node name",)


def test_asking_changes_nothing() -> None:
    cluster, untouched = cluster_of_three(), cluster_of_three()
    for asked in (pod("large", "50"), pod("new", "1")):
        cluster.explain(asked)
    assert cluster.list("Pod") == cluster.events() == []
    for each in (cluster, untouched):
        each.apply(pod("p", "1"))
        each.advance(20)
    assert cluster.list("Pod") == untouched.list("Pod")
    state, other = world_of(cluster).state[0], world_of(untouched).state[0]
    assert state["random"] == other["random"]
    assert state["sequence"] == other["sequence"]
    assert digest(world_of(untouched))


def test_what_it_says_is_what_happens() -> None:
    cluster = cluster_of_three()
    for number in range(12):
        asked = pod(f"p{number}", "700m", "900Mi")
        best = cluster.explain(asked).best
        cluster.apply(asked)
        cluster.advance(2)
        assert cluster.get("Pod", f"p{number}")["spec"].get("nodeName") in (best or (None,))


def test_a_malformed_pod_is_refused() -> None:
    with pytest.raises(ManifestError):
        cluster_of_three().explain(pod("new", "-1"))
