"""A World that lives: time, growth and copies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._controllers import cronjob, job, statefulset
from tests.cluster._objects import (
    check_world,
    deployment,
    digest,
    node,
    pod,
    replicaset,
    world_of,
)
from tests.cluster.scenario import live as lived_so_far
from tests.examples import examples

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.codes import LogKind, Operation, Status
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.workloads.workload import Workload
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.rows.new_world import new_catalogue
from simarena.cluster.rows.pods import put_bare_pod, put_pod_spec
from simarena.cluster.rows.tables import Capacities
from simarena.cluster.rows.workloads import put_workload, put_workload_spec
from simarena.errors import ManifestError, SimulationError


def live(capacities: Capacities | None = None, **settings: int) -> LiveWorld:
    config = ClusterConfig(**settings)  # type: ignore[arg-type]
    catalogue = new_catalogue(config, 3, capacities or Capacities(log=4_096))
    return LiveWorld(catalogue, Journal([], []))


def apply(world: LiveWorld, replicas: int, cpu: str = "100m", name: str = "web") -> None:
    workload = read_as(deployment(name, replicas, cpu, "10Mi"), Workload)
    spec = put_workload_spec(world.catalogue, workload)
    world.do(Operation.APPLY_WORKLOAD, put_workload(world.catalogue, workload), spec)


def test_time_goes_to_the_moment_and_never_back() -> None:
    world = live()
    world.advance_to(500)
    assert world.now_ms == 500
    world.advance_to(200)
    assert world.now_ms == 500
    assert world.next_ms() is None


def test_the_next_event_is_known() -> None:
    world = live(deployment_sync_ms=70)
    apply(world, 1)
    assert world.next_ms() == 70
    world.catalogue.plan(30, Operation.DELETE_WORKLOAD, 0)
    assert world.next_ms() == 30


def test_settling_ends_when_only_retries_are_due() -> None:
    world = live()
    world.put_node(read_as(node(cpu="1"), Node))
    apply(world, 20)
    assert world.settle(60_000)
    workload = world.catalogue.world.workloads[0]
    assert world.next_ms() == 30_000  # the next look at pods that wait
    assert workload["kind"] == 1
    assert world.now_ms < 30_000


def test_settling_stops_at_its_limit() -> None:
    world = live(pod_startup_ms=5_000)
    world.put_node(read_as(node(), Node))
    apply(world, 1)
    assert not world.settle(2_000)
    assert world.now_ms == 2_000
    assert world.settle(20_000)


def life(capacities: Capacities) -> tuple[str, list[tuple[int, ...]]]:
    """Live through growth, shrinking, deletion and nodes that leave; tell how it came out."""
    world = live(capacities, termination_ms=300, pod_startup_jitter_ms=3_000)
    for number in range(6):
        world.put_node(read_as(node(f"n{number}", "4", "1Gi"), Node))
    apply(world, 30)
    world.advance_to(1_500)
    apply(world, 300, "20m")
    apply(world, 40, "100m", "api")
    world.advance_to(10_000)
    world.remove_node("n2")
    world.advance_to(20_000)
    apply(world, 5, "20m")
    solo = read_as(pod("solo", "1"), Pod)
    world.do(
        Operation.CREATE_POD,
        put_bare_pod(world.catalogue, solo),
        put_pod_spec(world.catalogue, solo),
    )
    world.put_node(read_as(node("late", "8", "4Gi"), Node))
    world.advance_to(60_000)
    api = put_workload(world.catalogue, read_as(deployment("api"), Workload))
    world.do(Operation.DELETE_WORKLOAD, api)
    world.advance_to(70_000)
    check_world(world.catalogue.world)
    return digest(world.catalogue.world), world.journal.table().tolist()


def test_tables_that_start_too_small_change_nothing() -> None:
    small = Capacities(
        nodes=1, templates=1, specs=1, workloads=1, bare=1, pods=1, heap=1, queue=1, log=1
    )
    large = Capacities(
        nodes=64,
        templates=64,
        specs=64,
        workloads=64,
        bare=64,
        pods=2_048,
        heap=16_384,
        queue=8_192,
        log=65_536,
    )
    middle = Capacities(pods=64, log=4_096)
    first = life(small)
    assert first == life(large) == life(middle)


@pytest.mark.parametrize("termination_ms", [0, 500])
def test_deleting_far_more_than_the_tables_hold_is_no_accident(termination_ms: int) -> None:
    world = live(Capacities(log=64), termination_ms=termination_ms)
    world.put_node(read_as(node(cpu="1k", memory="1Ti", pods=100_000), Node))
    apply(world, 1_200, "1m")
    world.settle(60_000)
    assert world.catalogue.world.nodes[0]["num_pods"] == 1_200
    saved = world.snapshot()
    world.do(Operation.DELETE_WORKLOAD, 0)
    world.settle(120_000)
    assert world.catalogue.world.nodes[0]["num_pods"] == 0
    saved.remove_node("n1")
    check_world(saved.catalogue.world)
    saved.advance_to(saved.now_ms + 2_000)
    assert saved.catalogue.world.nodes[0]["num_pods"] == 0


def test_a_copy_continues_as_the_original_and_leaves_it_alone() -> None:
    world = live(pod_startup_jitter_ms=9_000)
    world.put_node(read_as(node(cpu="2"), Node))
    apply(world, 30)
    world.advance_to(400)
    copied = world.snapshot()
    before = digest(world.catalogue.world)
    copied.advance_to(50_000)
    assert digest(world.catalogue.world) == before
    world.advance_to(50_000)
    assert digest(world.catalogue.world) == digest(copied.catalogue.world)
    assert world.journal.table().tolist() == copied.journal.table().tolist()


def sizes_around(log: int) -> list[int]:
    """Return numbers of pods with which a log of so many rows has hardly any room left."""
    full = (log - 1_100) // 3
    return [full - 30, full - 1, full, full + 1]


@pytest.mark.parametrize("replicas", sizes_around(4_096))
def test_a_log_that_has_hardly_any_room_is_read_and_grows(replicas: int) -> None:
    world = live(Capacities(log=4_096))
    world.put_node(read_as(node(cpu="1k", memory="1Ti", pods=100_000), Node))
    apply(world, replicas, "1m")
    world.advance_to(60_000)
    assert world.catalogue.world.nodes[0]["num_pods"] == replicas
    assert np.count_nonzero(world.journal.table()["kind"] == LogKind.POD_READY) == replicas


def test_a_workload_that_asks_for_more_pods_than_a_cluster_may_have_is_refused() -> None:
    cluster = Cluster([node()], config=ClusterConfig(max_pods=100))
    most = 2**31 - 1
    manifests = [
        deployment("web", most),
        replicaset("web", most),
        statefulset("web", most),
        job(parallelism=most, completions=most),
        cronjob(job={"parallelism": most}),
    ]
    for manifest in manifests:
        with pytest.raises(ManifestError, match="2147483647 is more than the 100 pods that"):
            cluster.apply(manifest)
        assert cluster.list(manifest["kind"]) == []
    cluster.apply(deployment("web", 100, "1m", "1Mi"))
    cluster.advance(10)
    assert len(cluster.list("Pod")) == 100


@given(st.integers(1, 90), st.integers(60, 200), st.integers(1, 300), st.integers(1, 300))
@examples(25)
def test_tables_of_any_size_that_is_just_too_small_change_nothing(
    pods: int, heap: int, queue: int, replicas: int
) -> None:
    def lived(capacities: Capacities) -> tuple[str, list[tuple[int, ...]]]:
        world = live(capacities)
        world.put_node(read_as(node(cpu="1k", memory="1Ti", pods=100_000), Node))
        apply(world, replicas, "1m")
        world.advance_to(400_000)
        return digest(world.catalogue.world), world.journal.table().tolist()

    small = Capacities(pods=pods, heap=heap, queue=queue, log=1_100 + 3 * pods)
    assert lived(small) == lived(Capacities(pods=1_024, heap=8_192, queue=4_096, log=16_384))


@pytest.mark.jit
def test_pods_that_wait_for_a_year_are_told_apart_from_a_table_that_is_too_small() -> None:
    cluster = Cluster([node(cpu="1")])
    cluster.apply(deployment("web", 5, "2"))
    cluster.advance(365 * 86_400)
    attempts = cluster._live.catalogue.world.pods[:5]["num_attempts"].tolist()
    assert min(attempts) > 90_000
    told = [e for e in cluster.events() if e["reason"] == "FailedScheduling"]
    assert [each["count"] for each in told] == attempts
    assert {each["firstTimestamp"][:10] for each in told} == {"2026-01-01"}
    assert {each["lastTimestamp"][:10] for each in told} == {"2026-12-31"}
    assert cluster._live.journal.num_rows < 100_000


@pytest.mark.jit
@given(st.integers(0, 1 << 32))
@examples(8)
def test_random_lives_go_on_for_a_day(seed: int) -> None:
    cluster = lived_so_far(seed, 20)
    cluster.advance(86_400)
    check_world(world_of(cluster))


def test_more_pods_than_a_cluster_may_have_are_an_error_that_says_what_to_do() -> None:
    world = live(max_pods=100)
    world.put_node(read_as(node(cpu="1k", memory="1Ti", pods=100_000), Node))
    apply(world, 60, "1m")
    apply(world, 60, "1m", "api")
    with pytest.raises(SimulationError, match=r"more than 100 pods; delete a workload, or"):
        world.advance_to(60_000)
    api = put_workload(world.catalogue, read_as(deployment("api"), Workload))
    world.do(Operation.DELETE_WORKLOAD, api)
    world.advance_to(120_000)
    assert world.catalogue.world.nodes[0]["num_pods"] == 60
    check_world(world.catalogue.world)


def test_a_table_that_never_has_room_enough_is_an_error_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = live()
    monkeypatch.setattr("simarena.cluster.operations.live.relieved", lambda world, *_, **__: world)
    with pytest.raises(SimulationError, match="no end of WORKLOADS_FULL"):
        world._until_ok(lambda: Status.WORKLOADS_FULL)
