"""InterPodAffinity: pods that want to be near others, or apart from them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._objects import check_world, world_of
from tests.cluster.kernel.scheduler._stage import (
    HOST,
    ZONE,
    asked,
    feasible,
    nodes,
    place,
    reasons,
    scores,
)

from simarena.cluster import Cluster

NO_AFFINITY = "node(s) didn't match pod affinity rules"
OWN_ANTI = "node(s) didn't match pod anti-affinity rules"
OTHERS_ANTI = "node(s) didn't satisfy existing pods anti-affinity rules"
DB = {"app": "db"}
WEB = {"app": "web"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def term(labels: dict[str, str] = DB, key: str = ZONE, **more: Any) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": labels}, "topologyKey": key, **more}


def near(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"podAffinity": {REQUIRED: list(terms)}}}


def apart(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"podAntiAffinity": {REQUIRED: list(terms)}}}


def rather(weight: int, *, near_it: bool, **more: Any) -> dict[str, Any]:
    weighted = [{"weight": weight, "podAffinityTerm": term(**more)}]
    return {"affinity": {"podAffinity" if near_it else "podAntiAffinity": {PREFERRED: weighted}}}


@pytest.fixture
def cluster() -> Cluster:
    """A db pod in zone a; n0 has no zone."""
    cluster = Cluster(nodes(n0="", a1="a", a2="a", b1="b"))
    place(cluster, "db", "a1", labels=DB)
    return cluster


def test_required_affinity_needs_a_match_in_the_domain(cluster: Cluster) -> None:
    pod = asked(**near(term()))
    assert feasible(cluster, pod) == ["a1", "a2"]
    assert reasons(cluster, pod) == {"n0": (NO_AFFINITY,), "b1": (NO_AFFINITY,)}
    assert feasible(cluster, asked(**near(term(key=HOST)))) == ["a1"]


def test_one_pod_must_match_all_affinity_terms(cluster: Cluster) -> None:
    pod = asked(**near(term(), term({"tier": "back"}, HOST)))
    place(cluster, "other", "a2", labels={"tier": "back"})
    assert feasible(cluster, pod) == []
    place(cluster, "both", "b1", labels={**DB, "tier": "back"})
    assert feasible(cluster, pod) == ["b1"]


def test_the_first_of_a_group_goes_anywhere_with_the_labels() -> None:
    cluster = Cluster(nodes(n0="", a1="a", b1="b"))
    pod = asked(labels=WEB, **near(term(WEB)))
    assert feasible(cluster, pod) == ["a1", "b1"]
    assert feasible(cluster, asked(labels=DB, **near(term(WEB)))) == []
    place(cluster, "first", "b1", labels=WEB)
    assert feasible(cluster, pod) == ["b1"]


def test_required_anti_affinity_needs_none(cluster: Cluster) -> None:
    pod = asked(**apart(term()))
    assert feasible(cluster, pod) == ["n0", "b1"]
    assert reasons(cluster, pod) == {"a1": (OWN_ANTI,), "a2": (OWN_ANTI,)}


def test_anti_affinity_of_pods_that_are_there_holds_too(cluster: Cluster) -> None:
    place(cluster, "shy", "b1", labels=WEB, **apart(term(DB)))
    newcomer = asked(labels=DB)
    assert feasible(cluster, newcomer) == ["n0", "a1", "a2"]
    assert reasons(cluster, newcomer) == {"b1": (OTHERS_ANTI,)}
    assert feasible(cluster, asked(labels=WEB)) == ["n0", "a1", "a2", "b1"]


def test_terms_are_about_the_own_namespace_unless_told_otherwise(cluster: Cluster) -> None:
    def from_other(**more: Any) -> dict[str, Any]:
        pod = asked(**near(term(**more)))
        pod["metadata"]["namespace"] = "other"
        return pod

    assert feasible(cluster, from_other()) == []
    assert feasible(cluster, from_other(namespaces=["default"])) == ["a1", "a2"]
    assert feasible(cluster, from_other(namespaceSelector={})) == ["a1", "a2"]
    team = {"namespaceSelector": {"matchLabels": {"team": "x"}}}
    assert feasible(cluster, from_other(**team)) == []
    labelled = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "default", "labels": {"team": "x"}},
    }
    cluster.apply(labelled)
    check_world(world_of(cluster))
    assert feasible(cluster, from_other(**team)) == ["a1", "a2"]
    named = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}}
    assert feasible(cluster, from_other(**named)) == ["a1", "a2"]


def test_match_label_keys_and_mismatch_label_keys_use_the_pods_own_values(
    cluster: Cluster,
) -> None:
    place(cluster, "db2", "b1", labels={**DB, "rev": "2"})
    mine = {"app": "me", "rev": "2"}
    same = asked(labels=mine, **near(term(matchLabelKeys=["rev"])))
    assert feasible(cluster, same) == ["b1"]
    other = asked(labels=mine, **near(term(mismatchLabelKeys=["rev"])))
    assert feasible(cluster, other) == ["a1", "a2"]


def test_preferred_terms_weigh_both_ways(cluster: Cluster) -> None:
    plugin = "InterPodAffinity"
    liking = asked(**rather(10, near_it=True))
    assert scores(cluster, liking, plugin) == {"n0": 0, "a1": 100, "a2": 100, "b1": 0}
    shunning = asked(**rather(10, near_it=False))
    assert scores(cluster, shunning, plugin) == {"n0": 100, "a1": 0, "a2": 0, "b1": 100}
    # A pod in b that likes web pods (30), one in a that shuns them (10): b 30, a -10, n0 0.
    place(cluster, "likes", "b1", **rather(30, near_it=True, labels=WEB))
    place(cluster, "shuns", "a1", **rather(10, near_it=False, labels=WEB))
    found = scores(cluster, asked(labels=WEB), plugin)
    assert found == {"n0": 25, "a1": 0, "a2": 0, "b1": 100}


def test_required_affinity_of_pods_that_are_there_weighs_one(cluster: Cluster) -> None:
    place(cluster, "fan", "a2", labels={"app": "fan"}, **near(term(DB)))
    found = scores(cluster, asked(labels=DB), "InterPodAffinity")
    assert found == {"n0": 0, "a1": 100, "a2": 100, "b1": 0}


def test_a_waiting_pod_goes_when_the_one_it_wants_comes() -> None:
    cluster = Cluster(nodes(a1="a", b1="b"))
    cluster.apply(asked("waits", **near(term())))
    cluster.advance(2)
    assert "nodeName" not in cluster.get("Pod", "waits")["spec"]
    place(cluster, "db", "b1", labels=DB)
    cluster.advance(0.5)
    assert cluster.get("Pod", "waits")["spec"]["nodeName"] == "b1"


def test_a_pod_that_keeps_apart_goes_when_the_other_leaves() -> None:
    cluster = Cluster(nodes(a1="a"))
    place(cluster, "db", "a1", labels=DB)
    cluster.apply(asked("waits", **apart(term())))
    cluster.advance(2)
    assert "nodeName" not in cluster.get("Pod", "waits")["spec"]
    cluster.delete("Pod", "db")
    cluster.advance(0.5)
    assert cluster.get("Pod", "waits")["spec"]["nodeName"] == "a1"


def test_new_labels_of_a_pod_count_from_then_on(cluster: Cluster) -> None:
    pod = asked(**near(term(WEB)))
    assert feasible(cluster, pod) == []
    place(cluster, "db", "a1", labels={**DB, **WEB})
    assert feasible(cluster, pod) == ["a1", "a2"]
