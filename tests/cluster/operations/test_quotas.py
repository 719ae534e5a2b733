"""Controllers whose pods a ResourceQuota or LimitRange refuses: words, conditions, retries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.cluster._objects import container, deployment, node

from simarena.cluster import Cluster, ClusterConfig

Manifest = dict[str, Any]

UNLIMITED = ClusterConfig(kube_api_qps=0)


def made(version: str, kind: str, name: str, **fields: object) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def quota(name: str = "few", **hard: str) -> Manifest:
    amounts = {each.replace("_", "."): amount for each, amount in hard.items()}
    return made("v1", "ResourceQuota", name, spec={"hard": amounts})


def job(num_pods: int, **spec: object) -> Manifest:
    template = {"spec": {"restartPolicy": "Never", "containers": [container("100m")]}}
    counts = {"parallelism": num_pods, "completions": num_pods}
    return made("batch/v1", "Job", "sum", spec={**counts, "template": template, **spec})


def cluster_with(*manifests: Manifest, nodes: int = 4) -> Cluster:
    cluster = Cluster([node(f"n{i}", "64") for i in range(nodes)], config=UNLIMITED)
    for each in manifests:
        cluster.apply(each)
    return cluster


def failures(cluster: Cluster) -> list[Manifest]:
    return [each for each in cluster.events() if each["reason"] == "FailedCreate"]


def times_s(events: list[Manifest]) -> list[str]:
    return [each["metadata"]["creationTimestamp"][-3:-1] for each in events]


def condition(manifest: Manifest, kind: str) -> Manifest | None:
    found = [each for each in manifest["status"].get("conditions", ()) if each["type"] == kind]
    return found[0] if found else None


def used(cluster: Cluster, name: str = "few") -> dict[str, str]:
    told: dict[str, str] = cluster.get("ResourceQuota", name)["status"]["used"]
    return told


def test_a_deployment_gets_as_many_pods_as_its_quota_has_room_for() -> None:
    cluster = cluster_with(quota(pods="3"), deployment("web", 5, "100m", None))
    cluster.advance(seconds=5)
    assert len(cluster.list("Pod")) == 3
    assert used(cluster) == {"pods": "3"}


def test_a_refused_pod_is_told_in_the_words_of_the_api() -> None:
    cluster = cluster_with(quota(requests_cpu="500m", pods="9"), deployment("web", 3, "200m", None))
    cluster.advance(seconds=1)
    first = failures(cluster)[0]
    (replicaset,) = cluster.list("ReplicaSet")
    name = replicaset["metadata"]["name"]
    assert first["type"] == "Warning"
    assert first["involvedObject"]["name"] == name
    head, _, tail = first["message"].partition('" is forbidden: ')
    assert head.startswith(f'Error creating: pods "{name}-')
    assert tail == (
        "exceeded quota: few, requested: requests.cpu=200m, used: requests.cpu=400m, "
        "limited: requests.cpu=500m"
    )


def test_all_that_one_quota_has_no_room_for_is_told_and_no_other_quota() -> None:
    cluster = cluster_with(
        quota("a", pods="0", requests_cpu="0"),
        quota("b", pods="0"),
        deployment("web", 1, "1", None),
    )
    cluster.advance(seconds=1)
    assert failures(cluster)[0]["message"].endswith(
        "exceeded quota: a, requested: pods=1,requests.cpu=1, used: pods=0,requests.cpu=0, "
        "limited: pods=0,requests.cpu=0"
    )


def test_the_condition_of_a_replicaset_is_its_deployments_and_keeps_its_first_words() -> None:
    cluster = cluster_with(quota(pods="1"), deployment("web", 3, "100m", None))
    cluster.advance(seconds=10)
    (replicaset,) = cluster.list("ReplicaSet")
    own = condition(replicaset, "ReplicaFailure")
    above = condition(cluster.get("Deployment", "web"), "ReplicaFailure")
    assert own is not None
    assert own["reason"] == "FailedCreate"
    assert own["message"] == failures(cluster)[0]["message"].removeprefix("Error creating: ")
    assert above == {**own, "lastUpdateTime": own["lastTransitionTime"]}


def test_the_condition_goes_once_all_pods_can_be_created() -> None:
    cluster = cluster_with(quota(pods="1"), deployment("web", 3, "100m", None))
    cluster.advance(seconds=1)
    cluster.apply(quota(pods="3"))
    assert cluster.settle()
    assert len(cluster.list("Pod")) == 3
    assert condition(cluster.list("ReplicaSet")[0], "ReplicaFailure") is None
    assert condition(cluster.get("Deployment", "web"), "ReplicaFailure") is None


def test_retries_of_a_replicaset_come_after_twice_as_long_each_time() -> None:
    cluster = cluster_with(quota(pods="0"), deployment("web", 1, "100m", None))
    cluster.advance(seconds=30)
    # the second at once, as its condition is new; then 10, 20 ... 10,240 ms after the one before
    assert len(failures(cluster)) == 2 + 11
    cluster.advance(seconds=3_600)
    # 20 to 655 s after the one before, then 1,000 s
    assert len(failures(cluster)) == 13 + 6 + 2


def test_jobs_wait_a_second_and_a_minute_at_most() -> None:
    cluster = cluster_with(quota(pods="0"), job(1))
    cluster.advance(seconds=20)
    assert times_s(failures(cluster)) == ["00", "01", "03", "07", "15"]
    before = len(failures(cluster))
    cluster.advance(seconds=600)
    assert before + 9 <= len(failures(cluster)) <= before + 12


def test_pods_are_asked_for_in_batches_until_one_has_a_refusal() -> None:
    cluster = cluster_with(quota(pods="4"), job(20))
    cluster.advance(seconds=0.5)
    # 1, 2 and 4 of them: one of the third batch is created, and there is no fourth
    assert len(cluster.list("Pod")) == 4
    assert len(failures(cluster)) == 3


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_a_statefulset_tells_of_the_pod_by_its_name(policy: str) -> None:
    stateful = deployment("db", 3, "100m", None, kind="StatefulSet")
    stateful["spec"]["podManagementPolicy"] = policy
    cluster = cluster_with(quota(pods="1"), stateful)
    cluster.advance(seconds=10)
    told = failures(cluster)
    assert {each["involvedObject"]["kind"] for each in told} == {"StatefulSet"}
    assert (
        'Create Pod db-1 in StatefulSet db failed error: pods "db-1" is forbidden: '
        "exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1"
    ) in [each["message"] for each in told]
    cluster.apply(quota(pods="3"))
    assert cluster.settle()
    assert [each["metadata"]["name"] for each in cluster.list("Pod")] == ["db-0", "db-1", "db-2"]


def test_a_daemonset_gets_its_other_pods_once_there_is_room() -> None:
    daemons = deployment("log", 0, "100m", None, kind="DaemonSet")
    del daemons["spec"]["replicas"]
    cluster = cluster_with(quota(pods="2"), daemons)
    cluster.advance(seconds=2)
    assert cluster.get("DaemonSet", "log")["status"]["currentNumberScheduled"] == 2
    assert failures(cluster)[0]["involvedObject"]["kind"] == "DaemonSet"
    cluster.delete("ResourceQuota", "few")
    assert cluster.settle()
    assert cluster.get("DaemonSet", "log")["status"]["numberReady"] == 4


def test_pods_that_go_make_room_for_others() -> None:
    cluster = cluster_with(quota(pods="1"), job(1), deployment("web", 1, "100m", None))
    cluster.advance(seconds=1)
    assert len(cluster.list("Pod")) == 1
    cluster.delete("Job", "sum")
    assert cluster.settle()
    (left,) = cluster.list("Pod")
    assert left["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"


def test_a_rollout_within_its_quota_waits_for_old_pods_to_go() -> None:
    web = deployment("web", 3, "100m", None)
    cluster = cluster_with(quota(pods="3"), web)
    assert cluster.settle()
    web["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
    cluster.apply(web)
    cluster.advance(seconds=30)
    # one pod more than wanted is refused; with 25 % unavailable, rounded down, none may go
    assert condition(cluster.get("Deployment", "web"), "ReplicaFailure") is not None
    web["spec"]["strategy"] = {"rollingUpdate": {"maxUnavailable": 1}}
    cluster.apply(web)
    assert cluster.settle()
    images = {each["spec"]["containers"][0]["image"] for each in cluster.list("Pod")}
    assert images == {"web:2"}


def test_scaling_down_to_what_there_is_ends_the_failure_at_once() -> None:
    cluster = cluster_with(quota(pods="2"), deployment("web", 5, "100m", None))
    cluster.advance(seconds=100)
    cluster.apply(deployment("web", 2, "100m", None))
    cluster.advance(seconds=1)
    assert condition(cluster.get("Deployment", "web"), "ReplicaFailure") is None
    before = len(failures(cluster))
    cluster.advance(seconds=2_000)
    assert len(failures(cluster)) == before


def test_pods_beyond_a_limit_range_are_refused_whatever_is_used() -> None:
    bounds = made(
        "v1", "LimitRange", "bounds", spec={"limits": [{"type": "Container", "min": {"cpu": "1"}}]}
    )
    cluster = cluster_with(bounds, deployment("web", 2, "100m", None))
    cluster.advance(seconds=1)
    assert not cluster.list("Pod")
    assert failures(cluster)[0]["message"].endswith(
        "is forbidden: minimum cpu usage per Container is 1, but request is 100m"
    )


def test_pods_that_do_not_say_what_a_quota_bounds_are_refused() -> None:
    cluster = cluster_with(quota(limits_cpu="9"), deployment("web", 1, "100m", None))
    cluster.advance(seconds=1)
    assert failures(cluster)[0]["message"].endswith(
        "is forbidden: failed quota: few: must specify limits.cpu for: main"
    )


def test_a_quota_of_another_namespace_or_scope_bounds_nothing() -> None:
    elsewhere = quota(pods="0")
    elsewhere["metadata"]["namespace"] = "shop"
    best_effort = quota("free", pods="0")
    best_effort["spec"]["scopes"] = ["BestEffort"]
    cluster = cluster_with(elsewhere, best_effort, deployment("web", 2, "100m", None))
    assert cluster.settle()
    assert len(cluster.list("Pod")) == 2


def test_refusals_are_told_as_they_were_when_the_quota_has_changed() -> None:
    cluster = cluster_with(quota(pods="0"), deployment("web", 1, "100m", None))
    cluster.advance(seconds=1)
    before = [each["message"] for each in failures(cluster)]
    cluster.apply(quota(pods="7"))
    cluster.delete("ResourceQuota", "few")
    assert [each["message"] for each in failures(cluster)] == before


def test_a_snapshot_goes_on_as_the_original() -> None:
    cluster = cluster_with(quota(pods="2"), deployment("web", 5, "100m", None))
    cluster.advance(seconds=3)
    other = cluster.copy()
    for each in (cluster, other):
        each.apply(quota(pods="4"))
        each.advance(seconds=50)
    assert cluster.events() == other.events()
    assert cluster.list("Pod") == other.list("Pod")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_used_is_what_pods_that_have_not_ended_ask_for(seed: int) -> None:
    random = np.random.default_rng(seed)
    cluster = cluster_with(quota(pods="12", requests_cpu="2", requests_memory="6Gi"))
    for _ in range(30):
        name = f"w{random.integers(4)}"
        number = int(random.integers(6))
        match int(random.integers(6)):
            case 0:
                if not cluster.list("Job"):
                    cluster.apply(job(number + 1))
            case 1 if cluster.list("Job"):
                cluster.delete("Job", "sum")
            case 2 if cluster.list("Pod"):
                pods = cluster.list("Pod")
                cluster.delete("Pod", pods[number % len(pods)]["metadata"]["name"])
            case _:
                cluster.apply(deployment(name, number, "150m", "512Mi"))
        cluster.advance(seconds=float(random.integers(3)))
        world = cluster._live.catalogue.world
        kept = {
            resource: int(world.bounds[row]["used"])
            for (_, _, resource), row in cluster._live.catalogue.quotas.rows.items()
        }
        pods = [each for each in cluster.list("Pod") if each["status"]["phase"] != "Succeeded"]
        assert kept.get("pods", 0) == 1_000 * len(pods)
        assert kept.get("pods", 0) <= 12_000
        amounts = [each["spec"]["containers"][0]["resources"]["requests"] for each in pods]
        milli = sum(int(each["cpu"].removesuffix("m")) for each in amounts)
        assert kept.get("requests.cpu", 0) == milli
        assert milli <= 2_000
