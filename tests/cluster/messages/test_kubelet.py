from __future__ import annotations

import pytest

from simarena.cluster.codes import Exit, Failure
from simarena.cluster.messages.kubelet import (
    FAILURE_REASONS,
    Consumer,
    eviction_text,
    exit_reason,
    go_duration,
)


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        (10_000, "10s"),
        (80_000, "1m20s"),
        (160_000, "2m40s"),
        (300_000, "5m0s"),
        (3_600_000, "1h0m0s"),
    ],
)
def test_durations_are_written_as_go_writes_them(time_ms: int, text: str) -> None:
    assert go_duration(time_ms) == text


def test_an_eviction_names_only_containers_above_their_request() -> None:
    mebibyte = 1024 * 1024
    consumers = [Consumer("a", 5 * mebibyte, 5 * mebibyte), Consumer("b", 1_000, 0)]
    assert eviction_text(-7, 100 * mebibyte, consumers) == (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 0. "
        "Container b was using 1000, request is 0, has larger consumption of memory. "
    )


def test_every_end_has_a_reason_and_a_code() -> None:
    assert exit_reason(Exit.OOM_KILLED, 0) == ("OOMKilled", 137)
    assert exit_reason(Exit.BY_ITSELF, 0) == ("Completed", 0)
    assert exit_reason(Exit.BY_ITSELF, 2) == ("Error", 2)
    assert exit_reason(Exit.KILLED, 0) == ("Error", 137)


def test_every_failure_has_a_reason() -> None:
    assert set(FAILURE_REASONS) == set(Failure) - {Failure.NONE}
