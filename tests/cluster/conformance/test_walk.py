"""What a recording may show of a Deployment at one moment."""

from __future__ import annotations

import numpy as np

from simarena.cluster.codes import LogKind
from simarena.cluster.conformance.walk import State, Walk
from simarena.cluster.records import LOG


def after(*entries: tuple[LogKind, int, int, int]) -> Walk:
    """Return a walk after entries of the log: kind, subject, template, value."""
    log = np.zeros(len(entries), LOG)
    for row, (kind, subject, template, value) in zip(log, entries, strict=True):
        row["kind"], row["subject"], row["template"], row["value"] = kind, subject, template, value
    walk = Walk()
    for _ in walk.follow(log):
        pass
    return walk


BEGUN = (
    (LogKind.WORKLOAD_APPLIED, 0, 0, 1),
    (LogKind.WORKLOAD_SCALED, 1, 0, 1),
    (LogKind.POD_CREATED, 7, 0, 0),
    (LogKind.POD_SCHEDULED, 7, 0, 0),
    (LogKind.POD_READY, 7, 0, 0),
)
SCALED_DOWN = (*BEGUN, (LogKind.WORKLOAD_SCALED, 1, 0, 0))
DELETED = (*SCALED_DOWN, (LogKind.POD_DELETED, 7, 0, 1))
GONE = (*DELETED, (LogKind.POD_GONE, 7, 0, 0))


def test_counts_must_be_equal() -> None:
    walk = after(*BEGUN)
    assert walk.state() == State(1, 1, 0, 0, (1,))
    assert walk.shows(State(1, 1, 0, 0, (1,)))
    assert not walk.shows(State(1, 0, 1, 0, (1,)))
    assert not walk.shows(State(1, 1, 0, 1, (1,)))
    assert not walk.shows(State(1, 1, 0, 0, (2,)))
    assert not walk.shows(State(1, 1, 0, 0, (1, 0)))


def test_a_replicaset_with_a_pod_that_stays_is_listed() -> None:
    walk = after(*SCALED_DOWN)
    assert walk.shows(State(1, 1, 0, 0, (0,)))
    assert not walk.shows(State(1, 1, 0, 0, ()))


def test_a_pod_being_deleted_is_there_ready_or_no_longer() -> None:
    walk = after(*DELETED)
    for ready in (0, 1):
        assert walk.shows(State(1, ready, 1 - ready, 0, ()))
        assert walk.shows(State(1, ready, 1 - ready, 0, (0,)))


def test_an_emptied_replicaset_is_listed_until_its_status_says_so() -> None:
    walk = after(*GONE)
    assert walk.state() == State(0, 0, 0, 0, ())
    assert walk.shows(State(0, 0, 0, 0, (0,)))
    assert walk.shows(State(0, 0, 0, 0, ()))
    walk.begin()
    assert not walk.shows(State(0, 0, 0, 0, (0,)))


def test_a_rollback_moves_the_old_replicaset_to_the_end() -> None:
    walk = after(
        (LogKind.WORKLOAD_APPLIED, 0, 0, 2),
        (LogKind.WORKLOAD_SCALED, 1, 0, 2),
        (LogKind.WORKLOAD_APPLIED, 0, 5, 2),
        (LogKind.WORKLOAD_SCALED, 2, 5, 1),
        (LogKind.WORKLOAD_APPLIED, 0, 0, 2),
        (LogKind.WORKLOAD_SCALED, 2, 5, 3),
    )
    assert walk.state().replicasets == (3, 2)
