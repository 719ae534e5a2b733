"""CronJobs: Jobs when they are due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._controllers import cluster_of, cronjob, job, pod_names, reasons
from tests.cluster._objects import check_world, node, world_of
from tests.trace._objects import trace_of

from simarena.errors import ManifestError, SimulationError

if TYPE_CHECKING:
    from simarena.cluster import Cluster

EPOCH_MINUTES = 29_453_760
"""2026-01-01T00:00Z, when virtual time begins, in minutes of Unix time."""


def minutes(cluster: Cluster) -> list[int]:
    """Return for which minutes of virtual time there are Jobs."""
    return sorted(
        int(job["metadata"]["name"].rpartition("-")[2]) - EPOCH_MINUTES
        for job in cluster.list("Job")
    )


def test_a_job_starts_a_tenth_of_a_second_after_it_is_due() -> None:
    cluster = cluster_of([node()], job_run_ms=10_000)
    cluster.apply(cronjob())
    cluster.advance(60.0)
    assert cluster.list("Job") == []
    cluster.advance(0.2)
    (job,) = cluster.list("Job")
    assert job["metadata"]["name"] == f"tick-{EPOCH_MINUTES + 1}"
    (owner,) = job["metadata"]["ownerReferences"]
    assert (owner["apiVersion"], owner["kind"], owner["name"]) == ("batch/v1", "CronJob", "tick")
    status = cluster.get("CronJob", "tick")["status"]
    assert status["lastScheduleTime"] == "2026-01-01T00:01:00Z"
    assert [each["name"] for each in status["active"]] == [job["metadata"]["name"]]
    cluster.advance(30)
    status = cluster.get("CronJob", "tick")["status"]
    assert "active" not in status
    assert status["lastSuccessfulTime"] == "2026-01-01T00:01:12Z"
    (pod,) = cluster.list("Pod")
    assert pod["metadata"]["name"].startswith(f"{job['metadata']['name']}-")
    assert reasons(cluster, "CronJob") == [
        ("SuccessfulCreate", f"Created job {job['metadata']['name']}"),
        ("SawCompletedJob", f"Saw completed job: {job['metadata']['name']}, condition: Complete"),
    ]


def test_only_the_last_three_finished_jobs_are_kept() -> None:
    cluster = cluster_of([node()])
    cluster.apply(cronjob())
    cluster.advance(600.5)
    cluster.advance(10)
    assert minutes(cluster) == [8, 9, 10]
    assert len(cluster.list("Pod")) == 3
    check_world(world_of(cluster))


@pytest.mark.parametrize(
    ("policy", "running", "started"),
    [("Allow", [1, 2, 3], 3), ("Forbid", [1], 1), ("Replace", [3], 3)],
)
def test_a_job_that_still_runs_is_joined_awaited_or_replaced(
    policy: str, running: list[int], started: int
) -> None:
    cluster = cluster_of([node()], job_run_ms=3_600_000)
    cluster.apply(cronjob(concurrencyPolicy=policy))
    cluster.advance(200)
    assert minutes(cluster) == running
    made = [reason for reason, _ in reasons(cluster, "CronJob") if reason == "SuccessfulCreate"]
    assert len(made) == started
    assert len(pod_names(cluster)) == len(running)


def test_the_latest_time_that_was_forbidden_is_made_up_for_when_the_job_ends() -> None:
    cluster = cluster_of([node()], job_run_ms=150_000)
    cluster.apply(cronjob(concurrencyPolicy="Forbid"))
    cluster.advance(215)  # the first one ends at 60 + 1 + 150 and is seen within a second
    assert minutes(cluster) == [1, 3]


def test_no_time_is_made_up_for_after_the_starting_deadline() -> None:
    cluster = cluster_of([node()], job_run_ms=150_000)
    cluster.apply(cronjob(concurrencyPolicy="Forbid", startingDeadlineSeconds=10))
    cluster.advance(215)
    assert minutes(cluster) == [1]
    cluster.advance(30)
    assert minutes(cluster) == [1, 4]


def test_a_suspended_cronjob_starts_its_latest_missed_job_when_resumed() -> None:
    cluster = cluster_of([node()])
    cluster.apply(cronjob(suspend=True))
    cluster.advance(200)
    assert minutes(cluster) == []
    cluster.apply(cronjob())
    cluster.advance(5)
    assert minutes(cluster) == [3]


def test_another_schedule_holds_from_now_on() -> None:
    cluster = cluster_of([node()])
    cluster.apply(cronjob(schedule="0 0 1 1 *"))
    cluster.advance(90)
    cluster.apply(cronjob(schedule="*/2 * * * *"))
    cluster.advance(300)
    assert minutes(cluster) == [2, 4, 6]


def test_a_deleted_cronjob_takes_its_jobs_along_and_starts_no_more() -> None:
    cluster = cluster_of([node()], job_run_ms=600_000)
    cluster.apply(cronjob())
    cluster.advance(70)
    cluster.delete("CronJob", "tick")
    cluster.advance(300)
    assert cluster.list("Job") == cluster.list("Pod") == []
    check_world(world_of(cluster))


def test_one_job_of_it_can_be_deleted() -> None:
    cluster = cluster_of([node()], job_run_ms=600_000)
    cluster.apply(cronjob())
    cluster.advance(130)
    cluster.delete("Job", f"tick-{EPOCH_MINUTES + 1}")
    cluster.advance(1)
    assert minutes(cluster) == [2]
    assert len(pod_names(cluster)) == 1


def test_a_snapshot_goes_on_as_the_original() -> None:
    cluster = cluster_of([node()], job_run_ms=20_000)
    cluster.apply(cronjob())
    cluster.advance(100)
    saved = cluster.snapshot()
    cluster.advance(300)
    first = cluster.list("Job"), cluster.list("Pod")
    cluster.restore(saved)
    cluster.advance(300)
    assert (cluster.list("Job"), cluster.list("Pod")) == first


@pytest.mark.parametrize("schedule", ["* * * *", "60 * * * *", "TZ=UTC * * * * *", ""])
def test_a_malformed_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ManifestError, match=r'CronJob.batch "tick" is invalid: spec.schedule: '):
        cluster_of([]).apply(cronjob(schedule=schedule))


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ManifestError, match=r"timeZone: .* unknown time zone Moon/Base"):
        cluster_of([]).apply(cronjob(timeZone="Moon/Base"))


def test_jobs_that_were_made_keep_what_they_were_made_from() -> None:
    cluster = cluster_of([node()], job_run_ms=100_000)
    before = cronjob(job={"backoffLimit": 3})
    before["spec"]["jobTemplate"]["metadata"] = {"labels": {"release": "old"}}
    cluster.apply(before)
    cluster.advance(60.5)
    (made,) = cluster.list("Job")
    saved = cluster.snapshot()
    after = cronjob(job={"backoffLimit": 5})
    after["spec"]["jobTemplate"]["metadata"] = {"labels": {"release": "new"}}
    cluster.apply(after)
    (job,) = cluster.list("Job")
    assert job == made
    cluster.advance(60)
    old, new = cluster.list("Job")
    assert (old["spec"]["backoffLimit"], new["spec"]["backoffLimit"]) == (3, 5)
    assert old["metadata"]["labels"] == {"release": "old"}
    assert new["metadata"]["labels"] == {"release": "new"}
    cluster.restore(saved)
    cluster.advance(60)
    assert [job["spec"]["backoffLimit"] for job in cluster.list("Job")] == [3, 3]


def test_a_change_of_labels_alone_leaves_the_jobs_that_were_made() -> None:
    cluster = cluster_of([node()])
    cluster.apply(cronjob())
    cluster.advance(60.5)
    changed = cronjob()
    changed["spec"]["jobTemplate"]["metadata"] = {"annotations": {"team": "b"}}
    cluster.apply(changed)
    cluster.advance(60)
    old, new = cluster.list("Job")
    assert "team" not in old["metadata"]["annotations"]
    assert new["metadata"]["annotations"]["team"] == "b"


def test_more_runs_than_the_limit_are_refused_before_anything_happens() -> None:
    cluster = cluster_of([node()], max_cronjob_runs=1_000)
    cluster.apply(cronjob(schedule="@every 1s"))
    with pytest.raises(SimulationError, match=r"due about 3600 times, more than 1000; advance les"):
        cluster.advance(3_600)
    assert cluster.now_ms == 0
    cluster.advance(999)
    assert cluster.get("CronJob", "tick")["status"]["lastScheduleTime"] == "2026-01-01T00:16:38Z"


def test_schedules_that_are_seldom_due_stay_within_the_limit_for_years() -> None:
    cluster = cluster_of([node()], max_cronjob_runs=1_000)
    cluster.apply(cronjob(schedule="0 0 1 * *"))
    cluster.advance(2 * 365 * 86_400)
    assert cluster.get("CronJob", "tick")["status"]["lastScheduleTime"] == "2027-12-01T00:00:00Z"
    cluster.apply(cronjob("busy", "* * 1 * *"))
    with pytest.raises(SimulationError, match="CronJobs would be due"):
        cluster.advance(86_400 * 32)


def test_a_replay_with_more_runs_than_the_limit_is_refused_before_it_begins() -> None:
    trace = trace_of((0, [cronjob(schedule="@every 1s")], []), (7_200, [job()], []))
    cluster = cluster_of([node()], max_cronjob_runs=1_000)
    with pytest.raises(
        SimulationError, match=r"7200 times, more than 1000; replay less with a dur"
    ):
        cluster.replay(trace)
    assert cluster.now_ms == 0
    cluster.replay(trace, duration=600)
    assert cluster.now_ms == 600_000


def test_a_cronjob_that_has_missed_over_a_hundred_times_warns_of_it_at_each_look() -> None:
    cluster = cluster_of([node()], job_run_ms=86_400_000)
    cluster.apply(cronjob(concurrencyPolicy="Forbid"))
    cluster.advance(60 * 101 + 1)
    assert missed(cluster) == []
    cluster.advance(60)
    cluster.advance(60)
    (event,) = missed(cluster)
    assert (event["type"], event["count"]) == ("Warning", 2)
    assert event["message"].startswith("too many missed start times. Set or decrease ")


def test_a_suspended_cronjob_warns_once_it_goes_on_and_starts_the_latest_job_alone() -> None:
    cluster = cluster_of([node()])
    cluster.apply(cronjob(suspend=True))
    cluster.advance(60 * 300 + 1)
    assert missed(cluster) == []
    cluster.apply(cronjob())
    cluster.advance(30)
    assert minutes(cluster) == [300]
    assert [each["count"] for each in missed(cluster)] == [1]
    cluster.advance(120)
    assert [each["count"] for each in missed(cluster)] == [1]


def test_times_that_are_too_late_to_start_a_job_are_not_missed() -> None:
    cluster = cluster_of([node()], job_run_ms=86_400_000)
    cluster.apply(cronjob(concurrencyPolicy="Forbid", startingDeadlineSeconds=3_000))
    cluster.advance(60 * 200)
    assert missed(cluster) == []


def missed(cluster: Cluster) -> list[dict[str, Any]]:
    return [each for each in cluster.events() if each["reason"] == "TooManyMissedTimes"]
