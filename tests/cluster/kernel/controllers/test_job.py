"""Jobs: pods that run to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster._controllers import cluster_of, conditions, job, pod_names, reasons
from tests.cluster._objects import check_world, node, world_of

from simarena.errors import ManifestError, NotFoundError

if TYPE_CHECKING:
    from simarena.cluster import Cluster


def status_of(cluster: Cluster, name: str = "task") -> dict[str, object]:
    status: dict[str, object] = cluster.get("Job", name)["status"]
    return status


def test_a_job_runs_one_pod_to_its_end() -> None:
    cluster = cluster_of([node()], job_run_ms=5_000)
    cluster.apply(job())
    cluster.advance(3)
    assert status_of(cluster)["active"] == 1
    cluster.settle()
    assert conditions(cluster.get("Job", "task")) == [
        ("SuccessCriteriaMet", "True", "CompletionsReached"),
        ("Complete", "True", "CompletionsReached"),
    ]
    assert status_of(cluster)["succeeded"] == 1
    (pod,) = cluster.list("Pod")
    assert pod["status"]["phase"] == "Succeeded"
    assert pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "task"
    # made 15 ms after the Job, bound 2 ms later, ready in 1 s, 5 s of work, seen within 1 s
    assert status_of(cluster)["startTime"] == "2026-01-01T00:00:00Z"
    assert status_of(cluster)["completionTime"] == "2026-01-01T00:00:07Z"
    assert reasons(cluster, "Job")[-1] == ("Completed", "Job completed")
    check_world(world_of(cluster))


def test_no_more_pods_run_at_once_than_parallelism() -> None:
    cluster = cluster_of([node(cpu="16")], job_run_ms=3_000)
    cluster.apply(job(parallelism=2, completions=5))
    most = 0
    for _ in range(250):
        cluster.advance(0.1)
        most = max(most, len(pod_names(cluster)))
    assert most == 2
    assert status_of(cluster)["succeeded"] == 5
    assert len(cluster.list("Pod")) == 5


def test_the_last_completions_need_no_more_pods_than_are_missing() -> None:
    cluster = cluster_of([node(cpu="16")], job_run_ms=3_000)
    cluster.apply(job(parallelism=4, completions=5))
    cluster.settle()
    assert len(cluster.list("Pod")) == 5


def test_indexed_pods_have_each_index_once() -> None:
    cluster = cluster_of([node(cpu="16")], job_run_ms=1_000)
    cluster.apply(job(parallelism=2, completions=4, completionMode="Indexed"))
    cluster.settle()
    indexes = [
        pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"]
        for pod in cluster.list("Pod")
    ]
    assert sorted(indexes) == ["0", "1", "2", "3"]
    assert {pod["metadata"]["name"].rpartition("-")[0] for pod in cluster.list("Pod")} == {
        f"task-{index}" for index in range(4)
    }
    assert status_of(cluster)["completedIndexes"] == "0-3"


def test_an_index_whose_pod_is_deleted_runs_again() -> None:
    cluster = cluster_of([node(cpu="16")], job_run_ms=60_000)
    cluster.apply(job(parallelism=2, completions=2, completionMode="Indexed"))
    cluster.advance(5)
    gone = next(name for name in pod_names(cluster) if name.startswith("task-1-"))
    cluster.delete("Pod", gone)
    cluster.advance(9)
    assert len(pod_names(cluster)) == 1
    cluster.advance(3)  # the first failure holds new pods up for 10 s
    assert sorted(name[:6] for name in pod_names(cluster)) == ["task-0", "task-1"]
    assert status_of(cluster)["failed"] == 1


def test_without_completions_one_success_ends_it() -> None:
    cluster = cluster_of([node(cpu="16")], job_run_ms=5_000)
    cluster.apply(job(parallelism=3))
    cluster.settle()
    assert status_of(cluster)["succeeded"] == 3
    assert conditions(cluster.get("Job", "task"))[-1][0] == "Complete"


def test_failures_in_a_row_wait_twice_as_long_each_time() -> None:
    cluster = cluster_of([node()], job_run_ms=3_600_000)
    cluster.apply(job())
    waits = []
    for _ in range(3):
        cluster.advance(2)
        (name,) = pod_names(cluster)
        cluster.delete("Pod", name)
        waited = 0
        while not pod_names(cluster):
            cluster.advance(1)
            waited += 1
        waits.append(waited)
    assert waits == [10, 20, 40]


def test_more_failures_than_the_backoff_limit_fail_it() -> None:
    cluster = cluster_of([node()], job_run_ms=3_600_000)
    cluster.apply(job(backoffLimit=1))
    for _ in range(2):
        cluster.advance(30)
        (name,) = pod_names(cluster)
        cluster.delete("Pod", name)
    cluster.advance(30)
    assert pod_names(cluster) == []
    assert status_of(cluster)["failed"] == 2
    assert conditions(cluster.get("Job", "task")) == [
        ("FailureTarget", "True", "BackoffLimitExceeded"),
        ("Failed", "True", "BackoffLimitExceeded"),
    ]


def test_a_job_past_its_deadline_fails_and_its_pods_go() -> None:
    cluster = cluster_of([node()], job_run_ms=3_600_000)
    cluster.apply(job(activeDeadlineSeconds=30))
    cluster.advance(29)
    assert len(pod_names(cluster)) == 1
    cluster.advance(3)
    assert pod_names(cluster) == []
    assert conditions(cluster.get("Job", "task"))[-1] == ("Failed", "True", "DeadlineExceeded")


def test_a_finished_job_goes_after_its_time_to_live() -> None:
    cluster = cluster_of([node()])
    cluster.apply(job(ttlSecondsAfterFinished=10))
    cluster.advance(5)
    assert status_of(cluster)["succeeded"] == 1
    cluster.advance(20)
    with pytest.raises(NotFoundError):
        cluster.get("Job", "task")
    assert cluster.list("Pod") == []
    check_world(world_of(cluster))


def test_a_suspended_job_has_no_pods_and_goes_on_when_resumed() -> None:
    cluster = cluster_of([node()], job_run_ms=2_000)
    cluster.apply(job(suspend=True))
    cluster.advance(5)
    assert pod_names(cluster) == []
    assert conditions(cluster.get("Job", "task")) == [("Suspended", "True", "JobSuspended")]
    cluster.apply(job())
    cluster.settle()
    assert status_of(cluster)["succeeded"] == 1
    assert "failed" not in status_of(cluster)


def test_what_the_api_refuses_is_refused() -> None:
    cluster = cluster_of([node()])
    with pytest.raises(ManifestError, match="managedBy: only kubernetes"):
        cluster.apply(job(managedBy="example.com/other"))
    with pytest.raises(
        ManifestError, match="completions: Required value: when completion mode is Indexed"
    ):
        cluster.apply(job(completionMode="Indexed", parallelism=2))
    always = job()
    always["spec"]["template"]["spec"]["restartPolicy"] = "Always"
    with pytest.raises(ManifestError, match="restartPolicy: Required value: valid values"):
        cluster.apply(always)


def test_an_index_that_has_succeeded_does_not_run_again_if_its_pod_is_deleted() -> None:
    cluster = cluster_of([node(cpu="16")], job_run_ms=2_000)
    cluster.apply(job(parallelism=1, completions=3, completionMode="Indexed"))
    cluster.advance(5)
    (first,) = (
        pod["metadata"]["name"]
        for pod in cluster.list("Pod")
        if pod["status"]["phase"] == "Succeeded"
    )
    cluster.delete("Pod", first)
    cluster.settle()
    assert status_of(cluster)["completedIndexes"] == "0-2"
    assert [pod["metadata"]["name"][:6] for pod in cluster.list("Pod")] == ["task-1", "task-2"]
    check_world(world_of(cluster))


def test_pods_that_are_being_deleted_are_replaced_at_once_or_when_they_are_gone() -> None:
    for policy, at_once in (("TerminatingOrFailed", True), ("Failed", False)):
        cluster = cluster_of([node(cpu="16")], job_run_ms=600_000, termination_ms=20_000)
        cluster.apply(job(podReplacementPolicy=policy))
        cluster.advance(5)
        (name,) = pod_names(cluster)
        cluster.delete("Pod", name)
        cluster.advance(15)  # 10 s of back-off
        assert len(pod_names(cluster)) == at_once
        assert (status_of(cluster).get("failed"), status_of(cluster)["terminating"]) == (
            1 if at_once else None,
            1,
        )
        cluster.advance(20)
        assert len(pod_names(cluster)) == 1
        assert (status_of(cluster)["failed"], status_of(cluster)["terminating"]) == (1, 0)


def test_suspension_and_resumption_are_told() -> None:
    cluster = cluster_of([node()], job_run_ms=60_000)
    cluster.apply(job())
    cluster.advance(5)
    cluster.apply(job(suspend=True))
    cluster.advance(5)
    assert pod_names(cluster) == []
    cluster.apply(job())
    cluster.advance(5)
    assert conditions(cluster.get("Job", "task")) == [("Suspended", "False", "JobResumed")]
    told = [reason for reason, _ in reasons(cluster, "Job")]
    assert told[:3] == ["SuccessfulCreate", "SuccessfulDelete", "Suspended"]
    assert told[3:] == ["Resumed", "SuccessfulCreate"]
    assert "failed" not in status_of(cluster)
