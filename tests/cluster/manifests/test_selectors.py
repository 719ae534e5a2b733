from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.codes import UNRESOLVABLE, Reason
from simarena.cluster.manifests.selectors import (
    StaticVerdict,
    first_untolerated_taint,
    matches_label_selector,
    matches_node_affinity,
    matches_node_selector_term,
    names_required_by_affinity,
    num_untolerated_preferred,
    preferred_affinity_weight,
    static_verdict,
    tolerates,
    tolerates_unschedulable,
)


def node(
    name: str = "n0", *, labels: dict[str, str] | None = None, **spec: object
) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def named(*values: str, operator: str = "In") -> dict[str, Any]:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(values)}]}


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    return {"affinity": {"nodeAffinity": {key: {"nodeSelectorTerms": list(terms)}}}}


def test_no_selector_matches_nothing_and_an_empty_one_everything() -> None:
    assert not matches_label_selector(None, {"a": "1"})
    assert matches_label_selector({}, {})
    assert matches_label_selector({}, {"a": "1"})
    assert matches_label_selector({"matchLabels": None, "matchExpressions": None}, {"a": "1"})


@pytest.mark.parametrize(
    ("operator", "values", "present", "other", "absent"),
    [
        ("In", ["x", "y"], True, False, False),
        ("NotIn", ["x", "y"], False, True, True),
        ("Exists", [], True, True, False),
        ("DoesNotExist", [], False, False, True),
    ],
)
def test_expressions_decide_by_the_label(
    operator: str, values: list[str], present: bool, other: bool, absent: bool
) -> None:
    selector = expression("k", operator, *values)
    assert matches_label_selector(selector, {"k": "x"}) is present
    assert matches_label_selector(selector, {"k": "z"}) is other
    assert matches_label_selector(selector, {}) is absent


def test_all_parts_of_a_selector_must_hold() -> None:
    selector = {"matchLabels": {"app": "web"}, **expression("tier", "Exists")}
    assert matches_label_selector(selector, {"app": "web", "tier": "front"})
    assert not matches_label_selector(selector, {"app": "web"})
    assert not matches_label_selector(selector, {"app": "db", "tier": "front"})


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
    assert matches_node_selector_term(term, node(labels={"gen": value})) is expected
    assert not matches_node_selector_term(term, node())


def test_an_empty_term_matches_no_node() -> None:
    assert not matches_node_selector_term({}, node())
    assert not matches_node_selector_term({"matchExpressions": [], "matchFields": None}, node())


def test_fields_and_labels_of_a_term_must_both_match() -> None:
    term = {**named("n0"), **expression("disk", "In", "ssd")}
    assert matches_node_selector_term(term, node("n0", labels={"disk": "ssd"}))
    assert not matches_node_selector_term(term, node("n1", labels={"disk": "ssd"}))
    assert not matches_node_selector_term(term, node("n0", labels={"disk": "hdd"}))
    assert matches_node_selector_term(named("n0", operator="NotIn"), node("n1"))


def test_a_field_requirement_of_two_values_matches_nothing() -> None:
    assert not matches_node_selector_term(named("n0", "n1"), node("n0"))


def test_the_node_selector_and_any_required_term_must_match() -> None:
    spec = required(expression("zone", "In", "a"), expression("zone", "In", "b"))
    spec["nodeSelector"] = {"disk": "ssd"}
    assert matches_node_affinity(spec, node(labels={"zone": "b", "disk": "ssd"}))
    assert not matches_node_affinity(spec, node(labels={"zone": "b", "disk": "hdd"}))
    assert not matches_node_affinity(spec, node(labels={"zone": "c", "disk": "ssd"}))
    assert matches_node_affinity({}, node())
    assert not matches_node_affinity(required(), node())


