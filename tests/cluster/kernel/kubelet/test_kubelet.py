"""What kubelets do with containers: start, readiness, ends, back-off, restarts."""

from __future__ import annotations

import itertools

import pytest
from tests.cluster._kubelet import (
    MEBIBYTE,
    consuming,
    consuming_deployment,
    is_ready,
    main_container,
    real,
    reasons,
    start_times,
    status,
)
from tests.cluster._objects import container, node, world_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.errors import ConfigError

OVER_AT_30 = "0s=50Mi,30s=300Mi"
LIMIT = {"memory": "200Mi"}


def test_a_container_starts_after_pull_and_start_up_and_is_ready_at_once_without_probes() -> None:
    cluster = real(image_pull_ms=2_000, pod_startup_ms=3_000)
    cluster.apply(consuming())
    cluster.advance(4.999)
    assert main_container(cluster)["state"] == {"waiting": {"reason": "ContainerCreating"}}
    cluster.advance(0.1)
    assert is_ready(cluster)
    assert main_container(cluster)["state"] == {"running": {"startedAt": "2026-01-01T00:00:05Z"}}


def test_a_jitter_above_the_delay_is_its_upper_end_and_one_below_replaces_it() -> None:
    starts = set()
    for seed in range(20):
        cluster = real(seed=seed, pod_startup_ms=1_000, pod_startup_jitter_ms=5_000)
        cluster.apply(consuming(nodeName="n1"))
        cluster.advance(10)
        starts.add(start_times(cluster)[0])
    assert all(1_000 <= start < 5_000 for start in starts)
    assert len(starts) > 10
    cluster = real(pod_startup_ms=4_000, pod_startup_jitter_ms=1_500)
    cluster.apply(consuming(nodeName="n1"))
    cluster.advance(10)
    assert start_times(cluster) == [1_500]


