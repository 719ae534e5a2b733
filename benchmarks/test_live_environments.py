"""Steps a second of `SimArena/Online-v0` and `SimArena/Cluster-v0`, whose clusters live on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from simarena.env.fleet import ClusterVectorEnv
from simarena.env.online import OnlineVectorEnv

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Rate

    from simarena.env.playing.base_vector_env import ArenaVectorEnv

STEPS = 200


def drawn_actions(
    envs: ArenaVectorEnv, share: float
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Any action, in so large a share of the steps; nothing in the others."""
    rng = np.random.default_rng(0)
    shape = (STEPS, envs.num_envs)
    actions = rng.integers(0, envs.batch.num_actions, shape)
    return np.where(rng.random(shape) < share, actions, 0)


def play(rate: Rate, envs: ArenaVectorEnv, share: float) -> None:
    envs.reset(seed=0)
    actions = drawn_actions(envs, share)

    def steps() -> None:
        for action in actions:
            envs.step(action)

    rate(steps, number=actions.size, unit="steps")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1.0])
def test_online_with_an_interval_of_10_s(rate: Rate, share: float) -> None:
    play(rate, OnlineVectorEnv(64, interval_s=10), share)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_cluster_of_6_generated_deployments(rate: Rate, share: float) -> None:
    play(rate, ClusterVectorEnv(16), share)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_cluster_of_the_27_deployments_of_deathstarbench(
    rate: Rate, shared: Path, share: float
) -> None:
    trace = shared / "traces" / "dsb-scaling.sktrace"
    play(rate, ClusterVectorEnv(16, trace=trace, nodes=2), share)
