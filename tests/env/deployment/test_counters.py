"""What speed follows from and noise cannot blur."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from tests.env.cases import scenario

from simarena.env.codes import Autoreset
from simarena.env.deployment.batch import DeploymentBatch
from simarena.env.deployment.options import Options
from simarena.env.kernel.deployment.stepping import play


def batch_of(num_envs: int = 1, num_threads: int = 1, **options: Any) -> DeploymentBatch:
    options = {"scenarios": scenario(target=9), **options}
    batch = DeploymentBatch(Options(**options), num_envs, Autoreset.NEXT_STEP, num_threads)
    batch.reset(np.ones(num_envs, np.bool_))
    return batch


@pytest.mark.jit
def test_the_kernel_is_compiled_once_whatever_is_played() -> None:
    for batch in (
        batch_of(),
        batch_of(8, 2, observation="base"),
        batch_of(remember=False, scenarios="classic"),
    ):
        batch.step()
        batch.close()
    dispatcher: Any = play
    assert len(dispatcher.signatures) == 1


@pytest.mark.jit
@pytest.mark.parametrize("remember", [True, False])
def test_steps_allocate_nothing(remember: bool) -> None:
    batch = batch_of(64, remember=remember)
    rng = np.random.default_rng(0)
    for _ in range(100):  # tables grow to what is needed
        batch.actions[:] = rng.integers(0, 7, 64)
        batch.step()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1_000):
            batch.step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000  # a few objects of Python's own; not a byte a step
    assert peak - before < 2_000


def test_a_replay_of_three_pods_handles_ten_events() -> None:
    batch = batch_of(remember=False)
    # Applied; the Deployment is synced, its ReplicaSet twice (1 pod, then 2); each pod is
    # scheduled and becomes ready.
    assert batch._batch.state["num_events"].tolist() == [[1 + 1 + 2 + 3 + 3]]


def test_only_steps_that_change_something_replay() -> None:
    batch = batch_of(remember=False)
    for action, num_replays in ((0, 1), (3, 2), (0, 2), (6, 3)):
        batch.actions[:] = action
        batch.step()
        assert batch.num_replays == num_replays


def test_an_environment_takes_less_than_64_kib() -> None:
    for num_envs in (1, 64, 1_024):
        assert batch_of(num_envs).num_bytes < 64 * 1_024 * num_envs
