"""Whole clusters: traces of thousands of Deployments, and questions to clusters of 5,000 nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.large import (
    PLAIN,
    POOLS,
    SPREAD,
    busy_week,
    cluster,
    deployments,
    nodes,
    plain_nodes,
    trace,
)

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.replay.driver import ReplayOptions
from simarena.cluster.replay.replayed import replay_trace
from simarena.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

WAIT_S = 600
"""Long enough for all pods to be bound."""


def measured(
    benchmark: BenchmarkFixture, function: Callable[[], Any], number: int, unit: str, rounds: int
) -> None:
    benchmark.pedantic(function, rounds=rounds, iterations=1, warmup_rounds=1)
    benchmark.extra_info["unit"] = f"{unit}/s"
    benchmark.extra_info["number"] = number


@pytest.mark.parametrize(
    ("number", "replicas", "num_nodes", "kind"),
    [
        (1_000, 10, 1_000, PLAIN),
        (1_000, 10, 1_000, POOLS),
        (5_000, 20, 5_000, PLAIN),
        (5_000, 20, 5_000, SPREAD),
    ],
)
def test_replay_from_file_to_result(
    benchmark: BenchmarkFixture,
    tmp_path: Path,
    number: int,
    replicas: int,
    num_nodes: int,
    kind: str,
) -> None:
    path = str(tmp_path / "large.sktrace")
    trace(number, replicas, kind).save(path)
    listed = nodes(num_nodes, kind)
    options = ReplayOptions(duration_s=WAIT_S)
    config = ClusterConfig(kube_api_qps=0)  # else controllers create 20 pods a second

    def run() -> None:
        result = replay_trace(Trace.from_path(path), listed, options=options, config=config)
        assert result.pods()[-1][1].ready == number * replicas

    measured(benchmark, run, number * replicas, "pods", 3 if number < 5_000 else 1)


def test_a_week_of_200_nodes(benchmark: BenchmarkFixture) -> None:
    week, listed = busy_week(200), nodes(200)
    config = ClusterConfig(kubelet="real")
    measured(benchmark, lambda: replay_trace(week, listed, config=config), 1, "weeks", 1)


def test_nodes_of_a_new_cluster(benchmark: BenchmarkFixture) -> None:
    listed = plain_nodes(5_000)
    measured(benchmark, lambda: Cluster(listed), 5_000, "nodes", 3)


@pytest.mark.parametrize("number", [500, 5_000])
def test_one_deployment_more(benchmark: BenchmarkFixture, number: int) -> None:
    living = cluster(1_000, number, 1)
    more = iter(deployments(number + 40, 1)[number:])
    measured(benchmark, lambda: living.apply(next(more)), 1, "Deployments", 30)


@pytest.fixture(scope="module")
def full() -> Cluster:
    return cluster(5_000, 5_000, 20)


def test_pods_listed_for_the_first_time(benchmark: BenchmarkFixture, full: Cluster) -> None:
    def run(unread: Cluster) -> None:
        assert len(unread.list("Pod")) == 100_000

    benchmark.pedantic(run, setup=lambda: ((full.copy(),), {}), rounds=2, iterations=1)


def test_pods_listed_again(benchmark: BenchmarkFixture, full: Cluster) -> None:
    measured(benchmark, lambda: full.list("Pod"), 1, "lists", 5)


def test_pods_listed_again_after_100_changed(benchmark: BenchmarkFixture, full: Cluster) -> None:
    chosen = deployments(5_000, 20)
    turn = iter(range(100))

    def change() -> None:
        number = next(turn)
        for manifest in chosen[5 * number : 5 * number + 5]:
            spec = {**manifest["spec"], "replicas": 0}
            full.apply({**manifest, "spec": spec})
        full.advance(40)

    full.list("Pod")
    benchmark.pedantic(lambda: full.list("Pod"), setup=change, rounds=5, iterations=1)


def test_a_node_changed(benchmark: BenchmarkFixture, full: Cluster) -> None:
    turn = iter(range(1_000))
    measured(benchmark, lambda: full.cordon(f"node-{next(turn)}"), 1, "nodes", 30)


def test_a_node_added(benchmark: BenchmarkFixture, full: Cluster) -> None:
    more = iter(plain_nodes(5_100)[5_000:])
    measured(benchmark, lambda: full.apply(next(more)), 1, "nodes", 30)
