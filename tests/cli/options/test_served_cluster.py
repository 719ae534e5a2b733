"""What `simarena serve` puts into the cluster that it serves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simarena.cli.options.served_cluster import Served
from simarena.errors import ConfigError


def test_a_served_cluster_begins_now() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    (first, *_) = Served().cluster().list("Node")
    assert before <= datetime.fromisoformat(first["metadata"]["creationTimestamp"])


def test_a_served_cluster_begins_when_it_is_told_to() -> None:
    (first, *_) = Served(epoch="2026-02-03T04:05:06Z").cluster().list("Node")
    assert first["metadata"]["creationTimestamp"] == "2026-02-03T04:05:06Z"


@pytest.mark.parametrize("epoch", ["then", "2026-02-03", "2025-12-31T23:59:59Z"])
def test_a_beginning_that_is_none_is_refused(epoch: str) -> None:
    with pytest.raises(
        ConfigError, match="--epoch must be now, or a time from 2026-01-01T00:00:00Z"
    ):
        Served(epoch=epoch).cluster()