def test_weights_of_matching_preferred_terms_add_up() -> None:
    terms = [
        {"weight": 10, "preference": expression("disk", "In", "ssd")},
        {"weight": 5, "preference": expression("zone", "Exists")},
        {"weight": 100, "preference": {}},
    ]
    key = "preferredDuringSchedulingIgnoredDuringExecution"
    spec = {"affinity": {"nodeAffinity": {key: terms}}}
    assert preferred_affinity_weight(spec, node(labels={"disk": "ssd", "zone": "a"})) == 15
    assert preferred_affinity_weight(spec, node(labels={"disk": "ssd"})) == 10
    assert preferred_affinity_weight(spec, node()) == 0
    assert preferred_affinity_weight({}, node()) == 0


def test_names_are_required_only_if_each_term_names_some() -> None:
    assert names_required_by_affinity({}) is None
    assert names_required_by_affinity(required(named("n0"), named("n1"))) == {"n0", "n1"}
    assert names_required_by_affinity(required(named("n0"), expression("a", "Exists"))) is None
    assert names_required_by_affinity(required(named("n0", operator="NotIn"))) is None
    twice = {"matchFields": named("n0")["matchFields"] + named("n1")["matchFields"]}
    assert names_required_by_affinity(required(twice)) == set()
    assert names_required_by_affinity(required(twice, named("n2"))) == {"n2"}


TAINT = {"key": "team", "value": "a", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "team", "operator": "Equal", "value": "a", "effect": "NoSchedule"}, True),
        ({"key": "team", "value": "a"}, True),
        ({"key": "team", "value": "b"}, False),
        ({"key": "team"}, False),
        ({"key": "team", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "team", "operator": "Gt", "value": "1"}, False),
    ],
)
def test_a_toleration_tolerates_by_key_value_and_effect(
    toleration: dict[str, str], expected: bool
) -> None:
    assert tolerates([toleration], TAINT) is expected


def test_a_taint_without_value_is_equal_to_a_toleration_without_one() -> None:
    assert tolerates([{"key": "x"}], {"key": "x", "effect": "NoSchedule"})


def test_the_first_hard_taint_that_is_not_tolerated_counts() -> None:
    soft = {"key": "soft", "effect": "PreferNoSchedule"}
    out = {"key": "out", "effect": "NoExecute"}
    tolerations = [{"key": "team", "operator": "Exists"}]
    assert first_untolerated_taint(tolerations, [soft, TAINT, out]) == out
    assert first_untolerated_taint([], [soft, TAINT, out]) == TAINT
    assert first_untolerated_taint([], [soft]) is None


def test_soft_taints_are_counted_unless_a_toleration_covers_their_effect() -> None:
    taints = [{"key": key, "effect": "PreferNoSchedule"} for key in ("a", "b")]
    assert num_untolerated_preferred([], [*taints, TAINT]) == 2
    assert num_untolerated_preferred([{"key": "a", "operator": "Exists"}], taints) == 1
    hard_only = [{"operator": "Exists", "effect": "NoSchedule"}]
    assert num_untolerated_preferred(hard_only, taints) == 2


def test_a_cordoned_node_needs_its_own_toleration() -> None:
    assert not tolerates_unschedulable([])
    assert tolerates_unschedulable([{"operator": "Exists"}])
    assert tolerates_unschedulable(
        [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}]
    )


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
    assert static_verdict(spec, node(labels={"disk": "ssd"})) == StaticVerdict(expected, 0, 0)


def test_filters_are_asked_in_the_order_of_the_scheduler() -> None:
    spec: dict[str, Any] = {"nodeSelector": {"disk": "hdd"}, "nodeName": "n1"}
    bad = node(unschedulable=True, taints=[TAINT])
    reasons = []
    reasons.append(static_verdict(spec, bad).reasons)
    bad["spec"]["unschedulable"] = False
    reasons.append(static_verdict(spec, bad).reasons)
    bad["metadata"]["name"] = "n1"
    reasons.append(static_verdict(spec, bad).reasons)
    bad["spec"]["taints"] = []
    reasons.append(static_verdict(spec, bad).reasons)
    bad["metadata"]["labels"] = {"disk": "hdd"}
    order = [Reason.NODE_UNSCHEDULABLE, Reason.NODE_NAME, Reason.TAINT, Reason.NODE_AFFINITY]
    assert reasons == [1 << reason | UNRESOLVABLE for reason in order]
    assert static_verdict(spec, bad).reasons == 0
