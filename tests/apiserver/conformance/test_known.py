"""The list of answers that are known to differ."""

from __future__ import annotations

from simarena.apiserver.conformance.known import Known, is_known, known_differences

MOST = 2
"""So many there are. Take one away with each that is mended; never add one."""


def test_the_list_only_shrinks() -> None:
    assert len(known_differences()) <= MOST


def test_each_difference_has_a_reason_and_names_a_family() -> None:
    for each in known_differences():
        assert each.reason.endswith(".")
        assert "*" not in each.case.partition("/")[0]


def test_a_difference_covers_the_steps_that_it_names() -> None:
    known = Known(case="put/lease-*", steps="3", reason="x")
    assert known.covers("put", "lease-a", 3)
    assert not known.covers("put", "lease-a", 4)
    assert not known.covers("apply", "lease-a", 3)


def test_other_steps_are_not_known() -> None:
    assert not is_known("validation", "pod-minimal", 0)