def probed(**probe: int) -> dict[str, object]:
    made = consuming(nodeName="n1")
    made["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"port": 80}, **probe}
    return made


@pytest.mark.parametrize(
    ("probe", "ready_s"),
    [
        ({"initialDelaySeconds": 7}, 8),
        ({"initialDelaySeconds": 7, "successThreshold": 3, "periodSeconds": 5}, 18),
        ({"successThreshold": 2}, 11),
        ({}, 1),
    ],
)
def test_a_readiness_probe_delays_readiness_not_the_start(
    probe: dict[str, int], ready_s: int
) -> None:
    cluster = real()
    cluster.apply(probed(**probe))
    cluster.advance(1)
    assert status(cluster)["phase"] == "Running"
    assert is_ready(cluster) == (ready_s == 1)
    cluster.advance(ready_s - 1)
    assert is_ready(cluster)
    condition = next(c for c in status(cluster)["conditions"] if c["type"] == "Ready")
    assert condition["lastTransitionTime"] == f"2026-01-01T00:00:{ready_s:02d}Z"


def test_probes_can_be_left_out() -> None:
    cluster = real(readiness_probes=False)
    cluster.apply(probed(initialDelaySeconds=50))
    cluster.advance(1)
    assert is_ready(cluster)


def test_memory_over_the_limit_kills_the_container_with_137() -> None:
    cluster = real()
    cluster.apply(consuming(memory=OVER_AT_30, limits=LIMIT, nodeName="n1"))
    cluster.advance(30.999)
    assert is_ready(cluster)
    cluster.advance(0.501)
    assert not is_ready(cluster)
    ended = main_container(cluster)
    assert ended["state"]["terminated"]["reason"] == "OOMKilled"
    assert ended["state"]["terminated"]["exitCode"] == 137
    assert ended["state"]["terminated"]["startedAt"] == "2026-01-01T00:00:01Z"
    assert ended["state"]["terminated"]["finishedAt"] == "2026-01-01T00:00:31Z"
    assert ended["restartCount"] == 0
    cluster.advance(0.5)
    again = main_container(cluster)
    assert again["restartCount"] == 1
    assert again["ready"]
    assert again["lastState"] == {"terminated": ended["state"]["terminated"]}


def test_memory_at_the_limit_is_no_reason_to_kill() -> None:
    cluster = real()
    cluster.apply(consuming(memory="200Mi", limits=LIMIT))
    cluster.advance(3_600)
    assert main_container(cluster)["restartCount"] == 0


def test_without_annotation_or_without_limit_nothing_is_killed() -> None:
    cluster = real()
    cluster.apply(consuming("no-usage", limits={"memory": "1"}, requests={"memory": "1"}))
    cluster.apply(consuming("no-limit", memory="1Ti"))
    cluster.advance(5)
    for name in ("no-usage", "no-limit"):
        assert main_container(cluster, name)["restartCount"] == 0


def test_restarts_wait_nothing_then_10_20_40_to_300_seconds_from_the_end() -> None:
    cluster = real(container_restart_ms=0)
    cluster.apply(consuming(memory=OVER_AT_30, limits=LIMIT, nodeName="n1"))
    cluster.advance(3_000)
    starts = start_times(cluster)
    waits = [after - before - 30_000 for before, after in itertools.pairwise(starts)]
    assert waits[:6] == [0, 10_000, 20_000, 40_000, 80_000, 160_000]
    assert set(waits[6:]) == {300_000}


def test_the_first_restart_comes_when_the_kubelet_looks() -> None:
    cluster = real(container_restart_ms=1_000)
    cluster.apply(consuming(memory=OVER_AT_30, limits=LIMIT, nodeName="n1"))
    cluster.advance(100)
    assert start_times(cluster) == [1_000, 32_000, 72_000]


@pytest.mark.parametrize(("ran_s", "waits_s"), [(600, [0, 10, 20]), (601, [0, 0, 0])])
def test_a_container_that_ran_for_more_than_ten_minutes_has_no_back_off(
    ran_s: int, waits_s: list[int]
) -> None:
    cluster = real(container_restart_ms=0)
    memory = f"0s=50Mi,{ran_s}s=300Mi"
    cluster.apply(consuming(memory=memory, limits=LIMIT, nodeName="n1"))
    cluster.advance(4 * ran_s)
    starts = start_times(cluster)
    waits = [after - before - 1_000 * ran_s for before, after in itertools.pairwise(starts)]
    assert waits[:3] == [1_000 * wait for wait in waits_s]


def test_a_waiting_container_says_for_how_long_and_which() -> None:
    cluster = real()
    cluster.apply(consuming(memory=OVER_AT_30, limits=LIMIT, nodeName="n1"))
    uid = cluster.get("Pod", "solo")["metadata"]["uid"]
    cluster.advance(65)
    waiting = main_container(cluster)
    assert waiting["state"] == {
        "waiting": {
            "reason": "CrashLoopBackOff",
            "message": f"back-off 10s restarting failed container=main pod=solo_default({uid})",
        }
    }
    assert waiting["lastState"]["terminated"]["exitCode"] == 137
    assert waiting["restartCount"] == 1
    assert not waiting["ready"]
    assert status(cluster)["phase"] == "Running"
    ready = next(c for c in status(cluster)["conditions"] if c["type"] == "Ready")
    assert ready["message"] == "containers with unready status: [main]"
    cluster.advance(280)
    assert "back-off 2m40s" in main_container(cluster)["state"]["waiting"]["message"]
    event = next(e for e in cluster.events() if e["reason"] == "BackOff")
    assert event["type"] == "Warning"
    assert event["message"] == (
        f"Back-off restarting failed container main in pod solo_default({uid})"
    )
    assert event["involvedObject"]["fieldPath"] == "spec.containers{main}"
    assert event["source"] == {"component": "kubelet", "host": "n1"}


def test_a_container_over_its_limit_from_the_start_is_never_ready() -> None:
    cluster = real()
    cluster.apply(consuming_deployment("300Mi", "200Mi"))
    for _ in range(40):
        cluster.advance(5)
        assert cluster.get("Deployment", "web")["status"].get("readyReplicas", 0) == 0
    assert cluster.list("Pod")[0]["status"]["containerStatuses"][0]["restartCount"] > 3


def test_counts_of_ready_pods_follow_crashes() -> None:
    cluster = real()
    cluster.apply(consuming_deployment(OVER_AT_30, "200Mi", replicas=3))
    cluster.advance(20)
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 3
    cluster.advance(11.5)
    assert cluster.get("Deployment", "web")["status"].get("readyReplicas", 0) == 0
    cluster.advance(2)
    assert cluster.get("Deployment", "web")["status"]["readyReplicas"] == 3
    series = next(iter(cluster.history().workloads.values()))
    assert [counts.ready for _, counts in series][-1] == 3
    assert min(counts.ready for time_ms, counts in series if time_ms > 30_000) == 0
    assert all(counts.pending == 0 for time_ms, counts in series if time_ms > 10_000)


@pytest.mark.parametrize(
    ("policy", "exits", "phase", "restarts", "reason"),
    [
        ("Always", "5s=0", "Running", 1, "Completed"),
        ("Always", "5s=3", "Running", 1, "Error"),
        ("OnFailure", "5s=0", "Succeeded", 0, "Completed"),
        ("OnFailure", "5s=3", "Running", 1, "Error"),
        ("Never", "5s=0", "Succeeded", 0, "Completed"),
        ("Never", "5s=3", "Failed", 0, "Error"),
    ],
)
def test_the_restart_policy_decides_what_follows_an_exit(
    policy: str, exits: str, phase: str, restarts: int, reason: str
) -> None:
    cluster = real()
    cluster.apply(consuming(exits=exits, restartPolicy=policy, nodeName="n1"))
    cluster.advance(8)
    assert status(cluster)["phase"] == phase
    shown = main_container(cluster)
    assert shown["restartCount"] == restarts
    ended = shown["lastState"] if restarts else shown["state"]
    assert ended["terminated"]["reason"] == reason
    assert ended["terminated"]["exitCode"] == int(exits[-1])


def test_a_pod_that_finished_frees_its_node() -> None:
    cluster = real(node("n1", "1", "1Gi"))
    asks = {"cpu": "1", "memory": "10Mi"}
    cluster.apply(consuming("a", exits="5s=1", restartPolicy="Never", requests=asks))
    cluster.apply(consuming("b", requests=asks))
    cluster.advance(3)
    assert "nodeName" not in cluster.get("Pod", "b")["spec"]
    cluster.advance(10)
    assert status(cluster, "a")["phase"] == "Failed"
    assert cluster.get("Pod", "b")["spec"]["nodeName"] == "n1"
    cluster.delete("Pod", "a")
    assert world_of(cluster).nodes[0]["num_pods"] == 1


def test_out_of_memory_under_never_fails_the_pod() -> None:
    cluster = real()
    made = consuming(memory=OVER_AT_30, limits=LIMIT, restartPolicy="Never", nodeName="n1")
    cluster.apply(made)
    cluster.advance(40)
    assert status(cluster)["phase"] == "Failed"
    assert main_container(cluster)["state"]["terminated"]["reason"] == "OOMKilled"


def two_containers(first: str | None, second: str | None) -> dict[str, object]:
    made = consuming(memory=OVER_AT_30, nodeName="n1")
    other = {**container("10m", "10Mi"), "name": "side"}
    made["spec"]["containers"].append(other)
    for each, limit in zip(made["spec"]["containers"], (first, second), strict=True):
        if limit:
            each["resources"]["limits"] = {"memory": limit}
    return made


@pytest.mark.parametrize(
    ("first", "second", "crashes"),
    [("200Mi", None, 0), (None, "200Mi", 1), ("250Mi", "200Mi", 1), ("200Mi", "200Mi", 0)],
)
def test_of_several_containers_the_one_with_the_smallest_limit_fails(
    first: str | None, second: str | None, crashes: int
) -> None:
    cluster = real()
    cluster.apply(two_containers(first, second))
    cluster.advance(65)
    shown = status(cluster)["containerStatuses"]
    assert [c["restartCount"] for c in shown] == [int(i == crashes) for i in range(2)]
    assert shown[crashes]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert shown[1 - crashes]["ready"]
    assert shown[1 - crashes]["state"] == {"running": {"startedAt": "2026-01-01T00:00:01Z"}}
    assert not is_ready(cluster)
    sample = cluster.metrics("Pod")[0]
    assert [c.name for c in sample.containers] == [["side", "main"][crashes]]
    assert sample.memory_bytes == 300 * MEBIBYTE


def test_events_tell_of_starts_and_stops() -> None:
    cluster = real(termination_ms=5_000)
    cluster.apply(consuming(memory=OVER_AT_30, limits=LIMIT))
    cluster.advance(20)
    assert reasons(cluster) == ["Scheduled", "Pulled", "Created", "Started"]
    cluster.delete("Pod", "solo")
    assert reasons(cluster)[-1] == "Killing"
    cluster.advance(4)
    assert cluster.list("Pod")
    cluster.advance(1)
    assert not cluster.list("Pod")


@pytest.mark.parametrize(("grace_s", "left_after_s"), [(30, 20), (3, 3), (0, 0)])
def test_a_deletion_takes_no_longer_than_its_grace_period(grace_s: int, left_after_s: int) -> None:
    for cluster in (
        real(termination_ms=20_000),
        Cluster(config=ClusterConfig(termination_ms=20_000)),
    ):
        cluster.apply(node("n1", "64", "64Gi"))
        cluster.apply(consuming(terminationGracePeriodSeconds=grace_s))
        cluster.advance(5)
        cluster.delete("Pod", "solo")
        assert len(cluster.list("Pod")) == (left_after_s > 0)
        cluster.advance(max(0.0, left_after_s - 0.001))
        assert len(cluster.list("Pod")) == (left_after_s > 0)
        cluster.advance(0.001)
        assert not cluster.list("Pod")


def test_usage_of_a_running_pod_can_be_changed() -> None:
    cluster = real()
    cluster.apply(consuming(memory="50Mi", limits=LIMIT))
    cluster.advance(100)
    cluster.apply(consuming(memory="0s=50Mi,110s=300Mi", limits=LIMIT))
    assert cluster.metrics("Pod")[0].memory_bytes == 50 * MEBIBYTE
    cluster.advance(20)
    assert main_container(cluster)["restartCount"] == 1
    cluster.apply(consuming(memory="50Mi", limits=LIMIT))
    cluster.advance(1_000)
    assert main_container(cluster)["restartCount"] == 1


@pytest.mark.parametrize(
    ("asks", "reason", "message"),
    [
        (
            {"cpu": "3", "memory": "1Mi"},
            "OutOfcpu",
            "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000",
        ),
        (
            {"cpu": "1", "memory": "1Gi"},
            "OutOfmemory",
            (
                "Node didn't have enough resource: memory, requested: 1073741824, used: 10485760, "
                "capacity: 104857600"
            ),
        ),
    ],
)
def test_a_pod_that_comes_bound_and_does_not_fit_is_refused(
    asks: dict[str, str], reason: str, message: str
) -> None:
    cluster = real(node("n1", "4", "100Mi"))
    cluster.apply(consuming("first", requests={"cpu": "2", "memory": "10Mi"}))
    cluster.advance(2)
    cluster.apply(consuming(requests=asks, nodeName="n1"))
    shown = status(cluster)
    assert (shown["phase"], shown["reason"]) == ("Failed", reason)
    assert shown["message"] == f"Pod was rejected: {message}"
    assert "containerStatuses" not in shown
    event = cluster.events()[-1]
    assert (event["reason"], event["message"]) == (reason, message)
    assert world_of(cluster).nodes[0]["num_pods"] == 1
    cluster.delete("Pod", "solo")
    assert world_of(cluster).nodes[0]["num_pods"] == 1


def test_a_cluster_of_kwok_lets_nothing_fail_and_says_nothing_of_containers() -> None:
    plain, loaded = Cluster([node()], seed=4), Cluster([node()], seed=4)
    plain.apply(consuming(limits=LIMIT))
    loaded.apply(consuming(memory="1Ti", cpu="100", exits="5s=1", limits=LIMIT))
    for cluster in (plain, loaded):
        cluster.advance(600)
        assert is_ready(cluster)
        assert main_container(cluster)["restartCount"] == 0
        assert reasons(cluster) == ["Scheduled"]
    logs = [cluster._live.journal.table().tolist() for cluster in (plain, loaded)]
    assert logs[0] == logs[1]
    assert world_of(plain).state[0]["num_events"] == world_of(loaded).state[0]["num_events"]


def test_a_real_kubelet_is_as_quick_as_kwok_where_nothing_fails() -> None:
    histories = []
    for kubelet in ("kwok", "real"):
        config = ClusterConfig(kubelet=kubelet, pod_startup_jitter_ms=9_000)
        cluster = Cluster([node("n1"), node("n2")], config=config, seed=3)
        cluster.apply(consuming_deployment("50Mi", "200Mi", replicas=5))
        cluster.advance(60)
        history = cluster.history()
        histories.append(
            [(time_ms, c.total, c.ready) for s in history.workloads.values() for time_ms, c in s]
        )
    assert histories[0] == histories[1]


def test_kills_for_memory_can_be_left_out() -> None:
    cluster = real(oom_kills=False)
    cluster.apply(consuming(memory=OVER_AT_30, limits=LIMIT))
    cluster.advance(200)
    assert main_container(cluster)["restartCount"] == 0


def test_a_snapshot_of_crashing_pods_continues_as_the_original() -> None:
    cluster = real(pod_startup_jitter_ms=4_000)
    cluster.apply(consuming_deployment(OVER_AT_30, "200Mi", replicas=4))
    cluster.advance(70)
    saved = cluster.snapshot()
    cluster.advance(500)
    first = (cluster.list("Pod"), cluster.events())
    cluster.restore(saved)
    cluster.advance(500)
    assert (cluster.list("Pod"), cluster.events()) == first


@pytest.mark.parametrize(
    "settings",
    [
        {"kubelet": "docker"},
        {"eviction_check_ms": 0},
        {"crash_backoff_ms": 0},
        {"eviction_memory_bytes": -1},
    ],
)
def test_settings_that_no_kubelet_could_have_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        ClusterConfig(**settings)  # type: ignore[arg-type]


def test_a_replaced_pod_starts_afresh() -> None:
    cluster = real()
    cluster.apply(consuming_deployment(OVER_AT_30, "200Mi", replicas=1))
    cluster.advance(300)
    (old,) = cluster.list("Pod")
    assert old["status"]["containerStatuses"][0]["restartCount"] == 4
    cluster.apply(consuming_deployment(OVER_AT_30, "400Mi", replicas=1))
    cluster.advance(60)
    (new,) = cluster.list("Pod")
    assert new["status"]["containerStatuses"][0]["restartCount"] == 0
