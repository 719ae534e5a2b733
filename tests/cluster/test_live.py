"""A World that lives: time, growth and copies."""

from __future__ import annotations

import pytest
from tests.cluster._objects import check_world, deployment, digest, node, pod

from simarena.cluster.codes import Operation
from simarena.cluster.compiler import new_catalogue
from simarena.cluster.config import ClusterConfig
from simarena.cluster.journal import Journal
from simarena.cluster.live import LiveWorld
from simarena.cluster.manifests import normalise
from simarena.cluster.pod_rows import put_bare_pod, put_pod_spec
from simarena.cluster.tables import Capacities
from simarena.cluster.workload_rows import put_workload, put_workload_spec


def live(capacities: Capacities | None = None, **settings: int) -> LiveWorld:
    config = ClusterConfig(**settings)  # type: ignore[arg-type]
    catalogue = new_catalogue(config, 3, capacities or Capacities(log=4_096))
    return LiveWorld(catalogue, Journal([], []))


def apply(world: LiveWorld, replicas: int, cpu: str = "100m", name: str = "web") -> None:
    manifest = normalise(deployment(name, replicas, cpu, "10Mi"))
    spec = put_workload_spec(world.catalogue, manifest)
    world.do(Operation.APPLY_WORKLOAD, put_workload(world.catalogue, manifest), spec)


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
    world.put_node(normalise(node(cpu="1")))
    apply(world, 20)
    assert world.settle(60_000)
    workload = world.catalogue.world.workloads[0]
    assert world.next_ms() == 30_000  # the next look at pods that wait
    assert workload["kind"] == 1
    assert world.now_ms < 30_000


def test_settling_stops_at_its_limit() -> None:
    world = live(pod_startup_ms=5_000)
    world.put_node(normalise(node()))
    apply(world, 1)
    assert not world.settle(2_000)
    assert world.now_ms == 2_000
    assert world.settle(20_000)


def life(capacities: Capacities) -> tuple[str, list[tuple[int, ...]]]:
    """Live through growth, shrinking, deletion and nodes that leave; tell how it came out."""
    world = live(capacities, termination_ms=300, pod_startup_jitter_ms=3_000)
    for number in range(6):
        world.put_node(normalise(node(f"n{number}", "4", "1Gi")))
    apply(world, 30)
    world.advance_to(1_500)
    apply(world, 300, "20m")
    apply(world, 40, "100m", "api")
    world.advance_to(10_000)
    world.remove_node("n2")
    world.advance_to(20_000)
    apply(world, 5, "20m")
    manifest = normalise(pod("solo", "1"))
    world.do(
        Operation.CREATE_POD,
        put_bare_pod(world.catalogue, manifest),
        put_pod_spec(world.catalogue, manifest),
    )
    world.put_node(normalise(node("late", "8", "4Gi")))
    world.advance_to(60_000)
    world.do(Operation.DELETE_WORKLOAD, put_workload(world.catalogue, normalise(deployment("api"))))
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
    world.put_node(normalise(node(cpu="1k", memory="1Ti", pods=100_000)))
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
    world.put_node(normalise(node(cpu="2")))
    apply(world, 30)
    world.advance_to(400)
    copied = world.snapshot()
    before = digest(world.catalogue.world)
    copied.advance_to(50_000)
    assert digest(world.catalogue.world) == before
    world.advance_to(50_000)
    assert digest(world.catalogue.world) == digest(copied.catalogue.world)
    assert world.journal.table().tolist() == copied.journal.table().tolist()
