"""The rate at which controllers send requests, and the scheduler binds pods."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._controllers import daemonset, job, statefulset
from tests.cluster._objects import (
    Manifest,
    check_world,
    deployment,
    node,
    pod,
    replicaset,
    world_of,
)

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.codes import NONE, Client
from simarena.cluster.kernel.ground.client_limits import may_send
from simarena.cluster.rows.tables import Capacities, empty_world
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from simarena.cluster.records import World


def created_ms(cluster: Cluster) -> list[int]:
    world = world_of(cluster)
    pods = world.pods[: int(world.state[0]["num_pods"])]
    times: list[int] = pods["created_ms"][pods["present"] == 1].tolist()
    return sorted(times)


def grown(manifest: Manifest, **settings: float | None) -> Cluster:
    config = ClusterConfig(**settings)  # type: ignore[arg-type]
    nodes = [node(f"n{number}", cpu="1000", memory="1Ti") for number in range(40)]
    cluster = Cluster(nodes, config=config)
    cluster.apply(manifest)
    cluster.settle()
    check_world(world_of(cluster))
    return cluster


def ask(world: World, row: int) -> bool:
    return bool(may_send(world.state, world.settings, world.workloads, row, Client.JOB))


@given(
    st.lists(st.integers(0, 200), max_size=60),
    st.integers(1, 10),
    st.sampled_from([1, 3, 20, 300]),
)
def test_no_more_requests_are_sent_than_a_full_bucket_and_what_drips_into_it(
    waits_ms: list[int], burst: int, qps: int
) -> None:
    world = empty_world(Capacities(workloads=len(waits_ms) + 1))
    gap_us = 1_000_000 // qps
    world.settings[0]["client_gap_us"] = gap_us
    world.settings[0]["client_burst"] = burst
    world.workloads["turn_ms"] = NONE
    now_us, ends_us, sent = 0, 0, []
    for row, wait_ms in enumerate(waits_ms):
        now_us += 1_000 * wait_ms
        world.state[0]["now_ms"] = now_us // 1_000
        # The bucket: full at first, one more drop every gap; a request takes one, or its turn.
        ends_us = max(ends_us, now_us) + gap_us
        turn_us = ends_us - burst * gap_us
        if ask(world, row):
            assert turn_us <= now_us
            sent.append(now_us)
        else:
            turn_ms = int(world.workloads[row]["turn_ms"])
            assert now_us < turn_us <= 1_000 * turn_ms < turn_us + 1_000
            sent.append(1_000 * turn_ms)
    sent.sort()
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            drops = (sent[last] - sent[first] + 1_000) // gap_us
            assert last - first + 1 <= burst + drops + 1


def test_a_turn_that_was_waited_for_costs_nothing_more() -> None:
    world = empty_world(Capacities(workloads=1))
    world.settings[0]["client_gap_us"] = 50_000
    world.settings[0]["client_burst"] = 1
    world.workloads["turn_ms"] = NONE
    assert ask(world, 0)
    assert not ask(world, 0)
    assert not ask(world, 0)
    assert world.workloads[0]["turn_ms"] == 50
    world.state[0]["now_ms"] = 50
    assert ask(world, 0)
    assert not ask(world, 0)
    assert world.workloads[0]["turn_ms"] == 100


def test_pods_beyond_the_burst_come_twenty_a_second_as_by_default() -> None:
    times = created_ms(grown(deployment("web", 100, "1", "1Mi")))
    assert times[29] < 200
    assert {after - before for before, after in pairwise(times[32:])} == {50}
    assert times[-1] == pytest.approx(1_000 * 70 / 20, abs=100)


def test_a_burst_within_the_limit_is_what_it_is_without_one() -> None:
    manifest = deployment("web", 30, "1", "1Mi")
    assert created_ms(grown(manifest)) == created_ms(grown(manifest, kube_api_qps=0))


def test_pods_are_given_up_at_that_rate_too() -> None:
    cluster = grown(replicaset("set", 100, "1"))
    cluster.advance(60)
    cluster.apply(replicaset("set", 0, "1"))
    cluster.advance(0.1)
    assert len(cluster.list("Pod")) == 69  # one more came in the meantime
    cluster.advance(1)
    assert len(cluster.list("Pod")) == 49
    assert cluster.settle()
    assert cluster.list("Pod") == []


def test_all_workloads_of_a_controller_share_its_client() -> None:
    cluster = grown(replicaset("one", 30, "1"))
    cluster.apply(replicaset("two", 30, "1"))
    cluster.advance(0.3)
    assert len(cluster.list("Pod")) < 60  # a second has passed, in which 20 more became free
    cluster.advance(1)
    assert len(cluster.list("Pod")) == 60
    check_world(world_of(cluster))


@pytest.mark.parametrize(
    "manifest",
    [
        statefulset("web", 40, "1m", podManagementPolicy="Parallel"),
        daemonset("web"),
        job("task", "1m", parallelism=40, completions=40),
        job("task", "1m", parallelism=40, completions=40, completionMode="Indexed"),
    ],
    ids=["StatefulSet", "DaemonSet", "Job", "indexed Job"],
)
def test_each_controller_has_a_client(manifest: Manifest) -> None:
    cluster = grown(manifest, job_run_ms=60_000)
    times = created_ms(cluster)
    assert len(times) == 40
    assert len(set(times[:30])) == 1
    assert [time - times[0] for time in times[30:]] == [50 * number for number in range(1, 11)]


def test_many_requests_a_second_may_be_allowed_and_none_at_all_may_not() -> None:
    assert len(set(created_ms(grown(replicaset("set", 60, "1"), kube_api_burst=60)))) < 10
    with pytest.raises(ConfigError, match="kube_api_qps"):
        ClusterConfig(kube_api_qps=-1)
    with pytest.raises(ConfigError, match="kube_api_burst"):
        ClusterConfig(kube_api_burst=0)


def bound_ms(num_pods: int, **config: float) -> list[int]:
    """Return when bare pods that come at once are bound."""
    cluster = Cluster([node("n1", "1000", pods=1_000)], config=ClusterConfig(**config))  # type: ignore[arg-type]
    for number in range(num_pods):
        cluster.apply(pod(f"p{number}", "1m"))
    cluster.advance(60)
    return sorted(world_of(cluster).pods["bound_ms"][:num_pods].tolist())


def test_the_scheduler_binds_fifty_pods_a_second_after_a_hundred_as_by_default() -> None:
    times = bound_ms(200)
    assert times[99] == 2 * 100
    assert {after - before for before, after in pairwise(times[115:])} == {20}
    assert times[-1] == pytest.approx(1_000 * 100 / 50, abs=20)


def test_a_hundred_pods_are_bound_as_without_a_limit() -> None:
    assert bound_ms(100) == bound_ms(100, scheduler_qps=0)


def test_where_controllers_are_not_limited_the_scheduler_is_not_unless_it_is_said() -> None:
    unlimited = bound_ms(150, scheduler_qps=0)
    assert bound_ms(150, kube_api_qps=0) == unlimited
    assert bound_ms(150, kube_api_qps=0, scheduler_qps=50) != unlimited


def test_what_the_scheduler_did_not_use_it_may_use_later() -> None:
    cluster = Cluster([node("n1", "1000", pods=1_000)])
    for wave in range(2):
        for number in range(100):
            cluster.apply(pod(f"p{wave}-{number}", "1m"))
        cluster.advance(60)
    pods = world_of(cluster).pods[:200]
    assert (pods["bound_ms"] - pods["created_ms"]).max() == 2 * 100


def test_a_rate_of_the_scheduler_must_be_one() -> None:
    with pytest.raises(ConfigError, match="scheduler_qps"):
        ClusterConfig(scheduler_qps=-1)
    with pytest.raises(ConfigError, match="scheduler_burst"):
        ClusterConfig(scheduler_burst=0)
