from __future__ import annotations

from tests.distributed.chaos.storm import storm


def test_jobs_and_rounds_end_exactly_once_though_processes_die_and_the_store_fails() -> None:
    report = storm(6, seed=1, num_disturbances=5, with_rounds=True)
    assert report.left == []
    assert report.num_results == report.num_equal == 6
    assert report.rounds_equal
    assert report.kills + report.pauses > 0
    assert report.faults
