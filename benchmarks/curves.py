"""How cost grows: the curves of docs/performance.md, about three minutes.

    python benchmarks/curves.py [--output docs/images]

Each figure is the least CPU time of several rounds, so that other work on the machine matters
little. Writes `scaling_scheduler.png`, `scaling_clusters.png`, `scaling_environment.png`, and the
figures as a table to the standard output. `--only clusters` measures one of the three.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import large
from benchmarks.clusters import ANTI_AFFINITY, PLAIN, SPREADING, scheduling_run

from simarena.cluster import ClusterConfig
from simarena.cluster.replay.driver import ReplayOptions
from simarena.cluster.replay.replayed import replay_trace
from simarena.env import DeploymentVectorEnv, Scenario, load_suite
from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import default_nodes
from simarena.trace import Trace, TraceEvent, new_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

NODES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)
PODS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
DEPLOYMENTS = (100, 200, 500, 1_000, 2_000, 5_000)
BATCHES = (1, 4, 16, 64, 256, 1_024)
REPLICAS = (1, 3, 10, 30, 100)
EVENTS = (1, 3, 10, 30, 100)
LENGTH_S = 100
ROUNDS = 5
Curve = list[tuple[int, float]]


def least_seconds(play: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Return the least CPU time of a round, after one that does not count."""
    play()
    best = np.inf
    for _ in range(rounds):
        before = time.process_time()
        play()
        best = min(best, time.process_time() - before)
    return float(best)


def pods_a_second(kind: str, pods: int, nodes: int) -> float:
    """Return how fast a workload's pods are created, scheduled and started."""
    run = scheduling_run(kind, pods, nodes)
    seconds = least_seconds(run, 3)
    assert run.num_bound == pods
    return pods / seconds


def seconds_of_replay(kind: str, number: int, nodes: int) -> float:
    """Return how long a replay of so many Deployments of 4 pods takes, from file to result."""
    data = large.trace(number, 4, kind).to_bytes()
    listed = large.nodes(nodes, kind)
    options = ReplayOptions(duration_s=600)
    config = ClusterConfig(kube_api_qps=0)  # else controllers create 20 pods a second

    def play() -> None:
        result = replay_trace(Trace.from_bytes(data), listed, options=options, config=config)
        assert result.pods()[-1][1].ready == 4 * number

    return least_seconds(play, 2)


def steps_a_second(scenarios: Sequence[Scenario], num_envs: int) -> float:
    """Return how fast a batch steps with random actions, at least 20,000 steps a round."""
    env = DeploymentVectorEnv(num_envs, scenarios=scenarios, remember=False)
    env.reset(seed=0)
    steps = max(1, 20_000 // num_envs)
    actions = np.random.default_rng(0).integers(0, 7, (steps, num_envs))

    def play() -> None:
        for action in actions:
            env.step(action)

    return steps * num_envs / least_seconds(play)


def scenario(replicas: int, events: int = 1) -> Scenario:
    """Return a Deployment of so many pods; later events scale another one up and down."""
    trace = new_trace([deployment("web", replicas, "500m", "256Mi")])
    interval_s = LENGTH_S // events
    later = [
        TraceEvent(number * interval_s, [deployment("other", 1 + number % 2, "100m", "64Mi")])
        for number in range(1, events)
    ]
    return Scenario(
        name="scaling",
        family="scaling",
        trace=trace.with_events([*trace.events, *later]),
        nodes=default_nodes(4 + replicas // 8),
        deploy="web",
        target=replicas,
        duration_s=LENGTH_S + 20,
    )


def draw(axes: Axes, curves: dict[str, Curve], across: str, up: str) -> None:
    """Draw curves with logarithmic axes."""
    for name, curve in curves.items():
        axes.plot(*zip(*curve, strict=True), marker="o", markersize=3, label=name)
    axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
    axes.grid(visible=True, which="major", alpha=0.3)
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize="small")


def tell(title: str, curves: dict[str, Curve], digits: int = 0) -> None:
    """Print curves as a table."""
    print(f"\n| {title} | {' | '.join(curves)} |\n|{' --- |' * (1 + len(curves))}")
    for row in zip(*curves.values(), strict=True):
        print(f"| {row[0][0]:,} | {' | '.join(f'{value:,.{digits}f}' for _, value in row)} |")


def draw_scheduler(output: Path) -> None:
    """Measure and draw how fast pods of one workload are scheduled."""
    from matplotlib import pyplot as plt

    by_nodes = {
        kind: [
            (
                nodes,
                pods_a_second(kind, min(2_000, nodes) if kind == ANTI_AFFINITY else 2_000, nodes),
            )
            for nodes in NODES
        ]
        for kind in (PLAIN, SPREADING, ANTI_AFFINITY)
    }
    tell("pods/s by nodes", by_nodes)
    by_pods = {
        kind: [(pods, pods_a_second(kind, pods, 5_000)) for pods in PODS]
        for kind in (PLAIN, SPREADING)
    }
    tell("pods/s by pods, 5,000 nodes", by_pods)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    draw(left, by_nodes, "nodes", "pods/s")
    draw(right, by_pods, "pods, on 5,000 nodes", "pods/s")
    figure.savefig(output / "scaling_scheduler.png", dpi=100)


def draw_clusters(output: Path) -> None:
    """Measure and draw how long whole clusters take."""
    from matplotlib import pyplot as plt

    by_number = {
        kind: [(number, seconds_of_replay(kind, number, number)) for number in DEPLOYMENTS]
        for kind in (large.PLAIN, large.POOLS, large.SPREAD)
    }
    tell("seconds by Deployments, as many nodes", by_number, 2)
    by_size = {
        kind: [(nodes, seconds_of_replay(kind, 1_000, nodes)) for nodes in NODES[3:]]
        for kind in (large.PLAIN, large.POOLS, large.SPREAD)
    }
    tell("seconds by nodes, 1,000 Deployments", by_size, 2)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    draw(left, by_number, "Deployments, and nodes", "seconds")
    draw(right, by_size, "nodes, for 1,000 Deployments", "seconds")
    figure.savefig(output / "scaling_clusters.png", dpi=100)


def draw_environment(output: Path) -> None:
    """Measure and draw how fast environments step."""
    from matplotlib import pyplot as plt

    three_pods = [each for each in load_suite("classic") if each.target == 3]
    by_batch = {"steps/s": [(size, steps_a_second(three_pods, size)) for size in BATCHES]}
    tell("batch", by_batch)
    by_replicas = {"steps/s": [(size, steps_a_second([scenario(size)], 64)) for size in REPLICAS]}
    tell("pods", by_replicas)
    by_length = {"steps/s": [(size, steps_a_second([scenario(3, size)], 64)) for size in EVENTS]}
    tell("events of the trace", by_length)
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    draw(axes[0], by_batch, "environments in a batch", "steps/s")
    draw(axes[1], by_replicas, "pods of the workload", "steps/s")
    draw(axes[2], by_length, "events of the trace", "steps/s")
    figure.savefig(output / "scaling_environment.png", dpi=100)


PARTS = {"scheduler": draw_scheduler, "clusters": draw_clusters, "environment": draw_environment}


def main() -> None:
    """Measure, print, draw."""
    import matplotlib as mpl

    mpl.use("agg")

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    parser.add_argument("--only", choices=sorted(PARTS))
    arguments = parser.parse_args()
    day, cores = time.strftime("%Y-%m-%d"), os.cpu_count()
    print(f"{day}, {cores} cores, Python {platform.python_version()}; CPU time")
    for name, part in PARTS.items():
        if arguments.only in {None, name}:
            part(arguments.output)


if __name__ == "__main__":
    main()
