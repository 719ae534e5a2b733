"""Jobs whose pods fail: what their policies make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._controllers import conditions, job, pod_names, reasons
from tests.cluster._kubelet import real
from tests.cluster._objects import check_world, node, world_of

from simarena.errors import ManifestError

if TYPE_CHECKING:
    from simarena.cluster import Cluster


def failing(exits: str = "2s=3", policy: str = "Never", **spec: Any) -> dict[str, Any]:
    """Return a Job whose containers end so."""
    made = job(cpu="100m", **spec)
    template = made["spec"]["template"]
    template["metadata"] = {"annotations": {"simarena.io/exit": exits}}
    template["spec"]["restartPolicy"] = policy
    return made


def indexed(exits: str = "2s=3", completions: int = 3, **spec: Any) -> dict[str, Any]:
    return failing(
        exits, completions=completions, parallelism=completions, completionMode="Indexed", **spec
    )


def on_codes(action: str, *values: int, operator: str = "In") -> dict[str, Any]:
    return {"action": action, "onExitCodes": {"operator": operator, "values": list(values)}}


def on_disruption(action: str) -> dict[str, Any]:
    return {"action": action, "onPodConditions": [{"type": "DisruptionTarget"}]}


def status_of(cluster: Cluster) -> dict[str, Any]:
    status: dict[str, Any] = cluster.get("Job", "task")["status"]
    return status


def last(cluster: Cluster) -> tuple[str, str, str]:
    return conditions(cluster.get("Job", "task"))[-1]


def test_a_failure_policy_may_fail_the_whole_job() -> None:
    cluster = real()
    cluster.apply(failing(podFailurePolicy={"rules": [on_codes("FailJob", 3, 4)]}))
    cluster.advance(20)
    (name,) = (pod["metadata"]["name"] for pod in cluster.list("Pod"))
    message = (
        f"Container main for pod default/{name} failed with exit code 3 matching FailJob rule at "
        "index 0"
    )
    found = cluster.get("Job", "task")["status"]["conditions"]
    assert [(each["type"], each["reason"], each["message"]) for each in found] == [
        ("FailureTarget", "PodFailurePolicy", message),
        ("Failed", "PodFailurePolicy", message),
    ]
    assert status_of(cluster)["failed"] == 1
    assert reasons(cluster, "Job")[-1] == ("PodFailurePolicy", message)


def test_the_first_rule_that_matches_decides() -> None:
    cluster = real()
    rules = [on_codes("Count", 3), on_codes("FailJob", 0, operator="NotIn")]
    cluster.apply(failing(backoffLimit=1, podFailurePolicy={"rules": rules}))
    cluster.advance(40)
    assert last(cluster) == ("Failed", "True", "BackoffLimitExceeded")
    assert status_of(cluster)["failed"] == 2


def test_failures_that_are_ignored_do_not_count() -> None:
    cluster = real()
    cluster.apply(failing(backoffLimit=0, podFailurePolicy={"rules": [on_codes("Ignore", 3)]}))
    cluster.advance(60)
    assert "failed" not in status_of(cluster)
    assert "conditions" not in status_of(cluster)
    # the back-off holds new pods up nevertheless: 10 s, then 20 s
    created = [pod["metadata"]["creationTimestamp"][-3:-1] for pod in cluster.list("Pod")]
    assert sorted(created) == ["00", "13", "36"]


def test_disruptions_can_be_told_from_other_failures() -> None:
    cluster = real()
    rules = [on_disruption("Ignore")]
    cluster.apply(failing("1h=1", backoffLimit=0, podFailurePolicy={"rules": rules}))
    cluster.advance(5)
    (name,) = pod_names(cluster)
    cluster.evict(name)
    cluster.advance(20)
    assert "failed" not in status_of(cluster)
    (name,) = pod_names(cluster)
    cluster.delete("Pod", name)
    cluster.advance(20)
    assert last(cluster) == ("Failed", "True", "BackoffLimitExceeded")


def test_a_taint_and_a_preemption_are_disruptions() -> None:
    cluster = real(node("n1", "1", "4Gi"), termination_ms=5_000)
    cluster.apply({**failing("1h=1"), "kind": "Job"})
    cluster.advance(5)
    cluster.taint("n1", "gone:NoExecute")
    cluster.advance(1)
    (pod,) = (p for p in cluster.list("Pod") if "deletionTimestamp" in p["metadata"])
    (condition,) = (c for c in pod["status"]["conditions"] if c["type"] == "DisruptionTarget")
    assert condition["reason"] == "DeletionByTaintManager"


def test_restarts_count_towards_the_limit_where_the_kubelet_restarts() -> None:
    cluster = real()
    cluster.apply(failing("2s=3", "OnFailure", backoffLimit=2))
    cluster.advance(12)
    assert "conditions" not in status_of(cluster)  # one restart, at once
    cluster.advance(20)  # the second comes after 10 s
    assert last(cluster) == ("Failed", "True", "BackoffLimitExceeded")
    assert pod_names(cluster) == []


def test_each_index_has_a_limit_of_its_own() -> None:
    cluster = real()
    cluster.apply(indexed(completions=2, backoffLimitPerIndex=1))
    cluster.advance(9)
    assert (status_of(cluster)["failed"], status_of(cluster)["failedIndexes"]) == (2, "")
    cluster.advance(15)  # replaced after 10 s, and failed again
    assert last(cluster) == ("Failed", "True", "FailedIndexes")
    assert (status_of(cluster)["failed"], status_of(cluster)["failedIndexes"]) == (4, "0,1")
    counts = [
        pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"]
        for pod in cluster.list("Pod")
    ]
    assert sorted(counts) == ["0", "0", "1", "1"]


def test_an_index_is_given_up_by_a_rule() -> None:
    cluster = real()
    policy = {"rules": [on_codes("FailIndex", 3)]}
    cluster.apply(indexed(completions=1, backoffLimitPerIndex=5, podFailurePolicy=policy))
    cluster.advance(15)
    assert last(cluster) == ("Failed", "True", "FailedIndexes")
    assert len(cluster.list("Pod")) == 1


def test_too_many_failed_indexes_end_the_job() -> None:
    cluster = real()
    made = indexed(completions=4, backoffLimitPerIndex=0, maxFailedIndexes=1)
    made["spec"]["parallelism"] = 2
    cluster.apply(made)
    cluster.advance(20)
    assert last(cluster) == ("Failed", "True", "MaxFailedIndexesExceeded")
    assert status_of(cluster)["failedIndexes"] == "0,1"
    check_world(world_of(cluster))


def test_what_an_index_has_borne_outlives_its_pod() -> None:
    cluster = real()
    cluster.apply(indexed("1h", completions=2, backoffLimitPerIndex=1))
    for number in range(2):
        cluster.advance(20)
        cluster.delete("Pod", next(name for name in pod_names(cluster) if "task-0" in name))
        cluster.advance(1)
        assert status_of(cluster)["failed"] == number + 1
    cluster.advance(60)
    assert status_of(cluster)["failedIndexes"] == "0"
    assert [name[:6] for name in pod_names(cluster)] == ["task-1"]
    cluster.delete("Job", "task")
    cluster.advance(5)
    assert cluster.list("Pod") == []
    check_world(world_of(cluster))


@pytest.mark.parametrize(
    ("rule", "succeeded"),
    [({"succeededIndexes": "0,2"}, "0-2"), ({"succeededCount": 1}, "0,1")],
)
def test_a_success_policy_ends_a_job_early(rule: dict[str, Any], succeeded: str) -> None:
    cluster = real()
    made = indexed("2s", completions=6, successPolicy={"rules": [rule]})
    made["spec"]["parallelism"] = 2
    if rule.get("succeededIndexes"):
        made["spec"]["parallelism"] = 3
    cluster.apply(made)
    cluster.advance(30)
    assert conditions(cluster.get("Job", "task")) == [
        ("SuccessCriteriaMet", "True", "SuccessPolicy"),
        ("Complete", "True", "SuccessPolicy"),
    ]
    assert status_of(cluster)["conditions"][0]["message"] == "Matched rules at index 0"
    assert status_of(cluster)["completedIndexes"] == succeeded
    assert "completionTime" in status_of(cluster)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"podFailurePolicy": {"rules": [on_codes("In", 3)]}}, "action 'In' is not supported"),
        ({"podFailurePolicy": {"rules": [on_codes("FailIndex", 3)]}}, "needs backoffLimitPerIndex"),
        ({"podFailurePolicy": {"rules": [on_codes("Count", 0)]}}, "must not hold 0"),
        ({"podFailurePolicy": {"rules": [on_codes("Count", 4, 3)]}}, "must be in order"),
        ({"podFailurePolicy": {"rules": [{"action": "Count"}]}}, "either onExitCodes or"),
        ({"backoffLimitPerIndex": 1}, "needs completionMode Indexed"),
        ({"maxFailedIndexes": 1}, "needs backoffLimitPerIndex"),
        ({"successPolicy": {"rules": [{}]}}, "needs pods with indexes"),
        (
            {"podReplacementPolicy": "TerminatingOrFailed", "podFailurePolicy": {"rules": []}},
            "not supported; use one of Failed",
        ),
        (
            {
                "completionMode": "Indexed",
                "completions": 3,
                "successPolicy": {"rules": [{"succeededIndexes": "2-3"}]},
            },
            "must be ascending indexes below completions",
        ),
    ],
)
def test_what_the_api_refuses_is_refused(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        real().apply(failing(**spec))


def test_a_failure_policy_needs_pods_that_are_not_restarted() -> None:
    with pytest.raises(ManifestError, match="set restartPolicy to Never"):
        real().apply(failing(policy="OnFailure", podFailurePolicy={"rules": []}))
