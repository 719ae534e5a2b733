"""Whatever happens, pods are counted where they are and nobody is left without a reason."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._objects import check_world, deployment, digest, node, pod, world_of
from tests.cluster.kernel.scheduler._stage import HOST, ZONE
from tests.examples import examples

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.rows import tables
from simarena.errors import NotFoundError

APPS = ("a", "b", "c")
KEYS = (ZONE, HOST, "disk")


def selector(app: str) -> dict[str, Any]:
    return {"matchLabels": {"app": app}}


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Return placement fields of a pod."""
    spec: dict[str, Any] = {}
    app, key = draw(st.sampled_from(APPS)), draw(st.sampled_from(KEYS))
    term = {"labelSelector": selector(app), "topologyKey": key}
    kind = draw(st.sampled_from(["podAffinity", "podAntiAffinity"]))
    match draw(st.integers(0, 4)):
        case 0:
            spec["affinity"] = {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
        case 1:
            weighted = [{"weight": draw(st.integers(1, 100)), "podAffinityTerm": term}]
            preferred = {"preferredDuringSchedulingIgnoredDuringExecution": weighted}
            spec["affinity"] = {kind: preferred}
        case 2 | 3:
            spec["topologySpreadConstraints"] = [
                {
                    "maxSkew": draw(st.integers(1, 3)),
                    "topologyKey": key,
                    "whenUnsatisfiable": draw(st.sampled_from(["DoNotSchedule", "ScheduleAnyway"])),
                    "labelSelector": selector(app),
                    "nodeTaintsPolicy": draw(st.sampled_from(["Honor", "Ignore"])),
                }
            ]
    if draw(st.booleans()):
        spec["priority"] = draw(st.integers(0, 2))
    return spec


def some_node(number: int, zone: str) -> dict[str, Any]:
    labels = {HOST: f"n{number}", "disk": "ssd" if number % 2 else "hdd"}
    if zone:
        labels[ZONE] = zone
    taints = [{"key": "k", "effect": "NoSchedule"}] if number == 3 else None
    return node(f"n{number}", cpu="2", pods=4, labels=labels, taints=taints)


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, dict[str, Any] | str | float]:
    """Return something that a user does."""
    match draw(st.integers(0, 7)):
        case 0 | 1 | 2:
            manifest = pod(f"p{draw(st.integers(0, 5))}", cpu="500m", **draw(specs()))
            manifest["metadata"]["labels"] = {"app": draw(st.sampled_from(APPS))}
            return "create", manifest
        case 3:
            manifest = deployment(draw(st.sampled_from(APPS)), draw(st.integers(0, 4)), "500m")
            manifest["spec"]["template"]["spec"].update(draw(specs()))
            return "apply", manifest
        case 4:
            return "delete pod", f"p{draw(st.integers(0, 5))}"
        case 5:
            zone = draw(st.sampled_from(["a", "b", ""]))
            return "apply", some_node(draw(st.integers(0, 4)), zone)
        case 6:
            return "delete node", f"n{draw(st.integers(0, 4))}"
    return "advance", draw(st.floats(0, 20))


def play(todo: list[tuple[str, Any]], termination_ms: int) -> tuple[Cluster, list[str]]:
    """Return a cluster in which all that was done, and what it was like after each step."""
    cluster = Cluster(
        [some_node(number, "ab"[number % 2]) for number in range(3)],
        config=ClusterConfig(termination_ms=termination_ms),
        seed=5,
    )
    digests = []
    for what, argument in todo:
        match what:
            case "create":
                with contextlib.suppress(NotFoundError):
                    cluster.delete("Pod", argument["metadata"]["name"])
                cluster.advance(3)
                cluster.apply(argument, is_admitted=True)
            case "apply":
                cluster.apply(argument, is_admitted=True)
            case "delete pod":
                with contextlib.suppress(NotFoundError):
                    cluster.delete("Pod", argument)
            case "delete node":
                with contextlib.suppress(NotFoundError):
                    cluster.delete("Node", argument)
            case "advance":
                cluster.advance(argument)
        check_world(world_of(cluster))
        digests.append(digest(world_of(cluster)))
    cluster.advance(60)
    check_world(world_of(cluster))
    return cluster, [*digests, digest(world_of(cluster))]


LIVES = (st.lists(steps(), min_size=3, max_size=14), st.sampled_from([0, 2_000]))


@examples(60)
@given(*LIVES)
def test_pods_are_counted_where_they_are(todo: list[tuple[str, Any]], termination_ms: int) -> None:
    cluster, _ = play(todo, termination_ms)
    for waiting in cluster.list("Pod"):
        if "nodeName" not in waiting["spec"]:
            assert waiting["status"]["conditions"][0]["message"]


@examples(30)
@given(*LIVES)
def test_what_is_remembered_of_nodes_decides_as_judging_them_anew(
    todo: list[tuple[str, Any]], termination_ms: int
) -> None:
    _, anew = play(todo, termination_ms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_REMEMBERED_NODES", 1)
        cluster, remembered = play(todo, termination_ms)
    assert world_of(cluster).fits.shape[0] > 1
    assert remembered == anew


@examples(30)
@given(*LIVES)
def test_templates_that_share_what_is_remembered_decide_as_if_each_had_its_own(
    todo: list[tuple[str, Any]], termination_ms: int
) -> None:
    _, anew = play(todo, termination_ms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_REMEMBERED_NODES", 1)
        patch.setattr(tables, "_MOST_FITS", 1)
        cluster, shared = play(todo, termination_ms)
    assert world_of(cluster).fits.shape[0] == 2
    assert shared == anew


@examples(60)
@given(*LIVES)
def test_counts_that_are_put_away_decide_as_those_at_hand(
    todo: list[tuple[str, Any]], termination_ms: int
) -> None:
    _, at_hand = play(todo, termination_ms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_MOST_CELLS", 1)
        patch.setattr(tables, "_LEAST_UNFOLDED", 1)
        _, folded = play(todo, termination_ms)
    assert folded == at_hand
