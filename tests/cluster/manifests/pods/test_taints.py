from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.manifests.pods.taints import (
    NOT_READY,
    UNREACHABLE,
    UNSCHEDULABLE,
    Taint,
    Toleration,
    default_tolerations,
    first_untolerated_taint,
    num_untolerated_preferred,
    read_tolerations,
    tolerates,
)

TAINT = Taint("team", "a", "NoSchedule")


def read(tolerations: list[dict[str, Any]]) -> tuple[Toleration, ...]:
    return read_tolerations({"tolerations": tolerations}, "spec")


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
    ],
)
def test_a_toleration_tolerates_by_key_value_and_effect(
    toleration: dict[str, str], expected: bool
) -> None:
    assert tolerates(read([toleration]), TAINT) is expected


def test_a_taint_without_value_is_equal_to_a_toleration_without_one() -> None:
    assert tolerates(read([{"key": "x"}]), Taint("x", "", "NoSchedule"))


def test_the_first_hard_taint_that_is_not_tolerated_counts() -> None:
    soft = Taint("soft", "", "PreferNoSchedule")
    out = Taint("out", "", "NoExecute")
    tolerations = read([{"key": "team", "operator": "Exists"}])
    assert first_untolerated_taint(tolerations, [soft, TAINT, out]) == out
    assert first_untolerated_taint([], [soft, TAINT, out]) == TAINT
    assert first_untolerated_taint([], [soft]) is None


def test_soft_taints_are_counted_unless_a_toleration_covers_their_effect() -> None:
    taints = [Taint(key, "", "PreferNoSchedule") for key in ("a", "b")]
    assert num_untolerated_preferred([], [*taints, TAINT]) == 2
    assert num_untolerated_preferred(read([{"key": "a", "operator": "Exists"}]), taints) == 1
    hard_only = read([{"operator": "Exists", "effect": "NoSchedule"}])
    assert num_untolerated_preferred(hard_only, taints) == 2


def test_a_cordoned_node_needs_its_own_toleration() -> None:
    own = {"key": UNSCHEDULABLE.key, "operator": "Exists", "effect": "NoSchedule"}
    assert not tolerates([], UNSCHEDULABLE)
    assert tolerates(read([{"operator": "Exists"}]), UNSCHEDULABLE)
    assert tolerates(read([own]), UNSCHEDULABLE)


def test_pods_that_say_nothing_of_failed_nodes_stay_for_a_while() -> None:
    assert [each.key for each in default_tolerations(())] == [NOT_READY, UNREACHABLE]
    given = read([{"key": NOT_READY, "operator": "Exists", "effect": "NoExecute"}])
    assert [each.key for each in default_tolerations(given)] == [UNREACHABLE]
    assert default_tolerations(read([{"operator": "Exists"}])) == []
