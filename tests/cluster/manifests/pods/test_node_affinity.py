from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster.codes import UNRESOLVABLE, Reason
from simarena.cluster.manifests.nodes import Node, read_node
from simarena.cluster.manifests.pods.placement import (
    Placement,
    StaticVerdict,
    read_placement,
    static_verdict,
)

if TYPE_CHECKING:
    from simarena.cluster.manifests.pods.node_affinity import NodeTerm

TAINT = {"key": "team", "value": "a", "effect": "NoSchedule"}


def node(name: str = "n0", *, labels: dict[str, str] | None = None, **spec: object) -> Node:
    status = {"allocatable": {"cpu": "1", "memory": "1Gi"}}
    metadata = {"name": name, "labels": labels or {}}
    return read_node({"metadata": metadata, "spec": spec, "status": status})


def placed(spec: dict[str, Any]) -> Placement:
    return read_placement(spec, "spec")


def term_of(term: dict[str, Any]) -> NodeTerm:
    terms = placed(required(term)).nodes.required
    assert terms is not None
    return terms[0]


def weight(spec: dict[str, Any], on: Node) -> int:
    return static_verdict(placed(spec), on).affinity_weight


def names(spec: dict[str, Any]) -> set[str] | None:
    return placed(spec).nodes.names()


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def named(*values: str, operator: str = "In") -> dict[str, Any]:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(values)}]}


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    return {"affinity": {"nodeAffinity": {key: {"nodeSelectorTerms": list(terms)}}}}


@pytest.mark.parametrize(
    ("operator", "bound", "value", "expected"),
    [
        ("Gt", "2", "3", True),
        ("Gt", "2", "2", False),
        ("Lt", "2", "1", True),
        ("Lt", "2", "2", False),
        ("Gt", "-5", "+7", True),
        ("Gt", "2", "three", False),
        ("Gt", "two", "3", False),
        ("Gt", "2", "1_0", False),
        ("Gt", "2", " 3", False),
        ("Gt", "2", "٣", False),  # digits of other scripts are none to Go
        ("Gt", "2", "9223372036854775807", True),
        ("Gt", "2", "9223372036854775808", False),
    ],
)
def test_numbers_compare_as_go_parses_them(
    operator: str, bound: str, value: str, expected: bool
) -> None:
    term = expression("gen", operator, bound)
    assert term_of(term).matches(node(labels={"gen": value})) is expected
    assert not term_of(term).matches(node())


def test_an_empty_term_matches_no_node() -> None:
    assert not term_of({}).matches(node())
    assert not term_of({"matchExpressions": [], "matchFields": None}).matches(node())


def test_fields_and_labels_of_a_term_must_both_match() -> None:
    term = {**named("n0"), **expression("disk", "In", "ssd")}
    assert term_of(term).matches(node("n0", labels={"disk": "ssd"}))
    assert not term_of(term).matches(node("n1", labels={"disk": "ssd"}))
    assert not term_of(term).matches(node("n0", labels={"disk": "hdd"}))
    assert term_of(named("n0", operator="NotIn")).matches(node("n1"))


def test_the_node_selector_and_any_required_term_must_match() -> None:
    spec = required(expression("zone", "In", "a"), expression("zone", "In", "b"))
    spec["nodeSelector"] = {"disk": "ssd"}
    assert placed(spec).nodes.allows(node(labels={"zone": "b", "disk": "ssd"}))
    assert not placed(spec).nodes.allows(node(labels={"zone": "b", "disk": "hdd"}))
    assert not placed(spec).nodes.allows(node(labels={"zone": "c", "disk": "ssd"}))
    assert placed({}).nodes.allows(node())


def test_weights_of_matching_preferred_terms_add_up() -> None:
    terms = [
        {"weight": 10, "preference": expression("disk", "In", "ssd")},
        {"weight": 5, "preference": expression("zone", "Exists")},
        {"weight": 100, "preference": {}},
    ]
    key = "preferredDuringSchedulingIgnoredDuringExecution"
    spec = {"affinity": {"nodeAffinity": {key: terms}}}
    assert weight(spec, node(labels={"disk": "ssd", "zone": "a"})) == 15
    assert weight(spec, node(labels={"disk": "ssd"})) == 10
    assert weight(spec, node()) == 0
    assert weight({}, node()) == 0


def test_names_are_required_only_if_each_term_names_some() -> None:
    assert names({}) is None
    assert names(required(named("n0"), named("n1"))) == {"n0", "n1"}
    assert names(required(named("n0"), expression("a", "Exists"))) is None
    assert names(required(named("n0", operator="NotIn"))) is None
    twice = {"matchFields": named("n0")["matchFields"] + named("n1")["matchFields"]}
    assert names(required(twice)) == set()
    assert names(required(twice, named("n2"))) == {"n2"}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({}, None),
        ({"nodeName": "n0"}, None),
        ({"nodeName": "n1"}, Reason.NODE_NAME),
        ({"nodeSelector": {"disk": "hdd"}}, Reason.NODE_AFFINITY),
        (required(named("n1")), Reason.NODE_AFFINITY_PREFILTER),
    ],
)
def test_the_verdict_names_the_filter_that_fails(
    spec: dict[str, Any], reason: Reason | None
) -> None:
    expected = 0 if reason is None else 1 << reason | UNRESOLVABLE
    assert static_verdict(placed(spec), node(labels={"disk": "ssd"})) == StaticVerdict(
        expected, 0, 0
    )


def test_filters_are_asked_in_the_order_of_the_scheduler() -> None:
    placement = placed({"nodeSelector": {"disk": "hdd"}, "nodeName": "n1"})
    bad = node(unschedulable=True, taints=[TAINT])
    reasons = [static_verdict(placement, bad).reasons]
    for better in (
        {"unschedulable": False},
        {"key": bad.key._replace(name="n1")},
        {"taints": ()},
        {"labels": {"disk": "hdd"}},
    ):
        bad = replace(bad, **better)
        reasons.append(static_verdict(placement, bad).reasons)
    order = [Reason.NODE_UNSCHEDULABLE, Reason.NODE_NAME, Reason.TAINT, Reason.NODE_AFFINITY]
    assert reasons == [*(1 << reason | UNRESOLVABLE for reason in order), 0]
