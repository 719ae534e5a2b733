"""Replays and bulk scheduling in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from benchmarks.clusters import ANTI_AFFINITY, PLAIN, SPREADING, run_of, scheduling_run

from simarena.env import make_node
from simarena.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Rate


def test_replay_of_the_deathstarbench_trace(rate: Rate, shared: Path) -> None:
    trace = Trace.from_path(str(shared / "traces" / "dsb-scaling.sktrace"))
    run = run_of(trace, [make_node(f"n{row}", "16", "32Gi") for row in range(3)])
    rate(run, number=1, unit="replays", rounds=50)


def test_pods_of_one_deployment_from_apply_to_all_bound(rate: Rate) -> None:
    run = scheduling_run(SPREADING, 2_000, 200)
    assert run.num_bound == 2_000
    rate(run, number=2_000, unit="pods", rounds=20)


@pytest.mark.parametrize(
    ("kind", "pods"), [(PLAIN, 10_000), (SPREADING, 10_000), (ANTI_AFFINITY, 5_000)]
)
def test_pods_on_5000_nodes(rate: Rate, kind: str, pods: int) -> None:
    run = scheduling_run(kind, pods, 5_000)
    assert run.num_bound == pods
    rate(run, number=pods, unit="pods")


def test_pods_with_anti_affinity_of_which_half_find_no_node(rate: Rate) -> None:
    run = scheduling_run(ANTI_AFFINITY, 10_000, 5_000)
    assert run.num_bound == 5_000
    rate(run, number=10_000, unit="pods")
